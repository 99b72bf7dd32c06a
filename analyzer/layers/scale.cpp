// SPDX-License-Identifier: Apache-2.0
// A learned factor for each channel, as the layer scale of ConvNeXt.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"bias", AttributeType::kFlag, "false", "a learned number added to each channel too"},
});
constexpr Slot kBias = slot(kAttributes, "bias");

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  LayerCost cost = {.params = output.channels, .elementwise = output.elements()};
  if (layer.flag(kBias)) {
    cost.params += output.channels;
    cost.bias_adds = output.elements();
  }
  return cost;
}

}  // namespace

extern const LayerKind scale_kind;
const LayerKind scale_kind = {
    .name = "scale",
    .family = Family::kOther,
    .help = "a learned factor for each channel (layer scale)",
    .source = "arXiv:2103.17239 equation 4; one multiplication an element",
    .elementwise = true,
    .in_place = true,
    .folds_into_convolution = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = unchanged_shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
