// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/scaling_laws.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"

namespace archcost::sweep {
namespace {

constexpr std::size_t kMostKept = 100'000;
constexpr std::uint64_t kLayerPoints = 400;

using Matrix = std::vector<std::vector<double>>;

// The inverse of a symmetric positive matrix, or nothing when it is singular.
std::optional<Matrix> inverse(Matrix a) {
  const std::size_t n = a.size();
  Matrix result(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) result[i][i] = 1;
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row) {
      if (std::abs(a[row][column]) > std::abs(a[pivot][column])) pivot = row;
    }
    if (std::abs(a[pivot][column]) < 1e-12) return std::nullopt;
    std::swap(a[pivot], a[column]);
    std::swap(result[pivot], result[column]);
    const double scale = a[column][column];
    for (std::size_t k = 0; k < n; ++k) a[column][k] /= scale, result[column][k] /= scale;
    for (std::size_t row = 0; row < n; ++row) {
      const double factor = a[row][column];
      if (row == column || factor == 0) continue;
      for (std::size_t k = 0; k < n; ++k)
        a[row][k] -= factor * a[column][k], result[row][k] -= factor * result[column][k];
    }
  }
  return result;
}

}  // namespace

bool has_exponent(const space::SweepAxis& axis) {
  return axis.values.size() > 1 &&
         std::all_of(axis.values.begin(), axis.values.end(), [](const spec::Value& v) {
           return v.is_number() && spec::Number(0) < v.number();
         });
}

ScalingFit::ScalingFit(const space::SweepSpace& space, std::vector<std::string> costs)
    : space_(&space), costs_(std::move(costs)) {
  for (std::size_t k = 0; k < space.axes.size(); ++k)
    (has_exponent(space.axes[k]) ? numeric_ : other_).push_back(k);
}

void ScalingFit::add(const std::vector<std::size_t>& indices,
                     const std::vector<std::int64_t>& costs) {
  if (seen_++ % every_ != 0) return;
  Point point;
  for (std::size_t axis : other_) point.key.push_back(indices[axis]);
  for (std::size_t axis : numeric_)
    point.x.push_back(std::log(space_->axes[axis].values[indices[axis]].number().to_double()));
  for (std::int64_t cost : costs)
    point.y.push_back(cost > 0 ? std::log(static_cast<double>(cost)) : std::nan(""));
  points_.push_back(std::move(point));
  if (points_.size() < 2 * kMostKept) return;
  // Every second one goes, so that what is left lies as evenly as before.
  for (std::size_t k = 1; 2 * k < points_.size(); ++k) points_[k] = std::move(points_[2 * k]);
  points_.resize((points_.size() + 1) / 2);
  every_ *= 2;
}

std::vector<ScalingLaw> ScalingFit::laws() const {
  std::vector<ScalingLaw> laws;
  const std::size_t n = numeric_.size();
  for (std::size_t c = 0; c < costs_.size() && n > 0; ++c) {
    // Means of each group, then sums of squares within the groups.
    struct Mean {
      double count = 0, y = 0;
      std::vector<double> x;
    };
    std::map<std::vector<std::size_t>, Mean> means;
    double used = 0;
    for (const Point& point : points_) {
      if (std::isnan(point.y[c])) continue;
      Mean& mean = means[point.key];
      mean.x.resize(n);
      ++mean.count, ++used;
      mean.y += point.y[c];
      for (std::size_t k = 0; k < n; ++k) mean.x[k] += point.x[k];
    }
    Matrix xx(n, std::vector<double>(n));
    std::vector<double> xy(n);
    const auto each = [&](auto visit) {
      for (const Point& point : points_) {
        if (std::isnan(point.y[c])) continue;
        const Mean& mean = means[point.key];
        std::vector<double> x(n);
        for (std::size_t k = 0; k < n; ++k) x[k] = point.x[k] - mean.x[k] / mean.count;
        visit(x, point.y[c] - mean.y / mean.count);
      }
    };
    each([&](const std::vector<double>& x, double y) {
      for (std::size_t i = 0; i < n; ++i) {
        xy[i] += x[i] * y;
        for (std::size_t k = 0; k < n; ++k) xx[i][k] += x[i] * x[k];
      }
    });
    const auto inverted = inverse(xx);
    if (!inverted) continue;
    ScalingLaw law;
    law.cost = costs_[c];
    law.points = static_cast<std::uint64_t>(used);
    for (std::size_t i = 0; i < n; ++i) {
      Exponent exponent;
      for (std::size_t k = 0; k < n; ++k) exponent.value += (*inverted)[i][k] * xy[k];
      law.exponents.push_back(exponent);
      law.params.push_back(space_->axes[numeric_[i]].label());
    }
    double squares = 0, worst = 0;
    each([&](const std::vector<double>& x, double y) {
      double residual = y;
      for (std::size_t k = 0; k < n; ++k) residual -= law.exponents[k].value * x[k];
      squares += residual * residual;
      worst = std::max(worst, std::abs(residual));
    });
    const double freedom = used - static_cast<double>(means.size() + n);
    for (std::size_t i = 0; i < n; ++i)
      law.exponents[i].error = freedom > 0 ? std::sqrt(squares / freedom * (*inverted)[i][i]) : 0;
    law.worst_ratio = std::exp(worst);
    laws.push_back(std::move(law));
  }
  return laws;
}

std::vector<ScalingLaw> layer_laws(const SweepJob& job) {
  std::vector<std::string> names;  // in the order of first appearance
  std::map<std::string, ScalingFit> fits;
  const std::uint64_t points = job.space.points(), taken = std::min(points, kLayerPoints);
  for (std::uint64_t k = 0; k < taken; ++k) {
    const std::vector<std::size_t> indices = job.space.indices(k * points / taken);
    graph::BuildOptions options = job.options;
    options.suggest_fix = false;
    for (graph::ParameterSetting& setting : job.space.settings(indices))
      options.settings.push_back(std::move(setting));
    try {
      const graph::Network network = graph::build_network(job.spec, options);
      for (const graph::Layer& layer : network.layers) {
        if (!(layer.cost.params > Count(0)) && !(layer.cost.macs > Count(0))) continue;
        const auto [fit, fresh] = fits.try_emplace(
            layer.name, job.space,
            std::vector<std::string>{layer.name + " params", layer.name + " macs"});
        if (fresh) names.push_back(layer.name);
        fit->second.add(indices, {layer.cost.params.value(), layer.cost.macs.value()});
      }
    } catch (const Error&) {  // a combination that can't be built has no law
    }
  }
  std::vector<ScalingLaw> laws;
  for (const std::string& name : names) {
    for (ScalingLaw& law : fits.at(name).laws()) laws.push_back(std::move(law));
  }
  return laws;
}

}  // namespace archcost::sweep
