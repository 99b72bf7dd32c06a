// SPDX-License-Identifier: Apache-2.0
// What archcost writes of its layers into the nodes of an ONNX file, and texts that aren't such.
#include <protozero/pbf_writer.hpp>

#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using protozero::pbf_writer;

struct DescribedNode {
  std::string type, name, doc;
  std::vector<std::string> inputs;
  std::string output;
};

// A file of archcost with these nodes over an image of 6x4x5.
std::string described_items(const std::vector<DescribedNode>& nodes,
                            const std::string& producer = "archcost") {
  TestModel model = image_model({}, {1, 6, 4, 5});
  model.weights = {{"w", {7, 6, 1, 1}}, {"v", {5, 7, 1, 1}}};
  model.outputs = {nodes.back().output};
  std::string graph = encode_graph(model), bytes;
  {
    pbf_writer writer(graph);
    for (const DescribedNode& described : nodes) {
      pbf_writer node(writer, 1);
      for (const std::string& input : described.inputs) node.add_string(1, input);
      node.add_string(2, described.output);
      node.add_string(3, described.name);
      node.add_string(4, described.type);
      node.add_string(6, described.doc);
    }
  }
  {
    pbf_writer file(bytes);
    file.add_string(2, producer);
    file.add_message(7, graph);
  }
  {
    pbf_writer file(bytes), opset(file, 8);
    opset.add_string(1, "");
    opset.add_int64(2, 13);
  }
  try {
    return items_of(onnx::read_model_bytes(bytes, "net.onnx"));
  } catch (const Error& error) {
    return error.what();
  }
}

// One node that stands for a layer of elements.
std::string pointwise_of(const std::string& doc, const std::string& name = "p/pointwise",
                         const std::string& producer = "archcost") {
  return described_items({{"Relu", name, doc, {"x"}, "y"}}, producer);
}

}  // namespace

TEST_CASE("a node that describes its layer is this layer", "[onnx]") {
  CHECK(pointwise_of("roles NCHW; inputs input") == "pointwise: {name: p} -> 6x4x5");
  CHECK(pointwise_of("roles NCHW; inputs input; elementwise 3") ==
        "pointwise: {name: p, elementwise: 3} -> 6x4x5");
  CHECK(pointwise_of("roles NCHW;inputs input;elementwise 3;compares 2") ==
        "pointwise: {name: p, elementwise: 3, compares: 2} -> 6x4x5");
  CHECK(pointwise_of("roles NCHW; inputs input; learned channels") ==
        "pointwise: {name: p, learned: channels} -> 6x4x5");
  CHECK(pointwise_of("roles NCHW; inputs input; elementwise 3", "a.p/pointwise/Relu") ==
        "stage: {name: a, layers: [pointwise: {name: p, elementwise: 3}]} -> 6x4x5");
}

TEST_CASE("texts that describe no layer leave the node as it is, or uncounted", "[onnx]") {
  const std::string begin = "roles NCHW; inputs input; ";
  CHECK(pointwise_of("") == "relu: {name: p} -> 6x4x5");
  CHECK(pointwise_of("Roles NCHW; inputs input") == "relu: {name: p} -> 6x4x5");
  CHECK(pointwise_of(begin + "elementwise 3", "p/odd") == "relu: {name: p} -> 6x4x5");
  CHECK(pointwise_of(begin + "elementwise 3", "pointwise") == "relu: {name: pointwise} -> 6x4x5");
  CHECK(pointwise_of(begin + "elementwise 3", "p/pointwise", "other") ==
        "relu: {name: p} -> 6x4x5");
  CHECK(pointwise_of("roles NCHW") ==
        "unsupported: {name: p, channels: 6, height: h, width: w} -> 6x4x5");
  CHECK(pointwise_of("roles NCH; inputs input") ==
        "unsupported: {name: p, channels: 6, height: h, width: w} -> 6x4x5");
  CHECK(pointwise_of("roles NCHWC; inputs input") ==
        "unsupported: {name: p, channels: 6, height: h, width: w} -> 6x4x5");
  CHECK(pointwise_of("roles NCHW; inputs other") ==
        "unsupported: {name: p, channels: 6, height: h, width: w} -> 6x4x5");
  CHECK(pointwise_of(begin + "other 3") ==
        "unsupported: {name: p, channels: 6, height: h, width: w} -> 6x4x5");
  for (const std::string value : {"1 + 2", "max(1, 2)", "[1", "1]", "", "(", "-a", "- (1 + 2)"}) {
    INFO(value);
    CHECK(pointwise_of(begin + "elementwise " + value) ==
          "unsupported: {name: p, channels: 6, height: h, width: w} -> 6x4x5");
  }
}

TEST_CASE("layers of several nodes, of several inputs and with channels of their own", "[onnx]") {
  // The last one of the nodes says what they are.
  CHECK(described_items(
            {{"Relu", "a/pointwise/Relu", "", {"x"}, "t"},
             {"Tanh", "a/pointwise/Tanh", "roles NCHW; inputs input; compares 1", {"t"}, "y"}}) ==
        "pointwise: {name: a, compares: 1} -> 6x4x5");
  CHECK(described_items({{"Relu", "r", "", {"x"}, "r"},
                         {"Conv", "c/conv/Conv", "roles NCHW; inputs r; out 7", {"r", "w"}, "t"},
                         {"Tanh", "t", "", {"t"}, "y"}}) ==
        "relu: {name: r}; conv: {name: c, out: 7}; tanh: {name: t} -> 7x4x5");
  CHECK(described_items({{"Relu", "r", "", {"x"}, "r"},
                         {"Tanh", "t", "", {"x"}, "t"},
                         {"Max", "m/add/Max", "roles NCHW; inputs r t", {"r", "t"}, "y"}}) ==
        "relu: {name: r}; tanh: {name: t, from: input}; add: {name: m, from: [r, t]} -> 6x4x5");
  CHECK(described_items(
            {{"Conv", "c", "", {"x", "w"}, "c"},
             {"Relu", "s/channel_shuffle/Relu", "roles NCHW; inputs c; groups 7", {"c"}, "s"},
             {"Tanh", "t", "", {"s"}, "y"}}) ==
        "conv: {name: c, out: 7}; channel_shuffle: {name: s, groups: 7}; tanh: {name: t} -> 7x4x5");
  for (const std::string value : {"7", "1"}) {
    CHECK(described_items({{"Conv", "c", "", {"x", "w"}, "c"},
                           {"Relu",
                            "s/channel_shuffle/Relu",
                            "roles NCHW; inputs c; groups " + value,
                            {"c"},
                            "s"},
                           {"Conv", "d", "", {"s", "v"}, "y"}}) ==
          (value == "7" ? "w1 % 7; " : "") +
              ("conv: {name: c, out: w1}; channel_shuffle: {name: s, groups: " + value) +
              "}; conv: {name: d, out: 5} -> 5x4x5");
  }
}
