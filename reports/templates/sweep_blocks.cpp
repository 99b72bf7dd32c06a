// SPDX-License-Identifier: Apache-2.0
// Blocks about networks with parameters varied.
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "reports/document/json.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/templates/block_builders.hpp"

namespace archcost::templates {
namespace {

pages::ReportSweep sweep_of(TemplateData& data, const TemplateBlock& block,
                            const std::vector<std::string>& costs) {
  const methods::OpenedSpec& opened = data.spec(block.all("network").front());
  std::vector<sweep::SweepJob> jobs(1);
  sweep::SweepJob& job = jobs.front();
  job.label = opened.label;
  job.spec = opened.spec;
  job.options = opened.options;
  job.space = space::sweep_space(job.spec, block.texts("vary"), job.options);
  job.wants.columns = costs;
  return pages::make_sweep(std::move(jobs));
}

std::vector<std::string> costs_of(const TemplateBlock& block,
                                  const std::vector<std::string>& fallback) {
  const std::vector<std::string> costs = block.texts("costs");
  return costs.empty() ? fallback : costs;
}

// "{d}x{d}" with each {NAME} replaced by the value of a setting.
std::string with_settings(std::string text, const std::vector<graph::ParameterSetting>& settings) {
  for (const graph::ParameterSetting& setting : settings) {
    const std::string name = "{" + setting.name + "}";
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at))
      text.replace(at, name.size(), spec::to_string(setting.value));
  }
  return text;
}

}  // namespace

Parts curve_block(TemplateData& data, const TemplateBlock& block) {
  const TemplateText& value = block.all("value").front();
  const spec::Expression expression =
      spec::parse_expression(value.text, value.where, value.literal);
  const std::vector<FigureCall> calls = figure_calls(expression, false);
  if (calls.empty()) throw Error("'value' names no cost of a network; write it as macs(NETWORK)");
  const spec::ArchSpec& first = data.spec(calls.front().network).spec;
  const space::SweepSpace across = space::sweep_space(first, {block.text("over")});
  const space::SweepSpace lines = block.all("lines").empty()
                                      ? space::SweepSpace()
                                      : space::sweep_space(first, {block.text("lines")});
  const space::SweepAxis& axis = across.axes.front();
  std::vector<double> x;
  for (const spec::Value& one : axis.values) {
    if (!one.is_number())
      throw Error(fmt::format("'over' varies a number, and '{}' is none", spec::to_string(one)));
    x.push_back(one.number().to_double());
  }
  std::vector<pictures::Series> series;
  for (std::uint64_t line = 0; line < lines.points(); ++line) {
    const std::vector<graph::ParameterSetting> of_line = lines.settings(lines.indices(line));
    pictures::Series one = {with_settings(block.text("column", block.text("name")), of_line),
                            with_settings(block.text("label", block.text("y")), of_line),
                            {}};
    for (std::uint64_t point = 0; point < across.points(); ++point) {
      std::vector<graph::ParameterSetting> all = across.settings(across.indices(point));
      all.insert(all.end(), of_line.begin(), of_line.end());
      const spec::Number number = evaluate_figure(expression, [&](const FigureCall& call) {
        const methods::OpenedSpec opened =
            data.spec_with(call.network, tables::setting_texts(all), block.text("input"));
        const graph::Network network = graph::build_network(opened.spec, opened.options);
        return cost_figure(call, network, cost::count(network));
      });
      one.values.emplace_back(number.to_double());
    }
    series.push_back(std::move(one));
  }
  const bool doubles = x.size() > 2 && x[0] > 0 && x[2] - x[1] > 1.5 * (x[1] - x[0]);
  return {pictures::line_picture({block.text("name"), data.prose(block.all("alt").front()),
                                  block.text("x", axis.param), block.text("y")},
                                 axis.param, x, series, {.log_x = doubles})};
}

Parts sweep_block(TemplateData& data, const TemplateBlock& block) {
  const pages::ReportSweep sweep =
      sweep_of(data, block, costs_of(block, {"params", "macs", "activations", "peak_memory"}));
  std::vector<std::string> show = block.texts("show");
  if (show.empty()) show = {"picture", "table", "laws"};
  const auto shows = [&](std::string_view what) {
    return std::find(show.begin(), show.end(), what) != show.end();
  };
  Parts parts;
  bool laws = false;  // they come last, below their subheading
  for (PagePart& part : pages::sweep_parts(sweep, block.text("name"))) {
    laws |= std::holds_alternative<Subheading>(part);
    const std::string_view what = laws                                    ? "laws"
                                  : std::holds_alternative<Picture>(part) ? "picture"
                                                                          : "table";
    if (shows(what)) parts.push_back(std::move(part));
  }
  return parts;
}

Parts map_block(TemplateData& data, const TemplateBlock& block) {
  const std::string cost = block.text("cost", "macs");
  const pages::ReportSweep sweep = sweep_of(data, block, {cost});
  const auto& axes = sweep.jobs.front().space.axes;
  if (axes.size() != 2)
    throw Error(fmt::format("a map varies two parameters, not {}", axes.size()));
  std::vector<pictures::Budget> budgets;
  for (const TemplateText& budget : block.all("budgets")) {
    budgets.push_back({budget.text + " " + (cost == "macs" ? "multiply-adds" : spaced(cost)),
                       *parse_budget(budget.text)});
  }
  return {pages::sweep_map(
      sweep, cost,
      {block.text("name"), data.prose(block.all("alt").front()), block.text("x"), block.text("y")},
      budgets)};
}

Parts added_block(TemplateData& data, const TemplateBlock& block) {
  const TemplateText& base = block.all("to").front();
  const std::vector<std::string> costs = costs_of(block, {"params", "macs"});
  const pages::ReportSweep sweep = sweep_of(data, block, costs);
  const auto& axes = sweep.jobs.front().space.axes;
  if (axes.size() != 1)
    throw Error(fmt::format("'added' varies one parameter, not {}", axes.size()));
  PageTable table{block.text("name"), {}, {}, {}};
  table.table.columns = {{axes[0].param, spaced(axes[0].param), Format::kNumberText}};
  std::vector<std::int64_t> base_costs;
  for (const std::string& cost : costs) {
    if (cost::is_real_cost(cost))
      throw Error(fmt::format("'{}' can't be shown as a difference", cost));
    const spec::Number of_base = data.figure({cost, base, ""});
    base_costs.push_back(of_base.whole().value());
    const std::string percent_of = "% of " + block.text("label", base.text);
    table.table.columns.push_back({cost, spaced(cost), Format::kCount});
    table.table.columns.push_back({cost + "_added", "added", Format::kCount});
    table.table.columns.push_back({cost + "_added_percent", percent_of, Format::kPercent});
  }
  for (const tables::SweepRow& row : sweep.rows) {
    std::vector<Cell> cells = {document::value_cell(axes[0].values[row.point])};
    for (std::size_t c = 0; c < costs.size(); ++c) {
      const std::int64_t added = row.costs[c] - base_costs[c];
      cells.emplace_back(row.costs[c]);
      cells.emplace_back(added);
      const double before = base_costs[c] == 0 ? 1 : static_cast<double>(base_costs[c]);
      cells.emplace_back(
          document::value_if(base_costs[c] != 0, 100 * static_cast<double>(added) / before));
    }
    table.table.rows.push_back(std::move(cells));
  }
  return {std::move(table)};
}

}  // namespace archcost::templates
