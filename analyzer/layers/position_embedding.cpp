// A learned number added to each element.
#include "layers/layer_kind.hpp"

namespace archcost::kinds {
namespace {

template <class N>
Cost<N> cost(const LayerView<N>&, const Shape<N>& output) {
  return {.params = output.elements(), .elementwise = output.elements()};
}

}  // namespace

extern const LayerKind position_embedding_kind;
const LayerKind position_embedding_kind = {
    .name = "position_embedding",
    .family = Family::kOther,
    .help = "a learned number added to each element",
    .source = "arXiv:2010.11929 equation 1",
    .exact = {unchanged_shape<Count>, cost<Count>},
};

}  // namespace archcost::kinds
