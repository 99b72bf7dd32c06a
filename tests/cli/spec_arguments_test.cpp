// SPDX-License-Identifier: Apache-2.0
// SPEC on the command line: files, presets, settings after a colon, rewrites after a plus, sizes;
// and limits on the networks that it names.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "onnx/graph_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

const char* const kTwoWidths =
    "name: wid\nparams:\n  widths: {default: [8, 4], symbol: ω}\n"
    "  c: {default: 8, sweep: [8, 16]}\ninput: {channels: 3, height: 8, width: 6}\n"
    "layers:\n  - conv: {out: c, kernel: 3}\n  - conv: {out: widths(2)}\n  - relu\n";

struct SpecFolder : TestFolder {
  SpecFolder() {
    for (const std::string name :
         {"wid.yaml", "a+se.yaml", "a:c=2.yaml", "plain", "resnet18", "p+q", "w"})
      write(name, kTwoWidths);
    std::filesystem::create_directory(*this / "dir");
    for (const std::string name : {"dir/near.yaml", "dir/other.txt"}) write(name, kTwoWidths);
    write("un.yaml",
          "name: un\ninput: {channels: 3, height: 8, width: 6}\nlayers:\n"
          "  - conv: {out: 4, kernel: 3}\n  - unsupported: {channels: 4}\n");
  }
  // Of a network of two convolutions: their macs, as "10368 1536"; else the whole message.
  std::string macs(const std::string& arguments) const {
    const Run run = run_program("analyze --columns macs --format csv " + arguments, text());
    if (run.status != 0) return run.err;
    CHECK(run.err.empty());
    const auto of = [&](const std::string& layer) {
      const std::size_t at = run.out.find("\n" + layer + ",");
      if (at == std::string::npos) return std::string("none");
      const std::size_t from = at + layer.size() + 2;
      return run.out.substr(from, run.out.find('\n', from) - from);
    };
    return of("conv1") + " " + of("conv2");
  }
};

using ArgumentResults = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("a SPEC has settings after a colon and rewrites after a plus", "[cli]") {
  const SpecFolder folder;
  const ArgumentResults cases = {
      {"wid.yaml", "10368 1536"},
      {"'wid.yaml:widths(2)=6'", "10368 2304"},
      {"wid.yaml:widths=[8,6],c=16", "20736 4608"},
      {"'wid.yaml: c = 16 , widths = [8, 5]'", "20736 3840"},
      {"wid.yaml:ω=[8,7]", "10368 2688"},
      {"wid.yaml:c=16 --set c=4", "20736 3072"},
      {"wid.yaml --input 3x10x4", "8640 1280"},
      {"wid.yaml --input 1x8x6", "3456 1536"},
      {"wid.yaml+width:alpha=0.5", "5184 768"},
      {"wid.yaml:c=16+width:alpha=0.5", "10368 1536"},
      {"wid.yaml+width:alpha=0.5,c=16", "10368 1536"},
      {"wid.yaml+width:alpha=0.5 --set c=16", "10368 1536"},
      // Files whose names look like arguments.
      {"a+se.yaml", "10368 1536"},
      {"a+se.yaml+width:alpha=0.5", "5184 768"},
      {"a:c=2.yaml", "10368 1536"},
      {"p+q", "10368 1536"},
      {"p+q+width:alpha=0.5", "5184 768"},
      {"w+width:alpha=0.5", "5184 768"},
      {"'wid.yaml+width:alpha=(1+0)/2'", "5184 768"},
      {"plain", "10368 1536"},
      {"plain:c=16", "20736 3072"},
      {"./resnet18", "10368 1536"},
      {"resnet18", "none none"},  // a preset goes before a file without an extension
  };
  for (const auto& [argument, expected] : cases) {
    INFO(argument);
    CHECK(folder.macs(argument) == expected);
  }
}

TEST_CASE("a SPEC that is wrong is told with what was perhaps meant", "[cli]") {
  const SpecFolder folder;
  const std::string sizes = ": error: write CHANNELSxHEIGHTxWIDTH, as 3x224x224";
  const ArgumentResults cases = {
      {"wid.yaml --set 'widths(2)=2,3'",
       "--set widths(2)=2,3: error: it takes one value; 'archcost sweep' varies them"},
      {"wid.yaml --set 'widths(3)=2'",
       "--set widths(3)=2: error: 'widths' has elements 1 to 2; write widths(1)=VALUES, or "
       "widths(i)=VALUES for all of them"},
      {"wid.yaml:c", "wid.yaml:c: error: 'c' has no value; write wid.yaml:c=VALUE"},
      {"wid.yaml:",
       "wid.yaml:: error: settings follow the colon: NAME=VALUE, as "
       "wid.yaml:widths=[8, 4]"},
      {"wid.yaml:preset",
       "wid.yaml:preset: error: settings follow the colon: NAME=VALUE, as "
       "wid.yaml:widths=[8, 4]"},
      {"resnet50:se_resnet50",
       "resnet50:se_resnet50: error: 'se_resnet50' is a preset; write "
       "resnet50:preset=se_resnet50"},
      {"none.yaml:c",
       "error: no spec, preset or file 'none.yaml:c'; 'archcost list' shows what "
       "there is"},
      {"none", "error: no spec, preset or file 'none'; 'archcost list' shows what there is"},
      // A name is an identifier or begins with another letter than those of ASCII.
      {"wid.yaml:aω=1",
       "wid.yaml:aω=1: error: settings follow the colon: NAME=VALUE, as wid.yaml:widths=[8, 4]"},
      {"wid.yaml:=1",
       "wid.yaml:=1: error: settings follow the colon: NAME=VALUE, as wid.yaml:widths=[8, 4]"},
      {"dir/neat.yaml", "error: no file 'dir/neat.yaml'; did you mean 'dir/near.yaml'?"},
      {"dir/othe.txt", "error: no file 'dir/othe.txt'"},  // such a file is no spec
      {"resnet5",
       "error: no spec, preset or file 'resnet5'; did you mean 'resnet'?; 'archcost "
       "list' shows what there is"},
      {"widd.yaml", "error: no file 'widd.yaml'; did you mean 'wid.yaml'?"},
      {"sub/none.yaml", "error: no file 'sub/none.yaml'"},
      {"wid.yaml --input 3x8", "--input 3x8" + sizes},
      {"wid.yaml --input 3x8x6x", "--input 3x8x6x" + sizes},
      {"wid.yaml --input 3x0x6", "--input 3x0x6" + sizes},
      {"wid.yaml --input 3x1ox4", "--input 3x1ox4" + sizes},
      {"wid.yaml+none",
       "+none: error: no rewrite 'none'; known are 'width', 'resolution', 'separable', 'groups', "
       "'bottleneck', 'se', 'activation', 'kernel'"},
      {"wid.yaml+width:alpha=0.5,widths=[c+2,4]",
       "+width:alpha=0.5,widths=[c+2,4]: error: 'widths' has nothing to set in 'wid'"},
      {"p+r+width:alpha=0.5",
       "+r: error: no rewrite 'r'; known are 'width', 'resolution', 'separable', 'groups', "
       "'bottleneck', 'se', 'activation', 'kernel'"},
      {"+width", "error: no spec, preset or file '+width'; 'archcost list' shows what there is"},
      {"wid.yaml+",
       "error: no spec, preset or file 'wid.yaml+'; 'archcost list' shows what there "
       "is"},
      {"mobilenet_v1 --set rho=0.5 --input 3x96x96",
       "--set rho=0.5: error: 'rho' sets the input to 3x112x112, and --input sets it to 3x96x96; "
       "give one of them"},
      {"wid.yaml:d=1", "wid.yaml: d=1: error: 'wid' has no parameter 'd'; known are 'widths', 'c'"},
      {"un.yaml --strict",
       "error: --strict: the costs of a layer of 'un' are unknown: "
       "'unsupported'"},
  };
  for (const auto& [argument, expected] : cases) {
    INFO(argument);
    CHECK(folder.macs(argument) == expected + "\n");
  }
  CHECK(folder.macs("mobilenet_v1 --set rho=0.5 --input 3x112x112") == "none none");
  CHECK(run_program("analyze un.yaml --format csv", folder.text()).err ==
        "warning: 'un.yaml' has layers of unknown cost, and totals are incomplete; 'archcost "
        "analyze' names them, --strict refuses them\n");
}

TEST_CASE("check: how far a cost is from its limit", "[cli]") {
  const SpecFolder folder;
  folder.write(
      "net.yaml",
      "name: net\nparams:\n  b: {default: 8}\n"
      "input: {channels: 3, height: 8, width: 6}\nlayers:\n  - conv: {out: b, kernel: 3}\n");
  const ArgumentResults limits = {
      {"macs <= 10K", "macs 10,368 (misses by 3.68 %),EXCEEDED"},
      {"macs >= 12960", "macs 10,368 (misses by 20 %),EXCEEDED"},
      {"macs < 10368", "macs 10,368,EXCEEDED"},
      {"macs <= 10368", "macs 10,368,met"},
      {"macs > 10368", "macs 10,368,EXCEEDED"},
      {"macs >= 10368", "macs 10,368,met"},
      {"macs != 10368", "macs 10,368,EXCEEDED"},
      {"b < 4", ",EXCEEDED"},
      {"b % 16 == 0", ",EXCEEDED"},
      {"macs < b", "macs 10,368 (misses by 129,500 %),EXCEEDED"},
      {"macs < b * params", "macs 10,368, params 216 (misses by 500 %),EXCEEDED"},
      {"macs <= 10K or params <= 1", "macs 10,368, params 216,EXCEEDED"},
      {"peak_memory <= 1KiB", "peak_memory 2.06 KiB (2,112 B) (misses by 106 %),EXCEEDED"},
  };
  std::string arguments, expected = "limit,costs,verdict\n";
  for (const auto& [limit, row] : limits) {
    arguments += " --limit '" + limit + "'";
    const std::string costs = row.substr(0, row.rfind(','));
    const bool quoted = costs.find(',') != std::string::npos;
    expected +=
        limit + "," + (quoted ? "\"" + costs + "\"" + row.substr(row.rfind(',')) : row) + "\n";
  }
  const Run run = run_program("check net.yaml --format csv" + arguments, folder.text());
  CHECK(run.status == 5);
  CHECK(run.out == expected);
  CHECK(run.err.empty());
  const Run log = run_program(
      "check net.yaml -o x.csv --set b=16 --batch 2 --limit 'macs < 41472' --limit 'macs <= 20K'",
      folder.text());
  CHECK(log.status == 5);
  CHECK(log.err ==
        "net.yaml b=16 3x8x6 batch 2: macs < 41472: EXCEEDED, macs 41,472\n"
        "net.yaml b=16 3x8x6 batch 2: macs <= 20K: EXCEEDED, macs 41,472, misses by 107 %\n");
  // A published accuracy has no error; an estimate decides where its error doesn't matter.
  CHECK(run_program("check mobilenet_v1 --limit 'accuracy <= 70.9' --limit 'accuracy >= 70.9' "
                    "--format csv")
            .out ==
        "limit,costs,verdict\n"
        "accuracy <= 70.9,accuracy 70.90,met\n"
        "accuracy >= 70.9,accuracy 70.90,met\n");
  const Run estimate = run_program(
      "check mobilenet_v1:alpha=0.6 --recipe slim --limit 'accuracy >= 66' --limit 'accuracy >= "
      "65.5' --limit 'accuracy <= 66.2' --limit 'accuracy <= 65.9' --limit 'accuracy >= 67' "
      "--limit 'accuracy_error <= 1' --format csv");
  const std::string network = "accuracy ";
  CHECK(estimate.out ==
        "limit,costs,verdict\n" + network +
            ">= 66,\"accuracy 65.79 ± 0.21, estimated: too close to the limit\",UNKNOWN\n" +
            network + ">= 65.5,\"accuracy 65.79 ± 0.21, estimated\",met\n" + network +
            "<= 66.2,\"accuracy 65.79 ± 0.21, estimated\",met\n" + network +
            "<= 65.9,\"accuracy 65.79 ± 0.21, estimated: too close to the limit\",UNKNOWN\n" +
            network +
            ">= 67,\"accuracy 65.79 ± 0.21, estimated (misses by 1.81 %)\",EXCEEDED\n"
            "accuracy_error <= 1,accuracy_error 0.21,met\n");
}

TEST_CASE("presets are set by their own word, unless a parameter has it", "[cli]") {
  const TestFolder folder;
  folder.write("pre.yaml",
               "name: pre\nparams:\n  c: {default: 8}\npresets:\n  big: {c: 16}\n"
               "input: {channels: 3, height: 8, width: 6}\nlayers:\n  - conv: {out: c}\n");
  folder.write("own.yaml",
               "name: own\nparams:\n  preset: {default: 8}\n"
               "input: {channels: 3, height: 8, width: 6}\nlayers:\n  - conv: {out: preset}\n");
  const auto macs = [&](const std::string& arguments) {
    const Run run = run_program("analyze --columns macs --format csv " + arguments, folder.text());
    return run.status == 0 ? run.out.substr(run.out.find("total,") + 6) : run.err;
  };
  CHECK(macs("pre.yaml") == "1152\n");
  CHECK(macs("pre.yaml:preset=big") == "2304\n");
  CHECK(macs("pre.yaml --set preset=big") == "2304\n");
  CHECK(macs("pre.yaml --set preset=big --set c=1") == "144\n");
  CHECK(macs("pre.yaml:preset=bigg") == "error: 'pre' has no preset 'bigg'; did you mean 'big'?\n");
  CHECK(macs("pre.yaml:big") ==
        "pre.yaml:big: error: 'big' is a preset; write pre.yaml:preset=big\n");
  CHECK(macs("own.yaml:preset=5") == "720\n");
  CHECK(macs("own.yaml --set preset=5") == "720\n");
}

TEST_CASE("sizes that an ONNX file leaves open are set by their names", "[cli][onnx]") {
  const TestFolder folder;
  const auto model = [&](const std::string& name, std::vector<TestDimension> input) {
    GraphWriter graph(std::move(input));
    const std::string conv = graph.conv("x", 3, 8);
    graph.classify(conv, 8);
    folder.write(name, encode(graph.model));
  };
  model("one.onnx", {1, 3, "size", "size"});
  model("two.onnx", {1, 3, "h", "w"});
  const auto macs = [&](const std::string& arguments) {
    const Run run = run_program("analyze --columns macs --format csv " + arguments, folder.text());
    if (run.status != 0) return run.err;
    const std::size_t at = run.out.find("conv,") + 5;
    return run.out.substr(at, run.out.find('\n', at) - at);
  };
  const std::string open =
      "error: the file leaves sizes open: 'size' (dimension 2 of input 'x'), 'size' (dimension 3 "
      "of input 'x'); give --input CHANNELSxHEIGHTxWIDTH or --set size=SIZE\n";
  const auto no_size = [](const std::string& setting) {
    return "--set " + setting + ": error: 'size' is a size: a whole number of at least 1\n";
  };
  const ArgumentResults cases = {
      {"one.onnx --set size=8", "1536"},
      {"one.onnx --set size=1", "24"},
      {"one.onnx --set size=12", "3456"},
      {"one.onnx:size=8", "1536"},
      {"'one.onnx: size = 9 '", "1944"},
      {"one.onnx:size=8 --set size=4", "1536"},  // its own goes before what is set for all
      {"one.onnx:size=8,alpha=0.5", "768"},
      {"one.onnx:alpha=0.5 --set size=8", "768"},
      {"one.onnx --input 3x8x6", "1152"},
      {"two.onnx --set h=8 --set w=4", "768"},
      {"two.onnx:h=8,w=4", "768"},
      {"two.onnx:w=3,h=5", "360"},
      {"one.onnx", "one.onnx: " + open},
      {"one.onnx --set size", "one.onnx: " + open},
      {"one.onnx --set siz=8", "one.onnx: " + open},
      {"two.onnx:h=8",
       "two.onnx: error: the file leaves sizes open: 'w' (dimension 3 of input 'x'); give --input "
       "CHANNELSxHEIGHTxWIDTH or --set w=SIZE\n"},
      {"one.onnx --set size=0", no_size("size=0")},
      {"one.onnx --set size=-2", no_size("size=-2")},
      {"one.onnx --set size=", no_size("size=")},
      {"one.onnx --set size=8x", no_size("size=8x")},
      {"one.onnx --set size=x8", no_size("size=x8")},
      {"one.onnx --set size=99999999999999999999", no_size("size=99999999999999999999")},
  };
  for (const auto& [argument, expected] : cases) {
    INFO(argument);
    CHECK(macs(argument) == expected);
  }
}

TEST_CASE("the label of a varied network is the argument that builds it", "[latency][cli]") {
  const TestFolder folder;
  folder.write(
      "net.yaml",
      "name: net\nparams:\n  g: {default: 1}\n  c: {default: 8}\n  reduction: {default: 4}\n"
      "input: {channels: 4, height: 8, width: 8}\nlayers:\n"
      "  - conv: {out: c, kernel: 3}\n  - relu\n  - conv: {out: 8 * reduction, kernel: 3}\n"
      "  - relu\n  - conv: {out: 8, kernel: 3, groups: g}\n  - global_avg_pool\n"
      "  - linear: {out: 4}\n");
  // None of them can be built, and the first one is told.
  const auto label = [&](const std::string& arguments) {
    const Run run = run_program("profile " + arguments + " --dry-run --db x.db", folder.text());
    CHECK(run.status == 1);
    const std::string before = "error: none of the 1 combinations can be built: ";
    REQUIRE(run.err.starts_with(before));
    return run.err.substr(before.size(), run.err.find(": ", before.size()) - before.size());
  };
  const ArgumentResults cases = {
      {"net.yaml --vary g=3", "net.yaml:g=3"},
      {"net.yaml:c=16 --vary g=3", "net.yaml:c=16,g=3"},
      {"net.yaml+width:alpha=0.5 --vary g=3", "net.yaml+width:alpha=0.5,g=3"},
      {"net.yaml+se --vary g=3", "net.yaml+se:g=3"},
      {"net.yaml:c=16+se --vary g=3", "net.yaml:c=16+se:g=3"},
      {"net.yaml+width:alpha=0.5+se --vary g=3", "net.yaml+width:alpha=0.5+se:g=3"},
      {"net.yaml+se+width:alpha=0.5 --vary g=3", "net.yaml+se+width:alpha=0.5,g=3"},
      // What is set for all goes before it, unless the argument sets it itself.
      {"net.yaml --set c=8 --vary g=3", "net.yaml:c=8,g=3"},
      {"net.yaml:c=16 --set c=8 --vary g=3", "net.yaml:c=16,g=3"},
      {"net.yaml:reduction=2,c=16 --set c=8 --vary g=3", "net.yaml:reduction=2,c=16,g=3"},
      {"net.yaml:c=16 --set ' reduction = 2' --vary g=3", "net.yaml:c=16, reduction = 2,g=3"},
      // A parameter of the spec that a rewrite has too is the spec's.
      {"net.yaml --vary reduction=1/3", "net.yaml:reduction=1/3"},
      {"net.yaml+se --vary reduction=1/3", "net.yaml:reduction=1/3+se"},
      {"net.yaml:c=4+se:reduction=2 --vary reduction=1/3",
       "net.yaml:c=4,reduction=1/3+se:reduction=2"},
      // One that a rewrite adds is the last such rewrite's.
      {"net.yaml+width --vary alpha=0.5 --vary g=3", "net.yaml+width:alpha=0.5,g=3"},
      {"net.yaml+width:alpha=0.25 --vary alpha=0.5 --vary g=3",
       "net.yaml+width:alpha=0.25,alpha=0.5,g=3"},
      {"net.yaml+width:alpha=0.25+se --vary alpha=0.5 --vary g=3",
       "net.yaml+width:alpha=0.25,alpha=0.5+se:g=3"},
  };
  for (const auto& [arguments, expected] : cases) {
    INFO(arguments);
    CHECK(label(arguments) == expected);
  }
}
