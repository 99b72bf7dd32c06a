// SPDX-License-Identifier: Apache-2.0
// Layers under the names of their modules: groups inside groups, every label of a list its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "onnx/draft.hpp"
#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

struct LabelNode {
  std::string label;
  DraftId layer = -1;               ///< -1: a group
  std::vector<LabelNode> children;  ///< of a group, or the branches of a merge
};

struct LabelTree {
  LabelNode root;
  std::vector<std::vector<std::string>> paths;  ///< of each layer
};

/// The layer that a node gives.
DraftId last_layer(const LabelNode& node);

LabelTree make_labels(const FoldedGraph& graph, const Draft& draft);

/// How a layer at `from` refers to the one at `to`, as in `from:` of the spec language; empty where
/// names inside would hide it.
std::string reference(const LabelTree& tree, DraftId from, DraftId to);

/// Gives new labels to what hides layers: pairs of a layer and one to which it has no reference.
void uncover(LabelTree& tree, const std::vector<std::pair<DraftId, DraftId>>& hidden);

}  // namespace archcost::onnx
