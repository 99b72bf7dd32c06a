// SPDX-License-Identifier: Apache-2.0
#include "interpreter/weights.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string_view>

#include "interpreter/layer_run.hpp"
#include "layers/kinds.hpp"

namespace archcost::interpreter {
namespace {

// Uniform numbers from the generator's bits: the distributions of the standard library differ from
// one library to the next. Every product below is exact in double, so that contracting it with the
// sum to one instruction changes nothing.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : bits_(seed) {}

  /// In [centre - reach, centre + reach).
  float around(double centre, float reach) {
    const auto step = static_cast<std::int64_t>(bits_() >> 40) - (std::int64_t{1} << 23);
    return static_cast<float>(centre + static_cast<double>(step) * 0x1p-23 * reach);
  }
  std::vector<float> many(std::size_t count, double centre, float reach) {
    std::vector<float> numbers(count);
    for (float& number : numbers) number = around(centre, reach);
    return numbers;
  }

 private:
  std::mt19937_64 bits_;  // the C++ standard specifies its numbers
};

// The variance of a kernel's numbers times the taps of a sum. He et al. have 2, for a rectifier
// halves the mean square; 1 keeps it where none follows. A branch that ends in a sum adds a little
// only: with 1, a hundred residual units would double the mean square a hundred times.
double gain_of(const graph::Network& network,
               const std::vector<std::vector<graph::LayerId>>& readers, std::size_t id) {
  while (!readers[id].empty()) {
    id = static_cast<std::size_t>(readers[id].front());
    const graph::Layer& layer = network.layers[id];
    if (layer.kind->rectifier) return 2;
    if (layer.is(layers::kinds::add_kind)) return 0.25;
    const bool keeps_mean_square =
        layers::is_view(*layer.kind) || layer.kind->folds_into_convolution ||
        layer.is(layers::kinds::multiply_kind) || layer.is(layers::kinds::split_kind) ||
        layer.is(layers::kinds::channel_shuffle_kind);
    if (!keeps_mean_square) return 1;
  }
  return 1;
}

// Inputs that are summed for one output number of a layer with a kernel.
double taps_of(const graph::Network& network, const graph::Layer& layer) {
  const double in = static_cast<double>(network.shape(layer.inputs[0]).channels.value());
  if (layer.kind->family != layers::Family::kConvolution) return in;
  const Attributes attributes(layer);
  const Size kernel = attributes.size("kernel"), stride = attributes.size("stride");
  const double taps = in / static_cast<double>(attributes.number("groups")) *
                      static_cast<double>(kernel.height * kernel.width);
  if (layer.kind->spatial != layers::SpatialEffect::kTransposedWindow) return taps;
  // The taps of a transposed convolution are spread over stride x stride outputs.
  return std::max(1.0, taps / static_cast<double>(stride.height * stride.width));
}

}  // namespace

WeightSizes weight_sizes(const graph::Network& network, const graph::Layer& layer) {
  if (layer.inputs.empty()) return {};
  const TensorShape in = network.shape(layer.inputs[0]), out = layer.output;
  WeightSizes sizes;
  const bool attention = layer.is(layers::kinds::multi_head_attention_kind);
  if (layers::has_kernel(*layer.kind) || attention) {
    sizes.kernel = size(layer.cost.weights);
    if (graph::flag_of(layer, "bias"))
      sizes.bias = attention ? size(layer.cost.params - layer.cost.weights) : size(out.channels);
  } else if (layer.is(layers::kinds::batch_norm_kind)) {
    sizes.mean = sizes.variance = size(in.channels);
    if (graph::flag_of(layer, "affine")) sizes.scale = sizes.shift = size(in.channels);
  } else if (layer.is(layers::kinds::layer_norm_kind) || layer.is(layers::kinds::group_norm_kind)) {
    const bool over_all =
        layer.is(layers::kinds::layer_norm_kind) && graph::word_of(layer, "over") == "all";
    if (graph::flag_of(layer, "affine"))
      sizes.scale = sizes.shift = size(over_all ? in.elements() : in.channels);
  } else if (layer.is(layers::kinds::scale_kind)) {
    sizes.scale = size(in.channels);
    if (graph::flag_of(layer, "bias")) sizes.shift = size(in.channels);
  } else if (layer.is(layers::kinds::prelu_kind)) {
    sizes.scale = graph::flag_of(layer, "per_channel") ? size(in.channels) : 1;
  } else if (layer.is(layers::kinds::class_token_kind)) {
    sizes.kernel = size(in.channels);
  } else if (layer.is(layers::kinds::position_embedding_kind)) {
    sizes.kernel = size(in.elements());
  }
  return sizes;
}

WeightSizes sizes_of(const LayerWeights& weights) {
  return {weights.kernel.size(), weights.bias.size(), weights.scale.size(),
          weights.shift.size(),  weights.mean.size(), weights.variance.size()};
}

std::vector<LayerWeights> random_weights(const graph::Network& network, std::uint64_t seed) {
  Draw draw(seed);
  const auto readers = graph::readers_of(network);
  std::vector<LayerWeights> weights(network.layers.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const graph::Layer& layer = network.layers[i];
    const WeightSizes sizes = weight_sizes(network, layer);
    LayerWeights& made = weights[i];
    if (layer.is(layers::kinds::class_token_kind) ||
        layer.is(layers::kinds::position_embedding_kind)) {
      made.kernel = draw.many(sizes.kernel, 0, 0.5f);
    } else if (sizes.kernel > 0) {
      // Uniform numbers within `reach` of 0 have the variance reach * reach / 3.
      const double gain = gain_of(network, readers, i);
      const double reach = std::sqrt(3 * gain / taps_of(network, layer));
      made.kernel = draw.many(sizes.kernel, 0, static_cast<float>(reach));
    }
    made.bias = draw.many(sizes.bias, 0, 0.1f);
    made.scale = draw.many(sizes.scale, layer.is(layers::kinds::prelu_kind) ? 0.25 : 1, 0.1f);
    made.shift = draw.many(sizes.shift, 0, 0.1f);
    made.mean = draw.many(sizes.mean, 0, 0.1f);
    made.variance = draw.many(sizes.variance, 1, 0.2f);
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (const auto owner = network.layers[i].weights_of) weights[i] = weights[*owner];
  }
  return weights;
}

std::vector<float> random_input(const graph::Network& network, std::uint64_t seed) {
  // Another sequence than the weights of the same seed have.
  Draw draw(seed ^ 0x9e3779b97f4a7c15u);
  return draw.many(size(network.input.elements() * Count(network.batch)), 0, 1);
}

}  // namespace archcost::interpreter
