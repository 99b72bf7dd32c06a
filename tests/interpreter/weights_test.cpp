// SPDX-License-Identifier: Apache-2.0
// Random weights: the same everywhere, of the right number and size.
#include "interpreter/weights.hpp"

#include <cmath>

#include "interpreter/reference.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

bool same(const interpreter::LayerWeights& a, const interpreter::LayerWeights& b) {
  return a.kernel == b.kernel && a.bias == b.bias && a.scale == b.scale && a.shift == b.shift &&
         a.mean == b.mean && a.variance == b.variance;
}

double root_mean_square(const interpreter::Tensor& numbers) {
  double sum = 0;
  for (float number : numbers) sum += std::pow(static_cast<double>(number), 2);
  return std::sqrt(sum / static_cast<double>(numbers.size()));
}

}  // namespace

TEST_CASE("a seed gives the same numbers again", "[measure]") {
  const graph::Network network = network_of(
      spec_with("  - conv: {out: 4, kernel: 3, bias: true}\n  - batch_norm\n  - relu", "2x4x4"));
  const std::vector<interpreter::LayerWeights> weights = interpreter::random_weights(network, 7);
  const std::vector<interpreter::LayerWeights> again = interpreter::random_weights(network, 7);
  const std::vector<interpreter::LayerWeights> other = interpreter::random_weights(network, 8);
  REQUIRE(weights.size() == 3);
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(same(weights[i], again[i]));
  CHECK(!same(weights[0], other[0]));
  CHECK(interpreter::random_input(network, 7) == interpreter::random_input(network, 7));
  CHECK(interpreter::random_input(network, 7) != interpreter::random_input(network, 8));
  CHECK(interpreter::random_input(network, 7).size() == 32);
  for (float number : interpreter::random_input(network, 7)) CHECK((number >= -1 && number < 1));
  // Pinned, so that another machine or compiler is found out.
  CHECK(weights[0].kernel[0] == 0.293738842f);
  CHECK(weights[1].variance[3] == 1.07946789f);
  CHECK(interpreter::random_input(network, 7)[0] == -0.399177313f);
}

TEST_CASE("as many numbers are drawn as the costs count", "[measure]") {
  for (const char* name : {"alexnet", "resnet", "mobilenet_v3", "shufflenet_v2", "vit", "convnext",
                           "senet154", "inception_v3", "efficientnet"}) {
    const graph::Network network = shipped(name);
    for (const graph::Layer& layer : network.layers) {
      INFO(name << " " << layer.name);
      const interpreter::WeightSizes sizes = interpreter::weight_sizes(network, layer);
      CHECK(sizes.kernel + sizes.bias + sizes.scale + sizes.shift ==
            static_cast<std::size_t>(layer.cost.params.value()));
      CHECK(sizes.mean + sizes.variance == static_cast<std::size_t>(layer.cost.buffers.value()));
    }
  }
  const graph::Network others =
      network_of(spec_with(R"(  - conv_transpose: {out: 6, kernel: 3, groups: 2, bias: true}
  - prelu
  - prelu: {per_channel: false}
  - scale: {bias: true}
  - group_norm: {groups: 3}
  - group_norm: {groups: 3, affine: false}
  - layer_norm: {over: all}
  - batch_norm: {affine: false}
  - reshape: {channels: 6, height: h * w}
  - class_token
  - position_embedding
  - multi_head_attention: {heads: 2, bias: false}
  - multi_head_attention: {heads: 3})",
                           "4x5x5"));
  const std::vector<interpreter::LayerWeights> weights = interpreter::random_weights(others, 1);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const graph::Layer& layer = others.layers[i];
    INFO(layer.name);
    const interpreter::WeightSizes sizes = interpreter::weight_sizes(others, layer);
    CHECK(interpreter::sizes_of(weights[i]) == sizes);
    CHECK(sizes.kernel + sizes.bias + sizes.scale + sizes.shift ==
          static_cast<std::size_t>(layer.cost.params.value()));
    CHECK(sizes.mean + sizes.variance == static_cast<std::size_t>(layer.cost.buffers.value()));
  }
}

TEST_CASE("activations keep their size with random weights", "[measure]") {
  const auto size_at_the_end = [](const graph::Network& network) {
    const interpreter::Tensor input = interpreter::random_input(network, 2);
    return root_mean_square(interpreter::run_reference(
        network, interpreter::random_weights(network, 1), input)[network.outputs.front()]);
  };
  // No normalisation brings the size back here, for the mean and variance are near 0 and 1.
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "  - conv: {out: 32, kernel: 3}\n  - relu\n";
  CHECK(size_at_the_end(network_of(spec_with(deep, "32x6x6"))) > 0.01);
  CHECK(size_at_the_end(network_of(spec_with(deep, "32x6x6"))) < 100);
  std::string residual;
  for (int i = 0; i < 40; ++i) {
    residual +=
        "  - add:\n    - []\n    - - conv: {out: 8}\n      - batch_norm\n      - relu\n      - "
        "conv: {out: 32}\n      - batch_norm\n  - relu\n";
  }
  CHECK(size_at_the_end(network_of(spec_with(residual, "32x6x6"))) > 0.01);
  CHECK(size_at_the_end(network_of(spec_with(residual, "32x6x6"))) < 1000);
}
