// SPDX-License-Identifier: Apache-2.0
// One rule for latencies: what has no figure is estimated with --estimate only, and what is run is
// announced.
#include <fmt/core.h>

#include <algorithm>
#include <regex>

#include "cli/latency_folder.hpp"
#include "support/catch.hpp"

using namespace archcost::test;

TEST_CASE("search and lighten estimate where --estimate is given, as every command",
          "[latency][cli]") {
  const LatencyFolder folder;
  const std::string spec = folder.spec(), db = " --db " + folder / "latency.db";
  REQUIRE(profiled(spec + " --vary c=16,32" + kQuick + db).status == 0);
  const std::string search = "search " + spec + " --vary c=16,32,40 --minimize latency" + db;
  const Run plain = run_program(search + " --format csv");
  CHECK(plain.status == 0);
  CHECK(std::count(plain.out.begin(), plain.out.end(), '\n') == 3);
  CHECK(plain.err.find(
            "1 of 3 have no figure for an objective or limit: 1: latency: some of its layers have "
            "no figure in the database; 'archcost profile' measures them, --estimate "
            "estimates them from similar layers.") != std::string::npos);
  const Run none = run_program("search " + spec + " --vary c=40,44 --minimize latency" + db);
  CHECK(none.status == 5);
  CHECK(unbroken(none.out).find("2 of 2 have no figure for an objective or limit: 2: latency: "
                                "some of its layers have no figure") != std::string::npos);
  const Run estimated = run_program(search + " --estimate --format csv");
  CHECK(std::count(estimated.out.begin(), estimated.out.end(), '\n') == 4);
  CHECK(estimated.out.find("estimated") != std::string::npos);

  const std::string lighten = "lighten " + spec + " --try width:alpha=0.5" + db;
  const Run partly = run_program(lighten);
  CHECK(partly.status == 0);
  const auto number_in = [](const std::string& text, const std::string& pattern) {
    std::smatch found;
    REQUIRE(std::regex_search(text, found, std::regex(pattern)));
    return found[1].str();
  };
  const Run compared_half =
      run_program("compare " + spec + " " + spec + "+width:alpha=0.5 --columns latency" + db);
  CHECK(number_in(unbroken(partly.out),
                  "1 of 2 networks have no time: the latency database has no figure for (\\d+) of "
                  "\\d+ kernels; 'archcost profile ") ==
        number_in(unbroken(compared_half.out), "no latency: (\\d+) kernels have no figure"));
  CHECK(run_program(lighten + " --estimate").out.find("have no time") == std::string::npos);
  const Run nothing = run_program("lighten " + spec + ":c=40 --try width:alpha=0.5" + db);
  CHECK(nothing.out.find(" time ") == std::string::npos);
  CHECK(nothing.out.find("\nno times: ") != std::string::npos);
  const Run limited = run_program("lighten " + spec + ":c=40 --limit 'latency <= 1s'" + db);
  CHECK(limited.status == 1);
  CHECK(limited.err.find("--estimate estimates them") != std::string::npos);
  const Run compared = run_program("compare " + spec + " " + spec +
                                   ":c=40 --columns macs,latency --estimate --format csv" + db);
  CHECK(compared.status == 0);
  CHECK(compared.out.starts_with("network,macs,latency\n"));
  CHECK(contains(compared.err, ":c=40: the latency of "));
  const Run gap = run_program("compare " + spec + " " + spec + ":c=40 --columns latency" + db);
  CHECK(gap.status == 3);
  CHECK(unbroken(gap.out).find(":c=40: no latency: ") != std::string::npos);
}

TEST_CASE("a search that runs networks says so first", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string spec = folder.spec(), path = folder / "latency.db", db = " --db " + path;
  // The database knows the machine and has no figures of layers.
  REQUIRE(run_program("measure " + spec + " --allow-unstable --blocks 1 --seconds 0" + db).status ==
          0);
  const Run shown = run_program("db show" + db);
  CHECK(shown.status == 0);
  CHECK(std::regex_search(shown.out, std::regex("\\s0 figures")));
  CHECK(unbroken(shown.out).find("No figures of layers yet: 'archcost profile SPEC --db " + path +
                                 "' times each distinct layer of a network.") != std::string::npos);
  const std::string search =
      "search " + spec + " --vary c=8,16,32 --limit 'macs <= 300K' --minimize latency" + db;
  const Run refused = run_program(search + " --estimate");
  CHECK(refused.status == 1);
  CHECK(refused.err ==
        fmt::format("--estimate: error: '{0}' has no figures of this machine to estimate from; "
                    "'archcost profile SPEC --db {0}' measures some; without --estimate the "
                    "networks themselves are run\n",
                    path));
  const Run needless = run_program("search " + spec +
                                   " --limit 'macs <= 1' --vary c=8,16 "
                                   "--minimize latency" +
                                   db);
  CHECK(needless.status == 5);
  CHECK(needless.err.empty());
  CHECK(unbroken(needless.out)
            .find("latency: not needed: no candidate meets the limits that do not "
                  "ask for it.") != std::string::npos);
  CHECK(needless.out.find("measured") == std::string::npos);
  const Run run = run_program(search);
  CHECK(run.err.find(fmt::format(
            "latency: '{}' has no figures of this machine, so the search runs 2 networks here: at "
            "least 1 s, more while kernels are chosen. To predict them instead, measure each "
            "distinct layer once: archcost profile {} --vary c=8,16,32 --db {}\n",
            path, spec, path)) == 0);
  if (run.status == 5)  // a busy machine
    CHECK(unbroken(run.out).find("latency: a layer did not run, or the machine was too busy for a "
                                 "figure, as the warnings say") != std::string::npos);
  else
    CHECK(run.status == 0);
  const Run sorted =
      run_program("measure " + spec + " --allow-unstable --blocks 1 --seconds 0 --top 1" + db);
  CHECK(sorted.status == 0);
  CHECK(sorted.out.find(" others ") != std::string::npos);
}
