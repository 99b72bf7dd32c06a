// Rectified linear unit.
#include "layers/layer_kind.hpp"

namespace archcost::kinds {

extern const LayerKind relu_kind;
const LayerKind relu_kind = {
    .name = "relu",
    .family = Family::kActivation,
    .help = "max(x, 0)",
    .source = "Nair and Hinton 2010; one comparison an element",
    .shape = unchanged_shape,
    .cost = per_element<0, 1, 0>,
};

}  // namespace archcost::kinds
