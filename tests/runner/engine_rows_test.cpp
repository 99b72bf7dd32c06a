// SPDX-License-Identifier: Apache-2.0
// Nodes of an engine's profile mapped to layers: fusions, changes of layout, helpers, strangers.
#include "runner/engine_rows.hpp"

#include "plan/run_order.hpp"
#include "runner/engine_figures.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// "conv batch_norm | nodes 0 1 | nchw>nChwc": the layers, the nodes and the layouts of a row.
std::string row_text(const graph::Network& network, const runner::EngineRow& row) {
  std::string text = row.reorder ? "reorder" : "";
  if (row.reorder && row.found)
    text += " of " + (row.value < 0 ? "the input" : network.layers[row.value].name);
  for (const graph::LayerId id : row.layers)
    text += (text.empty() ? "" : " ") + network.layers[id].name;
  if (!row.found) text += " not found";
  text += " |";
  for (const std::size_t node : row.nodes) text += " " + std::to_string(node);
  return text + " | " + plan::to_text(plan::KernelOption{row.in, row.out});
}

std::vector<std::string> rows_text(const graph::Network& network,
                                   const std::vector<runner::EngineNode>& nodes,
                                   const std::vector<runner::LayerName>& names = {}) {
  std::vector<std::string> texts;
  for (const runner::EngineRow& row : runner::map_nodes(network, names, nodes))
    texts.push_back(row_text(network, row));
  return texts;
}

graph::Network residual() {
  return network_of(
      "name: small\ninput: {channels: 16, height: 8, width: 8}\nlayers:\n  - add:\n"
      "      - - conv: {name: conv1, out: 16, kernel: 3}\n        - batch_norm: {name: norm1}\n"
      "        - relu: {name: relu1}\n        - conv: {name: conv2, out: 16}\n"
      "        - batch_norm: {name: norm2}\n      - []\n  - relu: {name: relu2}\n"
      "  - global_avg_pool: {name: pool}\n  - flatten: {name: flat}\n"
      "  - linear: {name: fc, out: 10}\n");
}

}  // namespace

TEST_CASE("a convolution's row has what was fused into it, by names alone", "[engines]") {
  const graph::Network network = residual();
  // The optimiser's names: of the activation for the first, of the norm for the second, which also
  // computes the sum and the activation behind it.
  CHECK(rows_text(network, {{"relu1_nchwc", "Conv"},
                            {"norm2_nchwc", "Conv"},
                            {"pool_nchwc", "GlobalAveragePool"},
                            {"ReorderOutput", "ReorderOutput"},
                            {"flat", "Flatten"},
                            {"fc", "Gemm"}}) ==
        std::vector<std::string>{"conv1 norm1 relu1 | 0 | nchw>nChwc",
                                 "conv2 norm2 add relu2 | 1 | nChwc>nChwc",
                                 "pool | 2 | nChwc>nChwc", "reorder not found | 3 | nChwc>nchw",
                                 "flat | 4 | nchw>nchw", "fc | 5 | nchw>nchw"});
}

TEST_CASE("tensors say what a change of layout converts and whose helper a node is", "[engines]") {
  const graph::Network network = residual();
  const std::vector<runner::EngineNode> nodes = {
      {"ReorderInput", "ReorderInput", {"input"}, {"r0"}},
      {"relu1_nchwc", "Conv", {"r0"}, {"r1"}},
      {"norm2_nchwc", "Conv", {"r1"}, {"r2"}},
      {"ReorderOutput_token_7", "ReorderOutput", {"r2"}, {"norm2"}},
      {"add", "Add", {"norm2", "input"}, {"add"}},
      {"relu2", "Relu", {"add"}, {"relu2"}},
      {"pool", "GlobalAveragePool", {"relu2"}, {"pool"}},
      {"gemm_input_reshape", "Reshape", {"pool"}, {"gemm_in"}},
      {"Gemm_token_3", "Gemm", {"gemm_in"}, {"fc"}},
      {"Nobody", "Identity", {"elsewhere"}, {"nowhere"}}};
  const std::vector<runner::LayerName> names = {{"input", graph::kNetworkInput}};
  CHECK(rows_text(network, nodes, names) ==
        std::vector<std::string>{
            "reorder of the input | 0 | nchw>nChwc", "conv1 norm1 relu1 | 1 | nChwc>nChwc",
            "conv2 norm2 | 2 | nChwc>nChwc", "reorder of norm2 | 3 | nChwc>nchw",
            "add | 4 | nchw>nchw", "relu2 | 5 | nchw>nchw", "pool flat | 6 | nchw>nchw",
            "fc | 7 8 | nchw>nchw", " not found | 9 | nchw>nchw"});
}

TEST_CASE("a batch norm before an activation is the activation's, unless a kernel folds it",
          "[engines]") {
  const graph::Network network = network_of(
      spec_with("- concat: [[conv: {name: a, out: 8}], [conv: {name: b, out: 8}]]\n"
                "- batch_norm: {name: norm}\n- relu: {name: act}\n- conv: {name: c, out: 8}"));
  CHECK(rows_text(network, {{"a_nchwc", "Conv"},
                            {"b_nchwc", "Conv"},
                            {"concat", "Concat"},
                            {"act_nchwc", "Conv"},
                            {"c_nchwc", "Conv"}}) ==
        std::vector<std::string>{"a | 0 | nchw>nChwc", "b | 1 | nchw>nChwc",
                                 "concat | 2 | nchw>nchw", "norm act | 3 | nChwc>nChwc",
                                 "c | 4 | nChwc>nChwc"});
  // The name that ONNX Runtime gives to the convolution that it makes of a batch norm.
  CHECK(rows_text(network, {{"a_nchwc", "Conv"},
                            {"b_nchwc", "Conv"},
                            {"concat", "Concat"},
                            {"norm_bn_nchwc", "Conv"},
                            {"c_nchwc", "Conv"}}) ==
        std::vector<std::string>{"a | 0 | nchw>nChwc", "b | 1 | nchw>nChwc",
                                 "concat | 2 | nchw>nchw", "norm act | 3 | nChwc>nChwc",
                                 "c | 4 | nChwc>nChwc"});
}

TEST_CASE("rows have the problems of oneDNN's steps", "[engines]") {
  const graph::Network network = residual();
  const std::vector<runner::EngineNode> nodes = {
      {"relu1_nchwc", "Conv"}, {"norm2_nchwc", "Conv"}, {"pool_nchwc", "GlobalAveragePool"},
      {"flat", "Flatten"},     {"fc", "Gemm"},          {"Nobody", "Identity"}};
  const auto rows = runner::map_nodes(network, {}, nodes);
  const auto measured = runner::measured_rows(network, rows, nodes, 2);
  REQUIRE(measured.size() == 6);
  CHECK(contains(measured[0].problem, "conv 1x16x8x8 > 1x16x8x8"));
  CHECK(contains(measured[0].problem, " norm relu image f32 2T"));
  CHECK(contains(measured[1].problem, " norm add+relu"));
  CHECK(measured[3].problem.empty());  // a view: no step
  CHECK(contains(measured[4].problem, "linear 1x16x1x1 > 1x10x1x1"));
  REQUIRE(measured[5].label);
  CHECK(measured[5].label->name == "Nobody");
  CHECK(measured[5].label->kind == "no layer");
}

TEST_CASE("in the order of a run the last input of a layer comes first", "[engines]") {
  const graph::Network network =
      network_of(spec_with("- add: [[conv: {name: a, out: 8}], [conv: {name: b, out: 8}]]"));
  const plan::OrderedNetwork ordered = plan::in_run_order(network);
  std::vector<std::string> names;
  for (const graph::Layer& layer : ordered.network.layers) names.push_back(layer.name);
  CHECK(names == std::vector<std::string>{"b", "a", "add"});
  CHECK(ordered.original == std::vector<graph::LayerId>{1, 0, 2});
  CHECK(ordered.network.layers[2].inputs == std::vector<graph::LayerId>{1, 0});
  CHECK(ordered.network.outputs == std::vector<graph::LayerId>{2});
}
