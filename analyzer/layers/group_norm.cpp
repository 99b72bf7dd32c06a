// SPDX-License-Identifier: Apache-2.0
// Group normalisation: groups of channels are normalised together.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"groups", AttributeType::kInteger, "32", "groups of channels"},
    {"affine", AttributeType::kFlag, "true", "learned scale and shift"},
});
constexpr Slot kGroups = slot(kAttributes, "groups"), kAffine = slot(kAttributes, "affine");

TensorShape shape(const LayerView& layer) {
  require(divides(layer.number(kGroups), layer.input().channels), "groups", [&] {
    return fmt::format("groups {} must divide the {} input channels", layer.number(kGroups).shown(),
                       layer.input().channels.shown());
  });
  return layer.input();
}

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  LayerCost cost;
  // As layer_norm: mean, difference, square, variance, quotient; then scale and shift.
  cost.elementwise = output.elements() * Count(layer.flag(kAffine) ? 7 : 5);
  cost.transcendentals = layer.number(kGroups);
  if (layer.flag(kAffine)) cost.params = Count(2) * output.channels;
  return cost;
}

}  // namespace

extern const LayerKind group_norm_kind;
const LayerKind group_norm_kind = {
    .name = "group_norm",
    .family = Family::kNormalisation,
    .help = "group normalisation",
    .source = "arXiv:1803.08494 section 3",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
