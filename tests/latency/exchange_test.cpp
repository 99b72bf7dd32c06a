// SPDX-License-Identifier: Apache-2.0
// The lines of JSON that databases are written to and read from.
#include <fmt/core.h>

#include <sstream>

#include "latency/latency_db.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("lines of earlier versions are read without the figures of removed kernels",
          "[latency]") {
  const std::string machine = R"("machine":{"cpu":"a CPU","isa":"avx2","library":"oneDNN 2.6.3"})";
  const auto kernel = [&](const char* option, const char* implementation, const char* fault) {
    return fmt::format(R"({{"figure":"kernel",{},"problem":"conv","option":"{}","seconds":1,)"
                       R"("implementation":"{}","fault":"{}"}})"
                       "\n",
                       machine, option, implementation, fault);
  };
  std::istringstream lines(kernel("nhwc>nhwc", "jit", "") + kernel("nhwc own", "archcost:x", "") +
                           kernel("nhwc>nChwc", "archcost:x", "") +
                           kernel("nChwc>nhwc", "ref", "reference kernel"));
  const auto contents = latency::read_lines(lines, "lines");
  REQUIRE(contents.size() == 1);
  CHECK(contents[0].kernels.at("conv").size() == 1);
}

TEST_CASE("what is left of a network's time is exported, whatever it is", "[latency]") {
  const TestFolder folder;
  const auto export_and_count = [&](double layer_seconds) {
    latency::LatencyDb db(folder / "l.db", latency::LatencyDb::Mode::kWrite);
    const int machine = db.add_machine({"CPU", "avx2"});
    db.prune(machine, "", false);
    const int again = db.add_machine({"CPU", "avx2"});
    latency::LayerFigure figure;
    figure.date = "2026-01-31T10:00:00Z";
    for (const auto& [problem, seconds] :
         std::vector<std::pair<std::string, double>>{{"remainder 1 3f2a1b4c9d3e7f01 f32 1T", 0},
                                                     {"remainder 2 3f2a1b4c9d3e7f02 f32 1T", -2e-6},
                                                     {"layer", layer_seconds}}) {
      figure.problem = problem;
      figure.seconds = seconds;
      figure.samples = {seconds};
      db.save_layers(again, std::vector{figure});
    }
    std::ostringstream out;
    const std::int64_t written = latency::write_lines(db.contents(), out);
    std::istringstream in(out.str());
    CHECK(latency::read_lines(in, "l.jsonl").at(0).size() == written);
    return written;
  };
  CHECK(export_and_count(1e-6) == 3);
  CHECK(export_and_count(0) == 2);
  const Run run = run_program("db export --db l.db -o l.jsonl", folder.text());
  CHECK(run.err ==
        "2 figures written\n1 left out: times that aren't above 0, or numbers that are none\n");
  CHECK(contains(run_program("db show --of 1 --db l.db", folder.text()).out, "l.db   3 figures"));
}
