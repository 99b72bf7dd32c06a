// SPDX-License-Identifier: Apache-2.0
// The whole spec of a graph, places of its messages, open sizes, functions and conditions.
#include <algorithm>
#include <protozero/pbf_writer.hpp>

#include "onnx/input_sizes.hpp"
#include "onnx/shape_rules.hpp"
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using protozero::pbf_writer;

// The error of a network of the graph at these settings.
std::string error_at(const TestModel& model, const std::vector<std::string>& settings) {
  try {
    const spec::ArchSpec spec = onnx::read_model_bytes(encode(model), "net.onnx");
    graph::BuildOptions options;
    options.suggest_fix = false;
    for (const std::string& setting : settings)
      options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
    graph::build_network(spec, options);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

// A file with functions "f": inputs, outputs, nodes, and an attribute's default.
void add_function(std::string& bytes, const std::string& name,
                  const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
                  const std::vector<std::string>& nodes,
                  const std::vector<std::string>& defaults = {}) {
  pbf_writer file(bytes), function(file, 25);
  function.add_string(1, name);
  for (const std::string& input : inputs) function.add_string(4, input);
  for (const std::string& output : outputs) function.add_string(5, output);
  for (const std::string& node : nodes) function.add_message(7, node);
  function.add_string(10, "own");
  for (const std::string& attribute : defaults) function.add_message(11, attribute);
}

std::string node_message(const std::string& type, const std::vector<std::string>& inputs,
                         const std::string& output, const std::string& name = "",
                         const std::string& attribute = "", const std::string& domain = "") {
  std::string bytes;
  pbf_writer node(bytes);
  for (const std::string& input : inputs) node.add_string(1, input);
  node.add_string(2, output);
  node.add_string(3, name);
  node.add_string(4, type);
  if (!attribute.empty()) node.add_message(5, attribute);
  node.add_string(7, domain);
  return bytes;
}

std::string real_attribute(const std::string& name, float value) {
  std::string bytes;
  pbf_writer attribute(bytes);
  attribute.add_string(1, name);
  attribute.add_float(2, value);
  return bytes;
}

std::string reference_attribute(const std::string& name, const std::string& referred) {
  std::string bytes;
  pbf_writer attribute(bytes);
  attribute.add_string(1, name);
  attribute.add_string(21, referred);
  return bytes;
}

}  // namespace

TEST_CASE("the spec that is written for a graph, from the first line to the last", "[onnx]") {
  GraphWriter g({1, 3, 8, 16, 20});
  const std::string first = g.node("Conv", {"x", g.weight({6, 3, 1, 1, 1})});
  const std::string second = g.node("Conv", {first, g.weight({8, 3, 1, 1, 1})}, {{"group", {2}}});
  g.model.outputs = {g.node("Conv", {second, g.weight({5, 8, 1, 1, 1})})};
  CHECK(spec::write_spec(onnx::read_model_bytes(encode(g.model), "net.onnx")) == R"yaml(name: net
source: ONNX opset 13

params:
  alpha: {default: 1, symbol: α, help: width multiplier, min: 0.01, sweep: [0.25, 0.5, 0.75, 1]}
  divisor: {default: 1, help: widths are rounded to multiples of it, min: 1}
  widths: {default: [6, 8], help: independent channel counts, min: 1}
  rho: {default: 1, symbol: ρ, help: resolution multiplier, min: 0.01, sweep: [4/7, 5/7, 6/7, 1]}

input: {channels: 3, height: 8 * round(16 * rho), width: round(20 * rho)}

let:
  w1: "divisible(widths(1) * alpha, divisor if divisor % 2 == 0 else 2 * divisor)"
  w2: "divisible(widths(2) * alpha, divisor if divisor % 2 == 0 else 2 * divisor)"

layers:
  - custom: {channels: w1, height: h, width: w, params: in * w1, weights: in * w1, macs: in * w1 * (h * w)}
  - custom: {name: custom_2, channels: w2, height: h, width: w, params: in // 2 * w2, weights: in // 2 * w2,
             macs: in // 2 * w2 * (h * w)}
  - custom: {name: custom_3, channels: 5, height: h, width: w, params: in * 5, weights: in * 5,
             macs: in * 5 * (h * w)}
)yaml");
  // Neither widths that are free nor an image.
  GraphWriter plain({1, 4, 6});
  plain.model.outputs = {plain.node("Relu", {"x"})};
  CHECK(spec::write_spec(onnx::read_model_bytes(encode(plain.model), "net.onnx")) ==
        R"yaml(name: net
source: ONNX opset 13

input: {channels: 6, height: 4, width: 1}

layers:
  - relu
)yaml");
}

TEST_CASE("messages about a layer quote its node", "[onnx]") {
  const auto message = [](std::size_t before, const std::string& name) {
    GraphWriter g({1, 3, 8, 8});
    std::string out = "x";
    for (std::size_t k = 0; k < before; ++k) out = g.node(k % 2 == 0 ? "Relu" : "Tanh", {out});
    out = g.node("Reshape", {out, g.vector({1, 3, 4, 16})});
    g.model.nodes.back().name = name;
    out = g.node("Relu", {out});
    g.model.outputs = {out};
    return error_at(g.model, {"rho=1/2"});
  };
  const std::string cause = "3x4x4 (48 elements) can't become 3x4x16 (192 elements)\n    ";
  CHECK(message(0, "") ==
        "net.onnx:1:1: error: reshape 'reshape': " + cause + "Reshape '' gives 1x3x4x16\n    ^");
  CHECK(message(1, "a") ==
        "net.onnx:2:1: error: reshape 'a': " + cause + "Reshape 'a' gives 1x3x4x16\n    ^");
  CHECK(message(3, "a") ==
        "net.onnx:4:1: error: reshape 'a': " + cause + "Reshape 'a' gives 1x3x4x16\n    ^");
  // Constants between them are nodes of the file too.
  GraphWriter g({1, 3, 8, 8});
  const std::string map = g.node("Relu", {"x"});
  g.model.nodes.push_back({"Constant", {}, {"sizes"}, {{"value_ints", {1, 3, 4, 16}}}});
  g.model.nodes.push_back({"Reshape", {map, "sizes"}, {"y"}});
  g.model.outputs = {"y"};
  CHECK(error_at(g.model, {"rho=1/2"}) ==
        "net.onnx:3:1: error: reshape 'reshape': " + cause + "Reshape '' gives 1x3x4x16\n    ^");
}

TEST_CASE("sizes that the file leaves open", "[onnx]") {
  const auto items = [](std::vector<TestDimension> input, std::optional<onnx::Shape> size,
                        std::map<std::string, std::int64_t> named = {},
                        std::vector<TestDimension> second = {}) {
    GraphWriter g(std::move(input));
    g.model.outputs = {g.node("Softmax", {"x"})};
    if (!second.empty()) {
      g.model.inputs.push_back({"z", second});
      g.model.outputs.push_back(g.node("Sigmoid", {"z"}));
    }
    return items_of(g.model, {std::move(size), std::move(named)});
  };
  const std::string open = "net.onnx: error: the file leaves sizes open: ";
  const std::string remedy = "; give --input CHANNELSxHEIGHTxWIDTH";
  CHECK(items({"n", 3, "h", "w"}, onnx::Shape{3, 4, 5}) == "softmax -> 3x4x5");
  CHECK(items({1, 3, 8, 9}, onnx::Shape{3, 4, 5}) == "softmax -> 3x4x5");
  CHECK(items({1, "h", "w", 3}, onnx::Shape{3, 6, 5}) == "softmax -> 3x6x5");
  CHECK(items({1, 8, 9, 4}, onnx::Shape{4, 6, 5}) == "softmax -> 4x6x5");
  CHECK(items({1, 3, 9, 3}, onnx::Shape{3, 4, 5}) == "softmax -> 3x4x5");
  CHECK(items({1, 6, "t"}, onnx::Shape{6, 4, 5}) == "softmax -> 20x6x1");
  CHECK(items({1, "n"}, onnx::Shape{6, 4, 5}) == "softmax -> 120x1x1");
  CHECK(items({"n", 3, "h", "w"}, {}, {{"h", 4}, {"w", 5}}) == "softmax -> 3x4x5");
  CHECK(items({"n", 3, "h", "h"}, {}, {{"h", 4}}) == "softmax -> 3x4x4");
  CHECK(items({0, 3, 4, 5}, {}) == "softmax -> 3x4x5");
  CHECK(items({-1, 3, 4, 5}, {}) == "softmax -> 3x4x5");
  CHECK(items({1, 3, -1, 5}, {}) == open + "dimension 2 of input 'x'" + remedy);
  CHECK(items({1, 0, 4, 5}, {}) == open + "dimension 1 of input 'x'" + remedy);
  CHECK(items({"n"}, {}) == open + "'n' (dimension 0 of input 'x')" + remedy + " or --set n=SIZE");
  CHECK(items({1, 0, "w", "h"}, {}) == open +
                                           "dimension 1 of input 'x', 'w' (dimension 2 of input "
                                           "'x'), 'h' (dimension 3 of input 'x')" +
                                           remedy + " or --set w=SIZE");
  CHECK(items({1, 3, std::int64_t{1} << 32, 1}, {}) == "softmax -> 3x4294967296x1");
  CHECK(items({1, 3, (std::int64_t{1} << 32) + 1, 1}, {}) ==
        "net.onnx: error: input 'x' has a size of 4294967297");
  CHECK(items({1, 3, -2, 1}, {}) == "net.onnx: error: input 'x' has a size of -2");
  // A further input has the given size where its dimensions are stated alike.
  CHECK(items({1, 3, "h", "w"}, onnx::Shape{3, 4, 5}, {}, {1, 3, "h", "w"}) ==
        "input: {name: z, channels: 3, height: round(4 * rho), width: round(5 * rho)}; softmax: "
        "{from: input}; sigmoid: {from: z}; outputs: [softmax, sigmoid] -> 3x4x5");
  CHECK(items({1, 3, "h", "w"}, onnx::Shape{3, 4, 5}, {}, {1, 6, "h", "w"}) ==
        "input: {name: z, channels: 6, height: round(4 * rho), width: round(5 * rho)}; softmax: "
        "{from: input}; sigmoid: {from: z}; outputs: [softmax, sigmoid] -> 6x4x5");
  CHECK(items({1, 3, "h", "w"}, onnx::Shape{3, 4, 5}, {}, {1, 3, "h", "v"}) ==
        "net.onnx: error: the file leaves sizes open: 'v' (dimension 3 of input 'z'); give --input "
        "CHANNELSxHEIGHTxWIDTH or --set v=SIZE");
  CHECK(items({1, 3, 8, 9}, onnx::Shape{3, 4, 5}, {}, {1, 3, 8, 9}) ==
        "input: {name: z, channels: 3, height: round(4 * rho), width: round(5 * rho)}; softmax: "
        "{from: input}; sigmoid: {from: z}; outputs: [softmax, sigmoid] -> 3x4x5");
  CHECK(items({1, 3, 8, 9}, onnx::Shape{3, 4, 5}, {}, {1, 3, 8}) ==
        "input: {name: z, channels: 8, height: 3, width: 1}; softmax: {from: input}; sigmoid: "
        "{from: z}; outputs: [softmax, sigmoid] -> 8x3x1");
}

TEST_CASE("a given size in the order that the file states", "[onnx]") {
  const auto shape = [](const std::vector<TestDimension>& dimensions, onnx::Shape size) {
    onnx::ValueInfo info;
    info.name = "x";
    info.has_shape = true;
    for (const TestDimension& dimension : dimensions) {
      if (const auto* number = std::get_if<std::int64_t>(&dimension))
        info.dimensions.push_back({*number, {}});
      else
        info.dimensions.push_back({{}, std::get<std::string>(dimension)});
    }
    try {
      return onnx::shown(onnx::input_shapes({info}, {std::move(size), {}})[0]);
    } catch (const Error&) {
      return std::string("open");
    }
  };
  CHECK(shape({"n", 3, "h", "w"}, {3, 6, 5}) == "1x3x6x5");
  CHECK(shape({2, 3, 8, 9}, {3, 6, 5}) == "2x3x6x5");
  CHECK(shape({1, "h", "w", 3}, {3, 6, 5}) == "1x6x5x3");
  CHECK(shape({1, "h", "w", 4}, {4, 6, 5}) == "1x6x5x4");
  CHECK(shape({1, "h", "w", 1}, {1, 6, 5}) == "1x6x5x1");
  CHECK(shape({1, "h", "w", 5}, {5, 6, 7}) == "1x5x6x7");
  CHECK(shape({1, "h", "w", 0}, {5, 6, 7}) == "1x5x6x7");
  CHECK(shape({1, 3, "w", 3}, {3, 6, 5}) == "1x3x6x5");
  CHECK(shape({1, 4, "w", 3}, {3, 6, 5}) == "1x3x6x5");
  CHECK(shape({1, 1, "w", 3}, {3, 6, 5}) == "1x3x6x5");
  CHECK(shape({1, 5, "w", 3}, {3, 6, 5}) == "1x6x5x3");
  CHECK(shape({1, 0, "w", 3}, {3, 6, 5}) == "1x6x5x3");
  CHECK(shape({"n", "c", "t"}, {6, 4, 5}) == "1x6x20");
  CHECK(shape({"n", "t", 3}, {3, 4, 5}) == "1x3x20");
  CHECK(shape({"n", "c"}, {6, 4, 5}) == "1x120");
  CHECK(shape({"n"}, {6, 4, 5}) == "open");
  CHECK(shape({1, 3, "d", "h", "w"}, {3, 6, 5}) == "open");
  CHECK(shape({7}, {3, 6, 5}) == "7");
}

TEST_CASE("functions of the file are inlined, with their attributes", "[onnx]") {
  const auto items = [](const TestNode& call, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs,
                        const std::vector<std::string>& nodes,
                        const std::vector<std::string>& defaults = {}) {
    TestModel model = image_model({call}, {1, 3, 4, 5});
    model.nodes[0].domain = "own";
    std::string bytes = encode(model);
    add_function(bytes, "f", inputs, outputs, nodes, defaults);
    try {
      return items_of(onnx::read_model_bytes(bytes, "net.onnx"));
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  const TestNode call = {"f", {"x"}, {"y"}};
  TestNode named = call;
  named.name = "block";
  TestNode with_slope = call;
  with_slope.reals = {{"s", {0.5F}}};
  const std::string two[] = {node_message("Relu", {"a"}, "t", "inner"),
                             node_message("Tanh", {"t"}, "b")};
  const std::string leaky =
      node_message("LeakyRelu", {"a"}, "b", "", reference_attribute("alpha", "s"));
  CHECK(items(call, {"a"}, {"b"}, {two[0], two[1]}) ==
        "stage: {name: f, layers: [relu, tanh]} -> 3x4x5");
  CHECK(items(call, {"a"}, {"b"}, {two[1], two[0]}) ==
        "stage: {name: f, layers: [relu, tanh]} -> 3x4x5");
  CHECK(items(named, {"a"}, {"b"}, {two[0], two[1]}) ==
        "stage: {name: block, layers: [relu, tanh]} -> 3x4x5");
  CHECK(items(with_slope, {"a"}, {"b"}, {leaky}) == "leaky_relu: {name: f, slope: 0.5} -> 3x4x5");
  CHECK(items(call, {"a"}, {"b"}, {leaky}, {real_attribute("s", 0.25F)}) ==
        "leaky_relu: {name: f, slope: 0.25} -> 3x4x5");
  CHECK(items(with_slope, {"a"}, {"b"}, {leaky}, {real_attribute("s", 0.25F)}) ==
        "leaky_relu: {name: f, slope: 0.5} -> 3x4x5");
  CHECK(items(call, {"a"}, {"b"}, {leaky}) == "leaky_relu: {name: f} -> 3x4x5");
  CHECK(items(call, {"a"}, {"b"}, {node_message("f", {"a"}, "b", "", "", "own")}) ==
        "net.onnx: error: functions or graphs are nested more than 32 deep");
  // An input that the caller leaves out.
  CHECK(items(call, {"a", "low"}, {"b"}, {node_message("Clip", {"a", "low"}, "b")}) ==
        "pointwise: {name: f, elementwise: 0, compares: 1} -> 3x4x5");
  CHECK(items({"f", {"x"}, {"y", "z"}}, {"a"}, {"b"}, {two[0], two[1]}) ==
        "net.onnx: error: nothing produces output 2 of f");
  CHECK(items({"f", {"x"}, {"y"}, {}, {}, "call"}, {"a"}, {"c"}, {two[0]}) ==
        "net.onnx: error: nothing produces output 1 of f 'call'");
  CHECK(items({"f", {"x"}, {"x"}}, {"a"}, {"t"}, {two[0]}) ==
        "net.onnx: error: a cycle: f '' takes its own output, through other nodes or directly");
}

TEST_CASE("the branch of a condition that is known is part of the graph", "[onnx]") {
  const auto items = [](std::int64_t condition, const std::string& name = "") {
    GraphWriter g({1, 3, 4, 5});
    g.model.scalars = {{"holds", condition}};
    const std::string map = g.node("Relu", {"x"});
    const auto branch = [&](const std::string& type, std::int64_t channels) {
      TestModel inside;
      inside.nodes = {{"Conv", {map, "w"}, {"c"}}, {type, {"c"}, {"out"}}};
      inside.weights = {{"w", {channels, 3, 1, 1}}};
      inside.outputs = {"out"};
      return encode_graph(inside);
    };
    const std::string out = g.node("If", {"holds"});
    g.model.nodes.back().name = name;
    g.model.nodes.back().graphs = {{"then_branch", branch("Tanh", 5)},
                                   {"else_branch", branch("Sigmoid", 7)}};
    g.model.outputs = {g.node("Softmax", {out})};
    return items_of(g.model);
  };
  CHECK(items(1) == "relu; conv: {out: 5}; tanh; softmax -> 5x4x5");
  CHECK(items(0) == "relu; conv: {out: 7}; sigmoid; softmax -> 7x4x5");
  CHECK(items(-1, "/cond/If") ==
        "relu; stage: {name: cond, layers: [conv: {out: 5}, tanh]}; softmax -> 5x4x5");
}
