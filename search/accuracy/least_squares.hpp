// SPDX-License-Identifier: Apache-2.0
// Small least-squares problems, and how well they predict what they haven't seen.
#pragma once

#include <optional>
#include <vector>

#include "core/statistics.hpp"

namespace archcost::accuracy {

struct LeastSquares {
  std::vector<double> weights;  ///< of the columns
  /// For each row: its prediction by the fit to all other rows, minus its value.
  std::vector<double> misses;

  /// Root mean square of the misses.
  double rmse() const { return root_mean_square(misses); }
};

/// Fits values ~ rows · weights. Nothing where columns depend on each other, or where a row alone
/// settles a weight, so that nothing predicts it.
std::optional<LeastSquares> least_squares(const std::vector<std::vector<double>>& rows,
                                          const std::vector<double>& values);

/// Whether `point` is a convex combination of `points`, which may lie in a plane or on a line.
/// Coordinates are of the order of 1; the tolerance is 1e-7.
bool in_hull(const std::vector<std::vector<double>>& points, const std::vector<double>& point);

}  // namespace archcost::accuracy
