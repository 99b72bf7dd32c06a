// SPDX-License-Identifier: Apache-2.0
// What max and average pooling share.
#pragma once

#include "layers/window.hpp"

namespace archcost::layers {

struct PoolSlots {
  Slot kernel, stride, pad, ceil_mode;
};

/// Output of a pooling window; `dilation` is 1 for average pooling.
inline TensorShape pool_shape(const LayerView& layer, const PoolSlots& slots,
                              const Extent& dilation) {
  const TensorShape& in = layer.input();
  Window window = {layer.extent(slots.kernel), layer.extent(slots.stride), dilation, {}};
  window.pad = resolve_padding(layer, slots.pad, window.kernel, window.stride, window.dilation);
  const Extent size = window_output(in, window, layer.flag(slots.ceil_mode));
  return {in.channels, size.height, size.width};
}

/// Pooling of the whole image.
inline TensorShape global_shape(const LayerView& layer) {
  return {layer.input().channels, Count(1), Count(1)};
}
inline LayerCost global_pool_cost(const LayerView& layer, const TensorShape&) {
  return {.pool_ops = layer.input().elements()};
}

/// "max pool 3x3".
inline std::string pool_class(std::string_view name, const Extent& kernel) {
  return fmt::format("{} {}", name, to_string(kernel));
}

}  // namespace archcost::layers
