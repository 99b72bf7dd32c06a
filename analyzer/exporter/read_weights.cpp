// SPDX-License-Identifier: Apache-2.0
#include "exporter/read_weights.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "exporter/export_onnx.hpp"
#include "exporter/weight_file_reader.hpp"
#include "exporter/weight_order.hpp"
#include "onnx/protobuf.hpp"

namespace archcost::exporter {
namespace {

interpreter::LayerWeights empty_weights(const interpreter::WeightSizes& sizes) {
  interpreter::LayerWeights weights;
  weights.kernel.resize(sizes.kernel);
  weights.bias.resize(sizes.bias);
  weights.scale.resize(sizes.scale);
  weights.shift.resize(sizes.shift);
  weights.mean.resize(sizes.mean);
  weights.variance.resize(sizes.variance);
  return weights;
}

std::vector<OnnxTensor> learned_tensors(const graph::Network& network) {
  std::vector<OnnxTensor> tensors = onnx_graph(network, kDefaultOpset).tensors;
  std::erase_if(tensors, [](const OnnxTensor& tensor) {
    return !std::holds_alternative<WeightPart>(tensor.numbers);
  });
  return tensors;
}

void read_by_name(WeightFileReader& file, const std::vector<OnnxTensor>& tensors,
                  std::vector<interpreter::LayerWeights>& weights) {
  for (const OnnxTensor& tensor : tensors) {
    const onnx::TensorHeader& given = *file.find(tensor.name);
    if (!same_but_ones(given.shape, tensor.sizes))
      file.fail(tensor.name,
                fmt::format("has the sizes {}, the network's has {}", fmt::join(given.shape, "x"),
                            fmt::join(tensor.sizes, "x")));
    const auto& part = std::get<WeightPart>(tensor.numbers);
    std::vector<float>& numbers = weights[static_cast<std::size_t>(part.layer)].*part.vector;
    file.copy(given, numbers.data() + part.first);
  }
}

}  // namespace

std::vector<interpreter::LayerWeights> read_weights(const graph::Network& network,
                                                    const std::filesystem::path& path) {
  try {
    WeightFileReader file(path);
    std::vector<interpreter::LayerWeights> weights;
    for (const graph::Layer& layer : network.layers)
      weights.push_back(empty_weights(interpreter::weight_sizes(network, layer)));
    const std::vector<OnnxTensor> tensors = learned_tensors(network);
    const bool all_named =
        std::all_of(tensors.begin(), tensors.end(),
                    [&](const OnnxTensor& tensor) { return file.find(tensor.name) != nullptr; });
    if (all_named)
      read_by_name(file, tensors, weights);
    else
      read_in_order(network, file, tensors, weights);
    for (std::size_t k = 0; k < weights.size(); ++k) {
      if (const auto owner = network.layers[k].weights_of)
        weights[k] = weights[static_cast<std::size_t>(*owner)];
    }
    return weights;
  } catch (const protozero::exception& fault) {
    throw Error(path.string(), fmt::format("it is damaged ({})", fault.what()));
  }
}

}  // namespace archcost::exporter
