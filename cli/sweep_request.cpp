// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_request.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "graph/bind.hpp"
#include "search/engine/axis_effect.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::cli {
namespace {

// --columns, checked.
std::vector<std::string> columns_of(const SweepOptions& options) {
  std::vector<std::string> columns;
  for (const std::string& part : split(options.columns, ',')) {
    std::string name(trim(part));
    if (name.empty()) continue;
    std::replace(name.begin(), name.end(), '-', '_');  // conventions have names with a dash
    std::vector<std::string> known = cost::named_costs();
    known.emplace_back("latency");
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto near = nearest(name, known);
      throw Error("--columns " + options.columns,
                  fmt::format("no cost '{}'{}; 'archcost sweep --help' lists them", name,
                              near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  }
  if (columns.empty()) throw Error("--columns names no cost");
  return columns;
}

bool has_latency(const std::vector<std::string>& columns) {
  return std::find(columns.begin(), columns.end(), "latency") != columns.end();
}

std::function<std::int64_t(const graph::Network&)> latency_of(
    const SweepOptions& options, std::shared_ptr<const latency::LatencyPredictor>& predictor) {
  if (!predictor) {
    predictor =
        std::make_shared<latency::LatencyPredictor>(open_predictor(options.latency.latency));
  }
  return [predictor, wanted = options.latency.predict](const graph::Network& network) {
    const latency::Predicted predicted = predictor->predict(network, wanted);
    if (!predicted.complete()) throw Error("no latency: " + missing_text(predicted));
    return static_cast<std::int64_t>(std::llround(predicted.seconds * 1e9));
  };
}

// Of parameters that change nothing with the other settings one value stays, unless a condition
// names them.
void collapse_axes(sweep::SweepJob& job) {
  for (std::size_t k : engine::axes_without_effect(job.spec, job.options, job.space)) {
    space::SweepAxis& axis = job.space.axes[k];
    const auto names_it = [&](const space::SweepFilter& filter) {
      return std::any_of(filter.condition.nodes.begin(), filter.condition.nodes.end(),
                         [&](const spec::ExpressionNode& node) { return node.text == axis.param; });
    };
    if (std::any_of(job.wants.filters.begin(), job.wants.filters.end(), names_it)) continue;
    fmt::print(stderr,
               "note: {} has no effect on {} with these settings: {}={} stands for its {} values "
               "(--keep-equal: a row for each)\n",
               axis.label(), job.label, axis.label(), spec::to_string(axis.values.front()),
               axis.values.size());
    axis.values.resize(1);
  }
}

}  // namespace

void check_input(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                 const space::SweepSpace& space) {
  std::vector<graph::ParameterSetting> settings;
  for (const space::SweepAxis& axis : space.axes) {
    if (axis.element > 0) continue;
    for (const spec::Value& value : {axis.values.front(), axis.values.back()})
      settings.push_back({axis.param, value, "--vary " + axis.param});
  }
  check_input(spec, options, settings);
}

std::vector<sweep::SweepJob> jobs_of(const SweepOptions& options) {
  std::vector<sweep::SweepJob> jobs;
  std::shared_ptr<const latency::LatencyPredictor> predictor;  // of all jobs
  for (const std::string& argument : options.specs) {
    SpecRequest request = open_spec(argument, options.network);
    sweep::SweepJob job;
    job.label = argument;
    job.spec = std::move(request.spec);
    job.options = std::move(request.options);
    graph::bind_parameters(job.spec, job.options);  // what is set is told before the first point
    job.space = space::sweep_space(job.spec, with_param_names(job.spec, options.vary), job.options);
    check_input(job.spec, job.options, job.space);
    for (const graph::ParameterSetting& setting : job.options.settings) {
      for (const space::SweepAxis& axis : job.space.axes) {
        if (axis.param != setting.name || axis.element > 0) continue;
        if (!options.vary.empty())
          throw Error(fmt::format("'{}' is set ({}) and varied; it can't be both", setting.name,
                                  setting.place));
      }
    }
    // What is set isn't varied by itself.
    std::erase_if(job.space.axes, [&](const space::SweepAxis& axis) {
      return std::any_of(job.options.settings.begin(), job.options.settings.end(),
                         [&](const graph::ParameterSetting& s) {
                           return s.name == axis.param && axis.element == 0;
                         });
    });
    if (job.space.axes.empty())
      throw Error(fmt::format(
          "'{}': nothing is left to vary; every parameter with 'sweep' values is set", argument));
    job.wants.columns = columns_of(options);
    job.wants.types = data_types(options.costs);
    if (has_latency(job.wants.columns)) job.wants.latency = latency_of(options, predictor);
    for (const std::string& text : options.where)
      job.wants.filters.push_back(space::parse_filter(job.spec, text));
    if (!options.keep_equal) collapse_axes(job);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

// All that the rows depend on, so that parts of different sweeps aren't joined.
std::string request_of(const std::vector<sweep::SweepJob>& jobs, const SweepOptions& options) {
  std::string text = fmt::format("{} {} {} {} {}\n", ARCHCOST_VERSION, options.output.format,
                                 options.columns, options.network.input, options.network.batch);
  for (const std::string& where : options.where) text += where + "\n";
  text += describe(data_types(options.costs)) + "\n";
  if (has_latency(jobs.front().wants.columns)) {
    const LatencyOptions& latency = options.latency.latency;
    text += fmt::format("{} {} {} {}\n", latency.db, latency.of, latency.threads,
                        options.latency.predict.estimate);
  }
  for (const sweep::SweepJob& job : jobs) text += sweep::identity(job);
  return sweep::fingerprint(text);
}

SweepOrder order_of(const std::vector<sweep::SweepJob>& jobs, const std::string& text) {
  SweepOrder order;
  if (text.empty()) return order;
  const auto fail = [&](const std::string& message) { throw Error("--sort " + text, message); };
  std::string name = text.substr(0, text.find(':'));
  const std::string direction = text.substr(name.size());
  if (direction != "" && direction != ":asc" && direction != ":desc")
    fail("write NAME, NAME:asc or NAME:desc");
  order.descending = direction == ":desc";
  std::vector<std::string> known;  // parameters, then costs
  for (const sweep::SweepJob& job : jobs) {
    for (const space::SweepAxis& axis : job.space.axes) {
      if (std::find(known.begin(), known.end(), axis.label()) == known.end())
        known.push_back(axis.label());
    }
  }
  const bool is_param = std::find(known.begin(), known.end(), name) != known.end();
  if (!is_param) std::replace(name.begin(), name.end(), '-', '_');
  const std::vector<std::string>& columns = jobs.front().wants.columns;
  known.insert(known.end(), columns.begin(), columns.end());
  if (std::find(known.begin(), known.end(), name) == known.end())
    fail(fmt::format("it sorts by a parameter that is varied or by one of the columns: {}",
                     join(known, ", ")));
  const auto column = std::find(columns.begin(), columns.end(), name);
  if (!is_param) {
    order.column = static_cast<int>(column - columns.begin());
    return order;
  }
  // Numbers by size, words and lists by their text behind them; a spec without it comes first.
  const auto less = [](const spec::Value& a, const spec::Value& b) {
    if (a.is_number() != b.is_number()) return a.is_number();
    return a.is_number() ? a.number() < b.number() : spec::to_string(a) < spec::to_string(b);
  };
  std::vector<spec::Value> values;
  for (const sweep::SweepJob& job : jobs) {
    for (const space::SweepAxis& axis : job.space.axes) {
      if (axis.label() == name) values.insert(values.end(), axis.values.begin(), axis.values.end());
    }
  }
  std::sort(values.begin(), values.end(), less);
  for (const sweep::SweepJob& job : jobs) {
    auto& [axis, ranks] = order.params.emplace_back(-1, std::vector<std::int64_t>());
    for (std::size_t k = 0; k < job.space.axes.size(); ++k) {
      if (job.space.axes[k].label() != name) continue;
      axis = static_cast<int>(k);
      for (const spec::Value& value : job.space.axes[k].values) {
        const auto place = std::lower_bound(values.begin(), values.end(), value, less);
        ranks.push_back(1 + (place - values.begin()));
      }
    }
  }
  return order;
}

std::int64_t SweepOrder::key(const std::vector<sweep::SweepJob>& jobs,
                             const tables::SweepRow& row) const {
  if (column >= 0) return row.costs[static_cast<std::size_t>(column)];
  if (params.empty() || params[row.job].first < 0) return 0;
  const auto& [axis, ranks] = params[row.job];
  return ranks[jobs[row.job].space.indices(row.point)[static_cast<std::size_t>(axis)]];
}

}  // namespace archcost::cli
