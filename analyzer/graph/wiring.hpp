// SPDX-License-Identifier: Apache-2.0
// Questions about the wiring of layers, answered with Boost.Graph.
#pragma once

#include <span>
#include <vector>

#include "graph/network.hpp"

namespace archcost::graph {

/// Layers whose output is not used, though it isn't one of the network's.
std::vector<LayerId> dangling_layers(const std::vector<Layer>& layers,
                                     std::span<const LayerId> outputs);

/// The chain of layers from an input to an output with the most multiply-adds: what can't be
/// computed in parallel, with any number of processors.
struct CriticalPath {
  std::vector<LayerId> layers;  ///< in the order of execution
  Count macs;                   ///< of one image
};
CriticalPath critical_path(const Network& network);

}  // namespace archcost::graph
