// SPDX-License-Identifier: Apache-2.0
// Channels that are not where an image has them, and patterns that only look like a layer.
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/reader.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct Imported {
  std::string kinds;  ///< of the layers in their order, after a blank each
  std::int64_t params = 0, macs = 0;
  std::string notes, output;
};

Imported imported(const TestModel& model) {
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(model), "net.onnx");
  const graph::Network network = graph::build_network(spec);
  const LayerCost cost = cost::count(network).total.cost;
  Imported result = {"", cost.params.value(), cost.macs.value(), join(spec.notes, " "),
                     to_string(network.layers.back().output)};
  for (const graph::Layer& layer : network.layers)
    result.kinds += (result.kinds.empty() ? "" : " ") + std::string(layer.kind->name);
  return result;
}

// Along the last dimension of 16: the mean, what is left, its square, and the quotient "o".
std::vector<TestNode> written_out_norm() {
  const std::vector<std::pair<std::string, std::vector<std::int64_t>>> axes = {{"axes", {-1}}};
  return {{"Relu", {"x"}, {"a"}},
          {"ReduceMean", {"a"}, {"m"}, axes},
          {"Sub", {"a", "m"}, {"d"}},
          {"Pow", {"d", "two"}, {"q"}},
          {"ReduceMean", {"q"}, {"v"}, axes},
          {"Add", {"v", "epsilon"}, {"s"}},
          {"Sqrt", {"s"}, {"r"}},
          {"Div", {"d", "r"}, {"o"}}};
}

TestModel norm_model(const std::vector<TestNode>& after,
                     const std::vector<std::int64_t>& factors = {16}) {
  std::vector<TestNode> nodes = written_out_norm();
  nodes.insert(nodes.end(), after.begin(), after.end());
  TestModel model = image_model(nodes, {1, 10, 16});
  model.reals = {{"two", {2}}, {"epsilon", {1e-5F}}};
  model.weights = {{"g", factors}, {"b", factors}};
  return model;
}

}  // namespace

TEST_CASE("norms have their channels in the second dimension", "[onnx]") {
  const auto norm = [](const TestNode& node, std::vector<TestDimension> input,
                       std::int64_t channels) {
    TestModel model = image_model({node}, std::move(input));
    model.weights = {{"w", {channels}}};
    return imported(model);
  };
  const TestNode batch_norm = {"BatchNormalization", {"x", "w", "w", "w", "w"}, {"y"}},
                 instance_norm = {"InstanceNormalization", {"x", "w", "w"}, {"y"}};
  for (const TestNode& node : {batch_norm, instance_norm}) {
    INFO(node.type);
    CHECK(norm(node, {1, 5, 7}, 5).params == 10);
    CHECK(norm(node, {1, 5, 7, 9}, 5).params == 10);
    CHECK(norm(node, {4, 5, 7}, 5).params == 10);
  }
  CHECK(norm(batch_norm, {1, 5}, 5).params == 10);
  // Exported in training mode: nothing reads the statistics, whose shapes are not inferred.
  const TestNode training = {"BatchNormalization", {"x", "w", "w", "w", "w"}, {"y", "m", "v"}};
  CHECK(norm(training, {1, 5, 7, 9}, 5).kinds == "batch_norm");
  CHECK(norm(training, {1, 5, 7, 9}, 5).params == 10);
  // Transposed, the rows are the channels.
  TestModel turned = image_model({{"Transpose", {"x"}, {"t"}, {{"perm", {0, 2, 3, 1}}}},
                                  {"BatchNormalization", {"t", "w", "w", "w", "w"}, {"y"}}},
                                 {1, 3, 8, 9});
  turned.weights = {{"w", {8}}};
  CHECK(imported(turned).kinds == "rearrange batch_norm");
  CHECK(imported(turned).params == 16);
}

TEST_CASE("blocks move between the second dimension and the image", "[onnx]") {
  TestModel model = image_model({{"Transpose", {"x"}, {"t"}, {{"perm", {0, 2, 3, 1}}}},
                                 {"DepthToSpace", {"t"}, {"y"}, {{"blocksize", {2}}}}},
                                {1, 3, 8, 8});
  const graph::Network network =
      graph::build_network(onnx::read_model_bytes(encode(model), "net.onnx"));
  CHECK(to_string(network.layers.back().output) == "2x16x6");
}

TEST_CASE("a layer norm that is written out is one layer", "[onnx]") {
  const Imported plain = imported(
      norm_model({{"Mul", {"o", "g"}, {"p"}}, {"Add", {"p", "b"}, {"n"}}, {"Relu", {"n"}, {"y"}}}));
  CHECK(plain.kinds == "relu layer_norm relu");
  CHECK(plain.params == 32);
}

TEST_CASE("what else reads the inside of a layer norm is not lost", "[onnx]") {
  const Imported both = imported(norm_model(
      {{"Mul", {"o", "g"}, {"p"}}, {"Add", {"p", "b"}, {"n"}}, {"Add", {"n", "d"}, {"y"}}}));
  CHECK(both.kinds.find("layer_norm") == std::string::npos);
  CHECK(both.kinds.ends_with(" add"));
  CHECK(both.params == 32);
  CHECK(both.notes.empty());
  TestModel output = norm_model({{"Relu", {"o"}, {"y"}}});
  output.outputs = {"y", "d"};
  CHECK(imported(output).kinds.find("layer_norm") == std::string::npos);
}

TEST_CASE("factors that a layer norm doesn't have are counted by themselves", "[onnx]") {
  const Imported positions = imported(norm_model(
      {{"Mul", {"o", "g"}, {"p"}}, {"Add", {"p", "b"}, {"n"}}, {"Relu", {"n"}, {"y"}}}, {10, 16}));
  CHECK(positions.kinds.starts_with("relu layer_norm "));
  CHECK(positions.params == 320);
}

TEST_CASE("activations that are quantised as the network runs", "[onnx]") {
  TestModel model = image_model({{"Flatten", {"x"}, {"f"}},
                                 {"DynamicQuantizeLinear", {"f"}, {"q", "scale", "zero"}},
                                 {"MatMulInteger", {"q", "w", "zero"}, {"p"}},
                                 {"Mul", {"scale", "of_weights"}, {"s"}},
                                 {"Mul", {"p", "s"}, {"m"}},
                                 {"Relu", {"m"}, {"y"}}},
                                {1, 3, 8, 8});
  model.weights = {{"w", {192, 10}}};
  model.reals = {{"of_weights", {0.5F}}};
  const Imported quantised = imported(model);
  CHECK(quantised.kinds == "flatten linear pointwise relu");
  CHECK(quantised.params == 1920);
  CHECK(quantised.notes.empty());
}

TEST_CASE("fused operators become the layers that they stand for", "[onnx]") {
  const auto node = [](const std::string& type, std::vector<std::string> inputs,
                       const std::string& output, const std::string& activation,
                       std::vector<float> parameters = {}) {
    TestNode made = {type, std::move(inputs), {output}};
    made.texts = {{"activation", activation}};
    if (!parameters.empty()) made.reals = {{"activation_params", parameters}};
    made.domain = "com.microsoft";
    return made;
  };
  TestModel model = image_model({node("FusedConv", {"x", "w", "b"}, "c", "Clip", {0, 6}),
                                 node("FusedConv", {"c", "v", "b", "c"}, "d", "Relu"),
                                 {"Flatten", {"d"}, {"f"}},
                                 node("FusedGemm", {"f", "m"}, "y", "LeakyRelu")},
                                {1, 3, 4, 4});
  model.nodes.back().reals = {{"activation_alpha", {0.25F}}};
  model.weights = {{"w", {8, 3, 1, 1}}, {"b", {8}}, {"v", {8, 8, 1, 1}}, {"m", {128, 10}}};
  const Imported fused = imported(model);
  CHECK(fused.kinds == "conv relu6 conv add relu flatten linear leaky_relu");
  CHECK(fused.params == 8 * 3 + 8 + 8 * 8 + 8 + 128 * 10);
  CHECK(fused.notes.empty());
}

TEST_CASE("a fused product is a product of turned matrices", "[onnx]") {
  const auto product = [](std::vector<std::int64_t> a, std::vector<std::int64_t> b, bool turn_a,
                          bool turn_b, const std::string& domain = "com.microsoft") {
    TestModel model = image_model({{"FusedMatMul", {"a", "w"}, {"y"}}}, {1});
    model.inputs = {{"a", std::vector<TestDimension>(a.begin(), a.end())}};
    model.weights = {{"w", std::move(b)}};
    model.nodes[0].domain = domain;
    model.nodes[0].ints = {{"transA", {turn_a}}, {"transB", {turn_b}}};
    const Imported result = imported(model);
    return result.kinds + " " + result.output + " " + std::to_string(result.params);
  };
  CHECK(product({1, 10, 6}, {6, 4}, false, false) == "linear 4x10x1 24");
  CHECK(product({1, 10, 6}, {4, 6}, false, true) == "linear 4x10x1 24");
  CHECK(product({1, 6, 10}, {4, 6}, true, true) == "rearrange linear 4x10x1 24");
  CHECK(product({1, 10, 6}, {6}, false, true) == product({1, 10, 6}, {6}, false, false));
}

TEST_CASE("a group norm's pattern has no factors of its own inside", "[onnx]") {
  const auto norm = [](std::vector<float> inside, const std::vector<TestNode>& after = {},
                       bool constants = false) {
    std::vector<TestNode> nodes = {{"Reshape", {"x", "split"}, {"a"}},
                                   {"InstanceNormalization", {"a", "f", "o"}, {"b"}},
                                   {"Reshape", {"b", "joined"}, {after.empty() ? "y" : "c"}}};
    nodes.insert(nodes.end(), after.begin(), after.end());
    TestModel model = image_model(nodes, {1, 4, 5, 5});
    model.vectors = {{"split", {1, 2, -1}}, {"joined", {1, 4, 5, 5}}};
    model.weights = {{"g", {4, 1, 1}}, {"h", {4, 1, 1}}};
    if (constants) {
      model.nodes.insert(model.nodes.begin(),
                         {TestNode{"Constant", {}, {"f"}}, TestNode{"Constant", {}, {"o"}}});
      model.nodes[0].reals = {{"value_floats", {1, 1}}};
      model.nodes[1].reals = {{"value_floats", {0, 0}}};
    } else {
      model.reals = {{"f", std::move(inside)}, {"o", {0, 0}}};
    }
    const Imported result = imported(model);
    return result.kinds + " " + std::to_string(result.params);
  };
  const std::vector<TestNode> affine = {{"Mul", {"c", "g"}, {"d"}}, {"Add", {"d", "h"}, {"y"}}};
  CHECK(norm({1, 1}, affine) == "group_norm 8");
  CHECK(norm({1, 1}, affine, true) == "group_norm 8");
  CHECK(norm({}, {}, true) == "group_norm 0");
  CHECK(norm({1, 2}, affine) == "rearrange rearrange group_norm rearrange scale 12");
  CHECK(norm({1, 2}) == "rearrange rearrange group_norm rearrange 4");
  CHECK(norm({1, 1}) == "rearrange rearrange group_norm rearrange 4");
}

TEST_CASE("before opset 21 a group norm has a factor for each group", "[onnx]") {
  const auto norm = [](std::int64_t opset, std::int64_t factors) {
    TestModel model = image_model(
        {{"GroupNormalization", {"x", "g", "b"}, {"y"}, {{"num_groups", {2}}}}}, {1, 8, 5, 5});
    model.opset = opset;
    model.weights = {{"g", {factors}}, {"b", {factors}}};
    const Imported result = imported(model);
    return result.kinds + " " + std::to_string(result.params);
  };
  CHECK(norm(18, 2) == "group_norm pointwise 4");
  CHECK(norm(21, 8) == "group_norm 16");
}

TEST_CASE("padding of the axes that an input names", "[onnx]") {
  TestModel model = image_model({{"Pad", {"x", "pads", "", "axes"}, {"y"}}}, {1, 3, 4, 5});
  model.vectors = {{"pads", {1, 2, 3, 4}}, {"axes", {-1, 2}}};
  const Imported padded = imported(model);
  CHECK(padded.kinds == "pad");
  CHECK(padded.output == "3x10x9");
  CHECK(padded.notes.empty());
}

TEST_CASE("dimensions of 1 that grow become an image", "[onnx]") {
  const auto grown = [](const TestNode& last, std::vector<std::int64_t> form,
                        std::vector<std::int64_t> numbers) {
    TestModel model = image_model({{"Reshape", {"x", "form"}, {"v"}}, last}, {1, 8});
    model.vectors = {{"form", std::move(form)}, {"numbers", std::move(numbers)}};
    const Imported result = imported(model);
    CHECK(result.notes.empty());
    return result.kinds + " " + result.output;
  };
  const TestNode resize = {"Resize", {"v", "", "", "numbers"}, {"y"}},
                 pad = {"Pad", {"v", "numbers"}, {"y"}};
  CHECK(grown(resize, {1, 8, 1, 1}, {1, 8, 4, 4}) == "upsample 8x4x4");
  CHECK(grown(resize, {1, 8, 1, 1}, {1, 8, 1, 4}) == "upsample 8x1x4");
  CHECK(grown(resize, {1, 8, 1}, {1, 8, 4}) == "upsample 8x4x1");
  CHECK(grown(pad, {1, 8, 1, 1}, {0, 0, 2, 1, 0, 0, 2, 1}) == "pad 8x5x3");
  CHECK(grown({"DepthToSpace", {"v"}, {"y"}, {{"blocksize", {2}}}}, {1, 8, 1, 1}, {}) ==
        "reshape 2x2x2");
}

TEST_CASE("a class token comes before a single position too", "[onnx]") {
  TestModel model = image_model(
      {{"Unsqueeze", {"x", "axes"}, {"t"}}, {"Concat", {"token", "t"}, {"y"}, {{"axis", {1}}}}},
      {1, 8});
  model.vectors = {{"axes", {1}}};
  model.weights = {{"token", {1, 1, 8}}};
  const Imported tokens = imported(model);
  CHECK(tokens.kinds == "class_token");
  CHECK(tokens.output == "8x2x1");
  CHECK(tokens.params == 8);
}

TEST_CASE("a first dimension that isn't the batch is work for each of its images", "[onnx]") {
  TestModel model = image_model({{"Reshape", {"x", "frames"}, {"f"}},
                                 {"Conv", {"f", "w"}, {"c"}, {{"pads", {1, 1, 1, 1}}}},
                                 {"BatchNormalization", {"c", "s", "b", "m", "v"}, {"n"}},
                                 {"Relu", {"n"}, {"r"}},
                                 {"Conv", {"r", "d"}, {"e"}, {{"group", {16}}}},
                                 {"MaxPool", {"e"}, {"p"}, {{"kernel_shape", {2, 2}}}},
                                 {"Conv", {"p", "o", "q"}, {"y"}}},
                                {1, 8, 3, 32, 32});
  model.vectors = {{"frames", {8, 3, 32, 32}}};
  model.weights = {{"w", {16, 3, 3, 3}}, {"s", {16}},          {"b", {16}},           {"m", {16}},
                   {"v", {16}},          {"d", {16, 1, 1, 1}}, {"o", {10, 16, 1, 1}}, {"q", {10}}};
  const Imported frames = imported(model);
  const std::int64_t images = 8, area = 32 * 32;
  CHECK(frames.params == 16 * 27 + 2 * 16 + 16 + 160 + 10);
  CHECK(frames.macs == images * (16 * 27 * area + 16 * area + 160 * 31 * 31));
  CHECK(frames.output == "80x31x31");
  CHECK(frames.notes.empty());
}

TEST_CASE("padding of frames and rows is that of each", "[onnx]") {
  TestModel model = image_model({{"Pad", {"x", "pads"}, {"y"}}}, {1, 3, 4, 28, 28});
  model.vectors = {{"pads", {0, 0, 1, 1, 1, 0, 0, 1, 1, 1}}};
  CHECK(imported(model).output == "3x180x30");
}

TEST_CASE("a batch that becomes rows is told", "[onnx]") {
  const auto flattened = [](std::int64_t batch) {
    TestModel model = image_model({{"Flatten", {"x"}, {"f"}, {{"axis", {2}}}},
                                   {"MatMul", {"f", "w"}, {"p"}},
                                   {"Relu", {"p"}, {"y"}}},
                                  {batch, 3, 4, 5});
    model.weights = {{"w", {20, 7}}};
    return imported(model).notes;
  };
  CHECK(flattened(1).empty());
  CHECK(flattened(2) ==
        "The file's batch of 2 became rows or channels of 3 layers, which count all 2 images: "
        "export it with a batch of 1.");
  TestModel images =
      image_model({{"Flatten", {"x"}, {"f"}}, {"MatMul", {"f", "w"}, {"y"}}}, {2, 3, 4, 5});
  images.weights = {{"w", {60, 7}}};
  CHECK(imported(images).notes.empty());
}
