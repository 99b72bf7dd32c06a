// SPDX-License-Identifier: Apache-2.0
// Learned tensors wherever a graph has them: each counts once, and products count exactly.
#include <fmt/core.h>

#include <functional>

#include "core/diagnostic.hpp"
#include "cost/cost_table.hpp"
#include "onnx/graph_writer.hpp"
#include "onnx/reader.hpp"
#include "plan/step_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

graph::Network network_of_graph(const TestModel& model,
                                const std::vector<std::string>& settings = {}) {
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(model), "net.onnx");
  graph::BuildOptions options;
  for (const std::string& setting : settings)
    options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  return graph::build_network(spec, options);
}

// "conv 8x4x4 10/160, relu 8x4x4 0/0": kind, output, params unless they are another layer's,
// multiply-adds.
std::string rows_of(const graph::Network& network) {
  std::string text;
  for (const graph::Layer& layer : network.layers) {
    const std::int64_t params = layer.weights_of ? 0 : layer.cost.params.value();
    text += fmt::format("{}{} {} {}/{}", text.empty() ? "" : ", ", layer.kind->name,
                        to_string(layer.output), params, layer.cost.macs.value());
  }
  return text;
}

struct GraphRow {
  std::vector<TestDimension> input;
  std::function<std::string(GraphWriter&)> make;  // the output
  std::string layers;
};

void check_rows(const std::vector<GraphRow>& rows) {
  for (const GraphRow& row : rows) {
    GraphWriter g(row.input);
    g.model.outputs = {row.make(g)};
    INFO(row.layers);
    CHECK(rows_of(network_of_graph(g.model)) == row.layers);
  }
}

using Sizes = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("an Einstein sum by weights is a linear layer where it can be", "[onnx]") {
  check_rows({
      {{1, 4, 6},
       [](GraphWriter& g) {
         const std::string heads = g.einsum("btd,dhk->bthk", {"x", g.weight({6, 2, 5})});
         return g.einsum("b t h k, h k e -> b t e", {heads, g.weight({2, 5, 7})});
       },
       "linear 10x4x1 60/240, linear 7x4x1 70/280"},
      // The weights come first, and positions are summed.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("st,btd->bsd", {g.weight({3, 4}), "x"});
       },
       "rearrange 4x6x1 0/0, linear 3x6x1 12/72"},
      // Any dimensions before; an output that isn't written.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("...d,de",
                         {g.einsum("...d,de->...e", {"x", g.weight({6, 5})}), g.weight({5, 3})});
       },
       "linear 5x4x1 30/120, linear 3x4x1 15/60"},
      // Other weights for each position.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,tde->bte", {"x", g.weight({4, 6, 7})});
       },
       "custom 7x4x1 168/168"},
      {{5, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,tde->bte", {"x", g.weight({4, 6, 7})});
       },
       "custom 7x4x1 168/168"},
      // An index of one tensor alone that is summed, and an outer product.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,de->bt", {"x", g.weight({6, 7})});
       },
       "custom 4x1x1 42/168"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,e->btde", {"x", g.weight({7})});
       },
       "custom 4x6x7 7/168"},
      // Two activations.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,bsd->bts", {"x", g.node("Relu", {"x"})});
       },
       "relu 6x4x1 0/0, rearrange 1x4x6 0/0, rearrange 1x4x6 0/0, matmul 1x4x4 0/96"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,bse->bte", {"x", g.node("Relu", {"x"})});
       },
       "relu 6x4x1 0/0, custom 6x4x1 0/576"},
  });
}

TEST_CASE("products with weights of any form", "[onnx]") {
  check_rows({
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({6, 5})});
       },
       "linear 5x4x1 30/120"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({1, 6, 5})});
       },
       "custom 5x4x1 30/120"},
      {{1, 2, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({2, 6, 5})});
       },
       "custom 2x4x5 60/240"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {g.weight({3, 4}), "x"});
       },
       "custom 6x3x1 12/72"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({6})});
       },
       "custom 4x1x1 6/24"},
      // Weights that are computed: weight normalisation has a gain for each output.
      {{1, 6},
       [](GraphWriter& g) {
         const std::string weights = g.node("Mul", {g.weight({6, 5}), g.weight({1, 5})});
         return g.node("Gemm", {"x", weights, g.weight({5})});
       },
       "custom 5x1x1 40/30"},
      {{1, 6},
       [](GraphWriter& g) {
         const std::string kernel = g.weight({5, 6});
         const std::string mean = g.node("ReduceMean", {kernel}, {{"axes", {1}}});
         return g.node("Gemm", {"x", g.node("Sub", {kernel, mean})}, {{"transB", {1}}});
       },
       "linear 5x1x1 30/30"},
      {{4, 6},
       [](GraphWriter& g) {
         return g.node("Gemm", {"x", g.weight({4, 5})}, {{"transA", {1}}});
       },
       "custom 5x6x1 20/30"},
      // A bias for each element is no bias of a linear layer.
      {{1, 6},
       [](GraphWriter& g) {
         return g.node("Gemm", {"x", g.weight({6, 5}), g.weight({1})});
       },
       "custom 5x1x1 30/30"},
  });
}

TEST_CASE("convolutions with computed weights", "[onnx]") {
  const std::pair<std::string, Sizes> pads = {"pads", {1, 1, 1, 1}};
  check_rows({
      // Standardised: what is computed from the kernel alone has the kernel's numbers.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         const std::string kernel = g.weight({16, 3, 3, 3});
         const std::string mean = g.node("ReduceMean", {kernel}, {{"axes", {1, 2, 3}}});
         const std::string centred = g.node("Sub", {kernel, mean});
         return g.node("Conv", {"x", centred, g.weight({16})}, {pads});
       },
       "conv 16x8x8 448/27648"},
      // With a gain.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         const std::string kernel =
             g.node("Mul", {g.weight({16, 3, 3, 3}), g.weight({16, 1, 1, 1})});
         return g.node("Conv", {"x", kernel}, {pads, {"strides", {2, 2}}});
       },
       "custom 16x4x4 448/6912"},
      // One kernel for all channels.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         const std::string shape = g.vector({3, 1, 3, 3});
         const std::string kernel = g.node("Expand", {g.weight({1, 1, 3, 3}), shape});
         return g.node("Conv", {"x", kernel}, {pads, {"group", {3}}});
       },
       "custom 3x8x8 9/1728"},
      // Experts, mixed by what the image is.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         const std::string flat = g.node("Flatten", {g.node("GlobalAveragePool", {"x"})});
         const std::string shares = g.node("Gemm", {flat, g.weight({3, 4})});
         const std::string mixed = g.node("MatMul", {shares, g.weight({4, 216})});
         const std::string kernel = g.node("Reshape", {mixed, g.vector({8, 3, 3, 3})});
         return g.node("Conv", {"x", kernel}, {pads});
       },
       "global_avg_pool 3x1x1 0/0, linear 4x1x1 12/12, linear 216x1x1 864/864, "
       "custom 8x8x8 0/13824"},
      // A part of a kernel is a tensor of its own.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         g.model.nodes.push_back({"Split", {g.weight({16, 3, 1, 1})}, {"a", "b"}, {{"axis", {0}}}});
         return g.node("Add", {g.node("Conv", {"x", "a"}), g.node("Conv", {"x", "b"})});
       },
       "conv 8x8x8 24/1536, conv 8x8x8 24/1536, add 8x8x8 0/0"},
  });
}

TEST_CASE("windows over one dimension", "[onnx]") {
  check_rows({
      {{1, 6, 11},
       [](GraphWriter& g) {
         return g.node("Conv", {"x", g.weight({4, 3, 3}), g.weight({4})},
                       {{"group", {2}}, {"strides", {2}}, {"pads", {1, 0}}, {"dilations", {2}}});
       },
       "rearrange 6x11x1 0/0, conv 4x4x1 40/144"},
      {{1, 6, 11},
       [](GraphWriter& g) {
         return g.node("MaxPool", {"x"},
                       {{"kernel_shape", {3}}, {"strides", {2}}, {"pads", {0, 1}}});
       },
       "rearrange 6x11x1 0/0, max_pool 6x5x1 0/0"},
      {{1, 6, 11},
       [](GraphWriter& g) {
         return g.node("ConvTranspose", {"x", g.weight({6, 4, 3})},
                       {{"strides", {2}}, {"pads", {1, 1}}, {"output_padding", {1}}});
       },
       "rearrange 6x11x1 0/0, custom 4x22x1 72/792"},
  });
}

TEST_CASE("videos: convolutions and pools over three dimensions", "[onnx]") {
  GraphWriter g({1, 3, 8, 16, 20});
  const std::string first = g.node("Conv", {"x", g.weight({8, 3, 3, 5, 7})},
                                   {{"pads", {1, 2, 3, 1, 2, 3}}, {"strides", {1, 2, 2}}});
  const std::string norm = g.node(
      "BatchNormalization", {first, g.weight({8}), g.weight({8}), g.weight({8}), g.weight({8})});
  const std::string relu = g.node("Relu", {norm});
  const std::string each = g.node("Conv", {relu, g.weight({8, 1, 3, 1, 1}), g.weight({8})},
                                  {{"pads", {1, 0, 0, 1, 0, 0}}, {"group", {8}}});
  const std::string pooled =
      g.node("MaxPool", {each}, {{"kernel_shape", {2, 2, 2}}, {"strides", {2, 2, 2}}});
  const std::string wide =
      g.node("ConvTranspose", {pooled, g.weight({8, 6, 2, 2, 2})}, {{"strides", {2, 2, 2}}});
  const std::string grouped = g.node("Conv", {wide, g.weight({4, 3, 1, 1, 1})}, {{"group", {2}}});
  g.classify(grouped, 4);
  CHECK(rows_of(network_of_graph(g.model)) ==
        "custom 8x64x10 2520/1612800, batch_norm 8x64x10 16/0, relu 8x64x10 0/0, "
        "custom 8x64x10 32/15360, custom 8x16x5 0/0, custom 6x64x10 384/30720, "
        "custom 4x64x10 12/7680, global_avg_pool 4x1x1 0/0, linear 10x1x1 40/40");
  // Height and width follow rho, the frames don't; the widths follow alpha.
  CHECK(rows_of(network_of_graph(g.model, {"rho=2"})) ==
        "custom 8x128x20 2520/6451200, batch_norm 8x128x20 16/0, relu 8x128x20 0/0, "
        "custom 8x128x20 32/61440, custom 8x32x10 0/0, custom 6x128x20 384/122880, "
        "custom 4x128x20 12/30720, global_avg_pool 4x1x1 0/0, linear 10x1x1 40/40");
  CHECK(rows_of(network_of_graph(g.model, {"alpha=0.5"})) ==
        "custom 4x64x10 1260/806400, batch_norm 4x64x10 8/0, relu 4x64x10 0/0, "
        "custom 4x64x10 16/7680, custom 4x16x5 0/0, custom 4x64x10 128/10240, "
        "custom 2x64x10 4/2560, global_avg_pool 2x1x1 0/0, linear 10x1x1 20/20");
  const graph::Network network = network_of_graph(g.model);
  CHECK(network.layers[3].cost.bias_adds == Count(8 * 640));
  CHECK(network.layers[4].cost.pool_ops == Count(8 * 8 * 80));
}

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
