// SPDX-License-Identifier: Apache-2.0
// Small graphs of ONNX files with the layers that the reader makes of them, in a line.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>
#include <vector>

#include "graph/build.hpp"
#include "onnx/graph_writer.hpp"
#include "onnx/reader.hpp"
#include "support/catch.hpp"

namespace archcost::test {

inline graph::Network network_of_graph(const TestModel& model,
                                       const std::vector<std::string>& settings = {}) {
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(model), "net.onnx");
  graph::BuildOptions options;
  for (const std::string& setting : settings)
    options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  return graph::build_network(spec, options);
}

/// "conv 8x4x4 10/160, relu 8x4x4 0/0": kind, output, params unless they are another layer's,
/// multiply-adds.
inline std::string rows_of(const graph::Network& network) {
  std::string text;
  for (const graph::Layer& layer : network.layers) {
    const std::int64_t params = layer.weights_of ? 0 : layer.cost.params.value();
    text += fmt::format("{}{} {} {}/{}", text.empty() ? "" : ", ", layer.kind->name,
                        to_string(layer.output), params, layer.cost.macs.value());
  }
  return text;
}

struct GraphRow {
  std::vector<TestDimension> input;
  std::function<std::string(GraphWriter&)> make;  ///< the output
  std::string layers;
};

inline void check_rows(const std::vector<GraphRow>& rows) {
  for (const GraphRow& row : rows) {
    GraphWriter g(row.input);
    g.model.outputs = {row.make(g)};
    INFO(row.layers);
    CHECK(rows_of(network_of_graph(g.model)) == row.layers);
  }
}

using Sizes = std::vector<std::int64_t>;

}  // namespace archcost::test
