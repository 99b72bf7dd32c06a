// SPDX-License-Identifier: Apache-2.0
#include "onnx/shape_rules.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "onnx/shape_rule_table.hpp"

namespace archcost::onnx {
namespace {

constexpr std::string_view kSameShape[] = {"Abs",
                                           "Acos",
                                           "Acosh",
                                           "Asin",
                                           "Asinh",
                                           "Atan",
                                           "Atanh",
                                           "BatchNormalization",
                                           "BiasGelu",
                                           "BitShift",
                                           "BitwiseNot",
                                           "Cast",
                                           "CastLike",
                                           "Ceil",
                                           "Celu",
                                           "Clip",
                                           "Cos",
                                           "Cosh",
                                           "CumSum",
                                           "DequantizeLinear",
                                           "Dropout",
                                           "Elu",
                                           "Erf",
                                           "Exp",
                                           "FastGelu",
                                           "Floor",
                                           "Gelu",
                                           "GroupNormalization",
                                           "HardSigmoid",
                                           "HardSwish",
                                           "Hardmax",
                                           "Identity",
                                           "IsInf",
                                           "IsNaN",
                                           "LRN",
                                           "LayerNormalization",
                                           "LeakyRelu",
                                           "Log",
                                           "LogSoftmax",
                                           "LpNormalization",
                                           "Mish",
                                           "InstanceNormalization",
                                           "Neg",
                                           "MeanVarianceNormalization",
                                           "Not",
                                           "PRelu",
                                           "QuantizeLinear",
                                           "QuickGelu",
                                           "RMSNormalization",
                                           "Reciprocal",
                                           "Relu",
                                           "Round",
                                           "ScatterElements",
                                           "ScatterND",
                                           "Selu",
                                           "Shrink",
                                           "Sigmoid",
                                           "Sign",
                                           "Sin",
                                           "Sinh",
                                           "Softmax",
                                           "Softplus",
                                           "Softsign",
                                           "Sqrt",
                                           "Swish",
                                           "Tan",
                                           "Tanh",
                                           "ThresholdedRelu",
                                           "Trilu"};

constexpr std::string_view kBroadcast[] = {
    "Add",   "And",         "BitwiseAnd", "BitwiseOr", "BitwiseXor",
    "Div",   "Equal",       "Less",       "Greater",   "GreaterOrEqual",
    "Max",   "LessOrEqual", "Min",        "Mean",      "Mod",
    "Mul",   "Or",          "Pow",        "Sub",       "Sum",
    "Where", "Xor"};

std::vector<Output> same_shape(const NodeView& node) {
  // Only the first output has the input's shape for certain; others are statistics and masks.
  std::vector<Output> outputs(node.outputs);
  outputs[0].shape = node.shape(0);
  if (node.type == "Dropout" && node.outputs > 1) outputs[1].shape = node.shape(0);
  if (node.type == "LayerNormalization" && node.outputs > 1) {
    // Means and deviations: 1 along what is normalised together.
    Shape statistics = node.shape(0);
    const std::size_t axis = axis_index(node.attributes.whole("axis", -1), statistics.size());
    std::fill(statistics.begin() + static_cast<std::ptrdiff_t>(axis), statistics.end(), 1);
    for (std::size_t k = 1; k < node.outputs; ++k) outputs[k].shape = statistics;
  }
  return outputs;
}

std::vector<Output> broadcast_shape(const NodeView& node) {
  Shape shape = node.shape(0);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) shape = broadcast(shape, node.shape(i));
  return {{shape, kUndefined}};
}

std::unordered_map<std::string_view, ShapeRule> make_rules() {
  std::unordered_map<std::string_view, ShapeRule> rules;
  for (const std::string_view type : kSameShape) rules.emplace(type, same_shape);
  for (const std::string_view type : kBroadcast) rules.emplace(type, broadcast_shape);
  for (const auto& table : {window_rules(), product_rules(), move_rules(), resize_rules()}) {
    for (const ShapeRuleRow& row : table) rules.emplace(row.type, row.rule);
  }
  return rules;
}

}  // namespace

const Shape& NodeView::shape(std::size_t index) const {
  if (!has(index)) throw NodeFault(fmt::format("input {} is missing", index + 1));
  if (inputs[index].shape == nullptr)
    throw NodeFault(fmt::format("the shape of input {} isn't known", index + 1));
  return *inputs[index].shape;
}

std::optional<std::vector<std::int64_t>> NodeView::wholes(std::string_view attribute,
                                                          std::size_t input) const {
  if (attributes.has(attribute)) return attributes.wholes(attribute);
  if (!has(input)) return std::nullopt;
  const Constant* numbers = constant(input);
  if (numbers == nullptr || numbers->real)
    throw DataDependent(fmt::format("{} depends on the data", attribute));
  return numbers->whole;
}

Shape broadcast(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t k = 0; k < result.size(); ++k) {
    const std::int64_t left = k < a.size() ? a[a.size() - 1 - k] : 1;
    const std::int64_t right = k < b.size() ? b[b.size() - 1 - k] : 1;
    if (left != right && left != 1 && right != 1)
      throw NodeFault(fmt::format("shapes {} and {} don't fit", shown(a), shown(b)));
    result[result.size() - 1 - k] = left == 1 ? right : left;
  }
  return result;
}

std::size_t axis_index(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank)
    throw NodeFault(fmt::format("axis {} of {} dimensions", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

std::string shown(const Shape& shape) {
  if (shape.empty()) return "a scalar";
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(std::to_string(size));
  return join(sizes, "x");
}

std::optional<std::vector<Output>> infer_shapes(const NodeView& node) {
  static const std::unordered_map<std::string_view, ShapeRule> kRules = make_rules();
  const auto rule = kRules.find(node.type);
  if (rule == kRules.end()) return std::nullopt;
  if (node.outputs == 0) return std::vector<Output>();
  std::vector<Output> outputs = rule->second(node);
  outputs.resize(node.outputs);
  for (const Output& output : outputs) {
    if (output.shape) elements(*output.shape);  // throws for sizes that can't be
  }
  return outputs;
}

}  // namespace archcost::onnx
