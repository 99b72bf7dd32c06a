// SPDX-License-Identifier: Apache-2.0
// ONNX graphs as text: what each node takes, says and gives, and what each initializer holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exporter/export_onnx.hpp"

namespace archcost::test {

/// A line for each input, node, output and initializer: "conv: Conv(input, conv.weight) group=1
/// [1, 8, 16, 12]". A node's line ends with the sizes of its output, and with its documentation.
std::string graph_text(const exporter::OnnxGraph& graph);
/// The graph of a network of these layers, over an input of "CxHxW".
std::string onnx_text(const std::string& layers, const std::string& input = "8x16x12",
                      int opset = 17, std::int64_t batch = 1);

}  // namespace archcost::test
