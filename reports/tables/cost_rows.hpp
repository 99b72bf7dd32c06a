// SPDX-License-Identifier: Apache-2.0
// The rows of a cost table: grouped, sorted and cut as asked, the same for tables and for JSON.
#pragma once

#include <optional>
#include <vector>

#include "cost/receptive_field.hpp"
#include "reports/tables/cost_report.hpp"

namespace archcost::tables {

/// 0 where the second is 0.
double ratio(Count a, Count b);

/// Whether the rows are single layers.
bool by_layer(const CostReportOptions& options);

struct ReportRow {
  cost::CostRow cost;
  int layer = -1;  ///< index in the network; -1 for a sum of layers
};

struct ReportRows {
  std::vector<ReportRow> shown;
  std::optional<cost::CostRow>
      others;  ///< the sum of the rows that --top leaves out, named "3 others"
};

/// Throws Error when the rows can't be sorted by that column.
ReportRows report_rows(const graph::Network& network, const cost::CostTable& costs,
                       const CostReportOptions& options,
                       const std::vector<cost::ReceptiveField>& fields);

}  // namespace archcost::tables
