// SPDX-License-Identifier: Apache-2.0
// The order of execution of a graph's nodes.
#pragma once

#include <vector>

#include "onnx/model.hpp"

namespace archcost::onnx {

/// Indices of the nodes, each after those that it takes from; the file's order where that is one.
/// Throws Error for a cycle.
std::vector<int> node_order(const std::vector<Node>& nodes);

}  // namespace archcost::onnx
