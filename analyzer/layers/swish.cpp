// SPDX-License-Identifier: Apache-2.0
// Swish, or SiLU.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {

extern const LayerKind swish_kind;
const LayerKind swish_kind = {
    .name = "swish",
    .family = Family::kActivation,
    .help = "x * sigmoid(x), also called SiLU",
    .source = "arXiv:1710.05941; the sigmoid and one multiplication an element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kSwish,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .shape = unchanged_shape,
    .cost = per_element<3, 0, 1>,
};

}  // namespace archcost::layers::kinds
