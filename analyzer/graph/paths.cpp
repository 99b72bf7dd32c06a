// SPDX-License-Identifier: Apache-2.0
#include "graph/paths.hpp"

#include <algorithm>
#include <boost/graph/topological_sort.hpp>

#include "graph/wiring.hpp"

namespace archcost::graph {

CriticalPath critical_path(const Network& network) {
  const Wiring wiring = make_wiring(network.layers);
  std::vector<Wiring::vertex_descriptor> order;
  boost::topological_sort(wiring, std::back_inserter(order));
  std::vector<Count> longest(network.layers.size());
  std::vector<LayerId> before(network.layers.size(), kNetworkInput);
  // topological_sort gives the reverse: the last layer first.
  for (auto vertex = order.rbegin(); vertex != order.rend(); ++vertex) {
    for (const auto edge : boost::make_iterator_range(boost::in_edges(*vertex, wiring))) {
      const auto source = boost::source(edge, wiring);
      const bool better = before[*vertex] == kNetworkInput || longest[*vertex] < longest[source];
      if (!better) continue;
      longest[*vertex] = longest[source];
      before[*vertex] = static_cast<LayerId>(source);
    }
    longest[*vertex] += network.layers[*vertex].cost.macs;
  }
  CriticalPath path;
  path.macs = longest[network.output];
  for (LayerId id = network.output; id != kNetworkInput; id = before[id]) path.layers.push_back(id);
  std::reverse(path.layers.begin(), path.layers.end());
  return path;
}

}  // namespace archcost::graph
