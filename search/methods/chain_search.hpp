// SPDX-License-Identifier: Apache-2.0
// The best point of a space too big to be counted through, where costs and objective add up along
// the chain of layers.
#pragma once

#include <string>

#include "search/methods/search.hpp"

namespace archcost::methods {

/// Whether the method holds for what is asked; else `why` says what stands in the way.
bool chain_applies(const SearchPlan& plan, std::string& why);

/// Fills in the best design and its proof. Only where chain_applies().
void chain_search(const SearchPlan& plan, const SearchOptions& options, SearchResult& result);

}  // namespace archcost::methods
