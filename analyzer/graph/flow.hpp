// SPDX-License-Identifier: Apache-2.0
// What runs from one item of a list to the next.
#pragma once

#include <algorithm>
#include <vector>

#include "graph/network.hpp"

namespace archcost::graph {

/// A tensor: a layer's output, the network's input, or one that isn't known because of a mistake.
using Wire = LayerId;
constexpr Wire kUnknownWire = -2;

/// The tensors that run between two items, at least one: several after a block or group with
/// `outputs`, and before one that takes several.
using Flow = std::vector<Wire>;

inline Flow unknown_flow() { return {kUnknownWire}; }
inline bool is_known(const Flow& flow) {
  return std::find(flow.begin(), flow.end(), kUnknownWire) == flow.end();
}

}  // namespace archcost::graph
