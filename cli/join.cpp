// SPDX-License-Identifier: Apache-2.0
#include "cli/join.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "search/sweep/column_files.hpp"

namespace archcost::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kJournal = "archcost journal ";

std::string first_bytes(const std::string& path, std::size_t count) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw Error(path, "can't be read");
  std::string bytes(count, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

std::string message_of(const Error& error) { return error.diagnostics().front().message; }

// What equal parts have in common.
std::string file_content(const sweep::PartEnd& end) {
  return fmt::format("{} {} {}", end.rows, end.bytes, end.checksum);
}

void add_part(const std::string& file, sweep::PartSet& set) {
  std::error_code status;
  if (!fs::exists(file, status)) {
    const bool begun = fs::exists(file + ".part", status);
    set.add_problem(file, begun ? "not finished: the command that writes it continues with --resume"
                                : "there is no such file");
    return;
  }
  try {
    const sweep::PartFile part(file);
    sweep::PartSet::Part found = {file, part.head(), ""};
    try {
      found.content = file_content(part.end());
    } catch (const Error& error) {
      set.add_damaged(found, message_of(error));
    }
    set.add(std::move(found));
  } catch (const Error& error) {
    set.add_problem(file, message_of(error));
  }
}

// Passes pieces of a part on. In CSV the first line has the names of the columns: it must be that
// of the other parts, and only the first part's is passed on.
class ColumnNames {
 public:
  using Sink = std::function<void(std::string_view)>;
  explicit ColumnNames(Sink sink) : sink_(std::move(sink)) {}

  void begin_part(sweep::PartFormat format) {
    in_names_ = format == sweep::PartFormat::kCsv;
    line_.clear();
  }
  void add(std::string_view piece) {
    if (in_names_) {
      const std::size_t end = piece.find('\n');
      line_ += piece.substr(0, end);
      if (end == std::string_view::npos) return;
      piece.remove_prefix(end + 1);
      in_names_ = false;
      if (!names_) {
        names_ = line_;
        sink_(line_ + "\n");
      } else if (*names_ != line_) {
        throw Error(fmt::format("its columns are {}, those of the others are {}", line_, *names_));
      }
    }
    sink_(piece);
  }

 private:
  Sink sink_;
  bool in_names_ = false;
  std::string line_;
  std::optional<std::string> names_;  // of the parts before
};

// Rows keep the format of their parts: a file must not claim to have another one.
void check_extension(const sweep::PartSet& set, const std::string& output) {
  const sweep::PartFile first(set.parts().begin()->second.path);
  if (first.format() == sweep::PartFormat::kCsv)
    check_output_name(output, "rows of CSV", ".csv");
  else
    check_output_name(output, "rows of JSON lines", ".jsonl");
}

std::vector<std::string> paths_of(const sweep::PartSet& set) {
  std::vector<std::string> paths;
  for (const auto& [number, part] : set.parts()) paths.push_back(part.path);
  return paths;
}

}  // namespace

bool is_database(const std::string& path) {
  return first_bytes(path, 16).starts_with("SQLite format 3");
}

std::optional<PartKind> part_kind(const std::string& path) {
  if (fs::is_directory(path)) return PartKind::kColumns;
  const std::string bytes = first_bytes(path, 4096);
  if (is_database(path)) return PartKind::kDatabase;
  if (sweep::looks_like_part(bytes)) {
    try {
      if (sweep::PartFile(path).head().kind == "search") return PartKind::kSearch;
    } catch (const Error&) {  // told with the other parts
    }
    return PartKind::kRows;
  }
  if (bytes.starts_with(kJournal)) return PartKind::kFigures;
  if (bytes.starts_with("{") && bytes.find("\"figure\":") != std::string::npos)
    return PartKind::kDatabase;
  return {};
}

void check_output_name(const std::string& output, const std::string& what,
                       const std::string& extension) {
  const bool database = fs::path(output).extension() == ".db" && extension != ".db";
  if (!database && wrong_extension(output, {extension}).empty()) return;
  throw Error(fmt::format("-o {}: the parts have {}; name a {} {}", output, what,
                          extension == ".npy" ? "folder" : "file", extension));
}

sweep::PartSet read_parts(const std::vector<std::string>& files) {
  sweep::PartSet set;
  for (const std::string& file : files) add_part(file, set);
  set.check();
  for (const std::string& note : set.notes()) print_note("{}", note);
  return set;
}

void join_rows(const std::vector<std::string>& files, const std::string& output) {
  sweep::PartSet set = read_parts(files);
  set.throw_if_any();
  check_extension(set, output);
  write_pieces(
      [&](const auto& sink) {
        ColumnNames rows([&](std::string_view piece) {
          if (!set.has_problems()) sink(piece);  // with one, the rest is only checked
        });
        for (const auto& [number, part] : set.parts()) {
          try {
            const sweep::PartFile file(part.path);
            rows.begin_part(file.format());
            file.read_body([&](std::string_view piece) { rows.add(piece); });
          } catch (const Error& error) {
            set.add_damaged(part, message_of(error));
          }
        }
        set.throw_if_any();
      },
      output);
}

int join_search(const std::vector<std::string>& files, const std::string& output) {
  sweep::PartSet set = read_parts(files);
  for (const auto& [number, part] : set.parts()) {
    try {
      sweep::PartFile(part.path).read_body([](std::string_view) {});
    } catch (const Error& error) {
      if (!set.has_problems()) set.add_damaged(part, message_of(error));
    }
  }
  set.throw_if_any();
  std::vector<std::string> arguments = set.parts().begin()->second.head.arguments;
  if (arguments.empty() || arguments.front() != "search")
    throw Error(files.front(), "its first line names no search");
  arguments.push_back("--join");
  for (std::string& path : paths_of(set)) arguments.push_back(std::move(path));
  if (!output.empty()) arguments.insert(arguments.end(), {"-o", output});
  return run_arguments(arguments);
}

void join_figures(const std::vector<std::string>& files, const std::string& output) {
  std::string head;
  std::map<std::string, std::string> records;  // by what they are of
  for (const std::string& file : files) {
    std::vector<std::string> lines = split(read_text_file(file), '\n');
    lines.pop_back();  // what follows the last line break was being written
    if (lines.empty()) continue;
    if (head.empty()) head = lines.front();
    if (lines.front() != head)
      throw Error(file, fmt::format("of another search than '{}'", files.front()));
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const nlohmann::json record = nlohmann::json::parse(lines[i], nullptr, false);
      if (!record.is_array() || record.empty() || !record[0].is_string())
        throw Error(fmt::format("{}:{}", file, i + 1), "not a figure of a search");
      // Of two for one network the one that comes first in the alphabet, in any order of files.
      const auto [known, fresh] = records.emplace(record[0].get<std::string>(), lines[i]);
      if (!fresh) known->second = std::min(known->second, lines[i]);
    }
  }
  write_pieces(
      [&](const auto& sink) {
        if (!head.empty()) sink(head + "\n");
        for (const auto& [key, line] : records) sink(line + "\n");
      },
      output);
}

}  // namespace archcost::cli
