// SPDX-License-Identifier: Apache-2.0
// Peak memory against a brute-force simulation, and orders that lower it.
#include "cost/memory.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "cost/cost_table.hpp"
#include "property/random_spec.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A plain simulation that knows nothing of reader counts: at each step it looks at the whole rest
// of the order to see which tensors are still wanted. Views and overwriting as memory.hpp defines
// them.
struct Simulation {
  const graph::Network& network;
  cost::MemoryOptions options;

  graph::LayerId root(graph::LayerId id) const {
    while (id != graph::kNetworkInput && is_view(id)) id = network.layers[id].inputs[0];
    return id;
  }
  bool is_view(graph::LayerId id) const {
    const std::string_view kind = network.layers[id].kind->name;
    return kind == "flatten" || kind == "reshape" || kind == "dropout";
  }
  Count bytes(graph::LayerId id) const {
    return bytes_of(network.shape(id).elements() * Count(network.batch), options.type);
  }
  bool wanted(graph::LayerId tensor, const std::vector<graph::LayerId>& order,
              std::size_t from) const {
    if (tensor == root(network.outputs.front())) return true;
    for (std::size_t k = from; k < order.size(); ++k) {
      for (graph::LayerId input : network.layers[order[k]].inputs) {
        if (root(input) == tensor) return true;
      }
    }
    return false;
  }
  bool overwrites(graph::LayerId id, const std::vector<graph::LayerId>& order,
                  std::size_t step) const {
    static const std::set<std::string_view> kKinds = {"batch_norm", "scale", "add", "multiply",
                                                      "position_embedding"};
    const graph::Layer& layer = network.layers[id];
    if (!options.in_place ||
        !(kKinds.contains(layer.kind->name) || layer.kind->family == layers::Family::kActivation))
      return false;
    return std::any_of(layer.inputs.begin(), layer.inputs.end(), [&](graph::LayerId input) {
      return bytes(root(input)) == bytes(id) && !wanted(root(input), order, step + 1);
    });
  }

  Count peak(const std::vector<graph::LayerId>& order) const {
    std::set<graph::LayerId> alive = {graph::kNetworkInput};
    Count peak;
    for (std::size_t step = 0; step < order.size(); ++step) {
      const graph::LayerId id = order[step];
      Count sum;
      for (graph::LayerId tensor : alive) sum += bytes(tensor);
      if (!is_view(id) && !overwrites(id, order, step)) sum += bytes(id);
      peak = max(peak, sum);
      if (!is_view(id)) alive.insert(id);
      std::erase_if(alive, [&](graph::LayerId tensor) { return !wanted(tensor, order, step + 1); });
    }
    return peak;
  }

  // The lowest peak of all orders, by trying them all.
  Count lowest() const {
    Count best = peak(cost::own_order(network));
    std::vector<graph::LayerId> order;
    std::vector<bool> done(network.layers.size());
    const std::function<void()> extend = [&] {
      if (order.size() == network.layers.size()) {
        const Count found = peak(order);
        if (found < best) best = found;
        return;
      }
      for (std::size_t k = 0; k < network.layers.size(); ++k) {
        const auto& inputs = network.layers[k].inputs;
        const bool ready = std::all_of(inputs.begin(), inputs.end(), [&](graph::LayerId id) {
          return id == graph::kNetworkInput || done[id];
        });
        if (done[k] || !ready) continue;
        done[k] = true;
        order.push_back(static_cast<graph::LayerId>(k));
        extend();
        order.pop_back();
        done[k] = false;
      }
    };
    extend();
    return best;
  }
};

// A random graph of few layers over an 8x8x8 input: convolutions of random widths, merges by from,
// views.
std::string small_graph(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<std::uint32_t>(high - low + 1));
  };
  std::string layers = "  - conv: {name: c0, out: 8}\n";
  std::vector<std::string> open = {"c0"};
  std::set<std::string> unread = {"c0"};
  for (int k = 1, n = pick(3, 7); k <= n; ++k) {
    const std::string
        name = "c" + std::to_string(k),
        from = open[static_cast<std::size_t>(pick(0, static_cast<int>(open.size()) - 1))];
    switch (pick(0, 4)) {
      case 0:
        layers += "  - relu: {name: " + name + ", from: " + from + "}\n";
        break;
      case 1:
        layers += "  - dropout: {name: " + name + ", from: " + from + "}\n";
        break;
      default:
        layers += "  - conv: {name: " + name + ", from: " + from +
                  ", out: " + std::to_string(pick(1, 24)) + "}\n";
    }
    open.push_back(name);
    unread.erase(from);
    unread.insert(name);
  }
  if (unread.size() == 1) return spec_with(layers, "8x8x8");
  std::string all;
  for (const std::string& name : unread) all += (all.empty() ? "" : ", ") + name;
  return spec_with(layers + "  - concat: {from: [" + all + "]}\n  - relu: {name: last}", "8x8x8");
}

}  // namespace

TEST_CASE("the peak is that of a brute-force simulation", "[memory]") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    for (const std::string& yaml : {small_graph(seed), random_spec(seed)}) {
      for (const bool in_place : {false, true}) {
        INFO("seed " << seed << " in place " << in_place);
        const graph::Network network = network_of(yaml);
        const cost::MemoryOptions options = {DataType::kInt8, in_place};
        const cost::PeakMemory peak = cost::peak_memory(network, cost::own_order(network), options);
        CHECK(peak.bytes == Simulation{network, options}.peak(cost::own_order(network)));
        Count alive;
        for (graph::LayerId id : peak.alive)
          alive += bytes_of(network.shape(id).elements(), options.type);
        CHECK(alive == peak.bytes);
        CHECK(peak.timeline.size() == network.layers.size());
      }
    }
  }
}

TEST_CASE("a saving order never raises the peak, and an exact one is the lowest of all",
          "[memory]") {
  int lowered = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    for (const bool in_place : {false, true}) {
      INFO("seed " << seed << " in place " << in_place);
      const graph::Network network = network_of(small_graph(seed));
      const cost::MemoryOptions options = {DataType::kF32, in_place};
      const cost::SavingOrder saving = cost::memory_saving_order(network, options);
      const Count own = cost::peak_memory(network, cost::own_order(network), options).bytes,
                  found = cost::peak_memory(network, saving.order, options).bytes;
      CHECK(saving.exact);
      CHECK(found == Simulation{network, options}.lowest());
      CHECK(found <= own);
      lowered += found < own ? 1 : 0;
      std::vector<graph::LayerId> sorted = saving.order;
      std::sort(sorted.begin(), sorted.end());
      CHECK(sorted == cost::own_order(network));
    }
  }
  CHECK(lowered >= 3);
}

namespace {

/// Branches that each widen the input and narrow it again, then a sum of their concatenation's
/// width.
std::string many_branches(int branches, const std::string& branch) {
  std::string layers = "  - concat: [";
  for (int i = 0; i < branches; ++i) layers += (i > 0 ? ", [" : "[") + branch + "]";
  return spec_with(layers + "]", "8x6x6");
}

}  // namespace

TEST_CASE("the search for an order is bounded, and what is proved is said", "[memory]") {
  // Each branch ends in what the concat needs: the own order is as good as any.
  graph::Network network = network_of(many_branches(300, "conv: {out: 8}"));
  cost::SavingOrder saving = cost::memory_saving_order(network, {});
  CHECK(saving.exact);
  CHECK(saving.order == cost::own_order(network));
  CHECK(saving.method == "exact: 'concat' takes as much with its inputs in every order");

  // Unequal branches: the widening ones want to run first. A beam searches, and reports progress.
  std::string unequal = "  - add: [";
  for (int i = 0; i < 30; ++i) {
    unequal +=
        fmt::format("{}[conv: {{out: {}}}, conv: {{out: 9}}, conv: {{out: {}}}, conv: {{out: 8}}]",
                    i > 0 ? ", " : "", 20 + i, 90 - i);
  }
  network = network_of(spec_with(unequal + "]", "8x6x6"));
  int lines = 0;
  saving = cost::memory_saving_order(network, {}, [&](const std::string& text) {
    CHECK(text.starts_with("order of execution: layer "));
    ++lines;
  });
  CHECK(lines > 0);
  CHECK_FALSE(saving.exact);
  CHECK(saving.method ==
        "heuristic: a beam of 400 sets or fewer where a segment has more than 4000; no order takes "
        "less than the 35,712 bytes of 'add' with its inputs");
  CHECK(cost::peak_memory(network, saving.order, {}).bytes <=
        cost::peak_memory(network, cost::own_order(network), {}).bytes);
}

TEST_CASE("orders of shipped networks keep inputs before their layers", "[memory]") {
  for (const std::string spec : {"googlenet", "densenet121", "mobilenet_v2", "shufflenet_v1"}) {
    INFO(spec);
    const graph::Network network = shipped(spec);
    const cost::SavingOrder saving = cost::memory_saving_order(network, {});
    std::vector<bool> done(network.layers.size());
    for (graph::LayerId id : saving.order) {
      for (graph::LayerId input : network.layers[id].inputs)
        CHECK((input == graph::kNetworkInput || done[input]));
      done[id] = true;
    }
    CHECK(cost::peak_memory(network, saving.order, {}).bytes <=
          cost::peak_memory(network, cost::own_order(network), {}).bytes);
  }
}

TEST_CASE("MobileNet v1's peak by hand", "[memory]") {
  // Input 3x224x224, the widest neighbours are block1's 32x112x112 in and 64x112x112 out of batch
  // norm and ReLU.
  const graph::Network network = shipped("mobilenet_v1");
  const cost::PeakMemory peak = cost::peak_memory(network, cost::own_order(network), {});
  CHECK(peak.bytes.value() == 4 * (64 + 64) * 112 * 112);
  CHECK(network.layers[peak.at].name == "block1.pointwise.batch_norm");
  CHECK(
      cost::peak_memory(network, cost::own_order(network), {DataType::kF32, true}).bytes.value() ==
      4 * (32 + 64) * 112 * 112);
  CHECK(
      cost::peak_memory(network, cost::own_order(network), {DataType::kInt8, true}).bytes.value() ==
      (32 + 64) * 112 * 112);
}

TEST_CASE("bytes by data type", "[memory]") {
  CHECK(bytes_of(5, DataType::kF32) == 20);
  CHECK(bytes_of(5, DataType::kBf16) == 10);
  CHECK(bytes_of(5, DataType::kInt8) == 5);
  CHECK(bytes_of(5, DataType::kInt4) == 3);
}

TEST_CASE("training keeps each needed tensor once", "[memory]") {
  // conv: its input; batch norm: the convolution's output; relu: its own output.
  const graph::Network network =
      network_of(spec_with("  - conv: {out: 4}\n  - batch_norm\n  - relu", "2x8x8"));
  const cost::TrainingMemory memory = cost::training_memory(network, {});
  CHECK(memory.kept_activations.value() == 4 * 64 * (2 + 4 + 4));
  CHECK(memory.weights.value() == 4 * (8 + 8 + 8));
  CHECK(memory.gradients.value() == 4 * (8 + 8));
  // The convolution at the input has no gradient for it: forward and the weights' gradient.
  const cost::CostTable costs = cost::count(network);
  CHECK(costs.layers[0].train_flops == Count(2) * costs.layers[0].flops);
}

TEST_CASE("operations of training: forward, gradients of inputs and of weights", "[memory]") {
  const graph::Network network =
      network_of(spec_with("- conv: {name: first, out: 8}\n"
                           "- conv: {name: second, out: 8, kernel: 3}\n"
                           "- relu: {name: act}\n"
                           "- add: {name: sum, from: [input, act]}\n"
                           "- max_pool: {name: pool, kernel: 2, from: input}\n"
                           "- max_pool: {name: sum_pool, kernel: 2, from: sum}\n"
                           "- concat: {name: all, from: [sum_pool, pool]}",
                           "8x8x8"));
  const cost::CostTable costs = cost::count(network);
  const auto times = [&](const std::string& name) {
    for (std::size_t k = 0; k < network.layers.size(); ++k) {
      if (network.layers[k].name == name)
        return static_cast<double>(costs.layers[k].train_flops.value()) /
               static_cast<double>(costs.layers[k].flops.value());
    }
    return 0.0;
  };
  CHECK(times("first") == 2);   // no gradient of the network's input
  CHECK(times("second") == 3);  // of its input and its weights
  CHECK(times("act") == 2);     // of its input
  CHECK(times("sum") == 2);     // one of its inputs is the network's, the other is not
  CHECK(times("pool") == 1);    // its only input is the network's
  CHECK(times("sum_pool") == 2);
}

TEST_CASE("only what learned numbers lead to has a gradient", "[memory]") {
  const graph::Network network =
      network_of(spec_with("- input: {name: more, channels: 8, height: 8, width: 8}\n"
                           "- conv: {name: second, out: 8, from: more}\n"
                           "- relu: {name: act, from: input}\n"
                           "- flatten: {name: flat, from: act}\n"
                           "- linear: {name: first, out: 4}\n"
                           "- linear: {name: last, out: 4}\n"
                           "- flatten: {name: flat2, from: second}\n"
                           "- concat: {name: all, from: [last, flat2]}",
                           "8x8x8"));
  const cost::CostTable costs = cost::count(network);
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const std::string& name = network.layers[k].name;
    if (costs.layers[k].flops == Count(0)) continue;
    const int times = name == "last" ? 3 : name == "act" ? 1 : 2;
    CHECK(costs.layers[k].train_flops == Count(times) * costs.layers[k].flops);
  }
}

TEST_CASE("training keeps the memory of a view once", "[memory]") {
  const cost::TrainingMemory memory = cost::training_memory(
      network_of(
          spec_with("  - conv: {out: 4}\n  - relu\n  - flatten\n  - linear: {out: 2}", "3x2x2")),
      {});
  CHECK(memory.kept_activations.value() == 4 * (12 + 16));  // the input, and what relu gives
  CHECK(memory.weights.value() == 4 * (12 + 34));
  CHECK(memory.gradients.value() == 4 * (12 + 34));
}

TEST_CASE("a further input is there from the start, until its last reader has run", "[memory]") {
  const graph::Network network = network_of(spec_with(
      "- conv: {name: a, out: 3}\n- input: {name: mask, channels: 3, height: h, width: w}\n"
      "- multiply: {name: m, from: [a, mask]}\n- conv: {name: b, out: 1}\n",
      "2x4x5"));
  const auto steps = [&](bool in_place) {
    const cost::PeakMemory memory =
        cost::peak_memory(network, cost::own_order(network), {DataType::kF32, in_place});
    std::vector<std::int64_t> bytes;
    for (const cost::MemoryStep& step : memory.timeline) bytes.push_back(step.bytes.value());
    return std::pair(bytes, memory);
  };
  constexpr std::int64_t kImage = 160, kThree = 240, kOne = 80;  // bytes of [C,4,5]
  const auto [apart, separate] = steps(false);
  CHECK(apart ==
        std::vector<std::int64_t>{kImage + 2 * kThree, 2 * kThree, 3 * kThree, kThree + kOne});
  CHECK(separate.bytes.value() == 3 * kThree);
  CHECK(separate.at == 2);
  CHECK(separate.alive == std::vector<graph::LayerId>{0, 1, 2});
  const auto [over, in_place] = steps(true);
  CHECK(over ==
        std::vector<std::int64_t>{kImage + 2 * kThree, 2 * kThree, 2 * kThree, kThree + kOne});
  CHECK(in_place.bytes.value() == kImage + 2 * kThree);
  CHECK(in_place.at == 0);
  CHECK(in_place.alive == std::vector<graph::LayerId>{graph::kNetworkInput, 0, 1});
  CHECK(cost::memory_saving_order(network, {}, {}).order == cost::own_order(network));
}
