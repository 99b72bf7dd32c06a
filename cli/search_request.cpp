// SPDX-License-Identifier: Apache-2.0
#include "cli/search_request.hpp"

#include <fmt/core.h>

#include <cmath>
#include <memory>

#include "cli/sweep_request.hpp"
#include "cli/terminal.hpp"
#include "core/text.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::cli {

methods::SearchPlan search_plan(const SearchArguments& arguments,
                                std::vector<space::SlowCost> slow) {
  std::vector<methods::OpenedSpec> specs;
  methods::SearchRequest request = arguments.request;
  for (const std::string& argument : arguments.specs) {
    SpecRequest opened = open_spec(argument, arguments.network);
    std::vector<std::string> vary = with_param_names(
        opened.spec, vary_of_spec(argument, arguments.specs, arguments.request.vary));
    specs.push_back({argument, std::move(opened.spec), std::move(opened.options), std::move(vary)});
  }
  for (methods::OpenedSpec& one : specs) {  // symbols of parameters that only the others have
    for (const methods::OpenedSpec& other : specs)
      one.vary = with_param_names(other.spec, std::move(*one.vary));
  }
  request.types = data_types(arguments.costs);
  methods::SearchPlan plan = methods::plan_search(request, std::move(specs), std::move(slow));
  for (const sweep::SweepJob& job : plan.jobs) check_input(job.spec, job.options, job.space);
  return plan;
}

methods::SearchOptions search_options(const SearchArguments& arguments) {
  methods::SearchOptions options;
  options.method = arguments.method == "enumerate" ? methods::SearchMethod::kEnumerate
                   : arguments.method == "chain"   ? methods::SearchMethod::kChain
                   : arguments.method == "evolve"  ? methods::SearchMethod::kEvolve
                                                   : methods::SearchMethod::kAuto;
  options.seed = arguments.seed;
  options.evaluations = arguments.evaluations;
  options.top = arguments.top;
  options.threads = arguments.threads;
  return options;
}

namespace {

// The networks that are run: those that meet all other limits.
std::uint64_t networks_to_run(const methods::SearchPlan& plan, methods::SearchOptions options,
                              RunCounter& counter) {
  options.progress = {};
  options.checkpoint = {};
  counter.only_counts = true;
  methods::run_search(plan, options);
  counter.only_counts = false;
  return counter.networks;
}

// What fills the database: with the networks of the search, or, where these are too many, with
// those of the specs' own values.
std::string profile_command(const SearchArguments& arguments, const methods::SearchPlan& plan,
                            bool all) {
  std::string command = "archcost profile";
  for (const std::string& spec : arguments.specs) command += " " + shell_quoted(spec);
  std::vector<std::string> vary;
  if (all) vary = arguments.request.vary;
  if (all && vary.empty()) {
    for (const space::SweepAxis& axis : plan.jobs.front().space.axes) vary.push_back(axis.label());
  }
  if (!all) {
    for (const spec::ParamSpec& param : plan.jobs.front().spec.main().params)
      if (!param.sweep.empty()) vary.push_back(param.name);
  }
  for (const std::string& one : vary) command += " --vary " + shell_quoted(one);
  const LatencyOptions& latency = arguments.latency.latency;
  if (!latency.machine.engine.empty()) command += " --engine " + latency.machine.engine;
  if (latency.threads > 1) command += fmt::format(" --kernel-threads {}", latency.threads);
  if (latency.db != LatencyOptions().db) command += " --db " + shell_quoted(latency.db);
  return command;
}

}  // namespace

std::vector<space::SlowCost> counted(std::vector<space::SlowCost> costs,
                                     const std::shared_ptr<RunCounter>& counter) {
  for (space::SlowCost& cost : costs) {
    cost.of = [counter,
               figure = cost.of](const graph::Network& network) -> std::optional<space::Uncertain> {
      if (counter->only_counts) {
        ++counter->networks;
        return std::nullopt;
      }
      counter->asked = true;
      return figure(network);
    };
    cost.how = [counter, how = cost.how] {
      return counter->asked ? how()
                            : "not needed: no candidate meets the limits that do not ask for it";
    };
  }
  return costs;
}

void announce_runs(const SearchArguments& arguments, const methods::SearchPlan& plan,
                   const methods::SearchOptions& options, LatencySource& source,
                   RunCounter& counter) {
  if (plan.slow.empty() || !source.measures()) return;
  const bool all = methods::method_of(plan, options) == methods::SearchMethod::kEnumerate;
  const std::uint64_t count = all ? networks_to_run(plan, options, counter) : 0;
  if (all && count == 0) return;
  const std::string& db = arguments.latency.latency.db;
  const std::string command = profile_command(arguments, plan, all);
  if (!all) {
    print_note(
        "latency: '{}' has no figures of this machine, so the search runs every candidate that it "
        "evaluates and that meets the other limits here: at least {} s for each, more while "
        "kernels are chosen. To predict them instead, measure layers of the family once, and add "
        "--estimate to this command: {}",
        db, kMeasuredLatencySeconds, command);
    return;
  }
  print_note(
      "latency: '{}' has no figures of this machine, so the search runs {} network{} here: at "
      "least {} s, more while kernels are chosen. To predict them instead, measure each distinct "
      "layer once: {}",
      db, with_commas(static_cast<std::int64_t>(count)), count == 1 ? "" : "s",
      with_commas(static_cast<std::int64_t>(
          std::ceil(static_cast<double>(count) * kMeasuredLatencySeconds))),
      command);
}

std::string request_of(const methods::SearchPlan& plan, const SearchArguments& arguments) {
  std::string text =
      fmt::format("{} {} {} {} {} {}", ARCHCOST_VERSION, methods::fingerprint(plan), arguments.seed,
                  arguments.evaluations, arguments.method, arguments.top);
  const LatencyOptions &latency = arguments.latency.latency, by_default;
  if (!plan.slow.empty() && arguments.latency.predict.estimate) text += " estimate";
  if (!plan.slow.empty() && !(latency == by_default))
    text += fmt::format(" {} {} {} {}", latency.db, latency.machine.of, latency.machine.engine,
                        latency.threads);
  return sweep::fingerprint(text);
}

}  // namespace archcost::cli
