// SPDX-License-Identifier: Apache-2.0
// How many numbers each kind of layer has learned.
#pragma once

#include <cstddef>

#include "interpreter/weights.hpp"

namespace archcost::interpreter {

inline std::size_t size(Count count) { return static_cast<std::size_t>(count.value()); }

/// Sizes of the vectors in LayerWeights.
struct WeightSizes {
  std::size_t kernel = 0, bias = 0, scale = 0, shift = 0, mean = 0, variance = 0;

  friend bool operator==(const WeightSizes&, const WeightSizes&) = default;
};

/// What a layer needs; LayerWeights describes the order inside each vector.
WeightSizes weight_sizes(const graph::Network& network, const graph::Layer& layer);

/// The sizes of given weights.
WeightSizes sizes_of(const LayerWeights& weights);

}  // namespace archcost::interpreter
