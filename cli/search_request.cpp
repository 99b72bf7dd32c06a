// SPDX-License-Identifier: Apache-2.0
#include "cli/search_request.hpp"

#include <fmt/core.h>

#include "cli/sweep_request.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::cli {

methods::SearchPlan search_plan(const SearchArguments& arguments,
                                std::vector<space::SlowCost> slow) {
  std::vector<methods::OpenedSpec> specs;
  methods::SearchRequest request = arguments.request;
  for (const std::string& argument : arguments.specs) {
    SpecRequest opened = open_spec(argument, arguments.network);
    request.vary = with_param_names(opened.spec, std::move(request.vary));
    specs.push_back({argument, std::move(opened.spec), std::move(opened.options)});
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

std::string request_of(const methods::SearchPlan& plan, const SearchArguments& arguments) {
  std::string text =
      fmt::format("{} {} {} {} {} {}", ARCHCOST_VERSION, methods::fingerprint(plan), arguments.seed,
                  arguments.evaluations, arguments.method, arguments.top);
  const LatencyOptions &latency = arguments.latency, by_default;
  if (!plan.slow.empty() && !(latency == by_default))
    text += fmt::format(" {} {} {} {}", latency.db, latency.machine.of, latency.machine.engine,
                        latency.threads);
  return sweep::fingerprint(text);
}

}  // namespace archcost::cli
