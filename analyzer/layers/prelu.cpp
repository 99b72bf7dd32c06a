// ReLU with a learned slope below zero.
#include "layers/layer_kind.hpp"

namespace archcost::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"per_channel", AttributeType::kFlag, "true", "a slope for each channel, else one for all"},
});
constexpr Slot kPerChannel = slot(kAttributes, "per_channel");

template <class N>
Cost<N> cost(const LayerView<N>& layer, const Shape<N>& output) {
  Cost<N> cost = per_element<N, 1, 1, 0>(layer, output);
  cost.params = layer.flag(kPerChannel) ? output.channels : N(1);
  return cost;
}

}  // namespace

extern const LayerKind prelu_kind;
const LayerKind prelu_kind = {
    .name = "prelu",
    .family = Family::kActivation,
    .help = "x above zero, learned slope * x below",
    .source = "arXiv:1502.01852 section 2.1; one comparison and one multiplication an element",
    .attributes = kAttributes,
    .exact = {unchanged_shape<Count>, cost<Count>},
};

}  // namespace archcost::kinds
