// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/cost_rows.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"

namespace archcost::tables {
namespace {

double sort_key(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  return 0;
}

void sort_rows(std::vector<ReportRow>& rows, const graph::Network& network,
               const cost::CostTable& costs, const CostReportOptions& options,
               const std::vector<cost::ReceptiveField>& fields) {
  const CostColumn& column = find_column(options.sort);
  check_column(column, by_layer(options), costs.options.roofline.has_value());
  if (column.format == kText || column.format == kNumberText) {
    throw Error(fmt::format("--sort {}: that column has no order; sort by a number", options.sort));
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const ReportRow& a, const ReportRow& b) {
    return sort_key(column.value({network, costs, a.cost, a.layer, fields})) >
           sort_key(column.value({network, costs, b.cost, b.layer, fields}));
  });
}

}  // namespace

double ratio(Count a, Count b) {
  return b == Count(0) ? 0 : static_cast<double>(a.value()) / static_cast<double>(b.value());
}

bool by_layer(const CostReportOptions& options) {
  return options.grouping == cost::Grouping::kLayer && !options.depth;
}

ReportRows report_rows(const graph::Network& network, const cost::CostTable& costs,
                       const CostReportOptions& options,
                       const std::vector<cost::ReceptiveField>& fields) {
  ReportRows rows;
  for (cost::CostRow& cost : cost::group(network, costs, options.grouping, options.depth)) {
    const int layer = by_layer(options) ? static_cast<int>(rows.shown.size()) : -1;
    rows.shown.push_back({std::move(cost), layer});
  }
  if (!options.sort.empty()) sort_rows(rows.shown, network, costs, options, fields);
  if (!options.top || *options.top >= rows.shown.size()) return rows;
  const std::size_t left_out = rows.shown.size() - *options.top;
  rows.others.emplace();
  rows.others->name = fmt::format("{} other{}", left_out, left_out == 1 ? "" : "s");
  rows.others->layers = 0;
  for (std::size_t k = *options.top; k < rows.shown.size(); ++k) *rows.others += rows.shown[k].cost;
  rows.shown.resize(*options.top);
  return rows;
}

}  // namespace archcost::tables
