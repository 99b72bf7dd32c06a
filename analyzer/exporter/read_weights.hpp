// SPDX-License-Identifier: Apache-2.0
// The weights of a network from an ONNX file: of one that `export` wrote, after another program has
// changed its numbers, or of a file of another exporter with the same layers.
#pragma once

#include <filesystem>
#include <vector>

#include "interpreter/weights.hpp"

namespace archcost::exporter {

/// By layer. Tensors are found by their names or, where names differ, in the order in which the
/// file's nodes use them; batch norms that the file has folded into convolutions pass on what
/// enters. Throws Error: no ONNX file, tensors that are missing, of other sizes or no 32-bit
/// floating point numbers.
std::vector<interpreter::LayerWeights> read_weights(const graph::Network& network,
                                                    const std::filesystem::path& file);

}  // namespace archcost::exporter
