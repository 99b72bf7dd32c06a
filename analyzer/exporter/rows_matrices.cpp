// SPDX-License-Identifier: Apache-2.0
// Linear layers, products of activations, attention.
#include <cmath>

#include "exporter/kind_row.hpp"

namespace archcost::exporter {
namespace {

using Numbers = std::vector<std::int64_t>;
constexpr WeightVector kKernel = &interpreter::LayerWeights::kernel,
                       kBias = &interpreter::LayerWeights::bias;

// x * matrix', the matrix as PyTorch stores it: (out, in).
std::string times_transposed(OnnxLayer& step, const std::string& x, const std::string& matrix,
                             Sizes matrix_sizes, Sizes sizes) {
  std::swap(matrix_sizes[0], matrix_sizes[1]);
  const std::string turned =
      step.step("Transpose", {matrix}, std::move(matrix_sizes), {{"perm", Numbers{1, 0}}});
  return step.step("MatMul", {x, turned}, std::move(sizes));
}

void linear(OnnxLayer& step) {
  const graph::Layer& layer = step.layer();
  const std::int64_t in = step.shape().channels.value(), out = layer.output.channels.value();
  const std::string x = step.input(Layout::kLast);
  const std::string matrix = step.weight("weight", {out, in}, kKernel);
  const bool bias = graph::flag_of(layer, "bias") || step.has_folded();
  if (step.is_vector()) {
    if (graph::flag_of(layer, "per_position")) step.mark_as_kind();
    std::vector<std::string> inputs = {x, matrix};
    if (bias) inputs.push_back(step.weight("bias", {out}, kBias));
    step.result("Gemm", inputs, Layout::kLast, {{"transB", std::int64_t{1}}});
  } else if (bias) {
    const std::string product =
        times_transposed(step, x, matrix, {out, in}, step.output_sizes(Layout::kLast));
    step.result("Add", {product, step.weight("bias", {out}, kBias)}, Layout::kLast);
  } else {
    const std::string turned =
        step.step("Transpose", {matrix}, {in, out}, {{"perm", Numbers{1, 0}}});
    step.result("MatMul", {x, turned}, Layout::kLast);
  }
}

void matmul(OnnxLayer& step) {
  const std::vector<std::string> inputs = {step.input(Layout::kFirst, 0),
                                           step.input(Layout::kFirst, 1)};
  if (graph::flag_of(step.layer(), "transpose"))
    step.result("Einsum", inputs, Layout::kFirst, {{"equation", std::string("nchk,ncwk->nchw")}});
  else
    step.result("MatMul", inputs, Layout::kFirst);
}

// x W' + b over tokens [N, T, in].
std::string projected(OnnxLayer& step, const std::string& x, std::string_view name,
                      std::size_t first, std::int64_t tokens) {
  const std::int64_t width = step.shape().channels.value();
  const bool into = name == "in_proj_";
  const std::int64_t out = into ? 3 * width : width;
  const Sizes sizes = {step.batch(), tokens, out};
  const auto from = static_cast<std::size_t>(first);
  const std::string matrix = step.weight(std::string(name) + "weight", {out, width}, kKernel,
                                         from * static_cast<std::size_t>(width));
  const std::string product = times_transposed(step, x, matrix, {out, width}, sizes);
  if (!graph::flag_of(step.layer(), "bias")) return product;
  return step.step("Add", {product, step.weight(std::string(name) + "bias", {out}, kBias, from)},
                   sizes);
}

// Self-attention over all positions, written out; the names are those of PyTorch's
// MultiheadAttention.
void multi_head_attention(OnnxLayer& step) {
  const TensorShape shape = step.shape();
  const std::int64_t n = step.batch(), width = shape.channels.value(), t = shape.area().value();
  const std::int64_t heads = graph::number_of(step.layer(), "heads"), depth = width / heads;
  step.mark_as_kind();
  std::string x = step.input(Layout::kLast);
  const bool tokens = sizes_in(shape, n, Layout::kLast).size() == 3;
  if (!tokens) x = step.step("Reshape", {x, step.constant(Numbers{n, t, width})}, {n, t, width});
  const std::string all = projected(step, x, "in_proj_", 0, t);
  const std::string split = step.step(
      "Reshape", {all, step.constant(Numbers{n, t, 3, heads, depth})}, {n, t, 3, heads, depth});
  const std::string by_part =
      step.step("Transpose", {split}, {3, n, heads, t, depth}, {{"perm", Numbers{2, 0, 3, 1, 4}}});
  const auto part = [&](std::int64_t index) {
    const std::string one =
        step.step("Slice",
                  {by_part, step.constant(Numbers{index}), step.constant(Numbers{index + 1}),
                   step.constant(Numbers{0})},
                  {1, n, heads, t, depth});
    return step.step("Squeeze", {one, step.constant(Numbers{0})}, {n, heads, t, depth});
  };
  const std::string query = part(0), key = part(1), value = part(2);
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(depth)));
  const std::string scaled = step.step("Mul", {query, step.scalar(scale)}, {n, heads, t, depth});
  const std::string turned =
      step.step("Transpose", {key}, {n, heads, depth, t}, {{"perm", Numbers{0, 1, 3, 2}}});
  const std::string scores = step.step("MatMul", {scaled, turned}, {n, heads, t, t});
  const std::string shares =
      step.step("Softmax", {scores}, {n, heads, t, t}, {{"axis", std::int64_t{-1}}});
  const std::string mixed = step.step("MatMul", {shares, value}, {n, heads, t, depth});
  const std::string by_token =
      step.step("Transpose", {mixed}, {n, t, heads, depth}, {{"perm", Numbers{0, 2, 1, 3}}});
  const std::string joined =
      step.step("Reshape", {by_token, step.constant(Numbers{n, t, width})}, {n, t, width});
  const std::string out =
      projected(step, joined, "out_proj.", static_cast<std::size_t>(3 * width), t);
  const Sizes sizes = step.output_sizes(Layout::kLast);
  step.result("Reshape", {out, step.constant(sizes)}, Layout::kLast);
}

// --- PyTorch -----------------------------------------------------------------------------------

TorchModule torch_linear(const TorchLayer& layer) {
  const bool everywhere = layer["per_position"] != "False";
  const std::string name = everywhere ? "PointwiseLinear" : "nn.Linear";
  if (everywhere) layer.need(name);
  const std::string code =
      call(name, {layer.in.channels, layer["out"], keyword("bias", layer["bias"], "True")});
  TorchFlow out = layer.in;
  out.channels = layer["out"];
  if (everywhere) return {code, {}, out, "out_features"};
  out.form = TorchForm::kVector;
  const bool vector = layer.in.form == TorchForm::kVector;
  return {code, vector ? "" : "nn.Flatten()", out, "out_features"};
}

TorchModule torch_matmul(const TorchLayer& layer) {
  layer.need("MatMul");
  return {call("MatMul", {"{}", keyword("transpose", layer["transpose"], "False")}),
          {},
          {layer.in.channels, {}, {}, TorchForm::kImage}};
}

TorchModule torch_attention(const TorchLayer& layer) {
  layer.need("SelfAttention");
  return {call("SelfAttention",
               {layer.in.channels, layer["heads"], keyword("bias", layer["bias"], "True")}),
          {},
          layer.in};
}

constexpr KindRow kRows[] = {
    {"linear", linear, torch_linear},
    {"matmul", matmul, torch_matmul},
    {"multi_head_attention", multi_head_attention, torch_attention},
};

}  // namespace

std::span<const KindRow> matrix_rows() { return kRows; }

}  // namespace archcost::exporter
