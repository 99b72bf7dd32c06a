// SPDX-License-Identifier: Apache-2.0
// The cost table of a network, as a document and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cost/cost_table.hpp"
#include "graph/network.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

enum class Detail {
  kPeople,  ///< the columns that fit a terminal
  kData,    ///< every counter, raw
};

/// Which rows and columns a cost table shows.
struct CostReportOptions {
  cost::Grouping grouping = cost::Grouping::kLayer;
  std::optional<int> depth;          ///< group by that many parts of the names
  std::string sort;                  ///< a column, largest first; empty: the order of execution
  std::optional<std::size_t> top;    ///< only so many rows; the rest is summed up in one
  std::vector<std::string> columns;  ///< empty: the default of the grouping
  Detail detail = Detail::kPeople;
};

/// A table by layer, kind, stage or block, with shares and totals. Throws Error for an unknown
/// column.
Document cost_report(const graph::Network& network, const cost::CostTable& costs,
                     const CostReportOptions& options);

/// {"spec", "parameters", "input", "convention", "totals", "layers": [...]} and, when grouped,
/// "groups". `sort` and `top` hold for the groups, or else for the layers; what `top` leaves out is
/// summed up in "others". The keys are a contract: more may come, none is renamed.
std::string cost_json(const graph::Network& network, const cost::CostTable& costs,
                      const CostReportOptions& options);

/// "α 1   ρ 1   3x224x224   batch 1": the parameters with a symbol and those that aren't at their
/// defaults.
std::string describe_setting(const graph::Network& network);

}  // namespace archcost::tables
