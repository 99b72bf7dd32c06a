// SPDX-License-Identifier: Apache-2.0
#include "plan/run_order.hpp"

namespace archcost::plan {
namespace {

/// A depth-first search from the outputs, without recursion: networks may be very deep.
std::vector<graph::LayerId> order_of(const graph::Network& network) {
  std::vector<graph::LayerId> order, stack;
  enum : char { kNew, kOpen, kDone };
  std::vector<char> states(network.layers.size(), kNew);
  const auto visit = [&](graph::LayerId root) {
    stack.push_back(root);
    while (!stack.empty()) {
      const graph::LayerId id = stack.back();
      if (states[id] == kNew) {
        states[id] = kOpen;
        // The last of the stack is next: the last input.
        for (const graph::LayerId input : network.layers[id].inputs) {
          if (input != graph::kNetworkInput && states[input] == kNew) stack.push_back(input);
        }
        continue;
      }
      stack.pop_back();
      if (states[id] == kOpen) order.push_back(id);
      states[id] = kDone;
    }
  };
  for (const graph::LayerId output : network.outputs) {
    if (output != graph::kNetworkInput) visit(output);
  }
  // What no output needs is run too.
  for (graph::LayerId id = 0; id < static_cast<graph::LayerId>(states.size()); ++id) {
    if (states[id] == kNew) visit(id);
  }
  return order;
}

}  // namespace

OrderedNetwork in_run_order(const graph::Network& network) {
  OrderedNetwork ordered{network, order_of(network)};
  std::vector<graph::LayerId> places(network.layers.size());
  for (std::size_t i = 0; i < ordered.original.size(); ++i)
    places[ordered.original[i]] = static_cast<graph::LayerId>(i);
  const auto place = [&](graph::LayerId& id) {
    if (id != graph::kNetworkInput) id = places[id];
  };
  for (std::size_t i = 0; i < ordered.original.size(); ++i) {
    graph::Layer& layer = ordered.network.layers[i];
    layer = network.layers[ordered.original[i]];
    for (graph::LayerId& input : layer.inputs) place(input);
    if (layer.weights_of) place(*layer.weights_of);
  }
  for (graph::LayerId& output : ordered.network.outputs) place(output);
  return ordered;
}

}  // namespace archcost::plan
