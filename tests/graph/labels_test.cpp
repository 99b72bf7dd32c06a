// SPDX-License-Identifier: Apache-2.0
// Labels of items and the names that follow from them.
#include "graph/labels.hpp"

#include "graph/layer_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a numbered name is a label and its ordinal", "[graph]") {
  CHECK(graph::is_numbered("conv2", "conv"));
  CHECK(graph::is_numbered("conv12", "conv"));
  CHECK(graph::is_numbered("conv2_1", "conv2"));
  CHECK(!graph::is_numbered("conv", "conv"));
  CHECK(!graph::is_numbered("conv2x", "conv"));
  CHECK(!graph::is_numbered("convx2", "conv"));
  CHECK(!graph::is_numbered("conv21", "conv2"));
  CHECK(!graph::is_numbered("conv2_", "conv2"));
  CHECK(!graph::is_numbered("relu1", "conv"));
}

TEST_CASE("labels that occur once, several times and in repeats", "[graph]") {
  graph::LabelTree labels;
  int ambiguous = 0;
  const auto find = [&](graph::LabelId parent, const char* name) {
    ambiguous = 0;
    return labels.find(parent, name, ambiguous);
  };
  const graph::LabelId conv = labels.add(graph::kRootLabel, "conv", false);
  CHECK(find(graph::kRootLabel, "conv") == conv);
  CHECK(labels.name(conv) == "conv");
  CHECK(find(graph::kRootLabel, "conv1") == conv);
  CHECK(!find(graph::kRootLabel, "conv2"));
  CHECK(!find(graph::kRootLabel, "conv0"));
  CHECK(!find(graph::kRootLabel, "relu"));
  CHECK(!find(graph::kRootLabel, ""));
  CHECK(ambiguous == 0);
  const graph::LabelId second = labels.add(graph::kRootLabel, "conv", false);
  CHECK(!find(graph::kRootLabel, "conv"));
  CHECK(ambiguous == 2);
  CHECK(find(graph::kRootLabel, "conv1") == conv);
  CHECK(find(graph::kRootLabel, "conv2") == second);
  CHECK(!find(graph::kRootLabel, "conv3"));
  CHECK(ambiguous == 0);
  CHECK(labels.name(conv) == "conv1");
  CHECK(labels.name(second) == "conv2");

  const graph::LabelId round = labels.add(graph::kRootLabel, "stage2", true);
  CHECK(labels.name(round) == "stage2_1");
  CHECK(!find(graph::kRootLabel, "stage2"));
  CHECK(ambiguous == 1);
  CHECK(find(graph::kRootLabel, "stage2_1") == round);
  CHECK(!find(graph::kRootLabel, "stage2_2"));
  const graph::LabelId inner = labels.add(round, "relu", false);
  CHECK(labels.name(inner) == "stage2_1.relu");
  CHECK(find(round, "relu") == inner);
  CHECK(!find(graph::kRootLabel, "relu"));
  CHECK(labels.name(graph::kRootLabel).empty());
  CHECK(labels.child_names(graph::kRootLabel) ==
        std::vector<std::string>{"conv1", "conv2", "stage2_1"});
}

TEST_CASE("numbers of names that no label has", "[graph]") {
  graph::LabelTree labels;
  int ambiguous = 0;
  labels.add(graph::kRootLabel, "conv", true);
  const graph::LabelId second = labels.add(graph::kRootLabel, "conv", true);
  const graph::LabelId odd = labels.add(graph::kRootLabel, "x9", true);
  const graph::LabelId plain = labels.add(graph::kRootLabel, "a_", true);
  const auto find = [&](const char* name) {
    return labels.find(graph::kRootLabel, name, ambiguous);
  };
  CHECK(find("conv2") == second);
  CHECK(!find("conv99999999999999999999"));
  CHECK(!find("conv0"));
  CHECK(!find("conv_2"));
  CHECK(find("x9_1") == odd);
  CHECK(!find("x9_2"));
  CHECK(!find("x9_0"));
  CHECK(!find("x9_"));
  CHECK(!find("x91"));
  CHECK(find("a_1") == plain);
  CHECK(!find("_1"));
  CHECK(!find("1"));
  CHECK(labels.find(graph::kRootLabel, std::string_view("conv23").substr(0, 5), ambiguous) ==
        second);
  const graph::LabelId digit = labels.add(graph::kRootLabel, "3", true);
  CHECK(find("3_1") == digit);
  CHECK(!find("31"));
  CHECK(ambiguous == 0);
  CHECK(labels.name(odd) == "x9_1");
  CHECK(labels.name(plain) == "a_1");
  const graph::LabelId inner = labels.add(odd, "x0", true), deep = labels.add(inner, "y", false);
  CHECK(labels.name(deep) == "x9_1.x0_1.y");
}

TEST_CASE("windows as plain numbers", "[graph]") {
  const auto window = [](const std::string& layer) {
    const graph::Network network = network_of(spec_with("  - " + layer, "8x12x10"));
    return graph::window_problem(network, network.layers.back());
  };
  const graph::WindowProblem conv = window(
      "conv: {out: 4, kernel: [3, 5], stride: [1, 2], dilation: [2, 1], groups: 2, pad: [4, 3, 2, "
      "1]}");
  CHECK(conv.in == graph::Dims{1, 8, 12, 10});
  CHECK(conv.out == graph::Dims{1, 4, 14, 5});
  CHECK(conv.kernel_height == 3);
  CHECK(conv.kernel_width == 5);
  CHECK(conv.stride_height == 1);
  CHECK(conv.stride_width == 2);
  CHECK(conv.dilation_height == 2);
  CHECK(conv.dilation_width == 1);
  CHECK(conv.pad_top == 4);
  CHECK(conv.pad_left == 3);
  CHECK(conv.pad_bottom == 2);
  CHECK(conv.pad_right == 1);
  CHECK(conv.groups == 2);
  CHECK(conv.taps() == 15);
  CHECK(!conv.depthwise());
  CHECK(window("conv: {out: in, kernel: 3, groups: in}").depthwise());
  const graph::WindowProblem pool = window("max_pool: {kernel: [2, 3]}");
  CHECK(pool.stride_height == 2);
  CHECK(pool.stride_width == 3);
  CHECK(pool.dilation_height == 1);
  CHECK(pool.pad_top == 0);
  CHECK(pool.groups == 1);
  const graph::WindowProblem global = window("global_avg_pool");
  CHECK(global.kernel_height == 12);
  CHECK(global.kernel_width == 10);
  CHECK(global.stride_height == 12);
  CHECK(global.stride_width == 10);
}

TEST_CASE("the first channel of a part", "[graph]") {
  const auto first = [](const std::string& layer) {
    const graph::Network network = network_of(spec_with("  - " + layer));
    return graph::first_channel(network.layers.back());
  };
  CHECK(first("split: {parts: 4, take: 1}") == 0);
  CHECK(first("split: {parts: 4, take: 3}") == 4);
  CHECK(first("split: {parts: [5, in - 5], take: 2}") == 5);
  CHECK(first("split: {parts: [1, 2, 5], take: 3}") == 3);
}

TEST_CASE("a parameter is at its default or not", "[graph]") {
  const std::string spec =
      "name: net\nparams: {a: 2, b: {default: a}, c: 3}\ninput: {channels: 3, height: 8, width: "
      "8}\n"
      "layers: [conv: {out: a + b + c}]\n";
  const auto defaults = [&](const std::vector<std::string>& settings) {
    std::string text;
    for (const graph::Parameter& parameter : network_of(spec, settings).parameters)
      text += parameter.name + (parameter.is_default ? " " : "! ");
    return text;
  };
  CHECK(defaults({}) == "a b c ");
  CHECK(defaults({"a=2"}) == "a b c ");
  CHECK(defaults({"c=4"}) == "a b c! ");
  CHECK(defaults({"b=7"}) == "a b! c ");
}

TEST_CASE("numbers of layers have no zeros in front", "[graph]") {
  const auto message = [](const std::string& from) {
    return error_of(spec_with("  - conv: {out: 4}\n  - conv: {out: 4}\n  - add: {from: [conv2, " +
                              from + "]}\n"));
  };
  CHECK(message("conv1").empty());
  for (const char* name : {"conv01", "conv002", "conv0"}) {
    INFO(name);
    CHECK(contains(message(name), std::string("'") + name + "'"));
  }
}
