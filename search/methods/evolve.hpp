// SPDX-License-Identifier: Apache-2.0
// NSGA-II over the points of a search's spaces, feasible designs first.
// Source: Deb et al. 2002, doi:10.1109/4235.996017: ranks of non-dominated sorting, crowding
// distance, constrained domination. Beside it: everything that was found non-dominated is kept, and
// takes part as parents; some children are neighbours of such designs, some are anywhere; steps
// have heavy tails (Doerr et al. 2017, doi:10.1145/3071178.3071301); no point is looked at twice.
#pragma once

#include <string>
#include <vector>

#include "search/methods/collector.hpp"
#include "search/methods/search.hpp"

namespace archcost::methods {

/// Searches every job with an equal share of options.evaluations; the result depends on the seed,
/// not on the threads. Returns why it ended; `whole` becomes false when it was stopped.
std::string evolve(const SearchPlan& plan, const SearchOptions& options, Collector& collector,
                   bool& whole);

}  // namespace archcost::methods
