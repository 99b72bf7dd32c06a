// SPDX-License-Identifier: Apache-2.0
// The figures that the tools themselves print (one image, torchvision 0.14.1 models at 224).
#include "cost/conventions.hpp"

#include "core/diagnostic.hpp"
#include "cost/cost_table.hpp"
#include "property/random_spec.hpp"
#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

Count figure(const graph::Network& network, std::string_view convention) {
  return cost::convention_total(*cost::find_convention(convention), network);
}

}  // namespace

TEST_CASE("each tool's own figures come out to the last digit", "[conventions]") {
  struct Row {
    std::string spec;
    std::int64_t fvcore, ptflops, aten, thop, torchinfo;
  };
  const auto row = GENERATE(values<Row>({
      {"resnet50", 4111512576, 4132436968, 4089185256, 4133742592, 4089238376},
      {"mobilenet_v2", 314193216, 320300008, 300775272, 327486720, 300809384},
      {"densenet121", 2865546752, 2899843048, 2834162664, 2897007104, 2834246312},
      {"squeezenet1_1", 349320936, 359982728, 351741288, 349321936, 351741288},
      {"efficientnet_b0", 401659392, 410196896, 385825092, 415145024, 385867108},
      {"shufflenet_v2_x1_0", 148808392, 152387568, 144908992, 152708792, 144925172},
      {"vgg16", 15470289408, 15523225576, 15483821032, 15470314496, 15483821032},
      {"convnext_tiny", 4470437376, 4488347368, 4458241768, 4464149760, 322371592},
  }));
  INFO(row.spec);
  const graph::Network network = shipped(row.spec);
  CHECK(figure(network, "fvcore").value() == row.fvcore);
  CHECK(figure(network, "ptflops").value() == row.ptflops);
  CHECK(figure(network, "ptflops-aten").value() == row.aten);
  CHECK(figure(network, "thop").value() == row.thop);
  CHECK(figure(network, "torchinfo").value() == row.torchinfo);
}

TEST_CASE("tools see modules by their class, functions, and operators", "[conventions]") {
  // What the tools print for one layer, by bench/conventions/compare.py.
  struct Row {
    std::string layers, input;
    std::int64_t ptflops, aten, thop, torchinfo;
  };
  const std::string conv = "  - conv: {out: 6, kernel: 3, bias: true", end = "}\n";
  const auto row = GENERATE_COPY(values<Row>({
      {conv + end, "8x7x5", 15330, 15330, 15120, 15330},
      {conv + ", call: function" + end, "8x7x5", 0, 15330, 0, 0},
      {conv + ", call: subclass" + end, "8x7x5", 0, 15330, 0, 15330},
      {"  - flatten\n  - linear: {out: 6, call: function}\n", "8x1x1", 0, 54, 0, 0},
      {"  - flatten\n  - linear: {out: 6, call: subclass}\n", "8x1x1", 0, 54, 0, 54},
      {"  - linear: {out: 6, per_position: true}\n", "8x7x1", 378, 378, 336, 54},
      {"  - linear: {out: 6, per_position: true}\n", "8x7x5", 1890, 1680, 1680, 54},
      {"  - layer_norm\n", "8x7x1", 56, 0, 224, 16},
      {"  - layer_norm: {call: subclass}\n", "8x7x1", 0, 0, 0, 16},
      {"  - group_norm: {groups: 4}\n", "8x7x5", 560, 0, 0, 16},
      {"  - lrn: {size: 5}\n", "8x7x5", 1260, 0, 0, 0},
      {"  - multi_head_attention: {heads: 2}\n", "8x7x1", 3836, 2800, 0, 0},
      {"  - matmul: {call: function, a: [], b: []}\n", "8x5x5", 1000, 1000, 0, 0},
      {"  - matmul: {call: method, a: [], b: []}\n", "8x5x5", 0, 1000, 0, 0},
      {"  - adaptive_avg_pool: {size: [5, 3]}\n", "1x16x16", 512, 0, 271, 0},
      {"  - adaptive_avg_pool: {size: [5, 3]}\n", "3x16x16", 1536, 0, 813, 0},
      {"  - relu6: {call: subclass}\n", "8x7x5", 280, 0, 0, 0},
  }));
  INFO(row.layers << row.input);
  const graph::Network network = network_of(spec_with(row.layers, row.input));
  CHECK(figure(network, "ptflops").value() == row.ptflops);
  CHECK(figure(network, "ptflops-aten").value() == row.aten);
  CHECK(figure(network, "thop").value() == row.thop);
  CHECK(figure(network, "torchinfo").value() == row.torchinfo);
}

TEST_CASE("a printed figure is held against every convention", "[conventions]") {
  const auto note = [](const graph::Network& network, const std::string& printed) {
    return tables::conventions_report(network, printed).sections[0].notes[0];
  };
  const graph::Network resnet = shipped("resnet50");
  CHECK(note(resnet, "4.09G") == "4.09G is the figure of macs, ptflops-aten, torchinfo, pycls.");
  CHECK(note(resnet, "4.5G") ==
        "No convention gives 4.5G. thop comes nearest, -8.1 %: macs 4,089,184,256 + 44,455,936, "
        "batch norm + 102,400, global and adaptive pools = 4,133,742,592. The print counts other "
        "work than multiply-adds too, or is of another network.");
  CHECK(
      note(shipped("standard_conv"), "1000")
          .starts_with(
              "No convention gives 1000. macs comes nearest, -2.8 %: macs 972. The print counts"));
  CHECK(note(resnet, "25.56M") ==
        "25.56M is the number of parameters, 25,557,032; conventions count operations.");
}

TEST_CASE("pycls: flops and activations", "[conventions]") {
  struct Row {
    std::string spec;
    std::int64_t flops;
  };
  const auto row = GENERATE(values<Row>({{"resnet50", 4089185256},
                                         {"resnet152", 11513627624},
                                         {"resnext50_32x4d", 4230480872},
                                         {"efficientnet_b0", 385825092},
                                         {"efficientnet_b1", 686817992},
                                         {"efficientnet_b2", 993578282}}));
  INFO(row.spec);
  CHECK(figure(shipped(row.spec), "pycls").value() == row.flops);
  CHECK(cost::pycls_activations(shipped("resnet50")).value() == 11315688);
}

TEST_CASE("benchdnn leaves out the taps on padding", "[conventions]") {
  // 3x3 over 4x4 with padding 1: rows meet 3 + 3 + ... = 10 taps each way, so 100 of 144 pairs.
  const graph::Network same = network_of(spec_with("  - conv: {out: 2, kernel: 3}", "1x4x4"));
  CHECK(figure(same, "macs").value() == 2 * 144);
  CHECK(figure(same, "benchdnn").value() == 2 * 2 * 100);
  const graph::Network valid =
      network_of(spec_with("  - conv: {out: 2, kernel: 3, pad: valid}", "1x4x4"));
  CHECK(figure(valid, "benchdnn") == Count(2) * figure(valid, "macs"));
  // Stride 2, dilation 2, one side padded: o * 2 - 1 + k * 2 in [0, 6) for o in 0..1, k in 0..2: 2
  // + 3 pairs a dimension.
  const graph::Network mixed = network_of(spec_with(
      "  - conv: {out: 1, kernel: 3, stride: 2, dilation: 2, pad: [1, 1, 0, 0]}", "1x6x6"));
  CHECK(mixed.layers[0].output == TensorShape{1, 2, 2});
  CHECK(figure(mixed, "benchdnn").value() == 2 * 25);
}

TEST_CASE("differences add up, and layers add up to totals, under every convention",
          "[conventions][property]") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    graph::Network network = network_of(random_spec(seed));
    network.batch = 1 + seed % 2;
    for (const cost::Convention& from : cost::conventions()) {
      Count sum;
      for (const graph::Layer& layer : network.layers)
        sum += cost::convention_cost(from, network, layer);
      CHECK(sum == cost::convention_total(from, network));
      for (const cost::Convention& to : cost::conventions()) {
        Count difference;
        for (const cost::Difference& d : cost::explain_difference(network, from, to))
          difference += d.to - d.from;
        CHECK(cost::convention_total(from, network) + difference ==
              cost::convention_total(to, network));
      }
    }
  }
}

TEST_CASE("resnet50 from thop to macs, by cause", "[conventions]") {
  const auto differences = cost::explain_difference(
      shipped("resnet50"), *cost::find_convention("thop"), *cost::find_convention("macs"));
  REQUIRE(differences.size() == 2);
  CHECK(differences[0].cause == "batch norm");
  CHECK(differences[0].from.value() == 44455936);
  CHECK(differences[0].to.value() == 0);
  CHECK(differences[1].cause == "global and adaptive pools");
  CHECK(differences[1].from.value() == 102400);
}

TEST_CASE("attention and positions are causes of their own", "[conventions]") {
  const graph::Network network = shipped("vit_b_16");
  const auto thop = cost::explain_difference(network, *cost::find_convention("thop"),
                                             *cost::find_convention("macs"));
  REQUIRE(thop.size() == 2);
  CHECK(thop[0].cause == "layer norm");
  CHECK(thop[1].cause == "attention");
  CHECK(thop[1].from.value() == 0);
  CHECK(thop[1].to.value() == 6292703232);
  // 12 encoders of 2 · 768 · 3072 weights at 197 positions, of which torchinfo counts one.
  const auto torchinfo = cost::explain_difference(network, *cost::find_convention("torchinfo"),
                                                  *cost::find_convention("macs"));
  REQUIRE(torchinfo.size() == 4);
  CHECK(torchinfo[3].cause == "positions of linear layers");
  CHECK(torchinfo[3].to.value() == std::int64_t{196} * 12 * 2 * 768 * 3072);
}

TEST_CASE("what conventions count beside multiply-adds, by hand", "[conventions]") {
  struct Row {
    std::string layer, input, convention;
    std::int64_t figure;
  };
  const auto row = GENERATE(values<Row>({
      {"upsample: {factor: 2}", "2x4x3", "fvcore", 96},
      {"upsample: {factor: 2, mode: bilinear}", "2x4x3", "fvcore", 384},
      {"batch_norm", "2x4x3", "fvcore", 48},
      {"batch_norm: {affine: false}", "2x4x3", "fvcore", 24},
      {"layer_norm", "2x4x3", "fvcore", 120},
      {"layer_norm: {affine: false}", "2x4x3", "fvcore", 96},
      {"global_avg_pool", "8x6x4", "flops", 192},
      {"max_pool: {kernel: 2}", "8x6x4", "flops", 192},
      {"avg_pool: {kernel: 2}", "8x6x4", "flops", 192},
      {"conv: {out: 2, kernel: 5}", "1x1x1", "benchdnn", 4},  // 24 of 25 taps are on padding
      {"leaky_relu", "2x4x3", "ptflops", 24},
      {"leaky_relu: {call: function}", "2x4x3", "ptflops", 0},
  }));
  INFO(row.layer << ", " << row.convention);
  CHECK(figure(network_of(spec_with("  - " + row.layer, row.input)), row.convention).value() ==
        row.figure);
}
