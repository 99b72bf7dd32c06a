// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/sweep_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "core/json_line.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/json.hpp"
#include "reports/writers/writers.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::tables {
namespace {

constexpr std::size_t kMostReasons = 3;

std::vector<std::string> params_of(const std::vector<sweep::SweepJob>& jobs) {
  std::vector<std::string> params;
  for (const sweep::SweepJob& job : jobs) {
    for (const space::SweepAxis& axis : job.space.axes) {
      if (std::find(params.begin(), params.end(), axis.label()) == params.end())
        params.push_back(axis.label());
    }
  }
  return params;
}

const space::SweepAxis* axis_of(const sweep::SweepJob& job, const std::string& param) {
  for (const space::SweepAxis& axis : job.space.axes) {
    if (axis.label() == param) return &axis;
  }
  return nullptr;
}

Format format_of(std::string_view cost) {
  if (cost::is_real_cost(cost)) return cost == "entropy" ? kDecimal : kRatio;
  if (cost == "latency") return kSeconds;
  if (cost == "accuracy" || cost == "accuracy_error") return kDecimal;
  return space::is_memory_size(cost) ? kBytes : kCount;
}

// Why the spec can't build a point.
std::string message_at(const sweep::SweepJob& job, std::uint64_t point) {
  std::vector<std::int64_t> costs;
  std::string message;
  engine::SweepEngine(job.spec, job.options, job.space, job.wants)
      .evaluate_exactly(point, costs, message);
  return message;
}

// "1 point", "2 points".
std::string counted(std::uint64_t n, std::string_view word) {
  return fmt::format("{} {}{}", with_commas(static_cast<std::int64_t>(n)), word, n == 1 ? "" : "s");
}

std::string point_text(const sweep::SweepJob& job, std::uint64_t point) {
  const std::vector<std::size_t> at = job.space.indices(point);
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < at.size(); ++k)
    parts.push_back(fmt::format("{}={}", job.space.axes[k].label(),
                                spec::to_string(job.space.axes[k].values[at[k]])));
  return join(parts, " ");
}

// The commonest reasons, by job, with a point of each.
void add_reasons(const std::vector<sweep::SweepJob>& jobs,
                 const std::vector<engine::SweepFailures>& failures, std::uint64_t all,
                 std::vector<std::string>& lines) {
  const auto number = [](std::uint64_t n) { return with_commas(static_cast<std::int64_t>(n)); };
  std::uint64_t explained = 0;
  for (std::size_t j = 0; j < jobs.size() && j < failures.size(); ++j) {
    std::vector<std::pair<std::string, engine::SweepFailure>> reasons(failures[j].begin(),
                                                                      failures[j].end());
    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
    for (std::size_t k = 0; k < reasons.size() && k < kMostReasons; ++k) {
      lines.push_back(fmt::format("  {}, as {}: {}", number(reasons[k].second.count),
                                  point_text(jobs[j], reasons[k].second.first),
                                  message_at(jobs[j], reasons[k].second.first)));
    }
    if (reasons.size() > kMostReasons)
      lines.push_back(
          fmt::format("  and {}", counted(reasons.size() - kMostReasons, "other reason")));
    for (const auto& [reason, failure] : reasons) explained += failure.count;
  }
  if (explained < all)
    lines.push_back(fmt::format("  {}, found before --resume", number(all - explained)));
}

void merge(engine::SweepFailures& all, const engine::SweepFailures& more) {
  for (const auto& [reason, failure] : more) {
    const auto [known, fresh] = all.emplace(reason, failure);
    if (fresh) continue;
    known->second.count += failure.count;
    known->second.first = std::min(known->second.first, failure.first);
  }
}

}  // namespace

std::vector<std::string> setting_texts(const std::vector<graph::ParameterSetting>& settings) {
  std::vector<std::string> texts;
  for (const graph::ParameterSetting& setting : settings)
    texts.push_back(setting.name + "=" + spec::to_string(setting.value));
  return texts;
}

std::optional<RowFormat> row_format(std::string_view format) {
  if (format == "csv") return RowFormat::kCsv;
  if (format == "jsonl") return RowFormat::kJsonLines;
  if (format == "json") return RowFormat::kJson;
  return {};
}

SweepRowWriter::SweepRowWriter(const std::vector<sweep::SweepJob>& jobs, RowFormat format)
    : format_(format), jobs_(&jobs), params_(params_of(jobs)) {
  for (const sweep::SweepJob& job : jobs) {
    auto& axes = prefixes_.emplace_back();
    for (const std::string& param : params_) {
      auto& texts = axes.emplace_back();
      const space::SweepAxis* axis = axis_of(job, param);
      if (axis == nullptr) continue;
      for (const spec::Value& value : axis->values) {
        texts.push_back(format == RowFormat::kCsv
                            ? writers::csv_field(document::decimal_text(value)) + ","
                            : fmt::format(",\"{}\":{}", param, to_json(value).dump()));
      }
    }
  }
}

std::string SweepRowWriter::header() const {
  if (format_ != RowFormat::kCsv) return format_ == RowFormat::kJson ? "[" : "";
  std::string line = jobs_->size() > 1 ? "spec," : "";
  for (const std::string& param : params_) line += param + ",";
  return line + join(jobs_->front().wants.columns, ",") + "\n";
}

std::string SweepRowWriter::lines(const sweep::SweepJob& job, const engine::SweepRows& rows) const {
  const auto j = static_cast<std::size_t>(&job - jobs_->data());
  const bool csv = format_ == RowFormat::kCsv;
  std::string start;
  if (!csv) {
    start = json_line(Json{{"spec", job.label}});
    start.pop_back();  // more follows
    if (format_ == RowFormat::kJson) start.insert(0, ",\n");
  } else if (jobs_->size() > 1) {
    start = writers::csv_field(job.label) + ",";
  }
  std::vector<int> axis_of_param;
  for (const std::string& param : params_) {
    const space::SweepAxis* axis = axis_of(job, param);
    axis_of_param.push_back(axis == nullptr ? -1 : static_cast<int>(axis - job.space.axes.data()));
  }
  std::vector<std::string> keys;
  std::vector<bool> real;
  for (const std::string& column : job.wants.columns) {
    keys.push_back(csv ? "" : fmt::format(",\"{}\":", column));
    real.push_back(!space::is_whole(column));
  }

  const char* end = csv ? "\n" : format_ == RowFormat::kJson ? "}" : "}\n";
  std::string text;
  std::vector<std::size_t> at = job.space.indices(rows.first);
  for (std::size_t p = 0; p < rows.states.size(); ++p) {
    if (rows.states[p] == engine::PointState::kRow) {
      text += start;
      for (std::size_t k = 0; k < params_.size(); ++k) {
        if (axis_of_param[k] >= 0)
          text += prefixes_[j][k][at[axis_of_param[k]]];
        else if (csv)
          text += ',';
      }
      for (std::size_t c = 0; c < keys.size(); ++c) {
        text += keys[c];
        if (rows.columns[c][p] == engine::kNoFigure) {
          text += csv ? "" : "null";
        } else if (real[c]) {
          text += to_string(space::sweep_value(job.wants.columns[c], rows.columns[c][p]));
        } else {
          char digits[24];
          text.append(digits,
                      std::to_chars(digits, digits + sizeof digits, rows.columns[c][p]).ptr);
        }
        if (csv && c + 1 < keys.size()) text += ',';
      }
      text += end;
    }
    for (std::size_t k = at.size(); k-- > 0;) {
      if (++at[k] < job.space.axes[k].values.size()) break;
      at[k] = 0;
    }
  }
  return text;
}

std::string SweepRowWriter::line(const sweep::SweepJob& job, const SweepRow& row) const {
  engine::SweepRows one;
  one.first = row.point;
  one.states = {engine::PointState::kRow};
  for (std::int64_t cost : row.costs) one.columns.push_back({cost});
  return lines(job, one);
}

void add_chunk(SweepSummary& summary, std::size_t jobs, const sweep::SweepChunk& chunk) {
  summary.points += chunk.rows.states.size();
  summary.rows += chunk.rows.count(engine::PointState::kRow);
  summary.filtered += chunk.rows.count(engine::PointState::kFiltered);
  summary.unbuildable += chunk.rows.count(engine::PointState::kUnbuildable);
  summary.failures.resize(jobs);
  summary.missing_why.resize(jobs);
  merge(summary.failures[chunk.job], chunk.rows.failures);
  merge(summary.missing_why[chunk.job], chunk.rows.missing);
  for (std::size_t p = 0; p < chunk.rows.states.size(); ++p) {
    const bool missing =
        std::any_of(chunk.rows.columns.begin(), chunk.rows.columns.end(),
                    [&](const auto& column) { return column[p] == engine::kNoFigure; });
    summary.missing += missing ? 1 : 0;
  }
}

Document sweep_report(const std::vector<sweep::SweepJob>& jobs, const std::vector<SweepRow>& rows,
                      const SweepSummary& summary) {
  Document document;
  std::vector<std::string> labels;
  for (const sweep::SweepJob& job : jobs) labels.push_back(job.label);
  document.title = fmt::format("sweep of {}", join(labels, ", "));
  document.subtitle = counted(summary.points, "point");
  Section& section = document.sections.emplace_back();
  Table& table = section.table;
  if (jobs.size() > 1) table.columns.push_back({.key = "spec", .title = "spec"});
  const std::vector<std::string> params = params_of(jobs);
  for (const std::string& param : params)
    table.columns.push_back({.key = param, .title = param, .format = kNumberText});
  for (const std::string& column : jobs.front().wants.columns)
    table.columns.push_back(
        {.key = column, .title = cost_title(column), .format = format_of(column)});
  for (const SweepRow& row : rows) {
    const sweep::SweepJob& job = jobs[row.job];
    const std::vector<std::size_t> at = job.space.indices(row.point);
    auto& cells = table.rows.emplace_back();
    if (jobs.size() > 1) cells.emplace_back(job.label);
    for (const std::string& param : params) {
      const space::SweepAxis* axis = axis_of(job, param);
      if (axis == nullptr)
        cells.emplace_back();
      else
        cells.push_back(document::value_cell(
            axis->values[at[static_cast<std::size_t>(axis - job.space.axes.data())]]));
    }
    for (std::size_t c = 0; c < row.costs.size(); ++c) {
      const std::string& column = jobs.front().wants.columns[c];
      if (row.costs[c] == engine::kNoFigure)
        cells.emplace_back();
      else if (space::is_whole(column))
        cells.emplace_back(row.costs[c]);
      else
        cells.emplace_back(space::sweep_value(column, row.costs[c]).to_double());
    }
  }
  section.notes = summary_lines(jobs, summary);
  return document;
}

std::vector<std::string> summary_lines(const std::vector<sweep::SweepJob>& jobs,
                                       const SweepSummary& summary) {
  std::vector<std::string> lines = summary.notes;
  const auto number = [](std::uint64_t n) { return with_commas(static_cast<std::int64_t>(n)); };
  if (summary.filtered > 0)
    lines.push_back(fmt::format("{} of {} {} meet the conditions.", number(summary.filtered),
                                counted(summary.points, "point"),
                                summary.filtered == 1 ? "doesn't" : "don't"));
  if (summary.shown < summary.rows)
    lines.push_back(summary.shown == 1
                        ? fmt::format("The first of {}.", counted(summary.rows, "row"))
                        : fmt::format("The first {} of {}.", number(summary.shown),
                                      counted(summary.rows, "row")));
  if (summary.unbuildable > 0) {
    lines.push_back(
        fmt::format("{} of {} can't be built{}:", number(summary.unbuildable),
                    counted(summary.points, "combination"),
                    jobs.front().wants.point_cost ? ", or a condition has no figure" : ""));
    add_reasons(jobs, summary.failures, summary.unbuildable, lines);
  }
  if (summary.missing > 0) {
    lines.push_back(fmt::format("{} of {} have no figure:", number(summary.missing),
                                counted(summary.rows, "row")));
    add_reasons(jobs, summary.missing_why, summary.missing, lines);
  }
  return lines;
}

}  // namespace archcost::tables
