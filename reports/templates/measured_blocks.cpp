// SPDX-License-Identifier: Apache-2.0
// Blocks about networks that were run on this machine.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "layers/layer_table.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "reports/templates/block_builders.hpp"

namespace archcost::templates {
namespace {

std::vector<const pages::ReportNetwork*> measured_networks(TemplateData& data,
                                                           const TemplateBlock& block) {
  std::vector<const pages::ReportNetwork*> networks;
  for (const TemplateText& name : data.expanded(block.all("networks")))
    networks.push_back(&data.measured(name));
  return networks;
}

// "mobilenet_v1_alpha_0_5" of "mobilenet_v1:alpha=0.5".
std::string file_name(std::string label) {
  for (char& c : label) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return label;
}

// Of layers without groups, 1.
Count groups_of(const graph::Layer& layer) {
  const int attribute = layers::find_attribute(*layer.kind, "groups");
  if (attribute < 0) return 1;
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  return view.number(layers::slot_of(layer.kind->attributes, attribute));
}

// By row of the table: what the kernels' multiply-adds would be with one group each.
std::map<std::string, std::int64_t> ungrouped_macs(const pages::ReportNetwork& one,
                                                   cost::Grouping grouping) {
  std::map<std::string, std::int64_t> macs;
  for (const runner::MeasuredRow& row : one.measurement->rows) {
    const std::string key = tables::kernel_group(one.network, row, grouping);
    for (const graph::LayerId id : row.layers) {
      const graph::Layer& layer = one.network.layers[static_cast<std::size_t>(id)];
      macs[key] += (layer.cost.macs * groups_of(layer) * Count(one.network.batch)).value();
    }
  }
  return macs;
}

// The columns of a report's table by their keys, with the multiply-adds without groups.
Table with_ungrouped(Table table, const pages::ReportNetwork& one, cost::Grouping grouping) {
  const std::map<std::string, std::int64_t> macs = ungrouped_macs(one, grouping);
  table.columns.push_back({"ungrouped_macs", "macs, 1 group", Format::kCount});
  for (std::vector<Cell>& row : table.rows) {
    const auto found = macs.find(std::get<std::string>(row.front()));
    row.push_back(found == macs.end() || found->second == 0 ? Cell() : Cell(found->second));
  }
  return table;
}

std::size_t column_of(const Table& table, const std::string& key) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const Column& column) { return column.key == key; });
  return static_cast<std::size_t>(found - table.columns.begin());
}

void add_rows(const pages::ReportNetwork& one, const Table& from, const TemplateBlock& block,
              Table& table) {
  const std::vector<std::string> only = block.texts("only");
  for (std::size_t r = 0; r + 1 < from.rows.size(); ++r) {  // without the total
    const auto& name = std::get<std::string>(from.rows[r].front());
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) continue;
    std::vector<Cell> row = {one.label, name};
    for (std::size_t c = 2; c < table.columns.size(); ++c) {
      const std::size_t column = column_of(from, table.columns[c].key);
      row.push_back(column < from.columns.size() ? from.rows[r][column] : Cell());
    }
    table.rows.push_back(std::move(row));
  }
}

}  // namespace

Parts measured_totals_block(TemplateData& data, const TemplateBlock& block) {
  std::vector<pages::ReportNetwork> networks;
  for (const pages::ReportNetwork* one : measured_networks(data, block)) networks.push_back(*one);
  return pages::measured_comparison(networks, block.text("name"));
}

Parts measured_layers_block(TemplateData& data, const TemplateBlock& block) {
  Parts parts;
  for (const pages::ReportNetwork* one : measured_networks(data, block)) {
    parts.emplace_back(Subheading{one->label});
    for (PagePart& part : pages::measured_parts(*one, data.input().origin.machine,
                                                block.text("name") + "_" + file_name(one->label)))
      parts.push_back(std::move(part));
  }
  return parts;
}

Parts measured_table_block(TemplateData& data, const TemplateBlock& block) {
  const std::string by = block.text("by", "kind");
  tables::MeasureReportOptions options;
  options.machine = data.input().origin.machine;
  options.grouping = grouping_of(block);
  std::vector<std::string> columns = block.texts("columns");
  if (columns.empty()) columns = {"macs_share", "seconds_share", "gflops"};
  PageTable made{block.text("name"), {}, {}, {}};
  made.table.columns = {{"network", "network"}, {by, by}};
  for (const pages::ReportNetwork* one : measured_networks(data, block)) {
    const Table table = with_ungrouped(
        tables::measure_report(one->network, *one->measurement, options).sections.front().table,
        *one, options.grouping);
    for (const std::string& key : columns) {
      const bool first =
          made.table.rows.empty() && column_of(made.table, key) == made.table.columns.size();
      const std::size_t column = column_of(table, key);
      if (first && column < table.columns.size())
        made.table.columns.push_back(table.columns[column]);
    }
    add_rows(*one, table, block, made.table);
  }
  return {std::move(made)};
}

Parts engines_block(TemplateData& data, const TemplateBlock& block) {
  std::vector<tables::NetworkOnEngines> networks;
  for (const TemplateText& name : data.expanded(block.all("networks"))) {
    const pages::ReportNetwork& one = data.measured(name);
    tables::NetworkOnEngines& on =
        networks.emplace_back(tables::on_engines(one.label, one.network));
    for (const std::string& engine : block.texts("engines"))
      on.engines.push_back(tables::engine_times(one.network, data.measured_on(name, engine)));
  }
  return pages::engine_parts(networks, block.text("name"));
}

}  // namespace archcost::templates
