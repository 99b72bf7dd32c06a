// SPDX-License-Identifier: Apache-2.0
// The facts behind a network's costs, in sentences and numbers.
#pragma once

#include <string>

#include "cost/explain.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

/// Each kind of layer with its closed formula and share; then the effect of separation, groups,
/// channel shuffle and squeeze-and-excitation on this network, and the conclusion.
Document explain_report(const graph::Network& network, const cost::CostTable& costs,
                        const cost::Scalings& scalings);
/// The same facts as JSON; facts that don't apply (pairs, groups, shuffles, gates) are
/// left out.
std::string explain_json(const graph::Network& network, const cost::CostTable& costs,
                         const cost::Scalings& scalings);

}  // namespace archcost::tables
