// SPDX-License-Identifier: Apache-2.0
// Softmax over the channels of each position.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind softmax_kind;
const LayerKind softmax_kind = {
    .name = "softmax",
    .family = Family::kActivation,
    .help = "softmax over the channels of each position",
    .source = "maximum, difference, exponential, sum, quotient: one of each an element",
    .in_place = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .shape = unchanged_shape,
    .cost = per_element<3, 1, 1>,
};

}  // namespace archcost::layers::kinds
