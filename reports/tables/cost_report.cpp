// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/glossary.hpp"
#include "core/text.hpp"
#include "graph/wiring.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

constexpr std::size_t kNameWidth = 34;   // names of layers are kept whole up to here
constexpr std::size_t kClassWidth = 15;  // and what they are up to here

std::string group_title(const CostReportOptions& options) {
  constexpr const char* kTitles[] = {"layer", "kind", "stage", "block"};  // by Grouping
  return options.depth ? "part" : kTitles[static_cast<int>(options.grouping)];
}

// A column of the table and how soon it is left out on a narrow terminal.
struct Chosen {
  const CostColumn* column;
  int expendable;
};

// Names with the order in which they give way, 0 never.
std::vector<Chosen> default_columns(const cost::CostTable& costs,
                                    const CostReportOptions& options) {
  std::vector<std::pair<std::string, int>> names;
  if (by_layer(options))
    names = {{"class", 8}, {"output", 7}};
  else
    names = {{"layers", 6}};
  names.insert(names.end(), {{"params", 0}, {"params_share", 9}});
  if (options.grouping == cost::Grouping::kKind)
    names.insert(names.end(), {{"weights", 4}, {"weights_share", 4}});
  names.insert(names.end(), {{"cost", 0}, {"cost_share", 1}});
  if (costs.options.roofline) names.insert(names.end(), {{"seconds", 0}, {"seconds_share", 2}});
  if (costs.options.roofline && by_layer(options)) names.emplace_back("bound", 0);
  const std::string sort = options.sort.substr(0, options.sort.find(':'));
  if (!sort.empty() && std::none_of(names.begin(), names.end(),
                                    [&](const auto& name) { return name.first == sort; }))
    names.emplace_back(sort, 0);
  std::vector<Chosen> chosen;
  for (const auto& [name, expendable] : names) chosen.push_back({&find_column(name), expendable});
  return chosen;
}

std::vector<Chosen> data_columns(const cost::CostTable& costs, const CostReportOptions& options) {
  std::vector<std::string> names;
  if (by_layer(options))
    names = {"kind", "class", "channels", "height", "width"};
  else
    names = {"layers"};
  for (const CostName& name : glossary()) {
    if (name.counter != nullptr) names.emplace_back(name.name);
  }
  names.insert(names.end(), {"cost", "flops", "train_flops", "weight_bytes", "input_bytes",
                             "output_bytes", "traffic", "intensity"});
  if (by_layer(options)) names.insert(names.end(), {"receptive_field", "effective_stride"});
  if (costs.options.roofline) names.emplace_back("seconds");
  if (costs.options.roofline && by_layer(options)) names.emplace_back("bound");
  std::vector<Chosen> chosen;
  for (const std::string& name : names) chosen.push_back({&find_column(name), 0});
  return chosen;
}

std::vector<Chosen> chosen_columns(const cost::CostTable& costs, const CostReportOptions& options) {
  if (options.columns.empty()) {
    return options.detail == Detail::kData ? data_columns(costs, options)
                                           : default_columns(costs, options);
  }
  std::vector<Chosen> chosen;
  for (const std::string& name : options.columns) {
    const CostColumn& column = find_column(name);
    check_column(column, by_layer(options), costs.options.roofline.has_value());
    chosen.push_back({&column, static_cast<int>(chosen.size())});
  }
  return chosen;
}

std::string title_of(const CostColumn& column, const cost::CostTable& costs) {
  return column.name == "cost" ? std::string(costs.options.convention->name)
                               : std::string(column.title);
}

// Titles are made unique: a share that doesn't follow its column names that column, and columns
// with equal titles get their keys as titles.
std::vector<std::string> titles_of(const std::vector<Chosen>& columns,
                                   const cost::CostTable& costs) {
  std::vector<std::string> titles;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const CostColumn& column = *columns[k].column;
    const CostColumn* base = base_of(column);
    const bool behind = base != nullptr && k > 0 && columns[k - 1].column == base;
    titles.push_back(base != nullptr && !behind ? "% of " + title_of(*base, costs)
                                                : title_of(column, costs));
  }
  const std::vector<std::string> first = titles;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    if (base_of(*columns[k].column) == nullptr &&
        std::count(first.begin(), first.end(), first[k]) > 1)
      titles[k] = spaced(columns[k].column->name);
  }
  return titles;
}

std::vector<std::string> notes_of(const graph::Network& network, const cost::CostTable& costs,
                                  const CostReportOptions& options) {
  std::vector<std::string> notes;
  const std::size_t layers = costs.layers.size();
  notes.push_back(
      layers == 1
          ? fmt::format("The only layer has {}weights.", costs.weighted_layers == 1 ? "" : "no ")
          : fmt::format("{} of the {} layers {} weights: the number that papers count.",
                        costs.weighted_layers, layers,
                        costs.weighted_layers == 1 ? "has" : "have"));
  if (const std::size_t sharing = graph::weight_sharing_layers(network)) {
    notes.push_back(fmt::format("{} layer{} the weights of others: their params count once.",
                                sharing, sharing == 1 ? " uses" : "s use"));
  }
  if (by_layer(options) && costs.total.cost.macs > Count(0)) {
    const graph::CriticalPath path = graph::critical_path(network);
    if (path.layers.size() < network.layers.size()) {
      notes.push_back(fmt::format(
          "The longest chain of layers has {} of them and {} % of the macs.", path.layers.size(),
          percent((path.macs * Count(network.batch)).value(), costs.total.cost.macs.value(), 1)));
    }
  }
  if (costs.options.roofline) {
    const cost::Roofline& roofline = *costs.options.roofline;
    const std::string threads =
        roofline.threads == 0
            ? ""
            : fmt::format(" with {} thread{}", roofline.threads, roofline.threads == 1 ? "" : "s");
    notes.push_back(fmt::format(
        "Roofline of {} GFLOP/s and {} GB/s{}, {}{}: attainable at best, {} in all.",
        roofline.peak_gflops, roofline.bandwidth_gbs, threads, describe(costs.options.types),
        roofline.stable ? "" : ", measured on a busy machine", human_seconds(costs.total.seconds)));
  }
  if (costs.options.latency_between > 0)
    notes.push_back(fmt::format("{} of the total latency belong to no layer.",
                                human_seconds(costs.options.latency_between)));
  notes.insert(notes.end(), network.notes.begin(), network.notes.end());
  if (const std::size_t unknown = graph::unsupported_layers(network)) {
    notes.push_back(fmt::format("The totals are incomplete: the costs of {} layer{} are unknown.",
                                unknown, unknown == 1 ? "" : "s"));
  }
  return notes;
}

}  // namespace

std::string describe_setting(const graph::Network& network, std::string_view gap) {
  std::string text;
  for (const graph::Parameter& parameter : network.parameters) {
    if (parameter.is_default && parameter.symbol == parameter.name) continue;
    text += fmt::format("{} {}{}", parameter.symbol, spec::to_string(parameter.value), gap);
  }
  return text + fmt::format("{}{}{}batch {}", to_string(network.input),
                            network.input_given ? " (given)" : "", gap, network.batch);
}

Document cost_report(const graph::Network& network, const cost::CostTable& costs,
                     const CostReportOptions& options) {
  const std::vector<Chosen> columns = chosen_columns(costs, options);
  const std::vector<cost::ReceptiveField> fields = cost::receptive_fields(network);
  Section section;
  Table& table = section.table;
  table.last_is_total = true;
  table.columns.push_back({group_title(options), group_title(options), kText, 0, kNameWidth});
  const std::vector<std::string> titles = titles_of(columns, costs);
  for (std::size_t k = 0; k < columns.size(); ++k) {
    table.columns.push_back({std::string(columns[k].column->name), titles[k],
                             columns[k].column->format, columns[k].expendable, kClassWidth});
  }
  const auto add_row = [&](const cost::CostRow& cost, int layer, bool total) {
    std::vector<Cell> row = {cost.name};
    for (const Chosen& chosen : columns) {
      const bool meaningless =
          total && options.detail == Detail::kPeople && chosen.column->format == kPercent;
      row.push_back(meaningless ? Cell{}
                                : chosen.column->value({network, costs, cost, layer, fields}));
    }
    table.rows.push_back(std::move(row));
  };
  const ReportRows rows = report_rows(network, costs, options, fields);
  for (const ReportRow& row : rows.shown) add_row(row.cost, row.layer, false);
  if (rows.others) add_row(*rows.others, -1, false);
  add_row(costs.total, -1, true);
  if (by_layer(options) && table.columns.size() > 1 && table.columns[1].key == "class") {
    table.rows.back()[1] =
        fmt::format("{} layer{}", costs.layers.size(), costs.layers.size() == 1 ? "" : "s");
  }
  section.notes = notes_of(network, costs, options);
  return {
      network.name,
      fmt::format("{}   convention: {}", describe_setting(network), costs.options.convention->name),
      {std::move(section)}};
}

}  // namespace archcost::tables
