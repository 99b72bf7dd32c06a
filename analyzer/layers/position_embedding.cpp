// SPDX-License-Identifier: Apache-2.0
// A learned number added to each element.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

LayerCost cost(const LayerView&, const TensorShape& output) {
  return {.params = output.elements(), .elementwise = output.elements()};
}

}  // namespace

extern const LayerKind position_embedding_kind;
const LayerKind position_embedding_kind = {
    .name = "position_embedding",
    .family = Family::kOther,
    .help = "a learned number added to each element",
    .source = "arXiv:2010.11929 equation 1",
    .elementwise = true,
    .in_place = true,
    .shape = unchanged_shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
