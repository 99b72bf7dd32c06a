// SPDX-License-Identifier: Apache-2.0
// Sweeps in reports: their points, tables, laws and pictures.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "reports/document/json.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/sweep_report.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::pages {
namespace {

using Parts = std::vector<PagePart>;

std::size_t column_of(const sweep::SweepJob& job, const std::string& cost) {
  const auto& columns = job.wants.columns;
  return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), cost) -
                                  columns.begin());
}

std::vector<Cell> cells_of(const space::SweepAxis& axis) {
  std::vector<Cell> cells;
  for (const spec::Value& value : axis.values) cells.push_back(document::value_cell(value));
  return cells;
}

std::string symbol_of(const sweep::SweepJob& job, const space::SweepAxis& axis) {
  const spec::ParamSpec* param = job.spec.find_param(axis.param);
  return param == nullptr || param->symbol.empty() ? axis.param : param->symbol;
}

// To 1, 2 or 5 times a power of ten.
double round_number(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  const double digit = value / power;
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

// "200M".
std::string budget_text(double budget) {
  return budget >= 1e9   ? fmt::format("{:g}G", budget / 1e9)
         : budget >= 1e6 ? fmt::format("{:g}M", budget / 1e6)
         : budget >= 1e3 ? fmt::format("{:g}K", budget / 1e3)
                         : fmt::format("{:g}", budget);
}

// Two budgets between the smallest and the largest cost.
std::vector<pictures::Budget> budgets_between(double low, double high) {
  std::vector<pictures::Budget> budgets;
  if (low <= 0 || high <= 1.5 * low) return budgets;
  for (const double part : {0.4, 0.75}) {
    const double budget = round_number(low * std::pow(high / low, part));
    const bool inside = low < budget && budget < high;
    if (inside && (budgets.empty() || budgets.back().value != budget))
      budgets.push_back({budget_text(budget) + " multiply-adds", budget});
  }
  return budgets;
}

// Every cost as a share of its largest, over the one parameter.
Picture one_axis_picture(const ReportSweep& sweep, const std::string& name) {
  const sweep::SweepJob& job = sweep.jobs.front();
  const space::SweepAxis& axis = job.space.axes.front();
  std::vector<std::string> names;
  for (const tables::SweepRow& row : sweep.rows)
    names.push_back(symbol_of(job, axis) + " = " + spec::to_string(axis.values[row.point]));
  std::vector<pictures::Series> series;
  for (std::size_t c = 0; c < job.wants.columns.size() && c < 3; ++c) {
    std::int64_t most = 1;
    for (const tables::SweepRow& row : sweep.rows) most = std::max(most, row.costs[c]);
    pictures::Series one = {job.wants.columns[c], spaced(job.wants.columns[c]), {}};
    for (const tables::SweepRow& row : sweep.rows)
      one.values.emplace_back(100.0 * static_cast<double>(row.costs[c]) /
                              static_cast<double>(most));
    series.push_back(std::move(one));
  }
  return pictures::bar_picture(
      {name, fmt::format("Costs of {} over {}, as shares of the largest.", job.label, axis.param),
       "% of the largest"},
      axis.param, names, series, 1, " %");
}

// The axis that colours show: the first one with few enough values; null if none has.
const space::SweepAxis* colored_axis(const sweep::SweepJob& job) {
  constexpr std::size_t kMostColors = 6;
  const auto found = std::ranges::find_if(job.space.axes, [](const space::SweepAxis& axis) {
    return axis.values.size() > 1 && axis.values.size() <= kMostColors;
  });
  return found == job.space.axes.end() ? nullptr : &*found;
}

// Of several jobs the colours show the job, of one the values of a parameter.
std::string color_group(const ReportSweep& sweep, const tables::SweepRow& row) {
  const sweep::SweepJob& job = sweep.jobs[row.job];
  const space::SweepAxis* axis = sweep.jobs.size() > 1 ? nullptr : colored_axis(job);
  if (axis == nullptr) return job.label;
  const auto place = static_cast<std::size_t>(axis - job.space.axes.data());
  return fmt::format("{} = {}", symbol_of(job, *axis),
                     spec::to_string(axis->values[job.space.indices(row.point)[place]]));
}

Picture cloud_picture(const ReportSweep& sweep, const std::string& prefix) {
  std::vector<pictures::ScatterPoint> points;
  double low = HUGE_VAL, high = 0;
  for (const tables::SweepRow& row : sweep.rows) {
    const sweep::SweepJob& job = sweep.jobs[row.job];
    const auto cost = [&](const char* of) {
      return static_cast<double>(row.costs[column_of(job, of)]);
    };
    points.push_back(
        {.group = color_group(sweep, row),
         .label =
             join(tables::setting_texts(job.space.settings(job.space.indices(row.point))), " "),
         .x = cost("macs") / 1e6,
         .y = cost("params") / 1e6});
    low = std::min(low, cost("macs"));
    high = std::max(high, cost("macs"));
  }
  std::vector<pictures::Budget> budgets = budgets_between(low, high);
  for (pictures::Budget& budget : budgets) budget.value /= 1e6;
  const std::string alt =
      fmt::format("Parameters against multiply-adds of {} points of the sweep{}.", points.size(),
                  budgets.empty() ? "" : ", with budgets as lines");
  return pictures::scatter_picture(
      {prefix + "_cloud", alt, "million multiply-adds", "million parameters"}, "macs_million",
      "params_million", points,
      {.log_x = low > 0, .budgets = std::move(budgets), .points_of = prefix});
}

}  // namespace

ReportSweep make_sweep(std::vector<sweep::SweepJob> jobs) {
  ReportSweep sweep;
  sweep.jobs = std::move(jobs);
  const std::uint64_t points = sweep::total_points(sweep.jobs);
  if (points > kMostReportPoints)
    throw Error(fmt::format(
        "--sweep: {} points are more than a report can hold ({}); vary less, or use 'archcost "
        "sweep'",
        with_commas(static_cast<std::int64_t>(points)),
        with_commas(static_cast<std::int64_t>(kMostReportPoints))));
  std::vector<sweep::ScalingFit> fits;
  for (const sweep::SweepJob& job : sweep.jobs) fits.emplace_back(job.space, job.wants.columns);
  sweep::SweepRun run;
  run.range = {0, points};
  run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t) {
    tables::add_chunk(sweep.summary, sweep.jobs.size(), chunk);
    for (std::size_t p = 0; p < chunk.rows.states.size(); ++p) {
      if (chunk.rows.states[p] != engine::PointState::kRow) continue;
      tables::SweepRow row = {.job = chunk.job, .point = chunk.rows.first + p, .costs = {}};
      for (const auto& column : chunk.rows.columns) row.costs.push_back(column[p]);
      fits[chunk.job].add(sweep.jobs[chunk.job].space.indices(row.point), row.costs);
      sweep.rows.push_back(std::move(row));
    }
  };
  sweep::run_sweep(sweep.jobs, run);
  sweep.summary.shown = sweep.summary.rows;
  for (const sweep::ScalingFit& fit : fits) sweep.laws.push_back(fit.laws());
  return sweep;
}

void add_accuracies(ReportSweep& sweep) {
  std::vector<std::pair<std::size_t, graph::BuildOptions>> at;
  for (const tables::SweepRow& row : sweep.rows) {
    const sweep::SweepJob& job = sweep.jobs[row.job];
    at.emplace_back(row.job, job.space.options(job.options, job.space.indices(row.point)));
  }
  sweep.accuracies = accuracies_at(sweep.jobs, at);
}

Picture sweep_map(const ReportSweep& sweep, const std::string& cost,
                  const pictures::PictureText& text, const std::vector<pictures::Budget>& budgets) {
  const sweep::SweepJob& job = sweep.jobs.front();
  const space::SweepAxis &x = job.space.axes[0], &y = job.space.axes[1];
  pictures::HeatMap map = {x.param, y.param, cost, cells_of(x), cells_of(y), {}, {}};
  map.values.assign(y.values.size(), std::vector<std::optional<double>>(x.values.size()));
  const std::size_t column = column_of(job, cost);
  for (const tables::SweepRow& row : sweep.rows) {
    const std::vector<std::size_t> at = job.space.indices(row.point);
    map.values[at[1]][at[0]] = space::sweep_value(cost, row.costs[column]).to_double();
  }
  map.budgets = budgets;
  pictures::PictureText labelled = text;
  if (labelled.x.empty()) labelled.x = symbol_of(job, x);
  if (labelled.y.empty()) labelled.y = symbol_of(job, y);
  return pictures::heat_picture(labelled, map);
}

std::vector<PagePart> sweep_parts(const ReportSweep& sweep, const std::string& prefix) {
  Parts parts;
  const sweep::SweepJob& job = sweep.jobs.front();
  const std::size_t axes = job.space.axes.size();
  const bool one_job = sweep.jobs.size() == 1 && !sweep.rows.empty();
  const auto has = [&](const char* cost) {
    return column_of(job, cost) < job.wants.columns.size();
  };
  if (one_job && axes == 2 && has("macs")) {
    double low = HUGE_VAL, high = 0;
    for (const tables::SweepRow& row : sweep.rows) {
      const double macs = static_cast<double>(row.costs[column_of(job, "macs")]);
      low = std::min(low, macs);
      high = std::max(high, macs);
    }
    parts.push_back(
        sweep_map(sweep, "macs",
                  {prefix + "_macs",
                   fmt::format("Multiply-adds of {} over {} and {}, with budgets as lines.",
                               job.label, job.space.axes[0].param, job.space.axes[1].param)},
                  budgets_between(low, high)));
  } else if (one_job && axes == 1 && sweep.rows.size() <= kOpenRows) {
    parts.push_back(one_axis_picture(sweep, prefix + "_costs"));
  } else if (!sweep.rows.empty() && has("macs") && has("params")) {
    parts.push_back(cloud_picture(sweep, prefix));
  }
  const Document document = tables::sweep_report(sweep.jobs, sweep.rows, sweep.summary);
  Section points = document.sections.front();
  add_accuracy_columns(points.table, sweep.accuracies);
  for (Column& column : points.table.columns) {
    if (column.key.empty()) column.key = column.title;
  }
  add_section(parts, points, prefix, fmt::format("The table of all {} points", sweep.rows.size()));
  for (std::size_t j = 0; j < sweep.jobs.size(); ++j) {
    const Section laws = tables::laws_section(sweep.jobs[j], sweep.laws[j]);
    parts.push_back(Subheading{laws.heading});
    add_section(parts, laws,
                prefix + "_laws" + (sweep.jobs.size() > 1 ? fmt::format("_{}", j + 1) : ""));
  }
  return parts;
}

}  // namespace archcost::pages
