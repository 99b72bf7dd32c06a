// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/scaling_laws.hpp"

#include <fmt/core.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"

namespace archcost::sweep {
namespace {

constexpr std::size_t kMostKept = 100'000;
constexpr std::uint64_t kLayerPoints = 400;

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
  const auto n = static_cast<Eigen::Index>(numeric_.size());
  for (std::size_t c = 0; c < costs_.size() && n > 0; ++c) {
    // Deviations from the means of each group.
    struct Mean {
      double count = 0, y = 0;
      Eigen::VectorXd x;
    };
    std::map<std::vector<std::size_t>, Mean> means;
    std::vector<const Point*> used;
    for (const Point& point : points_) {
      if (std::isnan(point.y[c])) continue;
      used.push_back(&point);
      Mean& mean = means[point.key];
      if (mean.count++ == 0) mean.x = Eigen::VectorXd::Zero(n);
      mean.y += point.y[c];
      mean.x += Eigen::Map<const Eigen::VectorXd>(point.x.data(), n);
    }
    const auto count = static_cast<Eigen::Index>(used.size());
    Eigen::MatrixXd x(count, n);
    Eigen::VectorXd y(count);
    for (Eigen::Index k = 0; k < count; ++k) {
      const Point& point = *used[static_cast<std::size_t>(k)];
      const Mean& mean = means[point.key];
      x.row(k) =
          (Eigen::Map<const Eigen::VectorXd>(point.x.data(), n) - mean.x / mean.count).transpose();
      y[k] = point.y[c] - mean.y / mean.count;
    }
    const Eigen::FullPivLU<Eigen::MatrixXd> squares(x.transpose() * x);
    if (count == 0 || squares.matrixLU().diagonal().cwiseAbs().minCoeff() < 1e-12) continue;
    const Eigen::VectorXd exponents = squares.solve(x.transpose() * y);
    const Eigen::VectorXd residuals = y - x * exponents;
    const double freedom =
        static_cast<double>(count) - static_cast<double>(means.size()) - static_cast<double>(n);
    const Eigen::VectorXd variances = squares.inverse().diagonal();
    ScalingLaw law;
    law.cost = costs_[c];
    law.points = used.size();
    for (Eigen::Index k = 0; k < n; ++k) {
      const double error =
          freedom > 0 ? std::sqrt(residuals.squaredNorm() / freedom * variances[k]) : 0;
      law.exponents.push_back({exponents[k], error});
      law.params.push_back(space_->axes[numeric_[static_cast<std::size_t>(k)]].label());
    }
    law.worst_ratio = std::exp(residuals.cwiseAbs().maxCoeff());
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
    try {
      const graph::Network network =
          graph::build_network(job.spec, job.space.options(job.options, indices));
      for (const graph::Layer& layer : network.layers) {
        const Count params = graph::added_cost(layer).params;
        if (!(params > Count(0)) && !(layer.cost.macs > Count(0))) continue;
        const auto [fit, fresh] = fits.try_emplace(
            layer.name, job.space,
            std::vector<std::string>{layer.name + " params", layer.name + " macs"});
        if (fresh) names.push_back(layer.name);
        fit->second.add(indices, {params.value(), layer.cost.macs.value()});
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
