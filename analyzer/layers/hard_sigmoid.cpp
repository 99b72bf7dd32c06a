// SPDX-License-Identifier: Apache-2.0
// Piecewise linear sigmoid.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind hard_sigmoid_kind;
const LayerKind hard_sigmoid_kind = {
    .name = "hard_sigmoid",
    .family = Family::kActivation,
    .help = "relu6(x + 3) / 6",
    .source =
        "arXiv:1905.02244 section 5.2; an addition, a multiplication and two comparisons an "
        "element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kHardSigmoid,
    .kept_for_backward = KeptForBackward::kOutput,
    .shape = unchanged_shape,
    .cost = per_element<2, 2, 0>,
};

}  // namespace archcost::layers::kinds
