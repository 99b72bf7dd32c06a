// SPDX-License-Identifier: Apache-2.0
// The weights of an ONNX file that `export` wrote, after another program has changed their numbers.
#pragma once

#include <filesystem>
#include <vector>

#include "interpreter/weights.hpp"

namespace archcost::exporter {

/// By layer. Tensors are found by their names. Throws Error: no ONNX file, tensors that are
/// missing, of other sizes or no 32-bit floating point numbers.
std::vector<interpreter::LayerWeights> read_weights(const graph::Network& network,
                                                    const std::filesystem::path& file);

}  // namespace archcost::exporter
