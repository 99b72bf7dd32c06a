// SPDX-License-Identifier: Apache-2.0
// Learned tensors wherever a graph has them: each counts once.
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "cost/cost_table.hpp"
#include "onnx/graph_rows.hpp"
#include "plan/step_problem.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("learned tensors that are no weights of a product", "[onnx]") {
  const auto of_pair = [](const std::string& type, bool first, Sizes shape) {
    return [=](GraphWriter& g) {
      const std::string weight = g.weight(shape);
      return first ? g.node(type, {weight, "x"}) : g.node(type, {"x", weight});
    };
  };
  check_rows({
      {{1, 6, 4, 5}, of_pair("Add", false, {1, 6, 1, 1}), "pointwise 6x4x5 6/0"},
      {{1, 6, 4, 5}, of_pair("Add", true, {6, 4, 5}), "position_embedding 6x4x5 120/0"},
      {{1, 6, 4, 5}, of_pair("Add", false, {4, 5}), "pointwise 6x4x5 20/0"},
      {{1, 6, 4, 5}, of_pair("Mul", true, {6, 1, 1}), "scale 6x4x5 6/0"},
      {{1, 6, 4, 5}, of_pair("Mul", false, {5}), "pointwise 6x4x5 5/0"},
      {{1, 6, 4, 5}, of_pair("Sub", true, {1, 6, 1, 1}), "pointwise 6x4x5 6/0"},
      {{1, 6, 4, 5}, of_pair("PRelu", false, {6, 1, 1}), "prelu 6x4x5 6/0"},
      {{1, 6, 4, 5}, of_pair("PRelu", false, {1}), "prelu 6x4x5 1/0"},
      {{1, 6, 4, 5}, of_pair("PRelu", false, {6, 4, 5}), "custom 6x4x5 120/0"},
      // The weight is larger than what it is added to.
      {{1, 1, 6}, of_pair("Add", true, {1, 4, 6}), "custom 6x4x1 24/0"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("Sum", {"x", g.node("Relu", {"x"}), g.weight({4, 6})});
       },
       "relu 6x4x1 0/0, pointwise 6x4x1 24/0"},
      // Tokens before the others: one, two, and one that the file repeats.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("Concat", {g.weight({1, 1, 6}), "x"}, {{"axis", {1}}});
       },
       "class_token 6x5x1 6/0"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("Concat", {g.weight({1, 1, 6}), g.weight({1, 1, 6}), "x"}, {{"axis", {1}}});
       },
       "custom 6x6x1 12/0"},
      {{2, 4, 6},
       [](GraphWriter& g) {
         const std::string token = g.node("Expand", {g.weight({1, 1, 6}), g.vector({2, 1, 6})});
         return g.node("Concat", {token, "x"}, {{"axis", {1}}});
       },
       "class_token 6x5x1 6/0"},
      // A table of embeddings, which the last product uses again.
      {{1, 7},
       [](GraphWriter& g) {
         const std::string table = g.weight({50, 6});
         const std::string words = g.node("Gather", {table, "x"});
         const std::string turned = g.node("Transpose", {table}, {{"perm", {1, 0}}});
         return g.node("MatMul", {words, turned});
       },
       "custom 6x7x1 300/0, custom 50x7x1 0/2100"},
      // Seven rows of a table: all of it is learned. One of two stacked matrices is a matrix.
      {{1, 7, 6},
       [](GraphWriter& g) {
         const std::string rows = g.vector({0, 1, 2, 3, 4, 5, 6});
         return g.node("Add", {"x", g.node("Gather", {g.weight({10, 6}), rows})});
       },
       "pointwise 6x7x1 60/0"},
      {{1, 7, 6},
       [](GraphWriter& g) {
         const std::string stacked = g.weight({2, 6, 5});
         g.model.scalars = {{"first", 0}, {"second", 1}};
         const std::string sum = g.node("MatMul", {"x", g.node("Gather", {stacked, "first"})});
         const std::string other = g.node("MatMul", {"x", g.node("Gather", {stacked, "second"})});
         return g.node("Add", {sum, other});
       },
       "linear 5x7x1 30/210, linear 5x7x1 30/210, add 5x7x1 0/0"},
      // A norm without an offset.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("LayerNormalization", {"x", g.weight({6})});
       },
       "layer_norm 6x4x1 0/0, scale 6x4x1 6/0"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("LayerNormalization", {"x", g.weight({6}), g.weight({6})});
       },
       "layer_norm 6x4x1 12/0"},
  });
}

TEST_CASE("the same tensor in another form is the same weights", "[onnx]") {
  const std::string pair = "linear 6x4x1 36/144, linear 6x4x1 0/144";
  const auto twice = [](GraphWriter& g, const std::function<std::string()>& kernel) {
    return g.node("MatMul", {g.node("MatMul", {"x", kernel()}), kernel()});
  };
  check_rows({
      {{1, 4, 6},
       [&](GraphWriter& g) {
         const std::string kernel = g.weight({6, 6});
         return twice(g, [&] { return g.node("Identity", {kernel}); });
       },
       pair},
      {{1, 4, 6},
       [&](GraphWriter& g) {
         const std::string kernel = g.weight({6, 6});
         return twice(g, [&] { return g.node("Transpose", {kernel}, {{"perm", {1, 0}}}); });
       },
       pair},
      {{1, 4, 6},
       [&](GraphWriter& g) {
         g.model.bytes = {{"q", {6, 6}}};
         g.model.reals = {{"s", {0.5F}}};
         return twice(g, [&] { return g.node("DequantizeLinear", {"q", "s"}); });
       },
       pair},
      // Rows of one tensor are different weights; the same in another shape is no linear layer's.
      {{1, 4, 6},
       [&](GraphWriter& g) {
         const std::string stacked = g.weight({12, 6});
         std::int64_t begin = 0;
         const std::string axes = g.vector({0});
         return twice(g, [&] {
           const std::string first = g.vector({begin}), last = g.vector({begin + 6});
           begin += 6;
           return g.node("Slice", {stacked, first, last, axes});
         });
       },
       "linear 6x4x1 36/144, linear 6x4x1 36/144"},
      {{1, 4, 6},
       [&](GraphWriter& g) {
         const std::string kernel = g.weight({6, 3});
         const std::string first = g.node("MatMul", {"x", kernel});
         return g.node("MatMul", {first, g.node("Transpose", {kernel}, {{"perm", {1, 0}}})});
       },
       "linear 3x4x1 18/72, linear 6x4x1 18/72"},
  });
}

TEST_CASE("a part of weights behind an Identity is told to be shared", "[onnx]") {
  GraphWriter g({1, 4, 6});
  const std::string kernel = g.weight({6, 6});
  const std::string first =
      g.node("Add", {g.node("MatMul", {"x", g.node("Identity", {kernel})}), g.weight({6})});
  g.model.outputs = {g.node("MatMul", {first, kernel})};
  CHECK(onnx::read_model_bytes(encode(g.model), "net.onnx").notes ==
        std::vector<std::string>{"Layers that share a part of their weights are counted as if each "
                                 "had its own: 36 params too many."});
}

TEST_CASE("trained slopes that several layers read are theirs together", "[onnx]") {
  const auto rows = [](std::vector<float> slopes) {
    GraphWriter g;
    g.model.reals = {{"s", std::move(slopes)}};
    const auto slope = [&] { return g.node("Unsqueeze", {"s"}, {{"axes", {1, 2}}}); };
    g.model.opset = 11;
    const std::string first = g.node("PRelu", {g.conv("x", 3, 4), slope()});
    g.model.outputs = {g.node("PRelu", {g.conv(first, 4, 4), slope()})};
    return rows_of(network_of_graph(g.model));
  };
  // Before training every slope is the same number, and exporters store equal tensors once.
  CHECK(rows({0.25F, 0.25F, 0.25F, 0.25F}) ==
        "conv 4x32x32 12/12288, prelu 4x32x32 4/0, conv 4x32x32 16/16384, prelu 4x32x32 4/0");
  CHECK(rows({0.25F, 0.5F, 0.25F, 0.25F}) ==
        "conv 4x32x32 12/12288, prelu 4x32x32 4/0, conv 4x32x32 16/16384, prelu 4x32x32 0/0");
}

TEST_CASE("what is generated is not learned, however large", "[onnx]") {
  check_rows({
      {{1, 3, 150, 150},
       [](GraphWriter& g) {
         const std::string map = g.conv("x", 3, 4);
         const std::string zeros = g.node("ConstantOfShape", {g.node("Shape", {map})});
         return g.node("Concat", {map, zeros}, {{"axis", {1}}});
       },
       "conv 4x150x150 12/270000, rearrange 8x150x150 0/0"},
      {{1, 300, 300},
       [](GraphWriter& g) {
         g.model.scalars = {{"zero", 0}, {"one", 1}, {"many", 90'000}};
         const std::string numbers = g.node("Range", {"zero", "many", "one"});
         const std::string table = g.node("Reshape", {numbers, g.vector({300, 300})});
         return g.node("Add", {"x", table});
       },
       "pointwise 300x300x1 0/0"},
      // Indices aren't learned either.
      {{1, 4, 6},
       [](GraphWriter& g) {
         g.model.vectors = {{"indices", std::vector<std::int64_t>(70'000, 1)}};
         const std::string rows = g.node("Gather", {g.weight({4, 6}), "indices"});
         return g.node("Add", {"x", g.node("ReduceMean", {rows}, {{"axes", {0}}})});
       },
       "pointwise 6x4x1 24/0"},
  });
}

TEST_CASE("quantised tensors are learned, whatever their size", "[onnx]") {
  const auto quantised = [](GraphWriter& g, const Sizes& sizes) {
    g.model.reals = {{"s", {0.5F}}};
    g.model.scalars = {{"zero", 0}};
    g.model.bytes.emplace_back("q" + std::to_string(g.model.bytes.size()), sizes);
    return g.model.bytes.back().first;
  };
  check_rows({
      {{1, 7},
       [&](GraphWriter& g) {
         const std::string table = quantised(g, {50, 6});
         const std::string real = g.node("DequantizeLinear", {table, "s", "zero"});
         return g.node("MatMul", {g.node("Gather", {real, "x"}), g.weight({6, 2})});
       },
       "custom 6x7x1 300/0, linear 2x7x1 12/84"},
      {{1, 7},
       [&](GraphWriter& g) {
         const std::string rows = g.node("Gather", {quantised(g, {50, 6}), "x"});
         const std::string real = g.node("DequantizeLinear", {rows, "s", "zero"});
         return g.node("MatMul", {real, g.weight({6, 2})});
       },
       "custom 6x7x1 300/0, linear 2x7x1 12/84"},
      {{1, 7, 6},
       [&](GraphWriter& g) {
         const std::string positions = g.node("Reshape", {quantised(g, {42}), g.vector({7, 6})});
         return g.node("Add", {"x", g.node("DequantizeLinear", {positions, "s", "zero"})});
       },
       "position_embedding 6x7x1 42/0"},
      {{1, 7, 6},
       [&](GraphWriter& g) {
         return g.node("QLinearAdd", {"x", "s", "zero", quantised(g, {7, 6}), "s", "zero"});
       },
       "position_embedding 6x7x1 42/0"},
      {{1, 7, 6},
       [&](GraphWriter& g) {
         const std::string kernel = quantised(g, {6, 6});
         return g.node("MatMulInteger", {g.node("MatMulInteger", {"x", kernel}), kernel});
       },
       "linear 6x7x1 36/252, linear 6x7x1 0/252"},
  });
}

TEST_CASE("an unknown operator's learned numbers are counted", "[onnx]") {
  GraphWriter g;
  const std::string map = g.conv("x", 3, 8);
  g.model.nodes.push_back({"MyOp", {map, g.weight({5, 7})}, {"m"}, {}, {}, "odd", "com.acme"});
  const std::string more = g.node("Conv", {"m", g.weight({4, 8, 1, 1})});
  g.model.outputs = {more};
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(g.model), "net.onnx");
  CHECK(rows_of(graph::build_network(spec)) == "conv 8x32x32 24/24576, unsupported 1x1x1 35/0");
  CHECK(spec.notes ==
        std::vector<std::string>{"Not counted: 1 of com.acme.MyOp (odd).",
                                 "Not counted: 1 nodes after them, whose shapes depend on the "
                                 "data, with 32 params."});
}

TEST_CASE("what custom computes isn't known, so it isn't run, predicted or exported", "[onnx]") {
  const TestFolder folder;
  folder.write("net.yaml", spec_with("  - conv: {out: 4}\n  - custom: {name: odd, channels: 2}\n"));
  const graph::Network network = graph::build_network(spec::read_spec(folder / "net.yaml"));
  try {
    plan::StepProblems(network, plan::plan_execution(network), 1);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.diagnostics().front().message ==
          "'odd' can't be run or predicted: custom states what a layer costs, not what it "
          "computes");
  }
  CHECK(run_program("export " + folder / "net.yaml" + " -o " + folder / "net.onnx").err ==
        "test: error: custom: a spec states what it costs, not what it computes ('odd')\n");
}

TEST_CASE("operators of other domains that have the name of a recognised layer", "[onnx]") {
  const auto layers = [](const std::string& type, std::vector<TestDimension> shape) {
    TestModel model;
    model.inputs = {{"x", shape}};
    model.nodes = {{type, {"x"}, {"y"}, {}, {}, "", "com.microsoft"}};
    model.outputs = {"y"};
    model.stated = {{"y", shape}};
    const graph::Network network =
        graph::build_network(onnx::read_model_bytes(encode(model), "net.onnx"));
    std::string text;
    for (const graph::Layer& layer : network.layers)
      text += fmt::format("{} {};", layer.kind->name, to_string(layer.output));
    return text;
  };
  CHECK(layers("ChannelShuffle", {1, 4, 8, 8}) == "unsupported 4x8x8;");
  CHECK(layers("MultiHeadAttention", {8, 2, 16}) == "unsupported 16x2x1;");
}
