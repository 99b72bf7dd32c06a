// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/sweep_journal.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"

namespace archcost::sweep {
namespace {

namespace fs = std::filesystem;

std::FILE* open_file(const fs::path& path, const char* mode) {
  std::FILE* file = std::fopen(path.c_str(), mode);
  if (file == nullptr)
    throw Error(fmt::format("'{}' can't be written: {}", path.string(), std::strerror(errno)));
  return file;
}

void write_all(std::FILE* file, std::string_view text, const fs::path& path) {
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0) {
    throw Error(
        fmt::format("'{}' can't be written: {}; what is finished stands in it, go on with --resume",
                    path.string(), std::strerror(errno)));
  }
}

// The last whole line of a journal whose first line is the request.
std::optional<SweepMark> last_mark(const std::string& text, std::string_view request,
                                   const fs::path& path) {
  std::vector<std::string> lines = split(text, '\n');
  lines.pop_back();  // what is behind the last line break was being written
  if (lines.empty()) return std::nullopt;
  if (lines.front() != request) {
    throw Error(fmt::format(
        "'{}' belongs to another sweep; give the same request, or start anew without --resume",
        path.string()));
  }
  if (lines.size() == 1) return std::nullopt;
  SweepMark mark;
  const int read = std::sscanf(lines.back().c_str(), "%lu %lu %lu %lu %lu", &mark.points,
                               &mark.bytes, &mark.rows, &mark.filtered, &mark.unbuildable);
  if (read != 5)
    throw Error(fmt::format("'{}' isn't a journal of a sweep: '{}'", path.string(),
                            shorten(lines.back(), 40)));
  return mark;
}

}  // namespace

SweepJournal::SweepJournal(const fs::path& file, std::string_view request, std::string_view header,
                           bool resume)
    : file_(file), part_(file.string() + ".part"), journal_path_(file.string() + ".journal") {
  std::error_code status;
  if (fs::exists(file_, status) && !fs::is_regular_file(file_, status))
    throw Error(fmt::format("'{}' is no file that rows can take the place of", file_.string()));
  const bool has_part = fs::exists(part_, status), has_journal = fs::exists(journal_path_, status);
  if (has_journal && has_part && !resume) {
    throw Error(
        fmt::format("'{}' holds an unfinished sweep; go on with --resume, or remove it and '{}'",
                    part_.string(), journal_path_.string()));
  }
  std::optional<SweepMark> mark;
  if (has_journal && resume)
    mark = last_mark(read_text_file(journal_path_), request, journal_path_);
  // Killed after its last step but one: the file is whole, and only the journal still stands.
  if (mark && !has_part && fs::exists(file_, status) &&
      fs::file_size(file_, status) >= mark->bytes) {
    mark_ = *mark;
    return;
  }
  if (mark && has_part && fs::file_size(part_, status) >= mark->bytes) {
    mark_ = *mark;
    fs::resize_file(part_, mark_.bytes);
    rows_ = open_file(part_, "ab");
    start_journal(request);
    return;
  }
  rows_ = open_file(part_, "wb");
  start_journal(request);
  append(header, {});
}

// Whole or not at all: a journal that is half rewritten would lose what it says.
void SweepJournal::start_journal(std::string_view request) {
  const fs::path fresh = journal_path_.string() + ".new";
  journal_ = open_file(fresh, "wb");
  write_all(journal_, fmt::format("{}\n", request), fresh);
  if (mark_.bytes > 0) append("", mark_);
  std::error_code status;
  fs::rename(fresh, journal_path_, status);
  if (status)
    throw Error(fmt::format("'{}' can't be written: {}", journal_path_.string(), status.message()));
}

SweepJournal::~SweepJournal() {
  if (rows_ != nullptr) std::fclose(rows_);
  if (journal_ != nullptr) std::fclose(journal_);
}

void SweepJournal::append(std::string_view rows, const SweepMark& mark) {
  if (is_finished()) return;
  write_all(rows_, rows, part_);
  const std::uint64_t bytes = mark_.bytes + rows.size();
  mark_ = mark;
  mark_.bytes = bytes;
  write_all(journal_,
            fmt::format("{} {} {} {} {}\n", mark_.points, mark_.bytes, mark_.rows, mark_.filtered,
                        mark_.unbuildable),
            journal_path_);
}

void SweepJournal::finish(std::string_view end) {
  std::error_code status;
  if (!is_finished()) {
    write_all(rows_, end, part_);  // unmarked: whoever resumes from here writes it again
    std::fclose(rows_);
    rows_ = nullptr;
    std::fclose(journal_);
    journal_ = nullptr;
    fs::rename(part_, file_, status);
    if (status)
      throw Error(fmt::format("'{}' can't be written: {}", file_.string(), status.message()));
  }
  fs::remove(journal_path_, status);
}

std::string fingerprint(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return fmt::format("{:016x}", hash);
}

}  // namespace archcost::sweep
