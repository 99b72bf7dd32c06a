// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_request.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "cli/point_costs.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "graph/bind.hpp"
#include "search/engine/axis_effect.hpp"
#include "search/space/sweep_cost.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::cli {
namespace {

std::string plain_name(std::string_view text) {
  std::string name(trim(text));
  std::replace(name.begin(), name.end(), '-', '_');  // conventions have names with a dash
  return name;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// --columns, checked, and what belongs to them: a figure that may be an estimate says so in the
// next column. A cost that rows are sorted by is a column too.
std::vector<std::string> columns_of(const SweepOptions& options) {
  std::vector<std::string> columns;
  const auto add = [&](const std::string& name) {
    if (!contains(columns, name)) columns.push_back(name);
  };
  std::vector<std::string> asked = split(options.columns, ',');
  const std::string order = plain_name(options.sort.substr(0, options.sort.find(':')));
  if (contains(space::sweep_costs(), order)) asked.push_back(order);
  for (const std::string& part : asked) {
    if (trim(part).empty()) continue;
    const std::string name =
        space::cost_name(part, space::sweep_costs(), "--columns " + options.columns,
                         "; 'archcost sweep --help' lists them");
    add(name);
    if (name == "accuracy") add("accuracy_error");
    if (name == "latency" && options.latency.predict.estimate) add("latency_estimated");
  }
  if (columns.empty()) throw Error("--columns names no cost");
  return columns;
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
    print_note(
        "note: {} has no effect on {} with these settings: {}={} stands for its {} values "
        "(--keep-equal: a row for each)",
        axis.label(), job.label, axis.label(), spec::to_string(axis.values.front()),
        axis.values.size());
    axis.values.resize(1);
  }
}

// A parameter that is varied in all of several specs and that one of them has not.
void check_vary(const SweepOptions& options, const spec::ArchSpec& spec,
                const std::vector<std::string>& vary) {
  for (const std::string& text : vary) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const std::string name(spec::element_name(trim(std::string_view(text).substr(0, equals))).list);
    if (options.specs.size() < 2 || spec.find_param(name) != nullptr) continue;
    for (const std::string& other : options.specs) {
      if (other == "-" || open_spec(other, options.network).spec.find_param(name) == nullptr)
        continue;
      const std::string values = equals == text.size() ? "=VALUES" : text.substr(equals);
      throw Error(
          "--vary " + text,
          fmt::format("'{}' has no parameter '{}'; for '{}' alone write --vary {}", spec.name, name,
                      other,
                      shell_quoted(fmt::format("{}:{}{}", other, text.substr(0, equals), values))));
    }
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

SweepPlan plan_sweep(const SweepOptions& options) {
  SweepPlan plan;
  for (const std::string& argument : options.specs) {
    SpecRequest request = open_spec(argument, options.network);
    sweep::SweepJob job;
    job.label = argument;
    job.spec = std::move(request.spec);
    job.options = std::move(request.options);
    graph::bind_parameters(job.spec, job.options);  // what is set is told before the first point
    const std::vector<std::string> vary =
        with_param_names(job.spec, vary_of_spec(argument, options.specs, options.vary));
    check_vary(options, job.spec, vary);
    job.space = space::sweep_space(job.spec, vary, job.options);
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
    for (const std::string& text : options.where) {
      job.wants.filters.push_back(space::parse_filter(job.spec, text));
      for (const std::string& name : space::costs_of(job.spec, job.wants.filters.back())) {
        // A figure that decides is shown.
        if (space::is_point_cost(name) && !contains(job.wants.columns, name))
          job.wants.columns.push_back(name);
      }
    }
    if (!options.keep_equal) collapse_axes(job);
    plan.jobs.push_back(std::move(job));
  }
  plan.accuracy = add_point_costs(plan.jobs, options.latency, options.accuracy);
  return plan;
}

// All that the rows depend on, so that parts of different sweeps aren't joined.
std::string request_of(const SweepPlan& plan, const SweepOptions& options) {
  std::string text = fmt::format("{} {} {} {} {}\n", ARCHCOST_VERSION, options.output.format,
                                 options.columns, options.network.input, options.network.batch);
  for (const std::string& where : options.where) text += where + "\n";
  text += describe(data_types(options.costs)) + "\n";
  if (asks_for_point_cost(plan.jobs.front(), "latency")) {
    const LatencyOptions& latency = options.latency.latency;
    text += fmt::format("{} {} {} {} {}\n", latency.db, latency.machine.of, latency.machine.engine,
                        latency.threads, options.latency.predict.estimate);
  }
  for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
    text += sweep::identity(plan.jobs[j]);
    if (plan.accuracy.models[j]) text += accuracy::identity(plan.accuracy.models[j]->table());
  }
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
  for (const sweep::SweepJob& job : jobs) {
    const std::string param = with_param_name(job.spec, name);
    if (contains(known, param)) name = param;
  }
  const bool is_param = contains(known, name);
  if (!is_param) name = plain_name(name);
  const std::vector<std::string>& columns = jobs.front().wants.columns;
  known.insert(known.end(), columns.begin(), columns.end());
  if (std::find(known.begin(), known.end(), name) == known.end())
    fail(fmt::format("it sorts by a parameter that is varied or by a cost, as {}",
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
