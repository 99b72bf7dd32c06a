// SPDX-License-Identifier: Apache-2.0
// Ranks, crowding distances and the set of known points against plain ways to find them.
#include "search/methods/ranking.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "search/methods/pareto.hpp"
#include "search/methods/point_set.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

std::vector<methods::Individual> random_individuals(std::mt19937& random, std::size_t objectives) {
  std::vector<methods::Individual> all(1 + random() % 60);
  const unsigned values = random() % 2 == 0 ? 8 : 1000;  // many equal keys, or few
  for (methods::Individual& one : all) {
    one.built = random() % 8 != 0;
    one.verdict = random() % 3 != 0 ? methods::Verdict::kFeasible : methods::Verdict::kInfeasible;
    one.violation = static_cast<double>(1 + random() % 5);
    for (std::size_t g = 0; g < objectives; ++g)
      one.key.push_back(static_cast<double>(random() % values));
  }
  return all;
}

// One behind the last that dominates it.
void check_ranks(const std::vector<methods::Individual>& all) {
  const auto dominates = [](const methods::Individual& a, const methods::Individual& b) {
    if (a.feasible() != b.feasible()) return a.feasible();
    return a.feasible() ? methods::dominates(a.key, b.key) : a.violation < b.violation;
  };
  for (const methods::Individual& one : all) {
    int expected = 0;
    for (const methods::Individual& other : all) {
      if (dominates(other, one)) expected = std::max(expected, other.rank + 1);
    }
    CHECK(one.rank == expected);
  }
}

// Of the feasible ones of a rank, as Deb et al. 2002 write it; of equal values the later in `all`
// comes later.
std::vector<double> crowding_by_hand(const std::vector<methods::Individual>& all, int rank) {
  std::vector<double> crowding(all.size());
  std::vector<std::size_t> members;
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (all[k].feasible() && all[k].rank == rank) members.push_back(k);
  }
  for (std::size_t g = 0; !members.empty() && g < all[members[0]].key.size(); ++g) {
    std::sort(members.begin(), members.end());
    std::stable_sort(members.begin(), members.end(),
                     [&](std::size_t a, std::size_t b) { return all[a].key[g] < all[b].key[g]; });
    const auto value = [&](std::size_t k) { return all[members[k]].key[g]; };
    const std::size_t last = members.size() - 1;
    crowding[members[0]] = crowding[members[last]] = std::numeric_limits<double>::infinity();
    if (value(last) == value(0)) continue;
    for (std::size_t k = 1; k < last; ++k)
      crowding[members[k]] += (value(k + 1) - value(k - 1)) / (value(last) - value(0));
  }
  return crowding;
}

}  // namespace

TEST_CASE("ranks: those of comparing all with all", "[search]") {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    INFO("round " << round);
    std::vector<methods::Individual> all = random_individuals(random, 1 + random() % 4);
    const std::vector<std::uint32_t> order = methods::rank(all);
    check_ranks(all);
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (all[k].feasible()) CHECK(all[k].crowding == crowding_by_hand(all, all[k].rank)[k]);
    }
    std::vector<std::uint32_t> expected(all.size());
    std::iota(expected.begin(), expected.end(), 0U);
    std::stable_sort(expected.begin(), expected.end(), [&](std::uint32_t a, std::uint32_t b) {
      return all[a].rank != all[b].rank ? all[a].rank < all[b].rank
                                        : all[a].crowding > all[b].crowding;
    });
    CHECK(order == expected);
    for (const std::size_t keep : {std::size_t{0}, std::size_t{1}, all.size() / 2}) {
      std::vector<methods::Individual> same = all;
      std::vector<std::uint32_t> best = expected;
      best.resize(keep);
      CHECK(methods::rank(same, keep) == best);
      check_ranks(same);
      for (std::uint32_t k : best) CHECK(same[k].crowding == all[k].crowding);
    }
  }
}

TEST_CASE("known points: those of a set", "[search]") {
  std::mt19937 random(3);
  for (const std::size_t axes : {1, 2, 5, 70}) {
    methods::PointSet points(axes);
    std::set<std::vector<std::size_t>> expected;
    for (int k = 0; k < 20'000; ++k) {
      std::vector<std::size_t> at(axes);
      for (std::size_t a = 0; a < std::min<std::size_t>(axes, 3); ++a)
        at[axes - 1 - a] = random() % 23;
      REQUIRE(points.insert(at) == expected.insert(at).second);
    }
    CHECK(points.size() == expected.size());
  }
}
