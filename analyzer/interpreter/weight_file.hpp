// SPDX-License-Identifier: Apache-2.0
// Weights as a file of 32-bit numbers, from one process to another on the same machine: by layer
// kernel, bias, scale, shift, mean, variance.
#pragma once

#include <string>
#include <vector>

#include "interpreter/weights.hpp"

namespace archcost::interpreter {

/// Throws std::runtime_error where it can't be written.
void write_weight_file(const std::vector<LayerWeights>& weights, const std::string& path);
/// Throws std::runtime_error for a file of another size than the network's weights.
std::vector<LayerWeights> read_weight_file(const graph::Network& network, const std::string& path);

}  // namespace archcost::interpreter
