// SPDX-License-Identifier: Apache-2.0
#include "interpreter/reference.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "interpreter/layer_run.hpp"

namespace archcost::interpreter {
namespace {

Sides sides_of(const graph::Network& network, const graph::Layer& layer) {
  const std::optional<Padding> pad = graph::resolved_padding(network, layer);
  if (!pad) return {};
  return {pad->top.value(), pad->left.value(), pad->bottom.value(), pad->right.value()};
}

// Numbers that are missing would be read all the same.
void check_sizes(const graph::Network& network, const std::vector<LayerWeights>& weights,
                 const Tensor& input) {
  const std::size_t wanted = size(network.input.elements() * Count(network.batch));
  if (input.size() != wanted) {
    throw std::invalid_argument(
        fmt::format("the input has {} numbers, {} needs {}", input.size(), network.name, wanted));
  }
  if (weights.size() != network.layers.size()) {
    throw std::invalid_argument(fmt::format("weights of {} layers, {} has {}", weights.size(),
                                            network.name, network.layers.size()));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const graph::Layer& layer = network.layers[i];
    if (sizes_of(weights[i]) != weight_sizes(network, layer))
      throw std::invalid_argument(fmt::format("the weights of {} have other sizes", layer.name));
  }
}

}  // namespace

RunLayer find_reference(std::string_view kind) {
  for (const auto rows : {reference_windows(), reference_matrices(), reference_norms(),
                          reference_elements(), reference_moves()}) {
    for (const ReferenceRow& row : rows) {
      if (row.kind == kind) return row.run;
    }
  }
  return nullptr;
}

void run_layer(const graph::Network& network, const graph::Layer& layer,
               const LayerWeights& weights, const std::vector<const float*>& inputs,
               float* output) {
  const RunLayer run = find_reference(layer.kind->name);
  if (run == nullptr)
    throw std::logic_error(fmt::format("the interpreter has no {}", layer.kind->name));
  for (std::int64_t image = 0; image < network.batch; ++image) {
    std::vector<InputImage> images;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const TensorShape& shape = network.shape(layer.inputs[k]);
      images.emplace_back(inputs[k] + image * shape.elements().value(), shape);
    }
    run({.weights = weights,
         .attributes = Attributes(layer),
         .pad = sides_of(network, layer),
         .inputs = std::move(images),
         .output = {output + image * layer.output.elements().value(), layer.output}});
  }
}

std::vector<Tensor> run_reference(const graph::Network& network,
                                  const std::vector<LayerWeights>& weights, const Tensor& input,
                                  const std::function<void(std::size_t)>& before) {
  check_sizes(network, weights, input);
  std::vector<Tensor> outputs;
  outputs.reserve(network.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const graph::Layer& layer = network.layers[i];
    if (before) before(i);
    Tensor output(size(layer.output.elements() * Count(network.batch)));
    std::vector<const float*> inputs;
    for (const graph::LayerId id : layer.inputs)
      inputs.push_back(id == graph::kNetworkInput ? input.data() : outputs[id].data());
    run_layer(network, layer, weights[i], inputs, output.data());
    outputs.push_back(std::move(output));
  }
  return outputs;
}

double largest_error(const Tensor& result, const Tensor& expected) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (result.size() != expected.size()) return kInfinity;
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double one = std::abs(static_cast<double>(result[i]) - expected[i]);
    if (std::isnan(one)) return kInfinity;
    difference = std::max(difference, one);
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  if (difference == 0) return 0;
  // Also for an expected infinity, which no quotient would distinguish from a correct number.
  return largest == 0 || std::isinf(largest) ? kInfinity : difference / largest;
}

}  // namespace archcost::interpreter
