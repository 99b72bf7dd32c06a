// SPDX-License-Identifier: Apache-2.0
// Gaussian error linear unit.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind gelu_kind;
const LayerKind gelu_kind = {
    .name = "gelu",
    .family = Family::kActivation,
    .help = "x * (1 + erf(x / sqrt 2)) / 2",
    .source = "arXiv:1606.08415; one erf, one addition, three multiplications an element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kGelu,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .shape = unchanged_shape,
    .cost = per_element<4, 0, 1>,
};

}  // namespace archcost::layers::kinds
