// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/glossary.hpp"
#include "core/text.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

// The change of a counter in one row: right minus left.
Count change_of(const cost::DiffRow& row, const cost::CostTable& left, const cost::CostTable& right,
                Count LayerCost::*counter) {
  const Count before = row.left < 0 ? Count(0) : left.layers[row.left].cost.*counter;
  const Count after = row.right < 0 ? Count(0) : right.layers[row.right].cost.*counter;
  return after - before;
}

std::string sign_of(cost::Change change) {
  return change == cost::Change::kAdded ? "+" : change == cost::Change::kRemoved ? "-" : "~";
}

std::string name_of(const cost::DiffRow& row, const graph::Network& left,
                    const graph::Network& right) {
  return row.left >= 0 ? left.layers[row.left].name : right.layers[row.right].name;
}

Section layers_section(const graph::Network& left, const cost::CostTable& left_costs,
                       const graph::Network& right, const cost::CostTable& right_costs) {
  Section section;
  section.table.columns = {{"change", "", kText, 0, 1},
                           {"layer", "layer", kText, 0, 26},
                           {"what", "what", kText, 0, 20, true},
                           {"params", "params", kChange, 1},
                           {"macs", "macs", kChange, 0}};
  int same = 0, all = 0;
  const auto flush = [&] {
    if (same > 0)
      section.table.rows.push_back({std::string("="),
                                    fmt::format("{} equal layer{}", same, same == 1 ? "" : "s"),
                                    std::string(), Cell(), Cell()});
    same = 0;
  };
  for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
    if (row.change == cost::Change::kSame) {
      ++same;
      continue;
    }
    flush();
    ++all;
    const std::string what =
        row.change == cost::Change::kAdded     ? graph::class_name(right, right.layers[row.right])
        : row.change == cost::Change::kRemoved ? graph::class_name(left, left.layers[row.left])
                                               : row.what;
    section.table.rows.push_back(
        {sign_of(row.change), name_of(row, left, right), what,
         change_of(row, left_costs, right_costs, &LayerCost::params).value(),
         change_of(row, left_costs, right_costs, &LayerCost::macs).value()});
  }
  flush();
  if (all == 0) section.notes.push_back("The networks are equal, layer by layer.");
  return section;
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
    Cell ratio;
    if (!(before == Count(0)))
      ratio = static_cast<double>(after.value()) / static_cast<double>(before.value());
    section.table.rows.push_back(
        {std::string(name.title), before.value(), after.value(), (after - before).value(), ratio});
  }
  return section;
}

}  // namespace

Document diff_report(const graph::Network& left, const cost::CostTable& left_costs,
                     const graph::Network& right, const cost::CostTable& right_costs) {
  Document document;
  document.title = fmt::format("{} ({})", left.name, describe_setting(left));
  document.subtitle = fmt::format("to {} ({})", right.name, describe_setting(right));
  document.sections.push_back(layers_section(left, left_costs, right, right_costs));
  document.sections.push_back(totals_section(left_costs, right_costs));
  return document;
}

namespace {

constexpr const char* kWords[] = {"same", "changed", "added", "removed"};  // by Change

}  // namespace

Document diff_data(const graph::Network& left, const cost::CostTable& left_costs,
                   const graph::Network& right, const cost::CostTable& right_costs) {
  Section section;
  section.table.columns = {
      {"change"}, {"left"}, {"right"}, {"what"}, {"params", "", kChange}, {"macs", "", kChange}};
  for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
    section.table.rows.push_back(
        {std::string(kWords[static_cast<int>(row.change)]),
         row.left < 0 ? std::string() : left.layers[row.left].name,
         row.right < 0 ? std::string() : right.layers[row.right].name, row.what,
         change_of(row, left_costs, right_costs, &LayerCost::params).value(),
         change_of(row, left_costs, right_costs, &LayerCost::macs).value()});
  }
  return {"", "", {std::move(section)}};
}

std::string diff_json(const graph::Network& left, const cost::CostTable& left_costs,
                      const graph::Network& right, const cost::CostTable& right_costs) {
  Json json;
  json["left"] = {{"spec", left.name}, {"totals", to_json(left_costs.total.cost)}};
  json["right"] = {{"spec", right.name}, {"totals", to_json(right_costs.total.cost)}};
  json["layers"] = Json::array();
  for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
    Json entry;
    entry["change"] = kWords[static_cast<int>(row.change)];
    entry["left"] = row.left < 0 ? Json(nullptr) : Json(left.layers[row.left].name);
    entry["right"] = row.right < 0 ? Json(nullptr) : Json(right.layers[row.right].name);
    if (!row.what.empty()) entry["what"] = row.what;
    entry["params"] = change_of(row, left_costs, right_costs, &LayerCost::params).value();
    entry["macs"] = change_of(row, left_costs, right_costs, &LayerCost::macs).value();
    json["layers"].push_back(std::move(entry));
  }
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
