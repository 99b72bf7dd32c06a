// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/search_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/diagnostic.hpp"
#include "core/json_line.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/json.hpp"
#include "search/methods/unused_limit.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::tables {
namespace {

// The varied parameters of all jobs, in the order of first appearance.
std::vector<std::string> params_of(const methods::SearchPlan& plan) {
  std::vector<std::string> params;
  for (const sweep::SweepJob& job : plan.jobs) {
    for (const space::SweepAxis& axis : job.space.axes) {
      if (std::find(params.begin(), params.end(), axis.param) == params.end())
        params.push_back(axis.param);
    }
  }
  return params;
}

Format format_of(const methods::SearchPlan& plan, const space::Quantity& quantity) {
  if (quantity.kind == space::QuantityKind::kSlow)
    return plan.slow[static_cast<std::size_t>(quantity.slow)].unit == "s" ? kSeconds : kNumber;
  if (quantity.parts != 1) return kNumberText;
  return space::is_memory_size(quantity.name) ? kBytes : kCount;
}

// "63.3 %", "62.9 ± 0.2 %".
std::string accuracy_text(const accuracy::AccuracyEstimate& accuracy) {
  if (!accuracy.has_value()) return "";
  if (accuracy.kind == accuracy::AccuracyEstimate::Kind::kPublished)
    return fmt::format("{:.4g} %", accuracy.top1);
  return fmt::format("{:.2f} ± {:.2f} %", accuracy.top1, accuracy.error);
}

// Of entropy and effectiveness: "10,178.61", "0.5593".
std::string real_text(double value) {
  if (std::abs(value) < 100) return fmt::format("{:.4g}", value);
  const auto hundredths = static_cast<std::int64_t>(std::llround(value * 100));
  return fmt::format("{}.{:02}", with_commas(hundredths / 100), std::abs(hundredths % 100));
}

}  // namespace

std::string figure_text(const methods::SearchPlan& plan, std::size_t q, double value) {
  const space::Quantity& quantity = plan.quantities[q];
  if (quantity.kind == space::QuantityKind::kAccuracy) return fmt::format("{:.2f} %", value);
  if (quantity.kind == space::QuantityKind::kSlow) return human_seconds(value);
  if (quantity.parts != 1) return real_text(value);
  return format_of(plan, quantity) == kBytes ? human_bytes(static_cast<std::int64_t>(value))
                                             : human_count(static_cast<std::int64_t>(value));
}

namespace {

Cell figure_cell(const methods::SearchPlan& plan, std::size_t q, const methods::Design& design) {
  const space::Quantity& quantity = plan.quantities[q];
  const double value = design.values[q];
  if (quantity.kind == space::QuantityKind::kAccuracy) {
    const std::string text = accuracy_text(design.accuracy);
    return text.empty() ? Cell() : Cell(text);
  }
  if (std::isnan(value)) return {};
  if (quantity.kind == space::QuantityKind::kSlow) return value;
  if (quantity.parts != 1) return real_text(value);
  return static_cast<std::int64_t>(value);
}

// How a slow figure was got, in the words of `predict`: "measured", "predicted" from measured
// layers, "estimated" where some of its layers are; empty where it was not asked for.
std::string figure_kind(const methods::SearchPlan& plan, const methods::Design& design,
                        std::size_t q) {
  if (std::isnan(design.values[q])) return {};
  const space::SlowCost& slow = plan.slow[static_cast<std::size_t>(plan.quantities[q].slow)];
  if (design.measured || (slow.measures && slow.measures())) return "measured";
  return design.estimated ? "estimated" : "predicted";
}

Cell kind_cell(const methods::SearchPlan& plan, const methods::Design& design, std::size_t q) {
  std::string kind = figure_kind(plan, design, q);
  return kind.empty() ? Cell() : Cell(std::move(kind));
}

// By design: the objectives in which none of the list is better.
std::vector<std::string> best_in(const methods::SearchPlan& plan,
                                 const std::vector<methods::Design>& designs) {
  std::vector<std::string> names(designs.size());
  for (std::size_t g = 0; g < plan.objectives.size(); ++g) {
    double best = std::numeric_limits<double>::infinity();
    for (const methods::Design& design : designs) best = std::min(best, design.key[g]);
    for (std::size_t k = 0; k < designs.size(); ++k) {
      if (designs[k].key[g] != best) continue;
      names[k] += (names[k].empty() ? "" : ", ") +
                  plan.quantities[static_cast<std::size_t>(plan.objectives[g].quantity)].name;
    }
  }
  return names;
}

std::string missed_text(const methods::SearchPlan& plan, const methods::Design& design) {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < plan.limits.size(); ++k) {
    if (design.missed[k] > 0)
      parts.push_back(
          fmt::format("{} by {}", plan.limits[k], human_percent(100 * design.missed[k])));
  }
  return join(parts, ", ");
}

// Values of the varied parameters, by params_of().
std::vector<std::string> value_texts(const methods::SearchPlan& plan, const methods::Design& design,
                                     const std::vector<std::string>& params, bool raw) {
  const std::vector<graph::ParameterSetting> settings =
      plan.jobs[design.job].space.settings(design.at);
  std::vector<std::string> texts;
  for (const std::string& param : params) {
    const auto setting =
        std::find_if(settings.begin(), settings.end(),
                     [&](const graph::ParameterSetting& s) { return s.name == param; });
    texts.push_back(setting == settings.end() ? ""
                    : raw                     ? document::decimal_text(setting->value)
                                              : spec::to_string(setting->value));
  }
  return texts;
}

// Goals first, then what limits ask for, as they were asked.
std::vector<std::size_t> shown_order(const methods::SearchPlan& plan) {
  std::vector<std::size_t> order;
  for (const space::Objective& objective : plan.objectives)
    order.push_back(static_cast<std::size_t>(objective.quantity));
  for (std::size_t q = 0; q < plan.quantities.size(); ++q) {
    if (std::find(order.begin(), order.end(), q) == order.end()) order.push_back(q);
  }
  return order;
}

// A column for each quantity; data has a number and its error in two columns, a table in one.
void add_columns(const methods::SearchPlan& plan, bool raw, Table& table) {
  for (std::size_t q : shown_order(plan)) {
    const space::Quantity& quantity = plan.quantities[q];
    const bool accuracy = quantity.kind == space::QuantityKind::kAccuracy;
    const bool beside = std::none_of(plan.objectives.begin(), plan.objectives.end(),
                                     [&](const space::Objective& objective) {
                                       return static_cast<std::size_t>(objective.quantity) == q;
                                     });
    table.columns.push_back(
        {.key = quantity.name,
         .title = accuracy ? "top-1" : spaced(quantity.name),
         .format = accuracy ? kNumberText : format_of(plan, quantity),
         .expendable = beside && quantity.kind == space::QuantityKind::kCost ? 1 : 0});
    if (raw && quantity.kind != space::QuantityKind::kCost)
      table.columns.push_back({.key = quantity.name + "_error", .title = "error"});
    if (quantity.kind == space::QuantityKind::kSlow)
      table.columns.push_back({.key = quantity.name + "_figure", .title = "figure"});
  }
}

void add_figures(const methods::SearchPlan& plan, const methods::Design& design, bool raw,
                 std::vector<Cell>& cells) {
  for (std::size_t q : shown_order(plan)) {
    const space::QuantityKind kind = plan.quantities[q].kind;
    if (!raw || kind == space::QuantityKind::kCost) {
      const bool real = raw && plan.quantities[q].parts != 1;
      cells.push_back(real ? Cell(design.values[q]) : figure_cell(plan, q, design));
      if (kind == space::QuantityKind::kSlow) cells.push_back(kind_cell(plan, design, q));
      continue;
    }
    const bool known = kind == space::QuantityKind::kAccuracy ? design.accuracy.has_value()
                                                              : !std::isnan(design.values[q]);
    cells.push_back(known ? Cell(design.values[q]) : Cell());
    cells.push_back(known && design.errors[q] ? Cell(*design.errors[q]) : Cell());
    if (kind == space::QuantityKind::kSlow) cells.push_back(kind_cell(plan, design, q));
  }
}

Table design_table(const methods::SearchPlan& plan, const std::vector<methods::Design>& designs,
                   bool feasible, bool raw) {
  const std::vector<std::string> params = params_of(plan);
  Table table;
  if (plan.jobs.size() > 1) table.columns.push_back({.key = "spec", .title = "spec"});
  for (const std::string& param : params) {
    const spec::ParamSpec* spec = plan.jobs.front().spec.find_param(param);
    const std::string title = spec != nullptr && !spec->symbol.empty() ? spec->symbol : param;
    table.columns.push_back({.key = param, .title = title, .format = kNumberText});
  }
  add_columns(plan, raw, table);
  const bool measured =
      std::any_of(designs.begin(), designs.end(),
                  [](const methods::Design& design) { return design.measured.has_value(); });
  if (measured)
    table.columns.push_back({.key = "measured", .title = "measured", .format = kSeconds});
  table.columns.push_back({.key = feasible ? "best" : "missed",
                           .title = feasible ? "best" : "misses",
                           .expendable = 1});
  if (raw) table.columns.push_back({.key = "command", .title = "command"});
  const std::vector<std::string> best =
      feasible ? best_in(plan, designs) : std::vector<std::string>();
  for (std::size_t k = 0; k < designs.size(); ++k) {
    auto& cells = table.rows.emplace_back();
    if (plan.jobs.size() > 1) cells.emplace_back(plan.jobs[designs[k].job].label);
    for (std::string& text : value_texts(plan, designs[k], params, raw))
      cells.push_back(text.empty() ? Cell() : Cell(std::move(text)));
    add_figures(plan, designs[k], raw, cells);
    if (measured) cells.push_back(designs[k].measured ? Cell(designs[k].measured->value) : Cell());
    cells.emplace_back(feasible ? best[k] : missed_text(plan, designs[k]));
    if (raw) cells.emplace_back(design_command(plan, designs[k], "analyze"));
  }
  return table;
}

// What accuracies rest on.
void accuracy_lines(const methods::SearchPlan& plan, const methods::SearchResult& result,
                    std::vector<std::string>& lines) {
  std::vector<std::string> said;
  for (const methods::Design& design : result.designs) {
    if (!plan.accuracy[design.job] || !design.accuracy.has_value()) continue;
    const accuracy::AccuracyModel& model = *plan.accuracy[design.job];
    const std::string line = fmt::format("Accuracy of {}: {}.", plan.jobs[design.job].spec.name,
                                         model.describe(design.accuracy));
    if (std::find(said.begin(), said.end(), line) == said.end() && said.size() < 4)
      said.push_back(line);
  }
  lines.insert(lines.end(), said.begin(), said.end());
  const int accuracy = space::find_quantity(plan.quantities, "accuracy");
  if (plan.objectives.size() != 1 || plan.objectives[0].quantity != accuracy ||
      result.designs.empty())
    return;
  const methods::Design& best = result.designs.front();
  std::size_t close = 0;
  for (const methods::Design& design : result.designs) {
    if (&design == &best) continue;
    const bool same_recipe =
        plan.accuracy[design.job]->table().recipe == plan.accuracy[best.job]->table().recipe;
    if (!accuracy::can_tell_apart(best.accuracy, design.accuracy, same_recipe)) ++close;
  }
  if (close > 0)
    lines.push_back(
        fmt::format("The accuracy of {} of the others does not differ significantly from the "
                    "first: the difference is within the errors.",
                    close));
}

}  // namespace

// Networks that --beside compares with the designs.
Table beside_table(const methods::SearchPlan& plan, const methods::SearchResult& result, bool raw) {
  Table table;
  table.columns.push_back({.key = "spec", .title = "network", .narrowest = 24});
  add_columns(plan, raw, table);
  for (std::size_t k = 0; k < result.beside.size(); ++k) {
    auto& cells = table.rows.emplace_back();
    cells.emplace_back(result.beside_labels[k]);
    add_figures(plan, result.beside[k], raw, cells);
  }
  return table;
}

Document search_report(const methods::SearchPlan& plan, const methods::SearchResult& result,
                       bool raw) {
  Document document;
  std::vector<std::string> labels;
  for (const sweep::SweepJob& job : plan.jobs) labels.push_back(job.label);
  const bool feasible = !result.designs.empty();
  document.title = fmt::format("search of {}", join(labels, ", "));
  document.subtitle = request_text(plan);
  Section& section = document.sections.emplace_back();
  if (!feasible)
    section.heading =
        result.nearest.empty() ? "no design" : "no design meets the limits; these come nearest";
  section.table = design_table(plan, feasible ? result.designs : result.nearest, feasible, raw);
  if (const std::string hint = methods::unused_limit_hint(plan, result); !hint.empty())
    section.notes.push_back(hint);
  for (std::string& line : method_lines(plan, result)) section.notes.push_back(std::move(line));
  for (std::string& line : tally_lines(plan, result)) section.notes.push_back(std::move(line));
  accuracy_lines(plan, result, section.notes);
  if (!result.corrected.empty()) section.notes.push_back(result.corrected);
  if (feasible)
    section.notes.push_back("The first: " +
                            design_command(plan, result.designs.front(), "analyze"));
  if (!result.beside.empty()) {
    Section& beside = document.sections.emplace_back();
    beside.heading = "beside";
    beside.table = beside_table(plan, result, raw);
  }
  return document;
}

std::string search_json_lines(const methods::SearchPlan& plan,
                              const methods::SearchResult& result) {
  std::string text;
  const bool feasible = !result.designs.empty();
  const std::vector<methods::Design>& designs = feasible ? result.designs : result.nearest;
  const std::vector<std::string> best =
      feasible ? best_in(plan, designs) : std::vector<std::string>();
  for (std::size_t k = 0; k < designs.size(); ++k) {
    const methods::Design& design = designs[k];
    Json line;
    line["spec"] = plan.jobs[design.job].label;
    for (const graph::ParameterSetting& setting : plan.jobs[design.job].space.settings(design.at))
      line["parameters"][setting.name] = to_json(setting.value);
    for (std::size_t q : shown_order(plan)) {
      const Cell cell = figure_cell(plan, q, design);
      const space::Quantity& quantity = plan.quantities[q];
      if (quantity.kind == space::QuantityKind::kAccuracy) {
        if (!design.accuracy.has_value()) continue;
        line["accuracy"] = design.accuracy.top1;
        line["accuracy_error"] = design.accuracy.error;
        line["accuracy_published"] =
            design.accuracy.kind == accuracy::AccuracyEstimate::Kind::kPublished;
      } else if (const auto* whole = std::get_if<std::int64_t>(&cell)) {
        line[quantity.name] = *whole;
      } else if (!std::isnan(design.values[q])) {
        line[quantity.name] = design.values[q];
        if (design.errors[q].value_or(0) > 0) line[quantity.name + "_error"] = *design.errors[q];
        if (quantity.kind == space::QuantityKind::kSlow)
          line[quantity.name + "_figure"] = figure_kind(plan, design, q);
      }
    }
    if (design.measured) line["measured"] = design.measured->value;
    line["feasible"] = feasible;
    if (feasible)
      line["best"] = best[k];
    else
      line["missed"] = missed_text(plan, design);
    line["command"] = design_command(plan, design, "analyze");
    text += json_line(line) + "\n";
  }
  return text;
}

}  // namespace archcost::tables
