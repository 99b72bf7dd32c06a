// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

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

// " (params +4.11K, macs -2.00M)"; empty where both are 0.
std::string sums_text(const std::vector<cost::DiffRow>& rows, cost::Change change,
                      const Sides& sides) {
  std::vector<std::string> sums;
  for (const auto& [name, counter] :
       {std::pair{"params", &LayerCost::params}, std::pair{"macs", &LayerCost::macs}}) {
    Count sum = 0;
    for (const cost::DiffRow& row : rows) {
      if (row.change == change) sum = sum + change_of(row, sides, counter);
    }
    if (!(sum == Count(0)))
      sums.push_back(fmt::format("{} {}{}", name, sum < Count(0) ? "-" : "+",
                                 human_count(std::abs(sum.value()))));
  }
  return sums.empty() ? "" : fmt::format(" ({})", join(sums, ", "));
}

// "Layers: 4 changed (macs -2.00M), 128 added (params +4.11K), 171 equal."
std::string changes_text(const std::vector<cost::DiffRow>& rows, const Sides& sides) {
  std::vector<std::string> parts;
  for (const cost::Change change : {cost::Change::kChanged, cost::Change::kAdded,
                                    cost::Change::kRemoved, cost::Change::kSame}) {
    const auto count = std::count_if(
        rows.begin(), rows.end(), [&](const cost::DiffRow& row) { return row.change == change; });
    if (count > 0)
      parts.push_back(fmt::format("{} {}{}", count, kWords[static_cast<int>(change)],
                                  sums_text(rows, change, sides)));
    if (change == cost::Change::kSame && static_cast<std::size_t>(count) == rows.size())
      return "The networks are equal, layer by layer.";
  }
  return "Layers: " + join(parts, ", ") + ".";
}

// A row for each kind, stage or block of either network, in the order of the first; those of the
// second alone follow the one before them there.
Table groups_table(const Sides& sides, cost::Grouping grouping) {
  const std::vector<cost::CostRow> left = cost::group(sides.left, sides.left_costs, grouping),
                                   right = cost::group(sides.right, sides.right_costs, grouping);
  const auto find = [](const std::vector<cost::CostRow>& rows, const std::string& name) {
    return std::find_if(rows.begin(), rows.end(),
                        [&](const cost::CostRow& row) { return row.name == name; });
  };
  std::vector<std::string> names;
  for (const cost::CostRow& row : left) names.push_back(row.name);
  std::size_t place = 0;
  for (const cost::CostRow& row : right) {
    const auto known = std::find(names.begin(), names.end(), row.name);
    if (known == names.end())
      names.insert(names.begin() + static_cast<std::ptrdiff_t>(place), row.name);
    place =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), row.name) - names.begin()) +
        1;
  }
  constexpr const char* kTitles[] = {"layer", "kind", "stage", "block"};  // by Grouping
  const std::string title = kTitles[static_cast<int>(grouping)];
  Table table;
  table.columns = {{title, title, kText, 0, 26},         {"layers_left", "layers", kCount, 3},
                   {"layers_right", "after", kCount, 3}, {"params_left", "params", kCount, 2},
                   {"params_right", "after", kCount, 2}, {"params", "change", kChange, 1},
                   {"macs_left", "macs", kCount},        {"macs_right", "after", kCount},
                   {"macs", "change", kChange}};
  const auto add = [&](const std::string& name, const cost::CostRow& before,
                       const cost::CostRow& after) {
    table.rows.push_back({name, Count(before.layers), Count(after.layers), before.cost.params,
                          after.cost.params, after.cost.params - before.cost.params,
                          before.cost.macs, after.cost.macs, after.cost.macs - before.cost.macs});
  };
  cost::CostRow none;
  none.layers = 0;
  for (const std::string& name : names) {
    const auto before = find(left, name), after = find(right, name);
    add(name, before == left.end() ? none : *before, after == right.end() ? none : *after);
  }
  add("total", sides.left_costs.total, sides.right_costs.total);
  table.last_is_total = true;
  return table;
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

// Numbers and words, or lists of as many elements: a copy of a spec may have other lists.
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
  // A parameter of one name is another one in another family.
  const bool one_spec = std::equal(
      from.parameters.begin(), from.parameters.end(), to.parameters.begin(), to.parameters.end(),
      [](const graph::Parameter& a, const graph::Parameter& b) { return a.name == b.name; });
  const bool one_source = !from.source.empty() && from.source == to.source;
  for (const graph::Parameter& before : from.parameters) {
    for (const graph::Parameter& after : to.parameters) {
      if (before.name == after.name && (one_spec || (one_source && same_form(before, after))))
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
                     const graph::Network& right, const cost::CostTable& right_costs,
                     const DiffOptions& options) {
  const Sides sides = {left, left_costs, right, right_costs};
  Section totals = totals_section(left_costs, right_costs);
  add_setting_changes(left.name, left, right.name, right, totals.notes);
  totals.notes.push_back(changes_text(cost::diff_networks(left, right), sides));
  totals.notes.insert(totals.notes.end(), options.notes.begin(), options.notes.end());
  return {fmt::format("{} ({})", left.name, describe_setting(left)),
          fmt::format("to {} ({})", right.name, describe_setting(right)),
          {std::move(totals), options.grouping == cost::Grouping::kLayer
                                  ? layers_section(sides)
                                  : Section{.table = groups_table(sides, options.grouping)}}};
}

Document diff_data(const graph::Network& left, const cost::CostTable& left_costs,
                   const graph::Network& right, const cost::CostTable& right_costs,
                   const DiffOptions& options) {
  const Sides sides = {left, left_costs, right, right_costs};
  if (options.grouping != cost::Grouping::kLayer)
    return data_document(groups_table(sides, options.grouping));
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
