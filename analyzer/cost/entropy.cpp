// SPDX-License-Identifier: Apache-2.0
#include "cost/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "graph/layer_problem.hpp"
#include "layers/layer_table.hpp"

namespace archcost::cost {
namespace {

constexpr int kSmallestWeight = 8;  // of the smallest size

// Whether the layer's output is a vector and no longer a feature map.
bool ends_maps(const graph::Layer& layer) {
  return layer.kind->spatial == layers::SpatialEffect::kGather && layer.output.area() == Count(1);
}

// w: input channels times the kernel's area, divided by the groups.
Count width_of(const graph::Network& network, const graph::Layer& layer) {
  return graph::extent_of(layer, "kernel").area() *
         div_floor(network.shape(layer.inputs.front()).channels, graph::count_of(layer, "groups"));
}

// Logarithms of numbers, each computed once.
class Logarithms {
 public:
  explicit Logarithms(int lanes) : lanes_(lanes) {}

  LaneNumbers of(const LaneNumbers& number) {
    if (number.lanes == nullptr) return {nullptr, std::log(number.all)};
    auto [known, fresh] = rows_.try_emplace(number.lanes);
    if (fresh) {
      known->second.resize(static_cast<std::size_t>(lanes_));
      std::transform(number.lanes, number.lanes + lanes_, known->second.begin(),
                     [](double value) { return std::log(value); });
    }
    return {known->second.data(), 0};
  }

 private:
  int lanes_;
  std::map<const double*, std::vector<double>> rows_;
};

}  // namespace

EntropyTerms entropy_terms(const graph::Network& network) {
  struct Size {
    TensorShape last;  // output of the last layer of that size
    std::size_t convolutions = 0;
    bool convolved = false;
  };
  EntropyTerms terms;
  std::vector<Size> sizes;
  std::vector<bool> flat(network.layers.size());  // no map of features
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    const bool behind =
        !layer.inputs.empty() &&
        std::all_of(layer.inputs.begin(), layer.inputs.end(), [&](graph::LayerId input) {
          return input != graph::kNetworkInput && flat[static_cast<std::size_t>(input)];
        });
    flat[k] = behind || ends_maps(layer);
    if (flat[k]) continue;
    const bool convolution = layer.kind->family == layers::Family::kConvolution;
    if (convolution) terms.numbers.push_back(width_of(network, layer));
    auto size = std::find_if(sizes.begin(), sizes.end(), [&](const Size& s) {
      return s.last.height == layer.output.height && s.last.width == layer.output.width;
    });
    if (size == sizes.end()) size = sizes.insert(size, Size{});
    size->last = layer.output;
    size->convolutions = terms.numbers.size();
    size->convolved = size->convolved || convolution;
  }
  std::erase_if(sizes, [](const Size& size) { return !size.convolved; });
  const auto smallest =
      std::min_element(sizes.begin(), sizes.end(),
                       [](const Size& a, const Size& b) { return a.last.area() < b.last.area(); });
  terms.shape.convolutions = terms.numbers.size();
  for (auto size = sizes.begin(); size != sizes.end(); ++size) {
    terms.shape.scales.push_back({size->convolutions, size == smallest ? kSmallestWeight : 1});
    terms.numbers.push_back(size->last.elements());
  }
  return terms;
}

void compute_entropy(const EntropyShape& shape, std::span<const LaneNumbers> numbers, int lanes,
                     double* entropy, double* effectiveness) {
  Logarithms logarithms(lanes);
  std::vector<double> sum(static_cast<std::size_t>(lanes));  // of ln w so far
  std::fill_n(entropy, lanes, 0.0);
  for (std::size_t done = 0; done <= shape.convolutions; ++done) {
    for (std::size_t s = 0; s < shape.scales.size(); ++s) {
      if (shape.scales[s].convolutions != done) continue;
      const LaneNumbers elements = logarithms.of(numbers[shape.convolutions + s]);
      for (int l = 0; l < lanes; ++l)
        entropy[l] += shape.scales[s].weight * (elements.at(l) * sum[static_cast<std::size_t>(l)]);
    }
    if (done == shape.convolutions) break;
    const LaneNumbers width = logarithms.of(numbers[done]);
    for (int l = 0; l < lanes; ++l) sum[static_cast<std::size_t>(l)] += width.at(l);
  }
  const auto depth = static_cast<double>(shape.convolutions);
  for (int l = 0; l < lanes; ++l) {
    effectiveness[l] = depth == 0 ? 0 : depth / std::exp(sum[static_cast<std::size_t>(l)] / depth);
  }
}

Entropy entropy_of(const EntropyTerms& terms) {
  std::vector<LaneNumbers> numbers;
  for (Count number : terms.numbers)
    numbers.push_back({nullptr, static_cast<double>(number.value())});
  Entropy result;
  compute_entropy(terms.shape, numbers, 1, &result.entropy, &result.effectiveness);
  return result;
}

Entropy entropy_of(const graph::Network& network) { return entropy_of(entropy_terms(network)); }

}  // namespace archcost::cost
