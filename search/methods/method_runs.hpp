// SPDX-License-Identifier: Apache-2.0
// The methods of a search: each brings candidates to a collector.
#pragma once

#include <functional>
#include <string>

#include "search/methods/collector.hpp"
#include "search/methods/search.hpp"

namespace archcost::methods {

/// Every point of options.range, or all, by the sweep's engine. `after` is called now and then with
/// the number of points of the range that are done. False when it was stopped.
bool enumerate(const SearchPlan& plan, const SearchOptions& options, Collector& collector,
               const std::function<void(std::uint64_t done)>& after = {});

/// What enumerate() does with each chunk of points: judges them and tells the collector.
std::function<void(const sweep::SweepChunk&, std::uint64_t done)> enumeration_consumer(
    const SearchPlan& plan, Collector& collector);

/// Whether the chain holds for what is asked; else `why` says why not.
bool chain_applies(const SearchPlan& plan, std::string& why);
/// The best point of a space too big to be counted through, where costs and objective add up along
/// the chain of layers, and its proof. Only where chain_applies().
void chain_search(const SearchPlan& plan, const SearchOptions& options, SearchResult& result);

/// NSGA-II over the points of the spaces, feasible designs first, every job with an equal share of
/// options.evaluations; the result depends on the seed, not on the threads. Returns why it ended;
/// `whole` becomes false when it was stopped. With options.before it continues to the result of one
/// run.
/// Source: Deb et al. 2002, doi:10.1109/4235.996017: ranks of non-dominated sorting, crowding
/// distance, constrained domination. Besides, everything that was found non-dominated is kept, and
/// takes part as parents; some children are neighbours of such designs, some are anywhere; steps
/// have heavy tails (Doerr et al. 2017, doi:10.1145/3071178.3071301); no point is looked at twice.
std::string evolve(const SearchPlan& plan, const SearchOptions& options, Collector& collector,
                   bool& whole);

}  // namespace archcost::methods
