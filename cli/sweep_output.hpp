// SPDX-License-Identifier: Apache-2.0
// Where the rows of a sweep go: into a file that a killed process leaves in order, to standard
// output, or into memory, to be sorted and shown.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/sweep_request.hpp"
#include "reports/tables/sweep_report.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::cli {

/// Rows as text, in the order of the points.
class RowStream {
 public:
  /// To standard output when `file` is empty.
  RowStream(const std::string& file, const std::string& request, const std::string& header,
            bool resume);
  ~RowStream();
  RowStream(const RowStream&) = delete;
  RowStream& operator=(const RowStream&) = delete;
  std::uint64_t points_done() const { return journal_ ? journal_->mark().points : 0; }
  /// What earlier processes did.
  const sweep::SweepMark& mark() const { return mark_; }
  void add(const sweep::SweepChunk& chunk, std::uint64_t points);
  /// Everything so far is safe.
  void flush();
  /// All is done; `end` gives what follows the rows.
  void finish(const std::function<std::string(const sweep::SweepMark&)>& end);

 private:
  std::unique_ptr<sweep::SweepJournal> journal_;
  std::FILE* straight_ = nullptr;  // a device or a FIFO
  std::string pending_;
  sweep::SweepMark mark_;
  std::chrono::steady_clock::time_point written_;
};

/// Rows in memory, sorted when all are there.
class RowCollector {
 public:
  /// At most `top` rows are kept, 0: all. Throws Error when more than `most` would be kept, 0: no
  /// limit.
  RowCollector(const std::vector<sweep::SweepJob>& jobs, const SweepOrder& order, std::size_t top,
               std::size_t most)
      : jobs_(&jobs), order_(&order), top_(top), most_(most) {}
  void add(const sweep::SweepChunk& chunk);
  std::vector<tables::SweepRow> take();

 private:
  void sort_and_cut();
  const std::vector<sweep::SweepJob>* jobs_;
  const SweepOrder* order_;
  std::size_t top_, most_;
  std::vector<tables::SweepRow> rows_;
};

/// A line on standard error that tells how far the work is, when that is a terminal.
class Progress {
 public:
  Progress(std::uint64_t done, std::uint64_t total);
  ~Progress();
  void show(std::uint64_t done);
  /// Removes the line, before something else is printed.
  void clear();

 private:
  bool terminal_;
  std::uint64_t before_, total_;
  std::chrono::steady_clock::time_point start_, shown_;
  bool written_ = false;
};

}  // namespace archcost::cli
