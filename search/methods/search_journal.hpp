// SPDX-License-Identifier: Apache-2.0
// The state of a search in files, so that a process that is killed at any moment can go on later.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/methods/search_state.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::methods {

/// FILE.state holds the last state. Of an evolution FILE.points-J holds the points of job J that
/// were looked at, from 1 on: each as the indices of its values, 32-bit numbers in the byte order
/// of the machine. Points are only appended; the state says how many count, and their checksum.
class SearchJournal {
 public:
  /// Throws Error as sweep::Journal does, and for a damaged state. Where points are damaged or
  /// missing, as by a failure of the power, the search begins again: see damage().
  SearchJournal(const SearchPlan& plan, std::filesystem::path file, std::string_view request,
                bool resume);

  /// The state of an earlier run; null: there is none. Its known points are valid until save().
  const SearchState* before() const { return before_ ? &*before_ : nullptr; }
  /// Which file was damaged and how, as a sentence; empty: none.
  const std::string& damage() const { return damage_; }
  std::filesystem::path state_file() const;
  /// Throws Error when it can't be written.
  void save(SearchState state);
  /// Closes and removes the files.
  void remove();
  /// Removes what a search left that was killed before it could.
  static void remove_files(const SearchPlan& plan, const std::filesystem::path& file);

 private:
  std::filesystem::path points_file(std::size_t job) const;
  bool read_points(EvolutionState& evolution);
  void save_points(EvolutionState& evolution);

  const SearchPlan* plan_;
  std::filesystem::path file_;
  sweep::Journal journal_;
  std::optional<SearchState> before_;
  std::string damage_;
  std::vector<std::uint32_t> known_;  // of before_
  std::ofstream points_;              // of points_job_, with `saved_` indices
  std::size_t points_job_ = 0, saved_ = 0;
  std::uint32_t checksum_ = 0;
};

}  // namespace archcost::methods
