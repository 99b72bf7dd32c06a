// SPDX-License-Identifier: Apache-2.0
// Calls of the system that fail, one after the other, while a command runs: it ends with a message
// and its exit status, files are whole or absent, and what was stored before is still there.
#ifdef ARCHCOST_FAULTS
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "latency/latency_db.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

/// Regular files by their path in the folder.
using Files = std::map<std::string, std::string>;

struct Scenario {
  std::string command;
  std::function<void(const TestFolder&)> prepare = [](const TestFolder&) {};
  std::string resume = {};    ///< goes on where the command was stopped; it may leave files then
  int status = 0;             ///< without a fault
  std::string database = {};  ///< compared by its figures, of which none may be lost
};

struct Variable {
  const char* name;
  Variable(const char* variable, const std::string& value) : name(variable) {
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { unsetenv(name); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
};

Run run_with_fault(const Scenario& scenario, const TestFolder& folder, const std::string& fault,
                   const std::string& hit) {
  const Variable library("LD_PRELOAD", ARCHCOST_FAULTS), wanted("ARCHCOST_FAULT", fault),
      file("ARCHCOST_FAULT_HIT", hit);
  return run_program(scenario.command, folder.text());
}

std::string figures_of(const std::string& path) {
  if (!fs::exists(path)) return "";
  std::ostringstream lines;
  latency::write_lines(latency::LatencyDb(path, latency::LatencyDb::Mode::kRead).contents(), lines);
  return lines.str();
}

Files files_of(const Scenario& scenario, const TestFolder& folder) {
  Files files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder.text())) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), folder.text()).string();
    if (!scenario.database.empty() && name.starts_with(scenario.database)) continue;
    files[name] = read_file(entry.path());
  }
  if (!scenario.database.empty()) files[scenario.database] = figures_of(folder / scenario.database);
  return files;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

bool all_lines_in(const std::string& some, const std::string& all) {
  const std::vector<std::string> a = lines_of(all), s = lines_of(some);
  return std::includes(a.begin(), a.end(), s.begin(), s.end());
}

// What the run left, beside what was there before and what a run without faults leaves.
void check_files(const Scenario& scenario, const Files& before, const Files& whole,
                 const Files& left) {
  for (const auto& [name, text] : left) {
    INFO(name);
    const bool old = before.contains(name) && before.at(name) == text;
    const bool done = whole.contains(name) && whole.at(name) == text;
    if (name == scenario.database) {
      CHECK((text.empty() || all_lines_in(before.contains(name) ? before.at(name) : "", text)));
    } else if (scenario.resume.empty()) {
      CHECK((old || done));
    } else {
      CHECK((old || done || name.ends_with(".part") || name.ends_with(".journal")));
    }
  }
  for (const auto& [name, text] : before) CHECK(left.contains(name));
}

/// False when the command made fewer calls of that kind.
bool check_fault(const Scenario& scenario, const std::string& fault, const Files& whole,
                 const std::string& expected) {
  INFO("ARCHCOST_FAULT=" << fault << " archcost " << scenario.command);
  const TestFolder folder, beside;
  scenario.prepare(folder);
  const Files before = files_of(scenario, folder);
  const Run run = run_with_fault(scenario, folder, fault, beside / "hit");
  const bool hit = fs::exists(beside / "hit");
  const Files left = files_of(scenario, folder);
  INFO(run.err);
  if (contains(run.err, "is damaged: other figures in it can't be read")) {
    CHECK(hit);
    CHECK(run.status == 1);
    CHECK(all_lines_in(left.at("out.jsonl"), whole.at("out.jsonl")));
  } else if (run.status == scenario.status) {
    // A call that fails in gnuplot's process costs a picture, and the message says which.
    if (contains(run.err, "warning: pictures are missing: "))
      CHECK(left.size() < whole.size());
    else
      CHECK(left == whole);
    CHECK(run.out == expected);
  } else {
    CHECK(hit);
    CHECK((run.status == 1 || run.status == 3));
    CHECK(contains(run.err, "error: "));
    CHECK(!contains(run.err, "bug in archcost"));
    check_files(scenario, before, whole, left);
  }
  if (!scenario.resume.empty()) {
    const Run again = run_program(scenario.resume, folder.text());
    CHECK((again.err.empty() || again.err.starts_with("continuing after ")));
    CHECK(again.status == scenario.status);
    CHECK(files_of(scenario, folder) == whole);
  }
  return hit;
}

/// N = 1, 2, 3 ..., then in steps that grow by `growth`, until the command makes fewer calls.
void check_faults(const Scenario& scenario, const std::vector<std::string>& kinds, double growth) {
  Files whole;
  std::string expected;
  {
    const TestFolder folder;
    scenario.prepare(folder);
    const Run run = run_program(scenario.command, folder.text());
    INFO(scenario.command << "\n" << run.err);
    REQUIRE(run.status == scenario.status);
    whole = files_of(scenario, folder);
    expected = run.out;
  }
  for (const std::string& kind : kinds) {
    long number = 1;
    while (check_fault(scenario, fmt::format("{}:{}", kind, number), whole, expected))
      number = std::max(number + 1, static_cast<long>(static_cast<double>(number) * growth));
    // From some call on, all of them: a full disk, no memory at all.
    for (const long first : {1L, number / 4 + 2, number / 2 + 3})
      check_fault(scenario, fmt::format("{}:{}+", kind, first), whole, expected);
  }
}

const std::string kSweep =
    "sweep mobilenet_v1 --vary alpha=0.1:1:0.1 --vary rho=4/7,1 --format csv -o out.csv";

latency::LayerFigure figure(int number) {
  return {.problem = fmt::format("conv {} f32 1T", number),
          .option = {plan::Layout::kLast, plan::Layout::kLast},
          .implementation = "jit:avx2",
          .seconds = 1e-5 * number,
          .spread = 0.01,
          .reference = 1e-3,
          .samples = {1e-5 * number},
          .passes = 24,
          .how = "in network context",
          .date = "2026-01-01T00:00:00Z"};
}

void fill_database(const std::string& path, int first, int count) {
  latency::LatencyDb db(path, latency::LatencyDb::Mode::kWrite);
  std::vector<latency::LayerFigure> figures;
  for (int k = first; k < first + count; ++k) figures.push_back(figure(k));
  db.save_layers(db.add_machine({"a CPU", "avx2", "oneDNN 2.6.3"}), figures);
}

void two_databases(const TestFolder& folder) {
  fill_database(folder / "latency.db", 1, 20);
  fill_database(folder / "other.db", 11, 20);
}

void two_shards(const TestFolder& folder) {
  for (const char* shard : {"1", "2"}) {
    const std::string command = fmt::format(
        "sweep mobilenet_v1 --vary alpha=0.1:1:0.1 --format csv --shard {0}/2 -o {0}.csv", shard);
    REQUIRE(run_program(command, folder.text()).status == 0);
  }
}

void old_output(const TestFolder& folder) { folder.write("out.csv", "old\n"); }

std::vector<Scenario> scenarios() {
  const std::string model = (source_dir() / "tests/onnx/models/squeezenet1_1.onnx").string();
  return {
      {"analyze mobilenet_v1"},
      {"analyze mobilenet_v1 --format csv -o out.csv", old_output},
      {.command = kSweep, .resume = kSweep + " --resume"},
      {"search mobilenet_v1 --maximize accuracy --limit 'macs <= 150M' -o best.yaml"},
      {"search mobilenet_v1 --minimize macs,params --shard 1/1 -o part"},
      {"merge 1.csv 2.csv -o out.csv", two_shards},
      {"report standard_conv -o report"},
      {"import " + model + " -o net.yaml"},
      {"export separable_conv -o net.onnx"},
      {"export separable_conv -o net.py"},
      {.command = "db merge other.db --db latency.db",
       .prepare = two_databases,
       .database = "latency.db"},
      {.command = "db list --db latency.db", .prepare = two_databases, .database = "latency.db"},
      {.command = "db export --db latency.db -o out.jsonl",
       .prepare = two_databases,
       .database = "latency.db"},
  };
}

const std::vector<std::string> kKinds = {"malloc", "open",   "read",     "write",
                                         "fsync",  "rename", "truncate", "thread"};

}  // namespace

TEST_CASE("calls that fail end a command with a message", "[faults]") {
  for (const Scenario& scenario : scenarios()) check_faults(scenario, kKinds, 3);
}

TEST_CASE("every call that fails ends a command with a message", "[faults][long]") {
  for (const Scenario& scenario : scenarios()) check_faults(scenario, kKinds, 1.02);
}

TEST_CASE("figures of a profile survive calls that fail", "[faults][measure][long]") {
  const std::string command =
      "profile tiny.yaml --blocks 2 --seconds 0 --samples 2 --patience 2 --db latency.db";
  for (const char* kind : {"pipe", "write", "fsync", "read", "truncate", "open"}) {
    for (int number = 1; number < 200; number += 1 + number / 6) {
      INFO(kind << ":" << number);
      const TestFolder folder, beside;
      folder.write(
          "tiny.yaml",
          "name: tiny\ninput: {channels: 3, height: 12, width: 12}\nlayers:\n"
          "  - conv: {out: 16, kernel: 3}\n  - relu\n  - flatten\n  - linear: {out: 10}\n");
      fill_database(folder / "latency.db", 1, 5);
      const std::string before = figures_of(folder / "latency.db");
      const Scenario scenario = {command};
      const Run run =
          run_with_fault(scenario, folder, fmt::format("{}:{}", kind, number), beside / "hit");
      INFO(run.err);
      CHECK((run.status == 0 || run.status == 1 || run.status == 3));
      CHECK(!contains(run.err, "bug in archcost"));
      if (run.status != 0) CHECK(contains(run.err, "error: "));
      const std::string after = figures_of(folder / "latency.db");
      CHECK(all_lines_in(before, after));
      if (!fs::exists(beside / "hit")) break;
      CHECK(run_program(command, folder.text()).status == 0);
      CHECK(all_lines_in(after, figures_of(folder / "latency.db")));
    }
  }
}
#endif
