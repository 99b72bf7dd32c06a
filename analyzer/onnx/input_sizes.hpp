// SPDX-License-Identifier: Apache-2.0
// The sizes of a model's inputs: the file's, and those that are given for what it leaves open.
#pragma once

#include <vector>

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

/// A leading dimension that is left open is the batch, of 1. Throws Error that names all others.
std::vector<Shape> input_shapes(const std::vector<ValueInfo>& inputs, const ModelSizes& sizes);

}  // namespace archcost::onnx
