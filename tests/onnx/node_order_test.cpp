// SPDX-License-Identifier: Apache-2.0
// The order in which nodes are executed.
#include "onnx/node_order.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace archcost;

namespace {

onnx::Node ordered_node(std::string_view type, std::vector<std::string_view> inputs,
                        std::vector<std::string_view> outputs) {
  onnx::Node node;
  node.type = type;
  node.name = type;
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  return node;
}

}  // namespace

TEST_CASE("nodes in the order of the file where they may be, else the first that can be",
          "[onnx]") {
  using Order = std::vector<int>;
  const auto order = [](std::vector<onnx::Node> nodes) { return onnx::node_order(nodes); };
  CHECK(order({}).empty());
  CHECK(order({ordered_node("a", {"x"}, {"p"})}) == Order{0});
  CHECK(order({ordered_node("a", {"x"}, {"p"}), ordered_node("b", {"p"}, {"q"})}) == Order{0, 1});
  CHECK(order({ordered_node("a", {"q"}, {"p"}), ordered_node("b", {"x"}, {"q"})}) == Order{1, 0});
  CHECK(order({ordered_node("a", {"r"}, {"p"}), ordered_node("b", {"x"}, {"q"}),
               ordered_node("c", {"q"}, {"r"}), ordered_node("d", {"x"}, {"s"})}) ==
        Order{1, 2, 0, 3});
  // Two outputs of one node, one output twice, names that are left out.
  CHECK(order({ordered_node("a", {"q", "r", ""}, {"p", ""}),
               ordered_node("b", {"", "x"}, {"q", "r"})}) == Order{1, 0});
  CHECK(order({ordered_node("a", {"q", "q"}, {"p"}), ordered_node("b", {"x"}, {"q"})}) ==
        Order{1, 0});
}

TEST_CASE("a cycle is told by a node in it", "[onnx]") {
  const auto fails = [](std::vector<onnx::Node> nodes, const std::string& name) {
    CHECK_THROWS_WITH(onnx::node_order(nodes), "error: a cycle: " + name + " '" + name +
                                                   "' takes its own output, through other nodes or "
                                                   "directly");
  };
  fails({ordered_node("a", {"p"}, {"p"})}, "a");
  fails({ordered_node("a", {"q"}, {"p"}), ordered_node("b", {"p"}, {"q"})}, "a");
  // The first nodes are before it or behind it.
  fails({ordered_node("a", {"x"}, {"o"}), ordered_node("b", {"o", "q"}, {"p"}),
         ordered_node("c", {"p"}, {"q"})},
        "b");
  fails({ordered_node("a", {"q"}, {"o"}), ordered_node("b", {"q"}, {"p"}),
         ordered_node("c", {"p"}, {"q"})},
        "c");
  fails({ordered_node("a", {"x"}, {"o"}), ordered_node("b", {"o", "d"}, {"p"}),
         ordered_node("c", {"o", "c"}, {"c"}), ordered_node("d", {"c"}, {"d"})},
        "c");
}

TEST_CASE("shuffled nodes come behind what they take, the first ones first", "[onnx]") {
  std::mt19937 random(5);
  std::vector<std::string> names;
  for (int k = 0; k < 12; ++k) names.push_back("v" + std::to_string(k));
  for (int round = 0; round < 100; ++round) {
    std::vector<onnx::Node> nodes;
    for (std::size_t k = 0; k < names.size(); ++k) {
      std::vector<std::string_view> inputs = {"x"};
      for (std::size_t source = 0; source < k; ++source) {
        if (random() % 4 == 0) inputs.push_back(names[source]);
      }
      nodes.push_back(ordered_node("n", inputs, {names[k]}));
    }
    std::shuffle(nodes.begin(), nodes.end(), random);
    // Again and again the first node whose inputs are there.
    std::vector<int> expected;
    std::vector<std::string_view> there = {"x"};
    const auto is_there = [&](std::string_view name) {
      return std::find(there.begin(), there.end(), name) != there.end();
    };
    while (expected.size() < nodes.size()) {
      for (std::size_t k = 0; k < nodes.size(); ++k) {
        const auto index = static_cast<int>(k);
        const bool done = std::find(expected.begin(), expected.end(), index) != expected.end();
        if (done || !std::all_of(nodes[k].inputs.begin(), nodes[k].inputs.end(), is_there))
          continue;
        expected.push_back(index);
        there.push_back(nodes[k].outputs[0]);
        break;
      }
    }
    CHECK(onnx::node_order(nodes) == expected);
  }
}
