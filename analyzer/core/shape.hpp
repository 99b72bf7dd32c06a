// SPDX-License-Identifier: Apache-2.0
// Tensor shapes of one image: channels, height, width. The batch is a property of the whole
// network.
#pragma once

#include <string>

#include "core/count.hpp"

namespace archcost {

struct TensorShape {
  Count channels{}, height{}, width{};

  /// Positions: height x width.
  Count area() const { return height * width; }
  /// Numbers in the tensor: channels x height x width.
  Count elements() const { return channels * area(); }
  friend bool operator==(const TensorShape&, const TensorShape&) = default;
};

/// Height and width of a kernel, stride, dilation or output size.
struct Extent {
  Count height{}, width{};
  Count area() const { return height * width; }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Rows and columns that are added on each side.
struct Padding {
  Count top{}, left{}, bottom{}, right{};
  friend bool operator==(const Padding&, const Padding&) = default;
};

/// "64x112x112": channels x height x width.
std::string to_string(const TensorShape& shape);
/// "3x3": height x width.
std::string to_string(const Extent& extent);

}  // namespace archcost
