// SPDX-License-Identifier: Apache-2.0
#include "cli/column_output.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <sstream>

#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::cli {
namespace {

namespace fs = std::filesystem;
using ColumnClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kColumnWait{200};

std::string checked_journal(const std::string& folder, bool resume) {
  const std::string part = folder + ".part";
  std::string journal = folder + ".journal";
  std::error_code status;
  const bool unfinished = fs::exists(part, status) && fs::exists(journal, status);
  if (!resume && unfinished)
    throw Error(
        fmt::format("'{}' holds an unfinished sweep; continue with --resume, or remove it and '{}'",
                    part, journal));
  if (!unfinished) fs::remove(journal, status);  // without its rows it tells nothing
  return journal;
}

}  // namespace

ColumnStream::ColumnStream(const std::string& folder, const std::string& request,
                           std::vector<sweep::ColumnType> columns, bool resume)
    : folder_(folder),
      columns_(std::move(columns)),
      journal_(checked_journal(folder, resume), "sweep", request, resume),
      written_(ColumnClock::now()) {
  std::error_code status;
  if (fs::exists(folder_, status)) {
    if (!fs::is_directory(folder_, status))
      throw Error(fmt::format("-o {}: --format npy writes a folder, and this is a file", folder_));
    sweep::check_replaceable_columns(folder_, columns_);
  }
  if (journal_.records().empty())
    files_.emplace(folder_, columns_, 0, std::vector<std::uint32_t>());
  else
    continue_after(journal_.records().back());
}

void ColumnStream::continue_after(const std::string& record) {
  std::istringstream in(record);
  std::vector<std::uint32_t> checksums(columns_.size());
  in >> mark_.points >> mark_.rows >> mark_.filtered >> mark_.unbuildable >> std::hex;
  for (std::uint32_t& sum : checksums) in >> sum;
  if (!in) throw Error(fmt::format("'{}.journal' is damaged: '{}'", folder_, shorten(record, 40)));
  files_.emplace(folder_, columns_, mark_.rows, std::move(checksums));
}

void ColumnStream::add(const sweep::SweepChunk& chunk, std::uint64_t points) {
  const std::uint64_t rows = chunk.rows.count(engine::PointState::kRow);
  std::size_t begin = 0;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const std::size_t bytes = rows * columns_[c].bytes;
    files_->append(c, std::string_view(chunk.text).substr(begin, bytes));
    begin += bytes;
  }
  mark_.points = points;
  mark_.rows += rows;
  mark_.filtered += chunk.rows.count(engine::PointState::kFiltered);
  mark_.unbuildable += chunk.rows.count(engine::PointState::kUnbuildable);
  if (ColumnClock::now() - written_ > kColumnWait) flush();
}

void ColumnStream::flush() {
  files_->flush();
  std::string record =
      fmt::format("{} {} {} {}", mark_.points, mark_.rows, mark_.filtered, mark_.unbuildable);
  for (const std::uint32_t sum : files_->checksums()) record += fmt::format(" {:x}", sum);
  journal_.append(record);
  written_ = ColumnClock::now();
}

void ColumnStream::finish(const sweep::PartHead& head) {
  flush();
  files_->finish(head, mark_.rows);
  journal_.remove();
}

bool is_complete_folder(const std::string& folder, const sweep::PartHead& head) {
  std::error_code status;
  if (!fs::is_directory(folder, status)) return false;
  try {
    const sweep::ColumnsIndex index = sweep::read_columns_index(folder);
    if (!sweep::is_same_part(index.head, head)) return false;
    for (std::size_t c = 0; c < index.columns.size(); ++c)
      sweep::read_column(folder, index, c, [](std::string_view) {});
  } catch (const Error&) {  // damaged
    return false;
  }
  fs::remove(folder + ".journal", status);  // of a process that was killed before it did
  print_note("'{}' is part {} already, and complete", folder, sweep::to_text(head.shard));
  return true;
}

}  // namespace archcost::cli
