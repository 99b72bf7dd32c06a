// SPDX-License-Identifier: Apache-2.0
// Fully connected layer.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"out", AttributeType::kInteger, "", "output features"},
    {"bias", AttributeType::kFlag, "true", "a learned number added to each output feature"},
    {"per_position", AttributeType::kFlag, "false",
     "the same layer at every position, as for tokens"},
});
constexpr Slot kOut = slot(kAttributes, "out"), kBias = slot(kAttributes, "bias"),
               kPerPosition = slot(kAttributes, "per_position");

TensorShape shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  require(layer.flag(kPerPosition) || in.area() == Count(1), "", [&] {
    return fmt::format(
        "linear needs an input of {}x1x1, not {}; put flatten or global_avg_pool before it, or "
        "write per_position: true",
        in.channels.shown(), to_string(in));
  });
  return {layer.number(kOut), in.height, in.width};
}

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const Count in = layer.input().channels;
  LayerCost cost;
  cost.weights = in * output.channels;
  cost.macs = in * output.elements();
  cost.params = cost.weights;
  if (layer.flag(kBias)) {
    cost.params += output.channels;
    cost.bias_adds = output.elements();
  }
  return cost;
}

}  // namespace

extern const LayerKind linear_kind;
const LayerKind linear_kind = {
    .name = "linear",
    .family = Family::kLinear,
    .help = "fully connected layer",
    .source = "arXiv:1704.04861 table 2 (FC)",
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
