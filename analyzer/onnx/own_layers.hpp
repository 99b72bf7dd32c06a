// SPDX-License-Identifier: Apache-2.0
// Layers in archcost's own files for which ONNX has no operator, or whose attributes no operator
// says: their nodes are called "<layer>/<kind>/...", and the last one, "<layer>/<kind>", describes
// the layer.
#pragma once

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

class Lowering;

constexpr std::string_view kOwnDomain = "archcost";

/// Joins the nodes of each such layer to one of type <kind> in kOwnDomain. Files of other producers
/// are left as they are.
void join_own_layers(FoldedGraph& graph);

/// Adds the layer that such a node describes: "roles NHC; inputs stem input; heads 2". False where
/// the description doesn't fit.
bool lower_own_layer(Lowering& lowering, const FoldedOp& op);

}  // namespace archcost::onnx
