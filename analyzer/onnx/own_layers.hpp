// SPDX-License-Identifier: Apache-2.0
// Layers that archcost's own files write as several operators, or as one that other kinds have too:
// their nodes are called "<layer>/<kind>...".
#pragma once

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

/// Joins the nodes of each such layer to one of type <kind> in the domain "archcost". Files of
/// other producers are left as they are.
void join_own_layers(FoldedGraph& graph);

}  // namespace archcost::onnx
