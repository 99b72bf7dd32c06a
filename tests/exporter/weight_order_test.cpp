// SPDX-License-Identifier: Apache-2.0
// Weights of files that other programs wrote: taken in the order of the nodes.
#include "exporter/weight_order.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cstring>
#include <functional>
#include <numeric>

#include "exporter/export_onnx.hpp"
#include "exporter/read_weights.hpp"
#include "onnx/protobuf.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
using exporter::OnnxNode;
using exporter::OnnxTensor;

namespace {

using Floats = std::vector<float>;

Floats counting_floats(std::size_t count, float first) {
  Floats numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

OnnxTensor float_tensor(const std::string& name, const exporter::Sizes& sizes, float first) {
  return {name, sizes, counting_floats(static_cast<std::size_t>(exporter::elements(sizes)), first)};
}

OnnxNode operation(const std::string& type, const std::vector<std::string>& inputs,
                   const std::string& output = "y",
                   const std::vector<exporter::OnnxAttribute>& attributes = {}) {
  return {type, output, output, inputs, attributes, 0, ""};
}

std::string foreign_bytes(const std::vector<OnnxNode>& nodes,
                          const std::vector<OnnxTensor>& tensors) {
  exporter::OnnxGraph graph;
  graph.nodes = nodes;
  graph.tensors = tensors;
  std::string bytes;
  exporter::write_onnx(graph, {}, {}, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

std::vector<interpreter::LayerWeights> weights_taken(const graph::Network& network,
                                                     const std::vector<OnnxNode>& nodes,
                                                     const std::vector<OnnxTensor>& tensors) {
  const TestFolder folder;
  folder.write("net.onnx", foreign_bytes(nodes, tensors));
  return exporter::read_weights(network, folder / "net.onnx");
}

// The message, without the file's name.
std::string refused_weights(const graph::Network& network, const std::vector<OnnxNode>& nodes,
                            const std::vector<OnnxTensor>& tensors) {
  try {
    weights_taken(network, nodes, tensors);
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.substr(text.find(": error: ") + 9);
  }
  return "";
}

}  // namespace

TEST_CASE("sizes agree but for ones", "[export]") {
  const auto same = [](const exporter::Sizes& a, const exporter::Sizes& b) {
    return exporter::same_but_ones(a, b);
  };
  CHECK(same({2, 3}, {2, 1, 3, 1}));
  CHECK(same({1}, {}));
  CHECK_FALSE(same({2, 3}, {3, 2}));
  CHECK_FALSE(same({2}, {2, 2}));
}

TEST_CASE("matrices are transposed as the file's nodes use them", "[export]") {
  const graph::Network network = network_of(
      spec_with("  - linear: {name: a, out: 2, per_position: true, bias: false}\n", "3x2x1"));
  const std::vector<OnnxTensor> wide = {float_tensor("w", {2, 3}, 0)},
                                high = {float_tensor("w", {3, 2}, 0)};
  const Floats as_it_is = {0, 1, 2, 3, 4, 5}, turned = {0, 2, 4, 1, 3, 5};
  const auto kernel = [&](const std::vector<OnnxNode>& nodes,
                          const std::vector<OnnxTensor>& tensors) {
    return weights_taken(network, nodes, tensors)[0].kernel;
  };
  CHECK(kernel({operation("MatMul", {"x", "w"})}, high) == turned);
  CHECK(kernel({operation("MatMul", {"w", "x"})}, wide) == as_it_is);
  CHECK(kernel({operation("Gemm", {"x", "w"})}, high) == turned);
  CHECK(kernel({operation("Gemm", {"x", "w"}, "y", {{"transB", std::int64_t{0}}})}, high) ==
        turned);
  CHECK(kernel({operation("Gemm", {"x", "w"}, "y", {{"transB", std::int64_t{1}}})}, wide) ==
        as_it_is);
  const OnnxNode transpose = operation("Transpose", {"w"}, "t"),
                 again = operation("Transpose", {"t"}, "u"),
                 same = operation("Identity", {"t"}, "u");
  CHECK(kernel({transpose, operation("MatMul", {"x", "t"})}, wide) == as_it_is);
  CHECK(kernel({transpose, again, operation("MatMul", {"x", "u"})}, high) == turned);
  CHECK(kernel({transpose, same, operation("MatMul", {"x", "u"})}, wide) == as_it_is);
  CHECK(kernel({operation("Relu", {"w"}, "r"), transpose, operation("MatMul", {"x", "t"})}, wide) ==
        as_it_is);
  CHECK(refused_weights(network, {operation("MatMul", {"x", "w"})}, wide) ==
        "'w' has the sizes 3x2, the network's next weights are 2x3 of a.weight");
  CHECK(refused_weights(network, {operation("Softmax", {"w"})}, wide) ==
        "'a.weight' is missing: it has no more weights");
  // By name, where all have theirs.
  CHECK(kernel({}, {float_tensor("a.weight", {2, 3}, 5)}) == counting_floats(6, 5));
  CHECK(refused_weights(network, {}, {float_tensor("a.weight", {3, 2}, 5)}) ==
        "'a.weight' has the sizes 3x2, the network's has 2x3");
  CHECK(refused_weights(network, {}, {{"a.weight", {2, 3}, std::vector<std::int64_t>(6)}}) ==
        "'a.weight' has no 32-bit floating point numbers");
}

TEST_CASE("weights are taken once, constants of nodes are passed over", "[export]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {name: a, out: 2, bias: true}\n  - scale: {name: b}\n"
                           "  - conv: {name: c, out: 1}\n",
                           "3x1x1"));
  const std::vector<OnnxTensor> tensors = {
      float_tensor("w", {2, 3, 1, 1}, 0),  float_tensor("v", {2}, 10),
      float_tensor("s", {2, 1, 1}, 20),    float_tensor("one", {1}, 30),
      float_tensor("k", {1, 2, 1, 1}, 40), {"n", {2}, std::vector<std::int64_t>{1, 2}},
      float_tensor("two", {}, 60)};
  const std::vector<OnnxNode> nodes = {
      operation("Conv", {"x", "w", "v"}, "a"), operation("Mul", {"a", "one"}, "b"),
      operation("Mul", {"b", "s"}, "c"),       operation("Add", {"c", "n"}, "d"),
      operation("Mul", {"d", "s"}, "e"),       operation("Conv", {"e", "k"}, "f"),
      operation("Identity", {}, "z"),          operation("Add", {"f", "two"}, "g")};
  const auto weights = weights_taken(network, nodes, tensors);
  CHECK(weights[0].kernel == counting_floats(6, 0));
  CHECK(weights[0].bias == counting_floats(2, 10));
  CHECK(weights[1].scale == counting_floats(2, 20));
  CHECK(weights[2].kernel == counting_floats(2, 40));
  std::vector<OnnxNode> more = nodes;
  more.push_back(operation("Conv", {"g", "u"}, "h"));
  more.push_back(operation("Conv", {"h", "t"}, "i"));
  std::vector<OnnxTensor> further = tensors;
  further.push_back(float_tensor("u", {2, 1, 1, 1}, 50));
  further.push_back(float_tensor("t", {2, 2, 1, 1}, 50));
  CHECK(refused_weights(network, more, further) == "'u' and 1 more have no place in test");
  // A number that a layer has learned isn't passed over.
  const graph::Network one = network_of(spec_with(
      "  - conv: {name: a, out: 1}\n  - prelu: {name: b, per_channel: false}\n", "2x1x1"));
  CHECK(weights_taken(one,
                      {operation("Conv", {"x", "w"}, "a"), operation("PRelu", {"a", "p"}, "b")},
                      {float_tensor("w", {1, 2, 1, 1}, 0), float_tensor("p", {1}, 7)})[1]
            .scale == Floats{7});
}

TEST_CASE("a batch norm that the file has folded passes on, and adds its bias", "[export]") {
  const graph::Network network = network_of(spec_with(
      "  - conv: {name: a, out: 2}\n  - batch_norm: {name: b}\n  - conv: {name: c, out: 2}\n",
      "3x1x1"));
  const auto weights = weights_taken(
      network, {operation("Conv", {"x", "w", "v"}, "a"), operation("Conv", {"a", "k"}, "b")},
      {float_tensor("w", {2, 3, 1, 1}, 0), float_tensor("v", {2}, 10),
       float_tensor("k", {2, 2, 1, 1}, 40)});
  CHECK(weights[0].kernel == counting_floats(6, 0));
  CHECK(weights[1].scale == Floats{1, 1});
  CHECK(weights[1].shift == Floats{0, 0});
  CHECK(weights[1].mean == Floats{-10, -11});
  CHECK(weights[1].variance == Floats(2, 1 - interpreter::kNormEpsilon));
  CHECK(weights[2].kernel == counting_floats(4, 40));
  CHECK(weights_taken(network,
                      {operation("Conv", {"x", "w"}, "a"), operation("Conv", {"a", "k"}, "b")},
                      {float_tensor("w", {2, 3, 1, 1}, 0), float_tensor("k", {2, 2, 1, 1}, 40)})[1]
            .mean == Floats{0, 0});
  CHECK(refused_weights(
            network, {operation("Conv", {"x", "w", "v"}, "a"), operation("Conv", {"a", "k"}, "b")},
            {float_tensor("w", {2, 3, 1, 1}, 0), float_tensor("v", {3}, 10),
             float_tensor("k", {2, 2, 1, 1}, 40)}) == "'v' has 3 numbers, and a has 2 channels");
  const graph::Network plain =
      network_of(spec_with("  - conv: {name: a, out: 2}\n  - relu\n", "3x1x1"));
  CHECK(refused_weights(plain, {operation("Conv", {"x", "w", "v"}, "a")},
                        {float_tensor("w", {2, 3, 1, 1}, 0), float_tensor("v", {2}, 10)}) ==
        "'a' has a bias in the file alone");
}

TEST_CASE("a batch norm of the file gives its four weights", "[export]") {
  const std::vector<OnnxNode> nodes = {
      operation("Conv", {"x", "w"}, "a"),
      operation("BatchNormalization", {"a", "s", "t", "m", "v"}, "b"),
      operation("Conv", {"b", "k"}, "c")};
  const std::vector<OnnxTensor> tensors = {
      float_tensor("w", {2, 3, 1, 1}, 0), float_tensor("s", {2}, 10),
      float_tensor("t", {2}, 20),         float_tensor("m", {2}, 30),
      float_tensor("v", {2}, 40),         float_tensor("k", {2, 2, 1, 1}, 50)};
  const auto net = [](const std::string& affine) {
    return network_of(spec_with("  - conv: {name: a, out: 2}\n  - batch_norm: {name: b" + affine +
                                    "}\n  - conv: {name: c, out: 2}\n",
                                "3x1x1"));
  };
  const auto learned = weights_taken(net(""), nodes, tensors);
  CHECK(learned[1].scale == counting_floats(2, 10));
  CHECK(learned[1].shift == counting_floats(2, 20));
  CHECK(learned[1].mean == counting_floats(2, 30));
  CHECK(learned[1].variance == counting_floats(2, 40));
  CHECK(learned[2].kernel == counting_floats(4, 50));
  // Without learned factors the file has constants in their places.
  const auto plain = weights_taken(net(", affine: false"), nodes, tensors);
  CHECK(plain[1].scale.empty());
  CHECK(plain[1].mean == counting_floats(2, 30));
  CHECK(plain[1].variance == counting_floats(2, 40));
  CHECK(plain[2].kernel == counting_floats(4, 50));
  // A number between them is passed over.
  CHECK(weights_taken(net(""), {nodes[0], operation("Mul", {"a", "one"}, "a2"), nodes[1], nodes[2]},
                      {tensors[0], float_tensor("one", {1}, 5), tensors[1], tensors[2], tensors[3],
                       tensors[4], tensors[5]})[1]
            .mean == counting_floats(2, 30));
  // The last one, and one whose constants stand elsewhere.
  const graph::Network last = network_of(spec_with(
      "  - conv: {name: a, out: 2}\n  - batch_norm: {name: b, affine: false}\n", "3x1x1"));
  CHECK(
      weights_taken(last, {nodes[0], nodes[1]}, {tensors.begin(), tensors.end() - 1})[1].variance ==
      counting_floats(2, 40));
  CHECK(weights_taken(last,
                      {nodes[0], operation("BatchNormalization", {"a", "c1", "c2", "m", "v"}, "b")},
                      {tensors[0], tensors[3], tensors[4]})[1]
            .mean == counting_floats(2, 30));
  CHECK(weights_taken(
            net(", affine: false"),
            {nodes[0], operation("BatchNormalization", {"a", "c1", "c2", "m", "v"}, "b"), nodes[2]},
            {tensors[0], tensors[3], tensors[4], tensors[5]})[2]
            .kernel == counting_floats(4, 50));
  CHECK(weights_taken(last, {nodes[0]}, {tensors[0]})[1].mean == Floats{0, 0});
}

TEST_CASE("numbers are raw bytes or packed floats, of a file of their own from its start",
          "[export]") {
  const graph::Network network = network_of(spec_with("  - conv: {name: a, out: 1}\n", "2x1x1"));
  const TestFolder folder;
  const auto with = [&](const std::function<void(protozero::pbf_writer&)>& add) {
    std::string bytes;
    {
      protozero::pbf_writer model(bytes);
      protozero::pbf_writer graph(model, 7);
      protozero::pbf_writer tensor(graph, 5);
      for (const int size : {1, 2, 1, 1}) tensor.add_int64(1, size);
      tensor.add_int32(2, 1);
      tensor.add_string(8, "a.weight");
      add(tensor);
    }
    folder.write("net.onnx", bytes);
    return exporter::read_weights(network, folder / "net.onnx")[0].kernel;
  };
  const Floats numbers = {1.5F, -2};
  std::string raw(8, 0);
  std::memcpy(raw.data(), numbers.data(), 8);
  CHECK(with([&](auto& tensor) { tensor.add_packed_float(4, numbers.begin(), numbers.end()); }) ==
        numbers);
  CHECK(with([&](auto& tensor) { tensor.add_bytes(9, raw); }) == numbers);
  folder.write("w.data", raw);
  CHECK(with([&](auto& tensor) {
          protozero::pbf_writer entry(tensor, 13);
          entry.add_string(1, "location");
          entry.add_string(2, "elsewhere/w.data");
          entry.add_string(3, "more");
        }) == numbers);
}

TEST_CASE("weights that a layer shares are those of its owner", "[export]") {
  const graph::Network network = network_of(spec_with(
      "  - conv: {name: a, out: 3}\n  - conv: {name: b, out: 3, weights_of: a}\n", "3x1x1"));
  const auto weights = weights_taken(
      network, {operation("Conv", {"x", "w"}, "a"), operation("Conv", {"a", "w"}, "b")},
      {float_tensor("w", {3, 3, 1, 1}, 2)});
  CHECK(weights[0].kernel == counting_floats(9, 2));
  CHECK(weights[1].kernel == counting_floats(9, 2));
}

TEST_CASE("numbers in another file are read from their offset on", "[export]") {
  const graph::Network network = network_of(
      spec_with("  - conv: {name: a, out: 2}\n  - conv: {name: b, out: 1, bias: true}\n", "3x1x1"));
  const exporter::OnnxGraph graph = exporter::onnx_graph(network, 17);
  std::vector<interpreter::LayerWeights> weights(2);
  weights[0].kernel = counting_floats(6, 1);
  weights[1].kernel = counting_floats(2, 10);
  weights[1].bias = {20};
  const TestFolder folder;
  std::string bytes, data;
  exporter::write_onnx(graph, {.external = "net.data"}, weights,
                       [&](std::string_view piece) { bytes += piece; });
  exporter::write_external_weights(graph, exporter::WeightMode::kRandom, weights,
                                   [&](std::string_view piece) { data += piece; });
  folder.write("net.onnx", bytes);
  folder.write("net.data", data);
  const auto read = exporter::read_weights(network, folder / "net.onnx");
  CHECK(read[0].kernel == weights[0].kernel);
  CHECK(read[1].kernel == weights[1].kernel);
  CHECK(read[1].bias == weights[1].bias);
  const auto message = [&](const std::string& shorter) {
    folder.write("net.data", shorter);
    try {
      exporter::read_weights(network, folder / "net.onnx");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message(data).empty());
  CHECK(message(data.substr(0, data.size() - 1)) ==
        folder / "net.onnx: error: 'b.bias' has no numbers");
  CHECK(message(data.substr(0, 31)) == folder / "net.onnx: error: 'b.weight' has no numbers");
  CHECK(message(data.substr(0, 8)) == folder / "net.onnx: error: 'a.weight' has no numbers");
  folder.write("net.onnx", bytes.substr(0, bytes.size() / 2));
  CHECK(!message(data).empty());
}
