// SPDX-License-Identifier: Apache-2.0
// Shapes of matrix products and reductions.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "core/text.hpp"
#include "onnx/shape_rule_table.hpp"

namespace archcost::onnx {
namespace {

std::vector<Output> gemm(const NodeView& node) {
  Shape a = node.shape(0), b = node.shape(1);
  if (a.size() != 2 || b.size() != 2)
    throw NodeFault(fmt::format("shapes {} and {} aren't matrices", shown(a), shown(b)));
  if (node.attributes.whole("transA", 0) != 0) std::swap(a[0], a[1]);
  if (node.attributes.whole("transB", 0) != 0) std::swap(b[0], b[1]);
  if (a[1] != b[0])
    throw NodeFault(fmt::format("{} can't be multiplied by {}", shown(a), shown(b)));
  return {{Shape{a[0], b[1]}, kUndefined}};
}

std::vector<Output> matmul(const NodeView& node) {
  Shape a = node.shape(0), b = node.shape(1);
  if (a.empty() || b.empty()) throw NodeFault("a product with a scalar");
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2])
    throw NodeFault(fmt::format("{} can't be multiplied by {}", shown(a), shown(b)));
  Shape out = broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (!row) out.push_back(a[a.size() - 2]);
  if (!column) out.push_back(b.back());
  return {{out, kUndefined}};
}

std::vector<Output> einsum(const NodeView& node) {
  std::string equation(node.attributes.text("equation", ""));
  equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
  const std::size_t arrow = equation.find("->");
  if (arrow == std::string::npos || equation.find('.') != std::string::npos)
    throw DataDependent(fmt::format("the equation '{}' isn't understood", equation));
  std::map<char, std::int64_t> sizes;
  const auto terms = split(equation.substr(0, arrow), ',');
  if (terms.size() != node.inputs.size()) throw NodeFault("terms and inputs differ in number");
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const Shape& shape = node.shape(i);
    if (shape.size() != terms[i].size())
      throw NodeFault(fmt::format("'{}' for an input {}", std::string(terms[i]), shown(shape)));
    for (std::size_t k = 0; k < shape.size(); ++k) {
      std::int64_t& size = sizes.emplace(terms[i][k], shape[k]).first->second;
      if (size == 1) size = shape[k];
    }
  }
  Shape out;
  for (const char letter : equation.substr(arrow + 2)) {
    if (!sizes.contains(letter)) throw NodeFault(fmt::format("'{}' has no size", letter));
    out.push_back(sizes[letter]);
  }
  return {{out, kUndefined}};
}

std::vector<Output> reduce(const NodeView& node) {
  const Shape& in = node.shape(0);
  const std::vector<std::size_t> axes = reduced_axes(node, in);
  const bool keep = node.attributes.whole("keepdims", 1) != 0;
  Shape out;
  for (std::size_t k = 0; k < in.size(); ++k) {
    const bool reduced = std::find(axes.begin(), axes.end(), k) != axes.end();
    if (!reduced)
      out.push_back(in[k]);
    else if (keep)
      out.push_back(1);
  }
  return {{out, kUndefined}};
}

std::vector<Output> arg_max(const NodeView& node) {
  Shape shape = node.shape(0);
  const std::size_t axis = axis_index(node.attributes.whole("axis", 0), shape.size());
  if (node.attributes.whole("keepdims", 1) != 0)
    shape[axis] = 1;
  else
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return {{shape, kInt64}};
}

std::vector<Output> top_k(const NodeView& node) {
  Shape shape = node.shape(0);
  const Constant* count = node.constant(1);
  if (count == nullptr || count->real || count->size() != 1)
    throw DataDependent("k depends on the data");
  const std::size_t axis = axis_index(node.attributes.whole("axis", -1), shape.size());
  shape[axis] = count->whole[0];
  return {{shape, kUndefined}, {shape, kInt64}};
}

constexpr ShapeRuleRow kRows[] = {
    {"Gemm", gemm},
    {"MatMul", matmul},
    {"FusedMatMul", matmul},
    {"Einsum", einsum},
    {"ReduceMean", reduce},
    {"ReduceSum", reduce},
    {"ReduceMax", reduce},
    {"ReduceMin", reduce},
    {"ReduceProd", reduce},
    {"ReduceL1", reduce},
    {"ReduceL2", reduce},
    {"ReduceLogSum", reduce},
    {"ReduceLogSumExp", reduce},
    {"ReduceSumSquare", reduce},
    {"ArgMax", arg_max},
    {"ArgMin", arg_max},
    {"TopK", top_k},
};

}  // namespace

std::span<const ShapeRuleRow> product_rules() { return kRows; }

std::vector<std::size_t> reduced_axes(const NodeView& node, const Shape& shape) {
  std::vector<std::size_t> axes;
  const auto given = node.wholes("axes", 1);
  if (given) {
    for (const std::int64_t axis : *given) axes.push_back(axis_index(axis, shape.size()));
  }
  if (axes.empty() && node.attributes.whole("noop_with_empty_axes", 0) == 0) {
    for (std::size_t k = 0; k < shape.size(); ++k) axes.push_back(k);
  }
  return axes;
}

}  // namespace archcost::onnx
