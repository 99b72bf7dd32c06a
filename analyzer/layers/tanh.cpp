// SPDX-License-Identifier: Apache-2.0
// Hyperbolic tangent.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind tanh_kind;
const LayerKind tanh_kind = {
    .name = "tanh",
    .family = Family::kActivation,
    .help = "hyperbolic tangent",
    .source = "one transcendental an element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kTanh,
    .kept_for_backward = KeptForBackward::kOutput,
    .shape = unchanged_shape,
    .cost = per_element<0, 0, 1>,
};

}  // namespace archcost::layers::kinds
