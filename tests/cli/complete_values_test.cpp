// SPDX-License-Identifier: Apache-2.0
// What completions offer, with their help: every kind of value, in every place of a command line.
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct CompletionFolder : TestFolder {
  CompletionFolder() {
    const std::string net =
        "name: net\nparams:\n"
        "  b: {default: 8, choices: [8, 16], sweep: [16], help: width}\n"
        "  c: {default: 4, sweep: [4, 1/2], help: depth}\n"
        "  mode: {default: x, choices: [x, y]}\n"
        "presets:\n  big: {b: 16}\n  wide: {c: 5}\n"
        "input: {channels: 3, height: 8, width: 6}\n"
        "layers:\n  - conv: {out: b, kernel: 3}\n  - conv: {out: c, when: mode == x}\n";
    write("net.yaml", net);
    write("my net.yaml", net);
    write("a", net);
    write(
        "plain.yaml",
        "name: plain\nparams:\n  preset: {default: 8}\ninput: {channels: 3, height: 8, width: 6}\n"
        "presets:\n  one: {preset: 1}\nlayers:\n  - conv: {out: preset}\n");
  }
  // The lines that are offered, joined by '|', each with its help behind a blank.
  std::string offered(const std::string& line) const {
    const Run run = run_program("complete " + shell_quoted(line), text());
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    std::string all = run.out;
    for (char& c : all) c = c == '\n' ? '|' : c == '\t' ? ' ' : c;
    return all;
  }
};

using LineAndOffer = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("completions of settings have a spec's parameters, values and presets",
          "[cli][completion]") {
  const CompletionFolder folder;
  const std::string all = "b= width|c= depth|mode=|preset= a named set of values|";
  const LineAndOffer cases = {
      {"archcost analyze net.yaml --set ", all},
      {"archcost analyze net.yaml --set b=", "b=8 width|b=16 width|"},
      {"archcost sweep net.yaml --vary c=1,", "c=1,4 depth|c=1,0.5 depth|"},
      {"archcost analyze net.yaml --set preset=", "preset=big|preset=wide|"},
      {"archcost analyze net.yaml --set d=", ""},
      {"archcost report net.yaml --sweep ", all + "all|"},
      {"archcost report net.yaml --sweep c=", "c=4 depth|c=0.5 depth|"},
      {"archcost analyze net.yaml:",
       "net.yaml:b= width|net.yaml:c= depth|net.yaml:mode=|"
       "net.yaml:preset= a named set of values|"},
      {"archcost analyze net.yaml:b=16,c=1,mo", "net.yaml:b=16,c=1,mode=|"},
      {"archcost analyze net.yaml:c=2,b=", "net.yaml:c=2,b=8 width|net.yaml:c=2,b=16 width|"},
      {"archcost analyze net.yaml --exact --set m", "mode=|"},
      {"archcost analyze net.yaml --set \"mo", "mode=|"},
      {"archcost analyze net\\.yaml --set=mo", "--set=mode=|"},
      {"archcost  analyze\tnet.yaml  --set 'mo", "mode=|"},
      {"archcost analyze '' net.yaml --set 'mo", "mode=|"},
      {"archcost analyze 'net\\.yaml' --set mo", ""},
      {"archcost analyze my\\ net.yaml --set mo", "mode=|"},
      {"archcost analyze my\\\"net.yaml --set mo", ""},
      {"archcost analyze net.yaml --set m\\o", "mode=|"},
      {"'archcost' analyze net.yaml --set mo", "mode=|"},
      {"archcost analyze \"net\\.yaml\" --set mo", "mode=|"},
      {"archcost sweep net.yaml --vary=b=8,", "--vary=b=8,8 width|--vary=b=8,16 width|"},
      {"archcost sweep net.yaml net.yaml --vary c=", "c=4 depth|c=0.5 depth|"},
      {"archcost sweep --top 3 net.yaml --vary mo", "mode=|"},
      // A spec may have a parameter of that name; then it has no presets to set.
      {"archcost analyze plain.yaml --set ", "preset=|"},
      {"archcost analyze none.yaml:", ""},
      {"archcost analyze a:mo", "a:mode=|"},
  };
  for (const auto& [line, expected] : cases) {
    INFO(line);
    CHECK(folder.offered(line) == expected);
  }
}

TEST_CASE("completions of rewrites have their names, settings and values", "[cli][completion]") {
  const CompletionFolder folder;
  const std::string settings[] = {
      "first= 1: the first convolution too",
      "separable= 0 for the convolutions as they were",
      "separable_stages= stages with separable convolutions",
  };
  const auto after = [&](const std::string& front) {
    std::string text;
    for (const std::string& one : settings) text += front + one + "|";
    return text;
  };
  const LineAndOffer cases = {
      {"archcost analyze net.yaml+sep",
       "net.yaml+separable k x k convolutions become depthwise and pointwise ones|"},
      {"archcost analyze net.yaml+se+k",
       "net.yaml+se+kernel another kernel size for depthwise convolutions|"},
      {"archcost analyze net.yaml+separable:", after("net.yaml+separable:")},
      {"archcost analyze net.yaml+separable:first=1,", after("net.yaml+separable:first=1,")},
      {"archcost analyze net.yaml+separable:first=",
       "net.yaml+separable:first=0|net.yaml+separable:first=1|"},
      {"archcost analyze net.yaml+none:", ""},
      {"archcost analyze a+ker", "a+kernel another kernel size for depthwise convolutions|"},
      {"archcost lighten net.yaml --try sep",
       "separable k x k convolutions become depthwise and pointwise ones|"},
      {"archcost lighten net.yaml --try separable:fi",
       "separable:first= 1: the first convolution too|"},
  };
  for (const auto& [line, expected] : cases) {
    INFO(line);
    CHECK(folder.offered(line) == expected);
  }
}

TEST_CASE("completions of values are those that the option takes", "[cli][completion]") {
  const CompletionFolder folder;
  const LineAndOffer cases = {
      {"archcost analyze net.yaml --by=", "--by=layer|--by=kind|--by=stage|--by=block|"},
      {"archcost analyze --by ", "layer|kind|stage|block|"},
      {"archcost measure net.yaml --engine onn", "onnxruntime|"},
      {"archcost compare net.yaml --columns=ma",
       "--columns=macs multiply-adds|--columns=macs_share share of macs|"},
      {"archcost analyze net.yaml --columns params,la",
       "params,layers layers in the row|"
       "params,latency predicted time, from the database of latencies|"
       "params,latency_share share of latency|"},
      {"archcost sweep net.yaml --columns=macs,lat", "--columns=macs,latency|"},
      {"archcost sweep net.yaml --sort acc", "accuracy|"},
      {"archcost search net.yaml --minimize a", "activations cost|accuracy|"},
      {"archcost search net.yaml --maximize a", "activations cost|accuracy|"},
      {"archcost search net.yaml --where ma", "macs cost|"},
      {"archcost search net.yaml --limit ma", "macs cost|"},
      {"archcost search net.yaml --beside resnet18", "resnet18 preset|:files|"},
      {"archcost search net.yaml --join ", ":files|"},
      {"archcost report net.yaml --template ",
       "light_weight_convolutions shipped|lighter_networks shipped|:files|"},
      {"archcost report net.yaml -o ", ":files|"},
      {"archcost analyze net.yaml --output=", ":files|"},
      {"archcost analyze net.yaml --peak-gflops ", ""},
      {"archcost analyze net.yaml --none=", ""},
  };
  for (const auto& [line, expected] : cases) {
    INFO(line);
    CHECK(folder.offered(line) == expected);
  }
}

TEST_CASE("completions know which argument of a command comes next", "[cli][completion]") {
  const CompletionFolder folder;
  const std::string schema_options =
      "--output write to FILE (default, and -: standard output)|"
      "-o write to FILE (default, and -: standard output)|--help options and examples|";
  const LineAndOffer cases = {
      {"archcost sw", "sweep the costs of every combination of parameters|"},
      {"archcost", ""},
      {"archcost analyze resnet18", "resnet18 preset|:files|"},
      {"archcost analyze mobilenet_v3_l", "mobilenet_v3_large preset|:files|"},
      {"archcost analyze group_c", "group_conv shipped spec|:files|"},
      {"archcost analyze :", ":files|"},
      {"archcost analyze +", ":files|"},
      {"archcost analyze 'net.y", ":files|"},
      {"archcost analyze net.yaml net", ""},  // it takes one
      {"archcost diff net.yaml net.y", ":files|"},
      {"archcost diff net.yaml net.yaml net.y", ""},
      {"archcost compare net.yaml net.yaml net.yaml net.y", ":files|"},
      {"archcost sweep - net.y", ":files|"},
      {"archcost diff - - net.y", ""},
      {"archcost diff --none - net.y", ":files|"},
      {"archcost diff - net.yaml --by=st", "--by=stage|"},
      {"", ""},
      {"archcost completion z", "zsh|"},
      {"archcost completion zsh z", ""},
      {"archcost db pr", "prune remove figures of one machine|"},
      {"archcost db prune pr", ""},
      {"archcost db merge ", ":files|"},
      {"archcost db merge a.db ", ":files|"},
      {"archcost db import ", ":files|"},
      {"archcost db show c", ""},  // any text
      {"archcost schema ", schema_options},
      {"archcost schema --o", "--output write to FILE (default, and -: standard output)|"},
      {"archcost schema --output x ", schema_options},
      {"archcost analyze net.yaml --b",
       "--batch images in a batch|--by sum by layer, kind, stage or block|"
       "--bandwidth-gbs roofline: 10^9 bytes a second|"},
      {"archcost memory - --in",
       "--input input size instead of the spec's, as 3x224x224|--in-place activations, batch "
       "norms, additions, products and scalings write over a dead input of their size|"},
  };
  for (const auto& [line, expected] : cases) {
    INFO(line);
    CHECK(folder.offered(line) == expected);
  }
}
