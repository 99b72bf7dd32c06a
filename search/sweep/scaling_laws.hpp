// SPDX-License-Identifier: Apache-2.0
// How costs grow with parameters: cost ~ alpha^1.9 · rho^2.0, fitted by least squares of the
// logarithms.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/sweep/sweep_run.hpp"

namespace archcost::sweep {

struct Exponent {
  double value = 0;
  double error = 0;  ///< standard error of the fit
};

/// One cost against the numeric axes of a sweep. Axes of words, lists or with values that aren't
/// positive have no exponent; the fit is made within each combination of theirs.
struct ScalingLaw {
  std::string cost;
  std::vector<std::string> params;
  std::vector<Exponent> exponents;
  double worst_ratio = 1;  ///< the largest factor between a point and the fit
  std::uint64_t points = 0;
};

/// Whether the axis has at least two values, all of them positive numbers.
bool has_exponent(const space::SweepAxis& axis);

/// Adds points one by one. They are kept, as logarithms, for the residuals; beyond 200,000 every
/// second one goes, so that memory is bounded. Costs that aren't positive are left out.
class ScalingFit {
 public:
  ScalingFit(const space::SweepSpace& space, std::vector<std::string> costs);
  void add(const std::vector<std::size_t>& indices, const std::vector<std::int64_t>& costs);
  /// Nothing for costs without two different values of some axis.
  std::vector<ScalingLaw> laws() const;

 private:
  struct Point {
    std::vector<std::size_t> key;  // of the axes without an exponent
    std::vector<double> x, y;
  };
  const space::SweepSpace* space_;
  std::vector<std::string> costs_;
  std::vector<std::size_t> numeric_, other_;  // axes
  std::vector<Point> points_;
  std::uint64_t seen_ = 0, every_ = 1;
};

/// The laws of every layer for params and macs, at some points of the sweep: "conv1 params" and so
/// on.
std::vector<ScalingLaw> layer_laws(const SweepJob& job);

}  // namespace archcost::sweep
