// SPDX-License-Identifier: Apache-2.0
#include "graph/wiring.hpp"

#include <boost/graph/topological_sort.hpp>

#include "graph/graph_checks.hpp"

namespace archcost::graph {

Wiring make_wiring(const std::vector<Layer>& layers) {
  Wiring wiring(layers.size());
  for (std::size_t k = 0; k < layers.size(); ++k) {
    for (std::size_t input = 0; input < layers[k].inputs.size(); ++input) {
      const LayerId from = layers[k].inputs[input];
      if (from != kNetworkInput)
        boost::add_edge(from, k, InputIndex{static_cast<int>(input)}, wiring);
    }
  }
  return wiring;
}

std::vector<LayerId> dangling_layers(const std::vector<Layer>& layers, LayerId output) {
  const Wiring wiring = make_wiring(layers);
  std::vector<LayerId> dangling;
  for (const auto vertex : boost::make_iterator_range(boost::vertices(wiring))) {
    const auto id = static_cast<LayerId>(vertex);
    if (id != output && boost::out_degree(vertex, wiring) == 0) dangling.push_back(id);
  }
  return dangling;
}

std::vector<LayerId> topological_order(const std::vector<Layer>& layers) {
  const Wiring wiring = make_wiring(layers);
  std::vector<LayerId> order;
  order.reserve(layers.size());
  boost::topological_sort(wiring, std::back_inserter(order));
  return {order.rbegin(), order.rend()};
}

}  // namespace archcost::graph
