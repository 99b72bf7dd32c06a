#include "reports/cost_report.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/glossary.hpp"
#include "core/text.hpp"
#include "graph/paths.hpp"
#include "reports/columns.hpp"

namespace archcost {
namespace {

constexpr std::size_t kNameWidth = 34;   // names of layers are kept whole up to here
constexpr std::size_t kClassWidth = 15;  // and what they are up to here

std::string group_title(const CostReportOptions& options) {
  if (options.depth) return "part";
  switch (options.grouping) {
    case Grouping::kLayer:
      return "layer";
    case Grouping::kKind:
      return "kind";
    case Grouping::kStage:
      return "stage";
    case Grouping::kBlock:
      return "block";
  }
  return {};
}

bool by_layer(const CostReportOptions& options) {
  return options.grouping == Grouping::kLayer && !options.depth;
}

// A column of the table and how soon it is left out on a narrow terminal.
struct Chosen {
  const CostColumn* column;
  int expendable;
};

// Names with the order in which they give way, 0 never.
std::vector<Chosen> default_columns(const CostTable& costs, const CostReportOptions& options) {
  std::vector<std::pair<const char*, int>> names;
  if (by_layer(options))
    names = {{"class", 8}, {"output", 7}};
  else
    names = {{"layers", 6}};
  names.insert(names.end(), {{"params", 0}, {"params_share", 9}});
  if (options.grouping == Grouping::kKind)
    names.insert(names.end(), {{"weights", 4}, {"weights_share", 4}});
  names.insert(names.end(), {{"cost", 0}, {"cost_share", 1}});
  if (costs.options.roofline)
    names.insert(names.end(), {{"time", 0}, {"time_share", 2}, {"bound", 0}});
  std::vector<Chosen> chosen;
  for (const auto& [name, expendable] : names) chosen.push_back({&find_column(name), expendable});
  return chosen;
}

std::vector<Chosen> data_columns(const CostTable& costs, const CostReportOptions& options) {
  std::vector<std::string> names;
  if (by_layer(options))
    names = {"kind", "class", "channels", "height", "width"};
  else
    names = {"layers"};
  for (const CostName& name : glossary()) {
    if (name.counter != nullptr) names.emplace_back(name.name);
  }
  names.insert(names.end(), {"cost", "flops", "train_flops", "weight_bytes", "input_bytes",
                             "output_bytes", "intensity"});
  if (by_layer(options)) names.insert(names.end(), {"receptive_field", "stride"});
  if (costs.options.roofline) names.insert(names.end(), {"time", "bound"});
  std::vector<Chosen> chosen;
  for (const std::string& name : names) chosen.push_back({&find_column(name), 0});
  return chosen;
}

std::vector<Chosen> chosen_columns(const CostTable& costs, const CostReportOptions& options) {
  if (options.columns.empty()) {
    return options.detail == Detail::kData ? data_columns(costs, options)
                                           : default_columns(costs, options);
  }
  std::vector<Chosen> chosen;
  for (const std::string& name : options.columns)
    chosen.push_back({&find_column(name), static_cast<int>(chosen.size())});
  return chosen;
}

std::string title_of(const CostColumn& column, const CostTable& costs) {
  return column.name == "cost" ? std::string(costs.options.convention->name)
                               : std::string(column.title);
}

double sort_key(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  return 0;
}

// Rows with the index of their layer, sorted and cut as asked.
struct Row {
  CostRow cost;
  int layer = -1;
};

std::vector<Row> rows_of(const Network& network, const CostTable& costs,
                         const CostReportOptions& options,
                         const std::vector<ReceptiveField>& fields) {
  std::vector<Row> rows;
  for (CostRow& cost : group(network, costs, options.grouping, options.depth)) {
    const int layer = by_layer(options) ? static_cast<int>(rows.size()) : -1;
    rows.push_back({std::move(cost), layer});
  }
  if (!options.sort.empty()) {
    const CostColumn& column = find_column(options.sort);
    if (column.format == Format::kText || column.format == Format::kNumberText) {
      throw Error(
          fmt::format("--sort {}: that column has no order; sort by a number", options.sort));
    }
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
      return sort_key(column.value({network, costs, a.cost, a.layer, fields})) >
             sort_key(column.value({network, costs, b.cost, b.layer, fields}));
    });
  }
  if (options.top && *options.top < rows.size()) {
    Row rest;
    rest.cost.name = fmt::format("{} others", rows.size() - *options.top);
    rest.cost.layers = 0;
    for (std::size_t k = *options.top; k < rows.size(); ++k) rest.cost += rows[k].cost;
    rows.resize(*options.top);
    rows.push_back(std::move(rest));
  }
  return rows;
}

std::vector<std::string> notes_of(const Network& network, const CostTable& costs,
                                  const CostReportOptions& options) {
  std::vector<std::string> notes;
  notes.push_back(fmt::format("{} of the {} layers have weights: the number that papers count.",
                              costs.weighted_layers, costs.layers.size()));
  if (by_layer(options) && costs.total.cost.macs > Count(0)) {
    const CriticalPath path = critical_path(network);
    if (path.layers.size() < network.layers.size()) {
      notes.push_back(fmt::format(
          "The longest chain of layers has {} of them and {} % of the macs.", path.layers.size(),
          percent((path.macs * Count(network.batch)).value(), costs.total.cost.macs.value(), 1)));
    }
  }
  if (costs.options.roofline) {
    notes.push_back(
        fmt::format("Roofline of {} GFLOP/s and {} GB/s, {}: attainable at best, {:.1f} us in all.",
                    costs.options.roofline->peak_gflops, costs.options.roofline->bandwidth_gbs,
                    describe(costs.options.types), costs.total.seconds * 1e6));
  }
  return notes;
}

}  // namespace

std::string describe_setting(const Network& network) {
  std::string text;
  for (const Parameter& parameter : network.parameters) {
    if (parameter.is_default && parameter.symbol == parameter.name) continue;
    text += fmt::format("{} {}   ", parameter.symbol, to_string(parameter.value));
  }
  return text + fmt::format("{}   batch {}", to_string(network.input), network.batch);
}

Document cost_report(const Network& network, const CostTable& costs,
                     const CostReportOptions& options) {
  const std::vector<Chosen> columns = chosen_columns(costs, options);
  const std::vector<ReceptiveField> fields = receptive_fields(network);
  Document document;
  document.title = network.name;
  document.subtitle =
      describe_setting(network) + fmt::format("   convention: {}", costs.options.convention->name);
  Section section;
  Table& table = section.table;
  table.last_is_total = true;
  table.columns.push_back(
      {group_title(options), group_title(options), Format::kText, 0, kNameWidth});
  for (const Chosen& chosen : columns) {
    table.columns.push_back({std::string(chosen.column->name), title_of(*chosen.column, costs),
                             chosen.column->format, chosen.expendable, kClassWidth});
  }
  const auto add_row = [&](const CostRow& cost, int layer, bool total) {
    std::vector<Cell> row = {cost.name};
    for (const Chosen& chosen : columns) {
      const bool meaningless =
          total && options.detail == Detail::kPeople && chosen.column->format == Format::kPercent;
      row.push_back(meaningless ? Cell{}
                                : chosen.column->value({network, costs, cost, layer, fields}));
    }
    table.rows.push_back(std::move(row));
  };
  for (const Row& row : rows_of(network, costs, options, fields))
    add_row(row.cost, row.layer, false);
  add_row(costs.total, -1, true);
  if (by_layer(options) && table.columns.size() > 1 && table.columns[1].key == "class") {
    table.rows.back()[1] = fmt::format("{} layers", costs.layers.size());
  }
  section.notes = notes_of(network, costs, options);
  document.sections.push_back(std::move(section));
  return document;
}

}  // namespace archcost
