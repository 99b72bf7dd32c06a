// SPDX-License-Identifier: Apache-2.0
// How far a search has come, as the record of a journal: to continue an enumeration after it was
// stopped or killed, and to join the parts that several machines searched.
#pragma once

#include <string>
#include <vector>

#include "search/methods/search.hpp"

namespace archcost::methods {

struct SearchState {
  sweep::SweepRange range;  ///< points of the part
  std::uint64_t done = 0;   ///< of them
  /// Of kEvolve: of how many parts this is one; `range` counts parts then. 0: an enumeration.
  std::uint64_t parts = 0;
  SearchTally tally;
  std::vector<Design> designs;  ///< the best so far
  std::vector<Design> nearest;
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
