// SPDX-License-Identifier: Apache-2.0
#include "graph/wiring.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>

namespace archcost::graph {
namespace {

// A vertex for each layer, with the layer's index; the network's input is none. An edge runs from
// a layer to one that takes its output.
using Wiring = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

Wiring make_wiring(const std::vector<Layer>& layers) {
  Wiring wiring(layers.size());
  for (std::size_t k = 0; k < layers.size(); ++k) {
    for (const LayerId input : layers[k].inputs) {
      if (input != kNetworkInput) boost::add_edge(input, k, wiring);
    }
  }
  return wiring;
}

}  // namespace

std::vector<LayerId> dangling_layers(const std::vector<Layer>& layers,
                                     std::span<const LayerId> outputs) {
  const Wiring wiring = make_wiring(layers);
  std::vector<LayerId> dangling;
  for (const auto vertex : boost::make_iterator_range(boost::vertices(wiring))) {
    const auto id = static_cast<LayerId>(vertex);
    const bool is_output = std::find(outputs.begin(), outputs.end(), id) != outputs.end();
    if (!is_output && boost::out_degree(vertex, wiring) == 0) dangling.push_back(id);
  }
  return dangling;
}

CriticalPath critical_path(const Network& network) {
  const Wiring wiring = make_wiring(network.layers);
  std::vector<Count> longest(network.layers.size());
  std::vector<LayerId> before(network.layers.size(), kNetworkInput);
  // In the order of the layers, which is one of execution.
  for (const auto vertex : boost::make_iterator_range(boost::vertices(wiring))) {
    for (const auto edge : boost::make_iterator_range(boost::in_edges(vertex, wiring))) {
      const auto source = boost::source(edge, wiring);
      const bool better = before[vertex] == kNetworkInput || longest[vertex] < longest[source];
      if (!better) continue;
      longest[vertex] = longest[source];
      before[vertex] = static_cast<LayerId>(source);
    }
    longest[vertex] += network.layers[vertex].cost.macs;
  }
  CriticalPath path;
  LayerId last = network.outputs.front();
  for (const LayerId output : network.outputs) {
    if (longest[last] < longest[output]) last = output;
  }
  path.macs = longest[last];
  for (LayerId id = last; id != kNetworkInput; id = before[id]) path.layers.push_back(id);
  std::reverse(path.layers.begin(), path.layers.end());
  return path;
}

}  // namespace archcost::graph
