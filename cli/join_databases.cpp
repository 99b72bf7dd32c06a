// SPDX-License-Identifier: Apache-2.0
// Joins databases of latencies: one process writes, whatever number of machines filled the parts.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <tuple>

#include "cli/command.hpp"
#include "cli/join.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text_file.hpp"
#include "latency/latency_db.hpp"

namespace archcost::cli {
namespace {

using latency::LatencyDb;

struct DatabasePart {
  std::string file;
  std::vector<latency::PartRecord> records;
};

// Other files than databases and lines of figures: what a database says of them is for --db.
void check_part_file(const std::string& file) {
  std::error_code status;
  if (!std::filesystem::exists(file, status)) throw Error("there is no such file");
  if (std::filesystem::is_directory(file, status)) throw Error("a folder, not a database");
  if (part_kind(file) == PartKind::kDatabase) return;
  if (std::filesystem::is_regular_file(file, status) &&
      std::filesystem::file_size(file, status) == 0)
    throw Error("empty; make it again, or leave it out");
  throw Error("not a database of archcost, nor figures of 'archcost db export'; leave it out");
}

// What is wrong with a part that can't be read.
Diagnostic unreadable_part(const std::string& file, const Error& error) {
  if (const auto* damaged = dynamic_cast<const latency::DamagedDatabase*>(&error))
    return {file, fmt::format("damaged: {}; remove it, and make it again", damaged->why), "", {}};
  return {file, error.diagnostics().front().message, "", {}};
}

std::vector<latency::MachineContents> figures_of(const std::string& file) {
  if (!is_database(file)) {
    std::istringstream lines(read_text_file(file));
    return latency::read_lines(lines, file);
  }
  return LatencyDb(file, LatencyDb::Mode::kRead).contents();
}

// Whether the figures changed after a part was finished although nothing wrote them, or the record
// that says which part it is can't be read.
bool is_damaged(const LatencyDb& db, const DatabasePart& part, std::vector<Diagnostic>& problems) {
  for (const latency::PartRecord& record : part.records) {
    try {
      sweep::part_head(record.head, part.file);
    } catch (const Error&) {
      problems.push_back({part.file,
                          "damaged: which part it is can't be read; remove it, and make it again",
                          "",
                          {}});
      return true;
    }
    if (record.figures.empty() || record.figures == db.figures_hash()) continue;
    problems.push_back(
        {part.file,
         "damaged: its figures are not those that were written; remove it, and make it again:",
         "    " + sweep::part_command(sweep::part_head(record.head, part.file),
                                      static_cast<std::uint64_t>(record.number), part.file),
         {}});
    return true;
  }
  return false;
}

// The parts in the order of their numbers, so that the result does not depend on that of the files.
std::vector<DatabasePart> ordered_parts(const std::vector<std::string>& files,
                                        std::vector<Diagnostic>& problems) {
  std::vector<DatabasePart> parts;
  for (const std::string& file : files) {
    try {
      DatabasePart& part = parts.emplace_back(DatabasePart{file, {}});
      check_part_file(file);
      if (!is_database(file)) continue;
      const LatencyDb db(file, LatencyDb::Mode::kRead);
      part.records = db.parts();
      if (is_damaged(db, part, problems)) parts.pop_back();
    } catch (const Error& error) {
      parts.pop_back();
      problems.push_back(unreadable_part(file, error));
    }
  }
  const auto key = [](const DatabasePart& part) {
    return part.records.empty()
               ? std::tuple(std::string(), 0, part.file)
               : std::tuple(part.records.front().work, part.records.front().number, part.file);
  };
  std::stable_sort(parts.begin(), parts.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return parts;
}

// Of each work that the database knows parts of: which are missing or not finished.
void check_works(const LatencyDb& db, const std::map<std::string, std::string>& files,
                 std::vector<Diagnostic>& problems) {
  std::map<std::string, sweep::PartSet> works;
  for (const latency::PartRecord& record : db.parts()) {
    const auto named = files.find(record.head);
    const std::string path =
        named != files.end() ? named->second : fmt::format("part{}.db", record.number);
    const sweep::PartSet::Part part = {path, sweep::part_head(record.head, path), "database"};
    if (!record.finished) works[record.work].add_damaged(part, "not finished");
    works[record.work].add(part);
  }
  for (auto& [work, set] : works) {
    set.check();
    try {
      set.throw_if_any();
    } catch (const Error& error) {
      problems.insert(problems.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
  }
}

}  // namespace

void join_databases(const std::vector<std::string>& files, const std::string& output) {
  output_target(output);  // not one of the parts
  check_output_name(output, "figures of a database", ".db");
  std::vector<Diagnostic> problems;
  const std::vector<DatabasePart> parts = ordered_parts(files, problems);
  LatencyDb db(output, LatencyDb::Mode::kWrite);
  latency::MergeCounts counts;
  std::map<std::string, std::string> file_of;  // by head
  for (const DatabasePart& part : parts) {
    std::vector<latency::MachineContents> figures;
    try {
      figures = figures_of(part.file);
    } catch (const Error& error) {
      problems.push_back(unreadable_part(part.file, error));
      continue;
    }
    const latency::MergeCounts added = db.merge(figures);
    counts.added += added.added;
    counts.known += added.known;
    counts.replaced += added.replaced;
    for (latency::PartRecord record : part.records) {
      record.figures.clear();  // the database has those of other parts too
      db.save_part(record);
      file_of[record.head] = part.file;
    }
  }
  print_note("{} figures added, {} replaced by later ones, {} known already", counts.added,
             counts.replaced, counts.known);
  check_works(db, file_of, problems);
  if (!problems.empty()) throw Error(problems);
}

}  // namespace archcost::cli
