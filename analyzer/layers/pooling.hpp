// What max and average pooling share.
#pragma once

#include "layers/window.hpp"

namespace archcost {

struct PoolSlots {
  Slot kernel, stride, pad, ceil_mode;
};

/// Output of a pooling window; `dilation` is 1 for average pooling.
template <class N>
Shape<N> pool_shape(const LayerView<N>& layer, const PoolSlots& slots, const Extent<N>& dilation) {
  const Shape<N>& in = layer.input();
  Window<N> window = {layer.extent(slots.kernel), layer.extent(slots.stride), dilation, {}};
  window.pad = resolve_padding(layer, slots.pad, window.kernel, window.stride, window.dilation);
  const Extent<N> size = window_output(in, window, layer.flag(slots.ceil_mode));
  return {in.channels, size.height, size.width};
}

/// Pooling of the whole image.
template <class N>
Shape<N> global_shape(const LayerView<N>& layer) {
  return {layer.input().channels, N(1), N(1)};
}
template <class N>
Cost<N> global_pool_cost(const LayerView<N>& layer, const Shape<N>&) {
  return {.pool_ops = layer.input().elements()};
}

/// "max pool 3x3".
inline std::string pool_class(std::string_view name, const Extent<Count>& kernel) {
  return fmt::format("{} {}", name, to_string(kernel));
}

}  // namespace archcost
