// SPDX-License-Identifier: Apache-2.0
// The nodes that an engine ran, mapped to the layers of a network by their names.
//
// A graph optimiser fuses nodes, renames them, and adds changes of layout. A node stands for the
// layers whose names it or its outputs have. A layer without a node was fused: into the kernel of
// its input, or into the node that follows it. Nothing is guessed from types or times.
#pragma once

#include <string>
#include <vector>

#include "graph/network.hpp"
#include "plan/kernel_option.hpp"

namespace archcost::runner {

/// A node of an engine's profile.
struct EngineNode {
  std::string name;  ///< "stage2.unit1.residual.a.relu_nchwc"
  std::string type;  ///< "Conv", "ReorderOutput"
  /// Tensors that it reads and writes, without weights; empty where the profile doesn't say.
  std::vector<std::string> inputs = {}, outputs = {};
  bool channels_last = false;  ///< of a change of layout: the plain side is nhwc
};

/// A tensor or node of the exported network that belongs to a layer.
struct LayerName {
  std::string name;
  graph::LayerId layer = 0;
};

/// What an engine runs as one: layers, a change of layout, or neither.
struct EngineRow {
  std::vector<std::size_t> nodes;           ///< of the profile, in the order of execution
  std::vector<graph::LayerId> layers = {};  ///< in their order; empty for the others
  bool reorder = false;
  graph::LayerId value = 0;  ///< that a reorder converts; meaningless where `found` is false
  bool found = true;         ///< false: no layer has a name that the node has
  plan::Layout in = plan::Layout::kPlain, out = plan::Layout::kPlain;
};

/// Rows in the order of their first nodes: each node belongs to one. `names` are names beside the
/// layers' own.
std::vector<EngineRow> map_nodes(const graph::Network& network, const std::vector<LayerName>& names,
                                 const std::vector<EngineNode>& nodes);

/// The types of a row's nodes: "Conv nchwc", "Reshape+Transpose+Reshape".
std::string implementation_of(const EngineRow& row, const std::vector<EngineNode>& nodes);

}  // namespace archcost::runner
