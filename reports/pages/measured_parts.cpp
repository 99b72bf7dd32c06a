// SPDX-License-Identifier: Apache-2.0
// What was measured, as tables and pictures of a report.
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/kernel_tables.hpp"

namespace archcost::pages {
namespace {

// A cell of a table by its column's key; nothing if it is empty or there is no such column.
class TableReader {
 public:
  explicit TableReader(const Table& table) : table_(&table) {}

  std::optional<double> number(std::size_t row, std::string_view key) const {
    const Cell* cell = find(row, key);
    if (cell == nullptr) return {};
    if (const auto* whole = std::get_if<std::int64_t>(cell)) return static_cast<double>(*whole);
    if (const auto* number = std::get_if<double>(cell)) return *number;
    return {};
  }
  std::string text(std::size_t row, std::string_view key) const {
    const Cell* cell = find(row, key);
    const auto* text = cell == nullptr ? nullptr : std::get_if<std::string>(cell);
    return text == nullptr ? std::string() : *text;
  }
  /// Without the total.
  std::size_t rows() const { return table_->rows.size() - 1; }

 private:
  const Cell* find(std::size_t row, std::string_view key) const {
    for (std::size_t c = 0; c < table_->columns.size(); ++c) {
      if (table_->columns[c].key == key) return &table_->rows[row][c];
    }
    return nullptr;
  }
  const Table* table_;
};

std::vector<pictures::Series> shares_of(const TableReader& reader, std::size_t rows) {
  pictures::Series macs = {"macs_share", "% of the multiply-adds", {}},
                   time = {"seconds_share", "% of the time", {}};
  for (std::size_t k = 0; k < rows; ++k) {
    macs.values.emplace_back(reader.number(k, "macs_share").value_or(0));
    time.values.emplace_back(reader.number(k, "seconds_share").value_or(0));
  }
  return {macs, time};
}

std::vector<std::string> names_of(const TableReader& reader, std::string_view key,
                                  std::size_t rows) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < rows; ++k) names.push_back(reader.text(k, key));
  return names;
}

std::vector<pictures::Roof> roofs_of(const latency::Machine& machine, int threads) {
  std::vector<pictures::Roof> roofs;
  for (const char* level : {"L1", "L2", "L3", "memory"}) {
    const double gbs = machine.bandwidth_gbs(level, threads);
    if (gbs > 0) roofs.push_back({level, gbs});
  }
  return roofs;
}

std::vector<pictures::RooflinePoint> roofline_points(const TableReader& layers) {
  std::vector<pictures::RooflinePoint> points;
  for (std::size_t k = 0; k < layers.rows(); ++k) {
    const auto intensity = layers.number(k, "intensity"), gflops = layers.number(k, "gflops");
    if (!intensity || !gflops) continue;
    points.push_back({layers.text(k, "layer"), layers.text(k, "kind"), *intensity, *gflops});
  }
  return points;
}

Picture roofline(const ReportNetwork& network, const std::vector<pictures::RooflinePoint>& points,
                 const latency::Machine& machine, const std::string& name) {
  const int threads = network.measurement->options.threads;
  return pictures::roofline_picture(
      {name, fmt::format("{} layers of {} under the measured roofs of {}.", points.size(),
                         network.network.name, machine.cpu)},
      points, machine.peak_gflops(threads), roofs_of(machine, threads));
}

}  // namespace

std::vector<PagePart> measured_parts(const ReportNetwork& network,
                                     const std::optional<latency::Machine>& machine,
                                     const std::string& prefix) {
  tables::MeasureReportOptions options;
  options.machine = machine;
  options.grouping = cost::Grouping::kKind;
  const Document by_kind = tables::measure_report(network.network, *network.measurement, options);
  options.grouping = cost::Grouping::kLayer;
  const Document by_layer = tables::measure_report(network.network, *network.measurement, options);
  const TableReader kinds(by_kind.sections.front().table), layers(by_layer.sections.front().table);
  const std::string& name = network.network.name;

  std::vector<PagePart> parts = {
      Paragraph{by_kind.title},
      pictures::bar_picture(
          {prefix + "_by_kind",
           fmt::format("Share of the time beside share of the multiply-adds, by kind of "
                       "kernel of {}.",
                       name)},
          "kind", names_of(kinds, "kind", kinds.rows()), shares_of(kinds, kinds.rows()), 1, " %")};
  add_section(parts, by_kind.sections.front(), prefix + "_kinds");
  parts.push_back(pictures::column_picture(
      {prefix + "_by_layer",
       fmt::format("Share of the time beside share of the multiply-adds of each kernel of {}.",
                   name),
       "", "%"},
      "kernel", names_of(layers, "layer", layers.rows()), shares_of(layers, layers.rows())));
  const std::vector<pictures::RooflinePoint> points = roofline_points(layers);
  if (!points.empty() && machine && machine->peak_gflops(network.measurement->options.threads) > 0)
    parts.push_back(roofline(network, points, *machine, prefix + "_roofline"));
  Section table = by_layer.sections.front();
  table.notes.clear();  // they are below the table by kind
  add_section(parts, table, prefix + "_layers",
              fmt::format("The table of all {} kernels", layers.rows()));
  return parts;
}

std::vector<PagePart> measured_comparison(const std::vector<ReportNetwork>& networks,
                                          const std::string& prefix) {
  PageTable table{prefix + "_networks", {}, {}, {}};
  table.table.columns = {{"network", "network"},
                         {"macs", "macs", kCount},
                         {"seconds", "time", kSeconds},
                         {"spread_percent", "± %", kPercent},
                         {"gflops", "GFLOP/s", kNumber},
                         {"macs_ratio", "macs to the first", kRatio},
                         {"seconds_ratio", "time to the first", kRatio}};
  const auto macs_of = [](const ReportNetwork& one) {
    return static_cast<double>(one.costs.total.cost.macs.value());
  };
  pictures::Series macs = {"macs_ratio", "multiply-adds", {}}, time = {"seconds_ratio", "time", {}};
  std::vector<std::string> labels;
  const ReportNetwork& first = networks.front();
  for (const ReportNetwork& one : networks) {
    const double macs_ratio = macs_of(one) / std::max(1.0, macs_of(first));
    const double time_ratio = one.measurement->seconds / first.measurement->seconds;
    labels.push_back(one.label);
    if (one.measurement->unstable())
      table.notes.push_back(fmt::format(
          "{}: unstable; its time is an upper bound, and so are ratios with it.", one.label));
    macs.values.emplace_back(100 * macs_ratio);
    time.values.emplace_back(100 * time_ratio);
    table.table.rows.push_back({one.label, one.costs.total.cost.macs.value(),
                                one.measurement->seconds, 100 * one.measurement->spread,
                                2e-9 * macs_of(one) / one.measurement->seconds, macs_ratio,
                                time_ratio});
  }
  return {
      pictures::bar_picture({prefix + "_ratios",
                             fmt::format("Time and multiply-adds of {} networks in percent of {}.",
                                         networks.size(), first.label)},
                            "network", labels, {macs, time}, 1, " %"),
      std::move(table)};
}

}  // namespace archcost::pages
