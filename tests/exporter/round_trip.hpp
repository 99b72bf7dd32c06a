// SPDX-License-Identifier: Apache-2.0
// ONNX files that were exported, and read again.
#pragma once

#include <fmt/core.h>

#include <string>
#include <vector>

#include "cost/diff.hpp"
#include "exporter/export_onnx.hpp"
#include "graph/build.hpp"
#include "onnx/reader.hpp"

namespace archcost::test {

inline std::string exported(const graph::Network& network, exporter::OnnxFile file = {},
                            const std::vector<graph::LayerId>& folded = {},
                            const std::vector<interpreter::LayerWeights>& weights = {}) {
  const exporter::OnnxGraph graph = exporter::onnx_graph(network, file.opset, folded);
  std::string bytes;
  exporter::write_onnx(graph, file, weights, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

inline std::string without_weights(const graph::Network& network, int opset = 17) {
  return exported(
      network, {.opset = opset, .weights = exporter::WeightMode::kNone, .external = "absent.data"});
}

inline graph::Network imported(const std::string& bytes, const std::string& name = "net") {
  return graph::build_network(onnx::read_model_bytes(bytes, name + ".onnx"));
}

// What differs, a line for each layer; empty if nothing does.
inline std::string changed_layers(const graph::Network& network, const graph::Network& again) {
  std::string text;
  for (const cost::DiffRow& row : cost::diff_networks(network, again)) {
    if (row.change == cost::Change::kSame) continue;
    const graph::Layer& layer = row.left >= 0 ? network.layers[static_cast<std::size_t>(row.left)]
                                              : again.layers[static_cast<std::size_t>(row.right)];
    text += fmt::format("{} {} {}\n",
                        row.left < 0    ? "+"
                        : row.right < 0 ? "-"
                                        : "~",
                        layer.name, row.what);
  }
  if (network.batch != 1 || network.layers.size() != again.layers.size()) return text;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    if (!(network.layers[k].cost == again.layers[k].cost))
      text += network.layers[k].name + " costs\n";
  }
  return text;
}

}  // namespace archcost::test
