// SPDX-License-Identifier: Apache-2.0
// Inputs joined along the channels.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

TensorShape shape(const LayerView& layer) {
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

}  // namespace

extern const LayerKind concat_kind;
const LayerKind concat_kind = {
    .name = "concat",
    .family = Family::kMerge,
    .arity = Arity::kSeveral,
    .help = "branches joined along the channels, in the order in which they are written",
    .source = "arXiv:1409.4842 section 4",
    .shape = shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
