// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/accuracy_report.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "reports/tables/json.hpp"

namespace archcost::tables {
namespace {

constexpr std::size_t kFewest = 3;  // models of a table that is shown

bool is_shown(const JudgedTable& table) { return table.model.table().rows.size() >= kFewest; }

std::string symbol_of(const spec::ParamSpec& param) {
  return param.symbol.empty() ? param.name : param.symbol;
}

// "α, ρ".
std::string varied_text(const JudgedTable& judged) {
  std::vector<std::string> names;
  for (std::size_t p : judged.model.table().varied)
    names.push_back(symbol_of(judged.spec->main().params[p]));
  return join(names, ", ");
}

// What the rows of a slice share, where a table has several: "se=1, gate=sigmoid".
std::string slice_text(const JudgedTable& judged, const accuracy::AccuracySlice& slice) {
  const accuracy::AccuracyTable& table = judged.model.table();
  if (judged.model.slices().size() == 1) return "all";
  std::vector<std::string> shared;
  for (std::size_t p : table.varied) {
    const spec::Value& first = table.rows[slice.rows.front()].values[p];
    const bool same = std::all_of(slice.rows.begin(), slice.rows.end(),
                                  [&](std::size_t r) { return table.rows[r].values[p] == first; });
    if (same) shared.push_back(judged.spec->main().params[p].name + "=" + spec::to_string(first));
  }
  return join(shared, ", ");
}

Cell points(double value) { return fmt::format("{:.2f}", value); }

Cell rank(const std::optional<double>& value) { return value ? points(*value) : Cell(); }

// --recipe takes the whole name.
Column recipe_column() {
  return {.key = "recipe", .title = "recipe", .narrowest = 16, .wrap = true};
}

Section estimates_section(const std::vector<JudgedTable>& tables) {
  Section section;
  section.heading = "accuracy of the network that was asked for";
  section.table.columns = {{.key = "network", .title = "network"},
                           recipe_column(),
                           {.key = "top1", .title = "top-1", .format = kNumberText},
                           {.key = "error", .title = "±", .format = kNumberText},
                           {.key = "from", .title = "from", .narrowest = 20, .wrap = true}};
  using Kind = accuracy::AccuracyEstimate::Kind;
  const auto add = [&](const JudgedTable& table, const accuracy::AccuracyEstimate& estimate) {
    const bool known = estimate.has_value();
    section.table.rows.push_back(
        {table.asked, table.model.table().recipe, known ? points(estimate.top1) : Cell(),
         known ? points(estimate.error) : Cell(), table.model.describe(estimate)});
  };
  // Published figures first, recipes without an answer last.
  for (const int pass : {0, 1, 2}) {
    for (const JudgedTable& table : tables) {
      if (!table.estimate) continue;
      const Kind kind = table.estimate->kind;
      const int rank = kind == Kind::kPublished ? 0 : kind == Kind::kEstimated ? 1 : 2;
      if (rank == pass) add(table, *table.estimate);
    }
  }
  return section;
}

Section fits_section(const std::vector<JudgedTable>& tables) {
  Section section;
  section.heading = "published accuracies, and how well a fit predicts them";
  section.table.columns = {{.key = "family", .title = "family"},
                           recipe_column(),
                           {.key = "part", .title = "part", .expendable = 2},
                           {.key = "models", .title = "models", .format = kInteger},
                           {.key = "low", .title = "from", .format = kNumberText},
                           {.key = "high", .title = "to", .format = kNumberText},
                           {.key = "rmse", .title = "error", .format = kNumberText},
                           {.key = "worst", .title = "worst", .format = kNumberText},
                           {.key = "mean", .title = "of mean", .format = kNumberText},
                           {.key = "form", .title = "fitted in", .expendable = 1}};
  std::size_t small = 0, single = 0;
  for (const JudgedTable& judged : tables) {
    if (!is_shown(judged)) {
      ++small;
      continue;
    }
    const accuracy::AccuracyTable& table = judged.model.table();
    for (const accuracy::AccuracySlice& slice : judged.model.slices()) {
      if (slice.form.empty()) {
        single += slice.rows.size();
        continue;
      }
      double low = 100, high = 0;
      for (std::size_t r : slice.rows) {
        low = std::min(low, table.rows[r].top1.to_double());
        high = std::max(high, table.rows[r].top1.to_double());
      }
      section.table.rows.push_back({table.family, table.recipe, slice_text(judged, slice),
                                    static_cast<std::int64_t>(slice.rows.size()),
                                    fmt::format("{:.1f}", low), fmt::format("{:.1f}", high),
                                    points(slice.rmse), points(slice.worst),
                                    points(slice.mean_rmse), slice.form});
    }
  }
  section.notes.push_back(
      "error: leave-one-out, root mean square, in points; worst: the largest error; of mean: the "
      "error when the mean of the other models is the prediction.");
  if (single > 0)
    section.notes.push_back(fmt::format(
        "Too unlike the others of their table for a fit, with their published figures only: {} "
        "model{}.",
        single, single == 1 ? "" : "s"));
  if (small > 0)
    section.notes.push_back(fmt::format("Not shown: {} table{} of fewer than {} models.", small,
                                        small == 1 ? "" : "s", kFewest));
  return section;
}

Section ranks_section(const std::vector<JudgedTable>& tables) {
  Section section;
  section.heading = "rank correlation of costs with published accuracy";
  section.table.columns = {{.key = "family", .title = "family"},
                           recipe_column(),
                           {.key = "models", .title = "models", .format = kInteger}};
  for (const std::string& cost : judged_costs()) {
    section.table.columns.push_back({.key = cost, .title = cost + " ρ", .format = kNumberText});
    section.table.columns.push_back(
        {.key = cost + "_kendall", .title = "τ", .format = kNumberText, .expendable = 1});
  }
  for (const JudgedTable& judged : tables) {
    if (!is_shown(judged)) continue;
    const accuracy::AccuracyTable& table = judged.model.table();
    std::vector<Cell> row = {table.family, table.recipe,
                             static_cast<std::int64_t>(table.rows.size())};
    for (const accuracy::RankCorrelation& correlation : judged.ranks) {
      row.push_back(rank(correlation.spearman));
      row.push_back(rank(correlation.kendall));
    }
    section.table.rows.push_back(std::move(row));
  }
  section.notes.push_back("ρ: Spearman's, τ: Kendall's τ_b; 1: the same order, -1: the opposite.");
  return section;
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::string kind_text(accuracy::AccuracyEstimate::Kind kind) {
  using Kind = accuracy::AccuracyEstimate::Kind;
  return kind == Kind::kPublished ? "published" : kind == Kind::kEstimated ? "estimated" : "none";
}

Json table_json(const JudgedTable& judged) {
  const accuracy::AccuracyTable& table = judged.model.table();
  Json json = {{"family", table.family}, {"recipe", table.recipe}, {"source", table.source}};
  if (judged.estimate) {
    const accuracy::AccuracyEstimate& estimate = *judged.estimate;
    const bool known = estimate.has_value();
    json["estimate"] = {{"network", judged.asked},
                        {"top1", number_or_null(value_if(known, estimate.top1))},
                        {"error", number_or_null(value_if(known, estimate.error))},
                        {"kind", kind_text(estimate.kind)},
                        {"from", judged.model.describe(estimate)}};
  }
  json["models"] = Json::array();
  for (const accuracy::AccuracyRow& row : table.rows)
    json["models"].push_back({{"at", row.name}, {"top1", row.top1.to_double()}});
  json["fits"] = Json::array();
  for (const accuracy::AccuracySlice& slice : judged.model.slices()) {
    if (slice.form.empty()) continue;
    json["fits"].push_back({{"part", slice_text(judged, slice)},
                            {"models", slice.rows.size()},
                            {"form", slice.form},
                            {"rmse", slice.rmse},
                            {"worst", slice.worst},
                            {"mean_rmse", slice.mean_rmse}});
  }
  json["ranks"] = Json::object();
  for (const accuracy::RankCorrelation& correlation : judged.ranks)
    json["ranks"][correlation.cost] = {{"spearman", number_or_null(correlation.spearman)},
                                       {"kendall", number_or_null(correlation.kendall)}};
  return json;
}

}  // namespace

const std::vector<std::string>& judged_costs() {
  static const std::vector<std::string> kCosts = {"entropy", "effectiveness", "params", "macs"};
  return kCosts;
}

Document accuracy_report(const std::vector<JudgedTable>& tables) {
  Document document = {"published accuracies",
                       "top-1 on ImageNet in percent, one table for each training recipe",
                       {fits_section(tables), ranks_section(tables)}};
  const bool asked =
      std::ranges::any_of(tables, [](const JudgedTable& t) { return t.estimate.has_value(); });
  if (asked) document.sections.insert(document.sections.begin(), estimates_section(tables));
  return document;
}

Document accuracy_data(const std::vector<JudgedTable>& tables) {
  Table data;
  for (const char* key : {"family", "recipe", "source", "varied", "at", "top1", "part", "form",
                          "rmse", "worst", "mean_rmse"})
    data.columns.push_back({key});
  for (const JudgedTable& judged : tables) {
    const accuracy::AccuracyTable& table = judged.model.table();
    for (const accuracy::AccuracySlice& slice : judged.model.slices()) {
      const bool fitted = !slice.form.empty();
      for (std::size_t r : slice.rows)
        data.rows.push_back({table.family, table.recipe, table.source, varied_text(judged),
                             table.rows[r].name, table.rows[r].top1.to_double(),
                             slice_text(judged, slice), slice.form, value_if(fitted, slice.rmse),
                             value_if(fitted, slice.worst), value_if(fitted, slice.mean_rmse)});
    }
  }
  return data_document(std::move(data));
}

std::string accuracy_json(const std::vector<JudgedTable>& tables) {
  Json array = Json::array();
  for (const JudgedTable& judged : tables) array.push_back(table_json(judged));
  return json_text({{"tables", std::move(array)}});
}

}  // namespace archcost::tables
