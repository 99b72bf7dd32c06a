// SPDX-License-Identifier: Apache-2.0
// How a tensor's numbers stand in memory.
#pragma once

#include <cstddef>
#include <string_view>

#include "graph/layer_problem.hpp"

namespace archcost::plan {

enum class Layout : std::uint8_t {
  kPlain,    ///< batch, channels, height, width: what people hand in
  kLast,     ///< batch, height, width, channels
  kBlocked,  ///< batch, blocks of channels, height, width, channels of a block; the last block is
             ///< filled up with zeros
};

inline std::string_view name_of(Layout layout) {
  constexpr std::string_view kNames[] = {"nchw", "nhwc", "nChwc"};
  return kNames[static_cast<int>(layout)];
}

/// The same memory for every layout: `outer` times positions times `inner` numbers an image.
struct View {
  int batch = 1, outer = 1, positions = 1, inner = 1;
  int channels = 1;  ///< of which the last block may hold fewer than `inner`

  View(const graph::Dims& dims, Layout layout, int block)
      : batch(dims.batch), positions(dims.positions()), channels(dims.channels) {
    inner = layout == Layout::kPlain ? 1 : layout == Layout::kLast ? dims.channels : block;
    outer = (dims.channels + inner - 1) / inner;
  }
  std::size_t image() const { return static_cast<std::size_t>(outer) * positions * inner; }
  std::size_t elements() const { return batch * image(); }
  int padded_channels() const { return outer * inner; }
};

}  // namespace archcost::plan
