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

TEST_CASE("diff says what layers take, and what the networks give", "[diff]") {
  const std::string convs =
      "  - conv: {name: a, out: 3, kernel: 3}\n  - conv: {name: b, out: 3, kernel: 3}\n";
  const auto what_of = [](const graph::Network& before, const graph::Network& after) {
    std::vector<std::string> what;
    for (const cost::DiffRow& row : cost::diff_networks(before, after)) {
      CHECK((row.change == cost::Change::kChanged) == !row.what.empty());
      what.push_back(row.what);
    }
    return what;
  };
  const graph::Network before =
      network_of(spec_with(convs + "  - conv: {name: c, out: 3, kernel: 3}\n"
                                   "  - add: {name: s, from: [a, c]}\n"
                                   "  - concat: {name: t, from: [s, b]}"));
  const graph::Network after =
      network_of(spec_with(convs + "  - conv: {name: c, from: a, out: 3, kernel: 3}\n"
                                   "  - add: {name: s, from: [c, a]}\n"
                                   "  - concat: {name: t, from: [b, s]}"));
  CHECK(what_of(before, after) ==
        std::vector<std::string>{"", "", "takes b -> a", "", "takes s, b -> b, s"});
  // What is put in between has a row of its own, and those after it are the same.
  const graph::Network longer =
      network_of(spec_with(convs + "  - relu: {name: r}\n"
                                   "  - conv: {name: c, out: 3, kernel: 3}\n"
                                   "  - add: {name: s, from: [a, c]}\n"
                                   "  - concat: {name: t, from: [s, b]}"));
  CHECK(what_of(before, longer) == std::vector<std::string>(6));
  const std::string outputs = spec_with(convs);
  CHECK(
      what_of(network_of(outputs + "\noutputs: [b]"), network_of(outputs + "\noutputs: [a, b]")) ==
      std::vector<std::string>{"an output of the network", ""});
  CHECK(
      what_of(network_of(outputs + "\noutputs: [a, b]"), network_of(outputs + "\noutputs: [b]")) ==
      std::vector<std::string>{"no output of the network any more", ""});
  const std::string pooled =
      "  - conv: {name: a, out: 3, kernel: 3, stride: 2}\n  - global_avg_pool";
  const std::string wide = "  - conv: {name: a, out: 3, kernel: 3}\n  - global_avg_pool";
  CHECK(what_of(network_of(spec_with(pooled)), network_of(spec_with(wide))).back() ==
        "input 3x8x8 -> 3x16x16");
}

TEST_CASE("diff says which side has a layer", "[diff]") {
  const graph::Network shorter = network_of(spec_with("  - conv: {name: a, out: 8}")),
                       longer =
                           network_of(spec_with("  - conv: {name: a, out: 8}\n  - relu\n  - tanh"));
  const std::vector<cost::DiffRow> removed = cost::diff_networks(longer, shorter),
                                   added = cost::diff_networks(shorter, longer);
  REQUIRE(removed.size() == 3);
  REQUIRE(added.size() == 3);
  for (int k = 0; k < 3; ++k) {
    CHECK(removed[k].left == k);
    CHECK(removed[k].right == (k == 0 ? 0 : -1));
    CHECK(added[k].left == (k == 0 ? 0 : -1));
    CHECK(added[k].right == k);
  }
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

TEST_CASE("the formula of each kind of layer, with its numbers", "[explain]") {
  struct Row {
    std::string input, layers, formula, numbers;
    bool pointwise = false;
  };
  const auto row = GENERATE(values<Row>({
      {"8x16x12", "  - conv: {out: 4}", "M · N · H · W", "8 · 4 · 16 · 12 = 6,144", true},
      {"8x16x12", "  - conv: {out: 4, kernel: [3, 5]}", "K · K · M · N · H · W",
       "3 · 5 · 8 · 4 · 16 · 12 = 92,160"},
      {"8x16x12", "  - conv: {out: 16, kernel: [3, 5], groups: in}", "K · K · N · H · W",
       "3 · 5 · 16 · 16 · 12 = 46,080"},
      {"8x16x12", "  - conv: {out: in, groups: in}", "M · H · W", "1 · 1 · 8 · 16 · 12 = 1,536"},
      {"8x16x12", "  - conv: {out: 4, groups: 2}", "M/g · N · H · W", "8/2 · 4 · 16 · 12 = 3,072"},
      {"8x16x12", "  - conv: {out: 4, kernel: [3, 5], groups: 2}", "K · K · M/g · N · H · W",
       "3 · 5 · 8/2 · 4 · 16 · 12 = 46,080"},
      {"8x16x12", "  - global_avg_pool\n  - linear: {out: 10}", "M · N", "8 · 10 = 80"},
      {"8x16x12", "  - linear: {out: 10, per_position: true}", "M · N · positions",
       "8 · 10 · 192 = 15,360"},
      {"64x10x1", "  - multi_head_attention: {heads: 4}", "4 · D² · T + 2 · D · T²",
       "4 · 64² · 10 + 2 · 64 · 10² = 176,640"},
      {"64x10x1", "  - multi_head_attention: {heads: 4, kv_heads: 2, head_channels: 8}",
       "2 · D · hd · T + 2 · M · gd · S + 2 · hd · T · S/w",
       "2 · 64 · 32 · 10 + 2 · 64 · 16 · 10 + 2 · 32 · 10 · 10 = 67,840"},
      {"64x12x1", "  - multi_head_attention: {heads: 4, windows: 3, bias: false}",
       "2 · D · hd · T + 2 · M · gd · S + 2 · hd · T · S/w",
       "2 · 64 · 64 · 12 + 2 · 64 · 64 · 12 + 2 · 64 · 12 · 4 = 202,752"},
      {"8x16x16", "  - matmul: {transpose: true, a: [], b: []}", "its own", "32,768"},
  }));
  INFO(row.layers);
  const graph::Network network = network_of(spec_with(row.layers, row.input));
  const std::vector<cost::KindFormula> kinds = cost::kind_formulas(network, cost::count(network));
  REQUIRE(kinds.size() == 1);
  CHECK(kinds[0].formula == row.formula);
  CHECK(kinds[0].numbers == row.numbers);
  CHECK(kinds[0].pointwise == row.pointwise);
}

TEST_CASE("the example of a kind is its largest layer, and the largest kind comes first",
          "[explain]") {
  const graph::Network network = network_of(
      spec_with("  - conv: {name: a, out: 4}\n  - conv: {name: b, out: 16}\n  - conv: {name: c, "
                "out: 4}\n  - conv: {name: d, out: 16, kernel: 3}\n  - relu"));
  const std::vector<cost::KindFormula> kinds = cost::kind_formulas(network, cost::count(network));
  REQUIRE(kinds.size() == 2);
  CHECK(kinds[0].name == "conv 3x3");
  CHECK(kinds[0].example == "d");
  CHECK(kinds[1].example == "b");
  CHECK(kinds[1].sum.layers == 3);
}

TEST_CASE("what is a separable pair, and what is not", "[explain]") {
  struct Row {
    std::string input, layers;
    int pairs;
    std::int64_t macs, standard;
  };
  const std::string depthwise = "  - conv: {out: in, kernel: 3, groups: in}\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"8x16x16",
       "  - conv: {out: in, kernel: 3, groups: in, stride: 2}\n  - batch_norm\n  - relu\n"
       "  - conv: {out: 4}",
       1, 4608 + 2048, 18432},
      {"8x16x16", depthwise + "  - max_pool: {kernel: 2}\n  - conv: {out: 4}", 0, 0, 0},
      {"8x16x16", "  - conv: {out: 16, kernel: 3, groups: in}\n  - conv: {out: 4}", 0, 0, 0},
      {"8x16x16", "  - conv: {out: in, groups: in}\n  - conv: {out: 4}", 0, 0, 0},
      {"8x16x16", depthwise + "  - conv: {out: 4, groups: 2}", 0, 0, 0},
      {"8x16x16", depthwise + "  - conv: {out: 4, stride: 2}", 0, 0, 0},
      {"8x16x16", depthwise + "  - conv: {out: 4, kernel: 3}", 0, 0, 0},
      {"8x16x16", depthwise + "  - add: {a: [conv: {out: in}], b: []}", 0, 0, 0},
      {"1x16x16", "  - conv: {out: 1, kernel: 3}\n  - conv: {out: 4}", 0, 0, 0},
      {"8x16x16", depthwise, 0, 0, 0},
  }));
  INFO(row.layers);
  const cost::SeparableFacts facts =
      cost::separable_facts(network_of(spec_with(row.layers, row.input)));
  CHECK(facts.pairs == row.pairs);
  CHECK(facts.macs.value() == row.macs);
  CHECK(facts.standard_macs.value() == row.standard);
}

TEST_CASE("grouped pointwise convolutions are neither depthwise nor larger", "[explain]") {
  const cost::GroupedFacts facts = cost::grouped_facts(
      network_of(spec_with("  - conv: {out: 8, groups: 2}\n  - conv: {out: in, groups: in}\n"
                           "  - conv: {out: 8, kernel: 3, groups: 2}\n  - conv: {out: 4}\n"
                           "  - conv: {out: 6, groups: 2}")));
  CHECK(facts.layers == 2);
  CHECK(facts.macs.value() == 8 * 4 * 256 + 6 * 2 * 256);
  CHECK(facts.ungrouped_macs.value() == 8 * 8 * 256 + 6 * 4 * 256);
}

TEST_CASE("which channels a shuffle brings together", "[explain]") {
  const auto facts = [](const std::string& between, const std::string& last = "groups: 4") {
    return cost::shuffle_facts(
        network_of(spec_with("  - conv: {name: a, out: 8, groups: 4}\n" + between +
                             "  - conv: {name: b, out: 8, " + last + "}")));
  };
  const std::string shuffle = "  - channel_shuffle: {groups: 2}\n";
  const auto found = facts("  - relu\n" + shuffle + "  - conv: {out: in, kernel: 3, groups: in}\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].first == "a");
  CHECK(found[0].second == "b");
  CHECK(found[0].channels == 8);
  CHECK(found[0].with_shuffle == 4);  // groups of the channels 0 and 4, 1 and 5, ...
  CHECK(found[0].without_shuffle == 2);
  CHECK(facts("").empty());
  CHECK(facts(shuffle, "kernel: 1").empty());
  CHECK(facts(shuffle + "  - max_pool: {kernel: 2}\n").empty());
  CHECK(facts(shuffle + "  - add: {x: [], y: [relu]}\n").empty());
}

TEST_CASE("what a gate adds", "[explain]") {
  const std::string gate = "  - multiply: {name: m, value: [], gate: [global_avg_pool, ";
  const cost::GateFacts facts =
      cost::gate_facts(network_of(spec_with(
          gate + "conv: {out: 2, bias: true}, relu, conv: {out: in * 4}, sigmoid]}\n"
                 "  - multiply: {name: n, value: [], gate: [global_avg_pool, linear: {out: 8}]}")));
  CHECK(facts.gates == 2);
  CHECK(facts.example == "n");
  CHECK(facts.channels == 8);
  CHECK(facts.hidden == 8);
  CHECK(facts.example_weights.value() == 64);
  CHECK(facts.added.params.value() == 8 * 2 + 2 + 2 * 8 + 64 + 8);
  CHECK(facts.added.elementwise.value() == 2 * 2048 + 8 * 2);  // products, and the sigmoid's sums
  // A map, a vector, and what no pool gives.
  for (const std::string none :
       {"  - multiply: {value: [], gate: [conv: {out: in}]}",
        "  - global_avg_pool\n  - multiply: {value: [], gate: [conv: {out: in}]}",
        "  - multiply: {value: [], gate: [conv: {out: in, kernel: 16, pad: valid}]}"}) {
    INFO(none);
    CHECK(cost::gate_facts(network_of(spec_with(none))).gates == 0);
  }
}

TEST_CASE("how multiply-adds grow, by the powers of each multiplier", "[explain]") {
  const auto scaling = [](const std::string& params, const std::string& input,
                          const std::string& layer) {
    const spec::ArchSpec spec = spec::read_spec_text(
        "net.yaml",
        "name: net\nparams: {" + params + "}\ninput: {" + input + "}\nlayers: [" + layer + "]\n",
        ".");
    const cost::Scalings scalings = cost::measured_scalings(spec, {});
    return scalings.empty() ? "nothing" : scalings.begin()->second;
  };
  const std::string square = "channels: 8, height: 8, width: 8";
  CHECK(scaling("alpha: 1", square, "conv: {out: 8 * alpha}") == "alpha");
  CHECK(scaling("s: {default: 1, symbol: σ}", square, "conv: {out: 8 * s}") == "σ");
  CHECK(scaling("alpha: 1", "channels: 8 * alpha, height: 8, width: 8", "conv: {out: 8 * alpha}") ==
        "alpha²");
  CHECK(scaling("alpha: 1", "channels: 8 * alpha, height: 8 * alpha, width: 8",
                "conv: {out: 8 * alpha}") == "alpha³");
  CHECK(scaling("alpha: 1", "channels: 8 * alpha, height: 8 * alpha, width: 8 * alpha",
                "conv: {out: 8 * alpha}") == "alpha⁴");
  CHECK(scaling("rho: 1", "channels: 8, height: 8 * rho, width: 8 * rho", "conv: {out: 8}") ==
        "rho²");
  CHECK(scaling("alpha: 1, rho: 1", "channels: 8, height: 8 * rho, width: 8",
                "conv: {out: 8 * alpha}") == "alpharho");
  CHECK(scaling("alpha: 1", square, "conv: {out: 8}, conv: {out: alpha, kernel: 1, when: 0}") ==
        "1");
  CHECK(scaling("beta: 1", square, "conv: {out: 8 * beta}") == "nothing");
  // No power: 8 + 8 α.
  CHECK(scaling("alpha: 1", square, "conv: {out: 8 + 8 * alpha}") == "nothing");
  CHECK(scaling("alpha: 1", square, "conv: {out: 64 + alpha}") == "1");
  // Twice as much isn't allowed: half of it.
  CHECK(scaling("alpha: {default: 1, max: 1}", square, "conv: {out: 8 * alpha}") == "alpha");
  CHECK(scaling("alpha: {default: 3, choices: [3]}", square, "conv: {out: 8 * alpha}") ==
        "nothing");
  const std::string attention = "multi_head_attention: {heads: 2}";
  CHECK(scaling("alpha: 1", "channels: 16 * alpha, height: 16, width: 1", attention) ==
        "alpha² + alpha");
  CHECK(scaling("rho: 1", "channels: 16, height: 4 * rho, width: 4 * rho",
                "reshape: {channels: in, height: h * w}, " + attention) == "rho² + rho⁴");
  CHECK(scaling("alpha: 1, rho: 1", "channels: 16 * alpha, height: 4 * rho, width: 4 * rho",
                "reshape: {channels: in, height: h * w}, " + attention) ==
        "alpha²rho² + alpharho⁴");
  CHECK(scaling("alpha: 1", "channels: 16, height: 16, width: 1",
                attention + ", conv: {out: alpha, when: 0}") == "1");
}

TEST_CASE("diff tells whose weights a layer uses", "[diff]") {
  const auto network = [](const std::string& more) {
    return network_of(
        spec_with("  - conv: {name: a, out: 8, kernel: 3}\n"
                  "  - conv: {name: b, out: 8, kernel: 3" +
                  more + "}"));
  };
  const std::vector<cost::DiffRow> rows =
      cost::diff_networks(network(""), network(", weights_of: a"));
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].change == cost::Change::kChanged);
  CHECK(contains(rows[1].what, "weights_of none -> a"));
}

TEST_CASE("behind a norm over channels a shuffle brings nothing together", "[explain]") {
  const auto units = [](const std::string& between) {
    return cost::shuffle_facts(network_of(spec_with("  - conv: {out: 8, groups: 4}\n" + between +
                                                    "  - channel_shuffle: {groups: 4}\n"
                                                    "  - conv: {out: 8, groups: 4}")))
        .size();
  };
  CHECK(units("  - batch_norm\n") == 1);
  CHECK(units("  - layer_norm\n") == 0);
}
