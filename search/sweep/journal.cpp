// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/journal.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>
#include <system_error>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "search/sweep/part_file.hpp"

namespace archcost::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "archcost journal 2";

std::string journal_head(std::string_view kind, std::string_view request) {
  return fmt::format("{} {} {}", kFormat, kind, request);
}

void add_line(std::ofstream& out, std::string_view line, const fs::path& path) {
  errno = 0;
  if (out << line << '\n' << std::flush) return;
  throw Error(
      fmt::format("'{}' can't be written: {}; what is finished is in it: --resume continues",
                  path.string(), std::strerror(errno)));
}

// Cuts off what is behind these bytes.
void cut_off(const fs::path& file, std::uintmax_t bytes) {
  std::error_code status;
  fs::resize_file(file, bytes, status);
  if (status)
    throw Error(fmt::format("'{}' can't be written: {}", file.string(), status.message()));
}

// "3 120 3 0 0 1f2e", as SweepJournal::append() writes it; nothing for other records.
std::optional<SweepMark> mark_of(std::string_view record) {
  SweepMark mark;
  const std::vector<std::string> fields = split(record, ' ');
  std::uint64_t* numbers[] = {&mark.points, &mark.bytes, &mark.rows, &mark.filtered,
                              &mark.unbuildable};
  if (fields.size() != std::size(numbers) + 1) return {};
  for (std::size_t k = 0; k < std::size(numbers); ++k) {
    const char* end = fields[k].data() + fields[k].size();
    const auto [read_to, error] = std::from_chars(fields[k].data(), end, *numbers[k]);
    if (error != std::errc{} || read_to != end) return {};
  }
  const std::string& last = fields.back();
  const char* end = last.data() + last.size();
  const auto [read_to, error] = std::from_chars(last.data(), end, mark.checksum, 16);
  if (error != std::errc{} || read_to != end) return {};
  return mark;
}

// What is done: of a part that lost its end, as by a failure of the power, the last record whose
// rows are there. A finished file (no part) has all rows or none.
SweepMark last_mark(const std::vector<std::string>& records, const fs::path& rows, bool is_part) {
  std::error_code status;
  if (!fs::exists(rows, status)) return {};
  const std::uintmax_t bytes = fs::file_size(rows, status);
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    const std::optional<SweepMark> mark = mark_of(*record);
    if (mark && mark->bytes <= bytes) return *mark;
    if (!is_part) break;
  }
  return {};
}

fs::path checked(const fs::path& journal, const fs::path& part, const fs::path& file, bool resume) {
  std::error_code status;
  if (fs::exists(file, status) && !fs::is_regular_file(file, status))
    throw Error(fmt::format("'{}' is not a regular file: rows can't replace it", file.string()));
  const bool has_part = fs::exists(part, status);
  if (!resume && has_part && fs::exists(journal, status)) {
    throw Error(
        fmt::format("'{}' holds an unfinished sweep; continue with --resume, or remove it and '{}'",
                    part.string(), journal.string()));
  }
  if (!resume && !has_part) fs::remove(journal, status);
  return journal;
}

}  // namespace

std::vector<std::string> read_journal(const std::string& text, std::string_view name,
                                      std::string_view kind, std::string_view request) {
  std::vector<std::string> lines = split(text, '\n');
  lines.pop_back();  // what follows the last line break was being written
  if (lines.empty()) return {};
  if (!lines.front().starts_with(fmt::format("{} {} ", kFormat, kind)))
    throw Error(fmt::format(
        "'{}' is no journal of a {}, or one of another version of archcost: remove it and start "
        "again",
        name, kind));
  if (lines.front() != journal_head(kind, request))
    throw Error(
        fmt::format("'{}' belongs to another {}: only the same command continues it", name, kind));
  lines.erase(lines.begin());
  return lines;
}

Journal::Journal(fs::path file, std::string_view kind, std::string_view request, bool resume)
    : file_(std::move(file)),
      lock_(file_.string() + ".lock"),
      first_line_(journal_head(kind, request)) {
  if (lock_.is_taken())
    throw Error(
        fmt::format("another process writes '{}': wait for its end, or stop it", file_.string()));
  std::error_code status;
  if (fs::exists(file_, status)) {
    if (!resume)
      throw Error(
          fmt::format("'{}' holds an unfinished {}: continue with --resume, or remove it to start "
                      "again",
                      file_.string(), kind));
    const std::string text = read_text_file(file_);
    records_ = read_journal(text, file_.string(), kind, request);
    cut_off(file_, text.rfind('\n') + 1);
  }
}

void Journal::append(std::string_view record) {
  if (!out_.is_open()) {
    std::error_code status;
    const bool fresh = !fs::exists(file_, status) || fs::file_size(file_, status) == 0;
    out_.open(file_, std::ios::app | std::ios::binary);
    if (fresh) add_line(out_, first_line_, file_);
  }
  add_line(out_, record, file_);
}

void Journal::replace(std::string_view record) {
  const fs::path fresh = file_.string() + ".new";
  std::error_code status;
  errno = 0;
  std::ofstream out(fresh, std::ios::binary);
  if (out << first_line_ << '\n' << record << '\n' << std::flush)
    fs::rename(fresh, file_, status);
  else
    status = {errno, std::generic_category()};
  if (!status) {
    out_ = std::move(out);
    return;
  }
  const std::string reason = status.message();
  fs::remove(fresh, status);
  throw Error(fmt::format("'{}' can't be written: {}", file_.string(), reason));
}

void Journal::remove() {
  out_.close();
  std::error_code status;
  fs::remove(file_, status);
}

void SweepMark::add_bytes(std::string_view text) {
  bytes += text.size();
  checksum = sweep::checksum(text, checksum);
}

SweepJournal::SweepJournal(const fs::path& file, std::string_view request, std::string_view header,
                           bool resume)
    : file_(file),
      part_(file.string() + ".part"),
      journal_(checked(file.string() + ".journal", part_, file, resume), "sweep", request, resume) {
  std::error_code status;
  const bool has_part = fs::exists(part_, status);
  if (!journal_.records().empty()) {
    const std::string& last = journal_.records().back();
    if (!mark_of(last))
      throw Error(fmt::format("'{}.journal' is damaged: '{}'", file.string(), shorten(last, 40)));
    mark_ = last_mark(journal_.records(), has_part ? part_ : file_, has_part);
    if (mark_.bytes > 0 &&
        !has_part)  // killed after its last step but one: only the journal is left
      return;
  }
  const bool resumes = mark_.bytes > 0;
  if (resumes) cut_off(part_, mark_.bytes);
  rows_.open(part_, resumes ? std::ios::app | std::ios::binary : std::ios::binary);
  if (!rows_)
    throw Error(fmt::format("'{}' can't be written: {}", part_.string(), std::strerror(errno)));
  if (!resumes) append(header, {});
}

void SweepJournal::write(std::string_view text) {
  if (rows_ << text << std::flush) return;
  throw Error(
      fmt::format("'{}' can't be written: {}; what is finished is in it: --resume continues",
                  part_.string(), std::strerror(errno)));
}

void SweepJournal::append(std::string_view rows, const SweepMark& mark) {
  if (!rows_.is_open()) return;
  write(rows);
  const SweepMark before = mark_;
  mark_ = mark;
  mark_.bytes = before.bytes;
  mark_.checksum = before.checksum;
  mark_.add_bytes(rows);
  journal_.append(fmt::format("{} {} {} {} {} {:x}", mark_.points, mark_.bytes, mark_.rows,
                              mark_.filtered, mark_.unbuildable, mark_.checksum));
}

void SweepJournal::finish(std::string_view end) {
  if (rows_.is_open()) {
    write(end);  // no record of it: a resumed run writes it again
    rows_.close();
    std::error_code status;
    fs::rename(part_, file_, status);
    if (status)
      throw Error(fmt::format("'{}' can't be written: {}", file_.string(), status.message()));
  }
  journal_.remove();
}

std::string fingerprint(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return fmt::format("{:016x}", hash);
}

}  // namespace archcost::sweep
