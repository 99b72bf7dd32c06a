// SPDX-License-Identifier: Apache-2.0
// Normalisations, and a learned factor for each channel.
#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kBatchAttributes = std::to_array<AttributeSpec>({
    {"affine", AttributeType::kFlag, "true", "learned scale and shift"},
});
constexpr Slot kBatchAffine = slot(kBatchAttributes, "affine");
constexpr auto kOverWords = std::to_array<std::string_view>({"channels", "all"});
constexpr auto kLayerAttributes = std::to_array<AttributeSpec>({
    {"over", AttributeType::kWord, "channels",
     "what is normalised together: each position's channels, or all", 0, kOverWords},
    {"affine", AttributeType::kFlag, "true", "learned scale and shift"},
});
constexpr Slot kOver = slot(kLayerAttributes, "over"),
               kLayerAffine = slot(kLayerAttributes, "affine");
constexpr auto kGroupAttributes = std::to_array<AttributeSpec>({
    {"groups", AttributeType::kInteger, "32", "groups of channels"},
    {"affine", AttributeType::kFlag, "true", "learned scale and shift"},
});
constexpr Slot kNormGroups = slot(kGroupAttributes, "groups"),
               kGroupAffine = slot(kGroupAttributes, "affine");
constexpr auto kLrnAttributes = std::to_array<AttributeSpec>({
    {"size", AttributeType::kInteger, "5", "neighbouring channels that are summed"},
});
constexpr Slot kSize = slot(kLrnAttributes, "size");
constexpr auto kScaleAttributes = std::to_array<AttributeSpec>({
    {"bias", AttributeType::kFlag, "false", "a learned number added to each channel too"},
});
constexpr Slot kScaleBias = slot(kScaleAttributes, "bias");

LayerCost batch_norm_cost(const LayerView& layer, const TensorShape& output) {
  return {.params = layer.flag(kBatchAffine) ? Count(2) * output.channels : Count(0),
          .buffers = Count(2) * output.channels,
          .elementwise = Count(2) * output.elements()};
}

// Mean, difference, square, variance, quotient: 5 an element, and a root for each set of numbers;
// scale and shift, `learned` of each: 2 more.
LayerCost normalisation_cost(const TensorShape& output, Count sets, bool affine, Count learned) {
  LayerCost cost = {.elementwise = output.elements() * Count(affine ? 7 : 5),
                    .transcendentals = sets};
  if (affine) cost.params = Count(2) * learned;
  return cost;
}

LayerCost layer_norm_cost(const LayerView& layer, const TensorShape& output) {
  const bool over_channels = layer.word(kOver) == 0;
  return normalisation_cost(output, over_channels ? output.area() : Count(1),
                            layer.flag(kLayerAffine),
                            over_channels ? output.channels : output.elements());
}

SpatialEffect layer_norm_spatial(const LayerView& layer, const TensorShape&) {
  return layer.word(kOver) == 0 ? SpatialEffect::kSamePlace : SpatialEffect::kMixAll;
}

TensorShape group_norm_shape(const LayerView& layer) {
  require_divides(layer, kNormGroups, "groups", layer.input().channels, "input channels");
  return layer.input();
}

LayerCost group_norm_cost(const LayerView& layer, const TensorShape& output) {
  return normalisation_cost(output, layer.number(kNormGroups), layer.flag(kGroupAffine),
                            output.channels);
}

LayerCost lrn_cost(const LayerView& layer, const TensorShape& output) {
  const Count elements = output.elements();
  // One square, `size` - 1 sums, scale, shift, quotient: size + 3 an element; one power.
  return {.elementwise = elements * (layer.number(kSize) + Count(3)), .transcendentals = elements};
}

LayerCost scale_cost(const LayerView& layer, const TensorShape& output) {
  LayerCost cost = {.params = output.channels, .elementwise = output.elements()};
  if (layer.flag(kScaleBias)) add_bias(cost, output);
  return cost;
}

}  // namespace

// At inference a scale and a shift for each channel.
const LayerKind batch_norm_kind = {
    .name = "batch_norm",
    .family = Family::kNormalisation,
    .help = "batch normalisation",
    .source =
        "arXiv:1502.03167 algorithm 2: at inference one multiplication and one addition an element",
    .elementwise = true,
    .in_place = true,
    .folds_into_convolution = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kBatchAttributes,
    .cost = batch_norm_cost,
};

const LayerKind layer_norm_kind = {
    .name = "layer_norm",
    .family = Family::kNormalisation,
    .help = "layer normalisation",
    .source = "arXiv:1607.06450 section 3",
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kLayerAttributes,
    .cost = layer_norm_cost,
    .spatial_of = layer_norm_spatial,
};

const LayerKind group_norm_kind = {
    .name = "group_norm",
    .family = Family::kNormalisation,
    .help = "group normalisation",
    .source = "arXiv:1803.08494 section 3",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kGroupAttributes,
    .shape = group_norm_shape,
    .cost = group_norm_cost,
};

// Across neighbouring channels.
const LayerKind lrn_kind = {
    .name = "lrn",
    .family = Family::kNormalisation,
    .help = "local response normalisation (AlexNet)",
    .source = "Krizhevsky et al. 2012, section 3.3",
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kLrnAttributes,
    .cost = lrn_cost,
};

// The layer scale of ConvNeXt.
const LayerKind scale_kind = {
    .name = "scale",
    .family = Family::kOther,
    .help = "a learned factor for each channel (layer scale)",
    .source = "arXiv:2103.17239 equation 4; one multiplication an element",
    .elementwise = true,
    .in_place = true,
    .folds_into_convolution = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kScaleAttributes,
    .cost = scale_cost,
};

}  // namespace archcost::layers::kinds
