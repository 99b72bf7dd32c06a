// SPDX-License-Identifier: Apache-2.0
// How far a search has come, as a text: to go on with an enumeration after it was stopped or
// killed, and to join the parts that several machines looked at.
#pragma once

#include <string>
#include <vector>

#include "search/methods/search.hpp"

namespace archcost::methods {

struct SearchState {
  std::string request;      ///< fingerprint of what was asked
  sweep::SweepRange range;  ///< points of the part
  std::uint64_t done = 0;   ///< of them
  /// Of kEvolve: of how many parts this is one; `range` counts parts then. 0: an enumeration.
  std::uint64_t parts = 0;
  SearchTally tally;
  std::vector<Design> designs;  ///< the best so far
  std::vector<Design> nearest;
};

std::string to_text(const SearchState& state);
/// `name` is what messages call it. Throws Error for another text, or that of another request.
SearchState read_search_state(const std::string& text, const std::string& name,
                              const std::string& request);

/// The result of the parts together, each looked at as a whole. Throws Error where parts are
/// missing, unfinished or overlap.
SearchResult join_parts(const SearchPlan& plan, const SearchOptions& options,
                        std::vector<SearchState> parts);

}  // namespace archcost::methods
