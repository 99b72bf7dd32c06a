// SPDX-License-Identifier: Apache-2.0
// What commands say and store of a busy machine: recorded events take the place of the kernels'
// program.
#include <nlohmann/json.hpp>
#include <string>

#include "cli/latency_folder.hpp"
#include "cli/recorded_kernels.hpp"
#include "latency/latency_db.hpp"
#include "latency/machine.hpp"
#include "plan/kernel_option.hpp"
#include "runner/measurement.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const char* const kBusy =
    "unstable: no good block of 3: the process was interrupted in 3; on a quiet machine it takes "
    "at most 1.5 ms, the fastest of 36 passes";

}  // namespace

TEST_CASE("rates of a busy machine are told and not saved over good ones", "[measure][cli]") {
  const Recorded recorded;
  const Run good = recorded.run("machine -o out.json");
  CHECK(good.status == 0);
  CHECK(good.err.empty());
  const std::string file = read_file(recorded.saved()), out = read_file(recorded / "out.json");
  CHECK(latency::read_machine(recorded.saved()).peak_gflops(1) == 100);
  CHECK(file == out);

  recorded.set_rates({{"f32", 1, {236, 118, 117}, 3}});
  const Run busy = recorded.run("machine -o out.json");
  CHECK(busy.status == 3);
  CHECK(busy.err ==
        "error: unstable: the best two of 3 repetitions of f32 with 1 thread differ by 50 %; "
        "nothing was saved; stop other programs, or accept it with --allow-unstable\n");
  CHECK(nlohmann::json::parse(busy.out)["stable"] == false);
  CHECK(read_file(recorded.saved()) == file);
  CHECK(read_file(recorded / "out.json") == out);
  CHECK(contains(recorded.run("machine").out, "   unstable, at least these rates"));

  const Run accepted = recorded.run("machine --allow-unstable -o out.json");
  CHECK(accepted.status == 0);
  CHECK(accepted.err ==
        "warning: unstable: the best two of 3 repetitions of f32 with 1 thread differ by 50 %\n");
  CHECK(latency::read_machine(recorded.saved()).peak_gflops(1) == 236);
  CHECK_FALSE(latency::read_machine(recorded.saved()).stable);
  CHECK(contains(unbroken(recorded.run("analyze one.yaml --machine out.json").out),
                 "Roofline of 236 GFLOP/s and 20 GB/s with 1 thread, f32, measured on a busy "
                 "machine: "));
}

TEST_CASE("analyze takes the roofs of the threads that are asked for", "[measure][cli]") {
  const Recorded recorded;
  latency::Machine machine;
  machine.cpu = "a CPU";
  machine.peaks = {{"f32", 1, 100}, {"f32", 2, 190}, {"bf16", 4, 800}};
  machine.bandwidths = {{"memory", 1, 20, 1e8}, {"memory", 2, 30, 1e8}, {"L1", 2, 900, 1e4}};
  recorded.write("machine.json", latency::to_json(machine));
  const std::string analyze = "analyze one.yaml --machine machine.json";
  CHECK(contains(recorded.run(analyze).out, "Roofline of 100 GFLOP/s and 20 GB/s with 1 thread, "));
  CHECK(contains(recorded.run(analyze + " --threads 2").out,
                 "Roofline of 190 GFLOP/s and 30 GB/s with 2 threads, "));
  CHECK(contains(recorded.run(analyze + " --threads 2 --peak-gflops 7 --bandwidth-gbs 5").out,
                 "Roofline of 7 GFLOP/s and 5 GB/s, "));
  const Run none = recorded.run(analyze + " --threads 4");
  CHECK(none.status == 1);
  CHECK(none.err ==
        "error: 'machine.json' has no figures for --threads 4; it has those for --threads 1 or "
        "2\n");
  recorded.write("by_hand.json", R"({"peak_gflops": 50, "bandwidth_gbs": 10})");
  CHECK(contains(recorded.run("analyze one.yaml --threads 4 --machine by_hand.json").out,
                 "Roofline of 50 GFLOP/s and 10 GB/s, "));
}

TEST_CASE("a measurement on a busy machine has one figure and one explanation", "[measure][cli]") {
  const Recorded recorded;
  recorded.set_blocks(true);
  const Run run = recorded.run("measure one.yaml");
  CHECK(run.status == 3);
  CHECK(run.err == "error: " + std::string(kBusy) +
                       "; stop other programs, or accept it with --allow-unstable\n");
  INFO(run.out);
  const std::string notes = unbroken(run.out);
  CHECK(contains(run.out, "one   3x8x8   batch 1   unstable, at most 1.5 ms\n"));
  CHECK(contains(run.out, "  1.500 ms  "));
  CHECK_FALSE(contains(run.out, "2.000 ms"));
  CHECK(contains(notes,
                 "unstable: the total is the fastest pass, an upper bound of the time on a quiet "
                 "machine; rows share it out as the mean over the blocks does\n"
                 "36 passes in 3 blocks, none of them good, caches as in the network; reference "
                 "layer 1 ms ± 0.0 %; "));
  CHECK_FALSE(contains(run.out, "without time stamps"));
  CHECK_FALSE(contains(run.out, "interrupted"));
  const Run accepted = recorded.run("measure one.yaml --allow-unstable --format json");
  CHECK(accepted.status == 0);
  CHECK(accepted.err == "warning: " + std::string(kBusy) + "\n");
  const nlohmann::json told = nlohmann::json::parse(accepted.out);
  CHECK(told["stable"] == false);
  CHECK(told["seconds"] == 1.5e-3);
  CHECK(told["rows"][0]["seconds"] == Approx(1.5e-3));
  CHECK(told["warning"] == kBusy);

  recorded.set_blocks(false);
  const Run quiet = recorded.run("measure one.yaml");
  CHECK(quiet.status == 0);
  CHECK(quiet.err.empty());
  CHECK(contains(quiet.out, "   batch 1   2 ms ± 0.0 %\n"));
  CHECK(contains(unbroken(quiet.out),
                 "36 passes in 3 blocks, caches as in the network; without time stamps 1.9 ms; "));
  recorded.write("wide.yaml",
                 "name: wide\ninput: {channels: 3, height: 8, width: 8}\n"
                 "params:\n  alpha: {default: 1, symbol: α}\n"
                 "layers:\n  - conv: {out: round(4 * alpha)}\n");
  CHECK(contains(recorded.run("measure wide.yaml:alpha=0.5").out,
                 "wide   α 0.5   3x8x8   batch 1   2 ms ± 0.0 %\n"));
}

TEST_CASE("a check on a busy machine is not stored", "[latency][cli]") {
  const Recorded recorded;
  {
    latency::LatencyDb db(recorded / "x.db", latency::LatencyDb::Mode::kWrite);
    db.add_machine({latency::cpu_name(), "avx2", "onednn", "2.6.3"});
  }
  const auto checks = [&] {
    return latency::LatencyDb(recorded / "x.db", latency::LatencyDb::Mode::kRead).checks(1, 1);
  };
  recorded.set_blocks(true);
  const Run busy = recorded.run("db check one.yaml --db x.db");
  CHECK(busy.status == 3);
  CHECK(busy.err ==
        "error: one.yaml: " + std::string(kBusy) +
            "\nerror: 1 of 1 networks could not be measured on so busy a machine, and nothing is "
            "stored of them; stop other programs, or accept the times with --allow-unstable\n");
  CHECK(checks().empty());
  recorded.set_blocks(false);
  CHECK(recorded.run("db check one.yaml --db x.db").status == 0);
  REQUIRE(checks().size() == 1);
  CHECK(checks()[0].seconds == 1.9e-3);
  recorded.set_blocks(true);
  CHECK(recorded.run("db check one.yaml --again --db x.db").status == 3);
  CHECK(checks()[0].seconds == 1.9e-3);
  const Run accepted = recorded.run("db check one.yaml --again --allow-unstable --db x.db");
  CHECK(accepted.status == 0);
  CHECK(accepted.err == "warning: one.yaml: " + std::string(kBusy) + "\n");
  CHECK(checks()[0].seconds == 1.5e-3);
}

TEST_CASE("a report of a busy machine is written, with its bound and status 3", "[measure][cli]") {
  const Recorded recorded;
  recorded.set_blocks(true);
  const Run busy = recorded.run("report one.yaml --measure -o report.html");
  CHECK(busy.status == 3);
  CHECK(busy.err == "warning: one: " + std::string(kBusy) +
                        "\nerror: the machine was too busy, and the report says so: no figures of "
                        "one; stop other "
                        "programs, or accept it with --allow-unstable\n");
  CHECK(busy.out == "report.html\n");
  const std::string report = read_file(recorded / "report.html");
  CHECK(contains(report, "unstable, at most 1.5 ms"));
  CHECK(contains(report, "1.500 ms"));
  CHECK_FALSE(contains(report, "2.000 ms"));
  const Run accepted = recorded.run("report one.yaml --measure --allow-unstable -o report.html");
  CHECK(accepted.status == 0);
  CHECK(accepted.err == "warning: one: " + std::string(kBusy) + "\n");
  recorded.set_blocks(false);
  CHECK(recorded.run("report one.yaml --measure -o report.html").err.empty());
}

TEST_CASE("a profile on a busy machine says that its figures may be too large", "[latency][cli]") {
  const Recorded recorded;
  const auto profile = [&](const std::vector<double>& samples,
                           const std::vector<double>& references) {
    const nlohmann::json row = {{"problem", "conv"},
                                {"option", plan::KernelOption{}},
                                {"implementation", "a_kernel"},
                                {"origin", plan::KernelOrigin::kLibrary},
                                {"samples", samples},
                                {"references", references},
                                {"core_latencies", {0, 0, 0}}};
    const nlohmann::json tried = {{"event", "rows"}, {"count", 1}};
    const nlohmann::json figures = {{"event", "figures"}, {"rows", {row}}, {"passes", 12},
                                    {"bytes", 1024},      {"batches", 1},  {"networks", 1}};
    recorded.write("profile", tried.dump() + "\n" + figures.dump() + "\n");
    return recorded.run("profile one.yaml --db x.db").err;
  };
  CHECK(profile({1e-3, 1e-3, 1.01e-3}, {1e-3, 1e-3, 1e-3}).empty());
  CHECK(
      profile({1e-3, 1.5e-3, 9e-3}, {1e-3, 1e-3, 2e-3}) ==
      "warning: the machine was busy: 1 of 3 times of kernels are left out, the blocks of 1 of 1 "
      "figures differ by more than ± 10 %; figures may be too large: on a quiet machine 'archcost "
      "db prune --all --keep-kernels --db x.db' and the same command measure all again\n");
}
