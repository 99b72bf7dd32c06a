// SPDX-License-Identifier: Apache-2.0
// The rows and columns of a cost table. A column is a row of a table of names, formats and
// functions. Rows are grouped, sorted and cut as requested, the same for tables and for JSON.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cost/cost_table.hpp"
#include "cost/receptive_field.hpp"
#include "reports/tables/names.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {

/// What a column may read: a row, the total, and for rows by layer the layer itself.
struct ColumnContext {
  const graph::Network& network;
  const cost::CostTable& costs;
  const cost::CostRow& row;
  int layer = -1;  ///< index in the network; -1 for a sum of layers
  const std::vector<cost::ReceptiveField>& fields;
};

/// What a column has values for.
enum class Needs {
  kNothing,
  kLayer,     ///< rows by layer; empty for sums
  kRoofline,  ///< a roofline in the table's options
  kLayerAndRoofline,
};

struct CostColumn {
  std::string_view name;   ///< "macs", "macs_share"
  std::string_view title;  ///< as shown
  Format format;
  std::string_view help;
  Cell (*value)(const ColumnContext&);
  Needs needs = Needs::kNothing;
};

std::span<const CostColumn> cost_columns();
/// Throws Error for an unknown name, with the nearest.
const CostColumn& find_column(std::string_view name);
/// Throws Error, with advice, where the column would be empty.
void check_column(const CostColumn& column, bool by_layer, bool roofline);
/// The column that a share is a share of; null for the others.
const CostColumn* base_of(const CostColumn& column);

/// 0 where the second is 0.
double ratio(Count a, Count b);
/// In percent; 0 where the whole is 0.
double share(Count part, Count whole);

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
