// SPDX-License-Identifier: Apache-2.0
// The columns of cost tables: each a name, how it is shown and where its value comes from.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cost/cost_table.hpp"
#include "cost/receptive_field.hpp"
#include "reports/tables/names.hpp"

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

}  // namespace archcost::tables
