// SPDX-License-Identifier: Apache-2.0
#include "core/statistics.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("medians, ranges and deviations", "[core]") {
  CHECK(median({}) == 0);
  CHECK(median({7}) == 7);
  CHECK(median({4, 1, 10, 2}) == 3);
  CHECK(median({9, 1, 5, 2, 4}) == 4);
  CHECK(half_range({}) == 0);
  CHECK(half_range({3}) == 0);
  CHECK(half_range({2, 8, 5, 4}) == Approx(3 / 4.5));
  CHECK(half_range({-3, -1}) == 0);  // no share of a median below 0
  CHECK(variation({5}) == 0);
  CHECK(variation({2, 4, 9}) == Approx(std::sqrt(26.0 / 2) / 5));
  CHECK(root_mean_square({}) == 0);
  CHECK(root_mean_square({-3, 4, 0}) == Approx(std::sqrt(25.0 / 3)));
}

TEST_CASE("ranks: equal numbers share the mean of theirs", "[core]") {
  using List = std::vector<double>;
  CHECK(*spearman(List{1, 2}, List{5, 3}) == Approx(-1));
  CHECK(*spearman(List{1, 2, 3}, List{100, 1, 2}) == Approx(-0.5));
  // Ranks 0.5 0.5 2 3 and 0 2 2 2: deviations -1 -1 .5 1.5 and -1.5 .5 .5 .5.
  CHECK(*spearman(List{4, 4, 5, 9}, List{0, 7, 7, 7}) == Approx(2 / std::sqrt(4.5 * 3)));
  CHECK(!spearman(List{1, 1, 1}, List{1, 2, 3}));
  CHECK(!spearman(List{1, 2, 3}, List{2, 2, 2}));
  CHECK(!spearman(List{1, 2}, List{1, 2, 3}));
  CHECK(!spearman(List{}, List{}));
}

TEST_CASE("rank correlation and other sums of figures", "[latency]") {
  CHECK(
      spearman(std::vector<double>{1, 2, 3, 4}, std::vector<double>{10, 20, 30, 40}).value_or(0) ==
      Approx(1));
  CHECK(spearman(std::vector<double>{1, 2, 3, 4}, std::vector<double>{4, 3, 2, 1}).value_or(0) ==
        Approx(-1));
  // Ranks 1, 2, 3, 4 against 1, 2.5, 2.5, 4: 4.5 / sqrt(5 * 4.5).
  CHECK(spearman(std::vector<double>{1, 2, 3, 4}, std::vector<double>{1, 5, 5, 9}).value_or(0) ==
        Approx(4.5 / std::sqrt(22.5)));
  CHECK_FALSE(spearman(std::vector<double>{1}, std::vector<double>{1}));
  CHECK(median({3, 1, 2}) == 2);
  CHECK(half_range({1, 2, 4}) == Approx(0.75));
  CHECK(root_mean_square(std::vector<double>{3, 4}) == Approx(std::sqrt(12.5)));
}
