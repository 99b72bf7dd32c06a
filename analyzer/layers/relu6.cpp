// SPDX-License-Identifier: Apache-2.0
// ReLU that stops at 6.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind relu6_kind;
const LayerKind relu6_kind = {
    .name = "relu6",
    .family = Family::kActivation,
    .help = "min(max(x, 0), 6)",
    .source = "arXiv:1704.04861 code; two comparisons an element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kRelu6,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .shape = unchanged_shape,
    .cost = per_element<0, 2, 0>,
};

}  // namespace archcost::layers::kinds
