// SPDX-License-Identifier: Apache-2.0
// The parameters that rewrites add, what their settings can be, and what they say of what they
// kept.
#include <fmt/core.h>

#include "core/text.hpp"
#include "rewrite/rewrites.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const std::string kTwoStages =
    "name: net\ninput: {channels: 8, height: 16, width: 12}\n"
    "layers:\n"
    "  - conv: {name: stem, out: 8}\n"
    "  - add: {name: s, one: [conv: {out: 8, kernel: 3}], two: []}\n"
    "  - relu\n"
    "  - conv: {name: down, out: 8, kernel: 3, stride: 2, groups: in}\n"
    "  - add: {name: t, one: [conv: {out: 8, kernel: 3}], two: []}\n"
    "  - tanh\n"
    "  - global_avg_pool\n"
    "  - linear: {out: 10}\n";

// What is added to the section of parameters.
std::string added_parameters(const std::string& rewrites, const std::string& yaml = kTwoStages) {
  const std::string text = spec::write_spec(rewritten(open_text(yaml), rewrites).spec);
  const std::size_t start = text.find("\nparams:\n") + 9;
  return text.substr(start, text.find("\n\ninput:") + 1 - start);
}

std::string rewrite_notes(const std::string& rewrites, const std::string& yaml) {
  return join(rewritten(open_text(yaml), rewrites).spec.notes, "\n");
}

}  // namespace

TEST_CASE("a rewrite adds its parameters with their defaults and choices", "[rewrite]") {
  CHECK(added_parameters("+separable") ==
        "  separable: {default: 1, help: 0 for the convolutions as they were, choices: [0, 1]}\n"
        "  separable_stages: {default: [1, 2], help: stages with separable convolutions, choices: "
        "[1, 2]}\n");
  CHECK(added_parameters("+separable:separable=0,stages=[2]") ==
        "  separable: {default: 0, help: 0 for the convolutions as they were, choices: [0, 1]}\n"
        "  separable_stages: {default: [2], help: stages with separable convolutions, choices: [1, "
        "2]}\n");
  CHECK(added_parameters("+bottleneck:ratio=1/2") ==
        "  bottleneck: {default: 1, help: 0 for the convolutions as they were, choices: [0, 1]}\n"
        "  bottleneck_stages: {default: [1, 2], help: stages with bottlenecks, choices: [1, 2]}\n"
        "  ratio: {default: 1/2, help: inner channels by output channels, min: 0, sweep: [0.125, "
        "0.25, 0.5]}\n");
  CHECK(added_parameters("+bottleneck:inverted=1,stages=[1]") ==
        "  bottleneck: {default: 1, help: 0 for the convolutions as they were, choices: [0, 1]}\n"
        "  bottleneck_stages: {default: [1], help: stages with bottlenecks, choices: [1, 2]}\n"
        "  t: {default: 6, help: inner channels by input channels, min: 0, sweep: [1, 3, 6]}\n");
  const std::string gates =
      "  reduction: {default: 16, symbol: r, help: reduction ratio of SE, min: 1, sweep: [2, 4, 8, "
      "16, 32]}\n"
      "  squeeze: {default: avg, help: pooling of SE, choices: [avg, max]}\n"
      "  gate: {default: sigmoid, help: last activation of SE, choices: [sigmoid, hard_sigmoid, "
      "tanh, relu]}\n";
  CHECK(added_parameters("+se") ==
        "  se: {default: 1, help: 0 without squeeze-and-excitation, choices: [0, 1]}\n"
        "  se_stages: {default: [1, 2], help: stages with squeeze-and-excitation, choices: [1, "
        "2]}\n"
        "  se_position: {default: standard,\n"
        "                help: \"SE after the branch, before it, after the sum, on the shortcut, "
        "after the 3x3\",\n"
        "                choices: [standard, pre, post, identity, k3x3]}\n" +
            gates);
  CHECK(contains(added_parameters("+se:position=3x3"), "se_position: {default: k3x3,"));
  CHECK(contains(added_parameters("+se:r=4,squeeze=max,gate=tanh"), "reduction: {default: 4,"));
  CHECK(added_parameters("+activation") ==
        "  act: {default: hard_swish, help: the activation,\n"
        "        choices: [relu, relu6, leaky_relu, sigmoid, hard_sigmoid, tanh, swish, "
        "hard_swish, gelu, none]}\n");
  CHECK(added_parameters("+kernel") ==
        "  kernel: {default: 5, help: of depthwise convolutions, choices: [3, 5, 7], sweep: [3, 5, "
        "7]}\n");
  CHECK(added_parameters("+width:alpha=0.5,divisor=4") ==
        "  alpha: {default: 0.5, symbol: α, help: width multiplier, min: 0, sweep: [0.25, 0.5, "
        "0.75, 1]}\n"
        "  widths: {default: [8], help: channel counts; equal ones are one, min: 1}\n"
        "  divisor: {default: 4, help: channels are rounded to multiples of it, min: 1}\n");
  CHECK(added_parameters("+resolution:ρ=0.5") ==
        "  rho: {default: 0.5, symbol: ρ, help: resolution multiplier, min: 0, sweep: [4/7, 5/7, "
        "6/7, 1]}\n");
  // Not a position that no residual unit of the network has.
  CHECK(contains(added_parameters("+se",
                                  "name: net\ninput: {channels: 8, height: 16, width: 12}\n"
                                  "layers: [conv: {name: a, out: 8}, add: {from: [a, input]}]\n"),
                 "choices: [standard, post, identity]}\n"));
}

TEST_CASE("stages are those that the targets are in", "[rewrite]") {
  const std::string net =
      "name: net\ninput: {channels: 8, height: 16, width: 12}\n"
      "layers:\n"
      "  - conv: {name: stem, out: 8}\n"
      "  - conv: {name: high, out: 2 * h, kernel: 3}\n"  // not one of them
      "  - conv: {name: a, out: 8, kernel: 3, stride: 2}\n";
  const std::string one =
      "  separable: {default: 1, help: 0 for the convolutions as they were, choices: [0, 1]}\n";
  CHECK(added_parameters("+separable", net) == one);
  CHECK(added_parameters("+separable", net + "  - conv: {name: b, out: 8, kernel: 3}\n") == one);
  CHECK(
      added_parameters("+separable", net + "  - conv: {name: b, out: 8, kernel: 3, stride: 2}\n") ==
      one +
          "  separable_stages: {default: [2, 3], help: stages with separable convolutions, "
          "choices: [2, 3]}\n");
}

TEST_CASE("a rewrite that shuffles nothing has no parameter for it", "[rewrite]") {
  const std::string net = "name: net\ninput: {channels: 8, height: 16, width: 12}\n";
  const std::string g =
      "  g: {default: 2, help: groups; 1 for the convolutions as they were, min: 1, sweep: [1, 2, "
      "4, 8]}\n";
  CHECK(added_parameters("+groups", net + "layers: [conv: {out: 8}, relu]\n") == g);
  CHECK(added_parameters("+groups", net + "layers: [conv: {out: 8}, relu, conv: {out: 8}]\n") ==
        g + "  shuffle: {default: 1, help: 0 without channel shuffle, choices: [0, 1]}\n");
}

TEST_CASE("settings have full names, short ones and symbols", "[rewrite]") {
  const rewrite::Rewrite& se = *rewrite::find_rewrite("se");
  for (const char* name : {"se", "stages", "se_stages", "position", "se_position", "r", "reduction",
                           "squeeze", "gate"}) {
    CHECK(rewrite::has_setting(se, name));
  }
  for (const char* name : {"", "alpha", "se_reduction", "first", "α"})
    CHECK_FALSE(rewrite::has_setting(se, name));
  CHECK(rewrite::has_setting(*rewrite::find_rewrite("width"), "α"));
  CHECK(rewrite::has_setting(*rewrite::find_rewrite("separable"), "first"));
  CHECK(rewrite::has_setting(*rewrite::find_rewrite("groups"), "where"));
  CHECK(rewrite::find_rewrite("se_block") == nullptr);
  std::string own;
  for (const rewrite::Rewrite& row : rewrite::rewrites()) {
    if (rewrite::sets_own_parameter(row)) own += std::string(row.name) + " ";
  }
  CHECK(own == "width resolution ");

  const rewrite::Call call = rewrite::parse_call(" se : r = 8 , stages=[4, 5],position=3x3 ");
  CHECK(call.rewrite == &se);
  CHECK(call.place == "+ se : r = 8 , stages=[4, 5],position=3x3 ");
  CHECK_FALSE(call.of_file);
  std::string settings;
  for (const spec::RewriteSetting& setting : call.settings)
    settings += setting.name + "=" + setting.value + ";";
  CHECK(settings == "reduction=8;se_stages=[4, 5];se_position=k3x3;");
  CHECK(rewrite::parse_call("se").settings.empty());
}

TEST_CASE("settings that a rewrite can't have are refused", "[rewrite]") {
  const Opened net = open_text(kTwoStages);
  const auto refused = [&](const std::string& rewrites) { return rewrite_error(net, rewrites); };
  CHECK(refused("+separable:first=2") ==
        "+separable:first=2: error: 'first' must be 0 or 1, not 2");
  CHECK(refused("+groups:where=none") ==
        "+groups:where=none: error: 'where' must be points or all, not none");
  CHECK(refused("+groups:") == "+groups:: error: '': settings are NAME=VALUE");
  CHECK(refused("+groups:=2") ==
        "+groups:=2: error: 'groups' has no ''; it has g, shuffle, where, round");
  CHECK(refused("+groups:where=") == "+groups:where=: error: 'where' has no value");
  CHECK(
      refused("+activation:from=elu") ==
      "+activation:from=elu: error: it changes nothing in 'net': it looks for activations of that "
      "kind");
  // A parameter that isn't part of this network.
  CHECK(refused("+bottleneck:t=6") == "+bottleneck:t=6: error: 't' has nothing to set in 'net'");
  CHECK(refused("+bottleneck:inverted=1,ratio=1/2") ==
        "+bottleneck:inverted=1,ratio=1/2: error: 'ratio' has nothing to set in 'net'");
  CHECK(refused("+width:widths=[8,16,24]") == "");
  CHECK(refused("+groups:g=0") == "+groups:g=0: error: 'g' must be at least 1, not 0");
  CHECK(refused("+se:gate=elu") ==
        "+se:gate=elu: error: 'gate' must be sigmoid, hard_sigmoid, tanh or relu, not elu; did you "
        "mean 'relu'?");
  CHECK(refused("+se:stages=[3]") == "+se:stages=[3]: error: 'se_stages' must be 1 or 2, not 3");
  CHECK(refused("+groups:g=1/0") == "+groups:g=1/0: error: 'g': division by zero in '1/0'");
}

TEST_CASE("a rewrite that changes nothing at its defaults is refused", "[rewrite]") {
  const std::string nine = "name: nine\ninput: {channels: 9, height: 4, width: 4}\n";
  const std::string refusal =
      ": error: it changes nothing in 'nine': it looks for 1x1 convolutions with one group";
  const Opened odd = open_text(nine + "layers: [conv: {out: 9}]\n");
  CHECK(rewrite_error(odd, "+groups") == "+groups" + refusal);
  CHECK(rewrite_error(odd, "+groups:g=1") == "+groups:g=1" + refusal);
  CHECK(rewrite_error(odd, "+groups:g=3").empty());
  const Opened even = open_text(nine + "layers: [conv: {out: 8}, conv: {out: 6}]\n");
  CHECK(rewrite_error(even, "+groups:g=5").empty());  // with 2 it does
  CHECK(rewrite_error(even, "+width").empty());
  CHECK(rewrite_error(even, "+separable") ==
        "+separable: error: it changes nothing in 'nine': it looks for convolutions with a kernel "
        "larger than 1x1 and one group, the first convolution excepted");
  CHECK(
      rewrite_error(open_text("name: flat\ninput: {channels: 9, height: 1, width: 1}\nlayers: "
                              "[linear: {out: 4}]\n"),
                    "+resolution:rho=0.5") ==
      "+resolution:rho=0.5: error: it changes nothing in 'flat': it looks for an input with height "
      "and width");
}

TEST_CASE("a rewrite names what it kept, with the reason", "[rewrite]") {
  const std::string net = "name: net\ninput: {channels: 8, height: 16, width: 12}\n";
  CHECK(rewrite_notes("+separable", net + "layers:\n"
                                          "  - linear: {name: l, out: 8, per_position: true}\n"
                                          "  - conv: {name: a, out: 8, kernel: 3}\n"
                                          "  - conv: {name: b, out: 8, kernel: [1, 3], groups: 2}\n"
                                          "  - conv: {name: c, out: 8, kernel: [3, 1], groups: 4}\n"
                                          "  - conv: {name: d, out: 8, kernel: 3, groups: 8}\n"
                                          "  - conv: {name: e, out: 8, groups: 2}\n"
                                          "  - conv: {name: f, out: 8}\n"
                                          "  - conv: {name: g, out: 8, kernel: 3, groups: 2}\n"
                                          "  - conv: {name: k, out: h, kernel: 3}\n"
                                          "  - conv: {name: m, out: 8, kernel: 3}\n") ==
        "separable: kept a (the first convolution); b, g (2 groups); c (4 groups); "
        "k (kept by its stage, its block or its sizes).");
  CHECK(rewrite_notes("+separable:first=1", net + "layers: [conv: {out: 8, kernel: 3}]\n").empty());
  CHECK(rewrite_notes("+separable:stages=[2]",
                      net + "layers:\n"
                            "  - conv: {name: a, out: 8}\n"
                            "  - conv: {name: b, out: 8, kernel: 3}\n"
                            "  - conv: {name: c, out: 8, kernel: 3, stride: 2}\n") ==
        "separable: kept b (kept by its stage, its block or its sizes).");
  const auto kept = [&](int count) {
    return rewrite_notes("+groups:g=4",
                         net + "layers:\n  - conv: {name: z, out: 8}\n" +
                             fmt::format("  - conv: {{name: a, out: 6, repeat: {}}}\n", count) +
                             "  - conv: {name: s, out: 8, kernel: 3}\n"
                             "  - conv: {name: t, out: 8, groups: 2}\n"
                             "  - conv: {name: u, out: 9}\n");
  };
  CHECK(kept(2) ==
        "groups: kept a1 (g does not divide 8 and 6 channels); a2 (g does not divide 6 and 6 "
        "channels); u (g does not divide 8 and 9 channels).");
  CHECK(contains(kept(7), "; a2, a3, a4, a5, a6, a7 (g does not divide 6 and 6 channels);"));
  CHECK(contains(kept(8), "; a2, a3, a4, a5, a6, a7, and 1 more (g does not divide"));
  CHECK(contains(kept(9), "; a2, a3, a4, a5, a6, a7, and 2 more (g does not divide"));
}

TEST_CASE("published figures and accuracies are left out with a note", "[rewrite]") {
  const std::string net =
      "name: net\ninput: {channels: 8, height: 16, width: 12}\nlayers: [conv: {name: a, out: 8, "
      "kernel: 3}]\n";
  const std::string note =
      "separable: published figures and accuracies are those of the network before; they are left "
      "out.";
  CHECK(rewrite_notes("+separable", net).empty());
  CHECK(rewrite_notes("+separable", net + "published: [{params: 576, source: here}]\n") == note);
  CHECK(rewrite_notes("+separable", net + "accuracy: [{top1: 70.5, source: here}]\n") == note);
  const Opened opened = open_text(
      net + "published: [{params: 576, source: here}]\naccuracy: [{top1: 70.5, source: here}]\n");
  REQUIRE(opened.spec.published.size() == 1);
  REQUIRE(opened.spec.accuracy.size() == 1);
  const Opened after = rewritten(opened, "+separable");
  CHECK(after.spec.published.empty());
  CHECK(after.spec.accuracy.empty());
}

TEST_CASE("a file's own rewrites keep its figures and are done once", "[rewrite]") {
  const std::string net =
      "name: net\nrewrite: [separable, {groups: {g: 4}}]\n"
      "input: {channels: 8, height: 16, width: 12}\n"
      "layers: [conv: {name: a, out: 8, kernel: 3}]\n"
      "published: [{params: 136, source: here}]\naccuracy: [{top1: 70.5, source: here}]\n";
  const Opened opened = open_text(net);
  const spec::ArchSpec after = rewrite::apply_own(opened.spec);
  CHECK(after.rewrites.empty());
  CHECK(after.published.size() == 1);
  CHECK(after.accuracy.size() == 1);
  CHECK(after.notes.empty());
  CHECK(totals(graph::build_network(after)).params == 8 * 9 + 8 * 8 / 4);
  const auto error_of_own = [](const std::string& text) -> std::string {
    try {
      rewrite::apply_own(open_text(text).spec);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(error_of_own("name: net\nrewrite: [kernel]\ninput: {channels: 8, height: 16, width: 12}\n"
                     "layers: [conv: {name: a, out: 8, kernel: 3}]\n") ==
        "net.yaml:2:11: error: rewrite: it changes nothing in 'net': it looks for depthwise "
        "convolutions with a kernel larger than 1x1\n"
        "    rewrite: [kernel]\n"
        "              ^");
  // An error of the network itself has its own place.
  CHECK(contains(error_of_own("name: net\nrewrite: [kernel]\n"
                              "input: {channels: 8, height: 16, width: 12}\n"
                              "layers: [conv: {name: a, out: 8, groups: 3}]\n"),
                 "net.yaml:4:42: error: conv 'a': "));
}

TEST_CASE("an activation that isn't among the choices is one more", "[rewrite]") {
  const std::string net =
      "name: net\ninput: {channels: 8, height: 16, width: 12}\nlayers: [conv: {out: 8}, ";
  const std::string known =
      "relu, relu6, leaky_relu, sigmoid, hard_sigmoid, tanh, swish, hard_swish, gelu, none";
  CHECK(contains(added_parameters("+activation", net + "leaky_relu: {slope: 0.3}]\n"),
                 "[" + known + "]}\n"));
  CHECK(contains(added_parameters("+activation", net + "elu: {alpha: 0.3}]\n"),
                 "[" + known + ", elu]}\n"));
  CHECK(contains(added_parameters("+activation", net + "elu]\n"), "[" + known + "]}\n"));
}

TEST_CASE("the gate's block pools, reduces, expands and multiplies", "[rewrite]") {
  const std::string text =
      text_after("+se", "params: {channels: 8}\nlayers: [conv: {out: channels}, relu]\n");
  CHECK(text ==
        "blocks:\n"
        "  se_block:\n"
        "    let: {rewrite_channels: in}\n"
        "    layers:\n"
        "      - multiply:\n"
        "          call: method\n"
        "          map: []\n"
        "          excite:\n"
        "            - global_avg_pool: {name: pool, when: squeeze == avg}\n"
        "            - global_max_pool: {name: pool, when: squeeze == max}\n"
        "            - flatten\n"
        "            - linear: {name: fc1, out: \"max(1, rewrite_channels // reduction)\"}\n"
        "            - relu\n"
        "            - linear: {name: fc2, out: rewrite_channels}\n"
        "            - activation: {name: gate, kind: gate}\n"
        "            - reshape: {channels: rewrite_channels, call: method}\n"
        "\n"
        "layers:\n"
        "  - conv: {out: channels}\n"
        "  - relu\n"
        "  - se_block: {name: se, when: se}\n");
}

TEST_CASE("what a rewrite adds has the place of what it stands at", "[rewrite]") {
  const Opened after = rewritten(open_text(kTwoStages), "+se");
  std::string places;
  const std::function<void(const std::vector<spec::Item>&)> each =
      [&](const std::vector<spec::Item>& list) {
        for (const spec::Item& item : list) {
          if (item.head == "se_block")
            places += fmt::format("{}:{} ", item.where.line, item.when->where.line);
          for (const spec::Branch& branch : item.branches) each(branch.layers);
        }
      };
  each(after.spec.layers);
  CHECK(places == "5:5 5:5 5:5 5:5 6:6 8:8 8:8 8:8 8:8 9:9 ");
}

TEST_CASE("classes that share their block with others can't be kept from rounding", "[rewrite]") {
  const std::string net =
      "name: net\ninput: {channels: 8, height: 16, width: 12}\n"
      "blocks: {unit: {args: {c: required}, layers: [conv: {name: a, out: c}]}}\n";
  CHECK(
      rewrite_error(open_text(net + "layers: [unit: {c: 6}, unit: {c: 10}]\n"),
                    "+groups:g=4,round=1") ==
      "net.yaml:3:47: error: groups: the convolution that gives the classes shares its block with "
      "others, so that round=1 would round the classes");
  CHECK(rewrite_error(open_text(net + "layers: [conv: {out: 8}, unit: {c: 10}]\n"),
                      "+groups:g=4,round=1")
            .empty());
  CHECK(rewrite_error(open_text(net + "layers: [unit: {c: 8}, unit: {c: 8}]\n"), "+groups:g=4")
            .empty());
}

TEST_CASE("a position whose word is a parameter of the spec has another word", "[rewrite]") {
  const std::string net =
      "name: net\ninput: {channels: 8, height: 16, width: 12}\nparams: {pre: 8}\n"
      "layers: [conv: {out: pre}, add: {one: [conv: {out: 8}], two: []}]\n";
  CHECK(contains(added_parameters("+se", net),
                 "choices: [standard, pre_position, post, identity]}\n"));
  CHECK(contains(text_after("+se", net.substr(net.find("params"))),
                 "- se_block: {name: se, when: se and se_position == pre_position}\n"));
}
