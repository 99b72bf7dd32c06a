// SPDX-License-Identifier: Apache-2.0
// Every point of a search's spaces, by the sweep's engine.
#pragma once

#include "search/methods/collector.hpp"
#include "search/methods/search.hpp"

namespace archcost::methods {

/// Looks at options.range, or at all. `after` is called now and then with the number of points of
/// the range that are done. False when it was stopped.
bool enumerate(const SearchPlan& plan, const SearchOptions& options, Collector& collector,
               const std::function<void(std::uint64_t done)>& after = {});

}  // namespace archcost::methods
