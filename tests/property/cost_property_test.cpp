// SPDX-License-Identifier: Apache-2.0
// What holds for every network: sums, names, order of branches, scaling with α and ρ.
#include <map>
#include <regex>

#include "cost/cost_table.hpp"
#include "property/random_spec.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

constexpr std::uint32_t kSeeds = 150;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// macs of the layers of one kind of class, for scaling laws.
std::int64_t macs_of(const graph::Network& network, const std::string& prefix) {
  std::int64_t sum = 0;
  for (const graph::Layer& layer : network.layers) {
    if (graph::class_name(network, layer).starts_with(prefix)) sum += layer.cost.macs.value();
  }
  return sum;
}

}  // namespace

TEST_CASE("layers and groups add up to the total", "[property]") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    graph::Network network = network_of(random_spec(seed));
    network.batch = 1 + seed % 3;
    const cost::CostTable costs = cost::count(network);
    for (const cost::Grouping grouping :
         {cost::Grouping::kLayer, cost::Grouping::kKind, cost::Grouping::kStage}) {
      LayerCost sum;
      int layers = 0;
      for (const cost::CostRow& row : cost::group(network, costs, grouping)) {
        sum += row.cost;
        layers += row.layers;
      }
      CHECK(sum == costs.total.cost);
      CHECK(layers == static_cast<int>(network.layers.size()));
    }
  }
}

TEST_CASE("costs don't depend on names", "[property]") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    const std::string spec = random_spec(seed);
    const std::string renamed = replaced(
        replaced(replaced(spec, "residual:", "some_other_name:"), "name: first", "name: zzz"),
        "left:", "b7:");
    CHECK(cost::count(network_of(spec)).total.cost == cost::count(network_of(renamed)).total.cost);
  }
}

TEST_CASE("costs don't depend on the order of independent branches", "[property]") {
  const std::string one = spec_with(
      "  - concat:\n      a: [conv: {out: 4, kernel: 3}]\n      b: [conv: {out: 6}, batch_norm]\n  "
      "    c: []\n  - conv: {out: 3}");
  const std::string two = spec_with(
      "  - concat:\n      c: []\n      b: [conv: {out: 6}, batch_norm]\n      a: [conv: {out: 4, "
      "kernel: 3}]\n  - conv: {out: 3}");
  CHECK(cost::count(network_of(one)).total.cost == cost::count(network_of(two)).total.cost);
  // Random ones: the two branches of every concat change places.
  static const std::regex kConcat(
      R"(( *)- concat:\n\1    left:\n((?:\1      .*\n)+)\1    right:\n(\1      .*\n))");
  int swapped = 0;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const std::string spec = random_spec(seed);
    const std::string other =
        std::regex_replace(spec, kConcat, "$1- concat:\n$1    right:\n$3$1    left:\n$2");
    if (other == spec) continue;
    ++swapped;
    INFO("seed " << seed);
    CHECK(cost::count(network_of(spec)).total.cost == cost::count(network_of(other)).total.cost);
  }
  CHECK(swapped > 20);
}

TEST_CASE("an unused switch changes nothing, a used one removes its layers", "[property]") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    const graph::Network on = network_of(random_spec(seed)),
                         off = network_of(random_spec(seed), {"deep=0"});
    CHECK(on.layers.size() > off.layers.size());
  }
}

// MobileNet's formulas (arXiv:1704.04861, equation 7): pointwise multiply-adds go with α²ρ²,
// depthwise with αρ².
TEST_CASE("MobileNet's costs scale with α and ρ as the paper's formulas say", "[property]") {
  const graph::Network full = shipped("mobilenet_v1");
  for (const int quarter : {1, 2, 3, 4, 8}) {
    const graph::Network narrow =
        shipped("mobilenet_v1", {"alpha=" + std::to_string(quarter) + "/4"});
    CHECK(macs_of(narrow, "conv 1x1") * 16 == macs_of(full, "conv 1x1") * quarter * quarter);
    CHECK(macs_of(narrow, "depthwise") * 4 == macs_of(full, "depthwise") * quarter);
  }
  for (const int seventh : {1, 2, 3, 5, 14}) {
    const graph::Network small = shipped("mobilenet_v1", {"rho=" + std::to_string(seventh) + "/7"});
    CHECK(macs_of(small, "conv 1x1") * 49 == macs_of(full, "conv 1x1") * seventh * seventh);
    CHECK(macs_of(small, "depthwise") * 49 == macs_of(full, "depthwise") * seventh * seventh);
    CHECK(cost::count(small).total.cost.params == cost::count(full).total.cost.params);
  }
}

TEST_CASE("the separable form costs 1/N + 1/D² of the standard one wherever the formula applies",
          "[property]") {
  for (const int n : {1, 4, 7, 64}) {
    for (const int d : {1, 3, 5}) {
      const std::vector<std::string> settings = {"n=" + std::to_string(n),
                                                 "d=" + std::to_string(d)};
      const cost::CostTable standard = cost::count(shipped("standard_conv", settings)),
                            separable = cost::count(shipped("separable_conv", settings));
      // separable / standard = 1/N + 1/D², in whole numbers.
      CHECK(separable.total.cost.macs.value() * n * d * d ==
            standard.total.cost.macs.value() * (d * d + n));
      CHECK(separable.total.cost.params.value() * n * d * d ==
            standard.total.cost.params.value() * (d * d + n));
    }
  }
}
