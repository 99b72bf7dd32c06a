// SPDX-License-Identifier: Apache-2.0
// ReLU with a learned slope below zero.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"per_channel", AttributeType::kFlag, "true", "a slope for each channel, else one for all"},
});
constexpr Slot kPerChannel = slot(kAttributes, "per_channel");

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  LayerCost cost = per_element<1, 1, 0>(layer, output);
  cost.params = layer.flag(kPerChannel) ? output.channels : Count(1);
  return cost;
}

}  // namespace

extern const LayerKind prelu_kind;
const LayerKind prelu_kind = {
    .name = "prelu",
    .family = Family::kActivation,
    .help = "x above zero, learned slope * x below",
    .source = "arXiv:1502.01852 section 2.1; one comparison and one multiplication an element",
    .elementwise = true,
    .in_place = true,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = unchanged_shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
