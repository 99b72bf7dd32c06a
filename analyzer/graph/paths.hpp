// SPDX-License-Identifier: Apache-2.0
// Paths through a network, found with Boost.Graph.
#pragma once

#include <vector>

#include "graph/network.hpp"

namespace archcost::graph {

/// The chain of layers from the input to the output with the most multiply-adds: what can't be
/// computed in parallel, with any number of processors.
struct CriticalPath {
  std::vector<LayerId> layers;  ///< in the order of execution
  Count macs;                   ///< of one image
};
CriticalPath critical_path(const Network& network);

}  // namespace archcost::graph
