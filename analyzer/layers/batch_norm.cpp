// SPDX-License-Identifier: Apache-2.0
// Batch normalisation at inference: a scale and a shift for each channel.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"affine", AttributeType::kFlag, "true", "learned scale and shift"},
});
constexpr Slot kAffine = slot(kAttributes, "affine");

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  LayerCost cost;
  cost.buffers = Count(2) * output.channels;
  cost.elementwise = Count(2) * output.elements();
  if (layer.flag(kAffine)) cost.params = Count(2) * output.channels;
  return cost;
}

}  // namespace

extern const LayerKind batch_norm_kind;
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
    .attributes = kAttributes,
    .shape = unchanged_shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
