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

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (const std::string& line : split(text, '\n')) widest = std::max(widest, display_width(line));
  return widest;
}

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

TEST_CASE("tables fit 80 columns", "[cli]") {
  for (const std::string spec : {"mobilenet_v1", "standard_conv"}) {
    for (const std::string option :
         {"", "--by kind", "--by stage", "--exact", "--by kind --exact"}) {
      INFO(spec << " " << option);
      CHECK(widest_line(run_program("analyze " + spec + " " + option).out) <= 80);
    }
  }
  CHECK(
      widest_line(
          run_program("compare mobilenet_v1 mobilenet_v1:alpha=0.5 mobilenet_v1:alpha=0.25,rho=4/7")
              .out) <= 80);
  CHECK(widest_line(run_program("list").out) <= 80);
  CHECK(widest_line(run_program("show mobilenet_v1").out) <= 80);
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
