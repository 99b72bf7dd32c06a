// SPDX-License-Identifier: Apache-2.0
// Fully connected layers, products of two activations, and attention.
#include <fmt/core.h>

#include "layers/attention.hpp"
#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kLinearAttributes = std::to_array<AttributeSpec>({
    {"out", AttributeType::kInteger, "", "output features"},
    {"bias", AttributeType::kFlag, "true", "a learned number added to each output feature"},
    {"per_position", AttributeType::kFlag, "false",
     "the same layer at every position, as for tokens"},
});
constexpr Slot kLinearOut = slot(kLinearAttributes, "out"),
               kLinearBias = slot(kLinearAttributes, "bias"),
               kPerPosition = slot(kLinearAttributes, "per_position");
constexpr auto kMatmulAttributes = std::to_array<AttributeSpec>({
    {"transpose", AttributeType::kFlag, "false", "the second input is given as [C,W,K]"},
});
constexpr Slot kTranspose = slot(kMatmulAttributes, "transpose");
constexpr auto kAttentionAttributes = std::to_array<AttributeSpec>({
    {"heads", AttributeType::kInteger, "", "heads; they share out the channels"},
    {"bias", AttributeType::kFlag, "true", "biases of the four projections"},
    {"kv_heads", AttributeType::kInteger, "none",
     "heads of the keys and values, each for equally many heads of the queries; as many as heads"},
    {"head_channels", AttributeType::kInteger, "none",
     "channels of a head; input channels / heads"},
    {"windows", AttributeType::kInteger, "none",
     "equal runs of positions, each of which attends to its own positions only; 1"},
});
constexpr Slot kHeads = slot(kAttentionAttributes, "heads"),
               kAttentionBias = slot(kAttentionAttributes, "bias"),
               kKvHeads = slot(kAttentionAttributes, "kv_heads"),
               kHeadChannels = slot(kAttentionAttributes, "head_channels"),
               kWindows = slot(kAttentionAttributes, "windows");

TensorShape linear_shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  require(layer.flag(kPerPosition) || in.area() == Count(1), "", [&] {
    return fmt::format(
        "linear needs an input of {}x1x1, not {}; put flatten or global_avg_pool before it, or "
        "write per_position: true",
        in.channels.shown(), to_string(in));
  });
  return {layer.number(kLinearOut), in.height, in.width};
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
  require(layer.inputs.size() <= 2, "", [&] {
    return fmt::format(
        "attention takes the queries' input and, with 'from', the keys' and values', "
        "not {} inputs",
        layer.inputs.size());
  });
  if (layer.number(kHeadChannels) == Count(0))
    require_divides(layer, kHeads, "heads", layer.input().channels, "input channels");
  if (layer.number(kKvHeads) != Count(0))
    require_divides(layer, kKvHeads, "kv_heads", layer.number(kHeads), "heads");
  if (layer.number(kWindows) != Count(0)) {
    require_divides(layer, kWindows, "windows", layer.input().area(), "positions");
    require_divides(layer, kWindows, "windows", layer.inputs.back().area(), "positions");
  }
  return layer.input();
}

LayerCost attention_cost(const LayerView& layer, const TensorShape& output) {
  const AttentionSizes sizes = attention_sizes(layer.numbers, layer.inputs);
  const Count width = output.channels, tokens = output.area();
  const Count queries = sizes.heads * sizes.depth, keys = sizes.kv_heads * sizes.depth;
  const Count scores = sizes.heads * tokens * div_floor(sizes.context_tokens, sizes.windows);
  const Count query_weights = Count(2) * width * queries;              // and the output's
  const Count key_weights = Count(2) * sizes.context_channels * keys;  // and the values'
  LayerCost cost;
  cost.weights = query_weights + key_weights;
  cost.macs = query_weights * tokens + key_weights * sizes.context_tokens +
              Count(2) * scores * sizes.depth;  // projections, QK', AV
  cost.elementwise = scores * Count(4);         // 1/sqrt(d), softmax
  cost.compares = scores;
  cost.transcendentals = scores;
  cost.params = cost.weights;
  if (layer.flag(kAttentionBias)) {
    cost.params += queries + Count(2) * keys + width;
    cost.bias_adds = (queries + width) * tokens + Count(2) * keys * sizes.context_tokens;
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

// Attention over the positions of a [D,T,1] input, of its own or, with a second input, of others.
const LayerKind multi_head_attention_kind = {
    .name = "multi_head_attention",
    .family = Family::kMatrix,
    .arity = Arity::kAny,
    .help = "attention over the positions, with its four projections; from [queries, keys]",
    .source = "arXiv:1706.03762 section 3.2.2; grouped: arXiv:2305.13245 section 2.2",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttentionAttributes,
    .shape = attention_shape,
    .cost = attention_cost,
};

}  // namespace archcost::layers::kinds

namespace archcost::layers {

AttentionSizes attention_sizes(std::span<const Count> numbers,
                               std::span<const TensorShape> inputs) {
  const LayerView layer = {numbers, {}, inputs};
  const TensorShape &queries = inputs.front(), &context = inputs.back();
  AttentionSizes sizes;
  sizes.heads = layer.number(kinds::kHeads);
  sizes.kv_heads =
      layer.number(kinds::kKvHeads) == Count(0) ? sizes.heads : layer.number(kinds::kKvHeads);
  sizes.depth = layer.number(kinds::kHeadChannels) == Count(0)
                    ? div_floor(queries.channels, sizes.heads)
                    : layer.number(kinds::kHeadChannels);
  sizes.windows =
      layer.number(kinds::kWindows) == Count(0) ? Count(1) : layer.number(kinds::kWindows);
  sizes.context_channels = context.channels;
  sizes.context_tokens = context.area();
  return sizes;
}

}  // namespace archcost::layers
