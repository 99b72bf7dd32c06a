// SPDX-License-Identifier: Apache-2.0
// Branches joined: sum, product, concatenation.
#include <fmt/core.h>

#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

TensorShape concat_shape(const LayerView& layer) {
  TensorShape joined = layer.input();
  joined.channels = Count(0);
  for (const TensorShape& other : layer.inputs) {
    require(other.height == joined.height && other.width == joined.width, "", [&] {
      return fmt::format("branches give {} and {}; height and width must be equal",
                         to_string(layer.input()), to_string(other));
    });
    joined.channels += other.channels;
  }
  return joined;
}

LayerCost operation_per_branch(const LayerView& layer, const TensorShape& output) {
  return {.elementwise = output.elements() * Count(static_cast<int>(layer.inputs.size()) - 1)};
}

}  // namespace

const LayerKind add_kind = {
    .name = "add",
    .family = Family::kMerge,
    .arity = Arity::kSeveral,
    .help = "sum of branches; sizes of 1 are spread",
    .source =
        "arXiv:1512.03385 section 3.2; one addition an element for each branch after the first",
    .elementwise = true,
    .in_place = true,
    .shape = spread_shape,
    .cost = operation_per_branch,
};

// A gate of squeeze-and-excitation is a branch of [C,1,1].
const LayerKind multiply_kind = {
    .name = "multiply",
    .family = Family::kMerge,
    .arity = Arity::kSeveral,
    .help = "product of branches; sizes of 1 are spread, as of a gate [C,1,1]",
    .source =
        "arXiv:1709.01507 equation 4; one multiplication an element for each branch after the "
        "first",
    .elementwise = true,
    .in_place = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .shape = spread_shape,
    .cost = operation_per_branch,
};

const LayerKind concat_kind = {
    .name = "concat",
    .family = Family::kMerge,
    .arity = Arity::kSeveral,
    .help = "branches joined along the channels, in the order in which they are written",
    .source = "arXiv:1409.4842 section 4",
    .shape = concat_shape,
};

}  // namespace archcost::layers::kinds
