// SPDX-License-Identifier: Apache-2.0
// The order in which engines that fuse by a rule run the layers of a network.
#pragma once

#include <vector>

#include "graph/network.hpp"

namespace archcost::plan {

/// The same network with its layers in another order.
struct OrderedNetwork {
  graph::Network network;
  std::vector<graph::LayerId> original;  ///< by layer: its place in the given network
};

/// Of a layer's inputs the last one is computed first. So a sum is ready to be fused into the
/// kernel of its first operand, as graph optimisers do (ONNX Runtime's NCHWc transformer, for one).
OrderedNetwork in_run_order(const graph::Network& network);

}  // namespace archcost::plan
