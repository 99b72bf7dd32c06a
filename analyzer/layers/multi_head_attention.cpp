// Multi-head self-attention over the positions of a [D,T,1] input.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"heads", AttributeType::kInteger, "", "heads; they share out the channels"},
    {"bias", AttributeType::kFlag, "true", "biases of the four projections"},
});
constexpr Slot kHeads = slot(kAttributes, "heads"), kBias = slot(kAttributes, "bias");

template <class N>
Shape<N> shape(const LayerView<N>& layer) {
  require(divides(layer.number(kHeads), layer.input().channels), "heads", [&] {
    return fmt::format("heads {} must divide the {} input channels", layer.number(kHeads).shown(),
                       layer.input().channels.shown());
  });
  return layer.input();
}

template <class N>
Cost<N> cost(const LayerView<N>& layer, const Shape<N>& output) {
  const N width = output.channels, tokens = output.area();
  const N scores = layer.number(kHeads) * tokens * tokens;
  Cost<N> cost;
  cost.weights = N(4) * width * width;                                 // query, key, value, output
  cost.macs = cost.weights * tokens + N(2) * width * tokens * tokens;  // projections, QK', AV
  cost.elementwise = scores * N(4);                                    // 1/sqrt(d), softmax
  cost.compares = scores;
  cost.transcendentals = scores;
  cost.params = cost.weights;
  if (layer.flag(kBias)) {
    cost.params += N(4) * width;
    cost.bias_adds = N(4) * output.elements();
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
    .attributes = kAttributes,
    .exact = {shape<Count>, cost<Count>},
};

}  // namespace archcost::kinds
