// SPDX-License-Identifier: Apache-2.0
// How each rule maps nodes to layers: names, helpers, fused layers, layouts, and the rows'
// problems.
#include <fmt/core.h>

#include "core/text.hpp"
#include "exporter/export_onnx.hpp"
#include "plan/kernel_option.hpp"
#include "runner/engine_figures.hpp"
#include "runner/engine_rows.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Nodes = std::vector<runner::EngineNode>;
using Lines = std::vector<std::string>;

std::string value_name(const graph::Network& network, graph::LayerId id) {
  return id < 0 ? "image" : network.layers[static_cast<std::size_t>(id)].name;
}

/// "a b | 0 2 | nchw>nChwc": the layers, the nodes and the layouts.
Lines mapped(const graph::Network& network, const Nodes& nodes,
             const std::vector<runner::LayerName>& names = {}) {
  Lines lines;
  for (const runner::EngineRow& row : runner::map_nodes(network, names, nodes)) {
    Lines words;
    if (row.reorder)
      words.push_back("reorder " + (row.found ? value_name(network, row.value) : "?"));
    else if (!row.found)
      words.emplace_back("?");
    for (const graph::LayerId id : row.layers) words.push_back(value_name(network, id));
    words.emplace_back("|");
    for (const std::size_t node : row.nodes) words.push_back(std::to_string(node));
    lines.push_back(join(words, " ") + " | " + plan::to_text(plan::KernelOption{row.in, row.out}));
  }
  return lines;
}

/// The layers of the rows alone: "a b; c".
std::string layers_of_rows(const graph::Network& network, const Nodes& nodes,
                           const std::vector<runner::LayerName>& names = {}) {
  Lines rows;
  for (const std::string& line : mapped(network, nodes, names))
    rows.push_back(line.substr(0, line.find(" |")));
  return join(rows, "; ");
}

/// "name: problem main value label", by row.
Lines figure_rows(const graph::Network& network, const Nodes& nodes, int threads,
                  const std::vector<runner::LayerName>& names = {}) {
  const auto rows = runner::map_nodes(network, names, nodes);
  Lines lines;
  for (const runner::MeasuredRow& row : runner::measured_rows(network, rows, nodes, threads)) {
    const runner::EngineRow& of = rows[lines.size()];
    CHECK(row.option == plan::KernelOption{of.in, of.out});
    lines.push_back(fmt::format("{}|{}|{}|{}|{}|{}|{}", row.layers.size(), row.reorder,
                                value_name(network, row.main), value_name(network, row.value),
                                row.implementation, row.problem,
                                row.label ? row.label->name + ", " + row.label->kind : ""));
  }
  return lines;
}

graph::Network three() {
  return network_of(
      spec_with("- conv: {name: a, out: 6, kernel: 3}\n- conv: {name: b, out: 4}\n"
                "- conv: {name: c, out: 5}",
                "3x7x9"));
}

}  // namespace

TEST_CASE("a node's name is a layer's, but for the additions of optimisers", "[engines]") {
  const graph::Network network = three();
  for (const char* name : {"b", "fused b", "b_nchwc", "b_bn_nchwc", "fused b_nchwc", "b/MatMul",
                           "b/x/y", "b/", "other", "fused other_bn_nchwc"}) {
    INFO(name);
    CHECK(mapped(network, {{"a", "Conv"}, {name, "Conv"}, {"c", "Conv"}}, {{"other", 1}})[1]
              .starts_with("b | 1 |"));
  }
  for (const char* name : {"", "/", "/b", "x/b", "bb", "b_bn", "fused", "fused ", "B", "_nchwc",
                           "image", "b_nchwc/x"}) {
    INFO(name);
    const Lines rows = mapped(network, {{"a", "Conv"}, {name, "Conv"}, {"c", "Conv"}},
                              {{"image", graph::kNetworkInput}});
    REQUIRE(rows.size() == 3);
    CHECK(rows[1].starts_with("? | 1 |"));
  }
  // A name that is given goes before the layer's own.
  CHECK(layers_of_rows(network, {{"a", "Conv"}, {"b", "Conv"}}, {{"b", 2}}) == "a; b c");
  // Layers without a node go to the next one that has one.
  CHECK(layers_of_rows(network, {{"c", "Conv"}}, {}) == "a b c");
  CHECK(layers_of_rows(network, {{"b", "Conv"}, {"c", "Conv"}}, {}) == "a b; c");
}

TEST_CASE("nodes of one layer are one row, and a node of two rows makes them one", "[engines]") {
  const graph::Network network = three();
  CHECK(mapped(network, {{"b/1", "Mul"}, {"a", "Conv"}, {"b/2", "Add"}, {"c", "Conv"}}) ==
        Lines{"b | 0 2 | nchw>nchw", "a | 1 | nchw>nchw", "c | 3 | nchw>nchw"});
  // The node 4 has the name of one layer and writes the tensor of another.
  CHECK(mapped(network, {{"c", "Conv", {"z"}, {"y"}},
                         {"b", "Conv", {"q"}, {"w"}},
                         {"a", "Conv", {"i"}, {"q"}},
                         {"c", "Conv", {"w"}, {"v"}},
                         {"a", "Conv", {"v"}, {"c"}}}) ==
        Lines{"a c | 0 2 3 4 | nchw>nchw", "b | 1 | nchw>nchw"});
  CHECK(mapped(network, {{"a", "Conv", {"i"}, {"t"}},
                         {"b", "Conv", {"t"}, {"u"}},
                         {"a/2", "Add", {"u"}, {"b"}},
                         {"c", "Conv", {"b"}, {"c"}}}) ==
        Lines{"a b | 0 1 2 | nchw>nchw", "c | 3 | nchw>nchw"});
  CHECK(mapped(network, {{"a", "Conv", {"i"}, {"t"}},
                         {"b", "Conv", {"t"}, {"u"}},
                         {"a/2", "Add", {"u"}, {"v"}},
                         {"c", "Conv", {"v"}, {"c"}}}) ==
        Lines{"a | 0 2 | nchw>nchw", "b | 1 | nchw>nchw", "c | 3 | nchw>nchw"});
  // A tensor alone names a layer too; the network's input does not.
  CHECK(mapped(network, {{"x", "Conv", {"i"}, {"a"}}, {"b", "Conv"}, {"c", "Conv"}})[0] ==
        "a | 0 | nchw>nchw");
  CHECK(mapped(network,
               {{"x", "Conv", {"i"}, {"b", "a"}}, {"y", "Id", {"i"}, {"image"}}, {"c", "Conv"}},
               {{"image", graph::kNetworkInput}}) ==
        Lines{"a b | 0 | nchw>nchw", "? | 1 | nchw>nchw", "c | 2 | nchw>nchw"});
}

TEST_CASE("a node without a layer belongs to the row that alone reads it", "[engines]") {
  const graph::Network network = three();
  const auto rows = [&](const Nodes& helpers) {
    Nodes nodes = {{"a", "Conv", {"i"}, {"a"}}};
    nodes.insert(nodes.end(), helpers.begin(), helpers.end());
    nodes.push_back({"b", "Conv", {"t"}, {"b"}});
    nodes.push_back({"c", "Conv", {"u"}, {"c"}});
    Lines texts;
    for (const std::string& line : mapped(network, nodes))
      texts.push_back(line.substr(0, line.rfind(" |")));
    return join(texts, "; ");
  };
  CHECK(rows({{"x", "Reshape", {"a"}, {"t"}}}) == "a | 0; b | 1 2; c | 3");
  CHECK(mapped(network, {{"x", "Reshape", {"i"}, {"t"}}, {"a", "Conv", {"t"}, {"a"}}})[0] ==
        "a | 0 1 | nchw>nchw");
  // Of two in a row both.
  CHECK(rows({{"x", "Reshape", {"a"}, {"s"}}, {"y", "Reshape", {"s"}, {"t"}}}) ==
        "a | 0; b | 1 2 3; c | 4");
  // Read by two rows: that of the result that it reads.
  CHECK(rows({{"x", "Split", {"a"}, {"t", "u"}}}) == "a | 0 1; b | 2; c | 3");
  CHECK(rows({{"x", "Split", {"nowhere", "a"}, {"t", "u"}}}) == "a | 0 1; b | 2; c | 3");
  // Both results read by the same row.
  CHECK(rows({{"x", "Split", {"a"}, {"t", "t"}}}) == "a | 0; b | 1 2; c | 3");
  // Read by nothing.
  CHECK(rows({{"x", "Id", {"a"}, {"v"}}, {"y", "Id", {"v"}, {"w"}}}) == "a | 0 1 2; b | 3; c | 4");
  // Neither read nor reading.
  CHECK(rows({{"x", "Id", {"v"}, {"w"}}, {"y", "Id", {"w"}, {}}}) ==
        "a | 0; ? | 1; ? | 2; b | 3; c | 4");
  // A change of layout belongs to none.
  CHECK(rows({{"x", "ReorderInput", {"a"}, {"t"}}}) == "a | 0; reorder a | 1; b | 2; c | 3");
  CHECK(rows({{"x", "Id", {"a"}, {"s"}}, {"y", "ReorderOutput", {"s"}, {"t"}}}) ==
        "a | 0 1; reorder a | 2; b | 3; c | 4");
}

TEST_CASE("without tensors no node is taken for a helper", "[engines]") {
  CHECK(mapped(three(), {{"a", "Conv"}, {"x", "Reshape"}, {"b", "Conv"}, {"c", "Conv"}}) ==
        Lines{"a | 0 | nchw>nchw", "? | 1 | nchw>nchw", "b | 2 | nchw>nchw", "c | 3 | nchw>nchw"});
}

TEST_CASE("a layer without a node is in the row of its only reader", "[engines]") {
  const graph::Network chain =
      network_of(spec_with("- conv: {name: a, out: 8}\n- batch_norm: {name: n}\n- relu: {name: r}\n"
                           "- conv: {name: b, out: 8}",
                           "3x7x9"));
  CHECK(layers_of_rows(chain, {{"r", "Conv"}, {"b", "Conv"}}) == "a n r; b");
  CHECK(layers_of_rows(chain, {{"n", "Conv"}, {"b", "Conv"}}) == "a n r; b");
  CHECK(layers_of_rows(chain, {{"a", "Conv"}, {"b", "Conv"}}) == "a n r; b");
  CHECK(layers_of_rows(chain, {{"a", "Conv"}, {"r", "Relu"}, {"b", "Conv"}}) == "a n; r; b");
  CHECK(layers_of_rows(chain, {{"b", "Conv"}}) == "a n r b");
  CHECK(layers_of_rows(chain, {{"a", "Conv"}}) == "a n r");
  // With two readers it is in none, and what reads it neither.
  const graph::Network fork =
      network_of(spec_with("- conv: {name: a, out: 8}\n- concat: [[conv: {name: b, out: 8}], "
                           "[conv: {name: c, out: 8}]]",
                           "3x7x9"));
  CHECK(layers_of_rows(fork, {{"b", "Conv"}, {"c", "Conv"}, {"concat", "Concat"}}) ==
        "b; c; concat");
  CHECK(layers_of_rows(fork, {{"a", "Conv"}, {"concat", "Concat"}}) == "a; b c concat");
}

TEST_CASE("an element-wise layer without a node joins the kernel that ends last before it",
          "[engines]") {
  const graph::Network sum = network_of(spec_with(
      "- add: [[conv: {name: a, out: 8}], [conv: {name: b, out: 8}]]\n- relu: {name: r}", "3x7x9"));
  CHECK(layers_of_rows(sum, {{"a", "Conv"}, {"b", "Conv"}}) == "a; b add r");
  CHECK(layers_of_rows(sum, {{"b", "Conv"}, {"a", "Conv"}}) == "b; a add r");
  CHECK(layers_of_rows(sum, {{"a", "Conv"}, {"b", "Conv"}, {"r", "Relu"}}) == "a; b add; r");
  CHECK(layers_of_rows(sum, {{"a", "Conv"}, {"b", "Conv"}, {"a/2", "Conv"}}) == "a add r; b");
  CHECK(layers_of_rows(sum, {{"a", "Conv"}}) == "a add r");
  CHECK(layers_of_rows(sum, {{"b", "Conv"}, {"add", "Add"}}) == "b; a add r");
}

TEST_CASE("an element-wise layer behind no kernel is in the row of the element-wise layer after it",
          "[engines]") {
  const graph::Network pools = network_of(
      spec_with("- max_pool: {name: p, kernel: 2}\n- batch_norm: {name: n}\n- relu: {name: r}\n"
                "- conv: {name: c, out: 4}",
                "3x8x6"));
  CHECK(layers_of_rows(pools, {{"p", "MaxPool"}, {"r", "Relu"}, {"c", "Conv"}}) == "p; n r; c");
  // The next one is no element-wise layer: that before it.
  CHECK(layers_of_rows(pools, {{"p", "MaxPool"}, {"c", "Conv"}}) == "p n r; c");
  CHECK(layers_of_rows(pools, {{"p", "MaxPool"}, {"n", "BN"}, {"c", "Conv"}}) == "p; n r; c");
  // A kernel whose result something else reads too can't have taken it along.
  const graph::Network fork = network_of(
      spec_with("- conv: {name: a, out: 3}\n- add: [[batch_norm: {name: n}, relu: {name: r}], []]\n"
                "- conv: {name: c, out: 4}",
                "3x8x6"));
  CHECK(layers_of_rows(fork, {{"a", "Conv"}, {"r", "Relu"}, {"add", "Add"}, {"c", "Conv"}}) ==
        "a; n r; add; c");
  CHECK(layers_of_rows(fork, {{"a", "Conv"}, {"c", "Conv"}}) == "a n r add; c");
  // At the network's input there is nothing before.
  const graph::Network first =
      network_of(spec_with("- batch_norm: {name: n}\n- conv: {name: c, out: 4}", "3x8x6"));
  CHECK(layers_of_rows(first, {{"c", "Conv"}}) == "c");
  const graph::Network several = network_of(
      spec_with("- batch_norm: {name: n}\n- relu: {name: r}\n- relu: {name: s}\n"
                "- max_pool: {name: p, kernel: 2}\n- batch_norm: {name: o}\n- relu: {name: t}\n"
                "- relu: {name: u}",
                "3x8x6"));
  CHECK(layers_of_rows(several, {{"s", "Relu"}, {"p", "MaxPool"}, {"u", "Relu"}}) ==
        "n r s; p; o t u");
  CHECK(layers_of_rows(
            several,
            {{"r", "Relu"}, {"s", "Relu"}, {"p", "MaxPool"}, {"t", "Relu"}, {"u", "Relu"}}) ==
        "n r; s; p; o t; u");
}

TEST_CASE("a layer whose value is an output of the network is fused into no reader", "[engines]") {
  graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 3}\n- relu: {name: r}\n- relu: {name: s}"));
  CHECK(layers_of_rows(network, {{"s", "Conv"}}) == "a r s");
  network.outputs = {0, 2};
  CHECK(layers_of_rows(network, {{"s", "Relu"}}) == "r s");
  network.outputs = {1, 2};
  CHECK(layers_of_rows(network, {{"s", "Relu"}}) == "s");
}

TEST_CASE("tensors are blocked from a node in blocks until one that isn't", "[engines]") {
  const graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 8}\n- add: [[conv: {name: b, out: 8}], []]\n"
                           "- relu: {name: r}\n- conv: {name: c, out: 8}",
                           "3x7x9"));
  const std::vector<runner::LayerName> names = {{"image", graph::kNetworkInput}};
  CHECK(mapped(network,
               {{"in", "ReorderInput", {"image"}, {"i"}, true},
                {"a_nchwc", "Conv", {"i"}, {"ta"}},
                {"b_nchwc", "Conv", {"ta"}, {"tb"}},
                {"add", "Add", {"ta", "tb"}, {"ts"}},
                {"r", "Relu", {"ts"}, {"tr"}},
                {"out", "ReorderOutput", {"tr"}, {"r"}},
                {"c", "Conv", {"r"}, {"c"}}},
               names) == Lines{"reorder image | 0 | nhwc>nChwc", "a | 1 | nChwc>nChwc",
                               "b | 2 | nChwc>nChwc", "add | 3 | nChwc>nChwc",
                               "r | 4 | nChwc>nChwc", "reorder r | 5 | nChwc>nchw",
                               "c | 6 | nchw>nchw"});
  // Only the second input is blocked.
  CHECK(mapped(network, {{"a", "Conv", {"image"}, {"ta"}},
                         {"b_nchwc", "Conv", {"ta"}, {"tb"}},
                         {"add", "Add", {"ta", "tb"}, {"ts"}},
                         {"out", "ReorderOutput", {"ts"}, {"q"}, true},
                         {"r", "Relu", {"q"}, {"tr"}},
                         {"c_nchwc", "Conv", {"tr"}, {"c"}}}) ==
        Lines{"a | 0 | nchw>nchw", "b | 1 | nchw>nChwc", "add | 2 | nchw>nChwc",
              "reorder add | 3 | nChwc>nhwc", "r | 4 | nchw>nchw", "c | 5 | nchw>nChwc"});
}

TEST_CASE("without tensors a node's suffix tells its layouts", "[engines]") {
  const graph::Network network =
      network_of(spec_with("- concat: [[conv: {name: a, out: 8}], [conv: {name: b, out: 8}, "
                           "conv: {name: c, out: 8}]]",
                           "3x7x9"));
  CHECK(mapped(network, {{"ReorderInput", "ReorderInput"},
                         {"a_nchwc", "Conv"},
                         {"b", "Conv"},
                         {"c_nchwc", "Conv"},
                         {"ReorderOutput", "ReorderOutput"},
                         {"concat", "Concat"}}) ==
        Lines{"reorder ? | 0 | nchw>nChwc", "a | 1 | nchw>nChwc", "b | 2 | nchw>nchw",
              "c | 3 | nChwc>nChwc", "reorder ? | 4 | nChwc>nchw", "concat | 5 | nchw>nchw"});
  // Of several nodes the first reads and the last writes; the network's input is never blocked.
  CHECK(mapped(three(), {{"a_nchwc", "Conv"},
                         {"b_nchwc", "Conv"},
                         {"b/2", "Add"},
                         {"c", "Mul"},
                         {"c_nchwc", "Conv"}}) ==
        Lines{"a | 0 | nchw>nChwc", "b | 1 2 | nChwc>nchw", "c | 3 4 | nchw>nChwc"});
  CHECK(mapped(network_of(spec_with("- conv: {name: a, out: 8}\n- relu: {name: r}", "3x7x9")),
               {{"r_nchwc", "Conv"}}) == Lines{"a r | 0 | nchw>nChwc"});
}

TEST_CASE("a change of layout converts the tensor of a layer, or what the node before it computes",
          "[engines]") {
  const graph::Network network = three();
  const auto reorder = [&](const runner::EngineNode& node) {
    const Lines rows = mapped(network,
                              {{"a", "Conv", {"i"}, {"a"}},
                               {"b", "Conv", {"a"}, {"t"}},
                               node,
                               {"lost", "Id", {"x"}, {"y"}}},
                              {{"image", graph::kNetworkInput}});
    return rows[2].substr(0, rows[2].find(" |"));
  };
  CHECK(reorder({"r", "ReorderInput", {"a"}, {"b"}}) == "reorder a");
  CHECK(reorder({"r", "ReorderOutput", {"a"}, {"b"}}) == "reorder b");
  CHECK(reorder({"r", "ReorderInput", {"image"}, {"q"}}) == "reorder image");
  CHECK(reorder({"r", "ReorderInput", {"t"}, {"a"}}) == "reorder b");
  CHECK(reorder({"r", "ReorderOutput", {"t"}, {"q"}}) == "reorder b");
  CHECK(reorder({"r", "ReorderOutput", {}, {"c"}}) == "reorder c");
  CHECK(reorder({"r", "ReorderOutput", {}, {"q"}}) == "reorder ?");
  CHECK(reorder({"r", "ReorderOutput", {"a"}, {}}) == "reorder ?");
  CHECK(reorder({"r", "ReorderInput", {}, {"a"}}) == "reorder ?");
  CHECK(reorder({"r", "ReorderInput", {"nowhere"}, {"a"}}) == "reorder ?");
  CHECK(reorder({"r", "ReorderInput", {"y"}, {"a"}}) == "reorder ?");  // of a node of no layer
}

TEST_CASE("a row's implementation has the types of its nodes, of many the first three",
          "[engines]") {
  const Nodes nodes = {
      {"a_nchwc", "Conv"}, {"b", "Mul"}, {"c", "Add"}, {"d", "Relu"}, {"e_bn_nchwc", "Conv"}};
  const auto text = [&](std::vector<std::size_t> of) {
    return runner::implementation_of({.nodes = std::move(of)}, nodes);
  };
  CHECK(text({0}) == "Conv nchwc");
  CHECK(text({1, 4}) == "Mul+Conv nchwc");
  CHECK(text({1, 2, 3}) == "Mul+Add+Relu");
  CHECK(text({0, 1, 2, 3}) == "Conv nchwc+Mul+Add+... (4 nodes)");
  CHECK(text({0, 1, 2, 3, 4}) == "Conv nchwc+Mul+Add+... (5 nodes)");
}

TEST_CASE("an exported graph names its input, and each node and its tensor", "[engines]") {
  exporter::OnnxGraph graph;
  graph.inputs = {{"image", {1, 2}}, {"other", {1, 2}}};
  graph.nodes = {{"Conv", "n0", "t0", {"image"}, {}, 4}, {"Relu", "n1", "t1", {"t0"}, {}, 2}};
  Lines names;
  for (const runner::LayerName& name : runner::layer_names(graph))
    names.push_back(fmt::format("{} {}", name.name, name.layer));
  CHECK(names == Lines{"image -1", "n0 4", "t0 4", "n1 2", "t1 2"});
}

TEST_CASE("a row of one step has its problem; of several the layer with the most work names it",
          "[engines]") {
  const graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 6, kernel: 3}\n- relu: {name: r}\n"
                           "- conv: {name: b, out: 6, kernel: 3}\n- batch_norm: {name: n}\n"
                           "- max_pool: {name: p, kernel: 3}\n- flatten: {name: f}\n"
                           "- linear: {name: fc, out: 4}",
                           "3x7x9"));
  const Lines one =
      figure_rows(network, {{"r", "Conv"}, {"n", "Conv"}, {"p", "MaxPool"}, {"fc", "Gemm"}}, 3);
  REQUIRE(one.size() == 4);
  CHECK(one[0].starts_with("2|false|a|r|Conv|conv 1x3x7x9 > 1x6x7x9 "));
  CHECK(one[0].ends_with(" relu image f32 3T|"));
  CHECK(one[1].starts_with("2|false|b|n|Conv|conv 1x6x7x9 > 1x6x7x9 "));
  CHECK(one[1].ends_with(" norm f32 3T|"));
  CHECK(one[2].starts_with("2|false|p|p|MaxPool|max_pool 1x6x7x9 > 1x6x2x3 "));
  CHECK(one[3].starts_with("1|false|fc|fc|Gemm|linear 1x6x2x3 > 1x4x1x1 "));
  // Two steps in one row.
  CHECK(figure_rows(network, {{"r", "Big"}, {"n", "Big", {}, {"r"}}, {"n", "Big"}}, 1) ==
        Lines{"4|false|b|n|Big+Big+Big||"});
  // As much work in two layers: the first.
  const graph::Network equal =
      network_of(spec_with("- conv: {name: a, out: 3}\n- conv: {name: b, out: 3}", "3x7x9"));
  CHECK(figure_rows(equal, {{"a", "Big", {}, {"b"}}}, 1) == Lines{"2|false|a|b|Big||"});
  // Layers that are no step.
  CHECK(figure_rows(network, {{"p", "MaxPool"}, {"f", "Reshape"}}, 1).back() ==
        "1|false|f|f|Reshape||");
  // What changes no number names no row.
  const graph::Network dropped = network_of(spec_with(
      "- max_pool: {name: p, kernel: 3}\n- dropout: {name: d}\n- relu: {name: r}", "3x7x9"));
  CHECK(figure_rows(dropped, {{"p", "MaxPool"}, {"r", "Relu"}}, 1)[1].starts_with(
      "2|false|r|r|Relu|relu 1x3x2x3"));
}

TEST_CASE("rows keep their problems where an operand is computed first", "[engines]") {
  const graph::Network network =
      network_of(spec_with("- add: [[conv: {name: a, out: 5, kernel: 3}, relu: {name: ra}], "
                           "[conv: {name: b, out: 5}]]\n- relu: {name: r}",
                           "3x7x9"));
  const Lines rows =
      figure_rows(network, {{"b", "Conv"}, {"ra", "Conv"}, {"add", "Add"}, {"r", "Relu"}}, 1);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].starts_with("1|false|b|b|Conv|conv 1x3x7x9 > 1x5x7x9 "));
  CHECK(rows[1].starts_with("2|false|a|ra|Conv|conv 1x3x7x9 > 1x5x7x9 "));
  CHECK(rows[2].starts_with("1|false|add|add|Add|add 1x5x7x9"));
  CHECK(rows[3].starts_with("1|false|r|r|Relu|relu 1x5x7x9"));
}

TEST_CASE("a change of layout has a problem, and names the layer that reads its value",
          "[engines]") {
  const graph::Network network = three();
  const Lines rows = figure_rows(network,
                                 {{"in", "ReorderInput", {"image"}, {"i"}},
                                  {"a_nchwc", "Conv", {"i"}, {"ta"}},
                                  {"x", "ReorderOutput", {"ta"}, {"a"}},
                                  {"c", "Conv", {"tb"}, {"tc"}},
                                  {"z", "ReorderOutput", {"tc"}, {"c"}},
                                  {"y", "ReorderInput", {"nowhere"}, {"n"}},
                                  {"q", "Id", {"v"}, {"w"}}},
                                 2, {{"image", graph::kNetworkInput}});
  REQUIRE(rows.size() == 7);
  CHECK(rows[0] == "0|true|a|image|ReorderInput|reorder 1x3x7x9 2T|");
  CHECK(rows[2] == "0|true|b|a|ReorderOutput|reorder 1x6x7x9 2T|");
  CHECK(rows[4] == "0|true|c|c|ReorderOutput|reorder 1x5x7x9 2T|");  // nothing reads it
  CHECK(rows[5] == "0|false|b|a|ReorderInput||y, reorder");
  CHECK(rows[6] == "0|false|a|a|Id||q, no layer");
}
