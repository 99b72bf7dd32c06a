// Where a network's costs come from, in words and numbers.
#pragma once

#include "cost/cost_table.hpp"
#include "reports/table.hpp"

namespace archcost {

/// Each kind of layer with its closed formula and share; then what separating, grouping, shuffling
/// and gating do to this network, and the conclusion.
Document explain_report(const Network& network, const CostTable& costs);

}  // namespace archcost
