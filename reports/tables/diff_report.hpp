// SPDX-License-Identifier: Apache-2.0
// What changes from one network to another, and what that does to the costs.
#pragma once

#include <string>

#include "cost/diff.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

/// Added, removed and changed layers with the change of their parameters and multiply-adds (runs of
/// equal layers as one row), then every cost of both and the difference.
Document diff_report(const graph::Network& left, const cost::CostTable& left_costs,
                     const graph::Network& right, const cost::CostTable& right_costs);
/// The same for machines, one table: a row for each layer, equal ones too, with the changes right
/// minus left.
Document diff_data(const graph::Network& left, const cost::CostTable& left_costs,
                   const graph::Network& right, const cost::CostTable& right_costs);
std::string diff_json(const graph::Network& left, const cost::CostTable& left_costs,
                      const graph::Network& right, const cost::CostTable& right_costs);

}  // namespace archcost::tables
