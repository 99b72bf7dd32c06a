// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/kernel_rows.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::tables {
namespace {

std::optional<double> share_of(double part, double whole) {
  return value_if(whole > 0 && part > 0, 100 * part / whole);
}

std::string sorted_text(const std::set<std::string>& names) {
  return join({names.begin(), names.end()}, ", ");
}

struct KernelColumn {
  Column column;
  Cell (*value)(const KernelRow& row, const KernelRow& total);
};

using Row = const KernelRow&;

// The total has no shares of itself.
const std::vector<KernelColumn>& kernel_columns() {
  static const std::vector<KernelColumn> kColumns = {
      {{"kind", "kind"}, [](Row row, Row) -> Cell { return row.what; }},
      {{"kernels", "kernels", kInteger}, [](Row row, Row) -> Cell { return row.kernels; }},
      {{"macs", "macs", kCount},
       [](Row row, Row) -> Cell {
         return value_if(row.macs > 0, static_cast<std::int64_t>(row.macs));
       }},
      {{"macs_share", "macs %", kPercent},
       [](Row row, Row total) -> Cell {
         return share_of(&row == &total ? 0 : row.macs, total.macs);
       }},
      {{"seconds", "time", kSeconds},
       [](Row row, Row) -> Cell { return value_if(row.ran(), row.seconds); }},
      {{"seconds_share", "time %", kPercent},
       [](Row row, Row total) -> Cell {
         return share_of(&row == &total ? 0 : row.seconds, total.seconds);
       }},
      {{"spread_percent", "± %", kPercent},
       [](Row row, Row) -> Cell {
         return value_if(row.ran() && row.spread > 0, 100 * row.spread);
       }},
      {{"gflops", "GFLOP/s", kNumber},
       [](Row row, Row) -> Cell {
         return value_if(row.ran() && row.macs > 0, 2 * row.macs / row.seconds / 1e9);
       }},
      {{"intensity", "ops/byte", kNumber},
       [](Row row, Row) -> Cell { return value_if(row.macs > 0, 2 * row.macs / row.bytes); }},
      {{"roof_share", "of roof %", kPercent},
       [](Row row, Row) -> Cell {
         return row.ran() ? share_of(row.roof_seconds, row.seconds) : std::nullopt;
       }},
      {{"bound", "bound by", kText, 0, 12, false, false, true},
       [](Row row, Row) -> Cell { return sorted_text(row.bounds); }},
      {{"figure", "figure"}, [](Row row, Row) -> Cell { return sorted_text(row.figures); }},
      {{"implementation", "kernel", kText, 0, 12, true},
       [](Row row, Row) -> Cell {
         return row.faults.empty() ? join(row.implementations, ", ")
                                   : "failed: " + join(row.faults, ", ");
       }},
  };
  return kColumns;
}

void add(KernelRow& sum, const KernelRow& row) {
  sum.kernels += row.kernels;
  sum.macs += row.macs;
  sum.bytes += row.bytes;
  sum.seconds += row.seconds;
  sum.roof_seconds += row.roof_seconds;
  sum.bounds.insert(row.bounds.begin(), row.bounds.end());
  sum.figures.insert(row.figures.begin(), row.figures.end());
  for (const std::string& name : row.implementations) {
    if (std::ranges::find(sum.implementations, name) == sum.implementations.end())
      sum.implementations.push_back(name);
  }
  sum.faults.insert(sum.faults.end(), row.faults.begin(), row.faults.end());
}

}  // namespace

std::string kernel_name(const graph::Network& network, graph::LayerId main, bool reorder) {
  const std::string& name = network.layers[main].name;
  return reorder ? "reorder for " + name : name;
}

std::string kernel_class(const graph::Network& network, graph::LayerId main, bool reorder) {
  return reorder ? "reorder" : graph::class_name(network, network.layers[main]);
}

std::string kernel_group(const graph::Network& network, graph::LayerId main, bool reorder,
                         cost::Grouping grouping) {
  if (grouping == cost::Grouping::kLayer) return kernel_name(network, main, reorder);
  return grouping == cost::Grouping::kKind ? kernel_class(network, main, reorder)
                                           : std::string(cost::stage_of(network.layers[main].name));
}

double kernel_macs(const graph::Network& network, const std::vector<graph::LayerId>& layers) {
  Count macs(0);
  for (const graph::LayerId id : layers) macs += network.layers[id].cost.macs;
  return static_cast<double>((macs * Count(network.batch)).value());
}

std::string kernel_text(const std::string& implementation, plan::KernelOrigin origin) {
  if (origin == plan::KernelOrigin::kLibrary) return implementation;
  return fmt::format("{} ({})", implementation, plan::name_of(origin));
}

std::vector<KernelRow> sum_by_name(const std::vector<KernelRow>& kernels) {
  std::vector<KernelRow> rows;
  std::map<std::string, std::size_t> places;
  for (const KernelRow& kernel : kernels) {
    const auto [place, fresh] = places.emplace(kernel.name, rows.size());
    if (fresh) rows.push_back({.name = kernel.name});
    add(rows[place->second], kernel);
  }
  return rows;
}

namespace {

// The column of a number, by its key or its title.
const KernelColumn& sort_column(const std::string& sort, const std::string& name) {
  std::vector<std::string> known;
  for (const KernelColumn& one : kernel_columns()) {
    if (one.column.format == kText) continue;
    if (one.column.key == name || one.column.title == name ||
        (name == "latency" && one.column.key == "seconds"))
      return one;
    known.push_back(one.column.key == "seconds" ? "time" : one.column.key);
  }
  throw Error("--sort " + sort, "it sorts by " + join_or(known));
}

double cell_number(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  const auto* real = std::get_if<double>(&cell);
  return real != nullptr ? *real : -1;
}

}  // namespace

std::vector<std::size_t> order_of_rows(const std::vector<KernelRow>& rows,
                                       const KernelOrder& order) {
  std::vector<std::size_t> places(rows.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  const std::string sort = order.sort.empty() && order.top > 0 ? "time" : order.sort;
  if (!sort.empty()) {
    const std::string name = sort.substr(0, sort.find(':')), direction = sort.substr(name.size());
    if (direction != "" && direction != ":asc" && direction != ":desc")
      throw Error("--sort " + sort, "write NAME, NAME:asc or NAME:desc");
    const KernelColumn& column = sort_column(sort, name);
    const KernelRow total = total_of(rows, true);
    const double sign = direction == ":asc" ? 1 : -1;
    std::vector<double> keys;
    for (const KernelRow& row : rows) keys.push_back(sign * cell_number(column.value(row, total)));
    std::ranges::stable_sort(places, {}, [&](std::size_t place) { return keys[place]; });
  }
  if (order.top > 0 && order.top < places.size()) places.resize(order.top);
  return places;
}

std::vector<KernelRow> ordered_rows(std::vector<KernelRow> rows, const KernelOrder& order) {
  const std::vector<std::size_t> places = order_of_rows(rows, order);
  std::vector<KernelRow> shown;
  std::vector<bool> is_shown(rows.size());
  for (const std::size_t place : places) {
    shown.push_back(rows[place]);
    is_shown[place] = true;
  }
  if (places.size() == rows.size()) return shown;
  const std::size_t left = rows.size() - places.size();
  KernelRow others = {.name = fmt::format("{} other{}", left, left == 1 ? "" : "s")};
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (!is_shown[k]) add(others, rows[k]);
  }
  others.what.clear();
  others.implementations.clear();
  shown.push_back(std::move(others));
  return shown;
}

KernelRow total_of(const std::vector<KernelRow>& rows, bool complete) {
  KernelRow total;
  for (const KernelRow& row : rows) add(total, row);
  total.name = complete ? "total" : "total (incomplete)";
  total.bounds.clear();
  total.implementations.clear();
  total.faults.clear();
  return total;
}

Table kernel_table(std::vector<KernelRow> rows, KernelRow total, cost::Grouping grouping,
                   const std::vector<ShownColumn>& columns) {
  const bool by_layer = grouping == cost::Grouping::kLayer;
  const std::string what = by_layer                            ? "layer"
                           : grouping == cost::Grouping::kKind ? "kind"
                                                               : "stage";
  constexpr std::size_t kKernelNameWidth =
      28;  // other columns are left out before names are cut shorter
  Table table = {.columns = {{what, what, kText, 0, kKernelNameWidth}}, .last_is_total = true};
  std::vector<const KernelColumn*> chosen;
  for (ShownColumn shown : columns) {
    if (shown.key == "kind" && !by_layer) shown.key = "kernels";
    if (shown.key == "spread_percent" && !by_layer) continue;
    chosen.push_back(&*std::ranges::find_if(
        kernel_columns(), [&](const KernelColumn& one) { return one.column.key == shown.key; }));
    table.columns.push_back(chosen.back()->column);
    table.columns.back().expendable = shown.expendable;
  }
  rows.push_back(std::move(total));
  for (const KernelRow& row : rows) {
    table.rows.push_back({row.name});
    for (const KernelColumn* column : chosen)
      table.rows.back().push_back(column->value(row, rows.back()));
  }
  return table;
}

void OriginSeconds::add(plan::KernelOrigin origin, double seconds) {
  all += seconds;
  if (origin == plan::KernelOrigin::kReference) reference += seconds;
  if (origin == plan::KernelOrigin::kPlainLoops) plain_loops += seconds;
}

std::string OriginSeconds::note() const {
  const double whole = all > 0 ? all : 1;
  return fmt::format(
      "{:.1f} % of the time in reference kernels of the library, {:.1f} % in plain loops of "
      "archcost",
      100 * reference / whole, 100 * plain_loops / whole);
}

}  // namespace archcost::tables
