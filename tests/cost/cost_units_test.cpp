// SPDX-License-Identifier: Apache-2.0
// Small parts of costs against numbers computed by hand: machine files, powers of multipliers,
// parts of networks in rules, receptive fields, counts of tools, orders that save memory.
#include <fmt/core.h>

#include <algorithm>
#include <random>

#include "core/diagnostic.hpp"
#include "cost/conventions.hpp"
#include "cost/cost_table.hpp"
#include "cost/explain.hpp"
#include "cost/memory.hpp"
#include "cost/named_cost.hpp"
#include "cost/published.hpp"
#include "cost/receptive_field.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::string machine_text(const std::string& json, int threads) {
  const TestFolder folder;
  folder.write("m.json", json);
  try {
    const cost::Roofline roofline = cost::read_machine_file(folder / "m.json", threads);
    return fmt::format("{} {} {} {}", roofline.peak_gflops, roofline.bandwidth_gbs,
                       roofline.threads, roofline.stable);
  } catch (const Error& error) {
    std::string text = error.what();
    return text.replace(text.find(folder.text()), folder.text().size() + 1, "");
  }
}

std::int64_t counted_as(const std::string& convention, const graph::Network& network) {
  return cost::convention_total(*cost::find_convention(convention), network).value();
}

// The lowest peak of all orders, and how many there are.
Count lowest_peak(const graph::Network& network, const cost::MemoryOptions& options,
                  std::vector<graph::LayerId>& order) {
  if (order.size() == network.layers.size())
    return cost::peak_memory(network, order, options).bytes;
  std::optional<Count> lowest;
  for (graph::LayerId id = 0; id < static_cast<graph::LayerId>(network.layers.size()); ++id) {
    const auto ran = [&](graph::LayerId layer) {
      return layer == graph::kNetworkInput ||
             std::find(order.begin(), order.end(), layer) != order.end();
    };
    const auto& inputs = network.layers[static_cast<std::size_t>(id)].inputs;
    if (ran(id) || !std::all_of(inputs.begin(), inputs.end(), ran)) continue;
    order.push_back(id);
    const Count peak = lowest_peak(network, options, order);
    order.pop_back();
    if (!lowest || peak < *lowest) lowest = peak;
  }
  return *lowest;
}

}  // namespace

TEST_CASE("machine files: rates by threads, or for any number", "[cost]") {
  const std::string refused = "error: 'm.json' is no machine file: ";
  CHECK(machine_text("[1]", 1) == refused + "it isn't a JSON object");
  CHECK(machine_text(R"({"peak_gflops": 0.5, "bandwidth_gbs": 0.25})", 3) == "0.5 0.25 0 true");
  CHECK(machine_text(R"({"peak_gflops": 1, "bandwidth_gbs": 2, "stable": false})", 3) ==
        "1 2 0 false");
  CHECK(machine_text(R"({"peak_gflops": 1, "bandwidth_gbs": 2, "stable": true})", 3) ==
        "1 2 0 true");
  CHECK(machine_text(R"({"bandwidth_gbs": 2})", 1) ==
        refused + "'peak_gflops' must be a number above 0");
  CHECK(machine_text(R"({"peak_gflops": 0, "bandwidth_gbs": 2})", 1) ==
        refused + "'peak_gflops' must be a number above 0");
  CHECK(machine_text(R"({"peak_gflops": "1", "bandwidth_gbs": 2})", 1) ==
        refused + "'peak_gflops' must be a number above 0");
  CHECK(machine_text(R"({"peak_gflops": 1, "bandwidth_gbs": -2})", 1) ==
        refused + "'bandwidth_gbs' must be a number above 0");
  const std::string start = R"({"peak_gflops": 1, "bandwidth_gbs": 2, "peaks": )";
  const std::string peaks =
      R"([{"type": "f32", "threads": 1, "giga_ops": 10}, {"type": "u8", "threads": 2, "giga_ops": 99},
          {"type": "f32", "threads": 2, "giga_ops": 0.5}, {"type": "f32", "threads": 4, "giga_ops": 40},
          {"threads": 8, "giga_ops": 3}, {"type": "f32", "giga_ops": 3}, {"type": "f32", "threads": 8},
          {"type": "f32", "threads": 1.5, "giga_ops": 3}, {"type": "f32", "threads": 8, "giga_ops": "3"},
          {"type": "f32", "threads": 8, "giga_ops": 0}])";
  const std::string memory =
      R"([{"level": "L1", "threads": 4, "gbs": 77}, {"level": "memory", "threads": 1, "gbs": 5},
          {"level": "memory", "threads": 2, "gbs": 7}, {"level": "memory", "threads": 8, "gbs": 9}])";
  const std::string both = start + peaks + ", \"bandwidths\": " + memory + "}";
  CHECK(machine_text(both, 1) == "10 5 1 true");
  CHECK(machine_text(both, 2) == "0.5 7 2 true");
  const std::string missing =
      "error: 'm.json' has no figures for --threads {}; it has those for "
      "--threads 1 or 2";
  for (const int threads : {3, 4, 8})
    CHECK(machine_text(both, threads) == fmt::format(fmt::runtime(missing), threads));
  CHECK(machine_text(start + peaks + "}", 2) == "1 2 0 true");
  CHECK(machine_text(start + "{}, \"bandwidths\": " + memory + "}", 2) == "1 2 0 true");
}

TEST_CASE("powers with which multiply-adds grow", "[explain]") {
  const std::string layers = R"(input: {channels: 4, height: 16 * rho, width: 16 * rho}
layers:
  - conv: {name: a, out: 8 * M, kernel: 3}
  - conv: {name: b, out: 8 * M}
  - conv: {name: d, out: 8 * M, kernel: 5, groups: 8 * M}
  - conv: {name: f, out: 8 * M + 1, kernel: 7}
  - conv: {name: k, from: input, out: 2, kernel: 9}
  - global_avg_pool: {name: q, from: b}
  - linear: {name: l, out: 5}
  - matmul: {name: m, from: [b, b], transpose: true}
outputs: [f, d, k, l, m]
)";
  const auto powers = [&](const std::string& name, const std::string& param) {
    std::string text = layers;
    for (std::size_t at = text.find('M'); at != std::string::npos; at = text.find('M', at))
      text.replace(at, 1, name);
    const spec::ArchSpec spec = spec::read_spec_text(
        "net.yaml",
        "name: net\nparams: {" + name + ": " + param + ", rho: {default: 1, symbol: ρ}}\n" + text,
        ".");
    graph::BuildOptions options;
    options.input = TensorShape{4, 20, 20};
    std::string found;
    for (const auto& [kind, power] : cost::measured_scalings(spec, options))
      found += kind + ": " + power + "; ";
    return found;
  };
  const auto expected = [](const std::string& m) {
    return fmt::format(
        "conv 1x1: {0}²ρ²; conv 3x3: {0}ρ²; conv 9x9: ρ²; depthwise 5x5: {0}ρ²; "
        "linear: {0}; matmul: {0}ρ³; ",
        m);
  };
  // Doubled, or halved where no more is allowed. 8 · (8 + 1) follows no power.
  CHECK(powers("alpha", "{default: 1, symbol: α, max: 1}") == expected("α"));
  CHECK(powers("s", "{default: 1, max: 1}") == expected("s"));
  const spec::ArchSpec none = spec::read_spec_text(
      "net.yaml",
      "name: net\ninput: {channels: 4, height: 8, width: 8}\nlayers: [conv: {out: 3}]\n", ".");
  CHECK(cost::measured_scalings(none, {}).empty());
}

TEST_CASE("a rule's word means a kind, a class, a label, or a label without its number",
          "[published]") {
  // The outputs, and so the multiply-adds, are powers of two: a sum tells which layers it is of.
  const auto verdict = [](const std::string& word, std::int64_t macs) {
    const spec::ArchSpec spec = spec::read_spec_text("net.yaml",
                                                     fmt::format(R"(name: net
input: {{channels: 1, height: 1, width: 1}}
layers:
  - conv: {{name: unit1, from: input, out: 1}}
  - conv: {{name: unit2, from: input, out: 2}}
  - conv: {{name: conv2_1, from: input, out: 4}}
  - conv: {{name: unit, from: input, out: 8}}
  - conv: {{name: x_12, from: input, out: 16}}
  - conv: {{name: stem3, from: input, out: 128}}
  - linear: {{name: conv, from: input, out: 32}}
  - linear: {{name: _7, from: input, out: 64}}
outputs: [unit1, unit2, conv2_1, unit, x_12, stem3, conv, _7]
published:
  - {{macs: {1}, as: macs({0}), why: so, source: one, }}
  - {{top1: 50, macs: 1, source: two}}
)",
                                                                 word, macs),
                                                     ".");
    CHECK(cost::top1_of(spec.published[0]) == nullptr);
    REQUIRE(cost::top1_of(spec.published[1]) != nullptr);
    CHECK(cost::top1_of(spec.published[1])->text == "50");
    CHECK(cost::count_published(spec, spec.published[0]).total.cost.macs == Count(255));
    return cost::verify_published(spec)[0].computed == Rational(macs);
  };
  CHECK(verdict("conv", 159));
  CHECK(verdict("linear", 96));
  CHECK(verdict("conv_1x1", 159));
  CHECK(verdict("unit", 8));
  CHECK(verdict("unit2", 2));
  CHECK(verdict("conv2", 4));
  CHECK(verdict("x", 16));
  CHECK(verdict("stem", 128));
  CHECK(verdict("_", 64));
}

TEST_CASE("receptive fields through transposed convolutions and upsampling", "[cost]") {
  const auto fields = [](const std::string& layers) {
    std::string text;
    for (const cost::ReceptiveField& field :
         cost::receptive_fields(network_of(spec_with(layers, "2x8x18"))))
      text += cost::describe_size(field) + " by " + cost::describe_stride(field) + "; ";
    return text;
  };
  const std::string conv = "- conv: {name: a, out: 3, kernel: 3, stride: [2, 3]}\n";
  CHECK(fields(conv + "- conv_transpose: {out: 2, kernel: [5, 4], stride: [2, 3]}\n") ==
        "3x3 by 2x3; 7x6 by 1x1; ");
  CHECK(fields(conv + "- upsample: {factor: [2, 3], mode: bilinear}\n") ==
        "3x3 by 2x3; 5x6 by 1x1; ");
  CHECK(fields(conv + "- upsample: {factor: [2, 1], mode: bilinear}\n") ==
        "3x3 by 2x3; 5x3 by 1x3; ");
  CHECK(fields(conv + "- upsample: {factor: [2, 1]}\n") == "3x3 by 2x3; 3x3 by 1x3; ");
  CHECK(fields("- conv: {name: a, out: 2, kernel: [5, 1]}\n"
               "- conv: {name: b, from: input, out: 2, kernel: [1, 7]}\n- add: {from: [a, b]}\n") ==
        "5x1 by 1x1; 1x7 by 1x1; 5x7 by 1x1; ");
}

TEST_CASE("what tools count of upsampling, norms, functions and transposed convolutions",
          "[conventions]") {
  const auto with_call = [](const std::string& layer, graph::Call call) {
    graph::Network network = network_of(spec_with("- " + layer, "3x4x5"));
    network.layers[0].call = call;
    return network;
  };
  using graph::Call;
  const auto count = [&](const std::string& convention, const std::string& layer,
                         Call call = Call::kModule) {
    return counted_as(convention, with_call(layer, call));
  };
  // 3 * 8 * 15 outputs.
  const std::string nearest = "upsample: {factor: [2, 3]}",
                    bilinear = "upsample: {factor: [2, 3], mode: bilinear}";
  CHECK(count("thop", nearest) == 360);
  CHECK(count("thop", bilinear) == 11 * 360);
  CHECK(count("fvcore", nearest) == 360);
  CHECK(count("fvcore", bilinear) == 4 * 360);
  CHECK(count("ptflops", nearest) == 720);
  CHECK(count("ptflops", nearest, Call::kFunction) == 360);
  CHECK(count("ptflops", nearest, Call::kMethod) == 0);
  CHECK(count("thop", "batch_norm") == 240);
  CHECK(count("thop", "batch_norm: {affine: false}") == 120);
  CHECK(count("ptflops", "batch_norm") == 120);
  CHECK(count("ptflops", "batch_norm: {affine: false}") == 60);
  CHECK(count("thop", "prelu") == 60);
  CHECK(count("ptflops", "relu6") == 60);
  CHECK(count("ptflops", "relu6", Call::kFunction) == 60);
  CHECK(count("ptflops", "relu6", Call::kMethod) == 0);
  CHECK(count("ptflops", "relu") == 120);
  // 2 * 3 * 6 weights for each of 8 * 10 outputs, not of 4 * 5 inputs.
  const std::string transposed =
      "conv_transpose: {out: 2, kernel: [2, 3], stride: 2, pad: [0, 1, 0, 0]}";
  const graph::Network network = with_call(transposed, Call::kModule);
  CHECK(counted_as("thop", network) == 36 * network.layers[0].output.area().value());
  CHECK(counted_as("ptflops", network) == 36 * network.layers[0].output.area().value());
  CHECK(counted_as("macs", network) == 36 * 20);
  graph::Network sum =
      network_of(spec_with("- relu: {name: a}\n- add: {name: s, from: [a, input]}\n", "3x4x5"));
  sum.layers[0].call = Call::kMethod;
  CHECK(counted_as("ptflops", sum) == 0);
  sum.layers[1].call = Call::kFunction;
  CHECK(counted_as("ptflops", sum) == 60);
  CHECK(cost::convention_names().size() == cost::conventions().size());
  CHECK(cost::convention_names().front() == "macs");
  CHECK(cost::to_millionths(1.2345678) == 1'234'568);
  CHECK(cost::to_millionths(-2.5) == -2'500'000);
}

TEST_CASE("orders that save memory have the lowest peak of all", "[memory]") {
  std::mt19937 random(11);
  for (int round = 0; round < 40; ++round) {
    std::string layers;
    std::vector<std::string> names = {"input"}, unread;
    const std::size_t size = 4 + random() % 4;
    for (std::size_t k = 0; k < size; ++k) {
      const std::string name = fmt::format("l{}", k), from = names[random() % names.size()];
      layers += random() % 3 == 0 ? fmt::format("- relu: {{name: {}, from: {}}}\n", name, from)
                                  : fmt::format("- conv: {{name: {}, from: {}, out: {}}}\n", name,
                                                from, 1 + random() % 9);
      std::erase(unread, from);
      names.push_back(name);
      unread.push_back(name);
    }
    if (unread.size() > 1) {
      layers += "- concat: {name: end, from: [";
      for (const std::string& name : unread)
        layers += name + (name == unread.back() ? "]}\n" : ", ");
    }
    const graph::Network network = network_of(spec_with(layers, "3x2x1"));
    for (const bool in_place : {false, true}) {
      const cost::MemoryOptions options = {.type = DataType::kF32, .in_place = in_place};
      INFO(layers << in_place);
      const cost::SavingOrder saving = cost::memory_saving_order(network, options, {});
      CHECK(saving.exact);
      CHECK(saving.order.size() == network.layers.size());
      std::vector<graph::LayerId> order;
      CHECK(cost::peak_memory(network, saving.order, options).bytes ==
            lowest_peak(network, options, order));
    }
  }
}
