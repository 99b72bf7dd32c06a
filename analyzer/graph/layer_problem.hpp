// SPDX-License-Identifier: Apache-2.0
// A layer's attributes as plain numbers: what a kernel that runs it has to know.
#pragma once

#include <optional>
#include <string_view>

#include "graph/network.hpp"

namespace archcost::graph {

/// Sizes of one tensor of the whole batch.
struct Dims {
  int batch = 1, channels = 1, height = 1, width = 1;

  int positions() const { return height * width; }
  std::size_t elements() const {
    return static_cast<std::size_t>(batch) * channels * height * width;
  }
  friend bool operator==(const Dims&, const Dims&) = default;
};

/// Nothing for sizes that no kernel takes: a side below 1, a side or an image above 2^31 - 1,
/// more than 2^40 numbers.
std::optional<Dims> runnable_dims(std::int64_t batch, std::int64_t channels, std::int64_t height,
                                  std::int64_t width);

/// Throws Error for a tensor of other sizes than runnable_dims takes.
Dims dims_of(const Network& network, LayerId value);

/// A window that slides over an input: of convolutions and of pools.
struct WindowProblem {
  Dims in, out;
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int groups = 1;

  bool depthwise() const { return groups > 1 && groups == in.channels; }
  int taps() const { return kernel_height * kernel_width; }
};

/// The window of a convolution, transposed convolution or pool; of a global pool the whole input.
/// Throws Error for numbers of more than 2^31 - 1.
WindowProblem window_problem(const Network& network, const Layer& layer);

// The value of a named attribute. A name that the kind hasn't got is a bug of the caller:
// std::logic_error.
// `part`: 0 the height, 1 the width of an extent.
std::int64_t number_of(const Layer& layer, std::string_view attribute, int part = 0);
/// The same with what they depend on: counts that can be traced.
Count count_of(const Layer& layer, std::string_view attribute);
Extent extent_of(const Layer& layer, std::string_view attribute);
bool flag_of(const Layer& layer, std::string_view attribute);
double real_of(const Layer& layer, std::string_view attribute);
/// The chosen word.
std::string_view word_of(const Layer& layer, std::string_view attribute);

/// Of a split: the first channel of the part that it takes.
std::int64_t first_channel(const Layer& split);
/// The attributes' numbers, without the ones at the end that aren't written.
std::vector<Count> written_numbers(const Layer& layer);

/// By layer: those that read its output, in the order of execution, once for each time.
std::vector<std::vector<LayerId>> readers_of(const Network& network);

}  // namespace archcost::graph
