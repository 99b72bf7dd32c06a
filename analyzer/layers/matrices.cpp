// SPDX-License-Identifier: Apache-2.0
// Fully connected layers, products of two activations, and attention.
#include <fmt/core.h>

#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kLinearAttributes = std::to_array<AttributeSpec>({
    {"out", AttributeType::kInteger, "", "output features"},
    {"bias", AttributeType::kFlag, "true", "a learned number added to each output feature"},
    {"per_position", AttributeType::kFlag, "false",
     "the same layer at every position, as for tokens"},
});
constexpr Slot kOut = slot(kLinearAttributes, "out"), kLinearBias = slot(kLinearAttributes, "bias"),
               kPerPosition = slot(kLinearAttributes, "per_position");
constexpr auto kMatmulAttributes = std::to_array<AttributeSpec>({
    {"transpose", AttributeType::kFlag, "false", "the second input is given as [C,W,K]"},
});
constexpr Slot kTranspose = slot(kMatmulAttributes, "transpose");
constexpr auto kAttentionAttributes = std::to_array<AttributeSpec>({
    {"heads", AttributeType::kInteger, "", "heads; they share out the channels"},
    {"bias", AttributeType::kFlag, "true", "biases of the four projections"},
});
constexpr Slot kHeads = slot(kAttentionAttributes, "heads"),
               kAttentionBias = slot(kAttentionAttributes, "bias");

TensorShape linear_shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  require(layer.flag(kPerPosition) || in.area() == Count(1), "", [&] {
    return fmt::format(
        "linear needs an input of {}x1x1, not {}; put flatten or global_avg_pool before it, or "
        "write per_position: true",
        in.channels.shown(), to_string(in));
  });
  return {layer.number(kOut), in.height, in.width};
}

LayerCost linear_cost(const LayerView& layer, const TensorShape& output) {
  const Count in = layer.input().channels;
  return kernel_cost(in * output.channels, in * output.elements(), layer.flag(kLinearBias), output);
}

TensorShape matmul_shape(const LayerView& layer) {
  const TensorShape &a = layer.inputs[0], &b = layer.inputs[1];
  const bool transposed = layer.flag(kTranspose);
  const Count rows = transposed ? b.width : b.height, columns = transposed ? b.height : b.width;
  require(a.channels == b.channels && a.width == rows, "", [&] {
    return fmt::format(
        "the inputs {} and {} can't be multiplied: channels must agree, and the first's width must "
        "be the second's {}",
        to_string(a), to_string(b), transposed ? "width" : "height");
  });
  return {a.channels, a.height, columns};
}

LayerCost matmul_cost(const LayerView& layer, const TensorShape& output) {
  return {.macs = layer.inputs[0].width * output.elements()};
}

TensorShape attention_shape(const LayerView& layer) {
  require_divides(layer, kHeads, "heads", layer.input().channels, "input channels");
  return layer.input();
}

LayerCost attention_cost(const LayerView& layer, const TensorShape& output) {
  const Count width = output.channels, tokens = output.area();
  const Count scores = layer.number(kHeads) * tokens * tokens;
  LayerCost cost;
  cost.weights = Count(4) * width * width;  // query, key, value, output
  cost.macs = cost.weights * tokens + Count(2) * width * tokens * tokens;  // projections, QK', AV
  cost.elementwise = scores * Count(4);                                    // 1/sqrt(d), softmax
  cost.compares = scores;
  cost.transcendentals = scores;
  cost.params = cost.weights;
  if (layer.flag(kAttentionBias)) {
    cost.params += Count(4) * width;
    cost.bias_adds = Count(4) * output.elements();
  }
  return cost;
}

}  // namespace

const LayerKind linear_kind = {
    .name = "linear",
    .family = Family::kLinear,
    .help = "fully connected layer",
    .source = "arXiv:1704.04861 table 2 (FC)",
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kLinearAttributes,
    .shape = linear_shape,
    .cost = linear_cost,
};

// For every channel a product of matrices: [C,H,K] by [C,K,W] gives [C,H,W].
const LayerKind matmul_kind = {
    .name = "matmul",
    .family = Family::kMatrix,
    .arity = Arity::kTwo,
    .help = "matrix product of two inputs, channel by channel",
    .source = "arXiv:1706.03762 section 3.2.1",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kMatmulAttributes,
    .shape = matmul_shape,
    .cost = matmul_cost,
};

// Self-attention over the positions of a [D,T,1] input.
const LayerKind multi_head_attention_kind = {
    .name = "multi_head_attention",
    .family = Family::kMatrix,
    .help = "self-attention over the positions, with its four projections",
    .source = "arXiv:1706.03762 section 3.2.2",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttentionAttributes,
    .shape = attention_shape,
    .cost = attention_cost,
};

}  // namespace archcost::layers::kinds
