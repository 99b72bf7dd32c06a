// SPDX-License-Identifier: Apache-2.0
// Shapes and constants of the operators' outputs, as onnx/docs/Operators.md defines them.
#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "onnx/model.hpp"

namespace archcost::onnx {

/// Why a node can't be: shapes that don't fit, a wrong attribute.
struct NodeFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A shape that follows from the numbers of an input.
struct DataDependent : NodeFault {
  using NodeFault::NodeFault;
};

/// What is known of an input.
struct Operand {
  bool present = false;
  std::int32_t type = kUndefined;
  const Shape* shape = nullptr;        ///< null: not known
  const Constant* constant = nullptr;  ///< null: not known
};

struct NodeView {
  std::string_view type;
  std::int64_t opset = 0;
  Attributes attributes;
  std::span<const Operand> inputs;
  std::size_t outputs = 1;

  bool has(std::size_t index) const { return index < inputs.size() && inputs[index].present; }
  /// Throws NodeFault where the input is missing.
  const Shape& shape(std::size_t index) const;
  const Constant* constant(std::size_t index) const {
    return has(index) ? inputs[index].constant : nullptr;
  }
  /// Whole numbers of an attribute, or of an input in later opsets; nothing where neither is
  /// there. Throws DataDependent where the input isn't a constant.
  std::optional<std::vector<std::int64_t>> wholes(std::string_view attribute,
                                                  std::size_t input) const;
};

struct Output {
  std::optional<Shape> shape;
  std::int32_t type = kUndefined;  ///< kUndefined: the first input's
};

/// The outputs' shapes; nothing for an unknown operator. Throws NodeFault.
std::optional<std::vector<Output>> infer_shapes(const NodeView& node);

/// The output's numbers where they follow from constants and shapes; nothing where they don't, or
/// where they are more than 65,536. Throws NodeFault.
std::optional<std::vector<Constant>> evaluate_constant(const NodeView& node);

/// Shape of elementwise operations over these. Throws NodeFault.
Shape broadcast(const Shape& a, const Shape& b);
/// -1 is the last axis. Throws NodeFault.
std::size_t axis_index(std::int64_t axis, std::size_t rank);
/// "2x3x4".
std::string shown(const Shape& shape);

/// The slice of one dimension: where it begins, its step and its length.
struct SliceRange {
  std::size_t axis = 0;
  std::int64_t begin = 0, step = 1, length = 0;
};
/// Of a Slice node over a shape. Throws NodeFault where the ranges aren't known.
std::vector<SliceRange> slice_ranges(const NodeView& node, const Shape& shape);
/// The sizes of a Reshape's output, -1 and 0 resolved.
Shape reshaped(const NodeView& node, const Shape& shape, const std::vector<std::int64_t>& wanted);
/// The axes of a reduction; all where none are given.
std::vector<std::size_t> reduced_axes(const NodeView& node, const Shape& shape);

/// What an Einsum says of its inputs and its output, a letter or digit for each dimension; the
/// digits stand for "...", 0 for its last dimension. Nothing for an equation that doesn't fit.
struct EinsumTerms {
  std::vector<std::string> inputs;
  std::string output;
};
std::optional<EinsumTerms> einsum_terms(std::string_view equation,
                                        const std::vector<std::size_t>& ranks);

/// Windows of convolutions and pools in one spatial dimension.
struct WindowAxis {
  std::int64_t kernel = 1, stride = 1, dilation = 1, before = 0, after = 0;
};
/// One for each spatial dimension, auto_pad resolved. Throws NodeFault.
std::vector<WindowAxis> window_axes(const NodeView& node, const Shape& input, const Shape& kernel);

}  // namespace archcost::onnx
