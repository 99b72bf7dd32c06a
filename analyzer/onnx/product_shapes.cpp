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
  std::vector<std::size_t> ranks;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) ranks.push_back(node.shape(i).size());
  const std::string_view equation = node.attributes.text("equation", "");
  const auto terms = einsum_terms(equation, ranks);
  if (!terms) throw NodeFault(fmt::format("the equation '{}' doesn't fit the inputs", equation));
  std::map<char, std::int64_t> sizes;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (std::size_t k = 0; k < ranks[i]; ++k) {
      const std::int64_t own = node.shape(i)[k];
      std::int64_t& size = sizes.emplace(terms->inputs[i][k], own).first->second;
      if (size == 1) size = own;
      if (own != 1 && own != size)
        throw NodeFault(fmt::format("'{}' is {} and {}", terms->inputs[i][k], size, own));
    }
  }
  Shape out;
  for (const char letter : terms->output) out.push_back(sizes.at(letter));
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

constexpr ShapeRuleRow kProductRules[] = {
    {"Gemm", gemm},
    {"MatMul", matmul},
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

// "210" for three dimensions: they align at the last one.
std::string digits_of(std::size_t dimensions) {
  std::string digits;
  for (std::size_t k = dimensions; k-- > 0;) digits += static_cast<char>('0' + k);
  return digits;
}

// Digits in place of "...".
std::optional<std::string> einsum_term(std::string term, std::size_t rank) {
  const std::size_t dots = term.find("...");
  const std::size_t letters = dots == std::string::npos ? term.size() : term.size() - 3;
  if (letters > rank || rank - letters > 10 || (dots == std::string::npos && letters != rank))
    return std::nullopt;
  if (dots != std::string::npos) term.replace(dots, 3, digits_of(rank - letters));
  if (term.find('.') != std::string::npos) return std::nullopt;
  return term;
}

}  // namespace

std::optional<EinsumTerms> einsum_terms(std::string_view equation,
                                        const std::vector<std::size_t>& ranks) {
  std::string text(equation);
  std::erase(text, ' ');
  const std::size_t arrow = text.find("->");
  const auto inputs = split(text.substr(0, arrow), ',');
  if (inputs.size() != ranks.size()) return std::nullopt;
  EinsumTerms terms;
  std::string all, digits;  // of the longest "..."
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const auto term = einsum_term(inputs[i], ranks[i]);
    if (!term) return std::nullopt;
    if (inputs[i].find("...") != std::string::npos)
      digits = digits_of(std::max(digits.size(), ranks[i] + 3 - inputs[i].size()));
    terms.inputs.push_back(*term);
    all += *term;
  }
  if (arrow != std::string::npos) {
    terms.output = text.substr(arrow + 2);
    const std::size_t dots = terms.output.find("...");
    if (dots != std::string::npos) terms.output.replace(dots, 3, digits);
  } else {  // the letters that stand once, in order
    std::string once = all;
    std::sort(once.begin(), once.end());
    for (const char c : once) {
      if (std::count(all.begin(), all.end(), c) == 1 && !(c >= '0' && c <= '9')) terms.output += c;
    }
    terms.output = digits + terms.output;
  }
  std::string kept = terms.output;
  std::sort(kept.begin(), kept.end());
  const bool known = std::all_of(kept.begin(), kept.end(),
                                 [&](char c) { return all.find(c) != std::string::npos; });
  if (!known || std::adjacent_find(kept.begin(), kept.end()) != kept.end()) return std::nullopt;
  return terms;
}

std::span<const ShapeRuleRow> product_rules() { return kProductRules; }

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
