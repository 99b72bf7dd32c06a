// SPDX-License-Identifier: Apache-2.0
#include "latency/network_footprint.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "graph/layer_problem.hpp"

namespace archcost::latency {

double network_footprint(const graph::Network& network) {
  double parameters = 0, most = 0;
  for (std::size_t id = 0; id < network.layers.size(); ++id) {
    const graph::Layer& layer = network.layers[id];
    parameters += static_cast<double>(graph::added_cost(layer).params.value());
    double elements =
        static_cast<double>(graph::dims_of(network, static_cast<graph::LayerId>(id)).elements());
    for (const graph::LayerId input : layer.inputs)
      elements += static_cast<double>(graph::dims_of(network, input).elements());
    most = std::max(most, elements);
  }
  return (parameters + most) * sizeof(float);
}

// Of the logarithms: times of different caches differ by factors.
std::vector<FootprintTime> times_by_footprint(const std::vector<double>& seconds,
                                              const std::vector<double>& footprints) {
  if (seconds.size() != footprints.size()) return {};
  struct Sum {
    double footprint = 0, seconds = 0, count = 0;
  };
  std::map<long, Sum> sums;  // by powers of two
  for (std::size_t k = 0; k < seconds.size(); ++k) {
    if (!(footprints[k] > 0) || !(seconds[k] > 0)) return {};
    Sum& sum = sums[std::lround(std::log2(footprints[k]))];
    sum.footprint += std::log(footprints[k]);
    sum.seconds += std::log(seconds[k]);
    ++sum.count;
  }
  std::vector<FootprintTime> times;
  for (const auto& [power, sum] : sums)
    times.push_back({std::exp(sum.footprint / sum.count), std::exp(sum.seconds / sum.count)});
  return times;
}

double seconds_at(const std::vector<FootprintTime>& times, double footprint) {
  constexpr double kNear = 0.1;  // as a square of a logarithm: a factor of 1.4
  double total = 0, weights = 0;
  for (const FootprintTime& time : times) {
    const double distance = std::log(time.footprint / footprint);
    const double weight = 1 / (kNear + distance * distance);
    total += weight * std::log(time.seconds);
    weights += weight;
  }
  return std::exp(total / weights);
}

}  // namespace archcost::latency
