// SPDX-License-Identifier: Apache-2.0
// How far a search has come, as the record of a journal: to continue an enumeration or an evolution
// after it was stopped or killed, and to join the parts that several machines searched.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/methods/ranking.hpp"
#include "search/methods/search.hpp"

namespace archcost::methods {

/// Between two generations. With it and the collected designs an evolution continues as if it had
/// not been stopped.
struct EvolutionState {
  std::size_t job = 0;       ///< those before it are done
  std::string ended;         ///< why these ended
  int idle = 0;              ///< generations without a new design of the front
  std::uint64_t random = 0;  ///< random numbers that were used
  std::vector<Individual> parents;
  std::uint64_t points = 0;    ///< of this job that were looked at
  std::uint32_t checksum = 0;  ///< of `known`, set by SearchJournal
  /// These points: the index of each axis's value. Not in the text; SearchJournal keeps them.
  std::span<const std::uint32_t> known;
};

struct SearchState {
  sweep::SweepRange range;  ///< points of the part
  std::uint64_t done = 0;   ///< of them
  /// Of kEvolve: of how many parts this is one; `range` counts parts then. 0: an enumeration.
  std::uint64_t parts = 0;
  SearchTally tally;
  std::vector<Design> designs;  ///< the best so far
  std::vector<Design> nearest;
  std::optional<EvolutionState> evolution;  ///< of an unfinished one
  bool asked_slow = true;                   ///< a slow cost was asked for
};

/// One line.
std::string to_text(const SearchState& state);
/// The last of the records; `name` is what messages call them. Throws Error where there is none, or
/// one that no search of this plan writes.
SearchState read_search_state(const SearchPlan& plan, const std::vector<std::string>& records,
                              const std::string& name);

/// The result of the parts together, each looked at as a whole. Throws Error where parts are
/// missing, unfinished or overlap.
SearchResult join_parts(const SearchPlan& plan, const SearchOptions& options,
                        std::vector<SearchState> parts);

}  // namespace archcost::methods
