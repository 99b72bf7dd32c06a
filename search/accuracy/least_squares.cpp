// SPDX-License-Identifier: Apache-2.0
#include "search/accuracy/least_squares.hpp"

#include <algorithm>
#include <cmath>

namespace archcost::accuracy {
namespace {

constexpr double kDependent = 1e-9;  // of a column's length that is left without the others
constexpr double kTolerance = 1e-7;
constexpr double kZero = 1e-11;
constexpr int kMostPivots = 10'000;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

}  // namespace

double LeastSquares::rmse() const {
  return misses.empty() ? 0 : std::sqrt(dot(misses, misses) / static_cast<double>(misses.size()));
}

// Gram and Schmidt, each column twice: columns = q · r, and a row's leverage is the square of its
// row of q.
std::optional<LeastSquares> least_squares(const std::vector<std::vector<double>>& rows,
                                          const std::vector<double>& values) {
  const std::size_t n = rows.size(), terms = n == 0 ? 0 : rows.front().size();
  if (terms == 0 || terms >= n) return std::nullopt;
  std::vector<std::vector<double>> q(terms, std::vector<double>(n)), r = q;
  for (std::size_t t = 0; t < terms; ++t) {
    for (std::size_t k = 0; k < n; ++k) q[t][k] = rows[k][t];
    const double length = std::sqrt(dot(q[t], q[t]));
    r[t].assign(terms, 0);
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t other = 0; other < t; ++other) {
        const double part = dot(q[other], q[t]);
        r[other][t] += part;
        for (std::size_t k = 0; k < n; ++k) q[t][k] -= part * q[other][k];
      }
    }
    const double left = std::sqrt(dot(q[t], q[t]));
    if (left <= kDependent * std::max(length, 1.0)) return std::nullopt;
    r[t][t] = left;
    for (double& x : q[t]) x /= left;
  }
  LeastSquares fit;
  fit.weights.assign(terms, 0);
  std::vector<double> parts;
  for (std::size_t t = 0; t < terms; ++t) parts.push_back(dot(q[t], values));
  for (std::size_t t = terms; t-- > 0;) {
    double rest = parts[t];
    for (std::size_t k = t + 1; k < terms; ++k) rest -= r[t][k] * fit.weights[k];
    fit.weights[t] = rest / r[t][t];
  }
  for (std::size_t k = 0; k < n; ++k) {
    double fitted = 0, leverage = 0;
    for (std::size_t t = 0; t < terms; ++t) {
      fitted += q[t][k] * parts[t];
      leverage += q[t][k] * q[t][k];
    }
    if (1 - leverage < kTolerance) return std::nullopt;
    fit.misses.push_back((fitted - values[k]) / (1 - leverage));
  }
  return fit;
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
