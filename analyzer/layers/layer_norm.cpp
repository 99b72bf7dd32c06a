// SPDX-License-Identifier: Apache-2.0
// Layer normalisation over the channels of each position, or over the whole image.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kOverWords = std::to_array<std::string_view>({"channels", "all"});
constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"over", AttributeType::kWord, "channels",
     "what is normalised together: each position's channels, or all", 0, kOverWords},
    {"affine", AttributeType::kFlag, "true", "learned scale and shift"},
});
constexpr Slot kOver = slot(kAttributes, "over"), kAffine = slot(kAttributes, "affine");

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const bool over_channels = layer.word(kOver) == 0;
  LayerCost cost;
  // Mean, difference, square, variance, quotient: 5 an element; scale and shift: 2 more.
  cost.elementwise = output.elements() * Count(layer.flag(kAffine) ? 7 : 5);
  cost.transcendentals = over_channels ? output.area() : Count(1);
  if (layer.flag(kAffine))
    cost.params = Count(2) * (over_channels ? output.channels : output.elements());
  return cost;
}

SpatialEffect spatial_of(const LayerView& layer, const TensorShape&) {
  return layer.word(kOver) == 0 ? SpatialEffect::kSamePlace : SpatialEffect::kMixAll;
}

}  // namespace

extern const LayerKind layer_norm_kind;
const LayerKind layer_norm_kind = {
    .name = "layer_norm",
    .family = Family::kNormalisation,
    .help = "layer normalisation",
    .source = "arXiv:1607.06450 section 3",
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = unchanged_shape,
    .cost = cost,
    .spatial_of = spatial_of,
};

}  // namespace archcost::layers::kinds
