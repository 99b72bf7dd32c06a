// SPDX-License-Identifier: Apache-2.0
// Rows and sums of cost tables: gradients, latencies, names of parts; published figures; what
// explain tells of gates and shuffles.
#include "cost/cost_table.hpp"

#include <fmt/core.h>

#include "cost/explain.hpp"
#include "cost/memory.hpp"
#include "cost/published.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// How many times as much as forward each layer computes in training.
std::vector<std::int64_t> training_factors(const std::string& layers, const std::string& input) {
  const graph::Network network = network_of(spec_with(layers, input));
  std::vector<std::int64_t> factors;
  for (const cost::CostRow& row : cost::count(network).layers)
    factors.push_back(row.train_flops.value() / row.flops.value());
  return factors;
}

}  // namespace

TEST_CASE("gradients are computed behind what is learned", "[cost]") {
  using Factors = std::vector<std::int64_t>;
  CHECK(training_factors("- relu\n- conv: {out: 1}\n- relu\n- conv: {out: 1}\n", "1x1x1") ==
        Factors{1, 2, 2, 3});
  CHECK(training_factors("- relu\n- batch_norm\n- relu\n", "1x1x1") == Factors{1, 1, 2});
  CHECK(training_factors("- matmul: {name: m, from: [input, input], transpose: true}\n- relu\n",
                         "6x4x2") == Factors{1, 1});
  CHECK(training_factors("- conv: {name: a, out: 2}\n- relu: {name: r, from: input}\n"
                         "- sigmoid: {name: t, from: r}\n- add: {name: s, from: [t, a]}\n- relu\n",
                         "2x3x1") == Factors{2, 1, 1, 2, 2});
}

TEST_CASE("predicted times in sums, with what belongs to no layer", "[cost]") {
  const graph::Network network = network_of(
      spec_with("- conv: {name: a, out: 2}\n- relu: {name: b}\n- flatten: {name: c}\n", "2x3x1"));
  cost::CountOptions options;
  options.latency = {1, 2, 4};
  options.latency_between = 8;
  const cost::CostTable table = cost::count(network, options);
  CHECK(table.layers[0].latency == 1);
  CHECK(table.layers[2].latency == 4);
  CHECK(table.total.latency == 15);
  CHECK(table.layers[2].intensity() == 0);
  CHECK(cost::total_of(network, table, "size_f16") == Count(8));
  CHECK_FALSE(cost::total_of(network, table, "size_f1"));
  const graph::Network norm = network_of(spec_with("- batch_norm\n", "5x3x1"));
  CHECK(cost::total_of(norm, cost::count(norm), "size_int8") == Count(20));
  CHECK_FALSE(cost::total_of(network, table, "latency"));
}

TEST_CASE("published figures are verified with their place and source", "[published]") {
  // 3 * n weights and n biases; 24 positions.
  const spec::ArchSpec spec = spec::read_spec_text("net.yaml", R"(name: net
params: {n: 4, k: 1}
presets:
  wide: {n: 10}
input: {channels: 3, height: 6, width: 4}
layers:
  - conv: {out: n, kernel: k, bias: true}
published:
  - {at: {preset: wide}, macs: 720, source: one}
  - {at: {preset: wide, k: 3}, macs: 6000, source: two, why: misprinted}
  - {at: {n: 5, k: 1}, params: 30, macs: 0.3K, source: three}
  - {macs: 384, as: macs + bias_adds, why: with biases, source: four}
  - {params: 0, top1: 50, source: five}
  - {macs: 300, as: macs(conv) + bias_adds - 2 * params(conv_1x1), why: so, source: six}
)",
                                                   ".");
  std::string text;
  for (const cost::VerifiedFigure& f : cost::verify_published(spec))
    text += fmt::format("{} | {} | {} | {} | {:.6f} | {} | {} | {} | {}\n", f.at, f.name, f.printed,
                        f.computed.to_double(), f.deviation.to_double(), static_cast<int>(f.status),
                        f.rule, f.why, f.source);
  CHECK(text == R"(wide | macs | 720 | 720 | 0.000000 | 0 |  |  | one
wide k=3 | macs | 6000 | 6480 | 0.080000 | 2 |  | misprinted | two
n=5 k=1 | params | 30 | 20 | -0.333333 | 3 |  |  | three
n=5 k=1 | macs | 0.3K | 360 | 0.200000 | 0 |  |  | three
defaults | macs | 384 | 384 | 0.000000 | 1 | macs + bias_adds | with biases | four
defaults | params | 0 | 16 | 0.000000 | 3 |  |  | five
defaults | macs | 300 | 352 | 0.173333 | 3 | macs(conv) + bias_adds - 2 * params(conv_1x1) | so | six
)");
}

TEST_CASE("a printed figure matches within a unit of its last digit and half of itself",
          "[published]") {
  const auto matches = [](std::int64_t numerator, std::int64_t denominator, const char* printed) {
    return cost::matches(Rational(numerator, denominator), cost::parse_figure(printed));
  };
  CHECK(matches(10, 1, "10"));
  CHECK(matches(109, 10, "10"));
  CHECK_FALSE(matches(11, 1, "10"));
  CHECK(matches(91, 10, "10"));
  CHECK_FALSE(matches(9, 1, "10"));
  CHECK(matches(1'490'000, 1, "1M"));
  CHECK_FALSE(matches(1'500'000, 1, "1M"));
  CHECK_FALSE(matches(500'000, 1, "1M"));
  CHECK(matches(510'000, 1, "1M"));
  CHECK(matches(0, 1, "0"));
  CHECK(matches(1, 2, "0"));
  CHECK_FALSE(matches(1, 1, "0"));
  CHECK(matches(1'234'567, 1, "1,234,567"));
  CHECK(matches(1'234, 1, "1.23K"));
  CHECK_FALSE(matches(1'240, 1, "1.23K"));
}

TEST_CASE("gates: the narrowest weighted layer, the largest gate", "[explain]") {
  // The gate comes from a narrower map than it scales.
  const cost::GateFacts narrow = cost::gate_facts(network_of(spec_with(
      "- conv: {name: x, out: 8}\n- conv: {name: n, out: 4}\n- global_avg_pool: {name: p}\n"
      "- conv: {name: y, out: 6}\n- relu: {name: r}\n- conv: {name: z, out: 8}\n"
      "- sigmoid: {name: s}\n- multiply: {name: m, from: [x, s]}\n",
      "3x4x5")));
  CHECK(narrow.gates == 1);
  CHECK(narrow.hidden == 6);
  CHECK(narrow.channels == 8);
  CHECK(narrow.example_weights == Count(4 * 6 + 6 * 8));
  CHECK_FALSE(narrow.is_bottleneck);
  // A single weight counts as one.
  const cost::GateFacts single = cost::gate_facts(network_of(spec_with(
      "- conv: {name: x, out: 2}\n- conv: {name: n, out: 1}\n- global_avg_pool: {name: p}\n"
      "- conv: {name: y, out: 1}\n- conv: {name: z, out: 2}\n"
      "- sigmoid: {name: s}\n- multiply: {name: m, from: [x, s]}\n",
      "3x4x5")));
  CHECK(single.hidden == 1);
  CHECK(single.example_weights == Count(3));
  const cost::GateFacts least = cost::gate_facts(network_of(spec_with(
      "- conv: {name: x, out: 1}\n- global_avg_pool: {name: p}\n- conv: {name: y, out: 1}\n"
      "- conv: {name: z, out: 1}\n- sigmoid: {name: s}\n- multiply: {name: m, from: [x, s]}\n",
      "3x4x5")));
  CHECK(least.is_bottleneck);
  // Of equal ones the first.
  std::string layers = "- conv: {name: x, out: 4}\n";
  for (const char* k : {"1", "2"})
    layers += fmt::format(
        "- global_avg_pool: {{name: p{0}}}\n- conv: {{name: y{0}, out: 2}}\n"
        "- conv: {{name: z{0}, out: 4}}\n- sigmoid: {{name: s{0}}}\n"
        "- multiply: {{name: m{0}, from: [{1}, s{0}]}}\n",
        k, k[0] == '1' ? "x" : "m1");
  const cost::GateFacts equal = cost::gate_facts(network_of(spec_with(layers, "3x4x5")));
  CHECK(equal.gates == 2);
  CHECK(equal.example == "m1");
  CHECK(equal.is_bottleneck);
}

TEST_CASE("pairs of two channels, tokens, and shuffles behind depthwise convolutions",
          "[explain]") {
  const cost::SeparableFacts two = cost::separable_facts(
      network_of(spec_with("- conv: {out: 2, kernel: 3, groups: 2}\n- conv: {out: 5}\n", "2x4x5")));
  CHECK(two.pairs == 1);
  CHECK(two.standard_macs == Count(9 * 2 * 5 * 20));
  const graph::Network tokens =
      network_of(spec_with("- linear: {out: 5, per_position: true}\n", "3x2x1"));
  const auto kinds = cost::kind_formulas(tokens, cost::count(tokens));
  REQUIRE(kinds.size() == 1);
  CHECK(kinds[0].formula == "M · N · positions");
  CHECK(kinds[0].numbers == "3 · 5 · 2 = 30");
  const std::string first = "- conv: {name: a, out: 12, groups: 2}\n- relu: {name: r}\n",
                    depthwise = "- conv: {name: d, out: 12, kernel: 3, groups: 12}\n",
                    second = "- conv: {name: b, out: 6, groups: 2}\n",
                    shuffle = "- channel_shuffle: {name: s, groups: 2}\n";
  const auto facts = [](const std::string& layers) {
    return cost::shuffle_facts(network_of(spec_with(layers, "4x6x5"))).size();
  };
  CHECK(facts(first + depthwise + shuffle + second) == 1);
  CHECK(facts(first + shuffle + depthwise + second) == 1);
  CHECK(facts(first + "- conv: {name: f, out: 12, kernel: 3}\n" + shuffle + second) == 0);
  CHECK(facts(first + "- max_pool: {name: f, kernel: 2}\n" + shuffle + second) == 0);
}

TEST_CASE("attention keeps its queries, keys, values and weights for training", "[memory]") {
  // 2 heads of 3, 4 tokens: queries, outputs, keys and values of 24 each, 2 * 4 * 4 weights; its
  // input of 24.
  const graph::Network network =
      network_of(spec_with("- multi_head_attention: {heads: 2}\n", "6x4x1"));
  CHECK(cost::training_memory(network, {}).kept_activations == Count(4 * (4 * 24 + 32 + 24)));
}
