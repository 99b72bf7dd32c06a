// Where a network's costs come from, in words and numbers.
#pragma once

#include <string>

#include "cost/explain.hpp"
#include "reports/document/table.hpp"

namespace archcost {

/// Each kind of layer with its closed formula and share; then what separating, grouping, shuffling
/// and gating do to this network, and the conclusion.
Document explain_report(const Network& network, const CostTable& costs, const Scalings& scalings);
/// The same facts as JSON; what a network doesn't have (pairs, groups, shuffles, gates) is left
/// out.
std::string explain_json(const Network& network, const CostTable& costs, const Scalings& scalings);

}  // namespace archcost
