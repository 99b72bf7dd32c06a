// SPDX-License-Identifier: Apache-2.0
// Accuracies at the points of a space.
#include <algorithm>

#include "graph/bind.hpp"
#include "search/accuracy/surrogate.hpp"

namespace archcost::accuracy {
namespace {

constexpr std::size_t kMostKnown = 1 << 22;  // combinations that are kept

}  // namespace

AccuracyOnSpace::AccuracyOnSpace(const AccuracyModel& model, const spec::ArchSpec& spec,
                                 graph::BuildOptions options, const space::SweepSpace& space)
    : model_(&model), options_(std::move(options)), space_(&space) {
  std::size_t combinations = 1;
  for (const space::SweepAxis& axis : space.axes) {
    const auto p =
        static_cast<std::size_t>(spec.find_param(axis.param) - spec.main().params.data());
    const auto among = [&](const std::vector<std::size_t>& list) {
      return std::find(list.begin(), list.end(), p) != list.end();
    };
    const bool matters = axis.element > 0 || among(model.table_.varied) || among(model.derived_);
    parameters_.push_back(static_cast<int>(p));
    strides_.push_back(matters ? combinations : 0);
    auto& agree = agrees_.emplace_back();
    if (matters) {
      combinations = std::min(combinations * axis.values.size(), kMostKnown + 1);
    } else {
      for (const spec::Value& value : axis.values) agree.push_back(model.agrees(p, value));
    }
  }
  if (combinations <= kMostKnown) known_.resize(combinations);
}

AccuracyEstimate AccuracyOnSpace::at(std::span<const std::size_t> indices) {
  std::size_t place = 0;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    if (strides_[k] == 0 && !agrees_[k][indices[k]])
      return {AccuracyEstimate::Kind::kOther, 0, 0, parameters_[k]};
    place += strides_[k] * indices[k];
  }
  if (known_.empty()) return compute(indices);
  std::optional<AccuracyEstimate>& known = known_[place];
  if (!known) known = compute(indices);
  return *known;
}

AccuracyEstimate AccuracyOnSpace::compute(std::span<const std::size_t> indices) const {
  return model_->estimate_by_settings(space_->options(options_, indices));
}

}  // namespace archcost::accuracy
