// SPDX-License-Identifier: Apache-2.0
// Rectified linear unit.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind relu_kind;
const LayerKind relu_kind = {
    .name = "relu",
    .family = Family::kActivation,
    .help = "max(x, 0)",
    .source = "Nair and Hinton 2010; one comparison an element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kRelu,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .shape = unchanged_shape,
    .cost = per_element<0, 1, 0>,
};

}  // namespace archcost::layers::kinds
