#include "reports/cost_report.hpp"

#include <fmt/core.h>

#include "core/glossary.hpp"
#include "core/text.hpp"

namespace archcost {
namespace {

constexpr std::size_t kNameWidth = 34;  // names of layers are kept whole up to here

double share(Count part, Count total) {
  return total == Count(0) ? 0.0 : 100.0 * static_cast<double>(part.value()) / static_cast<double>(total.value());
}

std::string group_title(Grouping grouping) {
  return grouping == Grouping::kLayer ? "layer" : grouping == Grouping::kKind ? "kind" : "stage";
}

// Counters that people see beside the rows, by grouping.
std::vector<Count LayerCost::*> people_counters(Grouping grouping) {
  if (grouping == Grouping::kKind) return {&LayerCost::params, &LayerCost::weights, &LayerCost::macs};
  return {&LayerCost::params, &LayerCost::macs};
}

const CostName& name_of(Count LayerCost::*counter) {
  for (const CostName& row : glossary()) {
    if (row.counter == counter) return row;
  }
  return glossary().front();
}

void add_counters(Table& table, std::vector<Cell>& row, const LayerCost& cost, const LayerCost& total,
                  const std::vector<Count LayerCost::*>& counters, bool first) {
  for (std::size_t k = 0; k < counters.size(); ++k) {
    const auto counter = counters[k];
    const CostName& name = name_of(counter);
    if (first) {
      table.columns.push_back({std::string(name.name), std::string(name.title), Format::kCount, 0});
      table.columns.push_back({fmt::format("{}_share", name.name), "%", Format::kPercent, k + 1 < counters.size() ? 9 : 1});
    }
    row.emplace_back((cost.*counter).value());
    row.emplace_back(share(cost.*counter, total.*counter));
  }
}

// Columns that only the rows by layer have: what the layer is and gives.
void add_layer_columns(Table& table) {
  table.columns.push_back({"class", "kind", Format::kText, 8});
  table.columns.push_back({"output", "output", Format::kText, 7});
}

Document people_report(const Network& network, const CostTable& costs, Grouping grouping) {
  Document document;
  document.title = network.name;
  document.subtitle = describe_setting(network) + "   convention: macs";
  Section section;
  Table& table = section.table;
  table.last_is_total = true;
  table.columns.push_back({group_title(grouping), group_title(grouping), Format::kText, 0, kNameWidth});
  if (grouping == Grouping::kLayer) add_layer_columns(table);
  else table.columns.push_back({"layers", "layers", Format::kInteger, 7});
  const std::vector<Count LayerCost::*> counters = people_counters(grouping);
  const std::vector<CostRow> groups = group(network, costs, grouping);
  bool first = true;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    std::vector<Cell> row = {groups[k].name};
    if (grouping == Grouping::kLayer) {
      row.emplace_back(class_name(network, network.layers[k]));
      row.emplace_back(to_string(network.layers[k].output));
    } else {
      row.emplace_back(std::int64_t{groups[k].layers});
    }
    add_counters(table, row, groups[k].cost, costs.total, counters, first);
    first = false;
    table.rows.push_back(std::move(row));
  }
  std::vector<Cell> total = {std::string("total")};
  if (grouping == Grouping::kLayer) {
    total.emplace_back(fmt::format("{} layers", costs.layers.size()));
    total.emplace_back();
  } else {
    total.emplace_back(static_cast<std::int64_t>(costs.layers.size()));
  }
  for (const auto counter : counters) {
    total.emplace_back((costs.total.*counter).value());
    total.emplace_back();
  }
  table.rows.push_back(std::move(total));
  section.notes.push_back(fmt::format("{} of the {} layers have weights: the number that papers count.", costs.weighted_layers,
                                      costs.layers.size()));
  document.sections.push_back(std::move(section));
  return document;
}

Document data_report(const Network& network, const CostTable& costs, Grouping grouping) {
  Document document;
  document.title = network.name;
  Section section;
  Table& table = section.table;
  table.columns.push_back({group_title(grouping), "", Format::kText, 0});
  if (grouping == Grouping::kLayer) {
    for (const char* key : {"kind", "class", "channels", "height", "width"}) table.columns.push_back({key, "", Format::kText, 0});
  } else {
    table.columns.push_back({"layers", "", Format::kText, 0});
  }
  for (const CostName& name : glossary()) table.columns.push_back({std::string(name.name), "", Format::kCount, 0});
  const auto add_row = [&](const CostRow& source, const Layer* layer) {
    std::vector<Cell> row = {source.name};
    if (grouping != Grouping::kLayer) {
      row.emplace_back(std::int64_t{source.layers});
    } else if (layer != nullptr) {
      row.emplace_back(std::string(layer->kind->name));
      row.emplace_back(class_name(network, *layer));
      for (Count size : {layer->output.channels, layer->output.height, layer->output.width}) row.emplace_back(size.value());
    } else {
      row.resize(6);
    }
    for (const CostName& name : glossary()) row.emplace_back((source.cost.*name.counter).value());
    table.rows.push_back(std::move(row));
  };
  const std::vector<CostRow> groups = group(network, costs, grouping);
  for (std::size_t k = 0; k < groups.size(); ++k) {
    add_row(groups[k], grouping == Grouping::kLayer ? &network.layers[k] : nullptr);
  }
  add_row({"total", static_cast<int>(costs.layers.size()), costs.total}, nullptr);
  document.sections.push_back(std::move(section));
  return document;
}

}  // namespace

std::string describe_setting(const Network& network) {
  std::string text;
  for (const Parameter& parameter : network.parameters) text += fmt::format("{} {}   ", parameter.symbol, to_string(parameter.value));
  return text + fmt::format("{}   batch {}", to_string(network.input), network.batch);
}

Document cost_report(const Network& network, const CostTable& costs, Grouping grouping, Detail detail) {
  return detail == Detail::kData ? data_report(network, costs, grouping) : people_report(network, costs, grouping);
}

}  // namespace archcost
