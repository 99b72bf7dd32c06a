// SPDX-License-Identifier: Apache-2.0
// Questions about the wiring of layers, answered with Boost.Graph.
#pragma once

#include <vector>

#include "graph/network.hpp"

namespace archcost::graph {

/// Layers whose output nobody takes, though it isn't the network's.
std::vector<LayerId> dangling_layers(const std::vector<Layer>& layers, LayerId output);

/// The chain of layers from the input to the output with the most multiply-adds: what can't be
/// computed in parallel, with any number of processors.
struct CriticalPath {
  std::vector<LayerId> layers;  ///< in the order of execution
  Count macs;                   ///< of one image
};
CriticalPath critical_path(const Network& network);

}  // namespace archcost::graph
