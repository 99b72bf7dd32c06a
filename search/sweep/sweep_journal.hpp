// SPDX-License-Identifier: Apache-2.0
// A sweep's results on their way into a file, so that nothing finished is lost: FILE.part holds the
// rows so far, FILE.journal how far they reach. A process that is killed at any moment leaves both;
// the next one goes on from there.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace archcost::sweep {

/// What has been written.
struct SweepMark {
  std::uint64_t points = 0;  ///< of the range, from its first on
  std::uint64_t bytes = 0;   ///< of FILE.part
  std::uint64_t rows = 0, filtered = 0, unbuildable = 0;
};

class SweepJournal {
 public:
  /// Starts anew with `header`, or goes on after the last mark when `resume`. `request` identifies
  /// the sweep. Throws Error: the file exists and isn't to be overwritten by resuming, another
  /// request's journal, not writable.
  SweepJournal(const std::filesystem::path& file, std::string_view request, std::string_view header,
               bool resume);
  ~SweepJournal();
  SweepJournal(const SweepJournal&) = delete;
  SweepJournal& operator=(const SweepJournal&) = delete;

  const SweepMark& mark() const { return mark_; }
  /// Appends rows, then says that the range is done up to `mark.points`.
  void append(std::string_view rows, const SweepMark& mark);
  /// `end` stands behind the rows, the part becomes the file, the journal goes.
  void finish(std::string_view end);

 private:
  bool is_finished() const { return rows_ == nullptr; }
  void start_journal(std::string_view request);

  std::filesystem::path file_, part_, journal_path_;
  std::FILE* rows_ = nullptr;
  std::FILE* journal_ = nullptr;
  SweepMark mark_;
};

/// 16 hexadecimal digits that differ for different texts.
std::string fingerprint(std::string_view text);

}  // namespace archcost::sweep
