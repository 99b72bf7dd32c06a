// SPDX-License-Identifier: Apache-2.0
// Multiply-adds of a convolution on the input, without those on its padding.

#include <algorithm>

#include "cost/conventions.hpp"
#include "graph/layer_problem.hpp"
#include "layers/layer_table.hpp"

namespace archcost::cost {
namespace {

// Pairs of a window's position o in [0, positions) and a tap k in [0, kernel) with
// 0 <= o * stride - pad + k * dilation < size.
Count pairs_inside(std::int64_t positions, std::int64_t kernel, std::int64_t stride,
                   std::int64_t dilation, std::int64_t pad, std::int64_t size) {
  Count pairs;
  for (std::int64_t k = 0; k < kernel; ++k) {
    const std::int64_t shift = pad - k * dilation;  // o * stride must be in [shift, shift + size)
    const std::int64_t first = std::max<std::int64_t>(0, div_ceil(shift, stride).value());
    const std::int64_t last =
        std::min<std::int64_t>(positions - 1, div_floor(shift + size - 1, stride).value());
    pairs += std::max<std::int64_t>(0, last - first + 1);
  }
  return pairs;
}

}  // namespace

Count unpadded_macs(const graph::Network& network, const graph::Layer& layer) {
  const Extent kernel = graph::extent_of(layer, "kernel"),
               stride = graph::extent_of(layer, "stride"),
               dilation = graph::extent_of(layer, "dilation");
  const Padding pad = *graph::resolved_padding(network, layer);
  // A transposed convolution walks its window over the output, one position for each input.
  const bool transposed = layer.kind->spatial == layers::SpatialEffect::kTransposedWindow;
  const TensorShape& input = network.shape(layer.inputs[0]);
  const TensorShape& walked = transposed ? input : layer.output;
  const TensorShape& covered = transposed ? layer.output : input;
  const Count rows =
      pairs_inside(walked.height.value(), kernel.height.value(), stride.height.value(),
                   dilation.height.value(), pad.top.value(), covered.height.value());
  const Count columns =
      pairs_inside(walked.width.value(), kernel.width.value(), stride.width.value(),
                   dilation.width.value(), pad.left.value(), covered.width.value());
  const Count channel_pairs = div_floor(layer.cost.weights, kernel.area());  // in / groups * out
  return channel_pairs * rows * columns;
}

}  // namespace archcost::cost
