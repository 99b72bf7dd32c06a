// Hyperbolic tangent.
#include "layers/layer_kind.hpp"

namespace archcost::kinds {

extern const LayerKind tanh_kind;
const LayerKind tanh_kind = {
    .name = "tanh",
    .family = Family::kActivation,
    .help = "hyperbolic tangent",
    .source = "one transcendental an element",
    .shape = unchanged_shape,
    .cost = per_element<0, 0, 1>,
};

}  // namespace archcost::kinds
