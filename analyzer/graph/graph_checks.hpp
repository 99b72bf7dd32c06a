// SPDX-License-Identifier: Apache-2.0
// Questions about the wiring of layers, answered with Boost.Graph.
#pragma once

#include <vector>

#include "graph/network.hpp"

namespace archcost::graph {

/// Layers whose output nobody takes, though it isn't the network's.
std::vector<LayerId> dangling_layers(const std::vector<Layer>& layers, LayerId output);

/// An order in which every layer follows its inputs. Throws boost::not_a_dag for a cycle.
std::vector<LayerId> topological_order(const std::vector<Layer>& layers);

}  // namespace archcost::graph
