// Product of inputs; one of [C,1,1] is a gate over space, as in squeeze-and-excitation.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::kinds {
namespace {

template <class N>
Shape<N> shape(const LayerView<N>& layer) {
  Shape<N> largest = layer.input();
  for (const Shape<N>& other : layer.inputs) {
    if (other.area() > largest.area()) largest = other;
  }
  for (const Shape<N>& other : layer.inputs) {
    const bool fits = other == largest || other == Shape<N>{largest.channels, N(1), N(1)};
    require(fits, "", [&] {
      return fmt::format("branches give {} and {}; they must be equal, or one of them {}x1x1",
                         to_string(largest), to_string(other), largest.channels.shown());
    });
  }
  return largest;
}

template <class N>
Cost<N> cost(const LayerView<N>& layer, const Shape<N>& output) {
  return {.elementwise = output.elements() * N(static_cast<int>(layer.inputs.size()) - 1)};
}

}  // namespace

extern const LayerKind multiply_kind;
const LayerKind multiply_kind = {
    .name = "multiply",
    .family = Family::kMerge,
    .arity = Arity::kSeveral,
    .help = "product of branches; one of [C,1,1] is a gate over space",
    .source =
        "arXiv:1709.01507 equation 4; one multiplication an element for each branch after the "
        "first",
    .exact = {shape<Count>, cost<Count>},
};

}  // namespace archcost::kinds
