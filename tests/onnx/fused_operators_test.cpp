// SPDX-License-Identifier: Apache-2.0
// Quantised and fused operators: the operators of ONNX that they stand for.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The scale, the zero point and a tensor of int8.
void add_numbers(GraphWriter& g) {
  g.model.reals = {{"s", {0.5F}}};
  g.model.scalars = {{"z", 0}};
}

std::string quantised(GraphWriter& g, Sizes shape) {
  g.model.bytes.emplace_back("q" + std::to_string(g.model.bytes.size()), std::move(shape));
  return g.model.bytes.back().first;
}

std::string microsoft(GraphWriter& g, const std::string& type, std::vector<std::string> inputs,
                      const std::string& activation = "", std::vector<float> params = {}) {
  const std::string out = g.node(type, std::move(inputs));
  TestNode& node = g.model.nodes.back();
  node.domain = "com.microsoft";
  node.name = "fused";
  if (!activation.empty()) node.texts = {{"activation", activation}};
  if (!params.empty()) node.reals = {{"activation_params", std::move(params)}};
  return out;
}

}  // namespace

TEST_CASE("each quantised operator is the one that works on real numbers", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 4, 5}, tokens = {1, 4, 6};
  const auto of = [](std::function<std::string(GraphWriter&)> make) {
    return [=](GraphWriter& g) {
      add_numbers(g);
      return make(g);
    };
  };
  check_items({
      {image, of([](GraphWriter& g) {
         return g.node("QLinearConv", {"x", "s", "z", quantised(g, {7, 6, 1, 1}), "s", "z", "s",
                                       "z", quantised(g, {7})});
       }),
       "conv: {out: 7, bias: true} -> 7x4x5"},
      {image, of([](GraphWriter& g) {
         return g.node("QLinearConv",
                       {"x", "s", "z", quantised(g, {7, 6, 1, 1}), "s", "z", "s", "z"});
       }),
       "conv: {out: 7} -> 7x4x5"},
      {image, of([](GraphWriter& g) {
         return g.node("ConvInteger", {"x", quantised(g, {7, 6, 1, 1}), "z", "z"});
       }),
       "conv: {out: 7} -> 7x4x5"},
      {tokens, of([](GraphWriter& g) {
         return g.node("QLinearMatMul", {"x", "s", "z", quantised(g, {6, 7}), "s", "z", "s", "z"});
       }),
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x1"},
      {tokens, of([](GraphWriter& g) {
         return g.node("MatMulInteger", {"x", quantised(g, {6, 7}), "z", "z"});
       }),
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x1"},
      {tokens, of([](GraphWriter& g) {
         return g.node("DynamicQuantizeMatMul", {"x", quantised(g, {6, 7}), "s", "z"});
       }),
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x1"},
      {tokens, of([](GraphWriter& g) {
         return g.node("MatMulIntegerToFloat", {"x", quantised(g, {6, 7}), "s", "s", "z", "z"});
       }),
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x1"},
      {{1, 6},
       of([](GraphWriter& g) {
         return g.node(
             "QGemm", {"x", "s", "z", quantised(g, {6, 7}), "s", "z", quantised(g, {7}), "s", "z"});
       }),
       "linear: {out: 7} -> 7x1x1"},
      {image, of([](GraphWriter& g) {
         return g.node("QLinearAdd", {"x", "s", "z", g.node("Relu", {"x"}), "s", "z", "s", "z"});
       }),
       "relu; add: {from: [input, relu]} -> 6x4x5"},
      {image, of([](GraphWriter& g) {
         return g.node("QLinearMul", {"x", "s", "z", g.node("Relu", {"x"}), "s", "z", "s", "z"});
       }),
       "relu; multiply: {from: [input, relu]} -> 6x4x5"},
      {image, of([](GraphWriter& g) {
         return g.node("QLinearConcat", {"s", "z", "x", "s", "z", g.node("Relu", {"x"}), "s", "z"},
                       {{"axis", {1}}});
       }),
       "relu; concat: {from: [input, relu]} -> 12x4x5"},
      {image, of([](GraphWriter& g) {
         return g.node("QLinearAveragePool", {"x", "s", "z", "s", "z"}, {{"kernel_shape", {2, 3}}});
       }),
       "avg_pool: {kernel: [2, 3], stride: 1} -> 6x3x3"},
  });
  const std::pair<std::string, std::string> rows[] = {
      {"QLinearSigmoid", "sigmoid -> 6x4x5"},
      {"QLinearLeakyRelu", "leaky_relu -> 6x4x5"},
      {"QLinearSoftmax", "softmax -> 6x4x5"},
      {"QLinearGlobalAveragePool", "global_avg_pool -> 6x1x1"},
  };
  for (const auto& [type, item] : rows) {
    GraphWriter g(image);
    add_numbers(g);
    g.model.outputs = {g.node(type, {"x", "s", "z", "s", "z"})};
    INFO(type);
    CHECK(items_of(g.model) == item);
    // Where the scales come first, as in no operator, nothing is left.
    CHECK(items_of(g.model).find("unsupported") == std::string::npos);
  }
}

TEST_CASE("an activation that is quantised as the network runs has a scale of one", "[onnx]") {
  GraphWriter g({1, 4, 6});
  g.model.nodes.push_back({"DynamicQuantizeLinear", {"x"}, {"q", "scale", "zero"}});
  const std::string product = g.node("MatMulInteger", {"q", g.weight({6, 7}), "zero"});
  g.model.outputs = {g.node("Mul", {product, "scale"})};
  CHECK(items_of(g.model) ==
        "linear: {out: 7, bias: false, per_position: true}; pointwise -> 7x4x1");
}

TEST_CASE("activations of fused operators, with their parameters", "[onnx]") {
  const auto conv = [](const std::string& activation, std::vector<float> params) {
    GraphWriter g({1, 6, 4, 5});
    g.model.outputs = {
        microsoft(g, "FusedConv", {"x", g.weight({7, 6, 1, 1})}, activation, std::move(params))};
    return items_of(g.model);
  };
  CHECK(conv("", {}) == "conv: {name: fused, out: 7} -> 7x4x5");
  CHECK(conv("Relu", {}) == "stage: {name: fused, layers: [conv: {out: 7}, relu]} -> 7x4x5");
  CHECK(conv("Clip", {0, 6}) == "stage: {name: fused, layers: [conv: {out: 7}, relu6]} -> 7x4x5");
  CHECK(conv("Clip", {-1, 6}) ==
        "stage: {name: fused, layers: [conv: {out: 7}, pointwise: {elementwise: 0, compares: 2}]} "
        "-> 7x4x5");
  CHECK(conv("LeakyRelu", {0.25F}) ==
        "stage: {name: fused, layers: [conv: {out: 7}, leaky_relu: {slope: 0.25}]} -> 7x4x5");
  CHECK(conv("Elu", {0.25F}) ==
        "stage: {name: fused, layers: [conv: {out: 7}, elu: {alpha: 0.25}]} -> 7x4x5");
  CHECK(conv("HardSigmoid", {0.2F, 0.5F}) ==
        "stage: {name: fused, layers: [conv: {out: 7}, hard_sigmoid]} -> 7x4x5");
  CHECK(conv("Tanh", {3}) == "stage: {name: fused, layers: [conv: {out: 7}, tanh]} -> 7x4x5");
  const auto gemm = [](const std::string& activation,
                       std::vector<std::pair<std::string, std::vector<float>>> reals,
                       bool bias = false) {
    GraphWriter g({1, 6});
    std::vector<std::string> inputs = {"x", g.weight({6, 7})};
    if (bias) inputs.push_back(g.weight({7}));
    g.model.outputs = {microsoft(g, "FusedGemm", inputs, activation)};
    g.model.nodes.back().reals = std::move(reals);
    return items_of(g.model);
  };
  CHECK(gemm("Relu", {}) ==
        "stage: {name: fused, layers: [linear: {out: 7, bias: false}, relu]} -> 7x1x1");
  CHECK(gemm("Relu", {}, true) ==
        "stage: {name: fused, layers: [linear: {out: 7}, relu]} -> 7x1x1");
  CHECK(gemm("Clip", {{"activation_min", {0}}, {"activation_max", {6}}}) ==
        "stage: {name: fused, layers: [linear: {out: 7, bias: false}, relu6]} -> 7x1x1");
  CHECK(gemm("Clip", {{"activation_min", {-2}}}) ==
        "stage: {name: fused, layers: [linear: {out: 7, bias: false}, pointwise: {elementwise: 0, "
        "compares: 1}]} -> 7x1x1");
  CHECK(gemm("LeakyRelu", {{"activation_alpha", {0.125F}}}) ==
        "stage: {name: fused, layers: [linear: {out: 7, bias: false}, leaky_relu: {slope: 0.125}]} "
        "-> 7x1x1");
  CHECK(gemm("LeakyRelu", {}) ==
        "stage: {name: fused, layers: [linear: {out: 7, bias: false}, leaky_relu]} -> 7x1x1");
}

TEST_CASE("what a fused convolution adds", "[onnx]") {
  check_items({
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return microsoft(g, "FusedConv", {"x", g.weight({6, 6, 1, 1}), "", "x"}, "Relu");
       },
       "stage: {name: fused, layers: [conv: {out: 6}, add: {from: [conv, input]}, relu]} -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return microsoft(g, "FusedConv", {"x", g.weight({6, 6, 1, 1}), g.weight({6}), "x"});
       },
       "stage: {name: fused, layers: [conv: {out: 6, bias: true}, add: {from: [conv, input]}]} -> "
       "6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string out = microsoft(g, "FusedConv", {"x", g.weight({6, 6, 1, 1})}, "Relu");
         g.model.nodes.back().name = "";
         return out;
       },
       "conv: {out: 6}; relu -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string out = microsoft(g, "FusedConv", {"x", g.weight({6, 6, 1, 1})}, "Relu");
         g.model.nodes.back().domain = "com.acme";
         return out;
       },
       "unsupported: {name: fused, channels: 1, params: 36} -> 1x1x1"},
  });
}

TEST_CASE("fused products of turned factors", "[onnx]") {
  const auto product = [](std::vector<TestDimension> input, Sizes weight,
                          std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints,
                          const std::string& type = "FusedMatMul") {
    GraphWriter g(std::move(input));
    g.model.outputs = {microsoft(g, type, {"x", g.weight(std::move(weight))})};
    g.model.nodes.back().ints = std::move(ints);
    return items_of(g.model);
  };
  CHECK(product({1, 4, 6}, {6, 7}, {}) ==
        "linear: {name: fused, out: 7, bias: false, per_position: true} -> 7x4x1");
  CHECK(product({1, 4, 6}, {7, 6}, {{"transB", {1}}}) ==
        "linear: {name: fused, out: 7, bias: false, per_position: true} -> 7x4x1");
  CHECK(product({1, 4, 6}, {7, 6}, {{"transB", {1}}}, "TransposeMatMul") ==
        "linear: {name: fused, out: 7, bias: false, per_position: true} -> 7x4x1");
  CHECK(product({1, 6, 4}, {6, 7}, {{"transA", {1}}}) ==
        "stage: name: fused layers:; rearrange: {channels: 6, height: 4}; linear: {out: 7, bias: "
        "false, per_position: true} -> 7x4x1");
  CHECK(product({1, 6, 4}, {7, 6}, {{"transA", {1}}, {"transB", {1}}}) ==
        "stage: name: fused layers:; rearrange: {channels: 6, height: 4}; linear: {out: 7, bias: "
        "false, per_position: true} -> 7x4x1");
  CHECK(product({1, 4, 6}, {6, 7}, {{"transBatchA", {1}}}) ==
        "unsupported: {name: fused, channels: 1, params: 42} -> 1x1x1");
  CHECK(product({1, 4, 6}, {6, 7}, {{"transBatchB", {1}}}) ==
        "unsupported: {name: fused, channels: 1, params: 42} -> 1x1x1");
  CHECK(product({1, 4, 6}, {6}, {{"transB", {1}}}) ==
        "custom: {name: fused, channels: 4, params: 6, weights: 6, macs: in * h * w} -> 4x1x1");
  const auto two = [](std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints) {
    GraphWriter g({1, 3, 4, 6});
    g.model.outputs = {microsoft(g, "FusedMatMul", {"x", g.node("Relu", {"x"})})};
    g.model.nodes.back().ints = std::move(ints);
    return items_of(g.model);
  };
  CHECK(two({{"transB", {1}}}) ==
        "relu; stage: name: fused layers:; rearrange: {channels: 3, height: 6, width: 4}; matmul: "
        "{from: [input, rearrange]} -> 3x4x4");
  CHECK(two({{"transA", {1}}}) ==
        "relu; stage: name: fused layers:; rearrange: {channels: 3, height: 6, width: 4, from: "
        "input}; matmul: {from: [rearrange, relu]} -> 3x6x6");
}
