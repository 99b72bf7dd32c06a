// SPDX-License-Identifier: Apache-2.0
#include "onnx/quantised.hpp"

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
    {"FusedConv", "Conv", {0, 1, 2}},
    {"FusedGemm", "Gemm", {0, 1, 2}},
    {"DynamicQuantizeLinear", "Identity", {0}},
};

}  // namespace

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
