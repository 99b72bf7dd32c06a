// SPDX-License-Identifier: Apache-2.0
// Estimates against a plain computation of the same weighted fit, and what they compare.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "core/statistics.hpp"
#include "latency/latency_estimate.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

/// A 1x1 convolution with a time.
struct Pointwise {
  int in, out, height, width;
  bool adds;
  double seconds;

  std::string text() const {
    return fmt::format(
        "conv 1x{0}x{2}x{3} > 1x{1}x{2}x{3} {1} 1 1 1 1 1 1 1 0 0 0 0 w0 w0{4} f32 1T", in, out,
        height, width, adds ? " add" : "");
  }
  plan::KernelProblem problem() const { return plan::problem_from_text(text()).value(); }
  double work() const {
    const double weights = 1.0 * in * out, positions = 1.0 * height * width;
    return weights * positions + 4 * (weights + positions * (in + (adds ? 2 : 1) * out));
  }
  /// Of the last one, 0: the logarithm of one group.
  std::array<double, 5> place() const {
    return {std::log(in), std::log(out), std::log(height * width), adds ? 0.3 : 0, 0};
  }
};

constexpr std::size_t kTerms = 6;
using FitMatrix = std::array<std::array<double, kTerms + 1>, kTerms>;

/// The first unknown of linear equations, whose last column is the right side.
double first_unknown(FitMatrix m) {
  for (std::size_t column = 0; column < kTerms; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column; row < kTerms; ++row) {
      if (std::abs(m[row][column]) > std::abs(m[pivot][column])) pivot = row;
    }
    std::swap(m[column], m[pivot]);
    for (std::size_t row = 0; row < kTerms; ++row) {
      if (row == column) continue;
      const double factor = m[row][column] / m[column][column];
      for (std::size_t k = 0; k <= kTerms; ++k) m[row][k] -= factor * m[column][k];
    }
  }
  return m[0][kTerms] / m[0][0];
}

/// The 16 nearest, equally near ones by their texts; each weighs half at the distance of the third
/// nearest one (0.1 at least). Slopes are kept small.
double plainly_fitted(std::vector<Pointwise> known, const Pointwise& wanted) {
  const auto distance = [&](const Pointwise& one) {
    double squares = 0;
    for (std::size_t k = 0; k < 5; ++k) squares += std::pow(one.place()[k] - wanted.place()[k], 2);
    return std::sqrt(squares);
  };
  std::erase_if(known, [&](const Pointwise& one) { return one.text() == wanted.text(); });
  std::sort(known.begin(), known.end(), [&](const Pointwise& a, const Pointwise& b) {
    return std::pair(distance(a), a.text()) < std::pair(distance(b), b.text());
  });
  if (known.size() > 16) known.resize(16);
  const double reach = std::max(0.1, distance(known[known.size() < 3 ? known.size() - 1 : 2]));
  FitMatrix m = {};
  double total = 0;
  for (const Pointwise& one : known) {
    const double weight = 1 / (1 + std::pow(distance(one) / reach, 2));
    std::array<double, kTerms + 1> row = {1};
    for (std::size_t k = 0; k < 5; ++k) row[k + 1] = one.place()[k] - wanted.place()[k];
    row[kTerms] = std::log(one.seconds / one.work());
    for (std::size_t i = 0; i < kTerms; ++i) {
      for (std::size_t k = 0; k <= kTerms; ++k) m[i][k] += weight * row[i] * row[k];
    }
    total += weight;
  }
  m[0][0] += 1e-9 * total;
  for (std::size_t i = 1; i < kTerms; ++i) m[i][i] += 0.05 * total;
  return std::exp(first_unknown(m)) * wanted.work();
}

latency::LatencyEstimator estimator_of(const std::vector<Pointwise>& known) {
  std::vector<latency::TimedProblem> timed;
  for (const Pointwise& one : known) timed.push_back({one.text(), one.seconds});
  return latency::LatencyEstimator(timed);
}

/// Some that are far from each other, or all close together; each with its image on its side too,
/// which is as far from all others.
std::vector<Pointwise> random_problems(std::mt19937& random, int count, bool close) {
  std::uniform_int_distribution<int> channels(close ? 200 : 1, close ? 204 : 400),
      sides(close ? 50 : 2, close ? 51 : 60);
  std::uniform_real_distribution<double> seconds(1e-6, 1e-3);
  std::vector<Pointwise> problems;
  while (static_cast<int>(problems.size()) < count) {
    Pointwise one{channels(random), channels(random),  sides(random),
                  sides(random),    random() % 3 == 0, seconds(random)};
    problems.push_back(one);
    std::swap(one.height, one.width);
    one.seconds = seconds(random);
    if (one.height != one.width) problems.push_back(one);
  }
  problems.resize(count);
  return problems;
}

}  // namespace

TEST_CASE("an estimate is the weighted fit over the nearest problems", "[latency]") {
  std::mt19937 random(11);
  for (const int count : {1, 2, 3, 4, 8, 15, 16, 17, 18, 40}) {
    for (const bool close : {false, true}) {
      const std::vector<Pointwise> known = random_problems(random, count, close);
      const latency::LatencyEstimator estimator = estimator_of(known);
      for (const Pointwise& wanted : random_problems(random, 6, close)) {
        INFO(count << " for " << wanted.text());
        CHECK(estimator.estimate(wanted.problem()).value() ==
              Approx(plainly_fitted(known, wanted)).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("an estimate takes neither the problem itself nor those that are left out", "[latency]") {
  std::mt19937 random(12);
  const std::vector<Pointwise> known = random_problems(random, 12, false);
  const latency::LatencyEstimator estimator = estimator_of(known);
  std::vector<double> errors;
  for (const Pointwise& one : known) {
    const double expected = plainly_fitted(known, one);
    CHECK(estimator.estimate(one.problem()).value() == Approx(expected).epsilon(1e-6));
    errors.push_back(expected / one.seconds - 1);
  }
  CHECK(estimator.leave_one_out_error() == Approx(root_mean_square(errors)).epsilon(1e-6));
  std::vector<std::string> without;
  for (std::size_t k = 0; k + 1 < known.size(); ++k) {
    without.push_back(known[k].text());
    const std::vector<Pointwise> rest(known.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                                      known.end());
    const Pointwise wanted{33, 44, 5, 6, true, 0};
    CHECK(estimator.estimate(wanted.problem(), without).value() ==
          Approx(plainly_fitted(rest, wanted)).epsilon(1e-6));
  }
}

TEST_CASE("an estimator compares by the sizes that it was given", "[latency]") {
  // Everything has one work: all times are the same whatever the problem.
  const Pointwise known{8, 16, 4, 5, false, 2e-3}, wanted{80, 7, 9, 9, true, 0};
  const latency::LatencyEstimator same({{known.text(), known.seconds}},
                                       [](const plan::KernelProblem&) {
                                         return latency::ProblemSize{"group", "kind", 7, 3, {1}};
                                       });
  CHECK(same.estimate(wanted.problem()).value() == Approx(2e-3).epsilon(1e-6));
  // A work below 1 counts as 1.
  const latency::LatencyEstimator little({{known.text(), known.seconds}}, [](const plan::
                                                                                 KernelProblem&
                                                                                     problem) {
    return latency::ProblemSize{"group", "kind", problem.output.channels == 16 ? 0.25 : 3, 0, {1}};
  });
  CHECK(little.estimate(wanted.problem()).value() == Approx(6e-3).epsilon(1e-6));
}

TEST_CASE("sizes of problems whose texts were written elsewhere", "[latency]") {
  struct Row {
    std::string text, group;
    double macs, elements;
    std::vector<double> sizes;  // whose logarithms are the coordinates
  };
  const std::string conv = "conv 2x6x4x5 > 2x8x4x5 ";
  for (const Row& row : {
           // Numbers that are cut off are 1.
           Row{conv + "f32 1T", "conv 1x1 /1", 48 * 40, 48 + 320 + 240, {6, 8, 40, 1}},
           Row{conv + "8 f32 1T", "conv 1x1 /1", 48 * 40, 48 + 320 + 240, {6, 8, 40, 1}},
           Row{conv + "8 3 f32 1T", "conv 3x1 /1", 144 * 40, 144 + 320 + 240, {6, 8, 40, 1}},
           Row{conv + "8 3 5 f32 1T", "conv 3x5 /1", 720 * 40, 720 + 320 + 240, {6, 8, 40, 1}},
           // The stride of the height names the group.
           Row{conv + "8 3 5 2 7 f32 1T", "conv 3x5 /2", 720 * 40, 720 + 320 + 240, {6, 8, 40, 1}},
           Row{conv + "8 1 1 1 1 1 1 2 f32 1T",
               "conv 1x1 /1 grouped",
               24 * 40,
               24 + 320 + 240,
               {3, 4, 40, 2}},
           Row{"conv 1x2x4x5 > 1x6x4x5 6 1 1 1 1 1 1 2 f32 1T",
               "conv 1x1 /1 depthwise",
               6 * 20,
               6 + 120 + 40,
               {1, 3, 20, 2}},
           // A single channel is no group.
           Row{"conv 1x1x4x5 > 1x6x4x5 6 1 1 1 1 1 1 1 image f32 1T",
               "conv 1x1 /1 image",
               6 * 20,
               6 + 120 + 20,
               {1, 6, 20, 1}},
           // Each of a batch has the same weights.
           Row{"linear 3x7x1x1 > 3x5x1x1 5 w0 f32 1T",
               "linear",
               3 * 35,
               35 + 15 + 21,
               {7, 5, 3, 1}},
           Row{"linear 3x7x2x1 > 3x5x1x1 5 w0 f32 1T",
               "linear",
               3 * 70,
               70 + 15 + 42,
               {7, 5, 3, 1}},
           // Each input is read.
           Row{"concat 2x3x4x5 2x4x4x5 > 2x7x4x5 f32 1T",
               "concat",
               0,
               120 + 160 + 280,
               {3, 7, 40, 1}},
           Row{"avg_pool 2x3x4x5 > 2x3x2x5 3 2 2 1 f32 1T",
               "avg_pool 3x2 /2",
               0,
               120 + 60,
               {3, 3, 20, 1}},
           Row{"reorder 2x3x4x5 1T", "reorder", 0, 240, {3, 3, 40, 1}},
           Row{"unheard 2x3x4x5 > 2x3x4x5 3 f32 1T", "unheard", 0, 240, {3, 3, 40, 1}},
       }) {
    INFO(row.text);
    const latency::ProblemSize size = latency::problem_size(*plan::problem_from_text(row.text));
    CHECK(size.group == row.group);
    CHECK(size.kind == row.text.substr(0, row.text.find(' ')));
    CHECK(size.macs == row.macs);
    CHECK(size.elements == row.elements);
    REQUIRE(size.coordinates.size() == 5);
    for (std::size_t k = 0; k < 4; ++k)
      CHECK(size.coordinates[k] == Approx(std::log(row.sizes[k])).margin(1e-12));
    CHECK(size.coordinates[4] == 0);
  }
}
