// Average pooling to a given size.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"size", AttributeType::kExtent, "", "height and width of the output"},
});
constexpr Slot kSize = slot(kAttributes, "size");

template <class N>
Shape<N> shape(const LayerView<N>& layer) {
  const Extent<N> size = layer.extent(kSize);
  return {layer.input().channels, size.height, size.width};
}

// Rows that the windows of one dimension read together. Window i is floor(i in/out) to
// ceil((i+1) in/out): neighbours share a row wherever i in/out isn't whole, which happens
// out - gcd(in, out) times.
template <class N>
N rows_read(N in, N out) {
  return in + out - gcd(in, out);
}

template <class N>
Cost<N> cost(const LayerView<N>& layer, const Shape<N>& output) {
  const Shape<N>& in = layer.input();
  return {.pool_ops = in.channels * rows_read(in.height, output.height) *
                      rows_read(in.width, output.width)};
}

}  // namespace

extern const LayerKind adaptive_avg_pool_kind;
const LayerKind adaptive_avg_pool_kind = {
    .name = "adaptive_avg_pool",
    .family = Family::kPooling,
    .help = "average pooling to a given size",
    .source = "PyTorch AdaptiveAvgPool2d; every tap of its windows counts",
    .attributes = kAttributes,
    .exact = {shape<Count>, cost<Count>},
};

}  // namespace archcost::kinds
