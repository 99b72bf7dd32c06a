// SPDX-License-Identifier: Apache-2.0
// Shapes of single operators, and of the layers that they become.
#include <fmt/core.h>
#include <fmt/format.h>

#include "graph/layer_problem.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/graph_writer.hpp"
#include "onnx/reader.hpp"
#include "onnx/shape_rules.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Sizes = std::vector<std::int64_t>;

struct ShapeRow {
  std::string type;
  std::vector<Sizes> inputs;  // the first is an activation, the others weights
  std::vector<std::pair<std::string, Sizes>> ints;
  std::string expected;
  std::string auto_pad = {};
};

// Of the operator's output in the file, and of the layer.
std::string shapes_of(const ShapeRow& row) {
  GraphWriter g(std::vector<TestDimension>(row.inputs[0].begin(), row.inputs[0].end()));
  std::vector<std::string> inputs = {"x"};
  for (std::size_t k = 1; k < row.inputs.size(); ++k) inputs.push_back(g.weight(row.inputs[k]));
  g.model.outputs = {g.node(row.type, inputs, row.ints)};
  if (!row.auto_pad.empty()) g.model.nodes.back().texts = {{"auto_pad", row.auto_pad}};
  const std::string bytes = encode(g.model);
  const onnx::Model model = onnx::parse_model(bytes);
  const onnx::FoldedGraph folded = onnx::fold(model, {});
  const std::string shape = onnx::shown(folded.shape(folded.outputs[0]));
  const graph::Network network = graph::build_network(onnx::read_model_bytes(bytes, "net.onnx"));
  return shape + " " + to_string(network.layers.back().output);
}

void check_shapes(const std::vector<ShapeRow>& rows) {
  for (const ShapeRow& row : rows) {
    std::string attributes;
    for (const auto& [name, numbers] : row.ints)
      attributes += fmt::format("{} {} ", name, onnx::shown(numbers));
    INFO(row.type << " " << attributes << row.auto_pad);
    CHECK(shapes_of(row) == row.expected);
  }
}

}  // namespace

TEST_CASE("output sizes of convolutions: each side, stride and dilation", "[onnx]") {
  const Sizes in = {1, 4, 10, 13}, k32 = {6, 4, 3, 2};
  check_shapes({
      {"Conv", {in, k32}, {}, "1x6x8x12 6x8x12"},
      {"Conv", {in, k32}, {{"pads", {1, 0, 0, 0}}}, "1x6x9x12 6x9x12"},
      {"Conv", {in, k32}, {{"pads", {0, 2, 0, 0}}}, "1x6x8x14 6x8x14"},
      {"Conv", {in, k32}, {{"pads", {0, 0, 3, 0}}}, "1x6x11x12 6x11x12"},
      {"Conv", {in, k32}, {{"pads", {0, 0, 0, 4}}}, "1x6x8x16 6x8x16"},
      {"Conv", {in, k32}, {{"strides", {2, 3}}}, "1x6x4x4 6x4x4"},
      {"Conv", {in, k32}, {{"dilations", {3, 5}}}, "1x6x4x8 6x4x8"},
      {"Conv", {in, {6, 2, 3, 2}}, {{"group", {2}}}, "1x6x8x12 6x8x12"},
      {"Conv", {in, {8, 1, 3, 2}}, {{"group", {4}}}, "1x8x8x12 8x8x12"},
      {"Conv", {in, k32}, {{"pads", {-1, 0, 0, -2}}}, "1x6x7x10 6x7x10"},
      // TensorFlow's: sizes are divided by the stride and rounded up.
      {"Conv", {in, k32}, {}, "1x6x10x13 6x10x13", "SAME_UPPER"},
      {"Conv", {in, k32}, {}, "1x6x10x13 6x10x13", "SAME_LOWER"},
      {"Conv", {in, k32}, {{"strides", {2, 3}}}, "1x6x5x5 6x5x5", "SAME_UPPER"},
      {"Conv", {in, k32}, {{"strides", {2, 3}}}, "1x6x5x5 6x5x5", "SAME_LOWER"},
      {"Conv", {in, k32}, {{"strides", {2, 3}}, {"pads", {9, 9, 9, 9}}}, "1x6x4x4 6x4x4", "VALID"},
      {"Conv", {{1, 4, 11}, {6, 4, 3}}, {{"pads", {2, 1}}, {"strides", {2}}}, "1x6x6 6x6x1"},
  });
}

TEST_CASE("where the odd row of SAME padding goes", "[onnx]") {
  const auto pads = [](const char* auto_pad) {
    GraphWriter g({1, 4, 10, 13});
    g.model.outputs = {g.node("Conv", {"x", g.weight({6, 4, 4, 2})}, {{"strides", {1, 2}}})};
    g.model.nodes.back().texts = {{"auto_pad", auto_pad}};
    const graph::Network network =
        graph::build_network(onnx::read_model_bytes(encode(g.model), "net.onnx"));
    const Padding pad = *graph::resolved_padding(network, network.layers[0]);
    return fmt::format("{} {} {} {}", pad.top.value(), pad.left.value(), pad.bottom.value(),
                       pad.right.value());
  };
  CHECK(pads("SAME_UPPER") == "1 0 2 1");
  CHECK(pads("SAME_LOWER") == "2 1 1 0");
  CHECK(pads("VALID") == "0 0 0 0");
}

TEST_CASE("output sizes of transposed convolutions", "[onnx]") {
  const Sizes in = {1, 4, 5, 7}, k32 = {4, 6, 3, 2};
  check_shapes({
      {"ConvTranspose", {in, k32}, {}, "1x6x7x8 6x7x8"},
      {"ConvTranspose", {in, k32}, {{"strides", {2, 3}}}, "1x6x11x20 6x11x20"},
      {"ConvTranspose", {in, k32}, {{"dilations", {2, 4}}}, "1x6x9x11 6x9x11"},
      {"ConvTranspose", {in, k32}, {{"pads", {1, 0, 0, 0}}}, "1x6x6x8 6x6x8"},
      {"ConvTranspose", {in, k32}, {{"pads", {0, 1, 2, 0}}}, "1x6x5x7 6x5x7"},
      {"ConvTranspose",
       {in, k32},
       {{"strides", {2, 3}}, {"output_padding", {1, 2}}},
       "1x6x12x22 6x12x22"},
      {"ConvTranspose", {in, {4, 3, 3, 2}}, {{"group", {2}}}, "1x6x7x8 6x7x8"},
      {"ConvTranspose",
       {in, k32},
       {{"strides", {2, 2}}, {"output_shape", {10, 14}}},
       "1x6x10x14 6x10x14"},
      {"ConvTranspose", {in, k32}, {{"strides", {2, 3}}}, "1x6x10x21 6x10x21", "SAME_UPPER"},
  });
}

TEST_CASE("output sizes of pools: rounded up, padded, dilated", "[onnx]") {
  const Sizes in = {1, 4, 10, 13};
  const std::pair<std::string, Sizes> k3 = {"kernel_shape", {3, 2}}, up = {"ceil_mode", {1}};
  check_shapes({
      {"MaxPool", {in}, {k3}, "1x4x8x12 4x8x12"},
      {"MaxPool", {in}, {k3, {"strides", {2, 3}}}, "1x4x4x4 4x4x4"},
      {"MaxPool", {in}, {k3, {"strides", {2, 3}}, up}, "1x4x5x5 4x5x5"},
      {"MaxPool", {in}, {k3, {"strides", {3, 4}}, {"pads", {1, 0, 0, 1}}}, "1x4x3x4 4x3x4"},
      {"MaxPool", {in}, {k3, {"dilations", {3, 5}}}, "1x4x4x8 4x4x8"},
      // A last window that would begin in the padding is none.
      {"MaxPool",
       {{1, 4, 5, 5}},
       {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}, {"pads", {1, 1, 1, 1}}, up},
       "1x4x3x3 4x3x3"},
      {"AveragePool", {in}, {k3, {"strides", {2, 3}}, {"pads", {0, 0, 1, 1}}}, "1x4x5x5 4x5x5"},
      {"AveragePool", {in}, {k3, {"strides", {2, 3}}}, "1x4x5x5 4x5x5", "SAME_UPPER"},
      {"AveragePool", {in}, {k3, {"strides", {2, 3}}}, "1x4x5x5 4x5x5", "SAME_LOWER"},
      {"GlobalMaxPool", {in}, {}, "1x4x1x1 4x1x1"},
      {"GlobalAveragePool", {{1, 4, 9}}, {}, "1x4x1 4x1x1"},
  });
}

TEST_CASE("axes of reductions, from the front and from the back", "[onnx]") {
  const Sizes in = {1, 4, 6, 5};
  check_shapes({
      {"ReduceMean", {in}, {{"axes", {2, 3}}}, "1x4x1x1 4x1x1"},
      {"ReduceMean", {in}, {{"axes", {-1, -2}}, {"keepdims", {0}}}, "1x4 4x1x1"},
      {"ReduceSum", {in}, {{"axes", {-1}}}, "1x4x6x1 4x6x1"},
      {"ReduceSum", {in}, {{"axes", {2}}}, "1x4x1x5 4x1x5"},
      {"ReduceMax", {in}, {{"axes", {1}}}, "1x1x6x5 1x6x5"},
      {"ReduceMax", {in}, {{"axes", {-3}}, {"keepdims", {0}}}, "1x6x5 1x6x5"},
      {"ReduceL2", {in}, {{"axes", {1, -1}}, {"keepdims", {1}}}, "1x1x6x1 1x6x1"},
      {"ArgMax", {in}, {{"axis", {1}}}, "1x1x6x5 1x6x5"},
      {"ArgMax", {in}, {{"axis", {-1}}, {"keepdims", {0}}}, "1x4x6 4x6x1"},
  });
}

TEST_CASE("ranges, positions and parts of constants are constants", "[onnx]") {
  const auto numbers = [](GraphWriter& g, const std::string& value) {
    g.model.outputs = {value};
    const std::string bytes = encode(g.model);
    const onnx::Model model = onnx::parse_model(bytes);
    const onnx::FoldedGraph folded = onnx::fold(model, {});
    const auto& constant = folded.value(folded.outputs[0]).constant;
    if (!constant) return std::string("unknown");
    return constant->real ? fmt::format("{}: {}", onnx::shown(constant->shape),
                                        fmt::join(constant->reals, " "))
                          : fmt::format("{}: {}", onnx::shown(constant->shape),
                                        fmt::join(constant->whole, " "));
  };
  const auto real_range = [&](std::vector<float> bounds) {
    GraphWriter g;
    const std::string axes = g.vector({0});
    std::vector<std::string> scalars;
    for (const float bound : bounds) {
      g.model.reals.emplace_back("r" + std::to_string(g.model.reals.size()),
                                 std::vector<float>{bound});
      scalars.push_back(g.node("Squeeze", {g.model.reals.back().first, axes}));
    }
    return numbers(g, g.node("Range", scalars));
  };
  const auto whole_range = [&](std::int64_t start, std::int64_t limit, std::int64_t step) {
    GraphWriter g;
    g.model.scalars = {{"start", start}, {"limit", limit}, {"step", step}};
    return numbers(g, g.node("Range", {"start", "limit", "step"}));
  };
  CHECK(real_range({2, 4.5F, 1}) == "3: 2 3 4");
  CHECK(real_range({1, -0.5F, -0.5F}) == "3: 1 0.5 0");
  CHECK(real_range({1, 1, 1}) == "0: ");
  CHECK(whole_range(2, 9, 3) == "3: 2 5 8");
  CHECK(whole_range(9, 2, -3) == "3: 9 6 3");
  CHECK(whole_range(9, 2, 3) == "0: ");
  CHECK(whole_range(-2, INT64_MAX, INT64_MAX / 2 + 1) ==
        "3: -2 4611686018427387902 9223372036854775806");
  CHECK(whole_range(INT64_MIN, INT64_MAX, INT64_MAX) ==
        "3: -9223372036854775808 -1 9223372036854775806");
  const auto found = [&](std::vector<std::int64_t> values, const Sizes& shape) {
    GraphWriter g;
    const std::string tensor = g.node("Reshape", {g.vector(std::move(values)), g.vector(shape)});
    return numbers(g, g.node("NonZero", {tensor}));
  };
  CHECK(found({0, 7, 0, -1}, {4}) == "1x2: 1 3");
  CHECK(found({0, 7, 0, 0, 2, 3}, {2, 3}) == "2x3: 0 1 1 1 1 2");
  CHECK(found({0, 0}, {2}) == "1x0: ");
  const auto part = [&](std::int64_t axis, const std::string& name) {
    GraphWriter g;
    const std::string tensor = g.node("Reshape", {g.vector({1, 2, 3, 4, 5, 6}), g.vector({2, 3})});
    g.model.vectors.emplace_back("parts", axis == 0 ? Sizes{1, 1} : Sizes{1, 2});
    g.model.nodes.push_back({"Split", {tensor, "parts"}, {"a", "b"}, {{"axis", {axis}}}});
    return numbers(g, name);
  };
  CHECK(part(0, "a") == "1x3: 1 2 3");
  CHECK(part(0, "b") == "1x3: 4 5 6");
  CHECK(part(1, "a") == "2x1: 1 4");
  CHECK(part(1, "b") == "2x2: 2 3 5 6");
}

TEST_CASE("cuts, joins and moves along an axis", "[onnx]") {
  const auto shape = [](const std::string& type, std::vector<Sizes> vectors,
                        std::vector<std::pair<std::string, Sizes>> ints) {
    GraphWriter g({1, 4, 6, 5});
    std::vector<std::string> inputs = {"x"};
    for (const Sizes& numbers : vectors) inputs.push_back(g.vector(numbers));
    g.model.outputs = {g.node(type, inputs, std::move(ints))};
    const std::string bytes = encode(g.model);
    const graph::Network network = graph::build_network(onnx::read_model_bytes(bytes, "net.onnx"));
    const onnx::Model model = onnx::parse_model(bytes);
    const onnx::FoldedGraph folded = onnx::fold(model, {});
    return onnx::shown(folded.shape(folded.outputs[0])) + " " +
           to_string(network.layers.back().output);
  };
  CHECK(shape("Slice", {{1}, {3}, {2}}, {}) == "1x4x2x5 4x2x5");
  CHECK(shape("Slice", {{-4}, {-1}, {2}}, {}) == "1x4x3x5 4x3x5");
  CHECK(shape("Slice", {{0}, {100}, {-1}, {2}}, {}) == "1x4x6x3 4x6x3");
  CHECK(shape("Slice", {{5}, {0}, {2}, {-2}}, {}) == "1x4x3x5 4x3x5");
  CHECK(shape("Slice", {{1, 2}, {4, 5}, {1, 3}}, {}) == "1x3x6x3 3x6x3");
  CHECK(shape("Pad", {{0, 0, 1, 2, 0, 0, 3, 4}}, {}) == "1x4x10x11 4x10x11");
  CHECK(shape("Reshape", {{0, -1, 10}}, {}) == "1x12x10 10x12x1");
  CHECK(shape("Reshape", {{1, 2, 2, -1}}, {}) == "1x2x2x30 4x30x1");
  CHECK(shape("Tile", {{1, 2, 1, 3}}, {}) == "1x8x6x15 8x6x15");
}
