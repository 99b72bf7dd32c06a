// SPDX-License-Identifier: Apache-2.0
// The last designs of a search, measured: what was predicted gives way to what is.
#pragma once

#include <functional>
#include <optional>

#include "search/methods/search.hpp"

namespace archcost::methods {

/// Designs are measured, the first ones first, until `count` of them meet the limits with the
/// measured figure; the others go. Designs that break a limit are left out (where none is left,
/// they are result.nearest), those that can't be measured keep their predicted figure and are
/// counted in result.unmeasured. The front is made anew, and result.corrected says what changed.
/// The figure takes the place of the quantity of that name, or, where the plan has none, stands in
/// Design::measured alone.
void remeasure_top(
    const SearchPlan& plan, SearchResult& result, std::size_t count, std::string_view name,
    const std::function<std::optional<space::Uncertain>(const graph::Network&)>& measure);

/// Whether the design meets all limits by the figures that it has.
bool meets_limits(const SearchPlan& plan, Design& design);

}  // namespace archcost::methods
