// SPDX-License-Identifier: Apache-2.0
#include "interpreter/weight_file.hpp"

#include <array>
#include <fstream>
#include <stdexcept>

namespace archcost::interpreter {
namespace {

using Vector = std::vector<float> LayerWeights::*;
constexpr std::array<Vector, 6> kVectors = {&LayerWeights::kernel, &LayerWeights::bias,
                                            &LayerWeights::scale,  &LayerWeights::shift,
                                            &LayerWeights::mean,   &LayerWeights::variance};

std::array<std::size_t, 6> counts(const WeightSizes& sizes) {
  return {sizes.kernel, sizes.bias, sizes.scale, sizes.shift, sizes.mean, sizes.variance};
}

}  // namespace

void write_weight_file(const std::vector<LayerWeights>& weights, const std::string& path) {
  std::ofstream stream(path, std::ios::binary);
  for (const LayerWeights& layer : weights) {
    for (const Vector vector : kVectors) {
      const std::vector<float>& numbers = layer.*vector;
      stream.write(reinterpret_cast<const char*>(numbers.data()),
                   static_cast<std::streamsize>(numbers.size() * sizeof(float)));
    }
  }
  stream.close();
  if (!stream) throw std::runtime_error("'" + path + "' can't be written");
}

std::vector<LayerWeights> read_weight_file(const graph::Network& network, const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::vector<LayerWeights> weights(network.layers.size());
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const auto sizes = counts(weight_sizes(network, network.layers[k]));
    for (std::size_t v = 0; v < sizes.size(); ++v) {
      std::vector<float>& numbers = weights[k].*kVectors[v];
      numbers.resize(sizes[v]);
      stream.read(reinterpret_cast<char*>(numbers.data()),
                  static_cast<std::streamsize>(numbers.size() * sizeof(float)));
    }
  }
  if (!stream || stream.peek() != std::ifstream::traits_type::eof())
    throw std::runtime_error("'" + path + "' has other numbers than the weights of the network");
  return weights;
}

}  // namespace archcost::interpreter
