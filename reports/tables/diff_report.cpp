// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "core/glossary.hpp"
#include "core/text.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/json.hpp"
namespace archcost::tables {
namespace {

struct Sides {
  const graph::Network& left;
  const cost::CostTable& left_costs;
  const graph::Network& right;
  const cost::CostTable& right_costs;
};

// The change of a counter in one row: right minus left.
Count change_of(const cost::DiffRow& row, const Sides& sides, Count LayerCost::*counter) {
  const Count before = row.left < 0 ? Count(0) : sides.left_costs.layers[row.left].cost.*counter;
  const Count after = row.right < 0 ? Count(0) : sides.right_costs.layers[row.right].cost.*counter;
  return after - before;
}

// By Change.
constexpr const char* kSigns[] = {"=", "~", "+", "-"};
constexpr const char* kWords[] = {"same", "changed", "added", "removed"};

Section layers_section(const Sides& sides) {
  Section section;
  section.table.columns = {{"change", "", kText, 0, 1},
                           {"layer", "layer", kText, 0, 26},
                           {"what", "what", kText, 0, 20, true},
                           {"params", "params", kChange, 1},
                           {"macs", "macs", kChange}};
  const auto& [left, left_costs, right, right_costs] = sides;
  int same = 0;
  const auto flush = [&] {
    if (same > 0)
      section.table.rows.push_back(
          {"=", fmt::format("{} equal layer{}", same, same == 1 ? "" : "s"), "", Cell(), Cell()});
    same = 0;
  };
  for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
    if (row.change == cost::Change::kSame) {
      ++same;
      continue;
    }
    flush();
    const graph::Network& network = row.left >= 0 ? left : right;
    const graph::Layer& layer = network.layers[row.left >= 0 ? row.left : row.right];
    section.table.rows.push_back(
        {kSigns[static_cast<int>(row.change)], layer.name,
         row.change == cost::Change::kChanged ? row.what : graph::class_name(network, layer),
         change_of(row, sides, &LayerCost::params), change_of(row, sides, &LayerCost::macs)});
  }
  flush();
  return section;
}

// "Layers: 4 changed, 128 added, 171 equal."
std::string changes_text(const std::vector<cost::DiffRow>& rows) {
  std::vector<std::string> parts;
  for (const cost::Change change : {cost::Change::kChanged, cost::Change::kAdded,
                                    cost::Change::kRemoved, cost::Change::kSame}) {
    const auto count = std::count_if(
        rows.begin(), rows.end(), [&](const cost::DiffRow& row) { return row.change == change; });
    if (count > 0) parts.push_back(fmt::format("{} {}", count, kWords[static_cast<int>(change)]));
    if (change == cost::Change::kSame && static_cast<std::size_t>(count) == rows.size())
      return "The networks are equal, layer by layer.";
  }
  return "Layers: " + join(parts, ", ") + ".";
}

Section totals_section(const cost::CostTable& left, const cost::CostTable& right) {
  Section section;
  section.table.columns = {{"cost", "cost", kText, 0},
                           {"left", "before", kCount, 0},
                           {"right", "after", kCount, 0},
                           {"change", "change", kChange, 0},
                           {"ratio", "ratio", kRatio, 0}};
  for (const CostName& name : glossary()) {
    if (name.counter == nullptr) continue;
    const Count before = left.total.cost.*name.counter, after = right.total.cost.*name.counter;
    if (before == Count(0) && after == Count(0)) continue;
    section.table.rows.push_back({name.title, before, after, after - before,
                                  value_if(!(before == Count(0)), ratio(after, before))});
  }
  return section;
}

// Numbers, words, or lists of as many elements.
bool same_form(const graph::Parameter& a, const graph::Parameter& b) {
  return a.value.is_list() == b.value.is_list() &&
         (!a.value.is_list() || a.value.list().size() == b.value.list().size());
}

}  // namespace

std::vector<std::string> setting_changes(const graph::Network& from, const graph::Network& to) {
  std::vector<std::string> changes;
  const auto add = [&](const std::string& name, const std::string& before,
                       const std::string& after) {
    if (before != after) changes.push_back(fmt::format("{} {} to {}", name, before, after));
  };
  // Lists of different lengths, as widths, say nothing about networks of two families.
  const bool one_spec = std::equal(
      from.parameters.begin(), from.parameters.end(), to.parameters.begin(), to.parameters.end(),
      [](const graph::Parameter& a, const graph::Parameter& b) { return a.name == b.name; });
  for (const graph::Parameter& before : from.parameters) {
    for (const graph::Parameter& after : to.parameters) {
      if (before.name == after.name && (one_spec || same_form(before, after)))
        add(before.name, spec::to_string(before.value), spec::to_string(after.value));
    }
  }
  add("input", to_string(from.input), to_string(to.input));
  add("batch", std::to_string(from.batch), std::to_string(to.batch));
  return changes;
}

void add_setting_changes(const std::string& from_label, const graph::Network& from,
                         const std::string& to_label, const graph::Network& to,
                         std::vector<std::string>& notes) {
  const std::vector<std::string> changes = setting_changes(from, to);
  if (!changes.empty())
    notes.push_back(fmt::format("From {} to {}: {}.", from_label, to_label, join(changes, ", ")));
}

Document diff_report(const graph::Network& left, const cost::CostTable& left_costs,
                     const graph::Network& right, const cost::CostTable& right_costs) {
  Section totals = totals_section(left_costs, right_costs);
  add_setting_changes(left.name, left, right.name, right, totals.notes);
  totals.notes.push_back(changes_text(cost::diff_networks(left, right)));
  return {fmt::format("{} ({})", left.name, describe_setting(left)),
          fmt::format("to {} ({})", right.name, describe_setting(right)),
          {std::move(totals), layers_section({left, left_costs, right, right_costs})}};
}

Document diff_data(const graph::Network& left, const cost::CostTable& left_costs,
                   const graph::Network& right, const cost::CostTable& right_costs) {
  const Sides sides = {left, left_costs, right, right_costs};
  Table table = {.columns = {{"change"}, {"left"}, {"right"}, {"what"}, {"params"}, {"macs"}}};
  for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
    table.rows.push_back(
        {kWords[static_cast<int>(row.change)], row.left < 0 ? "" : left.layers[row.left].name,
         row.right < 0 ? "" : right.layers[row.right].name, row.what,
         change_of(row, sides, &LayerCost::params), change_of(row, sides, &LayerCost::macs)});
  }
  return data_document(std::move(table));
}

std::string diff_json(const graph::Network& left, const cost::CostTable& left_costs,
                      const graph::Network& right, const cost::CostTable& right_costs) {
  Json layers = Json::array();
  const Document data = diff_data(left, left_costs, right, right_costs);
  for (const std::vector<Cell>& row : data.sections.front().table.rows) {
    const auto text = [&](std::size_t k) { return std::get<std::string>(row[k]); };
    const auto name = [&](std::size_t k) { return text(k).empty() ? Json() : Json(text(k)); };
    Json& entry =
        layers.emplace_back(Json{{"change", text(0)}, {"left", name(1)}, {"right", name(2)}});
    if (!text(3).empty()) entry["what"] = text(3);
    entry["params"] = std::get<std::int64_t>(row[4]);
    entry["macs"] = std::get<std::int64_t>(row[5]);
  }
  const auto side = [](const graph::Network& network, const cost::CostTable& costs) {
    return Json{{"spec", network.name}, {"totals", to_json(costs.total.cost)}};
  };
  return json_text({{"left", side(left, left_costs)},
                    {"right", side(right, right_costs)},
                    {"layers", std::move(layers)}});
}

}  // namespace archcost::tables
