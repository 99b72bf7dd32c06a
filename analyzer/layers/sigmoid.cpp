// SPDX-License-Identifier: Apache-2.0
// Logistic function.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind sigmoid_kind;
const LayerKind sigmoid_kind = {
    .name = "sigmoid",
    .family = Family::kActivation,
    .help = "1 / (1 + exp(-x))",
    .source = "one exponential, one addition, one division an element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kSigmoid,
    .kept_for_backward = KeptForBackward::kOutput,
    .shape = unchanged_shape,
    .cost = per_element<2, 0, 1>,
};

}  // namespace archcost::layers::kinds
