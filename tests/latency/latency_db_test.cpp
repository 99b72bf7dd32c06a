// SPDX-License-Identifier: Apache-2.0
// The database of latencies: what comes back, what is refused, what survives.
#include "latency/latency_db.hpp"

#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/diagnostic.hpp"
#include "latency/latency_predictor.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const latency::MachineId kMachine{"a CPU", "avx2", "onednn", "2.6.3"};
const plan::KernelOption kDbOption{plan::Layout::kLast, plan::Layout::kLast},
    kBlockedOption{plan::Layout::kBlocked, plan::Layout::kBlocked};
const latency::MachineId kOther{"a CPU", "avx2", "onednn", "3.5.0"};

latency::LayerFigure figure(int number, double seconds,
                            const std::string& date = "2026-01-01T00:00:00Z") {
  return {fmt::format("conv {} f32 1T", number),
          {plan::Layout::kLast, plan::Layout::kLast},
          "jit:avx2",
          plan::KernelOrigin::kLibrary,
          1,
          seconds,
          0.01,
          1e-3,
          {seconds, seconds * 1.01},
          24,
          "in network context",
          date};
}

std::vector<latency::LayerFigure> figures(int first, int count) {
  std::vector<latency::LayerFigure> all;
  for (int i = first; i < first + count; ++i) all.push_back(figure(i, 1e-5 * (i + 1)));
  return all;
}

/// The message of opening it.
std::string refusal(const std::string& path,
                    latency::LatencyDb::Mode mode = latency::LatencyDb::Mode::kRead) {
  try {
    const latency::LatencyDb db(path, mode);
    return db.contents().empty() ? "empty" : "fine";
  } catch (const Error& error) {
    return error.what();
  }
}

void patch(const std::string& path, std::streamoff at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(at);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  CHECK(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

void fill(const std::string& path, int count) {
  latency::LatencyDb db(path, latency::LatencyDb::Mode::kWrite);
  db.save_layers(db.add_machine(kMachine), figures(0, count));
}

}  // namespace

TEST_CASE("figures come back as they were stored, each machine's by themselves", "[latency]") {
  const TestFolder folder;
  const std::string path = folder / "sub/latency.db";
  {
    latency::LatencyDb db(path, latency::LatencyDb::Mode::kWrite);
    const int here = db.add_machine(kMachine), there = db.add_machine(kOther);
    CHECK(here != there);
    CHECK(db.add_machine(kMachine) == here);
    db.save_layers(here, figures(0, 3));
    db.save_layers(there, std::vector<latency::LayerFigure>{figure(0, 7e-3)});
    plan::Trial failed, skipped;
    failed.set_fault("SIGFPE");
    skipped.origin = plan::KernelOrigin::kReference;
    skipped.result = plan::TrialResult::kNotNeeded;
    db.save_choices(here, {{"conv", {{kDbOption, {1e-4, "jit"}}, {kBlockedOption, failed}}},
                           {"lrn", {{kDbOption, skipped}}}});
    db.save_check(here, {"net:alpha=1", 1, 5e8, 0.01, 0.02, 1e-3, 0.0101, 0.011, "how", "date"});
  }
  const latency::LatencyDb db(path, latency::LatencyDb::Mode::kRead);
  const std::vector<latency::MachineRow> machines = db.machines();
  REQUIRE(machines.size() == 2);
  CHECK(machines[0].machine == kMachine);
  CHECK(machines[0].layers == 3);
  CHECK(machines[0].kernels == 3);
  CHECK(machines[0].checks == 1);
  CHECK(machines[1].layers == 1);
  const std::vector<latency::LayerFigure> layers = db.layers(machines[0].id, 1);
  REQUIRE(layers.size() == 3);
  CHECK(layers[1].problem == "conv 1 f32 1T");
  CHECK(layers[1].seconds == 2e-5);
  CHECK(layers[1].samples == std::vector<double>{2e-5, 2e-5 * 1.01});
  CHECK(layers[1].passes == 24);
  CHECK(db.layers(machines[0].id, 2).empty());
  CHECK(db.choices(machines[0].id).at("conv").at(kBlockedOption).fault() == "SIGFPE");
  const plan::Trial skipped = db.choices(machines[0].id).at("lrn").at(kDbOption);
  CHECK(skipped.result == plan::TrialResult::kNotNeeded);
  CHECK(skipped.origin == plan::KernelOrigin::kReference);
  CHECK(skipped.fault() == "reference kernel, not needed");
  const std::vector<latency::NetworkCheck> checks = db.checks(machines[0].id, 1);
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].network == "net:alpha=1");
  CHECK(checks[0].unseen == 0.011);
}

TEST_CASE("what is stored isn't overwritten by chance", "[latency]") {
  const TestFolder folder;
  latency::LatencyDb db(folder / "latency.db", latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine(kMachine);
  db.save_layers(machine, std::vector<latency::LayerFigure>{figure(1, 1e-5)});
  db.save_layers(machine, std::vector<latency::LayerFigure>{figure(1, 9e-5)});
  CHECK(db.layers(machine, 0)[0].seconds == 1e-5);
  db.save_layers(machine, std::vector<latency::LayerFigure>{figure(1, 9e-5)}, true);
  CHECK(db.layers(machine, 0)[0].seconds == 9e-5);
  CHECK(db.prune(machine, "2026-01-01", true) == 0);
  CHECK(db.prune(machine, "2026-01-02", true) == 1);
}

TEST_CASE("figures with a high core-to-core latency are replaced", "[latency]") {
  const TestFolder folder;
  const std::string path = folder / "latency.db";
  latency::LatencyDb db(path, latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine(kMachine);
  const auto of = [](int number, double seconds, double core_latency) {
    latency::LayerFigure two = figure(number, seconds);
    two.threads = 2;
    two.core_latency = core_latency;
    return std::vector<latency::LayerFigure>{two};
  };
  CHECK(db.lowest_core_latency(machine, 2) == 0);
  db.save_layers(machine, of(0, 5e-5, 400e-9));
  db.save_layers(machine, of(1, 6e-5, 400e-9));
  CHECK(db.lowest_core_latency(machine, 2) == 400e-9);
  CHECK(latency::LatencyPredictor(db, machine, 2).figures() == 2);
  db.save_layers(machine, of(0, 3e-5, 100e-9));  // lower: replaces
  db.save_layers(machine, of(0, 9e-5, 90e-9));   // as low: doesn't
  db.save_layers(machine, of(0, 7e-5, 500e-9));  // higher: doesn't
  const std::vector<latency::LayerFigure> layers = db.layers(machine, 2);
  REQUIRE(layers.size() == 2);
  CHECK(layers[0].seconds == 3e-5);
  CHECK(layers[1].seconds == 6e-5);
  CHECK(db.lowest_core_latency(machine, 2) == 100e-9);
  CHECK(db.lowest_core_latency(machine, 1) == 0);
  const latency::LatencyPredictor predictor(db, machine, 2);
  CHECK(predictor.figures() == 1);
  CHECK(predictor.high_core_latency_figures() == 1);
  // Lines keep it, and it comes back.
  std::stringstream lines;
  latency::write_lines(db.contents(), lines);
  CHECK(latency::read_lines(lines, "lines")[0].layers[0].core_latency == 100e-9);
}

// Before engines: the library in one text.
const char* const kMachinesOfVersion3 =
    "CREATE TABLE m (id INTEGER PRIMARY KEY, cpu TEXT NOT NULL, isa TEXT NOT NULL, library TEXT "
    "NOT NULL, UNIQUE (cpu, isa, library));"
    "INSERT INTO m SELECT id, cpu, isa, 'oneDNN ' || version FROM machines;"
    "DROP TABLE machines; ALTER TABLE m RENAME TO machines;";

TEST_CASE("a database of version 3 gets engines and keeps every figure", "[latency]") {
  for (const auto mode : {latency::LatencyDb::Mode::kRead, latency::LatencyDb::Mode::kSalvage}) {
    const TestFolder folder;
    const std::string path = folder / "latency.db";
    fill(path, 3);
    const auto before = latency::LatencyDb(path, latency::LatencyDb::Mode::kRead).contents();
    run_sql(path, kMachinesOfVersion3);
    run_sql(path, "ALTER TABLE layers DROP COLUMN footprints; PRAGMA user_version = 3");
    const auto after = latency::LatencyDb(path, mode).contents();
    REQUIRE(after.size() == 1);
    CHECK(after[0].machine == before[0].machine);
    CHECK(after[0].machine.text() == "a CPU, avx2, oneDNN 2.6.3");
    CHECK(after[0].size() == before[0].size());
  }
}

TEST_CASE("a database of version 4 gets footprints and keeps every figure", "[latency]") {
  for (const auto mode : {latency::LatencyDb::Mode::kRead, latency::LatencyDb::Mode::kSalvage}) {
    const TestFolder folder;
    const std::string path = folder / "latency.db";
    fill(path, 3);
    const auto before = latency::LatencyDb(path, latency::LatencyDb::Mode::kRead).contents();
    run_sql(path, "ALTER TABLE layers DROP COLUMN footprints; PRAGMA user_version = 4");
    const auto after = latency::LatencyDb(path, mode).contents();
    REQUIRE(after.size() == 1);
    CHECK(after[0].size() == before[0].size());
    for (const latency::LayerFigure& figure : after[0].layers) CHECK(figure.footprints.empty());
  }
}

TEST_CASE("figures of engines, providers, data types and devices are never mixed", "[latency]") {
  const TestFolder folder;
  latency::LatencyDb db(folder / "latency.db", latency::LatencyDb::Mode::kWrite);
  std::vector<latency::MachineId> ids(7, kMachine);
  ids[1].engine = "onnxruntime";
  ids[2].version = "2.7";
  ids[3].provider = "gpu";
  ids[4].data_type = "int8";
  ids[5].name = "pixel7";
  ids[6].isa = "avx512";
  for (int i = 0; i < 7; ++i) CHECK(db.add_machine(ids[i]) == i + 1);
  for (int i = 0; i < 7; ++i) {
    CHECK(db.add_machine(ids[i]) == i + 1);
    CHECK(db.machines()[i].machine == ids[i]);
  }
  CHECK(ids[3].text() == "a CPU, avx2, oneDNN 2.6.3 on gpu");
  CHECK(ids[5].text() == "pixel7, a CPU, avx2, oneDNN 2.6.3");
  CHECK(ids[4].text() == "a CPU, avx2, oneDNN 2.6.3, int8");
}

TEST_CASE("databases of earlier versions keep all but the figures of removed kernels",
          "[latency]") {
  for (const int version : {1, 2}) {
    const TestFolder folder;
    const std::string path = folder / "latency.db";
    fill(path, 3);
    // As an earlier version wrote it.
    run_sql(
        path,
        "INSERT INTO layers SELECT machine, threads, 'conv 7 f32 1T', option, 'archcost:1x1', "
        "seconds, spread, reference, samples, passes, how, date, core_latency, origin, footprints "
        "FROM layers "
        "LIMIT 1;"
        "INSERT INTO layers SELECT machine, threads, 'linear 8 f32 1T', 'nhwc inner product', "
        "'jit', "
        "seconds, spread, reference, samples, passes, how, date, core_latency, origin, footprints "
        "FROM layers "
        "LIMIT 1;"
        "INSERT INTO kernels VALUES (1, 'conv', 'nhwc>nhwc', 1e-4, 'jit', '', ''),"
        "(1, 'conv', 'nhwc own', 1e-4, 'archcost:direct', '', ''),"
        "(1, 'conv', 'nhwc>nChwc', 0, 'ref:any', 'reference kernel', ''),"
        "(1, 'conv', 'nChwc>nhwc', 0, '', 'SIGFPE', ''),"
        "(1, 'conv shuffled3', 'nhwc>nhwc', 1e-4, 'jit', '', '');"
        "INSERT INTO checks VALUES (1, 1, 'net', 1, 1, 0, 1, 1, 1, '', '', 0);"
        "ALTER TABLE layers DROP COLUMN footprints;"
        "ALTER TABLE layers DROP COLUMN origin; ALTER TABLE kernels DROP COLUMN origin;"
        "ALTER TABLE layers RENAME COLUMN core_latency TO handover;"
        "ALTER TABLE checks RENAME COLUMN core_latency TO handover;");
    if (version == 1) {
      run_sql(path,
              "ALTER TABLE layers DROP COLUMN handover; ALTER TABLE checks DROP COLUMN handover");
    }
    run_sql(path, kMachinesOfVersion3);
    run_sql(path, fmt::format("PRAGMA user_version = {}", version).c_str());
    const latency::LatencyDb db(path, latency::LatencyDb::Mode::kRead);
    const auto contents = db.contents();
    REQUIRE(contents.size() == 1);
    CHECK(contents[0].machine == kMachine);
    REQUIRE(contents[0].layers.size() == 4);
    CHECK(contents[0].layers[0].core_latency == 0);
    CHECK(contents[0].layers[0].origin == plan::KernelOrigin::kLibrary);
    CHECK(contents[0].layers[3].option == plan::KernelOption{plan::Layout::kLast,
                                                             plan::Layout::kLast,
                                                             plan::Method::kInnerProduct});
    CHECK(contents[0].checks.empty());
    REQUIRE(contents[0].kernels.size() == 1);
    const auto& options = contents[0].kernels.at("conv");
    CHECK(options.size() == 2);
    CHECK(options.at(kDbOption).implementation == "jit");
    CHECK(options.at({plan::Layout::kBlocked, plan::Layout::kLast}).fault() == "SIGFPE");
  }
}

TEST_CASE("databases are merged; of two figures the later one stays", "[latency]") {
  const TestFolder folder;
  latency::LatencyDb a(folder / "a.db", latency::LatencyDb::Mode::kWrite);
  latency::LatencyDb b(folder / "b.db", latency::LatencyDb::Mode::kWrite);
  const int here = a.add_machine(kMachine);
  a.save_layers(here, figures(0, 3));
  b.add_machine(kOther);
  const int in_b = b.add_machine(kMachine);
  b.save_layers(in_b, std::vector<latency::LayerFigure>{figure(1, 5e-3, "2025-01-01T00:00:00Z"),
                                                        figure(2, 6e-3, "2026-02-01T00:00:00Z"),
                                                        figure(3, 7e-3)});
  const latency::MergeCounts counts = a.merge(b.contents());
  CHECK(counts.added == 1);
  CHECK(counts.replaced == 1);
  CHECK(counts.known == 1);
  const std::vector<latency::LayerFigure> layers = a.layers(here, 0);
  REQUIRE(layers.size() == 4);
  CHECK(layers[1].seconds == 2e-5);
  CHECK(layers[2].seconds == 6e-3);
  CHECK(layers[3].seconds == 7e-3);
  // And by lines of JSON.
  std::stringstream lines;
  latency::write_lines(a.contents(), lines);
  latency::LatencyDb c(folder / "c.db", latency::LatencyDb::Mode::kWrite);
  CHECK(c.merge(latency::read_lines(lines, "lines")).added == 4);
  CHECK(c.contents()[0].layers[2].samples == layers[2].samples);
  std::istringstream wrong("{\"figure\":\"layer\"}\n");
  CHECK_THROWS_WITH(latency::read_lines(wrong, "f.jsonl"),
                    "error: f.jsonl:1: not a line that 'archcost db export' writes");
}

TEST_CASE("what is no database, newer or damaged is refused, and told what can be saved",
          "[latency]") {
  const TestFolder folder;
  const std::string path = folder / "latency.db";
  CHECK(refusal(path) == fmt::format("error: there is no database of latencies '{}'; 'archcost "
                                     "profile SPEC' fills one, --db FILE names another",
                                     path));
  std::ofstream(folder / "text.db") << std::string(5000, 'x');
  CHECK(refusal(folder / "text.db") ==
        fmt::format(
            "error: '{}' is not a database of archcost: it doesn't begin as one; name another "
            "file",
            folder / "text.db"));
  fill(path, 400);
  CHECK(refusal(path) == "fine");
  fs::copy_file(path, folder / "newer.db");
  patch(folder / "newer.db", 60, std::string("\0\0\0\x09", 4));
  CHECK(
      refusal(folder / "newer.db", latency::LatencyDb::Mode::kWrite) ==
      fmt::format("error: '{0}' was written by a newer archcost (its version is 9, this one knows "
                  "5); use that, or another file with --db; 'archcost db export --db {0} -o "
                  "saved.jsonl' writes the 400 figures that this one can read",
                  folder / "newer.db"));
  fs::copy_file(path, folder / "foreign.db");
  patch(folder / "foreign.db", 68, "abcd");
  CHECK(refusal(folder / "foreign.db") ==
        fmt::format("error: '{}' is a database, but none of latencies", folder / "foreign.db"));
  // A page in the middle is overwritten.
  fs::copy_file(path, folder / "hurt.db");
  patch(folder / "hurt.db", static_cast<std::streamoff>(fs::file_size(path) / 4096 / 2 * 4096),
        std::string(4096, '\x5a'));
  const std::string message = refusal(folder / "hurt.db");
  INFO(message);
  CHECK(message.find(fmt::format("error: '{}' is damaged (", folder / "hurt.db")) == 0);
  CHECK(message.find("of its figures can still be read: 'archcost db export --db ") !=
        std::string::npos);
  const Run saved =
      run_program("db export --db " + folder / "hurt.db" + " -o " + folder / "saved.jsonl");
  CHECK(saved.status == 1);
  CHECK(saved.err.ends_with(fmt::format(
      "error: '{}' is damaged: other figures in it can't be read\n", folder / "hurt.db")));
  const Run merged =
      run_program("db merge " + folder / "saved.jsonl" + " --db " + folder / "again.db");
  CHECK(merged.status == 0);
  latency::LatencyDb again(folder / "again.db", latency::LatencyDb::Mode::kRead);
  REQUIRE(again.contents().size() == 1);
  CHECK(again.contents()[0].layers.size() > 50);
  CHECK(again.contents()[0].layers.size() < 400);
}

TEST_CASE("several processes write at once", "[latency]") {
  const TestFolder folder;
  const std::string path = folder / "latency.db";
  std::vector<pid_t> children;
  for (int process = 0; process < 4; ++process) {
    const pid_t child = fork();
    if (child == 0) {
      for (int k = 0; k < 10; ++k) {
        latency::LatencyDb db(path, latency::LatencyDb::Mode::kWrite);
        db.save_layers(db.add_machine(kMachine), figures(process * 1000 + k * 5, 5));
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(latency::LatencyDb(path, latency::LatencyDb::Mode::kRead).machines()[0].layers == 200);
}

TEST_CASE("killed while it writes, a database holds whole batches", "[latency]") {
  const TestFolder folder;
  const std::string path = folder / "latency.db";
  fill(path, 1);
  const auto layers = [&] {
    return latency::LatencyDb(path, latency::LatencyDb::Mode::kRead).machines()[0].layers;
  };
  constexpr int kRounds = 10, kMostWaits = 60000;
  for (int round = 0; round < kRounds; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      latency::LatencyDb db(path, latency::LatencyDb::Mode::kWrite);
      const int machine = db.add_machine(kMachine);
      for (int k = 0;; ++k) db.save_layers(machine, figures(1 + round * 1000000 + k * 100, 100));
    }
    usleep(5000 + 4000 * round);
    // On a busy machine none of them has written anything yet.
    for (int waits = 0; round == kRounds - 1 && waits < kMostWaits && layers() == 1; ++waits)
      usleep(1000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    CHECK(layers() % 100 == 1);
  }
  CHECK(layers() > 1);
}

TEST_CASE("figures are removed by a date, and counted", "[latency]") {
  const TestFolder folder;
  latency::LatencyDb db(folder / "l.db", latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine({"CPU", "avx2"});
  latency::LayerFigure figure;
  figure.seconds = 1e-3;
  for (const std::string problem : {"p1", "p2"}) {
    figure.problem = problem;
    figure.date = "2026-01-31T10:00:00Z";
    db.save_layers(machine, std::vector{figure});
  }
  for (const std::string wrong : {"2026", "2026-1-31", "2026-13-01", "2026-00-01", "2026-01-32",
                                  "31-01-2026", "tomorrow", "2026-01-31T", "9999-99-99"}) {
    INFO(wrong);
    std::string message;
    try {
      db.prune(machine, wrong, false);
    } catch (const Error& error) {
      message = error.what();
    }
    CHECK(message == "error: '" + wrong + "' is no date; write it as 2026-01-31");
  }
  CHECK(db.prune(machine, "2026-01-31", false) == 0);
  CHECK(db.layers(machine, 0).size() == 2);
  CHECK(db.prune(machine, "", false) == 2);
  CHECK(db.machines().empty());
}
