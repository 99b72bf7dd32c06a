// SPDX-License-Identifier: Apache-2.0
// profile, predict and db as processes: what is stored, what is said, what survives being killed.
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "cli/latency_folder.hpp"
#include "latency/latency_db.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

std::map<std::string, double> figures_of(const std::string& path) {
  const latency::LatencyDb db(path, latency::LatencyDb::Mode::kRead);
  std::map<std::string, double> figures;
  for (const latency::MachineRow& row : db.machines()) {
    for (const latency::LayerFigure& f : db.layers(row.id, 0)) {
      figures[f.problem + ", " + plan::to_text(f.option)] = f.seconds;
    }
  }
  return figures;
}

/// The choices of `from`, and no figures: what is chosen then doesn't depend on new trials.
void copy_choices(const std::string& from, const std::string& to) {
  const latency::LatencyDb source(from, latency::LatencyDb::Mode::kRead);
  latency::LatencyDb target(to, latency::LatencyDb::Mode::kWrite);
  for (const latency::MachineRow& row : source.machines()) {
    target.save_choices(target.add_machine(row.machine), source.choices(row.id));
  }
}

/// Kills happen after a number of new figures, not after a time: how many are stored within a
/// time depends on how busy the machine is.
void kill_and_go_on(int times, std::uint32_t seed) {
  const LatencyFolder folder;
  const std::string whole = folder / "whole.db", db = folder / "killed.db";
  const std::string profile =
      folder.spec() + " --vary c=4:48:4 --blocks 2 --seconds 0.06 --samples 2 --db ";
  REQUIRE(profiled(profile + whole).status == 0);
  const std::map<std::string, double> expected = figures_of(whole);
  REQUIRE(expected.size() > 30);
  std::mt19937 random(seed);
  int killed = 0, runs = 0, partly = 0;
  while (killed < times) {  // runs that were done before the signal don't count
    REQUIRE(runs < 20 * times);
    fs::remove(db);
    copy_choices(whole, db);
    std::map<std::string, double> before = figures_of(db);
    for (int attempt = 0; attempt < 6 && killed < times; ++attempt, ++runs) {
      const std::size_t wanted = before.size() + random() % 5;
      const int status =
          run_and_signal("profile " + profile + db, SIGKILL, static_cast<int>(random() % 20000),
                         [&] { return figures_of(db).size() >= wanted; });
      killed += WIFSIGNALED(status) ? 1 : 0;
      const std::map<std::string, double> after = figures_of(db);
      for (const auto& [key, seconds] : before) CHECK(after.at(key) == seconds);
      partly += !after.empty() && after.size() < expected.size() ? 1 : 0;
      before = after;
    }
    REQUIRE(profiled(profile + db).status == 0);
    const std::map<std::string, double> after = figures_of(db);
    for (const auto& [key, seconds] : before) CHECK(after.at(key) == seconds);
    std::set<std::string> keys, wanted;
    for (const auto& [key, seconds] : after) keys.insert(key);
    for (const auto& [key, seconds] : expected) wanted.insert(key);
    CHECK(keys == wanted);
  }
  CHECK(partly > 0);
}

}  // namespace

TEST_CASE("a prediction is the sum of the figures that profile stored", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string db = " --db " + folder / "latency.db";
  for (const std::string threads : {" --threads 1", " --threads 2"}) {
    const Run first = profiled(folder.spec() + kQuick + threads + db);
    INFO(first.err);
    REQUIRE(first.status == 0);
    CHECK(first.out.find("1 network, 5 distinct layers: 0 known, 5 new; about ") == 0);
    const Run predicted = run_program("predict " + folder.spec() + threads + db + " --format json");
    REQUIRE(predicted.status == 0);
    const nlohmann::json json = nlohmann::json::parse(predicted.out);
    CHECK(json["complete"] == true);
    CHECK(json["missing"] == 0);
    const latency::LatencyDb stored(folder / "latency.db", latency::LatencyDb::Mode::kRead);
    const int count = threads == " --threads 1" ? 1 : 2;
    std::map<std::string, latency::LayerFigure> figures;
    for (const latency::LayerFigure& f : stored.layers(1, count))
      figures[f.problem + plan::to_text(f.option)] = f;
    double sum = 0;
    for (const auto& row : json["rows"]) {
      const latency::LayerFigure& f =
          figures.at(row["problem"].get<std::string>() + row["option"].get<std::string>());
      sum += f.seconds * json["reference_seconds"].get<double>() / f.reference;
      CHECK(f.samples.size() >= 1);
      CHECK(row["figure"] == "measured");
    }
    CHECK(json["seconds"].get<double>() == Approx(sum));
    // Again: nothing is measured twice.
    const Run again = run_program("profile " + folder.spec() + kQuick + threads + db);
    CHECK(again.out.find("5 known, 0 new\n0 figures stored in ") != std::string::npos);
  }
}

TEST_CASE("the network that is predicted is the one that is measured", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string db = " --db " + folder / "latency.db";
  for (const std::string& spec : {folder.spec(), std::string("shufflenet_unit_b"),
                                  std::string("se_layer"), std::string("separable_conv")}) {
    REQUIRE(profiled(spec + kQuick + db).status == 0);
    const Run measured =
        run_program("measure " + spec +
                    " --allow-unstable --blocks 1 --seconds 0 --samples 2 --format json" + db);
    const Run predicted = run_program("predict " + spec + " --format json" + db);
    INFO(spec << measured.err << predicted.err);
    REQUIRE(measured.status == 0);
    REQUIRE(predicted.status == 0);
    const auto m = nlohmann::json::parse(measured.out), p = nlohmann::json::parse(predicted.out);
    REQUIRE(m["rows"].size() == p["rows"].size());
    for (std::size_t i = 0; i < m["rows"].size(); ++i) {
      for (const char* key : {"name", "layers", "option", "implementation", "kind"}) {
        CHECK(m["rows"][i][key] == p["rows"][i][key]);
      }
    }
  }
}

TEST_CASE("what is missing is said, estimated or measured", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string db = " --db " + folder / "latency.db";
  const Run none = run_program("predict " + folder.spec() + db);
  CHECK(none.status == 1);
  CHECK(none.err == fmt::format("error: there is no database of latencies '{}'; 'archcost profile "
                                "SPEC' fills one, --db FILE names another\n",
                                folder / "latency.db"));
  REQUIRE(profiled(folder.spec() + " --vary c=16,32,48" + kQuick + db).status == 0);
  const std::string other = "predict " + folder.spec() + ":c=40" + db;
  const Run missing = run_program(other);
  CHECK(missing.status == 3);
  CHECK(missing.out.find("total (incomplete)") != std::string::npos);
  CHECK(unbroken(missing.out)
            .find("'archcost profile " + folder.spec() + ":c=40" + db +
                  "' measures what is missing, --measure-missing does so at once, "
                  "--estimate estimates it from similar layers") != std::string::npos);
  const Run estimated = run_program(other + " --estimate --format json");
  CHECK(estimated.status == 0);
  const auto e = nlohmann::json::parse(estimated.out);
  CHECK(e["complete"] == true);
  CHECK(e["estimated"].get<int>() > 0);
  CHECK(e["seconds"].get<double>() > e["estimated_seconds"].get<double>());
  const Run measured = run_program(other + " --measure-missing --format json");
  CHECK(measured.status == 0);
  const auto m = nlohmann::json::parse(measured.out);
  CHECK(m["estimated"] == 0);
  CHECK(m["missing"] == 0);
}

TEST_CASE("latency is a cost of analyze, compare and sweep", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string spec = folder.spec(), db = " --db " + folder / "latency.db";
  REQUIRE(profiled(spec + " --vary c=16,32" + kQuick + db).status == 0);
  const auto seconds_of = [&](const std::string& network) {
    const Run run = run_program("predict " + network + " --format json" + db);
    return nlohmann::json::parse(run.out)["seconds"].get<double>();
  };
  const double small = seconds_of(spec + ":c=16"), large = seconds_of(spec);
  const Run analyzed = run_program("analyze " + spec + " --columns latency --format csv" + db);
  CHECK(analyzed.status == 0);
  const std::size_t last = analyzed.out.rfind("total,");
  REQUIRE(last != std::string::npos);
  CHECK(std::stod(analyzed.out.substr(last + 6)) == Approx(large).epsilon(1e-4));
  const Run compared =
      run_program("compare " + spec + " " + spec + ":c=16 --latency --format csv" + db);
  CHECK(compared.status == 0);
  const std::string ratio = compared.out.substr(compared.out.rfind(',') + 1);
  CHECK(std::stod(ratio) == Approx(small / large).epsilon(1e-4));
  const auto json = nlohmann::json::parse(
      run_program("compare " + spec + " " + spec + ":c=16 --latency --format json" + db).out);
  CHECK(json["networks"][1]["totals"]["latency"].get<double>() == Approx(small));
  CHECK(json["networks"][1]["ratios"]["latency"].get<double>() == Approx(small / large));
  const Run swept =
      run_program("sweep " + spec + " --vary c=16,32,40 --columns macs,latency --format csv" + db);
  CHECK(swept.status == 3);
  const auto nanoseconds = [](double seconds) { return std::llround(seconds * 1e9); };
  const auto text = [&](double seconds) {
    return to_string(Rational(nanoseconds(seconds), 1'000'000'000));
  };
  CHECK(swept.out.find(fmt::format(",{}\n", text(small))) != std::string::npos);
  CHECK(swept.out.find(fmt::format(",{}\n", text(large))) != std::string::npos);
  CHECK(swept.err.find("1 of 3 rows have no figure:\n  1, as c=40: no latency: ") !=
        std::string::npos);
  // An order adds its column, a condition takes units.
  const Run sorted = run_program(
      fmt::format("sweep {} --vary c=16,32 --columns macs --sort latency:desc --where \"latency < "
                  "{} us\" --format csv{}",
                  spec, nanoseconds(std::max(small, large)) / 1000 + 2, db));
  CHECK(sorted.out.starts_with("c,macs,latency\n"));
  CHECK(std::count(sorted.out.begin(), sorted.out.end(), '\n') == 3);
  const Run none =
      run_program("sweep " + spec + " --vary c=16,32 --where \"latency > 10 s\" --format csv" + db);
  CHECK(none.out == "c,params,macs,latency\n");
  const Run estimated = run_program("sweep " + spec +
                                    " --vary c=16,40 --columns latency "
                                    "--estimate --format jsonl" +
                                    db);
  CHECK(estimated.out.find("\"latency_estimated\":0}") != std::string::npos);
  CHECK(std::count(estimated.out.begin(), estimated.out.end(), '\n') == 2);
  const Run incomplete = run_program("analyze " + spec + ":c=40 --columns latency" + db);
  CHECK(incomplete.status == 3);
  CHECK(incomplete.err.find("warning: the latency of 'tiny' is incomplete: ") == 0);
}

TEST_CASE("figures of another machine or library aren't taken silently", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string path = folder / "latency.db", db = " --db " + path;
  {
    latency::LatencyDb other(path, latency::LatencyDb::Mode::kWrite);
    other.add_machine({"a CPU", "avx2", "onednn", "0.0.1"});
  }
  const Run refused = run_program("predict " + folder.spec() + db);
  CHECK(refused.status == 1);
  CHECK(refused.err.find(fmt::format("error: '{}' has no figures of this machine (", path)) == 0);
  CHECK(refused.err.find("it holds 1 (a CPU, avx2, oneDNN 0.0.1); 'archcost profile SPEC" + db +
                         "' measures here, --of N takes another machine's\n") != std::string::npos);
  CHECK(run_program("predict " + folder.spec() + db + " --of 1").status == 3);
  CHECK(
      run_program("predict " + folder.spec() + db + " --of 7").err ==
      fmt::format("error: '{}' has no machine 7: it holds 1 (a CPU, avx2, oneDNN 0.0.1)\n", path));
}

TEST_CASE("whole networks are checked against predictions", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string path = folder / "latency.db", db = " --db " + path;
  const std::string grid = folder.spec() + " --vary c=16:48:16";
  REQUIRE(profiled(grid + kQuick + db).status == 0);
  const Run checked = run_program("db check " + grid + " --blocks 1 --seconds 0.01" + db);
  INFO(checked.err);
  REQUIRE(checked.status == 0);
  CHECK(checked.out.find("linear in macs") != std::string::npos);
  const latency::LatencyDb stored(path, latency::LatencyDb::Mode::kRead);
  const std::vector<latency::NetworkCheck> checks = stored.checks(1, 1);
  REQUIRE(checks.size() == 3);
  for (const latency::NetworkCheck& check : checks) {
    CHECK(check.seconds > 0);
    CHECK(check.composed > check.seconds / 20);
    CHECK(check.composed < check.seconds * 20);
    CHECK(check.unseen == 0);  // no other layer of its last kinds was ever timed
  }
  const Run predicted = run_program("predict " + folder.spec() + db);
  CHECK(unbroken(predicted.out)
            .find("(root mean square over 3 networks that were predicted and measured: " +
                  fmt::format("{0}:c=16, {0}:c=32, {0}:c=48)", folder.spec())) !=
        std::string::npos);
  const Run large = run_program("predict " + folder.spec() + ":c=200" + db);
  CHECK(unbroken(large.out).find(" macs, more than they have (") != std::string::npos);
  // Options that change a network are part of its name.
  REQUIRE(run_program("db check " + folder.spec() + " --batch 2 --blocks 1 --seconds 0.01" + db)
              .status == 0);
  std::vector<std::string> labels;
  for (const latency::NetworkCheck& check : stored.checks(1, 1)) labels.push_back(check.network);
  CHECK(std::count(labels.begin(), labels.end(), folder.spec() + " --batch 2") == 1);
}

/// The core-to-core latencies that the kernels' program finds, instead of measuring them.
struct CoreLatencies {
  explicit CoreLatencies(const char* seconds) {
    setenv("ARCHCOST_KERNELS_CORE_LATENCY", seconds, 1);
  }
  ~CoreLatencies() { unsetenv("ARCHCOST_KERNELS_CORE_LATENCY"); }
};

TEST_CASE("figures and checks with a high core-to-core latency are not used", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string path = folder / "latency.db", db = " --threads 2 --db " + path;
  const std::string small = folder.spec() + ":c=16";
  {
    const CoreLatencies low("1e-7");
    REQUIRE(profiled(folder.spec() + kQuick + db).status == 0);
  }
  const latency::LatencyDb stored(path, latency::LatencyDb::Mode::kRead);
  const std::vector<latency::LayerFigure> figures = stored.layers(1, 2);
  REQUIRE(figures.size() > 3);
  for (const latency::LayerFigure& figure : figures) CHECK(figure.core_latency == Approx(1e-7));
  {
    const CoreLatencies high("4e-7");
    const Run measured =
        run_program("measure " + folder.spec() + " --allow-unstable --blocks 1 --seconds 0" + db);
    CHECK(measured.status == 0);
    CHECK(measured.out.find("\ncore-to-core latency is 400 ns, and was 100 ns when the database") !=
          std::string::npos);
    CHECK(measured.err.find("core-to-core") == std::string::npos);  // once is enough
    const Run rows = run_program("measure " + folder.spec() +
                                 " --allow-unstable --blocks 1 --seconds 0 --format csv" + db);
    CHECK(rows.err.find("warning: core-to-core latency is 400 ns") == 0);
    const Run checked =
        run_program("db check " + folder.spec() + " --wait 1 --blocks 1 --seconds 0" + db);
    CHECK(checked.status == 0);
    CHECK(checked.err ==
          "1 of 1 networks are omitted: their core-to-core latency was higher than usual (100 ns); "
          "the same command measures them again\n");
    const Run other = run_program("profile " + small + " --wait 0" + kQuick + db);
    CHECK(other.status == 0);
    CHECK(other.err.find(
              " timed while the core-to-core latency was higher than usual: used only without "
              "other figures; the same command measures again\n") != std::string::npos);
  }
  const auto missing = [&](const std::string& spec) {
    const Run run = run_program("predict " + spec + " --format json" + db);
    return nlohmann::json::parse(run.out)["missing"].get<int>();
  };
  CHECK(missing(folder.spec()) == 0);
  CHECK(missing(small) > 0);
  {  // What was timed at a high latency is timed again, and replaced.
    const CoreLatencies low("2e-7");
    CHECK(profiled(small + " --wait 0" + kQuick + db).status == 0);
  }
  CHECK(missing(small) == 0);
}

TEST_CASE("profile waits until the core-to-core latency is low", "[latency][cli]") {
  const LatencyFolder folder;
  const std::string path = folder / "latency.db", db = " --threads 2 --db " + path;
  {
    const CoreLatencies low("1e-7");
    REQUIRE(profiled(folder.spec() + kQuick + db).status == 0);
  }
  {
    const CoreLatencies falling("4e-7,4e-7,1e-7");
    REQUIRE(profiled(folder.spec() + ":c=16 --wait 5" + kQuick + db).status == 0);
  }
  const latency::LatencyDb stored(path, latency::LatencyDb::Mode::kRead);
  for (const latency::LayerFigure& figure : stored.layers(1, 2))
    CHECK(figure.core_latency == Approx(1e-7));
}

TEST_CASE("a kernel that crashes is marked as failed, and profile continues",
          "[latency][cli][native]") {
  const LatencyFolder folder;
  setenv("ARCHCOST_KERNELS_FAULT", "SIGSEGV@nhwc>nhwc second", 1);
  const Run run = profiled(folder.spec() + kQuick + "--db " + folder / "latency.db");
  unsetenv("ARCHCOST_KERNELS_FAULT");
  INFO(run.err);
  CHECK(run.status == 0);
  CHECK(run.err.find("a kernel failed and was replaced by the next best: conv ") == 0);
  CHECK(run.err.find("nhwc>nhwc second: SIGSEGV\n") != std::string::npos);
  CHECK(figures_of(folder / "latency.db").size() >= 5);
}

TEST_CASE("what profile is asked for is checked", "[latency][cli]") {
  CHECK(run_program("profile").err == "error: profile needs a SPEC or --networks FILE\n");
  CHECK(run_program("profile mobilenet_v1 --threads 1000").err.find("error: --threads 1000: ") ==
        0);
  const LatencyFolder folder;
  std::ofstream(folder / "list.csv") << "network\nmobilenet_v1\n";
  CHECK(run_program("profile --networks " + folder / "list.csv").err ==
        fmt::format("error: {}:1: the first line must be 'family,network'\n", folder / "list.csv"));
  const Run dry =
      run_program("profile shufflenet_v1 --vary g=1,3 --dry-run --db " + folder / "l.db");
  CHECK(dry.out.find("2 networks, ") == 0);
  CHECK(!std::filesystem::exists(folder / "l.db"));
}

TEST_CASE("profile, killed at random moments, goes on", "[latency][cli][native]") {
  kill_and_go_on(5, 1);
}
TEST_CASE("profile, killed a hundred times", "[latency][cli][long]") { kill_and_go_on(100, 2); }
