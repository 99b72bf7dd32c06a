// SPDX-License-Identifier: Apache-2.0
// How long a search takes, from a small part of it.
#pragma once

#include "search/methods/search.hpp"

namespace archcost::methods {

/// Seconds of a processor for an enumeration or an evolution of `evaluations` candidates: points
/// at several places, or two short evolutions, are run for about a second. Of slow costs the time
/// is not known: they count nothing.
double search_seconds(const SearchPlan& plan, const SearchOptions& options,
                      std::uint64_t evaluations);

}  // namespace archcost::methods
