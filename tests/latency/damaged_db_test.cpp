// SPDX-License-Identifier: Apache-2.0
// Databases with random damage: every command says what is wrong, and what can be read is saved.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "latency/latency_db.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

void fill(const std::string& path) {
  latency::LatencyDb db(path, latency::LatencyDb::Mode::kWrite);
  std::vector<latency::LayerFigure> figures;
  for (int k = 1; k <= 120; ++k)
    figures.push_back({.problem = fmt::format("conv {} f32 1T", k),
                       .option = {plan::Layout::kLast, plan::Layout::kLast},
                       .implementation = "jit:avx2",
                       .seconds = 1e-5 * k,
                       .reference = 1e-3,
                       .samples = {1e-5 * k},
                       .passes = 24,
                       .how = "in network context",
                       .date = "2026-01-01T00:00:00Z"});
  const int machine = db.add_machine({"a CPU", "avx2", "oneDNN 2.6.3"});
  db.save_layers(machine, figures);
  db.save_check(machine, {.network = "tiny", .macs = 1e6, .seconds = 1e-3, .date = "2026-01-01"});
}

// Single bytes, texts that are no UTF-8, a block of zeros, an end that is missing.
std::string damaged(std::string bytes, std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto place = [&] { return 100 + random() % (bytes.size() - 100); };
  switch (seed % 4) {
    case 0:
      for (int k = 0; k < 12; ++k) bytes[place()] = static_cast<char>(random());
      break;
    case 1:
      for (const char* text : {"jit:avx2", "a CPU", "conv 7", "2026-01-01"}) {
        std::size_t at = bytes.find(text, place());
        if (at == std::string::npos) at = bytes.find(text);
        if (at != std::string::npos) bytes[at + 1] = static_cast<char>(0x80 + random() % 128);
      }
      break;
    case 2: {
      const std::size_t at = place();
      for (std::size_t k = at; k < std::min(at + 300, bytes.size()); ++k) bytes[k] = 0;
      break;
    }
    default:
      bytes.resize(place());
  }
  return bytes;
}

}  // namespace

TEST_CASE("of a damaged database everything that can be read is exported", "[latency][hostile]") {
  const TestFolder folder;
  fill(folder / "whole.db");
  const std::string bytes = read_file(folder / "whole.db");
  int saved = 0;
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    INFO(seed);
    fs::remove(folder / "fresh.db");
    folder.write("hurt.db", damaged(bytes, seed));
    for (const std::string command : {"db list", "db show", "db prune --all --of 1"}) {
      INFO(command);
      fs::copy_file(folder / "hurt.db", folder / "copy.db", fs::copy_options::overwrite_existing);
      const Run run = run_program(command + " --db copy.db", folder.text());
      INFO(run.err);
      CHECK((run.status == 0 || run.status == 1));
      CHECK((run.status == 0 || run.err.starts_with("error: ")));
      CHECK(!find_invalid_utf8(run.out + run.err));
    }
    fs::remove(folder / "lines.jsonl");
    const Run run = run_program("db export --db hurt.db -o lines.jsonl", folder.text());
    INFO(run.err);
    CHECK((run.status == 0 || run.status == 1));
    const bool some =
        run.err.ends_with("\nerror: 'hurt.db' is damaged: other figures in it can't be read\n");
    CHECK((run.status == 0 || some || run.err.starts_with("error: ")));
    if (run.status != 0 && !some) continue;
    const std::string lines = read_file(folder / "lines.jsonl");
    const auto written = std::count(lines.begin(), lines.end(), '\n');
    CHECK(run.err.starts_with(fmt::format("{} figures written\n", written)));
    if (seed % 4 == 3) CHECK((written == 121 || some));  // cut off
    CHECK(!find_invalid_utf8(lines));
    for (const std::string& line : split(lines, '\n'))
      CHECK((line.empty() || nlohmann::json::parse(line, nullptr, false).is_object()));
    const Run merged = run_program("db merge lines.jsonl --db fresh.db", folder.text());
    INFO(merged.err);
    CHECK(merged.status == 0);
    ++saved;
  }
  CHECK(saved >= 25);
}

TEST_CASE("a file that doesn't begin as a database is none, whatever it is opened for",
          "[latency][hostile]") {
  const TestFolder folder;
  const auto refusal = [&](const std::string& file, latency::LatencyDb::Mode mode) {
    try {
      const latency::LatencyDb db(folder / file, mode);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  using Mode = latency::LatencyDb::Mode;
  const std::string begin("SQLite format 3\0", 16);
  for (const std::string& text : {std::string("root:x:0:0:root:/root:/bin/bash\n"),
                                  std::string(5000, 'x'), std::string("xyz"), begin.substr(1)}) {
    INFO(text.substr(0, 20));
    folder.write("text", text);
    for (const Mode mode : {Mode::kRead, Mode::kWrite, Mode::kSalvage})
      CHECK(refusal("text", mode) ==
            fmt::format("error: '{}' is not a database of archcost: it doesn't begin as one; name "
                        "another file",
                        folder / "text"));
    CHECK(read_file(folder / "text") == text);
  }
  // Damaged, but one.
  for (const std::string& rest : {std::string(99, 'x'), std::string(5000, '\xff')}) {
    folder.write("begun", begin + rest);
    for (const Mode mode : {Mode::kRead, Mode::kWrite})
      CHECK(refusal("begun", mode) ==
            fmt::format("error: '{}' is damaged (SQLite can't read it); none of its figures can be "
                        "read; move it away, and a new one is created",
                        folder / "begun"));
  }
  folder.write("no bytes", "");
  CHECK(refusal("no bytes", Mode::kRead) ==
        fmt::format("error: '{0}' is empty; 'archcost profile SPEC --db '{0}'' fills it",
                    folder / "no bytes"));
}

TEST_CASE("lines of impossible figures are refused", "[latency][hostile]") {
  const TestFolder folder;
  fill(folder / "whole.db");
  REQUIRE(run_program("db export --db whole.db -o lines.jsonl", folder.text()).status == 0);
  const std::vector<std::string> lines = split(read_file(folder / "lines.jsonl"), '\n');
  const auto refusal = [&](std::string line, const std::string& from, const std::string& to) {
    const std::size_t at = line.find(from);
    REQUIRE(at != std::string::npos);
    line.replace(at, from.size(), to);
    std::istringstream in(line);
    try {
      latency::read_lines(in, "f.jsonl");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string layer = lines.at(0), check = lines.at(120);
  REQUIRE(contains(layer, "\"figure\":\"layer\""));
  REQUIRE(contains(check, "\"figure\":\"check\""));
  CHECK(refusal(layer, "}", "}") == "");
  const std::string impossible =
      "error: f.jsonl:1: a time that isn't above 0, or a number that is none; remove the line";
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"seconds\":1e-05", "\"seconds\":0"},
           {"\"seconds\":1e-05", "\"seconds\":-1e-05"},
           {"\"samples\":[1e-05]", "\"samples\":[1e-05,0]"},
           {"\"threads\":1", "\"threads\":0"},
           {"\"threads\":1", "\"threads\":1e99"},
           {"\"passes\":24", "\"passes\":-1"}}) {
    INFO(to);
    CHECK(refusal(layer, from, to) == impossible);
  }
  CHECK(refusal(check, "\"seconds\":0.001", "\"seconds\":0") == impossible);
  CHECK(refusal(check, "\"threads\":1", "\"threads\":-1") == impossible);
  const std::string no_line = "error: f.jsonl:1: not a line that 'archcost db export' writes";
  CHECK(refusal(layer, "\"seconds\":1e-05", "\"seconds\":null") == no_line);
  CHECK(refusal(layer, "\"how\"", "\"who\"") == no_line);
}
