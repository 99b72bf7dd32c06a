// SPDX-License-Identifier: Apache-2.0
// Where the best design leaves much of a limit unused, and values between those that were tried
// leave less.
#pragma once

#include <string>

#include "search/methods/search.hpp"

namespace archcost::methods {

/// Where the best design of one objective uses less than 60 % of a limit on a cost, and values
/// between the spec's own ones would use more and be better: how to vary them. Else empty.
std::string unused_limit_hint(const SearchPlan& plan, const SearchResult& result);

}  // namespace archcost::methods
