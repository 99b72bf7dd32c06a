// SPDX-License-Identifier: Apache-2.0
// Inputs, outputs, labels and notes of imported graphs.
#include <protozero/pbf_writer.hpp>

#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::vector<std::string> notes_of(const TestModel& model) {
  return onnx::read_model_bytes(encode(model), "net.onnx").notes;
}

// A graph whose nodes have these names, each a 1x1 convolution of the one before.
std::string labels_of(const std::vector<std::string>& names) {
  GraphWriter g({1, 3, 4, 5});
  std::string out = "x";
  for (const std::string& name : names) {
    out = g.node("Relu", {out});
    g.model.nodes.back().name = name;
  }
  g.model.outputs = {out};
  return items_of(g.model);
}

}  // namespace

TEST_CASE("inputs of other ranks and orders", "[onnx]") {
  const auto input = [](std::vector<TestDimension> shape) {
    GraphWriter g(std::move(shape));
    g.model.outputs = {g.node("Relu", {"x"})};
    const spec::ArchSpec spec = onnx::read_model_bytes(encode(g.model), "net.onnx");
    const std::string text = spec::write_spec(spec);
    const std::size_t begin = text.find("input: ");
    return text.substr(begin + 7, text.find('\n', begin) - begin - 7);
  };
  CHECK(input({1, 3, 32, 48}) == "{channels: 3, height: round(32 * rho), width: round(48 * rho)}");
  CHECK(input({1, 32, 48, 3}) == "{channels: 3, height: round(32 * rho), width: round(48 * rho)}");
  CHECK(input({1, 32, 48, 4}) == "{channels: 4, height: round(32 * rho), width: round(48 * rho)}");
  CHECK(input({1, 32, 48, 5}) == "{channels: 32, height: round(48 * rho), width: round(5 * rho)}");
  CHECK(input({1, 4, 48, 4}) == "{channels: 4, height: round(48 * rho), width: round(4 * rho)}");
  CHECK(input({1, 5, 48, 1}) == "{channels: 1, height: round(5 * rho), width: round(48 * rho)}");
  CHECK(input({1, 3, 8, 32, 48}) ==
        "{channels: 3, height: 8 * round(32 * rho), width: round(48 * rho)}");
  CHECK(input({1, 4, 8, 32, 48}) ==
        "{channels: 4, height: 8 * round(32 * rho), width: round(48 * rho)}");
  CHECK(input({1, 5, 8, 32, 48}) ==
        "{channels: 40, height: round(32 * rho), width: round(48 * rho)}");
  CHECK(input({1, 3, 2, 32, 48}) ==
        "{channels: 3, height: 2 * round(32 * rho), width: round(48 * rho)}");
  CHECK(input({1, 3, 8, 1, 1}) == "{channels: 3, height: 8, width: 1}");
  CHECK(input({1, 3, 1, 32, 48}) ==
        "{channels: 3, height: round(32 * rho), width: round(48 * rho)}");
  CHECK(input({2, 16, 48}) == "{channels: 48, height: 16, width: 1}");
  CHECK(input({1, 48}) == "{channels: 48, height: 1, width: 1}");
  CHECK(input({48}) == "{channels: 48, height: 1, width: 1}");
  CHECK(input({1, 1, 48, 48}) == "{channels: 1, height: round(48 * rho), width: round(48 * rho)}");
}

TEST_CASE("further inputs come first, with the resolution of an image of equal size", "[onnx]") {
  const auto items = [](std::vector<TestDimension> second, const std::string& name = "mask") {
    GraphWriter g({1, 3, 32, 48});
    g.model.inputs.push_back({name, std::move(second)});
    g.model.outputs = {g.node("Add", {"x", name})};
    return items_of(g.model);
  };
  CHECK(items({1, 3, 32, 48}) ==
        "input: {name: mask, channels: 3, height: round(32 * rho), width: round(48 * rho)}; add: "
        "{from: [input, mask]} -> 3x32x48");
  CHECK(items({1, 1, 32, 48}) ==
        "input: {name: mask, channels: 1, height: round(32 * rho), width: round(48 * rho)}; add: "
        "{from: [input, mask]} -> 3x32x48");
  CHECK(items({1, 3, 1, 48}) ==
        "input: {name: mask, channels: 3, height: 1, width: 48}; add: {from: [input, mask]} -> "
        "3x32x48");
  CHECK(items({1, 3, 32, 1}) ==
        "input: {name: mask, channels: 3, height: 32, width: 1}; add: {from: [input, mask]} -> "
        "3x32x48");
  CHECK(items({48}) ==
        "input: {name: mask, channels: 48, height: 1, width: 1}; rearrange: {channels: 1, width: "
        "48}; add: {from: [input, rearrange]} -> 3x32x48");
  CHECK(items({1, 3, 32, 48}, "input") ==
        "input: {name: further_input, channels: 3, height: round(32 * rho), width: round(48 * "
        "rho)}; add: {from: [input, further_input]} -> 3x32x48");
  CHECK(items({1, 3, 32, 48}, "a/b.c:0") ==
        "input: {name: a_b_c_0, channels: 3, height: round(32 * rho), width: round(48 * rho)}; "
        "add: {from: [input, a_b_c_0]} -> 3x32x48");
  CHECK(items({1, 3, 32, 48}, "!") ==
        "input: {name: further_input, channels: 3, height: round(32 * rho), width: round(48 * "
        "rho)}; add: {from: [input, further_input]} -> 3x32x48");
  GraphWriter unused({1, 3, 4, 5});
  unused.model.inputs.push_back({"other", {1, 3, 4, 5}});
  unused.model.outputs = {unused.node("Relu", {"x"})};
  CHECK(items_of(unused.model) == "relu -> 3x4x5");
}

TEST_CASE("outputs of a graph, several and in any order", "[onnx]") {
  const auto items = [](const std::vector<std::string>& outputs) {
    GraphWriter g({1, 3, 4, 5});
    g.model.nodes = {{"Relu", {"x"}, {"a"}},
                     {"Tanh", {"a"}, {"b"}},
                     {"Sigmoid", {"a"}, {"c"}},
                     {"Identity", {"b"}, {"d"}}};
    g.model.outputs = outputs;
    return items_of(g.model);
  };
  CHECK(items({"b"}) == "relu; tanh -> 3x4x5");
  CHECK(items({"c"}) == "relu; sigmoid -> 3x4x5");
  CHECK(items({"b", "c"}) ==
        "relu; tanh; sigmoid: {from: relu}; outputs: [tanh, sigmoid] -> 3x4x5");
  CHECK(items({"c", "b"}) ==
        "relu; tanh; sigmoid: {from: relu}; outputs: [sigmoid, tanh] -> 3x4x5");
  CHECK(items({"a", "b", "c"}) ==
        "relu; tanh; sigmoid: {from: relu}; outputs: [relu, tanh, sigmoid] -> 3x4x5");
  CHECK(items({"c", "b", "d"}) ==
        "relu; tanh; sigmoid: {from: relu}; outputs: [sigmoid, tanh] -> 3x4x5");
  CHECK(items({"c", "x", "b"}) ==
        "relu; tanh; sigmoid: {from: relu}; outputs: [sigmoid, tanh] -> 3x4x5");
  CHECK(items({"d"}) == "relu; tanh -> 3x4x5");
}

TEST_CASE("labels of layers by the names of their nodes", "[onnx]") {
  CHECK(labels_of({"", ""}) == "relu; relu: {name: relu_2} -> 3x4x5");
  CHECK(labels_of({"Relu_0", "Relu_12"}) == "relu; relu: {name: relu_2} -> 3x4x5");
  CHECK(labels_of({"first", "second"}) == "relu: {name: first}; relu: {name: second} -> 3x4x5");
  CHECK(labels_of({"first", "first"}) ==
        "stage: {name: first, layers: [relu, relu: {name: relu_2}]} -> 3x4x5");
  CHECK(labels_of({"/a/Relu", "/b/Relu"}) == "relu: {name: a}; relu: {name: b} -> 3x4x5");
  CHECK(labels_of({"/a/Relu", "/a/Relu_1"}) ==
        "stage: {name: a, layers: [relu, relu: {name: relu_2}]} -> 3x4x5");
  CHECK(labels_of({"/a/b/Relu", "/a/c/Relu"}) ==
        "stage: {name: a, layers: [relu: {name: b}, relu: {name: c}]} -> 3x4x5");
  CHECK(labels_of({"/a/a.b/Relu", "/a/a.c/Relu", "/d/Relu"}) ==
        "stage: {name: a, layers: [relu: {name: b}, relu: {name: c}]}; relu: {name: d} -> 3x4x5");
  CHECK(labels_of({"/a/Relu", "/b/Relu", "/a/Relu"}) ==
        "stage: {name: a, layers: [relu]}; relu: {name: b}; stage: {name: a_2, layers: [relu]} -> "
        "3x4x5");
  CHECK(labels_of({"/a/b/Relu", "/c/Relu", "/a/b/Relu"}) ==
        "stage: name: a layers:; group: {name: b, layers: [relu]}; relu: {name: c}; stage: name: "
        "a_2 layers:; group: {name: b, layers: [relu]} -> 3x4x5");
  CHECK(labels_of({"/a-b/Relu", "/c d//Relu", "/_e_/Relu", "/%/Relu"}) ==
        "relu: {name: a_b}; relu: {name: c_d}; relu: {name: _e}; relu -> 3x4x5");
  CHECK(labels_of({"/input/Relu", "input"}) ==
        "stage: {name: input_, layers: [relu, relu: {name: relu_2}]} -> 3x4x5");
  CHECK(labels_of({"/Relu", "Relu/"}) == "relu; relu: {name: relu_2} -> 3x4x5");
  CHECK(labels_of({"/a.b.c/Relu"}) ==
        "stage: name: a layers:; group: {name: b, layers: [relu: {name: c}]} -> 3x4x5");
  CHECK(labels_of({"/0/1/2/3/4/5/6/7/8/9/10/11/12/13/Relu"}) ==
        "stage: name: 0 layers:; group: name: 1 layers:; group: name: 2 layers:; group: name: 3 "
        "layers:; group: name: 4 layers:; group: name: 5 layers:; group: name: 6 layers:; group: "
        "name: 7 layers:; group: name: 8 layers:; group: name: 9 layers:; group: {name: 10, "
        "layers: [relu: {name: 11}]} -> 3x4x5");
  CHECK(labels_of({std::string(70, 'n')}) ==
        "relu: {name: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn} -> 3x4x5");
  CHECK(labels_of({"Reluctant", "Relu_x"}) ==
        "relu: {name: Reluctant}; relu: {name: Relu_x} -> 3x4x5");
}

TEST_CASE("labels of layers by the names of their weights", "[onnx]") {
  const auto items = [](const std::vector<std::string>& weights) {
    GraphWriter g({1, 3, 4, 5});
    std::string out = "x";
    for (const std::string& weight : weights) {
      g.model.weights.emplace_back(weight, std::vector<std::int64_t>{3, 3, 1, 1});
      out = g.node("Conv", {out, weight});
    }
    g.model.outputs = {out};
    return items_of(g.model);
  };
  CHECK(items({"a.weight", "b.weight"}) ==
        "conv: {name: a, out: w1}; conv: {name: b, out: 3} -> 3x4x5");
  CHECK(items({"a.b.weight", "a.c.weight"}) ==
        "stage: {name: a, layers: [conv: {name: b, out: w1}, conv: {name: c, out: 3}]} -> 3x4x5");
  CHECK(items({"weight", "other"}) == "conv: {out: w1}; conv: {name: conv_2, out: 3} -> 3x4x5");
  CHECK(items({"onnx::Conv_1.weight", "a.weight"}) ==
        "conv: {out: w1}; conv: {name: a, out: 3} -> 3x4x5");
}

TEST_CASE("branches of a module whose sum has its name", "[onnx]") {
  const auto items = [](const std::vector<std::pair<std::string, std::string>>& nodes,
                        const std::vector<std::pair<std::string, std::string>>& inputs) {
    GraphWriter g({1, 3, 4, 5});
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      const std::string type = nodes[k].second;
      std::vector<std::string> from = {inputs[k].first};
      if (!inputs[k].second.empty()) from.push_back(inputs[k].second);
      g.model.nodes.push_back({type, from, {"v" + std::to_string(k)}, {}, {}, nodes[k].first});
    }
    g.model.outputs = {"v" + std::to_string(nodes.size() - 1)};
    // "archcost" as the producer: names are those of layers.
    return items_of(onnx::read_model_bytes(encode(g.model) + "\x12\x08" + "archcost", "net.onnx"));
  };
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  const Pairs ends = {{"x", ""}, {"v0", ""}, {"v0", ""}, {"v1", "v2"}};
  CHECK(
      items({{"s", "Relu"}, {"u.a", "Tanh"}, {"u.b", "Sigmoid"}, {"u", "Add"}}, ends) ==
      "relu: {name: s}; add: name: u branches: -; tanh: {name: a} -; sigmoid: {name: b} -> 3x4x5");
  CHECK(
      items({{"s", "Relu"}, {"u.a", "Tanh"}, {"u.b", "Sigmoid"}, {"u", "Add"}}, ends) ==
      "relu: {name: s}; add: name: u branches: -; tanh: {name: a} -; sigmoid: {name: b} -> 3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.a", "Tanh"}, {"u.a", "Sigmoid"}, {"u", "Add"}},
              {{"x", ""}, {"v0", ""}, {"v1", ""}, {"v0", "v2"}}) ==
        "relu: {name: s}; add: name: u branches:; [] -; tanh: {name: a}; sigmoid: {name: a_2} -> "
        "3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.a", "Tanh"}, {"u.a", "Sigmoid"}, {"u", "Add"}},
              {{"x", ""}, {"v0", ""}, {"v1", ""}, {"v2", "v0"}}) ==
        "relu: {name: s}; add: name: u branches: -; tanh: {name: a}; sigmoid: {name: a_2}; [] -> "
        "3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.from", "Tanh"}, {"u.b", "Sigmoid"}, {"u", "Add"}}, ends) ==
        "relu: {name: s}; add: name: u branches: -; tanh: {name: from} -; sigmoid: {name: b} -> "
        "3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.a", "Tanh"}, {"u.b", "Sigmoid"}, {"u", "Add"}},
              {{"x", ""}, {"v0", ""}, {"v1", ""}, {"v1", "v2"}}) ==
        "relu: {name: s}; add: name: u branches: -; tanh: {name: a} -; sigmoid: {name: b, from: a} "
        "-> 3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.a.b", "Tanh"}, {"u.a.c", "Sigmoid"}, {"u", "Add"}},
              {{"x", ""}, {"x", ""}, {"v1", ""}, {"v0", "v2"}}) ==
        "relu: {name: s}; add: name: u identity: [] a:; tanh: {name: b, from: input}; sigmoid: "
        "{name: c} -> 3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.from.b", "Tanh"}, {"u.from.c", "Sigmoid"}, {"u", "Add"}},
              {{"x", ""}, {"x", ""}, {"v1", ""}, {"v0", "v2"}}) ==
        "relu: {name: s}; add: name: u branches:; [] -; group: {name: from, layers: [tanh: {name: "
        "b, from: input}, sigmoid: {name: c}]} -> 3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.identity.b", "Tanh"}, {"u.identity.c", "Sigmoid"}, {"u", "Add"}},
              {{"x", ""}, {"v0", ""}, {"v1", ""}, {"v2", "v0"}}) ==
        "relu: {name: s}; add: name: u identity:; tanh: {name: b}; sigmoid: {name: c} identity2: "
        "[] -> 3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.a.b", "Tanh"}, {"u.c.d", "Sigmoid"}, {"u", "Mul"}}, ends) ==
        "relu: {name: s}; multiply: name: u a:; tanh: {name: b} c:; sigmoid: {name: d} -> 3x4x5");
  CHECK(items({{"s", "Relu"}, {"u.a", "Tanh"}, {"u.b", "Sigmoid"}, {"v", "Add"}}, ends) ==
        "relu: {name: s}; stage: {name: u, layers: [tanh: {name: a}, sigmoid: {name: b, from: "
        "s}]}; add: {name: v, from: [u.a, u.b]} -> 3x4x5");
}

TEST_CASE("what is not counted is told, with the names of the first nodes", "[onnx]") {
  GraphWriter g({1, 3, 4, 5});
  const std::string map = g.node("Relu", {"x"});
  g.model.outputs.clear();
  const auto odd = [&](const std::string& type, const std::string& name,
                       const std::string& domain) {
    const std::string out = g.node(type, {map});
    g.model.nodes.back().name = name;
    g.model.nodes.back().domain = domain;
    return out;
  };
  for (const std::string name : {"a", "b\n", "", "d", "e", "f"})
    g.model.outputs.push_back(odd("One", name, "com.acme"));
  for (const std::string name : {"a", "b", "c", "d"})
    g.model.outputs.push_back(odd("Two", name, ""));
  g.model.outputs.push_back(g.node("Relu", {odd("One", "z", "")}));
  const std::vector<std::string> notes = {
      "Not counted: 6 of com.acme.One (a, b?, node 4, d, and 2 more).",
      "Not counted: 4 of Two (a, b, c, d).", "Not counted: 1 of One (z).",
      "Not counted: 1 nodes after them, whose shapes depend on the data."};
  CHECK(notes_of(g.model) == notes);
}

TEST_CASE("convolutions with the biases of batch norms are told", "[onnx]") {
  const auto note = [](const std::string& weight, const std::string& bias, bool norm = false) {
    GraphWriter g({1, 3, 4, 5});
    g.model.weights = {{weight, {1600, 3, 1, 1}}, {bias, {1600}}};
    std::string out = g.node("Conv", {"x", weight, bias});
    out = g.node("Conv", {out, g.weight({4, 1600, 1, 1})});
    if (norm)
      out = g.node("BatchNormalization",
                   {out, g.weight({4}), g.weight({4}), g.weight({4}), g.weight({4})});
    g.model.outputs = {out};
    const std::vector<std::string> notes = notes_of(g.model);
    return notes.empty() ? "" : notes[0];
  };
  const std::string folded =
      "Batch norms are folded into 1 convolutions, whose biases count as params. Unfolded, at the "
      "file's widths, the network has 1,600 params more.";
  CHECK(note("onnx::Conv_1", "onnx::Conv_2") == folded);
  CHECK(note("w", "BatchNorm_fused_bias") == folded);
  CHECK(note("w", "b").empty());
  CHECK(note("onnx::Conv_1", "onnx::Conv_2", true).empty());
}

TEST_CASE("the maker of a file and its opset are the source of the spec", "[onnx]") {
  const auto source = [](const std::string& maker, const std::string& version, std::int64_t opset) {
    TestModel model = image_model({{"Relu", {"x"}, {"y"}}});
    model.opset = opset;
    std::string bytes = encode(model);
    protozero::pbf_writer file(bytes);
    if (!maker.empty()) file.add_string(2, maker);
    if (!version.empty()) file.add_string(3, version);
    return onnx::read_model_bytes(bytes, "dir/net.v2.onnx").source;
  };
  CHECK(source("", "", 13) == "ONNX opset 13");
  CHECK(source("maker", "1.2", 13) == "ONNX opset 13, maker 1.2");
  CHECK(source("", "", 0) == "ONNX opset 0");
  for (const std::int64_t opset : {1, 6})
    CHECK_THROWS_WITH(source("", "", opset),
                      "dir/net.v2.onnx: error: opset " + std::to_string(opset) +
                          " is older than 7; convert the file with ONNX's version converter");
  CHECK(source("maker", "", 7) == "ONNX opset 7, maker");
  CHECK(source("ma\nker \x7F", "\xC3\xA4", 13) == "ONNX opset 13, ma?ker ? ??");
  CHECK(source(std::string(70, 'm'), "", 13) == "ONNX opset 13, " + std::string(60, 'm'));
  CHECK(onnx::read_model_bytes(encode(image_model({{"Relu", {"x"}, {"y"}}})), "dir/net.v2.onnx")
            .name == "net.v2");
}

TEST_CASE("an output of an unknown operator that nothing reads needs no sizes", "[onnx]") {
  TestNode odd = {.type = "Odd", .inputs = {"x"}, .outputs = {"a", "b"}};
  odd.domain = "com.acme";
  TestModel model = image_model({odd, {.type = "Relu", .inputs = {"a"}, .outputs = {"y"}}});
  model.stated = {{"a", {1, 8, 4, 5}}};
  CHECK(items_of(model) == "unsupported: {channels: 8, height: 4, width: 5}; relu -> 8x4x5");
}
