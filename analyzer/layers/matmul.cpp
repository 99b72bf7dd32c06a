// SPDX-License-Identifier: Apache-2.0
// Product of two activations, for every channel a matrix: [C,H,K] by [C,K,W] gives [C,H,W].
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"transpose", AttributeType::kFlag, "false", "the second input is given as [C,W,K]"},
});
constexpr Slot kTranspose = slot(kAttributes, "transpose");

TensorShape shape(const LayerView& layer) {
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

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  return {.macs = layer.inputs[0].width * output.elements()};
}

}  // namespace

extern const LayerKind matmul_kind;
const LayerKind matmul_kind = {
    .name = "matmul",
    .family = Family::kMatrix,
    .arity = Arity::kTwo,
    .help = "matrix product of two inputs, channel by channel",
    .source = "arXiv:1706.03762 section 3.2.1",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
