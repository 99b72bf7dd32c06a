// SPDX-License-Identifier: Apache-2.0
// Linear layers, products of activations, attention.
#include <algorithm>
#include <cmath>

#include "exporter/kind_row.hpp"
#include "exporter/shared_attention.hpp"
#include "layers/attention.hpp"

namespace archcost::exporter {
namespace {

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
  const bool bias = graph::flag_of(layer, "bias") || step.has_folded();
  // A file's learned numbers that are one number are read as a constant.
  const bool one_number = in * out == 1 || (bias && out == 1);
  if (step.is_vector() ? graph::flag_of(layer, "per_position") : one_number) step.mark_as_kind();
  const std::string x = step.input(Layout::kLast);
  const std::string matrix = step.weight("weight", {out, in}, kKernel);
  if (step.is_vector()) {
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

float scale_of(std::int64_t depth) {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(depth)));
}

// Numbers of an attention's kernel before its row `first`: rows of queries are as wide as the
// input, those of keys and values as wide as the context.
std::size_t kernel_before(const OnnxLayer& step, std::int64_t first) {
  const std::vector<TensorShape> shapes = step.network().input_shapes(step.layer());
  const layers::AttentionSizes sizes = layers::attention_sizes(step.layer().numbers, shapes);
  const std::int64_t queries = (sizes.heads * sizes.depth).value();
  const std::int64_t of_queries = std::min(first, queries);
  return static_cast<std::size_t>(of_queries * shapes[0].channels.value() +
                                  (first - of_queries) * sizes.context_channels.value());
}

// Of a projection in an attention: the first of its rows in the layer's weights, its sizes, and the
// tokens that it works on.
struct Projection {
  std::int64_t first = 0, in = 0, out = 0, tokens = 0;
};

// x W' + b over tokens [N, T, in].
std::string projected(OnnxLayer& step, const std::string& x, const std::string& name,
                      const Projection& projection) {
  const auto& [first, in, out, tokens] = projection;
  const Sizes sizes = {step.batch(), tokens, out};
  const std::string matrix =
      step.weight(name + "weight", {out, in}, kKernel, kernel_before(step, first));
  std::string product = times_transposed(step, x, matrix, {out, in}, sizes);
  if (!graph::flag_of(step.layer(), "bias")) return product;
  return step.step(
      "Add", {product, step.weight(name + "bias", {out}, kBias, static_cast<std::size_t>(first))},
      sizes);
}

// Tokens [N, T, C] of any image.
std::string tokens_of(OnnxLayer& step, std::size_t k) {
  const TensorShape shape = step.shape(k);
  const Sizes tokens = {step.batch(), shape.area().value(), shape.channels.value()};
  std::string x = step.input(Layout::kLast, k);
  if (sizes_in(shape, step.batch(), Layout::kLast) == tokens) return x;
  return step.step("Reshape", {x, step.constant(tokens)}, tokens);
}

// Self-attention over all positions, written out; the names are those of PyTorch's
// MultiheadAttention.
void self_attention(OnnxLayer& step) {
  const TensorShape shape = step.shape();
  const std::int64_t n = step.batch(), width = shape.channels.value(), t = shape.area().value();
  const std::int64_t heads = graph::number_of(step.layer(), "heads"), depth = width / heads;
  step.mark_as_kind();
  const std::string x = tokens_of(step, 0);
  const std::string all = projected(step, x, "in_proj_", {0, width, 3 * width, t});
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
  const std::string scaled =
      step.step("Mul", {query, step.scalar(scale_of(depth))}, {n, heads, t, depth});
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
  const std::string out = projected(step, joined, "out_proj.", {3 * width, width, width, t});
  step.result("Reshape", {out, step.constant(step.output_sizes(Layout::kLast))}, Layout::kLast);
}

// Attention of a context, with fewer heads of keys and values, or within windows. Heads of queries
// are [N, windows, kv_heads, heads of each, tokens, depth], and keys and values are spread over the
// heads that use them.
void general_attention(OnnxLayer& step) {
  const std::vector<TensorShape> shapes = step.network().input_shapes(step.layer());
  const layers::AttentionSizes sizes = layers::attention_sizes(step.layer().numbers, shapes);
  const std::int64_t n = step.batch(), windows = sizes.windows.value(), depth = sizes.depth.value(),
                     kv = sizes.kv_heads.value(), each = sizes.heads.value() / kv;
  const std::int64_t width = shapes[0].channels.value(), context = sizes.context_channels.value(),
                     t = shapes[0].area().value(), s = sizes.context_tokens.value();
  const std::int64_t queries = kv * each * depth, keys = kv * depth;
  step.mark_as_kind();
  const std::string x = tokens_of(step, 0);
  const std::string other = step.inputs() > 1 ? tokens_of(step, 1) : x;
  const std::string query = projected(step, x, "q_proj.", {0, width, queries, t});
  const std::string key = projected(step, other, "k_proj.", {queries, context, keys, s});
  const std::string value = projected(step, other, "v_proj.", {queries + keys, context, keys, s});
  const auto heads = [&](const std::string& tokens, const Sizes& split, const Numbers& order) {
    Sizes turned;
    for (const std::int64_t axis : order) turned.push_back(split[static_cast<std::size_t>(axis)]);
    const std::string apart = step.step("Reshape", {tokens, step.constant(split)}, split);
    return step.step("Transpose", {apart}, turned, {{"perm", order}});
  };
  const std::int64_t seen = s / windows, asking = t / windows;
  const std::string by_head =
      heads(query, {n, windows, asking, kv, each, depth}, {0, 1, 3, 4, 2, 5});
  const std::string turned = heads(key, {n, windows, seen, kv, 1, depth}, {0, 1, 3, 4, 5, 2});
  const std::string values = heads(value, {n, windows, seen, kv, 1, depth}, {0, 1, 3, 4, 2, 5});
  const Sizes own = {n, windows, kv, each, asking, depth},
              all = {n, windows, kv, each, asking, seen};
  const std::string scaled = step.step("Mul", {by_head, step.scalar(scale_of(depth))}, own);
  const std::string scores = step.step("MatMul", {scaled, turned}, all);
  const std::string shares = step.step("Softmax", {scores}, all, {{"axis", std::int64_t{-1}}});
  const std::string mixed = step.step("MatMul", {shares, values}, own);
  const std::string by_token =
      step.step("Transpose", {mixed}, {n, windows, asking, kv, each, depth},
                {{"perm", Numbers{0, 1, 4, 2, 3, 5}}});
  const std::string joined =
      step.step("Reshape", {by_token, step.constant(Numbers{n, t, queries})}, {n, t, queries});
  const std::string out =
      projected(step, joined, "out_proj.", {queries + 2 * keys, queries, width, t});
  step.result("Reshape", {out, step.constant(step.output_sizes(Layout::kLast))}, Layout::kLast);
}

void multi_head_attention(OnnxLayer& step) {
  const bool plain = !has_separate_projections(step.network(), step.layer());
  plain ? self_attention(step) : general_attention(step);
}

// --- PyTorch -----------------------------------------------------------------------------------

TorchModule torch_linear(const TorchLayer& layer) {
  const std::string flag = layer["per_position"];
  if (flag != "True" && flag != "False")
    throw NotWritable("whether a linear layer is per position depends on a parameter");
  const bool everywhere = flag == "True";
  const std::string name = everywhere ? "PointwiseLinear" : "nn.Linear";
  if (everywhere) layer.need(name);
  const std::string code =
      call(name, {layer.in.channels, layer["out"], keyword("bias", layer["bias"], "True")});
  TorchFlow out = layer.in;
  out.channels = layer["out"];
  if (everywhere) return {code, {}, out, "out_features"};
  out.form = TorchForm::kVector;
  out.height = out.width = "1";
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
  const std::string kv_heads = layer["kv_heads"], depth = layer["head_channels"],
                    windows = layer["windows"];
  const bool plain = layer.inputs == 1 && kv_heads == "None" && depth == "None" &&
                     windows == "None" && !layer.separate_projections;
  const std::string name = plain ? "SelfAttention" : "Attention";
  layer.need(name);
  TorchFlow out = layer.in;
  out.form = TorchForm::kImage;
  return {call(name, {layer.in.channels, layer["heads"], keyword("bias", layer["bias"], "True"),
                      keyword("kv_heads", kv_heads, "None"), keyword("depth", depth, "None"),
                      keyword("windows", windows, "None"),
                      keyword("context", layer.context_channels, "")}),
          to_image(layer), out};
}

constexpr KindRow kMatrixRows[] = {
    {"linear", linear, torch_linear},
    {"matmul", matmul, torch_matmul},
    {"multi_head_attention", multi_head_attention, torch_attention},
};

}  // namespace

std::span<const KindRow> matrix_rows() { return kMatrixRows; }

}  // namespace archcost::exporter
