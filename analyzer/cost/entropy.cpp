// SPDX-License-Identifier: Apache-2.0
#include "cost/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graph/layer_problem.hpp"
#include "layers/layer_table.hpp"

namespace archcost::cost {
namespace {

constexpr int kSmallestWeight = 8;    // of the smallest size
constexpr std::size_t kSmall = 8192;  // numbers whose logarithms stand in a table
constexpr int kLargeBits = 12;        // of the places for others

// Whether the layer's output is a vector and no longer a feature map.
bool ends_maps(const graph::Layer& layer) {
  return layer.kind->spatial == layers::SpatialEffect::kGather && layer.output.area() == Count(1);
}

// w: input channels times the kernel's area, divided by the groups.
Count width_of(const graph::Network& network, const graph::Layer& layer) {
  return graph::extent_of(layer, "kernel").area() *
         div_floor(network.shape(layer.inputs.front()).channels, graph::count_of(layer, "groups"));
}

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
  terms.shape.places.resize(terms.numbers.size());
  std::iota(terms.shape.places.begin(), terms.shape.places.end(), std::size_t{0});
  return terms;
}

// What std::log gives: most numbers of a sweep or a search were asked for before.
double EntropyBatch::logarithm_of(double number) {
  if (number >= 0 && number < static_cast<double>(kSmall))
    return small_[static_cast<std::size_t>(number)];
  const auto hash = static_cast<std::uint64_t>(static_cast<std::int64_t>(number)) *
                    std::uint64_t{0x9e3779b97f4a7c15};
  Known& known = large_[hash >> (64 - kLargeBits)];
  if (known.number != number) known = {number, std::log(number)};
  return known.logarithm;
}

void EntropyBatch::find_logarithms(std::span<const LaneNumbers> numbers, int lanes) {
  const auto room = static_cast<std::size_t>(lanes);
  logs_.resize(numbers.size());
  rows_.resize(numbers.size() * room);
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const double* from = numbers[k].lanes;
    if (from == nullptr) {
      logs_[k] = {nullptr, std::log(numbers[k].all)};
      continue;
    }
    if (small_.empty()) {
      for (std::size_t number = 0; number < kSmall; ++number)
        small_.push_back(std::log(static_cast<double>(number)));
      large_.resize(std::size_t{1} << kLargeBits);
    }
    double* to = rows_.data() + k * room;
    std::transform(from, from + lanes, to, [&](double number) { return logarithm_of(number); });
    logs_[k] = {to, 0};
  }
}

void EntropyBatch::compute(const EntropyShape& shape, std::span<const LaneNumbers> numbers,
                           int lanes, double* entropy, double* effectiveness) {
  find_logarithms(numbers, lanes);
  sum_.assign(static_cast<std::size_t>(lanes), 0.0);  // of ln w so far
  double* sum = sum_.data();
  std::fill_n(entropy, lanes, 0.0);
  const auto log_of = [&](std::size_t k) { return logs_[shape.places[k]]; };
  for (std::size_t done = 0; done <= shape.convolutions; ++done) {
    for (std::size_t s = 0; s < shape.scales.size(); ++s) {
      if (shape.scales[s].convolutions != done) continue;
      const LaneNumbers elements = log_of(shape.convolutions + s);
      const int weight = shape.scales[s].weight;
      for (int l = 0; l < lanes; ++l) entropy[l] += weight * (elements.at(l) * sum[l]);
    }
    if (done == shape.convolutions) break;
    const LaneNumbers width = log_of(done);
    for (int l = 0; l < lanes; ++l) sum[l] += width.at(l);
  }
  if (effectiveness == nullptr) return;
  const auto depth = static_cast<double>(shape.convolutions);
  for (int l = 0; l < lanes; ++l)
    effectiveness[l] = depth == 0 ? 0 : depth / std::exp(sum[l] / depth);
}

Entropy entropy_of(const EntropyTerms& terms) {
  std::vector<LaneNumbers> numbers;
  for (Count number : terms.numbers)
    numbers.push_back({nullptr, static_cast<double>(number.value())});
  Entropy result;
  EntropyBatch().compute(terms.shape, numbers, 1, &result.entropy, &result.effectiveness);
  return result;
}

Entropy entropy_of(const graph::Network& network) { return entropy_of(entropy_terms(network)); }

}  // namespace archcost::cost
