// Sliding windows, shared by convolutions and pools: padding and output size.
#pragma once

#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost {

template <class N>
struct Window {
  Extent<N> kernel, stride, dilation;
  Padding<N> pad;
};

/// Size that a dilated kernel covers.
template <class N>
N covered(N kernel, N dilation) {
  return dilation * (kernel - N(1)) + N(1);
}

/// Padding of one dimension under same_tf: the output is ceil(input / stride), the odd row goes
/// last.
template <class N>
N same_tf_total(N input, N kernel, N stride, N dilation) {
  const N output = div_ceil(input, stride);
  return max(N(0), (output - N(1)) * stride + covered(kernel, dilation) - input);
}

/// The padding that an attribute `pad` stands for. Throws LayerFault for `same` with an even
/// kernel.
template <class N>
Padding<N> resolve_padding(const LayerView<N>& layer, Slot slot, const Extent<N>& kernel,
                           const Extent<N>& stride, const Extent<N>& dilation) {
  switch (layer.padding_mode(slot)) {
    case PaddingMode::kNumbers:
      return layer.sides(slot);
    case PaddingMode::kValid:
      return {};
    case PaddingMode::kSame: {
      const N rows = covered(kernel.height, dilation.height) - N(1);
      const N columns = covered(kernel.width, dilation.width) - N(1);
      require(divides(N(2), rows) && divides(N(2), columns), "pad", [&] {
        return fmt::format(
            "pad 'same' wants an odd kernel, not {}; write the rows of each side, or same_tf",
            to_string(kernel));
      });
      const N y = div_floor(rows, N(2)), x = div_floor(columns, N(2));
      return {y, x, y, x};
    }
    case PaddingMode::kSameTf: {
      const Shape<N>& in = layer.input();
      const N rows = same_tf_total(in.height, kernel.height, stride.height, dilation.height);
      const N columns = same_tf_total(in.width, kernel.width, stride.width, dilation.width);
      const N top = div_floor(rows, N(2)), left = div_floor(columns, N(2));
      return {top, left, rows - top, columns - left};
    }
  }
  return {};
}

/// Output height and width of a window over `in`. With `ceil_mode` a last window that starts inside
/// the input or its leading padding counts (PyTorch's rule). Throws LayerFault for a kernel larger
/// than the padded input.
template <class N>
Extent<N> window_output(const Shape<N>& in, const Window<N>& w, bool ceil_mode) {
  const Extent<N> padded = {in.height + w.pad.top + w.pad.bottom,
                            in.width + w.pad.left + w.pad.right};
  const Extent<N> reach = {covered(w.kernel.height, w.dilation.height),
                           covered(w.kernel.width, w.dilation.width)};
  // Rounding up, a window may stand out beyond the end by less than its stride.
  const Extent<N> beyond =
      ceil_mode ? Extent<N>{w.stride.height - N(1), w.stride.width - N(1)} : Extent<N>{};
  require(
      reach.height <= padded.height + beyond.height && reach.width <= padded.width + beyond.width,
      "kernel", [&] {
        const bool dilated = reach != w.kernel;
        return fmt::format("kernel {}{} is larger than the padded input {}", to_string(w.kernel),
                           dilated ? fmt::format(" (dilated to {})", to_string(reach)) : "",
                           to_string(padded));
      });
  const auto steps = [ceil_mode](N input, N before, N padded_size, N size, N stride) {
    const N room = padded_size - size;
    if (!ceil_mode) return div_floor(room, stride) + N(1);
    const N last = div_ceil(room, stride);
    return select(last * stride >= input + before, last, last + N(1));
  };
  return {steps(in.height, w.pad.top, padded.height, reach.height, w.stride.height),
          steps(in.width, w.pad.left, padded.width, reach.width, w.stride.width)};
}

}  // namespace archcost
