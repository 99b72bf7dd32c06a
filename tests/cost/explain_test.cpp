// SPDX-License-Identifier: Apache-2.0
// The facts that explain and diff tell.
#include "cost/explain.hpp"

#include "cost/diff.hpp"
#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("MobileNet's pairs against standard convolutions", "[explain]") {
  const cost::SeparableFacts facts = cost::separable_facts(shipped("mobilenet_v1"));
  CHECK(facts.pairs == 13);
  CHECK(facts.macs.value() == 539492352 + 17385984);
  // The paper's table 4: 4866.27M for standard convolutions, of which the stem has 10.84M.
  const graph::Network standard = shipped("mobilenet_v1", {"separable=0"});
  Count macs;
  for (const graph::Layer& layer : standard.layers)
    macs += layer.kind->name == "conv" ? layer.cost.macs : Count(0);
  CHECK(facts.standard_macs == macs - Count(10838016));
}

TEST_CASE("ShuffleNet's groups and shuffle", "[explain]") {
  const graph::Network network = shipped("shufflenet_v1");
  const cost::GroupedFacts grouped = cost::grouped_facts(network);
  CHECK(grouped.layers == 31);
  CHECK(grouped.ungrouped_macs == Count(3) * grouped.macs);
  for (const cost::ShuffleFacts& facts : cost::shuffle_facts(network)) {
    CHECK(facts.with_shuffle == facts.channels);
    CHECK(facts.without_shuffle * 3 == facts.channels);
  }
  CHECK(cost::shuffle_facts(network).size() == 15);
  CHECK(cost::shuffle_facts(shipped("shufflenet_v1", {"shuffle=0"})).empty());
}

TEST_CASE("squeeze-and-excitation: 2 C²/r weights", "[explain]") {
  const cost::GateFacts facts = cost::gate_facts(shipped("se_resnet50", {"se_bias=0"}));
  CHECK(facts.gates == 16);
  CHECK(facts.channels == 2048);
  CHECK(facts.hidden == 128);
  CHECK(facts.example_weights.value() == 2 * 2048 * 2048 / 16);
  // 2/r · Σ N C² over the stages (arXiv:1709.01507 equation 5).
  CHECK(facts.added.params.value() ==
        2 * (3 * 256 * 256 + 4 * 512 * 512 + 6 * 1024 * 1024 + 3 * 2048 * 2048) / 16);
  CHECK(cost::gate_facts(shipped("resnet50")).gates == 0);
}

TEST_CASE("formulas give the numbers of the largest layers", "[explain]") {
  const graph::Network network = shipped("mobilenet_v1");
  const std::vector<cost::KindFormula> kinds = cost::kind_formulas(network, cost::count(network));
  REQUIRE(kinds.size() == 4);
  CHECK(kinds[0].name == "conv 1x1");
  CHECK(kinds[0].formula == "M · N · H · W");
  CHECK(kinds[0].numbers == "128 · 128 · 56 · 56 = 51,380,224");
  CHECK(kinds[1].formula == "K · K · M · H · W");
}

TEST_CASE("diff of a network with itself is empty", "[diff]") {
  for (const std::string spec : {"mobilenet_v1", "googlenet", "shufflenet_v1"}) {
    const graph::Network network = shipped(spec);
    for (const cost::DiffRow& row : cost::diff_networks(network, network)) {
      CHECK(row.change == cost::Change::kSame);
      CHECK(row.left == row.right);
    }
  }
}

TEST_CASE("diff finds what SE adds, and nothing else", "[diff]") {
  const graph::Network plain = shipped("resnet50", {"stride_in=k1"}),
                       gated = shipped("se_resnet50");
  int added = 0;
  for (const cost::DiffRow& row : cost::diff_networks(plain, gated)) {
    CHECK((row.change == cost::Change::kSame || row.change == cost::Change::kAdded));
    if (row.change != cost::Change::kAdded) continue;
    ++added;
    CHECK(gated.layers[row.right].name.find(".se.") != std::string::npos);
  }
  CHECK(added == static_cast<int>(gated.layers.size() - plain.layers.size()));
}

TEST_CASE("diff says what changed in a layer", "[diff]") {
  const graph::Network before = network_of(
      spec_with("  - conv: {name: a, out: 8, kernel: 3}\n  - relu\n  - conv: {name: b, out: 4}"));
  const graph::Network after = network_of(spec_with(
      "  - conv: {name: a, out: 6, kernel: 3, stride: 2}\n  - tanh\n  - conv: {name: b, out: 4}"));
  const std::vector<cost::DiffRow> rows = cost::diff_networks(before, after);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].what == "out 8 -> 6, stride 1x1 -> 2x2, output 8x16x16 -> 6x8x8");
  CHECK(rows[1].change == cost::Change::kRemoved);
  CHECK(rows[2].change == cost::Change::kAdded);
  CHECK(rows[3].what == "output 4x16x16 -> 4x8x8");
}

TEST_CASE("how multiply-adds grow is measured", "[explain]") {
  const auto scalings = [](const std::string& name) {
    const spec::SpecLibrary library(source_dir() / "arch_specs");
    return cost::measured_scalings(spec::read_spec(*library.find(name)), {});
  };
  const cost::Scalings mobilenet = scalings("mobilenet_v1");
  CHECK(mobilenet.at("conv 1x1") == "α²ρ²");
  CHECK(mobilenet.at("depthwise 3x3") == "αρ²");
  CHECK(mobilenet.at("conv 3x3") == "αρ²");
  CHECK(mobilenet.at("linear") == "α");
  CHECK(scalings("convnext").at("linear") == "α²ρ²");
  CHECK(scalings("vit").at("multi head attention") == "α²ρ² + αρ⁴");
  CHECK(scalings("standard_conv").empty());
}
