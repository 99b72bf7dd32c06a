// SPDX-License-Identifier: Apache-2.0
// search as a process: figures of candidates, units of limits, costs along the chain.
#include <string>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

TEST_CASE("what has no figure is counted by its reason", "[search]") {
  const Run run = run_program(
      "search mobilenet_v1 --vary alpha=2,3 --maximize accuracy --limit \"macs <= 10G\" --limit "
      "\"params <= 100M\"");
  CHECK(run.status == 5);
  CHECK(run.out.find("2 of 2 have no figure for an objective or limit: 2: accuracy of "
                     "mobilenet_v1: no\n  estimate: outside what the ") != std::string::npos);
  CHECK(run.out.find("Each limit can be met") == std::string::npos);
}

TEST_CASE("limits on times and memory sizes need a unit", "[search]") {
  const auto error = [](const std::string& limit) {
    return run_program("search mobilenet_v1 --minimize macs --limit \"" + limit + "\"").err;
  };
  CHECK(error("latency <= 10") ==
        "--limit latency <= 10: error: latency needs a number with a unit (s, ms, us), as latency "
        "<= 10 ms\n");
  CHECK(error("peak_memory <= 10M") ==
        "--limit peak_memory <= 10M: error: peak_memory needs a number with a unit (B, KB, MB, GB, "
        "KiB, MiB, GiB), as peak_memory <= 10 MB\n");
  CHECK(error("latency <= 10 MB") ==
        "--limit latency <= 10 MB: error: it compares a time with a memory size\n");
  CHECK(error("macs <= 10 ms") ==
        "--limit macs <= 10 ms: error: it compares a time with a number that is none\n");
  const auto rows = [](const std::string& limit) {
    return run_program("sweep mobilenet_v1 --columns size_f32 --format csv --where \"" + limit +
                       "\"")
        .out;
  };
  CHECK(rows("size_f32 <= 3 MiB") == rows("size_f32 <= 3145728B"));
  CHECK(rows("size_f32 <= 3 MiB") == rows("3MiB >= size_f32"));
  CHECK(rows("size_f32 <= 3 MB") == rows("size_f32 / 2 <= 1500 KB"));
  CHECK(rows("size_f32 <= 3 MB") == rows("size_f32 <= 3e-3 GB"));
  CHECK(rows("size_f32 <= 3 MB") == rows("size_f32 <= 0.03e+2MB"));
  CHECK(rows("size_f32 <= 3 MB") != rows("size_f32 <= 3 GB"));
}

TEST_CASE("costs in whole bytes add up along the chain", "[search]") {
  const Run run = run_program(
      "search mobilenet_v1 --vary \"widths(i)=8:widths(i):8\" --minimize size_int8 --limit "
      "\"macs >= 100M\" --method chain --format csv");
  CHECK(run.status == 0);
  CHECK(run.err.find("which is proved") != std::string::npos);
  CHECK(run_program("search mobilenet_v1 --vary \"widths(i)=8:widths(i):8\" --maximize entropy "
                    "--limit \"effectiveness <= 0\" --method chain")
            .err ==
        "error: --method chain: effectiveness is above 0 for every network: its limit must be a "
        "number above 0\n");
}

TEST_CASE("where the chain does not hold, the search says why", "[search]") {
  const std::string widths = "search mobilenet_v2 --vary \"widths(i)=8:widths(i):8\" ";
  const std::string why =
      "'widths(1)' and 'widths(2)' together change the structure, as a shortcut that needs equal "
      "widths";
  CHECK(run_program(widths + "--minimize params --limit \"macs >= 200M\" --method chain").err ==
        "error: --method chain: " + why + "\n");
  const Run run = run_program(widths +
                              "--minimize params --limit \"macs >= 200M\" --evaluations 200 "
                              "--format csv");
  CHECK(run.err.find("; no optimum is proved, because " + why + ".") != std::string::npos);
}

TEST_CASE("a parameter can't have the name of a cost where costs are named", "[search][cli]") {
  const TestFolder folder;
  folder.write("net.yaml",
               "name: net\nparams: {macs: {default: 3}}\n"
               "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: macs}\n");
  const std::string message =
      "error: parameter 'macs' of 'net' has the name of a cost: conditions and columns could mean "
      "either; rename it\n";
  for (const char* command :
       {"check net.yaml --limit 'macs <= 10'", "sweep net.yaml --vary macs=2,4 --columns params",
        "search net.yaml --vary macs=2,4 --minimize params"}) {
    const Run run = run_program(command, folder.text());
    CHECK(run.status == 1);
    CHECK(contains(run.err, message));
  }
  CHECK(run_program("analyze net.yaml", folder.text()).status == 0);
}
