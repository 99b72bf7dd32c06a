// SPDX-License-Identifier: Apache-2.0
// Orders that save memory where not all can be tried: long segments, many branches, what is proved.
#include <fmt/core.h>

#include <algorithm>

#include "cost/memory.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A chain of convolutions of some channels from the input, layers c0, c1 and so on.
std::string chain_text(std::size_t length, int channels) {
  std::string layers = fmt::format("- conv: {{name: c0, from: input, out: {}}}\n", channels);
  for (std::size_t k = 1; k < length; ++k)
    layers += fmt::format("- conv: {{name: c{}, out: {}}}\n", k, channels);
  return layers;
}

// Branches of two convolutions, first of many channels, then of few, joined.
graph::Network branching(int branches, int wide, int narrow) {
  std::string layers, names;
  for (int k = 0; k < branches; ++k) {
    layers += fmt::format("- conv: {{name: a{0}, from: input, out: {1}}}\n", k, wide + k);
    layers += fmt::format("- conv: {{name: b{0}, out: {1}}}\n", k, narrow);
    names += fmt::format("{}b{}", k == 0 ? "" : ", ", k);
  }
  return network_of(spec_with(layers + "- concat: {name: end, from: [" + names + "]}\n", "3x2x1"));
}

// The most that a layer takes with its inputs, and which.
std::pair<std::int64_t, std::string> most_of_a_layer(const graph::Network& network) {
  std::pair<std::int64_t, std::string> most;
  for (const graph::Layer& layer : network.layers) {
    std::int64_t bytes = layer.output.elements().value();
    for (const graph::LayerId id : layer.inputs) bytes += network.shape(id).elements().value();
    if (4 * bytes > most.first) most = {4 * bytes, layer.name};
  }
  return most;
}

}  // namespace

TEST_CASE("a long chain beside a short branch, in the best of all orders", "[memory]") {
  const std::size_t length = 81;
  const graph::Network network = network_of(
      spec_with(chain_text(length, 2) +
                    "- conv: {name: a, from: input, out: 30}\n- conv: {name: b, out: 1}\n" +
                    "- conv: {name: wide, from: c80, out: 20}\n- conv: {name: less, out: 1}\n" +
                    "- concat: {name: end, from: [less, b, input]}\n",
                "3x2x1"));
  const cost::SavingOrder saving = cost::memory_saving_order(network, {}, {});
  CHECK(saving.exact);
  CHECK(saving.method == "exact: every order of 1 branching segment");
  // The short branch in all places.
  Count lowest = cost::peak_memory(network, cost::own_order(network), {}).bytes;
  const Count own = lowest;
  for (int first = 0; first <= 83; ++first) {
    for (int second = first; second <= 83; ++second) {
      std::vector<graph::LayerId> order;
      for (int k = 0; k <= 83; ++k) {
        if (k == first) order.push_back(81);
        if (k == second) order.push_back(82);
        if (k < 83) order.push_back(k < 81 ? k : k + 2);
      }
      order.push_back(85);
      lowest = std::min(lowest, cost::peak_memory(network, order, {}).bytes,
                        [](Count a, Count b) { return a < b; });
    }
  }
  CHECK(lowest < own);
  CHECK(cost::peak_memory(network, saving.order, {}).bytes == lowest);
}

TEST_CASE("segments are searched one by one", "[memory]") {
  const graph::Network network = network_of(spec_with(
      "- conv: {name: a, out: 2}\n- conv: {name: b, from: a, out: 9}\n- conv: {name: c, out: 1}\n"
      "- add: {name: d, from: [c, c]}\n- conv: {name: e, out: 8}\n"
      "- conv: {name: f, from: d, out: 8}\n- add: {name: g, from: [e, f]}\n- conv: {name: h, out: "
      "3}\n"
      "- conv: {name: i, from: g, out: 3}\n- add: {name: j, from: [h, i]}\n",
      "3x2x1"));
  const cost::SavingOrder saving = cost::memory_saving_order(network, {}, {});
  CHECK(saving.method == "exact: every order of 2 branching segments");
  CHECK(saving.order == cost::own_order(network));
}

TEST_CASE("a branch of one layer, and a network that gives two tensors", "[memory]") {
  const cost::SavingOrder one = cost::memory_saving_order(
      network_of(spec_with("- conv: {name: a, out: 2}\n- relu: {name: r}\n"
                           "- add: {name: s, from: [r, a]}\n- conv: {name: b, out: 1}\n",
                           "3x2x1")),
      {}, {});
  CHECK(one.method == "exact: every order of 1 branching segment");
  const graph::Network two =
      network_of(spec_with("- conv: {name: a, out: 2}\n- conv: {name: b, out: 4}\n", "3x2x1") +
                 "\noutputs: [a, b]\n");
  CHECK(cost::memory_saving_order(two, {}, {}).order == std::vector<graph::LayerId>{0, 1});
}

TEST_CASE("where too many orders are, a beam is searched and the least is told", "[memory]") {
  const graph::Network network = branching(10, 20, 2);
  std::vector<std::string> told;
  const cost::SavingOrder saving = cost::memory_saving_order(
      network, {}, [&](const std::string& text) { told.push_back(text); });
  // Of ten branches of two layers there are 4,740 sets of seven layers.
  REQUIRE(told.size() == 3);
  CHECK(told.front() == "order of execution: layer 7 of 21");
  CHECK(told.back() == "order of execution: layer 12 of 21");
  CHECK_FALSE(saving.exact);
  // Ten inputs of two channels, and as many again in the output.
  CHECK(most_of_a_layer(network) == std::pair<std::int64_t, std::string>(320, "end"));
  CHECK(saving.method ==
        "heuristic: a beam of 400 sets or fewer where a segment has more than 4000; no order takes "
        "less than the 320 bytes of 'end' with its inputs");
}

TEST_CASE("a layer that takes as much in every order proves an order", "[memory]") {
  const graph::Network network = branching(10, 3, 3);
  const cost::SavingOrder saving = cost::memory_saving_order(network, {}, {});
  CHECK(saving.exact);
  CHECK(saving.method == "exact: 'end' takes as much with its inputs in every order");
  CHECK(cost::peak_memory(network, saving.order, {}).bytes ==
        Count(most_of_a_layer(network).first));
  // The first layer too.
  std::string layers = "- conv: {name: first, out: 99}\n- conv: {name: start, out: 2}\n", names;
  for (int k = 0; k < 10; ++k) {
    layers += fmt::format(
        "- conv: {{name: a{0}, from: start, out: 7}}\n- conv: {{name: b{0}, out: 1}}\n", k);
    names += fmt::format("{}b{}", k == 0 ? "" : ", ", k);
  }
  CHECK(
      cost::memory_saving_order(
          network_of(spec_with(layers + "- concat: {name: end, from: [" + names + "]}\n", "9x2x1")),
          {}, {})
          .method == "exact: 'first' takes as much with its inputs in every order");
  // A long segment is not searched where nothing can be gained.
  const auto long_one = [](std::size_t length, int channels) {
    const std::string end = "- conv: {name: n, out: 1}\n- concat: {name: end, from: [n, input]}\n";
    return cost::memory_saving_order(
               network_of(spec_with(chain_text(length - 1, channels) + end, "3x2x1")), {}, {})
        .method;
  };
  CHECK(long_one(249, 2) == "exact: every order of 1 branching segment");
  CHECK(long_one(250, 2) == "exact: 'end' takes as much with its inputs in every order");
  CHECK(long_one(250, 20) == "exact: every order of 1 branching segment");
  CHECK(long_one(999, 20) == "exact: every order of 1 branching segment");
  CHECK(long_one(1000, 20) ==
        "heuristic: a beam of 400 sets or fewer where a segment has more than 4000, the own order "
        "where it has more than 1000 layers; no order takes less than the 320 bytes of 'c1' with "
        "its inputs");
}
