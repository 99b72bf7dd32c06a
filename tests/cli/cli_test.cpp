// SPDX-License-Identifier: Apache-2.0
// The program as people and scripts use it.
#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
using Json = nlohmann::json;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("analyze: the table of MobileNet v1 by kind", "[cli]") {
  const Run run = run_program("analyze mobilenet_v1 --by kind --exact");
  CHECK(run.status == 0);
  CHECK(run.err.empty());
  CHECK(contains(run.out, "convention: macs"));
  CHECK(contains(run.out, "539,492,352  94.857"));
  CHECK(contains(run.out, "3,139,584  74.591"));
  CHECK(contains(run.out, "568,740,352"));
  CHECK(contains(run.out, "28 of the 84 layers have weights"));
}

TEST_CASE("analyze --format json keeps its contract", "[cli]") {
  const Run run =
      run_program("analyze mobilenet_v1 --set alpha=0.5 --set rho=4/7 --batch 2 --format json");
  REQUIRE(run.status == 0);
  const Json json = Json::parse(run.out);
  CHECK(json["spec"] == "mobilenet_v1");
  CHECK(json["parameters"]["alpha"] == 0.5);
  CHECK(json["parameters"]["rho"].get<double>() == Approx(4.0 / 7));
  CHECK(json["parameters"]["classes"] == 1000);
  CHECK(json["input"] == Json({{"channels", 3}, {"height", 128}, {"width", 128}, {"batch", 2}}));
  CHECK(json["convention"] == "macs");
  CHECK(json["totals"]["params"] == 1331592);
  CHECK(json["totals"]["macs"] == 2 * 49160192);
  REQUIRE(json["layers"].size() == 84);
  const Json& stem = json["layers"][0];
  CHECK(stem["kind"] == "conv");
  CHECK(stem["class"] == "conv 3x3");
  CHECK(stem["inputs"] == Json::array({"input"}));
  CHECK(stem["input_shapes"] == Json::parse("[[2,3,128,128]]"));
  CHECK(stem["output_shape"] == Json::parse("[2,16,64,64]"));
  CHECK(stem["params"] == 432);
  CHECK(stem["macs"] == 2 * 432 * 64 * 64);
  CHECK(stem["attributes"] ==
        Json::parse(
            R"({"out": 16, "kernel": [3, 3], "stride": [2, 2], "dilation": [1, 1], "groups": 1,
                                             "pad": [1, 1, 1, 1], "bias": false})"));
  CHECK(json["layers"][1]["inputs"] == Json::array({stem["name"]}));
  std::int64_t macs = 0;
  for (const Json& layer : json["layers"]) macs += layer["macs"].get<std::int64_t>();
  CHECK(macs == json["totals"]["macs"]);
}

TEST_CASE("analyze --format json: --sort and --top hold for what is asked", "[cli]") {
  const Json layers =
      Json::parse(run_program("analyze mobilenet_v1 --sort macs --top 2 --format json").out);
  REQUIRE(layers["layers"].size() == 2);
  CHECK(layers["layers"][0]["name"] == "block3.pointwise.conv");
  CHECK(layers["layers"][0]["macs"] == 51380224);
  CHECK(layers["layers"][0]["traffic"] == 2 * 4 * 128 * 56 * 56 + 4 * 128 * 128);
  CHECK(layers["others"]["layers"] == 82);
  CHECK(layers["others"]["macs"] == 568740352 - 2 * 51380224);
  const Json kinds = Json::parse(
      run_program("analyze mobilenet_v1 --by kind --sort macs --top 1 --format json").out);
  REQUIRE(kinds["groups"].size() == 1);
  CHECK(kinds["groups"][0]["class"] == "conv 1x1");
  CHECK(kinds["others"]["macs"] == 568740352 - 539492352);
  CHECK(kinds["layers"].size() == 84);
}

TEST_CASE("columns have the names of JSON's keys, and no two the same title", "[cli]") {
  const std::string csv =
      run_program("analyze standard_conv --peak-gflops 1 --bandwidth-gbs 1 --format csv").out;
  CHECK(split(csv, '\n')[0].ends_with(
      "output_bytes,traffic,intensity,receptive_field,effective_stride,seconds,bound"));
  const auto header = [](const std::string& columns) {
    return split(run_program("analyze standard_conv --columns " + columns).out, '\n')[3 - 1];
  };
  CHECK(header("class,kind") == "  layer  class     kind");
  CHECK(header("macs,cost,") == "  layer  macs  cost");
  CHECK(header("\"params, macs, params_share\"") == "  layer  params  macs  % of params");
  const Run roofline =
      run_program("analyze standard_conv --peak-gflops 1000 --bandwidth-gbs 100 --columns seconds");
  CHECK(contains(roofline.out, "8.760 ns"));
  CHECK(contains(roofline.out, "attainable at best, 8.760 ns in all."));
}

TEST_CASE("one layer is told as one", "[cli]") {
  const std::string out = run_program("analyze standard_conv").out;
  CHECK(contains(out, "  total  1 layer "));
  CHECK(contains(out, "The only layer has weights."));
  CHECK(contains(run_program("analyze separable_conv --top 1").out, "1 other"));
}

TEST_CASE("options go before a machine file", "[cli]") {
  const auto file = std::filesystem::temp_directory_path() / "archcost_machine.json";
  std::ofstream(file) << R"({"peak_gflops": 200, "bandwidth_gbs": 40})";
  const Run run =
      run_program("analyze standard_conv --machine " + file.string() + " --peak-gflops 10");
  CHECK(contains(run.out, "Roofline of 10 GFLOP/s and 40 GB/s, f32"));
  std::filesystem::remove(file);
}

TEST_CASE("a spec's own settings go before those for all", "[cli]") {
  const Json json = Json::parse(
      run_program("compare mobilenet_v1 mobilenet_v1:alpha=0.5 --set alpha=0.25 --format json")
          .out);
  CHECK(json["networks"][0]["parameters"]["alpha"] == 0.25);
  CHECK(json["networks"][1]["parameters"]["alpha"] == 0.5);
}

TEST_CASE("memory --format csv is one table", "[cli]") {
  CHECK(run_program("memory resnet50 --format csv").out ==
        "figure,bytes\nsize_f32,102440608\nsize_f16,51220304\nsize_bf16,51220304\n"
        "size_int8,25610152\nsize_int4,12805076\npeak_own_order,9633792\n"
        "peak_saving_order,9633792\ntraining_kept_activations,84303872\n"
        "training_weights,102440608\ntraining_gradients,102228128\n");
  CHECK(run_program("memory standard_conv --timeline --format csv").out ==
        "layer,bytes\nconv,444\n");
}

TEST_CASE("list, params and explain give JSON", "[cli]") {
  const Json list = Json::parse(run_program("list --format json").out);
  CHECK(list["specs"][0] == Json::parse(R"({"spec": "alexnet", "source":
      "Krizhevsky 2014, arXiv:1404.5997; torchvision alexnet", "presets": []})"));
  const Json costs = Json::parse(run_program("list --costs --format json").out);
  CHECK(costs["specs"].size() == 123);
  CHECK(contains(run_program("list --costs --format csv").out,
                 "\nresnet50,resnet,25557032,4089184256,3x224x224,"));
  const Json params = Json::parse(run_program("params se_resnet50 --format json").out);
  CHECK(params["spec"] == "se_resnet50");
  const Json explain = Json::parse(run_program("explain mobilenet_v1 --format json").out);
  CHECK(explain["kinds"][0]["numbers"] == "128 · 128 · 56 · 56 = 51,380,224");
  CHECK(explain["separable"]["pairs"] == 13);
  CHECK(run_program("params se_resnet50 --exact").out.starts_with("se_resnet50\n"));
}

TEST_CASE("analyze --format json --by kind adds groups", "[cli]") {
  const Json json = Json::parse(run_program("analyze mobilenet_v1 --by kind --format json").out);
  bool found = false;
  for (const Json& group : json["groups"]) {
    if (group["class"] != "conv 1x1") continue;
    found = true;
    CHECK(group["macs"] == 539492352);
    CHECK(group["layers"] == 13);
  }
  CHECK(found);
}

TEST_CASE("analyze --format csv gives raw numbers, a row each and the total", "[cli]") {
  const std::vector<std::string> lines =
      split(run_program("analyze separable_conv --format csv").out, '\n');
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].starts_with("layer,kind,class,channels,height,width,params,weights,buffers,macs"));
  CHECK(lines[1].starts_with("depthwise,conv,depthwise 3x3,3,3,3,27,27,0,243"));
  CHECK(lines[3].starts_with("total,,,,,,39,39,0,351"));
}

TEST_CASE("analyze --format markdown is a table", "[cli]") {
  const Run run = run_program("analyze standard_conv --format markdown");
  CHECK(contains(run.out, "# standard\\_conv\n"));
  CHECK(contains(run.out, "| **total**"));
  CHECK(contains(run.out, "convention: macs"));
}

TEST_CASE("a spec from standard input, and a file with settings", "[cli]") {
  const std::string yaml = spec_with("  - conv: {out: 4}");
  CHECK(contains(run_program("analyze - --exact", source_dir(), yaml).out, "8,192"));
  CHECK(contains(run_program("analyze arch_specs/mobilenet_v1.yaml:alpha=0.5 --exact").out,
                 "149,497,088"));
  CHECK(contains(run_program("analyze mobilenet_v1 --input 1x32x32 --exact").out, "1x32x32"));
}

TEST_CASE("compare prints both ratios and the paper's formula", "[cli]") {
  const Run run = run_program("compare standard_conv separable_conv");
  CHECK(run.status == 0);
  CHECK(contains(run.out, "39  0.361"));
  CHECK(contains(run.out, "351  0.361"));
  CHECK(contains(run.out, "1/N + 1/D² = 1/4 + 1/3² = 0.361"));
  CHECK(contains(run.out, "\nparams 39/108 = 0.361, macs 351/972 = 0.361\n"));
  const Json json =
      Json::parse(run_program("compare standard_conv separable_conv --format json").out);
  CHECK(json["networks"][1]["ratios"]["params"].get<double>() == Approx(39.0 / 108));
  CHECK(json["networks"][1]["ratios"]["macs"].get<double>() == Approx(351.0 / 972));
}

TEST_CASE("with -o the file is written whole, or the reason is told", "[cli]") {
  const auto file = std::filesystem::temp_directory_path() / "archcost_out.json";
  CHECK(
      run_program(fmt::format("analyze standard_conv --format json -o {}", file.string())).status ==
      0);
  CHECK(Json::parse(read_file(file))["totals"]["params"] == 108);
  std::filesystem::remove(file);
  const Run run = run_program("analyze standard_conv -o /no/such/folder/x.md");
  CHECK(run.status == 1);
  CHECK(run.err == "error: '/no/such/folder/x.md' can't be written; does its folder exist?\n");
}

TEST_CASE("help has examples, wrong usage gets status 2", "[cli]") {
  for (const std::string command : {"analyze", "compare", "list", "show", "schema"}) {
    const Run run = run_program(command + " --help");
    CHECK(run.status == 0);
    CHECK(contains(run.out, "Examples:"));
  }
  CHECK(run_program("--version").out == "archcost 0.1.0\n");
  const Run slip = run_program("anaylze mobilenet_v1");
  CHECK(slip.status == 2);
  CHECK(slip.err ==
        "error: unknown command 'anaylze'; did you mean 'analyze'?; 'archcost --help' shows all\n");
  CHECK(run_program("analyze").status == 2);
  CHECK(run_program("analyze mobilenet_v1 --fromat json").status == 2);
  CHECK(run_program("analyze mobilenet_v1 --by layers").status == 2);
}

TEST_CASE("schema is JSON and knows every kind", "[cli]") {
  const Json schema = Json::parse(run_program("schema").out);
  CHECK(schema["definitions"]["item"]["anyOf"][1]["properties"].contains("channel_shuffle"));
  CHECK(schema["definitions"]["item"]["anyOf"][1]["properties"]["conv"]["properties"]["out"]
              ["description"] == "output channels (required)");
}

TEST_CASE("show draws the graph", "[cli]") {
  const Run dot = run_program("show separable_conv --format dot");
  CHECK(contains(dot.out, "n0 -> n1;"));
  CHECK(contains(run_program("show separable_conv --format mermaid").out, "n0 --> n1"));
  CHECK(contains(run_program("show separable_conv").out, "pointwise"));
}

TEST_CASE("explain calls a bottleneck only what holds more than half", "[cli]") {
  CHECK(run_program("explain resnet50")
            .out.ends_with(
                "- The 36 conv 1x1 layers hold 51.8 % of the multiply-adds and 47.6 % of the\n"
                "  weights: in multiply-adds, the pointwise convolutions are the bottleneck.\n"));
  CHECK(run_program("explain se_resnet50")
            .out.ends_with(
                "- The 36 conv 1x1 layers hold 48.9 % of the multiply-adds and 43.3 % of the\n"
                "  weights: the largest part.\n"));
}
