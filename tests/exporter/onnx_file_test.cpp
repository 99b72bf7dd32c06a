// SPDX-License-Identifier: Apache-2.0
// The bytes of ONNX files: fields by their numbers in onnx.proto.
#include <fmt/core.h>

#include <cstring>
#include <set>

#include "core/text.hpp"
#include "exporter/export_onnx.hpp"
#include "exporter/graph_text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
using exporter::OnnxGraph;

namespace {

std::uint64_t read_varint(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(0));
    bytes.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 127U) << shift;
    if (byte < 128) return number;
  }
}

// Fields that are messages, by their path from the model.
const std::set<std::string> kMessages = {
    "7",      "8",        "14",         "7.1",         "7.1.5",        "7.5",
    "7.5.13", "7.11",     "7.11.2",     "7.11.2.1",    "7.11.2.1.2",   "7.11.2.1.2.1",
    "7.12",   "7.12.2",   "7.12.2.1",   "7.12.2.1.2",  "7.12.2.1.2.1", "7.13",
    "7.13.2", "7.13.2.1", "7.13.2.1.2", "7.13.2.1.2.1"};

// A line for each field that isn't a message: "7.1.3=name".
void add_fields(std::string_view bytes, const std::string& path, std::string& text) {
  while (!bytes.empty()) {
    const std::uint64_t key = read_varint(bytes);
    const std::string field = (path.empty() ? "" : path + ".") + std::to_string(key >> 3U);
    if ((key & 7U) == 0) {
      text += fmt::format("{}={}\n", field, static_cast<std::int64_t>(read_varint(bytes)));
    } else if ((key & 7U) == 5) {
      float number = 0;
      std::memcpy(&number, bytes.data(), 4);
      bytes.remove_prefix(4);
      text += fmt::format("{}={}f\n", field, number);
    } else {
      REQUIRE((key & 7U) == 2);
      const std::size_t size = read_varint(bytes);
      REQUIRE(size <= bytes.size());
      const std::string_view part = bytes.substr(0, size);
      bytes.remove_prefix(size);
      if (kMessages.contains(field)) {
        text += field + ":\n";
        add_fields(part, field, text);
      } else if (field == "7.5.9" || (path == "tensor" && field == "tensor.9")) {
        text += field + "=";
        for (const char c : part) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
        text += "\n";
      } else {
        text += fmt::format("{}={}\n", field, part);
      }
    }
  }
}

std::string field_lines(std::string_view bytes, const std::string& path = {}) {
  std::string text;
  add_fields(bytes, path, text);
  return text;
}

std::vector<interpreter::LayerWeights> some_weights() {
  std::vector<interpreter::LayerWeights> weights(2);
  weights[0].kernel = {9, 0.5F, -2};
  weights[1].shift = {1};
  return weights;
}

OnnxGraph some_graph() {
  OnnxGraph graph;
  graph.name = "net";
  graph.nodes = {{"Conv",
                  "a",
                  "o",
                  {"x", "w"},
                  {{"axis", std::int64_t{-1}},
                   {"alpha", 0.25F},
                   {"mode", std::string("edge")},
                   {"pads", exporter::Numbers{1, 2}}},
                  0,
                  "said"},
                 {"Relu", "b", "b", {"o"}, {}, 1, ""}};
  graph.inputs = {{"x", {1, 3}, "seen"}};
  graph.outputs = {{"b", {5}, ""}};
  graph.values = {{"o", {7, 8}, ""}};
  graph.tensors = {{"w", {2, 1}, exporter::WeightPart{0, exporter::kKernel, 1}},
                   {"c", {2}, std::vector<std::int64_t>{1, 258}},
                   {"f", {1}, std::vector<float>{0.5F}},
                   {"s", {1}, exporter::WeightPart{1, exporter::kShift, 0}}};
  return graph;
}

std::string written_file(const OnnxGraph& graph, const exporter::OnnxFile& file) {
  std::string bytes;
  exporter::write_onnx(graph, file, some_weights(),
                       [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

const std::string kNodes =
    "7.1:\n7.1.1=x\n7.1.1=w\n7.1.2=o\n7.1.3=a\n7.1.4=Conv\n"
    "7.1.5:\n7.1.5.1=axis\n7.1.5.3=-1\n7.1.5.20=2\n"
    "7.1.5:\n7.1.5.1=alpha\n7.1.5.2=0.25f\n7.1.5.20=1\n"
    "7.1.5:\n7.1.5.1=mode\n7.1.5.4=edge\n7.1.5.20=3\n"
    "7.1.5:\n7.1.5.1=pads\n7.1.5.8=1\n7.1.5.8=2\n7.1.5.20=7\n"
    "7.1.6=said\n"
    "7.1:\n7.1.1=o\n7.1.2=b\n7.1.3=b\n7.1.4=Relu\n"
    "7.2=net\n";
const std::string kValues =
    "7.11:\n7.11.1=x\n7.11.3=seen\n7.11.2:\n7.11.2.1:\n7.11.2.1.1=1\n7.11.2.1.2:\n"
    "7.11.2.1.2.1:\n7.11.2.1.2.1.1=1\n7.11.2.1.2.1:\n7.11.2.1.2.1.1=3\n"
    "7.12:\n7.12.1=b\n7.12.2:\n7.12.2.1:\n7.12.2.1.1=1\n7.12.2.1.2:\n"
    "7.12.2.1.2.1:\n7.12.2.1.2.1.1=5\n"
    "7.13:\n7.13.1=o\n7.13.2:\n7.13.2.1:\n7.13.2.1.1=1\n7.13.2.1.2:\n"
    "7.13.2.1.2.1:\n7.13.2.1.2.1.1=7\n7.13.2.1.2.1:\n7.13.2.1.2.1.1=8\n";
const std::string kConstants =
    "7.5:\n7.5.1=2\n7.5.2=7\n7.5.8=c\n7.5.9=01000000000000000201000000000000\n"
    "7.5:\n7.5.1=1\n7.5.2=1\n7.5.8=f\n7.5.9=0000003f\n";

}  // namespace

TEST_CASE("a file has the fields of onnx.proto", "[export]") {
  CHECK(field_lines(
            written_file(some_graph(), {.opset = 18,
                                        .producer_version = "1.2",
                                        .metadata = {{"license", "MIT"}, {"from", "here"}}})) ==
        "1=8\n2=archcost\n3=1.2\n7:\n" + kNodes +
            "7.5:\n7.5.1=2\n7.5.1=1\n7.5.2=1\n7.5.8=w\n7.5.9=0000003f000000c0\n" + kConstants +
            "7.5:\n7.5.1=1\n7.5.2=1\n7.5.8=s\n7.5.9=0000803f\n" + kValues +
            "8:\n8.1=\n8.2=18\n14:\n14.1=license\n14.2=MIT\n14:\n14.1=from\n14.2=here\n");
}

TEST_CASE("weights are zeros, or in another file from their offset on", "[export]") {
  CHECK(field_lines(
            written_file(some_graph(), {.opset = 14, .weights = exporter::WeightMode::kZero})) ==
        "1=7\n2=archcost\n3=\n7:\n" + kNodes +
            "7.5:\n7.5.1=2\n7.5.1=1\n7.5.2=1\n7.5.8=w\n7.5.9=0000000000000000\n" + kConstants +
            "7.5:\n7.5.1=1\n7.5.2=1\n7.5.8=s\n7.5.9=00000000\n" + kValues + "8:\n8.1=\n8.2=14\n");
  const std::string external =
      "7.5:\n7.5.1=2\n7.5.1=1\n7.5.2=1\n7.5.8=w\n"
      "7.5.13:\n7.5.13.1=location\n7.5.13.2=net.data\n"
      "7.5.13:\n7.5.13.1=offset\n7.5.13.2=0\n7.5.13:\n7.5.13.1=length\n7.5.13.2=8\n7.5.14=1\n" +
      kConstants +
      "7.5:\n7.5.1=1\n7.5.2=1\n7.5.8=s\n"
      "7.5.13:\n7.5.13.1=location\n7.5.13.2=net.data\n"
      "7.5.13:\n7.5.13.1=offset\n7.5.13.2=8\n7.5.13:\n7.5.13.1=length\n7.5.13.2=4\n7.5.14=1\n";
  for (const auto mode : {exporter::WeightMode::kNone, exporter::WeightMode::kRandom}) {
    CHECK(field_lines(
              written_file(some_graph(), {.opset = 21, .weights = mode, .external = "net.data"})) ==
          "1=10\n2=archcost\n3=\n7:\n" + kNodes + external + kValues + "8:\n8.1=\n8.2=21\n");
  }
  const auto second = [](exporter::WeightMode mode) {
    std::string bytes, text;
    exporter::write_external_weights(some_graph(), mode, some_weights(),
                                     [&](std::string_view piece) { bytes += piece; });
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
  };
  CHECK(second(exporter::WeightMode::kRandom) == "0000003f000000c00000803f");
  CHECK(second(exporter::WeightMode::kZero) == "000000000000000000000000");
  CHECK(exporter::weight_bytes(some_graph()) == 12);
  CHECK(exporter::weight_bytes({}) == 0);
}

TEST_CASE("many zeros are as many as the sizes say", "[export]") {
  for (const std::int64_t count : {1, 16383, 16384, 16385, 32768, 40000}) {
    INFO(count);
    OnnxGraph graph;
    graph.tensors = {{"w", {count}, exporter::WeightPart{0, exporter::kKernel, 0}}};
    std::string bytes;
    exporter::write_external_weights(graph, exporter::WeightMode::kZero, {},
                                     [&](std::string_view piece) { bytes += piece; });
    CHECK(bytes == std::string(static_cast<std::size_t>(4 * count), '\0'));
  }
}

TEST_CASE("tensors of many lengths follow each other", "[export]") {
  OnnxGraph graph;
  std::string expected;
  for (const std::int64_t count : {1, 30, 31, 32, 200, 2}) {
    graph.tensors.push_back({"t", {count}, std::vector<float>(static_cast<std::size_t>(count), 1)});
    expected += fmt::format("7.5:\n7.5.1={}\n7.5.2=1\n7.5.8=t\n7.5.9=", count);
    for (std::int64_t k = 0; k < count; ++k) expected += "0000803f";
    expected += "\n";
  }
  CHECK(field_lines(written_file(graph, {})) ==
        "1=8\n2=archcost\n3=\n7:\n7.2=\n" + expected + "8:\n8.1=\n8.2=17\n");
}

TEST_CASE("each opset has the version of the format that came with it", "[export]") {
  std::string versions;
  for (int opset = exporter::kOldestOpset; opset <= exporter::kNewestOpset; ++opset) {
    const std::string text = field_lines(written_file({}, {.opset = opset}));
    versions += text.substr(2, text.find('\n') - 2) + " ";
    CHECK(contains(text, fmt::format("\n8:\n8.1=\n8.2={}\n", opset)));
  }
  CHECK(versions == "7 7 8 8 8 8 9 9 10 ");
}

TEST_CASE("a tensor is a file of its own", "[export]") {
  CHECK(field_lines(exporter::encode_tensor({"input_0", {1, 2}, ""}, {1, -2}), "tensor") ==
        "tensor.1=1\ntensor.1=2\ntensor.2=1\ntensor.8=input_0\ntensor.9=0000803f000000c0\n");
}

TEST_CASE("batch norms and scales are folded into what only they read", "[export]") {
  const auto folded = [](const std::string& layers) {
    const graph::Network network = network_of(spec_with(layers, "4x3x2"));
    std::string text;
    const auto into = exporter::folded_layers(network);
    CHECK(into.size() == network.layers.size());
    for (std::size_t k = 0; k < into.size(); ++k) {
      if (into[k] != -1)
        text += network.layers[k].name + ">" +
                network.layers[static_cast<std::size_t>(into[k])].name + " ";
    }
    return text;
  };
  CHECK(folded("  - batch_norm\n  - conv: {name: a, out: 4}\n  - batch_norm: {name: b}\n"
               "  - scale: {name: c}\n  - relu\n  - batch_norm: {name: d}\n") == "b>a c>a ");
  CHECK(folded("  - conv: {name: a, out: 4}\n  - batch_norm: {name: b}\n  - scale: {name: c, from: "
               "a}\n  - add: {from: [b, c]}\n")
            .empty());
  CHECK(folded("  - conv: {name: a, out: 4}\n  - batch_norm: {name: b}\n  - scale: {name: c}\n"
               "outputs: [b, c]\n") == "b>a ");
  CHECK(
      folded("  - conv: {name: a, out: 4}\n  - batch_norm: {name: b}\noutputs: [a, b]\n").empty());
  // Not where weights are shared.
  CHECK(folded("  - conv: {name: a, out: 4}\n  - batch_norm: {name: b}\n"
               "  - conv: {name: c, out: 4, weights_of: a}\n  - batch_norm: {name: d}\n")
            .empty());
  CHECK(folded("  - conv: {name: a, out: 4}\n  - batch_norm: {name: b}\n"
               "  - conv: {name: c, out: 4}\n  - batch_norm: {name: d, weights_of: b}\n"
               "  - conv_transpose: {name: e, out: 4, kernel: 1}\n  - batch_norm: {name: f}\n") ==
        "f>e ");
}

TEST_CASE("a folded layer's output has the name of the last one in it", "[export]") {
  const graph::Network network = network_of(
      "name: net\ninput: {channels: 4, height: 3, width: 2}\n"
      "layers:\n"
      "  - conv: {name: a, out: 3}\n"
      "  - batch_norm: {name: b}\n"
      "  - scale: {name: c}\n"
      "  - input: {name: more, channels: 3, height: 3, width: 2}\n"
      "  - add: {name: d, from: [c, more]}\n"
      "  - conv_transpose: {name: e, out: 2, kernel: [4, 1], stride: [5, 1], pad: same_tf}\n"
      "  - batch_norm: {name: f}\n"
      "  - linear: {name: g, out: 1, per_position: true, bias: false}\n"
      "  - scale: {name: i}\n"
      "  - slice: {name: j, channels: 1, from: f}\n"
      "  - slice: {name: k, channels: 2, from: c}\n"
      "outputs: [i, j, k]\n");
  exporter::OnnxGraph graph = exporter::onnx_graph(network, 17, exporter::folded_layers(network));
  CHECK(graph.name == "net");
  CHECK(graph_text(graph) == R"text(input input [1, 4, 3, 2]
input more [1, 3, 3, 2]  # layer 1
a: Conv(input, a.weight, a.bias) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] -> c [1, 3, 3, 2]
d: Add(c, more) [1, 3, 3, 2]
e/conv_transpose: ConvTranspose(d, e.weight, e.bias) kernel_shape=[4, 1] strides=[5, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] output_padding=[1, 0] -> f [1, 2, 15, 2]  # roles NCHW; inputs d; out 2; kernel [4, 1]; stride [5, 1]; dilation [1, 1]; groups 1; pad same_tf; output_pad [0, 0]; bias true
f/channels_last: Transpose(f) perm=[0, 2, 3, 1] [1, 15, 2, 2]
g/linear/Transpose: Transpose(g.weight) perm=[1, 0] [2, 1]
g/linear/MatMul: MatMul(f/channels_last, g/linear/Transpose) [1, 15, 2, 1]
g/linear: Add(g/linear/MatMul, g.bias) -> i [1, 15, 2, 1]  # roles NHWC; inputs e; out 1; bias true; per_position true
j/slice: Slice(f, constant/0, constant/1, constant/1) -> j [1, 1, 15, 2]  # roles NCHW; inputs e; channels 1; start 0
k/slice: Slice(c, constant/0, constant/2, constant/1) -> k [1, 2, 3, 2]  # roles NCHW; inputs a; channels 2; start 0
i/channels_first: Transpose(i) perm=[0, 3, 1, 2] [1, 1, 15, 2]
output i/channels_first [1, 1, 15, 2]
output j [1, 1, 15, 2]
output k [1, 2, 3, 2]
a.weight [3, 4, 1, 1]: kernel of layer 0 from 0
a.bias [3]: bias of layer 0 from 0
e.weight [3, 2, 4, 1]: kernel of layer 5 from 0
e.bias [2]: bias of layer 5 from 0
g.weight [1, 2]: kernel of layer 7 from 0
g.bias [1]: bias of layer 7 from 0
constant/0 [1]: 0
constant/1 [1]: 1
constant/2 [1]: 2
)text");
  // Without folding its place is another one.
  graph = exporter::onnx_graph(network, 17);
  CHECK(graph.inputs[1].doc == "layer 3");
}

TEST_CASE("nodes have the costs of their layers for viewers", "[export]") {
  const spec::ArchSpec spec =
      spec::read_spec_text("net.yaml",
                           spec_with("  - conv: {name: c, out: 2}\n  - linear: {name: a, out: 3, "
                                     "per_position: true}\n  - slice: {name: b, channels: "
                                     "2}\n",
                                     "4x3x2"),
                           ".");
  graph::BuildOptions options;
  options.batch = 2;
  const graph::Network network = graph::build_network(spec, options);
  OnnxGraph graph = exporter::onnx_graph(network, 17);
  exporter::add_cost_attributes(network, graph);
  CHECK(graph_text(graph) == R"text(input input [2, 4, 3, 2]
c: Conv(input, c.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] archcost_params=8 archcost_macs=96 archcost_activations=24 archcost_output=2x3x2 [2, 2, 3, 2]
c/channels_last: Transpose(c) perm=[0, 2, 3, 1] [2, 3, 2, 2]
a/Transpose: Transpose(a.weight) perm=[1, 0] [2, 3]
a/MatMul: MatMul(c/channels_last, a/Transpose) [2, 3, 2, 3]
a: Add(a/MatMul, a.bias) archcost_params=9 archcost_macs=72 archcost_activations=36 archcost_output=3x3x2 [2, 3, 2, 3]
a/channels_first: Transpose(a) perm=[0, 3, 1, 2] [2, 3, 3, 2]
b/slice: Slice(a/channels_first, constant/0, constant/2, constant/1) archcost_params=0 archcost_macs=0 archcost_activations=24 archcost_output=2x3x2 -> b [2, 2, 3, 2]  # roles NCHW; inputs a; channels 2; start 0
output b [2, 2, 3, 2]
c.weight [2, 4, 1, 1]: kernel of layer 0 from 0
a.weight [3, 2]: kernel of layer 1 from 0
a.bias [3]: bias of layer 1 from 0
constant/0 [1]: 0
constant/2 [1]: 2
constant/1 [1]: 1
)text");
}
