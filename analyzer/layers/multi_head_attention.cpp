// SPDX-License-Identifier: Apache-2.0
// Multi-head self-attention over the positions of a [D,T,1] input.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"heads", AttributeType::kInteger, "", "heads; they share out the channels"},
    {"bias", AttributeType::kFlag, "true", "biases of the four projections"},
});
constexpr Slot kHeads = slot(kAttributes, "heads"), kBias = slot(kAttributes, "bias");

TensorShape shape(const LayerView& layer) {
  require(divides(layer.number(kHeads), layer.input().channels), "heads", [&] {
    return fmt::format("heads {} must divide the {} input channels", layer.number(kHeads).shown(),
                       layer.input().channels.shown());
  });
  return layer.input();
}

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const Count width = output.channels, tokens = output.area();
  const Count scores = layer.number(kHeads) * tokens * tokens;
  LayerCost cost;
  cost.weights = Count(4) * width * width;  // query, key, value, output
  cost.macs = cost.weights * tokens + Count(2) * width * tokens * tokens;  // projections, QK', AV
  cost.elementwise = scores * Count(4);                                    // 1/sqrt(d), softmax
  cost.compares = scores;
  cost.transcendentals = scores;
  cost.params = cost.weights;
  if (layer.flag(kBias)) {
    cost.params += Count(4) * width;
    cost.bias_adds = Count(4) * output.elements();
  }
  return cost;
}

}  // namespace

extern const LayerKind multi_head_attention_kind;
const LayerKind multi_head_attention_kind = {
    .name = "multi_head_attention",
    .family = Family::kMatrix,
    .help = "self-attention over the positions, with its four projections",
    .source = "arXiv:1706.03762 section 3.2.2",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
