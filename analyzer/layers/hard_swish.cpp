// SPDX-License-Identifier: Apache-2.0
// Piecewise linear swish.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind hard_swish_kind;
const LayerKind hard_swish_kind = {
    .name = "hard_swish",
    .family = Family::kActivation,
    .help = "x * relu6(x + 3) / 6",
    .source = "arXiv:1905.02244 section 5.2; the hard sigmoid and one multiplication an element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kHardSwish,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .shape = unchanged_shape,
    .cost = per_element<3, 2, 0>,
};

}  // namespace archcost::layers::kinds
