// SPDX-License-Identifier: Apache-2.0
// Sliding windows, shared by convolutions and pools: padding and output size.
#pragma once

#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers {

struct Window {
  Extent kernel, stride, dilation;
  Padding pad;
};

/// Size that a dilated kernel covers.
inline Count covered(Count kernel, Count dilation) {
  return dilation * (kernel - Count(1)) + Count(1);
}

/// Padding of one dimension under same_tf: the output is ceil(input / stride), the odd row goes
/// last.
inline Count same_tf_total(Count input, Count kernel, Count stride, Count dilation) {
  const Count output = div_ceil(input, stride);
  return max(Count(0), (output - Count(1)) * stride + covered(kernel, dilation) - input);
}

/// The same for a transposed window, whose output is input * stride: what its kernel covers beyond
/// the stride.
inline Count same_tf_transposed_total(Count kernel, Count stride, Count dilation) {
  return max(Count(0), covered(kernel, dilation) - stride);
}

/// The padding that an attribute `pad` of a window stands for. Throws LayerFault for `same` with an
/// even kernel.
inline Padding resolve_padding(const LayerView& layer, Slot slot, const Window& window,
                               bool transposed) {
  const Extent &kernel = window.kernel, &stride = window.stride, &dilation = window.dilation;
  switch (layer.padding_mode(slot)) {
    case PaddingMode::kNumbers:
      return layer.sides(slot);
    case PaddingMode::kValid:
      return {};
    case PaddingMode::kSame: {
      const Count rows = covered(kernel.height, dilation.height) - Count(1);
      const Count columns = covered(kernel.width, dilation.width) - Count(1);
      require(divides(Count(2), rows) && divides(Count(2), columns), "pad", [&] {
        return fmt::format(
            "pad 'same' needs an odd kernel, not {}; write the rows of each side, or same_tf",
            to_string(kernel));
      });
      const Count y = div_floor(rows, Count(2)), x = div_floor(columns, Count(2));
      return {y, x, y, x};
    }
    case PaddingMode::kSameTf: {
      const TensorShape& in = layer.input();
      const auto total = [&](Count size, Count taps, Count step, Count apart) {
        return transposed ? same_tf_transposed_total(taps, step, apart)
                          : same_tf_total(size, taps, step, apart);
      };
      const Count rows = total(in.height, kernel.height, stride.height, dilation.height);
      const Count columns = total(in.width, kernel.width, stride.width, dilation.width);
      const Count top = div_floor(rows, Count(2)), left = div_floor(columns, Count(2));
      return {top, left, rows - top, columns - left};
    }
  }
  return {};
}

/// Output height and width of a window over `in`. With `ceil_mode` a last window that starts inside
/// the input or its leading padding counts (PyTorch's rule). Throws LayerFault for a kernel larger
/// than the padded input.
inline Extent window_output(const TensorShape& in, const Window& w, bool ceil_mode) {
  const Extent padded = {in.height + w.pad.top + w.pad.bottom, in.width + w.pad.left + w.pad.right};
  const Extent reach = {covered(w.kernel.height, w.dilation.height),
                        covered(w.kernel.width, w.dilation.width)};
  // Rounding up, a window may extend beyond the end by less than its stride.
  const Extent beyond =
      ceil_mode ? Extent{w.stride.height - Count(1), w.stride.width - Count(1)} : Extent{};
  require(
      reach.height <= padded.height + beyond.height && reach.width <= padded.width + beyond.width,
      "kernel", [&] {
        const bool dilated = reach != w.kernel;
        return fmt::format("kernel {}{} is larger than the padded input {}", to_string(w.kernel),
                           dilated ? fmt::format(" (dilated to {})", to_string(reach)) : "",
                           to_string(padded));
      });
  const auto steps = [ceil_mode](Count input, Count before, Count padded_size, Count size,
                                 Count stride) {
    const Count room = padded_size - size;
    if (!ceil_mode) return div_floor(room, stride) + Count(1);
    const Count last = div_ceil(room, stride);
    return select(last * stride >= input + before, last, last + Count(1));
  };
  return {steps(in.height, w.pad.top, padded.height, reach.height, w.stride.height),
          steps(in.width, w.pad.left, padded.width, reach.width, w.stride.width)};
}

}  // namespace archcost::layers
