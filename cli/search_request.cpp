// SPDX-License-Identifier: Apache-2.0
#include "cli/search_request.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <thread>

#include "search/sweep/sweep_journal.hpp"

namespace archcost {

SearchPlan search_plan(const SearchArguments& arguments, std::vector<SlowCost> slow) {
  std::vector<OpenedSpec> specs;
  for (const std::string& argument : arguments.specs) {
    SpecRequest request = open_spec(argument, arguments.network);
    specs.push_back({argument, std::move(request.spec), std::move(request.options)});
  }
  SearchWishes wishes = arguments.wishes;
  wishes.types = data_types(arguments.costs);
  return plan_search(wishes, std::move(specs), std::move(slow));
}

SearchOptions search_options(const SearchArguments& arguments) {
  SearchOptions options;
  options.method = arguments.method == "enumerate" ? SearchMethod::kEnumerate
                   : arguments.method == "chain"   ? SearchMethod::kChain
                   : arguments.method == "evolve"  ? SearchMethod::kEvolve
                                                   : SearchMethod::kAuto;
  options.seed = arguments.seed;
  options.evaluations = arguments.evaluations;
  options.top = arguments.top;
  options.threads = arguments.threads > 0
                        ? arguments.threads
                        : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return options;
}

std::string request_of(const SearchPlan& plan, const SearchArguments& arguments) {
  return fingerprint(fmt::format("{} {} {} {} {} {}", ARCHCOST_VERSION, fingerprint(plan),
                                 arguments.seed, arguments.evaluations, arguments.method,
                                 arguments.top));
}

}  // namespace archcost
