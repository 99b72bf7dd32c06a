// SPDX-License-Identifier: Apache-2.0
// Rows of a sweep on their way into a folder of columns, which a killed process leaves in order.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "search/sweep/column_files.hpp"
#include "search/sweep/sweep_run.hpp"

namespace archcost::cli {

/// FOLDER.part has the columns so far, FOLDER.journal says how far they reach.
class ColumnStream {
 public:
  /// Throws Error: the folder can't be written, or holds an unfinished sweep and `resume` isn't
  /// set.
  ColumnStream(const std::string& folder, const std::string& request,
               std::vector<sweep::ColumnType> columns, bool resume);

  std::uint64_t points_done() const { return mark_.points; }
  const sweep::SweepMark& mark() const { return mark_; }
  /// The text of the chunk has the values, column by column.
  void add(const sweep::SweepChunk& chunk, std::uint64_t points);
  void flush();
  void finish(const sweep::PartHead& head);

 private:
  void continue_after(const std::string& record);

  std::string folder_;
  std::vector<sweep::ColumnType> columns_;
  sweep::Journal journal_;
  std::optional<sweep::ColumnFiles> files_;  // made by the constructor
  sweep::SweepMark mark_;                    // its bytes aren't counted
  std::chrono::steady_clock::time_point written_;
};

/// As is_complete_part() for a folder of columns. Removes a journal that is left beside it.
bool is_complete_folder(const std::string& folder, const sweep::PartHead& head);

}  // namespace archcost::cli
