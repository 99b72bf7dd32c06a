// SPDX-License-Identifier: Apache-2.0
// Weights of a file whose tensors have other names than those of `export`.
#pragma once

#include <span>
#include <vector>

#include "exporter/onnx_graph.hpp"
#include "exporter/weight_file_reader.hpp"

namespace archcost::exporter {

/// Whether two shapes are equal but for sizes of 1.
bool same_but_ones(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

/// Reads the network's learned tensors in the order in which the file's nodes use theirs. Matrices
/// may be transposed, and a batch norm may be folded into the convolution before it. Throws Error
/// where sizes or the number of tensors differ.
void read_in_order(const graph::Network& network, WeightFileReader& file,
                   const std::vector<OnnxTensor>& tensors,
                   std::vector<interpreter::LayerWeights>& weights);

}  // namespace archcost::exporter
