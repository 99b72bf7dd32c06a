// SPDX-License-Identifier: Apache-2.0
// Sum of inputs of the same shape, as in a residual unit.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

TensorShape shape(const LayerView& layer) {
  const TensorShape& first = layer.input();
  for (const TensorShape& other : layer.inputs) {
    require(other == first, "", [&] {
      return fmt::format("branches give {} and {}; they must be equal", to_string(first),
                         to_string(other));
    });
  }
  return first;
}

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  return {.elementwise = output.elements() * Count(static_cast<int>(layer.inputs.size()) - 1)};
}

}  // namespace

extern const LayerKind add_kind;
const LayerKind add_kind = {
    .name = "add",
    .family = Family::kMerge,
    .arity = Arity::kSeveral,
    .help = "sum of branches of the same shape",
    .source =
        "arXiv:1512.03385 section 3.2; one addition an element for each branch after the first",
    .elementwise = true,
    .in_place = true,
    .shape = shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
