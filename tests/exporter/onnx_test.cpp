// SPDX-License-Identifier: Apache-2.0
// Exported ONNX files, read again: the same layers with the same names, attributes and costs.
#include <fmt/core.h>

#include <set>

#include "exporter/export_onnx.hpp"
#include "exporter/kind_row.hpp"
#include "exporter/read_weights.hpp"
#include "exporter/refusals.hpp"
#include "exporter/round_trip.hpp"
#include "graph/layer_problem.hpp"
#include "interpreter/reference.hpp"
#include "interpreter/weight_file.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"
#include "onnx/model.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::vector<std::string> shipped_networks() {
  std::vector<std::string> names = shipped_library().names();
  for (const std::string& preset : shipped_library().preset_names()) names.push_back(preset);
  return names;
}

}  // namespace

TEST_CASE("every kind has a row of exports, with its forms or the reason why not", "[export]") {
  for (const layers::LayerKind* kind : layers::layer_table()) {
    INFO(kind->name);
    const exporter::KindRow* row = exporter::find_row(kind->name);
    if (kind == &layers::kinds::input_kind) continue;  // no node
    REQUIRE(row != nullptr);
    CHECK(row->onnx != nullptr);
    CHECK(row->torch != nullptr);
  }
}

TEST_CASE("every shipped network is read again as it was exported", "[export]") {
  for (const std::string& name : shipped_networks()) {
    INFO(name);
    const graph::Network network = shipped(name);
    CHECK(changed_layers(network, imported(without_weights(network))) == "");
  }
}

TEST_CASE("every opset is read again as it was exported", "[export]") {
  for (const std::string name : {"mobilenet_v3", "vit_b_16", "convnext_tiny", "shufflenet_v1"}) {
    const graph::Network network = shipped(name);
    for (int opset = exporter::kOldestOpset; opset <= exporter::kNewestOpset; ++opset) {
      INFO(name << " " << opset);
      const std::string bytes = without_weights(network, opset);
      CHECK(onnx::parse_model(bytes).opset == opset);
      CHECK(changed_layers(network, imported(bytes)) == "");
    }
  }
}

TEST_CASE("kinds that no shipped network has are read again as they were exported", "[export]") {
  const std::string layers = GENERATE(
      "  - conv_transpose: {out: 4, kernel: 3, stride: 2, pad: 1, output_pad: 1, groups: 2}\n",
      "  - conv_transpose: {out: 6, kernel: [2, 3], pad: [0, 1, 1, 0], bias: true}\n",
      "  - conv: {out: 6, kernel: [1, 7], dilation: [1, 2], pad: [0, 6], bias: true}\n",
      "  - conv: {out: 6, kernel: 4, pad: [1, 1, 2, 2]}\n",
      "  - conv: {out: 8, kernel: 4, stride: 3, pad: same_tf, groups: 4}\n",
      "  - group_norm: {groups: 4}\n  - group_norm: {groups: 2, affine: false}\n",
      "  - layer_norm: {over: all}\n  - layer_norm: {over: all, affine: false}\n",
      "  - layer_norm\n  - layer_norm: {affine: false}\n",
      "  - batch_norm: {affine: false}\n  - lrn\n  - lrn: {size: 3}\n",
      "  - leaky_relu: {slope: 0.2}\n  - prelu\n  - prelu: {per_channel: false}\n  - tanh\n",
      "  - hard_sigmoid\n  - gelu\n  - hard_swish\n  - swish\n  - softmax\n",
      "  - max_pool: {kernel: 3, dilation: 2}\n  - avg_pool: {kernel: 3, stride: 2, pad: 1}\n",
      "  - avg_pool: {kernel: 3, stride: 2, pad: 1, count_include_pad: false}\n"
      "  - max_pool: {kernel: 2, stride: 3, ceil_mode: true}\n",
      "  - adaptive_avg_pool: {size: [5, 3]}\n  - adaptive_avg_pool: {size: 1}\n",
      "  - adaptive_avg_pool: {size: 8}\n  - global_max_pool\n  - flatten\n",
      "  - upsample: {factor: [2, 3]}\n  - upsample: {mode: bilinear}\n",
      "  - pad: {pad: 2}\n  - pad: {pad: [1, 2, 3, 4], mode: reflect}\n"
      "  - pad: {pad: [1, 0], mode: replicate}\n",
      "  - split: {parts: 4, take: 3}\n  - scale: {bias: true}\n  - scale\n",
      "  - matmul: [[], []]\n",
      "  - global_avg_pool\n  - multiply: [[], [sigmoid]]\n"
      "  - linear: {out: 4, per_position: true}\n",
      "  - matmul: {transpose: true, a: [conv: {out: 8}], b: []}\n",
      "  - multi_head_attention: {heads: 2}\n",
      "  - reshape: {channels: in, height: h * w}\n  - class_token\n  - position_embedding\n"
      "  - multi_head_attention: {heads: 4, bias: false}\n  - layer_norm\n"
      "  - linear: {out: 6, per_position: true, bias: false}\n  - gelu\n"
      "  - linear: {out: 8, per_position: true}\n  - take_token\n  - linear: {out: 3}\n",
      "  - flatten\n  - linear: {out: 12}\n  - batch_norm\n  - relu6\n  - dropout: {p: 0.1}\n"
      "  - reshape: {channels: 3, height: 2, width: 2}\n  - conv: {out: 2}\n",
      "  - concat: {a: [conv: {out: 3}], b: [], c: [split: {take: 2}]}\n"
      "  - channel_shuffle: {groups: 5}\n",
      "  - multiply: {map: [], gate: [global_avg_pool], other: [conv: {out: 8}]}\n"
      "  - add: {a: [], b: [relu], c: [conv: {out: 8}]}\n");
  INFO(layers);
  const graph::Network network = network_of(spec_with(layers));
  for (const int opset : {13, 17, 21}) {
    INFO(opset);
    CHECK(changed_layers(network, imported(without_weights(network, opset))) == "");
  }
}

TEST_CASE("nodes and tensors have the names of layers, and every tensor its sizes", "[export]") {
  const graph::Network network = shipped("shufflenet_v2_x0_5");
  const std::string bytes = without_weights(network);
  const onnx::Model model = onnx::parse_model(bytes);
  CHECK(model.producer == "archcost");
  std::set<std::string_view> nodes, tensors, sized;
  for (const onnx::Node& node : model.graph.nodes) {
    CHECK(nodes.insert(node.name).second);
    CHECK(tensors.insert(node.outputs.front()).second);
  }
  for (const graph::Layer& layer : network.layers) {
    INFO(layer.name);
    CHECK(nodes.contains(layer.name));
    CHECK(tensors.contains(layer.name));
  }
  for (const auto* values : {&model.graph.values, &model.graph.outputs}) {
    for (const onnx::ValueInfo& value : *values) {
      CHECK(value.has_shape);
      sized.insert(value.name);
    }
  }
  CHECK(sized == tensors);
  CHECK(model.graph.outputs.front().dimensions.size() == 2);  // [N, classes]
}

TEST_CASE("a folded file has biases in place of batch norms", "[export]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {out: 4}\n  - batch_norm\n  - relu\n"
                           "  - add:\n      a: [conv: {out: 4}, batch_norm, scale]\n      b: []\n"
                           "  - conv: {name: read_twice, out: 4}\n"
                           "  - add: {x: [batch_norm: {name: kept}], y: []}\n"));
  const std::vector<graph::LayerId> folded = exporter::folded_layers(network);
  std::vector<std::string> names;
  for (std::size_t k = 0; k < folded.size(); ++k) {
    if (folded[k] >= 0)
      names.push_back(network.layers[k].name + " into " +
                      network.layers[static_cast<std::size_t>(folded[k])].name);
  }
  CHECK(names == std::vector<std::string>{"batch_norm into conv", "a.batch_norm into a.conv",
                                          "a.scale into a.conv"});
  const graph::Network again = imported(exported(
      network, {.weights = exporter::WeightMode::kNone, .external = "absent.data"}, folded));
  std::vector<std::string> kinds;
  for (const graph::Layer& layer : again.layers)
    kinds.push_back(layer.name + (layer.kind->name == "conv" && graph::flag_of(layer, "bias")
                                      ? " with bias"
                                      : ""));
  CHECK(kinds == std::vector<std::string>{"conv with bias", "relu", "a.conv with bias", "add1",
                                          "read_twice", "x.kept", "add2"});
}

TEST_CASE("folded weights compute what the layers computed", "[export]") {
  const std::string layers = GENERATE("conv: {out: 6, kernel: 3, groups: 2, bias: BIAS}",
                                      "conv_transpose: {out: 6, kernel: 3, groups: 2, bias: BIAS}",
                                      "linear: {out: 6, per_position: true, bias: BIAS}");
  INFO(layers);
  const auto with = [&](const std::string& bias, const std::string& more) {
    std::string text = layers;
    text.replace(text.find("BIAS"), 4, bias);
    return network_of(spec_with("  - " + text + "\n" + more, "4x5x5"));
  };
  const graph::Network plain =
      with(GENERATE("true", "false"), "  - batch_norm\n  - scale: {bias: true}\n");
  const graph::Network folded = with("true", "");
  std::vector<interpreter::LayerWeights> weights = interpreter::random_weights(plain, 3);
  const std::vector<float> input = interpreter::random_input(plain, 3);
  const interpreter::Tensor expected = interpreter::run_reference(plain, weights, input).back();
  exporter::fold_weights(plain, exporter::folded_layers(plain), weights);
  CHECK(weights[1].scale.empty());
  weights.resize(1);
  const interpreter::Tensor result = interpreter::run_reference(folded, weights, input).back();
  CHECK(interpreter::largest_error(result, expected) < 1e-5);
}

TEST_CASE("weights are inside, zero, absent or in a second file", "[export]") {
  const graph::Network network = network_of(spec_with("  - conv: {out: 2, bias: true}\n", "3x2x2"));
  const auto weights = interpreter::random_weights(network, 7);
  const auto numbers = [](const std::string& bytes, std::size_t tensor) {
    const onnx::Model model = onnx::parse_model(bytes);
    const onnx::TensorHeader& header = model.graph.initializers.at(tensor);
    const auto found = onnx::numbers_of(header);
    return found ? found->reals : std::vector<double>();
  };
  const std::string random = exported(network, {}, {}, weights);
  CHECK(numbers(random, 0) ==
        std::vector<double>(weights[0].kernel.begin(), weights[0].kernel.end()));
  CHECK(numbers(random, 1) == std::vector<double>(weights[0].bias.begin(), weights[0].bias.end()));
  const std::string zero = exported(network, {.weights = exporter::WeightMode::kZero});
  CHECK(numbers(zero, 0) == std::vector<double>(6));
  const std::string none = without_weights(network);
  CHECK(onnx::parse_model(none).graph.initializers.at(0).external);
  CHECK(numbers(none, 0).empty());
  CHECK(contains(none, "absent.data"));
  std::string second;
  exporter::write_external_weights(exporter::onnx_graph(network, 17), exporter::WeightMode::kRandom,
                                   weights, [&](std::string_view piece) { second += piece; });
  CHECK(second.size() == 4 * (6 + 2));
}

TEST_CASE("the weights of an exported file are read again", "[export]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {out: 4, kernel: 3, bias: true}\n  - batch_norm\n"
                           "  - multi_head_attention: {heads: 2}\n  - scale\n"));
  const auto weights = interpreter::random_weights(network, 5);
  const TestFolder folder;
  folder.write("net.onnx", exported(network, {}, {}, weights));
  const auto again = exporter::read_weights(network, folder / "net.onnx");
  for (std::size_t k = 0; k < weights.size(); ++k) {
    INFO(network.layers[k].name);
    CHECK(again[k].kernel == weights[k].kernel);
    CHECK(again[k].bias == weights[k].bias);
    CHECK(again[k].scale == weights[k].scale);
    CHECK(again[k].mean == weights[k].mean);
    CHECK(again[k].variance == weights[k].variance);
  }
  interpreter::write_weight_file(weights, folder / "all.f32");
  CHECK(interpreter::read_weight_file(network, folder / "all.f32")[2].kernel == weights[2].kernel);
  const graph::Network wider = network_of(spec_with("  - conv: {out: 5, kernel: 3, bias: true}\n"));
  const auto message = [&](const graph::Network& other) {
    try {
      exporter::read_weights(other, folder / "net.onnx");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message(wider) == folder /
                              "net.onnx: error: 'conv.weight' has the sizes 4x8x3x3, the "
                              "network's has 5x8x3x3");
  CHECK(message(network_of(spec_with("  - conv: {name: other, out: 5}\n"))) ==
        folder /
            "net.onnx: error: 'conv.weight' has the sizes 4x8x3x3, the network's next weights are "
            "5x8x1x1 of other.weight");
}

TEST_CASE("learned numbers of an unknown function are refused, with all names", "[export]") {
  const graph::Network network =
      network_of(spec_with("  - pointwise: {learned: one}\n  - pointwise: {compares: 1}\n"
                           "  - pointwise: {params: 3}\n"));
  const auto message = [&] {
    try {
      exporter::onnx_graph(network, 17);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message() ==
        "test: error: pointwise: a spec doesn't say what its learned numbers do, so it can't be "
        "exported; the ONNX file that it was imported from has it ('pointwise1', 'pointwise3')");
}

TEST_CASE("what stands in for unknown functions is told", "[export]") {
  const graph::Network network =
      network_of(spec_with("  - pointwise\n  - reduce: {channels: true}\n  - relu\n"
                           "  - unsupported: {channels: 2}\n"));
  CHECK(exporter::stand_ins(network) ==
        std::vector<std::string>{"pointwise: written as the sum of its inputs ('pointwise')",
                                 "reduce: written as a mean ('reduce')",
                                 "unsupported: written as the inputs' numbers in their order "
                                 "('unsupported')"});
}
