// SPDX-License-Identifier: Apache-2.0
// Product of inputs; one of [C,1,1] is a gate over space, as in squeeze-and-excitation.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

TensorShape shape(const LayerView& layer) {
  TensorShape largest = layer.input();
  for (const TensorShape& other : layer.inputs) {
    if (other.area() > largest.area()) largest = other;
  }
  for (const TensorShape& other : layer.inputs) {
    const bool fits =
        other == largest || other == TensorShape{largest.channels, Count(1), Count(1)};
    require(fits, "", [&] {
      return fmt::format("branches give {} and {}; they must be equal, or one of them {}x1x1",
                         to_string(largest), to_string(other), largest.channels.shown());
    });
  }
  return largest;
}

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  return {.elementwise = output.elements() * Count(static_cast<int>(layer.inputs.size()) - 1)};
}

}  // namespace

extern const LayerKind multiply_kind;
const LayerKind multiply_kind = {
    .name = "multiply",
    .family = Family::kMerge,
    .arity = Arity::kSeveral,
    .help = "product of branches; one of [C,1,1] is a gate over space",
    .source =
        "arXiv:1709.01507 equation 4; one multiplication an element for each branch after the "
        "first",
    .elementwise = true,
    .in_place = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .shape = shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
