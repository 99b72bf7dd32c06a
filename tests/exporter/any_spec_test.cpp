// SPDX-License-Identifier: Apache-2.0
// Several tensors, shared weights and what no operator of ONNX says: exported, and read again.
#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "exporter/read_weights.hpp"
#include "exporter/round_trip.hpp"
#include "interpreter/reference.hpp"
#include "onnx/model.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// "a of b" for each layer that uses the weights of another one.
std::vector<std::string> sharing(const graph::Network& network) {
  std::vector<std::string> rows;
  for (const graph::Layer& layer : network.layers) {
    if (layer.weights_of)
      rows.push_back(layer.name + " of " +
                     network.layers[static_cast<std::size_t>(*layer.weights_of)].name);
  }
  return rows;
}

std::vector<std::string> outputs_of(const graph::Network& network) {
  std::vector<std::string> names;
  for (const graph::LayerId id : network.outputs)
    names.push_back(network.layers[static_cast<std::size_t>(id)].name);
  return names;
}

void check_round_trip(const graph::Network& network, int opset) {
  INFO(opset);
  const graph::Network again = imported(without_weights(network, opset));
  CHECK(changed_layers(network, again) == "");
  CHECK(sharing(again) == sharing(network));
  CHECK(outputs_of(again) == outputs_of(network));
}

}  // namespace

TEST_CASE("networks of several tensors are read again as they were exported", "[export]") {
  const std::string name = GENERATE("cbam_resnet50", "dpn68", "eca_resnet50", "hrnet_w18",
                                    "mobilevit_xs", "nasnet_a_mobile", "unet", "yolov5s");
  INFO(name);
  const graph::Network network =
      graph::build_network(spec::read_spec(source_dir() / "tests/families" / (name + ".yaml")));
  check_round_trip(network, 17);
}

TEST_CASE("specs of many forms are read again as they were exported", "[export]") {
  const std::string name = GENERATE("many_forms", "shared_weights");
  INFO(name);
  const graph::Network network = graph::build_network(
      spec::read_spec(source_dir() / "tests/exporter/specs" / (name + ".yaml")));
  for (const int opset : {13, 17, 21}) check_round_trip(network, opset);
}

TEST_CASE("what no operator of ONNX says is read again as it was exported", "[export]") {
  const std::string layers = GENERATE(
      "  - split: {parts: [3, 5], take: 2}\n  - split: {parts: 1, take: 1}\n",
      "  - slice: {channels: 4, start: 2}\n  - slice: {channels: 4}\n",
      "  - global_avg_pool\n  - flatten\n  - slice: {channels: 5, start: 1}\n"
      "  - split: {parts: [2, 3], take: 1}\n",
      "  - crop: {size: [9, 8]}\n  - crop: {size: 7, align: start}\n  - crop: {size: 6, align: "
      "end}\n"
      "  - crop: {size: 6}\n",
      "  - elu\n  - elu: {alpha: 0.3}\n",
      "  - adaptive_max_pool: {size: [5, 3]}\n  - adaptive_max_pool: {size: [10, 6]}\n",
      "  - adaptive_max_pool: {size: 8}\n  - adaptive_max_pool: {size: 1}\n",
      "  - upsample: {size: 32}\n  - upsample: {size: [40, 33], mode: bilinear}\n"
      "  - upsample: {size: [40, 33]}\n  - upsample: {factor: 1}\n",
      "  - conv_transpose: {out: 4, kernel: 4, stride: 2, pad: same_tf}\n"
      "  - conv_transpose: {out: 4, kernel: 1, stride: [2, 1], pad: same_tf, groups: 2, bias: "
      "true}\n"
      "  - conv: {out: 4, kernel: 3, stride: 2, dilation: 2, pad: same_tf}\n"
      "  - avg_pool: {kernel: 3, stride: 2, pad: same_tf}\n"
      "  - max_pool: {kernel: 2, stride: 2, pad: same_tf, ceil_mode: true}\n",
      "  - avg_pool: {kernel: 3, stride: 2, pad: 1, ceil_mode: true}\n"
      "  - pad: {pad: [20, 1, 0, 40], mode: reflect}\n  - lrn: {size: 4}\n",
      "  - add: {a: [], b: [global_avg_pool]}\n  - multiply: {a: [], b: [conv: {out: 1}]}\n"
      "  - add: {a: [conv: {out: 1}], b: [global_max_pool], c: []}\n"
      "  - multiply: {a: [conv: {out: 1}], b: [global_max_pool], c: []}\n"
      "  - multiply: {a: [conv: {out: 1}], b: [global_max_pool]}\n",
      "  - pointwise: {compares: 2}\n  - conv: {name: one, out: 1}\n"
      "  - pointwise: {from: [one, pointwise1], transcendentals: 1}\n"
      "  - unsupported: {channels: 3, height: 2, width: 5, from: [pointwise2, one]}\n",
      "  - reduce: {channels: true, width: true}\n  - reduce: {height: true}\n  - reduce\n",
      "  - rearrange: {channels: 8, height: 256}\n  - rearrange: {channels: 3, height: 5, width: "
      "7}\n"
      "  - rearrange: {channels: 4, height: 60, width: 3}\n",
      "  - multi_head_attention: {heads: 4, kv_heads: 2}\n"
      "  - multi_head_attention: {heads: 2, head_channels: 3, bias: false}\n"
      "  - multi_head_attention: {heads: 2, windows: 4}\n",
      "  - conv: {name: context, out: 6, stride: 2}\n"
      "  - multi_head_attention: {heads: 4, kv_heads: 1, from: [input, context]}\n"
      "  - add: {name: twice, from: [multi_head_attention, multi_head_attention]}\n"
      "  - multiply: {from: [twice, twice, twice]}\n",
      "  - add: {name: sum, a: [relu, conv: {out: 8}], b: [conv: {out: 8}], c: []}\n"
      "  - concat: {name: both, branches: [[], [relu, conv: {out: 2}], [sigmoid]]}\n"
      "  - conv: {out: 4, from: sum}\n  - conv: {out: 4, from: sum.a.relu}\n"
      "  - concat: {from: [conv1, conv2, both]}\n");
  INFO(layers);
  const graph::Network network = network_of(spec_with(layers));
  for (const int opset : {13, 17, 21}) check_round_trip(network, opset);
}

TEST_CASE("further inputs and outputs keep their places and names", "[export]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {name: stem, out: 4}\n"
                           "  - stage:\n      name: head\n      layers:\n"
                           "        - input: {name: mask, channels: 4, height: h, width: w}\n"
                           "        - multiply: {name: masked, from: [stem, mask]}\n"
                           "        - global_avg_pool\n        - linear: {out: 3}\n"
                           "outputs: [head.linear, stem, head.masked]\n"));
  check_round_trip(network, 17);
  const std::string bytes = without_weights(network);
  const onnx::Model model = onnx::parse_model(bytes);
  REQUIRE(model.graph.inputs.size() == 2);
  CHECK(model.graph.inputs[1].name == "head.mask");
  std::vector<std::string> outputs;
  for (const onnx::ValueInfo& value : model.graph.outputs) outputs.emplace_back(value.name);
  CHECK(outputs == std::vector<std::string>{"head.linear", "stem", "head.masked"});
  CHECK(outputs_of(imported(bytes)) == outputs);
}

TEST_CASE("what operators don't say is read again", "[export]") {
  const std::string layers = GENERATE(
      "  - conv: {out: 1, kernel: 3}\n  - layer_norm\n  - linear: {out: 1, per_position: true}\n"
      "  - scale: {bias: true}\n  - prelu\n  - group_norm: {groups: 1}\n"
      "  - linear: {out: 3, per_position: true}\n  - linear: {out: 1, per_position: true}\n"
      "  - global_avg_pool\n  - layer_norm: {over: all}\n  - position_embedding\n",
      "  - global_avg_pool\n  - layer_norm: {over: all}\n  - layer_norm: {over: all, affine: "
      "false}\n",
      "  - leaky_relu: {slope: -0.2}\n  - leaky_relu: {slope: -1/3}\n  - elu: {alpha: 1/3}\n"
      "  - elu: {alpha: 1e-3}\n  - dropout: {p: 1/3}\n  - dropout: {p: 0.12345}\n",
      "  - avg_pool: {kernel: 2, count_include_pad: false}\n  - pad: {pad: 0}\n",
      "  - max_pool: {kernel: 3, stride: 3, pad: [0, 0, 2, 2], ceil_mode: true}\n",
      "  - avg_pool: {kernel: 3, stride: 3, pad: [0, 0, 2, 2], ceil_mode: true}\n",
      "  - avg_pool: {kernel: 3, stride: 2, pad: same_tf, ceil_mode: true}\n");
  CAPTURE(layers);
  const graph::Network network = network_of(spec_with(layers));
  for (const int opset : {13, 17, 21}) check_round_trip(network, opset);
}

TEST_CASE("branches keep their names in the spec of an exported file", "[export]") {
  const graph::Network network = network_of(spec_with(
      "  - multiply: {name: m, map: [], gate: [conv: {out: 8}, sigmoid]}\n"
      "  - add: {name: s, identity: [relu, conv: {out: 8}], other: []}\n"
      "  - add: {name: t, branches: [[sigmoid], [group: {name: u, layers: [relu, tanh]}]]}\n"));
  const std::string text =
      spec::write_spec(onnx::read_model_bytes(without_weights(network), "net.onnx"));
  CHECK(contains(text, "      identity: []\n      gate:\n"));
  CHECK(contains(text, "      identity2: []\n"));
  CHECK(contains(text, "          - group: {name: u, layers: [relu, tanh]}\n"));
  CHECK(changed_layers(network,
                       graph::build_network(spec::read_spec_text("net.yaml", text, "."))) == "");
}

TEST_CASE("attention layers of the same weights have the same tensors", "[export]") {
  const graph::Network network = network_of(
      spec_with("  - multi_head_attention: {name: a, heads: 2}\n"
                "  - multi_head_attention: {name: b, heads: 2, windows: 2, weights_of: a}\n"));
  check_round_trip(network, 17);
  const std::string bytes = without_weights(network);
  std::vector<std::string> names;
  for (const onnx::TensorHeader& tensor : onnx::parse_model(bytes).graph.initializers) {
    if (tensor.name.starts_with("a.")) names.emplace_back(tensor.name);
  }
  CHECK(names == std::vector<std::string>{"a.q_proj.weight", "a.q_proj.bias", "a.k_proj.weight",
                                          "a.k_proj.bias", "a.v_proj.weight", "a.v_proj.bias",
                                          "a.out_proj.weight", "a.out_proj.bias"});
}

TEST_CASE("shared weights are one initializer, and folding leaves them", "[export]") {
  const graph::Network network = network_of(spec_with(
      "  - conv: {name: fine, out: 8}\n  - conv: {name: coarse, out: 8, stride: 2}\n"
      "  - group: {name: a, from: fine, layers: [conv: {out: 8, kernel: 3}, batch_norm, "
      "prelu, scale, multi_head_attention: {heads: 2}, layer_norm, "
      "linear: {out: 8, per_position: true}]}\n"
      "  - group: {name: b, from: coarse, weights_of: a, layers: [conv: {out: 8, "
      "kernel: 3, stride: 2}, batch_norm, prelu, scale, multi_head_attention: {heads: 2}, "
      "layer_norm, linear: {out: 8, per_position: true}]}\n"
      "outputs: [a, b]\n"));
  CHECK(sharing(network).size() == 7);
  check_round_trip(network, 17);
  const std::string bytes = without_weights(network);
  const onnx::Model model = onnx::parse_model(bytes);
  for (const onnx::TensorHeader& tensor : model.graph.initializers)
    CHECK(!tensor.name.starts_with("b."));
  const std::vector<graph::LayerId> folded = exporter::folded_layers(network);
  CHECK(std::count(folded.begin(), folded.end(), -1) == static_cast<long>(folded.size()));
}

namespace {

// The file of a folded network as other exporters write it: other names, matrices transposed.
std::string foreign_file(const graph::Network& network,
                         std::vector<interpreter::LayerWeights> weights) {
  const std::vector<graph::LayerId> folded = exporter::folded_layers(network);
  exporter::fold_weights(network, folded, weights);
  exporter::OnnxGraph graph = exporter::onnx_graph(network, 17, folded);
  int number = 0;
  for (exporter::OnnxTensor& tensor : graph.tensors) {
    const std::string name = "onnx::Weight_" + std::to_string(++number);
    for (exporter::OnnxNode& node : graph.nodes)
      std::replace(node.inputs.begin(), node.inputs.end(), tensor.name, name);
    tensor.name = name;
  }
  std::string bytes;
  exporter::write_onnx(graph, {}, weights, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

std::string message_of_reading(const graph::Network& network, const std::string& file) {
  try {
    exporter::read_weights(network, file);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("weights under other names are taken in order, folded batch norms too", "[export]") {
  const graph::Network network = network_of(
      spec_with("  - batch_norm\n  - conv: {out: 6, kernel: 3}\n  - batch_norm\n  - relu6\n"
                "  - conv: {out: 6, groups: 2, bias: true}\n  - batch_norm: {affine: false}\n"
                "  - multi_head_attention: {heads: 2}\n  - linear: {out: 5, per_position: true}\n"
                "  - global_avg_pool\n  - linear: {out: 3}\n"));
  const auto weights = interpreter::random_weights(network, 3);
  const TestFolder folder;
  folder.write("foreign.onnx", foreign_file(network, weights));
  const auto read = exporter::read_weights(network, folder / "foreign.onnx");
  const std::vector<float> input = interpreter::random_input(network, 3);
  CHECK(interpreter::largest_error(interpreter::run_reference(network, read, input).back(),
                                   interpreter::run_reference(network, weights, input).back()) <
        1e-5);
  const std::string file = folder / "foreign.onnx";
  CHECK(message_of_reading(network_of(spec_with("  - batch_norm\n  - conv: {out: 6}\n")), file) ==
        file +
            ": error: 'onnx::Weight_5' has the sizes 6x8x3x3, the network's next weights are "
            "6x8x1x1 of conv.weight");
  CHECK(message_of_reading(network_of(spec_with("  - batch_norm\n")), file) ==
        file + ": error: 'onnx::Weight_5' and 12 more have no place in test");
}
