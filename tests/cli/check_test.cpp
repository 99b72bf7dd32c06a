// SPDX-License-Identifier: Apache-2.0
// archcost check: limits over costs, accuracies and latencies, of one network or several.
#include <fmt/core.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/report_checks.hpp"
#include "support/support.hpp"

using namespace archcost::test;

TEST_CASE("check: one network, one row a limit", "[cli]") {
  const Run run = run_program(
      "check mobilenet_v1 --limit 'macs <= 569M' --limit 'params <= 4M' --limit 'alpha < 1'");
  CHECK(run.status == 5);
  CHECK(run.out ==
        "mobilenet_v1 3x224x224\n\n"
        "  limit         costs                               verdict\n"
        "  macs <= 569M  macs 568,740,352                    met\n"
        "  params <= 4M  params 4,231,976 (misses by 5.8 %)  EXCEEDED\n"
        "  alpha < 1                                         EXCEEDED\n");
}

TEST_CASE("check: several networks, the published accuracy as a limit", "[cli]") {
  const Run run = run_program(
      "check mobilenet_v1 mobilenet_v1:alpha=0.5 --limit 'accuracy >= 65%' --format csv");
  CHECK(run.status == 5);
  CHECK(run.out ==
        "network,limit,costs,verdict\n"
        "mobilenet_v1 3x224x224,accuracy >= 65%,accuracy 70.90,met\n"
        "mobilenet_v1:alpha=0.5 3x224x224,accuracy >= 65%,accuracy 63.30 (misses by 2.62 "
        "%),EXCEEDED\n");
  CHECK(run_program("check mobilenet_v1 --limit 'accuracy >= 65'").status == 0);
  CHECK(run_program("check mobilenet_v1 --limit 'macs <= 65%'").err ==
        "--limit macs <= 65%: error: it compares a percentage with a number that is none\n");
}

TEST_CASE("check: a limit without an answer is unknown, status 3", "[cli]") {
  const TestFolder folder;
  const std::string one = "check mobilenet_v1:alpha=2 --recipe slim --limit 'accuracy >= 65'";
  const Run run = run_program(one + " --limit 'macs <= 9G' --format json");
  CHECK(run.status == 3);
  const auto json = nlohmann::json::parse(run.out);
  CHECK(json["met"] == false);
  CHECK(json["limits"][0]["met"].is_null());
  CHECK(contains(json["limits"][0]["unknown"].get<std::string>(), "accuracy: "));
  CHECK(json["limits"][1]["met"] == true);
  // An exceeded limit decides.
  CHECK(run_program(one + " --limit 'macs <= 1'").status == 5);
  const Run none = run_program("check mobilenet_v1 --limit 'latency <= 5ms' --db '" +
                               (folder / "none.db") + "'");
  CHECK(none.status == 3);
  const Run nothing =
      run_program("check standard_conv --limit 'accuracy >= 65' --limit 'params <= 1'");
  CHECK(nothing.status == 5);
  CHECK(contains(nothing.out, "'standard_conv' has no accuracy figures"));
}

TEST_CASE("check: an estimate that is too close to its limit decides nothing", "[cli]") {
  const std::string network = "check mobilenet_v1:alpha=0.9 --recipe slim --limit ";
  const Run far = run_program(network + "'accuracy >= 60'");
  CHECK(far.status == 0);
  CHECK(contains(far.out, ", estimated"));
  const Run near = run_program(network + "'accuracy >= 70.1'");
  CHECK(near.status == 3);
  CHECK(contains(near.out, ", estimated: too close to the limit  UNKNOWN"));
}

TEST_CASE("conditions: an accuracy is in percent", "[cli]") {
  CHECK(run_program("check mobilenet_v1 --limit 'accuracy >= 0.7'").err ==
        "--limit accuracy >= 0.7: error: accuracy is in percent: write 70%\n");
  CHECK(run_program("sweep mobilenet_v1 --where '0.655 < accuracy'").err ==
        "--where 0.655 < accuracy: error: accuracy is in percent: write 65.5%\n");
  CHECK(run_program("check mobilenet_v1 --limit 'accuracy > 0'").status == 0);
}

TEST_CASE("check: what is not counted leaves a limit open unless more of it changes nothing",
          "[cli]") {
  const TestFolder folder;
  folder.write("open.yaml",
               "name: open\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n"
               "  - conv: {out: 4, kernel: 3}\n  - unsupported: {channels: 4}\n");
  struct Case {
    std::string limit, costs;
    int status;
  };
  for (const Case& each :
       {Case{"macs <= 1M", "macs 6,912 at least: not every layer is counted  UNKNOWN", 3},
        Case{"macs <= 1K", "macs 6,912 (misses by 591 %)  EXCEEDED", 5},
        Case{"macs <= 500", "macs 6,912 (misses by 1,282 %)  EXCEEDED", 5},
        Case{"macs >= 1K", "macs 6,912  met", 0},
        Case{"macs >= 1M", "macs 6,912 at least: not every layer is counted  UNKNOWN", 3},
        Case{"macs / params <= 100", "not every layer is counted  UNKNOWN", 3},
        Case{"macs <= 100 * params", "not every layer is counted  UNKNOWN", 3},
        Case{"macs <= 1K and params <= 1M", "params 108  EXCEEDED", 5},
        Case{"macs - params <= 10K", "not every layer is counted  UNKNOWN", 3},
        Case{"macs != 6913", "not every layer is counted  UNKNOWN", 3},
        Case{"macs % 2 == 0", "not every layer is counted  UNKNOWN", 3}}) {
    INFO(each.limit);
    const Run run = run_program("check open.yaml --limit '" + each.limit + "'", folder.text());
    CHECK(run.status == each.status);
    CHECK(contains(run.out, each.costs));
    CHECK(run.err ==
          "warning: 'open.yaml' has layers of unknown cost, and totals are incomplete; 'archcost "
          "analyze' names them, --strict refuses them\n");
  }
}

TEST_CASE("check: networks have the names that they were given by", "[cli]") {
  const TestFolder folder;
  for (const auto& [name, out] : {std::pair{"a", 4}, std::pair{"b", 8}})
    folder.write(fmt::format("{}.yaml", name),
                 fmt::format("name: net\ninput: {{channels: 3, height: 8, width: 8}}\nlayers:\n"
                             "  - conv: {{out: {}}}\n",
                             out));
  const Run run =
      run_program("check a.yaml b.yaml --limit 'params <= 12' --batch 2", folder.text());
  CHECK(run.status == 5);
  CHECK(run.out ==
        "2 networks\n\n"
        "  network               limit         costs                        verdict\n"
        "  a.yaml 3x8x8 batch 2  params <= 12  params 12                    met\n"
        "  b.yaml 3x8x8 batch 2  params <= 12  params 24 (misses by 100 %)  EXCEEDED\n");
}

TEST_CASE("check: a limit without its suffix is told", "[cli]") {
  const Run run = run_program("check mobilenet_v1 --limit 'macs <= 300' --limit 'params <= 5M'");
  CHECK(run.status == 5);
  CHECK(contains(run.out, "\nmacs <= 300 means 300; millions are written 300M.\n"));
  CHECK(!contains(run_program("check mobilenet_v1 --limit 'macs <= 300M'").out, "means"));
}

TEST_CASE("check: with -o a log still shows what is not met", "[cli]") {
  const TestFolder folder;
  const Run run = run_program(
      "check standard_conv separable_conv --limit 'params <= 100' -o gate.xml", folder.text());
  CHECK(run.status == 5);
  CHECK(run.out == "");
  CHECK(run.err == "standard_conv 3x5x5: params <= 100: EXCEEDED, params 108, misses by 8 %\n");
  CHECK(
      run_program("check separable_conv --limit 'params <= 100' -o gate.xml", folder.text()).err ==
      "");
}

TEST_CASE("check: JUnit has a suite for each network", "[cli]") {
  const Run run =
      run_program("check standard_conv separable_conv --limit 'params <= 100' --format junit");
  CHECK(run.status == 5);
  CHECK(xml_fault(run.out).empty());
  CHECK(run.out ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"archcost check\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
        "<testsuite name=\"archcost check standard_conv 3x5x5\" tests=\"1\" failures=\"1\" "
        "errors=\"0\">\n"
        "  <testcase classname=\"standard_conv 3x5x5\" name=\"params &lt;= 100\">\n"
        "    <failure message=\"params 108 (misses by 8 %); the limit is params &lt;= 100\"/>\n"
        "  </testcase>\n"
        "</testsuite>\n"
        "<testsuite name=\"archcost check separable_conv 3x5x5\" tests=\"1\" failures=\"0\" "
        "errors=\"0\">\n"
        "  <testcase classname=\"separable_conv 3x5x5\" name=\"params &lt;= 100\"/>\n"
        "</testsuite>\n"
        "</testsuites>\n");
}

TEST_CASE("check: the peak of the activations in place is a limit of its own", "[cli]") {
  // MobileNet v1: 64 + 64 channels at 112x112, in place 32 + 64.
  const Run run = run_program(
      "check mobilenet_v1 --limit 'peak_memory <= 4816896B' --limit 'peak_memory_in_place <= "
      "4816896 B'");
  CHECK(run.status == 5);
  CHECK(run.out ==
        "mobilenet_v1 3x224x224\n\n"
        "  limit                              costs                                                "
        "  verdict\n"
        "  peak_memory <= 4816896B            peak_memory 6.12 MiB (6,422,528 B) (misses by 33.3 "
        "%)  EXCEEDED\n"
        "  peak_memory_in_place <= 4816896 B  peak_memory_in_place 4.59 MiB (4,816,896 B)          "
        "  met\n");
  CHECK(run_program("sweep mobilenet_v1 --vary alpha=1 --columns peak_memory_in_place --format csv")
            .out == "alpha,peak_memory_in_place\n1,4816896\n");
  CHECK(contains(run_program("memory mobilenet_v1 --in-place").out, "peak_memory_in_place"));
}

TEST_CASE("check: a network that can't be read does not keep the others from being checked",
          "[cli]") {
  const TestFolder folder;
  folder.write("bad.yaml",
               "name: bad\ninput: {channels: 3, height: 8, width: 8}\nlayers: [convv]\n");
  folder.write("gate.xml", "the report of the last run\n");
  const std::string command =
      "check nosuch.yaml standard_conv separable_conv --limit 'params <= 100'";
  const Run junit = run_program(command + " -o gate.xml", folder.text());
  CHECK(junit.status == 1);
  CHECK(junit.err ==
        "error: no file 'nosuch.yaml'\n"
        "standard_conv 3x5x5: params <= 100: EXCEEDED, params 108, misses by 8 %\n");
  const std::string xml = read_file(folder / "gate.xml");
  CHECK(xml_fault(xml).empty());
  CHECK(contains(xml,
                 "<testsuites name=\"archcost check\" tests=\"3\" failures=\"1\" errors=\"1\">\n"));
  CHECK(contains(
      xml,
      "<testsuite name=\"archcost check nosuch.yaml\" tests=\"1\" failures=\"0\" errors=\"1\">\n"
      "  <testcase classname=\"nosuch_yaml\" name=\"network\">\n"
      "    <error message=\"no file 'nosuch.yaml'\">error: no file 'nosuch.yaml'</error>\n"
      "  </testcase>\n"
      "</testsuite>\n"));
  CHECK(contains(xml, "name=\"archcost check standard_conv 3x5x5\" tests=\"1\" failures=\"1\""));
  CHECK(contains(xml, "name=\"archcost check separable_conv 3x5x5\" tests=\"1\" failures=\"0\""));
  const Run table = run_program(command, folder.text());
  CHECK(table.status == 1);
  CHECK(contains(table.out,
                 "\n  nosuch.yaml                          no file 'nosuch.yaml'       ERROR\n"));
  const auto json =
      nlohmann::json::parse(run_program(command + " --format json", folder.text()).out);
  CHECK(json["met"] == false);
  CHECK(json["networks"][0]["error"] == "no file 'nosuch.yaml'");
  CHECK(json["networks"][0]["limits"].empty());
  CHECK(json["networks"][1]["limits"][0]["missed_percent"] == 8.0);
  CHECK(json["networks"][2]["met"] == true);
  // One network, whose messages have the line of the file; an unanswered limit is not stronger.
  const Run one =
      run_program("check bad.yaml --limit 'latency <= 1s' --format junit", folder.text());
  CHECK(one.status == 1);
  CHECK(xml_fault(one.out).empty());
  CHECK(contains(one.out,
                 "<testsuites name=\"archcost check\" tests=\"1\" failures=\"0\" errors=\"1\">\n"
                 "<testsuite name=\"archcost check bad.yaml\" "));
  CHECK(contains(one.out, "message=\"bad.yaml:3:10: unknown kind of layer or block 'convv'"));
  CHECK(contains(one.err, "bad.yaml:3:10: error: unknown kind of layer or block 'convv'"));
}

TEST_CASE("check: a limit that no network can have is a mistake of the command", "[cli]") {
  const TestFolder folder;
  const Run run = run_program("check standard_conv separable_conv --limit 'mac <= 1' -o gate.xml",
                              folder.text());
  CHECK(run.status == 1);
  CHECK(run.out == "");
  CHECK(run.err ==
        "--limit mac <= 1: error: 'mac' is neither a parameter of 'standard_conv' nor a cost; did "
        "you mean 'macs'?\n");
  CHECK(!std::filesystem::exists(folder / "gate.xml"));
  // A parameter that one of them has is an error of the other.
  const Run one = run_program("check mobilenet_v1 standard_conv --limit 'alpha <= 1'");
  CHECK(one.status == 1);
  CHECK(
      one.err ==
      "--limit alpha <= 1: error: 'alpha' is neither a parameter of 'standard_conv' nor a cost\n");
  CHECK(contains(one.out, "  alpha <= 1"));
  CHECK(contains(one.out, "  met\n"));
  CHECK(contains(one.out, "  ERROR\n"));
}
