// SPDX-License-Identifier: Apache-2.0
#include "onnx/quantised.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "onnx/protobuf.hpp"

namespace archcost::onnx {
namespace {

struct FloatForm {
  std::string_view type, float_type;
  std::vector<std::size_t> inputs;  // those that are kept, in order
};

const FloatForm kForms[] = {
    {"QLinearConv", "Conv", {0, 3, 8}},
    {"ConvInteger", "Conv", {0, 1}},
    {"QLinearMatMul", "MatMul", {0, 3}},
    {"MatMulInteger", "MatMul", {0, 1}},
    {"DynamicQuantizeMatMul", "MatMul", {0, 1}},
    {"MatMulIntegerToFloat", "MatMul", {0, 1}},
    {"QGemm", "Gemm", {0, 3, 6}},
    {"QLinearAdd", "Add", {0, 3}},
    {"QLinearMul", "Mul", {0, 3}},
    {"QLinearSigmoid", "Sigmoid", {0}},
    {"QLinearLeakyRelu", "LeakyRelu", {0}},
    {"QLinearSoftmax", "Softmax", {0}},
    {"QLinearAveragePool", "AveragePool", {0}},
    {"QLinearGlobalAveragePool", "GlobalAveragePool", {0}},
    {"DynamicQuantizeLinear", "Identity", {0}},
};

// The attributes of an activation that activation_params holds, in order.
std::vector<std::string_view> parameters_of(std::string_view activation) {
  if (activation == "Clip") return {"min", "max"};
  if (activation == "HardSigmoid") return {"alpha", "beta"};
  if (activation == "LeakyRelu" || activation == "Elu") return {"alpha"};
  return {};
}

std::string encoded_real(std::string_view name, double value) {
  constexpr int kName = 1, kFloat32 = 2;  // fields of AttributeProto
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_string(kName, name.data(), name.size());
  writer.add_float(kFloat32, static_cast<float>(value));
  return message;
}

std::string encoded_wholes(std::string_view name, const std::vector<std::int64_t>& values) {
  constexpr int kName = 1, kWholes = 8;  // fields of AttributeProto
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_string(kName, name.data(), name.size());
  for (const std::int64_t value : values) writer.add_int64(kWholes, value);
  return message;
}

using AddValue = std::function<ValueId()>;
using Keep = std::function<std::string_view(std::string)>;

// The last two dimensions of a factor change places where its attribute says so; a vector has but
// one. The factor alpha is no operator of its own, as that of Gemm.
std::vector<FoldedOp> split_fused_product(const FoldedGraph& graph, const FoldedOp& op,
                                          const AddValue& add_value, const Keep& keep) {
  const Attributes values = op.values();
  if (values.whole("transBatchA", 0) != 0 || values.whole("transBatchB", 0) != 0) return {};
  std::vector<FoldedOp> parts;
  FoldedOp product = op;
  product.type = "MatMul";
  product.domain = "";
  product.attributes.clear();
  const std::string_view flags[] = {"transA", "transB"};
  for (std::size_t k = 0; k < 2; ++k) {
    const ValueId factor = op.input(k);
    if (values.whole(flags[k], 0) == 0 || factor == kNone) continue;
    if (!graph.value(factor).shape) return {};
    std::vector<std::int64_t> order(graph.shape(factor).size());
    if (order.size() < 2) continue;
    std::iota(order.begin(), order.end(), 0);
    std::swap(order.back(), order[order.size() - 2]);
    FoldedOp& turn = parts.emplace_back();
    turn.type = "Transpose";
    turn.name = op.name.empty() ? op.name : keep(fmt::format("{}/{}", op.name, flags[k]));
    turn.inputs = {factor};
    turn.outputs = {add_value()};
    turn.node = op.node;
    turn.attributes = {{"perm", keep(encoded_wholes("perm", order))}};
    product.inputs[k] = turn.outputs[0];
  }
  parts.push_back(std::move(product));
  return parts;
}

}  // namespace

std::vector<FoldedOp> split_fused_operator(const FoldedGraph& graph, const FoldedOp& op,
                                           const AddValue& add_value, const Keep& keep) {
  if (op.domain != "com.microsoft") return {};
  if (op.type == "FusedMatMul" || op.type == "TransposeMatMul")
    return split_fused_product(graph, op, add_value, keep);
  if (op.type != "FusedConv" && op.type != "FusedGemm") return {};
  std::vector<FoldedOp> parts = {op};
  parts[0].type = op.type == "FusedConv" ? "Conv" : "Gemm";
  parts[0].domain = "";
  parts[0].inputs.resize(std::min<std::size_t>(op.inputs.size(), 3));
  const auto append = [&](std::string_view type, std::vector<ValueId> others) {
    const ValueId between = parts.back().outputs[0] = add_value();
    FoldedOp& part = parts.emplace_back();
    part.type = type;
    part.name = op.name.empty() ? op.name : keep(fmt::format("{}/{}", op.name, type));
    part.inputs = {between};
    part.inputs.insert(part.inputs.end(), others.begin(), others.end());
    part.outputs = op.outputs;
    part.node = op.node;
  };
  if (op.input(3) != kNone) append("Add", {op.input(3)});
  if (const std::string_view activation = op.values().text("activation", ""); !activation.empty()) {
    append(activation, {});
    // FusedGemm writes them as activation_alpha and so on.
    const std::vector<double> values = op.values().reals("activation_params");
    for (const std::string_view name : parameters_of(activation)) {
      const std::size_t k = parts.back().attributes.size();
      const std::string own = fmt::format("activation_{}", name);
      if (k < values.size() || op.values().has(own)) {
        const double value = k < values.size() ? values[k] : op.values().real(own, 0);
        parts.back().attributes.push_back({name, keep(encoded_real(name, value))});
      }
    }
  }
  return parts;
}

std::vector<ValueId> use_float_operator(FoldedOp& op) {
  if (op.type == "QLinearConcat") {  // scale, zero point, then a triple for each input
    std::vector<ValueId> inputs;
    for (std::size_t k = 2; k < op.inputs.size(); k += 3) inputs.push_back(op.inputs[k]);
    op.inputs = inputs;
    op.type = "Concat";
    return {};
  }
  for (const FloatForm& form : kForms) {
    if (op.type != form.type) continue;
    std::vector<ValueId> inputs;
    for (const std::size_t k : form.inputs) inputs.push_back(op.input(k));
    op.inputs = inputs;
    const bool quantises = op.type == "DynamicQuantizeLinear" && !op.outputs.empty();
    op.type = form.float_type;
    if (!quantises) return {};
    std::vector<ValueId> scales(op.outputs.begin() + 1, op.outputs.end());
    op.outputs.resize(1);
    return scales;
  }
  return {};
}

FoldedValue quantisation_number(std::string_view name) {
  FoldedValue value;
  value.name = name;
  value.type = kFloat;
  value.shape = Shape();
  value.constant = Constant{{}, true, {}, {1.0}};
  return value;
}

}  // namespace archcost::onnx
