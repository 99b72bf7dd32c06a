// SPDX-License-Identifier: Apache-2.0
// Names of layers, from those of nodes and weights.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

/// The path of the module that a node belongs to, as labels of the spec language:
/// "/features/features.0/features.0.1/Conv" gives features, 0, 1; empty where no name says it.
std::vector<std::string> module_path(const FoldedGraph& graph, const FoldedOp& op);

/// Of a file that archcost wrote: the path that is the name of a layer; empty for other names.
std::vector<std::string> own_path(std::string_view name);

/// A text as a label: letters, digits and '_'; empty for a text without any.
std::string label_of(std::string_view text);

}  // namespace archcost::onnx
