// SPDX-License-Identifier: Apache-2.0
// Which learned tensors of a file a weight is computed from.
#pragma once

#include <vector>

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

/// FoldedValue::sources of an output of an op whose inputs are weights and constants. The shape of
/// the output is known.
std::vector<ValueId> weight_sources(const FoldedGraph& graph, const FoldedOp& op, ValueId output);

}  // namespace archcost::onnx
