// SPDX-License-Identifier: Apache-2.0
// ONNX graphs for tests, node by node.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "onnx/model_writer.hpp"

namespace archcost::test {

/// A graph that grows node by node.
struct GraphWriter {
  explicit GraphWriter(std::vector<TestDimension> input = {1, 3, 32, 32})
      : model(image_model({}, std::move(input))) {}

  TestModel model;

  std::string node(const std::string& type, std::vector<std::string> inputs,
                   std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints = {}) {
    const std::string out = "v" + std::to_string(model.nodes.size());
    model.nodes.push_back({type, std::move(inputs), {out}, std::move(ints)});
    return out;
  }
  std::string einsum(const std::string& equation, std::vector<std::string> inputs) {
    const std::string out = node("Einsum", std::move(inputs));
    model.nodes.back().texts = {{"equation", equation}};
    return out;
  }
  std::string weight(std::vector<std::int64_t> shape) {
    model.weights.emplace_back("p" + std::to_string(model.weights.size()), std::move(shape));
    return model.weights.back().first;
  }
  std::string vector(std::vector<std::int64_t> numbers) {
    model.vectors.emplace_back("s" + std::to_string(model.vectors.size()), std::move(numbers));
    return model.vectors.back().first;
  }
  std::string conv(const std::string& in, std::int64_t from, std::int64_t to,
                   std::int64_t groups = 1) {
    return node("Conv", {in, weight({to, from / groups, 1, 1})}, {{"group", {groups}}});
  }
  void classify(const std::string& in, std::int64_t channels) {
    const std::string pooled = node("GlobalAveragePool", {in});
    const std::string flat = node("Flatten", {pooled});
    const std::string out = node("Gemm", {flat, weight({channels, 10})});
    model.outputs = {out};
  }
};

}  // namespace archcost::test
