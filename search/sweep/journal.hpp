// SPDX-License-Identifier: Apache-2.0
// What long work has finished, in a file, so that a process that is killed at any moment loses
// nothing that was written: sweeps, searches and their measured figures all use this journal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/file_lock.hpp"

namespace archcost::sweep {

/// The records of a journal's text; `name` is what messages call it. Throws Error: of another kind
/// of work, another request or another version.
std::vector<std::string> read_journal(const std::string& text, std::string_view name,
                                      std::string_view kind, std::string_view request);

/// A text file. Its first line names the format, the kind of work and the request; each further
/// line is a record. A last line without a line break was cut off and does not count.
class Journal {
 public:
  /// With `resume` the records of an earlier run are kept; without it the file must not exist.
  /// `kind`: "sweep", "search". The first record creates the file. Throws Error: the file exists,
  /// belongs to another request or another version, or another process writes it.
  Journal(std::filesystem::path file, std::string_view kind, std::string_view request, bool resume);

  /// Of earlier runs.
  const std::vector<std::string>& records() const { return records_; }
  /// Adds one line. Throws Error when it can't be written.
  void append(std::string_view record);
  /// The file holds this record alone then, whole or not at all.
  void replace(std::string_view record);
  /// Closes and removes the file.
  void remove();

 private:
  std::filesystem::path file_;
  FileLock lock_;
  std::string first_line_;
  std::vector<std::string> records_;
  std::ofstream out_;
};

/// How far the rows of a sweep reach.
struct SweepMark {
  std::uint64_t points = 0;  ///< of the range, from its first on
  std::uint64_t bytes = 0;   ///< of FILE.part
  std::uint64_t rows = 0, filtered = 0, unbuildable = 0;
  std::uint32_t checksum = 0;  ///< of these bytes; see part_file.hpp

  /// `text` follows what there is.
  void add_bytes(std::string_view text);
};

/// The rows of a sweep on their way into FILE: FILE.part holds those so far, FILE.journal how far
/// they reach.
class SweepJournal {
 public:
  /// Starts anew with `header`, or continues after the last mark when `resume`. `request`
  /// identifies the sweep. Throws Error as Journal does.
  SweepJournal(const std::filesystem::path& file, std::string_view request, std::string_view header,
               bool resume);

  const SweepMark& mark() const { return mark_; }
  /// Appends rows, then records that the range is done up to `mark.points`. The bytes of `mark` and
  /// their checksum are computed.
  void append(std::string_view rows, const SweepMark& mark);
  /// `end` follows the rows, the part becomes the file, the journal is removed.
  void finish(std::string_view end);

 private:
  void write(std::string_view text);

  std::filesystem::path file_, part_;
  Journal journal_;
  std::ofstream rows_;  // closed: the file is whole already
  SweepMark mark_;
};

/// 16 hexadecimal digits that differ for different texts.
std::string fingerprint(std::string_view text);

}  // namespace archcost::sweep
