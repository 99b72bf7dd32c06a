// Tensor shapes of one image: channels, height, width. The batch is a property of the whole
// network.
//
// The shapes are templates over their number type so that one formula serves a single configuration
// (Count) and many at once.
#pragma once

#include <string>

#include "core/count.hpp"

namespace archcost {

template <class N>
struct Shape {
  N channels{}, height{}, width{};

  /// Positions: height x width.
  N area() const { return height * width; }
  /// Numbers in the tensor: channels x height x width.
  N elements() const { return channels * area(); }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// Height and width of a kernel, stride, dilation or output size.
template <class N>
struct Extent {
  N height{}, width{};
  N area() const { return height * width; }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Rows and columns that are added on each side.
template <class N>
struct Padding {
  N top{}, left{}, bottom{}, right{};
  friend bool operator==(const Padding&, const Padding&) = default;
};

using TensorShape = Shape<Count>;

/// "64x112x112": channels x height x width.
std::string to_string(const TensorShape& shape);
/// "3x3": height x width.
std::string to_string(const Extent<Count>& extent);

}  // namespace archcost
