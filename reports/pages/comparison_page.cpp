// SPDX-License-Identifier: Apache-2.0
// The report of several networks: a table of its sections and their builders.
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "cost/memory.hpp"
#include "reports/pages/accuracy_points.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/pages/sections.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::pages {
namespace {

using Parts = std::vector<PagePart>;

std::vector<tables::Compared> compared(const ReportInput& input) {
  std::vector<tables::Compared> networks;
  for (const ReportNetwork& one : input.networks)
    networks.push_back({one.label, one.network, one.costs});
  return networks;
}

std::vector<std::string> labels_of(const ReportInput& input) {
  std::vector<std::string> labels;
  for (const ReportNetwork& one : input.networks) labels.push_back(one.label);
  return labels;
}

std::vector<Column> network_columns(const ReportInput& input, Format format) {
  std::vector<Column> columns;
  for (const ReportNetwork& one : input.networks) columns.push_back({one.label, one.label, format});
  return columns;
}

Count peak_of(const ReportNetwork& one) {
  return cost::peak_bytes(one.network, {one.costs.options.types.activations, false});
}

// The accuracy of each network.
std::vector<RowAccuracy> accuracies_of(const ReportInput& input) {
  std::vector<sweep::SweepJob> jobs;
  std::vector<std::pair<std::size_t, graph::BuildOptions>> at;
  for (const ReportNetwork& one : input.networks) {
    at.emplace_back(jobs.size(), one.options);
    sweep::SweepJob& job = jobs.emplace_back();
    job.label = one.label;
    job.spec = one.spec;
    job.options = one.options;
  }
  return accuracies_at(jobs, at);
}

// Accuracies of several recipes are hardly comparable.
void add_recipe_note(const std::vector<RowAccuracy>& accuracies, std::vector<std::string>& notes) {
  std::set<std::string> recipes;
  for (const RowAccuracy& one : accuracies) {
    if (one.figure) recipes.insert(one.recipe);
  }
  if (recipes.size() > 1)
    notes.push_back(
        fmt::format("The accuracies are of {} recipes, which differ by ± {:.2f} points.",
                    recipes.size(), accuracy::kRecipeSpread));
}

Parts side_by_side(const ReportInput& input) {
  const std::vector<tables::Compared> networks = compared(input);
  const LayerCost& first = input.networks.front().costs.total.cost;
  pictures::Series params = {"params_ratio", "parameters", {}},
                   macs = {"macs_ratio", "multiply-adds", {}},
                   peak = {"peak_memory_ratio", "peak memory", {}};
  for (const ReportNetwork& one : input.networks) {
    const LayerCost& cost = one.costs.total.cost;
    params.values.emplace_back(100 * tables::ratio(cost.params, first.params));
    macs.values.emplace_back(100 * tables::ratio(cost.macs, first.macs));
    peak.values.emplace_back(100 * tables::ratio(peak_of(one), peak_of(input.networks.front())));
  }
  Parts parts;
  Section shown = tables::compare_report(networks).sections.front();
  Table data = tables::compare_data(networks).sections.front().table;
  const std::vector<RowAccuracy> accuracies = accuracies_of(input);
  add_accuracy_columns(shown.table, accuracies);
  add_accuracy_columns(data, accuracies);
  add_recipe_note(accuracies, shown.notes);
  add_section(parts, shown, "comparison", "", std::move(data));
  Table& table = std::get<PageTable>(parts.front()).table;
  for (Column& column : table.columns) {
    if (column.key.empty()) column.key = column.title;
  }
  parts.push_back(
      pictures::bar_picture({"ratios", fmt::format("Costs of {} networks in percent of {}.",
                                                   networks.size(), networks.front().label)},
                            "network", labels_of(input), {params, macs, peak}, 1, " %"));
  return parts;
}

Parts settings(const ReportInput& input) {
  PageTable table = {.name = "networks"};
  table.table.columns = {{"network", "network"}, {"setting", "setting"}, {"source", "source"}};
  for (const ReportNetwork& one : input.networks)
    table.table.rows.push_back(
        {one.label, tables::describe_setting(one.network, ", "), one.network.source});
  return {std::move(table)};
}

Parts macs_by_kind(const ReportInput& input) {
  std::vector<std::string> kinds;
  std::vector<std::vector<cost::CostRow>> groups;
  for (const ReportNetwork& one : input.networks) {
    groups.push_back(cost::group(one.network, one.costs, cost::Grouping::kKind));
    for (const cost::CostRow& row : groups.back()) {
      if (row.cost.macs > Count(0) &&
          std::find(kinds.begin(), kinds.end(), row.name) == kinds.end())
        kinds.push_back(row.name);
    }
  }
  PageTable table{"macs_by_kind", {}, {}, {"Percent of each network's multiply-adds."}};
  table.table.columns = network_columns(input, kPercent);
  table.table.columns.insert(table.table.columns.begin(), {"kind", "kind"});
  for (const std::string& kind : kinds) {
    std::vector<Cell> row = {kind};
    for (std::size_t n = 0; n < groups.size(); ++n) {
      double share = 0;
      for (const cost::CostRow& one : groups[n]) {
        if (one.name == kind)
          share = 100 * tables::ratio(one.cost.macs, input.networks[n].costs.total.cost.macs);
      }
      row.emplace_back(share);
    }
    table.table.rows.push_back(std::move(row));
  }
  return {std::move(table)};
}

Parts memory_totals(const ReportInput& input) {
  PageTable table{"memory", {}, {}, {}};
  table.table.columns = {{"network", "network"},
                         {"weight_bytes", "model", kBytes},
                         {"size_int8", "model int8", kBytes},
                         {"peak_memory", "peak of activations", kBytes},
                         {"kept_activations", "kept for training", kBytes}};
  for (const ReportNetwork& one : input.networks) {
    table.table.rows.push_back(
        {one.label, one.costs.total.weight_bytes.value(),
         cost::total_of(one.network, one.costs, "size_int8")->value(), peak_of(one).value(),
         cost::training_memory(one.network, one.costs.options.types).kept_activations.value()});
  }
  return {std::move(table)};
}

Parts conventions_of(const ReportInput& input) {
  PageTable table{"conventions", {}, {}, {}};
  table.table.columns = network_columns(input, kCount);
  table.table.columns.insert(table.table.columns.begin(), {"convention", "convention"});
  for (const cost::Convention& convention : cost::conventions()) {
    std::vector<Cell> row = {std::string(convention.name)};
    for (const ReportNetwork& one : input.networks)
      row.emplace_back(cost::convention_total(convention, one.network).value());
    table.table.rows.push_back(std::move(row));
  }
  return {std::move(table)};
}

Parts graphs(const ReportInput& input) {
  Parts parts;
  for (const ReportNetwork& one : input.networks) {
    parts.push_back(Subheading{one.label});
    parts.emplace_back(tables::block_diagram(one.network));
  }
  return parts;
}

Parts measured_networks(const ReportInput& input) {
  Parts parts = measured_origin(*input.networks.front().measurement, input.origin.measured_command);
  for (PagePart& part : measured_comparison(input.networks, "measured")) parts.push_back(part);
  int number = 0;
  for (const ReportNetwork& one : input.networks) {
    parts.push_back(Subheading{one.label});
    for (PagePart& part :
         measured_parts(one, input.origin.machine, fmt::format("measured_{}", ++number)))
      parts.push_back(std::move(part));
  }
  return parts;
}

// A further section is a row here.
constexpr SectionRow kComparisonSections[] = {
    {"Side by side", nullptr, side_by_side},
    {"The networks", nullptr, settings},
    {"Multiply-adds by kind of layer", nullptr, macs_by_kind},
    {"Memory", nullptr, memory_totals},
    {"Conventions side by side", nullptr, conventions_of},
    {"Measured: time beside multiply-adds", has_measurement, measured_networks, true},
    {"Measured: engines side by side", has_engines, engines_section, true},
    {"Lighter networks", has_lighten, lighten_section},
    {"Measured: lighter networks", has_timed_lighten, timed_lighten_section, true},
    {"Sweep", has_sweep, sweep_section},
    {"Search", has_search, search_section},
    {"Accuracy against costs", has_accuracy, accuracy_section},
    {"Graphs", nullptr, graphs},
    {"Where this comes from", nullptr, origin_section},
};

}  // namespace

Page comparison_page(const ReportInput& input) {
  return {fmt::format("{} networks compared", input.networks.size()), join(labels_of(input), ", "),
          build_sections(kComparisonSections, input)};
}

}  // namespace archcost::pages
