// All elements as channels of one position.
#include "layers/layer_kind.hpp"

namespace archcost::kinds {
namespace {

template <class N>
Shape<N> shape(const LayerView<N>& layer) {
  return {layer.input().elements(), N(1), N(1)};
}

}  // namespace

extern const LayerKind flatten_kind;
const LayerKind flatten_kind = {
    .name = "flatten",
    .family = Family::kRearrange,
    .help = "all elements as channels of one position",
    .source = "PyTorch Flatten; moves nothing",
    .exact = {shape<Count>, no_cost<Count>},
};

}  // namespace archcost::kinds
