// SPDX-License-Identifier: Apache-2.0
// The network as a Boost graph. An edge runs from a layer to one that takes its output; parallel
// edges carry the index of the input, because in_edges has no order.
#pragma once

#include <boost/graph/adjacency_list.hpp>

#include "graph/network.hpp"

namespace archcost::graph {

struct InputIndex {
  int value = 0;
};
using Wiring = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS,
                                     boost::no_property, InputIndex>;

/// A vertex for each layer, with the layer's index; the network's input is none.
Wiring make_wiring(const std::vector<Layer>& layers);

}  // namespace archcost::graph
