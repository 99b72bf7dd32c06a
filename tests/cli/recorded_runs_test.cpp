// SPDX-License-Identifier: Apache-2.0
// What commands say and ask for that run networks: recorded events take the place of the kernels'
// program, so that every time is known.
#include <fmt/core.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/latency_folder.hpp"
#include "cli/recorded_kernels.hpp"
#include "latency/latency_db.hpp"
#include "latency/machine.hpp"
#include "plan/kernel_option.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Two specs whose figures are recorded: the blocks of each network differ by 1 %.
struct RecordedSearch : Recorded {
  RecordedSearch() {
    write("net.yaml",
          "name: net\nparams:\n  c: {default: 4, sweep: [4, 8]}\n  b: {default: 4, sweep: [4, 6]}\n"
          "  e: {default: 1}\ninput: {channels: 3, height: 8, width: 8}\n"
          "layers:\n  - conv: {name: a, out: c * b * e}\n");
    write("two.yaml",
          "name: two\nparams:\n  c: {default: 4, sweep: [4, 8]}\n"
          "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {name: a, out: 4 * c}\n");
    set_blocks(false, {2e-3, 2.02e-3, 2.04e-3});
  }
  // What is said before the search and what its report says of the latency.
  std::string announced(const std::string& arguments, int status = 0) const {
    const Run done = run("search " + arguments + " --format csv");
    INFO(done.err);
    CHECK(done.status == status);
    std::string text;
    for (const std::string& line : split(done.err, '\n')) {
      if (line.starts_with("latency: ")) text += line + "\n";
    }
    return text;
  }
  std::string runs(const std::string& networks, const std::string& command) const {
    return fmt::format(
        "latency: '{}/cache/latency.db' has no figures of this machine, so the search runs {}, "
        "more while kernels are chosen. To predict them instead, measure each distinct layer once: "
        "archcost profile {}\n",
        text(), networks, command);
  }
};

// What the kernels' program sends of a profile: one figure.
std::string profile_events(const std::vector<double>& samples = {1e-3, 1e-3, 1e-3}) {
  const nlohmann::json row = {{"problem", "conv"},
                              {"option", plan::KernelOption{}},
                              {"implementation", "a_kernel"},
                              {"origin", plan::KernelOrigin::kLibrary},
                              {"samples", samples},
                              {"references", {1e-3, 1e-3, 1e-3}},
                              {"core_latencies", {0, 0, 0}}};
  const nlohmann::json figures = {{"event", "figures"}, {"rows", {row}}, {"passes", 12},
                                  {"bytes", 1024},      {"batches", 1},  {"networks", 1}};
  return nlohmann::json{{"event", "rows"}, {"count", 1}}.dump() + "\n" + figures.dump() + "\n";
}

const char* const kMeasuredHow =
    "latency: measured on this machine, one thread; 'archcost profile' fills a database that "
    "predicts it at once.\n";

}  // namespace

TEST_CASE("a search says how many networks it runs, and what would predict them",
          "[search][latency][cli]") {
  const RecordedSearch recorded;
  const std::string search = "net.yaml --minimize latency";
  CHECK(recorded.announced(search) ==
        recorded.runs("4 networks here: at least 2 s", "net.yaml --vary c --vary b") +
            kMeasuredHow);
  const std::vector<nlohmann::json> asked = recorded.asked();
  REQUIRE(asked.size() == 4);  // once each
  for (const nlohmann::json& one : asked) {
    CHECK(one["blocks"] == 5);
    CHECK(one["seconds"] == 0.1);
    CHECK(one["threads"] == 1);
  }
  CHECK(recorded.announced(search + " --vary c=1:3:1 --vary b=4 --engine onednn") ==
        recorded.runs("3 networks here: at least 2 s",
                      "net.yaml --vary c=1:3:1 --vary b=4 --engine onednn") +
            "latency: measured on this machine, onednn, one thread; 'archcost profile' fills a "
            "database that predicts it at once.\n");
  // Only what meets the other limits is run.
  CHECK(recorded.announced(search + " --limit 'macs <= 3072'") ==
        recorded.runs("1 network here: at least 1 s", "net.yaml --vary c --vary b") + kMeasuredHow);
  CHECK(recorded.asked().size() == 4);
  CHECK(recorded.announced(search + " --limit 'macs <= 3071'", 5) ==
        "latency: not needed: no candidate meets the limits that do not ask for it.\n");
  CHECK(recorded.asked().empty());
  CHECK(recorded.announced("net.yaml two.yaml --vary c --minimize latency,macs") ==
        recorded.runs("4 networks here: at least 2 s", "net.yaml two.yaml --vary c") +
            kMeasuredHow);
  // A search that evaluates some candidates names the specs' own values.
  CHECK(recorded.announced("net.yaml --vary e=1,2,3 --minimize latency --method evolve") ==
        fmt::format("latency: '{}/cache/latency.db' has no figures of this machine, so the search "
                    "runs every candidate that it evaluates and that meets the other limits here: "
                    "at least 0.5 s for each, more while kernels are chosen. To predict them "
                    "instead, measure layers of the family once, and add --estimate to this "
                    "command: archcost profile net.yaml --vary c --vary b\n",
                    recorded.text()) +
            kMeasuredHow);
}

TEST_CASE("a search has the time of each network and its error", "[search][latency][cli]") {
  const RecordedSearch recorded;
  const Run run =
      recorded.run("search net.yaml --vary c=1:3:1 --minimize latency --format csv -o x.csv");
  CHECK(run.status == 0);
  CHECK(run.err.starts_with("latency: '"));
  CHECK(contains(run.err, "\n3 candidates, all evaluated: the order is exact.\n"));
  const auto rows = read_csv(recorded / "x.csv");
  REQUIRE(rows.size() == 4);
  CHECK(rows[0] == std::vector<std::string>{"c", "latency", "latency_error", "latency_figure",
                                            "macs", "params", "best", "command"});
  for (std::size_t k = 1; k < rows.size(); ++k) {
    CHECK(rows[k][0] == std::to_string(k));
    CHECK(std::stod(rows[k][1]) == Approx(2.02e-3));
    CHECK(std::stod(rows[k][2]) == Approx(2e-5));
    CHECK(rows[k][3] == "measured");
  }
  // Figures that an earlier run measured are not measured again.
  CHECK_FALSE(std::filesystem::exists(recorded / "x.csv.figures"));
  const std::string whole = read_file(recorded / "x.csv");
  const std::string records = read_file(recorded / "kept");  // of the first two
  recorded.write("x.csv.figures", records);
  CHECK(recorded.asked().size() == 3);
  const Run resumed = recorded.run(
      "search net.yaml --vary c=1:3:1 --minimize latency --format csv -o x.csv --resume");
  CHECK(resumed.status == 0);
  CHECK(resumed.err.starts_with("2 figures are known from before\nlatency: '"));
  CHECK(recorded.asked().size() == 1);
  CHECK(read_file(recorded / "x.csv") == whole);
  CHECK_FALSE(std::filesystem::exists(recorded / "x.csv.figures"));
  recorded.write("x.csv.figures",
                 records.substr(0, records.find('\n', records.find('\n') + 1) + 1));
  const Run of_one = recorded.run(
      "search net.yaml --vary c=1:3:1 --minimize latency --format csv -o x.csv --resume");
  CHECK(of_one.err.starts_with("1 figure"));
  CHECK(recorded.asked().size() == 2);
  CHECK(read_file(recorded / "x.csv") == whole);
}

TEST_CASE("a search of a database of another number of threads names it",
          "[search][latency][cli]") {
  const RecordedSearch recorded;
  const std::string own = recorded / "own file.db";
  {
    latency::LatencyDb db(own, latency::LatencyDb::Mode::kWrite);
    db.add_machine({latency::cpu_name(), "avx2", "onednn", "2.6.3"});
  }
  const Run run = recorded.run(
      "search two.yaml --minimize latency --format csv --kernel-threads 2 --db 'own file.db'");
  CHECK(run.status == 0);
  CHECK(run.err.starts_with(
      "latency: 'own file.db' has no figures of this machine, so the search runs 2 networks here: "
      "at least 1 s, more while kernels are chosen. To predict them instead, measure each distinct "
      "layer once: archcost profile two.yaml --vary c --kernel-threads 2 --db 'own file.db'\n"));
  CHECK(contains(run.err, "\nlatency: measured on this machine, 2 threads; 'archcost profile' "));
  for (const nlohmann::json& one : recorded.asked()) CHECK(one["threads"] == 2);
  CHECK(recorded.run("search two.yaml --minimize latency --estimate --db 'own file.db'").err ==
        "--estimate: error: 'own file.db' has no figures of this machine to estimate from; "
        "'archcost profile SPEC --db 'own file.db'' measures some; without --estimate the networks "
        "themselves are run\n");
}

TEST_CASE("the best designs of a search are measured at the end", "[search][latency][cli]") {
  const RecordedSearch recorded;
  const std::string search = "search net.yaml --minimize macs --format csv";
  for (const std::string option : {" --remeasure-top 2", " --measure-finalists 2"}) {
    const Run run = recorded.run(search + option);
    CHECK(run.status == 0);
    CHECK(run.err.starts_with(option == " --remeasure-top 2"
                                  ? "4 candidates, all evaluated: the order is exact.\n"
                                  : "note: --measure-finalists is now --remeasure-top; the old "
                                    "name will be removed in the next version\n4 candidates, "));
    CHECK(recorded.asked().size() == 2);
    std::vector<std::string> measured;
    for (const std::string& line : split(run.out, '\n')) measured.push_back(line);
    REQUIRE(measured.size() == 6);
    CHECK(measured[0] == "c,b,macs,params,measured,best,command");
    CHECK(measured[1].starts_with("4,4,3072,48,0.0020"));
    CHECK(measured[2].starts_with("4,6,4608,72,0.0020"));
    CHECK(measured[3] == "8,4,6144,96,,,archcost analyze net.yaml --set c=8 --set b=4");
  }
  // Where no design fits, none is measured.
  const Run none = recorded.run(search + " --limit 'macs <= 1' --remeasure-top 2");
  CHECK(none.status == 5);
  CHECK(recorded.asked().empty());
  CHECK(recorded.run(search).status == 0);
  CHECK(recorded.asked().empty());
}

TEST_CASE("a network that can't be measured is told with the reason", "[latency][cli]") {
  const RecordedSearch recorded;
  const std::string head =
      "network,rewrite,params,params_ratio,macs,macs_ratio,macs_theory,activations,peak_memory,"
      "latency,fits\n";
  const Run good =
      recorded.run("lighten one.yaml --measure --try none --limit 'latency <= 2.02ms'");
  CHECK(good.status == 0);
  CHECK(contains(good.out, "\ntime: measured on this machine, 1 thread\n"));
  CHECK(contains(recorded.run("lighten one.yaml --measure --try none --kernel-threads 2").out,
                 "\ntime: measured on this machine, 2 threads\n"));
  CHECK(recorded.run("lighten one.yaml --measure --try none --limit 'latency < 2.019ms'").status ==
        5);
  recorded.set_blocks(false, {2e-3, 2e-3, 2e-3}, "SIGSEGV");
  const Run failed = recorded.run("lighten one.yaml --measure --try none");
  CHECK(failed.err == "warning: one.yaml: 'a' did not run: no kernel\n");
  CHECK(contains(failed.out,
                 "\nno times: it did not run, or the machine was too busy: see the warnings\n"));
  recorded.set_blocks(true);
  const Run busy = recorded.run("lighten one.yaml --measure --try none --format csv");
  CHECK(busy.err ==
        "warning: one.yaml: unstable: no good block of 3: the process was interrupted in 3; on a "
        "quiet machine it takes at most 1.5 ms, the fastest of 36 passes\n");
  CHECK(busy.out == head + "one.yaml,,12,1,768,1,,256,1792,,true\n");
  const Run search = recorded.run("search two.yaml --vary c=4 --minimize latency --format csv");
  CHECK(search.status == 5);
  CHECK(contains(search.err,
                 "\n1 of 1 have no figure for an objective or limit: 1: latency: a layer did not "
                 "run, or the machine was too busy for a figure, as the warnings say.\n"));
}

TEST_CASE("profile says about how long it takes, in seconds, minutes or hours",
          "[latency][cli][engines]") {
  const RecordedSearch recorded;
  setenv("PYTHONPATH", (source_dir() / "tests/runner/fake_onnxruntime").c_str(), 1);
  setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
  // A network takes its seconds and one more.
  for (const auto& [seconds, shown] :
       std::vector<std::pair<std::string, std::string>>{{"88", "89 s"},
                                                        {"89", "2 min"},
                                                        {"3599", "60 min"},
                                                        {"5398", "90 min"},
                                                        {"5399", "1.5 h"},
                                                        {"3599999", "1000.0 h"}}) {
    CHECK(
        recorded
            .run("profile one.yaml --engine onnxruntime --blocks 1 --dry-run --seconds " + seconds)
            .out == "1 network, 1 distinct layers: 0 known, 1 new; about " + shown + "\n");
  }
  unsetenv("PYTHONPATH");
  unsetenv("PYTHONDONTWRITEBYTECODE");
}

TEST_CASE("an interrupted profile says that the same command continues", "[latency][cli]") {
  const RecordedSearch recorded;
  recorded.write(
      "kernels",
      "#!/bin/sh\nread -r request\ncd " + recorded.text() +
          "\ncase \"$request\" in\n*'\"do\":\"hello\"'*) cat hello ;;\n"
          "*) touch began; n=0; while [ $n -lt 200 ]; do sleep 0.02; n=$((n+1)); done ;;\n"
          "esac\necho '{\"event\":\"done\"}'\n");
  const std::string files = recorded / "";
  const int status = run_and_signal("profile " + files + "one.yaml --shard 1/1 --db " + files +
                                        "x.db >" + files + "out 2>" + files + "err #",
                                    SIGINT, 0, files + "began");
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
  CHECK(read_file(files + "out") ==
        "1 network, 1 distinct layers: 0 known, 1 new; about 0 s\n"
        "0 figures stored in " +
            files + "x.db\n");
  CHECK(read_file(files + "err") == "stopped; the same command continues\n");
  const latency::LatencyDb db(recorded / "x.db", latency::LatencyDb::Mode::kRead);
  REQUIRE(db.parts().size() == 1);
  CHECK_FALSE(db.parts()[0].finished);
  CHECK(db.parts()[0].figures.empty());
}

TEST_CASE("parts of a profile belong together if their figures do", "[latency][cli][join]") {
  const RecordedSearch recorded;
  recorded.write("profile", profile_events());
  const auto part = [&](const std::string& arguments) {
    std::filesystem::remove(recorded / "x.db");
    const Run run = recorded.run("profile " + arguments + " --db x.db");
    INFO(run.err);
    CHECK(run.status == 0);
    return latency::LatencyDb(recorded / "x.db", latency::LatencyDb::Mode::kRead).parts();
  };
  CHECK(part("one.yaml two.yaml").empty());
  const auto first = part("one.yaml two.yaml --shard 1/2 --seconds 0");
  REQUIRE(first.size() == 1);
  CHECK(first[0].number == 1);
  CHECK(first[0].finished);
  CHECK(!first[0].figures.empty());
  CHECK(
      contains(first[0].head, R"("arguments":["profile","one.yaml","two.yaml","--seconds","0"])"));
  CHECK(contains(first[0].head, R"("kind":"profile")"));
  CHECK(contains(first[0].head, R"("shard":"1/2")"));
  const auto second = part("one.yaml two.yaml --shard=2/2");
  REQUIRE(second.size() == 1);
  CHECK(second[0].number == 2);
  CHECK(second[0].work == first[0].work);
  CHECK(contains(second[0].head, R"("arguments":["profile","one.yaml","two.yaml"])"));
  for (const std::string other : {"one.yaml", "two.yaml one.yaml", "one.yaml two.yaml --unfused",
                                  "one.yaml two.yaml --batch 2", "one.yaml two.yaml --threads 2",
                                  "one.yaml two.yaml --no-winograd"}) {
    INFO(other);
    const auto parts = part(other + " --shard 1/2");
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].work != first[0].work);
  }
  recorded.write(
      "hello",
      nlohmann::json{{"event", "hello"}, {"library", "oneDNN 2.6.3"}, {"isa", "sse41"}}.dump() +
          "\n");
  const auto elsewhere = part("one.yaml two.yaml --shard 1/2");
  REQUIRE(elsewhere.size() == 1);
  CHECK(elsewhere[0].work != first[0].work);
}

TEST_CASE("a kernel that was interrupted in every pass has no figure", "[latency][cli]") {
  const RecordedSearch recorded;
  recorded.write("profile", profile_events({0, 0, 0}));
  const Run run = recorded.run("profile one.yaml --db x.db");
  CHECK(run.status == 0);
  CHECK(run.out.ends_with("\n0 figures stored in x.db\n"));
  CHECK(contains(run.err,
                 "1 kernel interrupted in every pass and not stored; the same command measures "
                 "again\n"));
  recorded.write("profile", profile_events({0, 1e-3, 0}));
  const Run stored = recorded.run("profile one.yaml --db x.db");
  CHECK(stored.out.ends_with("\n1 figure stored in x.db\n"));
  CHECK_FALSE(contains(stored.err, "interrupted in every pass"));
}
