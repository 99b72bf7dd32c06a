// SPDX-License-Identifier: Apache-2.0
#include "search/accuracy/least_squares.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

namespace archcost::accuracy {
namespace {

constexpr double kDependent = 1e-9;  // of a column's length that is left without the others
constexpr double kTolerance = 1e-7;
constexpr double kZero = 1e-11;
constexpr int kMostPivots = 10'000;

}  // namespace

// Columns = q · r; a row's leverage is the square of its row of q.
std::optional<LeastSquares> least_squares(const std::vector<std::vector<double>>& rows,
                                          const std::vector<double>& values) {
  const auto n = static_cast<Eigen::Index>(rows.size());
  const auto terms = static_cast<Eigen::Index>(n == 0 ? 0 : rows.front().size());
  if (terms == 0 || terms >= n) return std::nullopt;
  Eigen::MatrixXd a(n, terms);
  for (Eigen::Index k = 0; k < n; ++k)
    a.row(k) =
        Eigen::Map<const Eigen::RowVectorXd>(rows[static_cast<std::size_t>(k)].data(), terms);
  const Eigen::Map<const Eigen::VectorXd> b(values.data(), n);
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(a);
  const Eigen::ArrayXd left = qr.matrixQR().diagonal().array().abs();
  const Eigen::ArrayXd lengths = a.colwise().norm().transpose();
  if ((left <= kDependent * lengths.max(1.0)).any()) return std::nullopt;
  const Eigen::MatrixXd q = qr.householderQ() * Eigen::MatrixXd::Identity(n, terms);
  const Eigen::ArrayXd rest = 1 - q.rowwise().squaredNorm().array();
  if ((rest < kTolerance).any()) return std::nullopt;
  const Eigen::VectorXd weights = qr.solve(b), misses = (a * weights - b).array() / rest;
  return LeastSquares{{weights.begin(), weights.end()}, {misses.begin(), misses.end()}};
}

// The first phase of the simplex method: weights of the points that are at least 0, add up to 1 and
// give the point; what is missing at first is made up by artificial weights, which are then driven
// out. Bland's rule, so that it ends.
bool in_hull(const std::vector<std::vector<double>>& points, const std::vector<double>& point) {
  const std::size_t n = points.size(), m = point.size() + 1;
  if (n == 0) return false;
  std::vector<std::vector<double>> table(m, std::vector<double>(n + 1));  // the last: right side
  for (std::size_t i = 0; i < m; ++i) {
    const double right = i + 1 < m ? point[i] : 1;
    const double sign = right < 0 ? -1 : 1;
    for (std::size_t k = 0; k < n; ++k) table[i][k] = sign * (i + 1 < m ? points[k][i] : 1);
    table[i][n] = sign * right;
  }
  std::vector<double> cost(n + 1);  // minus the sum of what is artificial
  for (const auto& row : table) {
    for (std::size_t k = 0; k <= n; ++k) cost[k] -= row[k];
  }
  std::vector<std::size_t> basis(m);
  for (std::size_t i = 0; i < m; ++i) basis[i] = n + i;
  for (int pivot = 0; pivot < kMostPivots && -cost[n] > kTolerance; ++pivot) {
    std::size_t enter = 0;
    while (enter < n && cost[enter] >= -kZero) ++enter;
    if (enter == n) return false;
    std::size_t leave = m;
    for (std::size_t i = 0; i < m; ++i) {
      if (table[i][enter] <= kZero) continue;
      if (leave == m) {
        leave = i;
        continue;
      }
      const double here = table[i][n] * table[leave][enter],
                   best = table[leave][n] * table[i][enter];
      if (here < best || (here == best && basis[i] < basis[leave])) leave = i;
    }
    if (leave == m) return false;
    basis[leave] = enter;
    const double by = table[leave][enter];
    for (double& x : table[leave]) x /= by;
    const auto clear = [&](std::vector<double>& row) {
      const double factor = row[enter];
      for (std::size_t k = 0; k <= n; ++k) row[k] -= factor * table[leave][k];
    };
    for (std::size_t i = 0; i < m; ++i) {
      if (i != leave) clear(table[i]);
    }
    clear(cost);
  }
  return -cost[n] <= kTolerance;
}

}  // namespace archcost::accuracy
