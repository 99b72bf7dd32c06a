// SPDX-License-Identifier: Apache-2.0
#include "cli/search_request.hpp"

#include <fmt/core.h>

#include "search/sweep/journal.hpp"

namespace archcost::cli {

methods::SearchPlan search_plan(const SearchArguments& arguments,
                                std::vector<space::SlowCost> slow) {
  std::vector<methods::OpenedSpec> specs;
  for (const std::string& argument : arguments.specs) {
    SpecRequest request = open_spec(argument, arguments.network);
    specs.push_back({argument, std::move(request.spec), std::move(request.options)});
  }
  methods::SearchRequest request = arguments.request;
  request.types = data_types(arguments.costs);
  return methods::plan_search(request, std::move(specs), std::move(slow));
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
  return sweep::fingerprint(fmt::format("{} {} {} {} {} {}", ARCHCOST_VERSION,
                                        methods::fingerprint(plan), arguments.seed,
                                        arguments.evaluations, arguments.method, arguments.top));
}

}  // namespace archcost::cli
