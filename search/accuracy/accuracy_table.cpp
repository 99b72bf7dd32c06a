// SPDX-License-Identifier: Apache-2.0
#include "search/accuracy/accuracy_table.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/published.hpp"
#include "graph/bind.hpp"

namespace archcost::accuracy {
namespace {

AccuracyRow row_of(const spec::ArchSpec& spec, const spec::PublishedRow& published,
                   const spec::Figure& figure) {
  const cost::PrintedFigure printed = cost::parse_figure(figure.text);
  AccuracyRow row;
  row.name = cost::describe_place(published);
  row.at = cost::options_of(spec, published);
  row.top1 = printed.value;
  row.unit = printed.unit;
  return row;
}

void add_source(AccuracyTable& table, const std::string& source) {
  const std::vector<std::string> known = split(table.source, ';');
  if (std::any_of(known.begin(), known.end(), [&](const auto& s) { return trim(s) == source; }))
    return;
  table.source += (table.source.empty() ? "" : "; ") + source;
}

bool is_set(const spec::ArchSpec& spec, const AccuracyRow& row, const std::string& param) {
  const auto names_it = [&](const auto& setting) { return setting.name == param; };
  const spec::Preset* preset = spec.find_preset(row.at.preset);
  return std::any_of(row.at.settings.begin(), row.at.settings.end(), names_it) ||
         (preset != nullptr &&
          std::any_of(preset->settings.begin(), preset->settings.end(), names_it));
}

}  // namespace

std::vector<spec::Value> values_of(const spec::ArchSpec& spec, const graph::BuildOptions& options) {
  const std::vector<spec::FileValues> files = graph::bind_parameters(spec, options);
  std::vector<spec::Value> values;
  for (const auto& value : files.front().params) values.push_back(*value);
  return values;
}

bool same_accuracy(const spec::ArchSpec& spec, std::span<const spec::Value> a,
                   std::span<const spec::Value> b) {
  for (std::size_t p = 0; p < a.size(); ++p) {
    if (!spec.main().params[p].neutral && !(a[p] == b[p])) return false;
  }
  return true;
}

void bind_rows(const spec::ArchSpec& spec, AccuracyTable& table) {
  std::vector<AccuracyRow> rows;
  for (AccuracyRow& row : table.rows) {
    row.values = values_of(spec, row.at);
    const bool known = std::any_of(rows.begin(), rows.end(), [&](const AccuracyRow& other) {
      return same_accuracy(spec, other.values, row.values);
    });
    if (!known) rows.push_back(std::move(row));
  }
  table.rows = std::move(rows);
  table.varied.clear();
  for (std::size_t p = 0; p < spec.main().params.size(); ++p) {
    const bool differs = std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
      return !(row.values[p] == table.rows.front().values[p]);
    });
    const bool set = std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
      return is_set(spec, row, spec.main().params[p].name);
    });
    if (differs && set && !spec.main().params[p].neutral) table.varied.push_back(p);
  }
}

std::vector<AccuracyTable> accuracy_tables(const spec::ArchSpec& spec) {
  std::vector<AccuracyTable> tables;
  for (const auto* section : {&spec.published, &spec.accuracy}) {
    for (const spec::PublishedRow& row : *section) {
      const spec::Figure* figure = cost::top1_of(row);
      if (figure == nullptr) continue;
      const std::string& recipe = row.recipe.empty() ? row.source : row.recipe;
      auto table = std::find_if(tables.begin(), tables.end(),
                                [&](const AccuracyTable& known) { return known.recipe == recipe; });
      if (table == tables.end()) {
        tables.push_back({spec.name, recipe, "", {}, {}});
        table = std::prev(tables.end());
      }
      table->rows.push_back(row_of(spec, row, *figure));
      add_source(*table, row.source);
    }
  }
  for (AccuracyTable& table : tables) bind_rows(spec, table);
  return tables;
}

std::string identity(const AccuracyTable& table) {
  std::string text;
  for (const AccuracyRow& row : table.rows) {
    for (const spec::Value& value : row.values) text += spec::to_string(value) + ";";
    text += to_string(row.top1) + "\n";
  }
  return text;
}

const AccuracyTable& table_of(const std::vector<AccuracyTable>& tables, const std::string& recipe) {
  std::vector<std::string> known;
  for (const AccuracyTable& table : tables) {
    if (table.recipe == recipe) return table;
    known.push_back(table.recipe);
  }
  throw Error(known.empty() ? fmt::format("no recipe '{}': the spec has no accuracies", recipe)
                            : fmt::format("no recipe '{}'; there {} '{}'", recipe,
                                          known.size() == 1 ? "is" : "are", join(known, "', '")));
}

}  // namespace archcost::accuracy
