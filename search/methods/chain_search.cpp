// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/text.hpp"
#include "search/methods/candidate_pool.hpp"
#include "search/methods/chain_solver.hpp"
#include "search/methods/collector.hpp"
#include "search/methods/method_runs.hpp"

namespace archcost::methods {
bool chain_applies(const SearchPlan& plan, std::string& why) {
  for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
    const auto model = chain_model(plan, j, why);
    if (!model) return false;
    if (model->resources.size() > kMostResources) {
      why = fmt::format("more than {} limits", kMostResources);
      return false;
    }
  }
  return true;
}

void chain_search(const SearchPlan& plan, const SearchOptions& options, SearchResult& result) {
  Collector collector(plan, options.top);
  for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
    std::string why;
    const auto model = chain_model(plan, j, why);
    const ChainSolution solution = solve_chain(*model, options.stop);
    const std::string part = plan.jobs.size() > 1 ? plan.jobs[j].label + ": " : "";
    if (!result.proof.empty()) result.proof += " ";
    if (!solution.feasible) {
      result.proof += part + (solution.proved ? "no design meets the limits, which is proved."
                                              : "no design was found that meets the limits.");
      continue;
    }
    result.proof += fmt::format(
        "{}{} ({} partial designs examined, the bound before branching is {:.8g}).", part,
        solution.proved ? "the first is the optimum, which is proved"
                        : "the first is the best that was found, no optimum is proved",
        with_commas(static_cast<std::int64_t>(solution.labels)),
        plan.objectives.front().maximize ? solution.bound : -solution.bound);
    result.whole =
        result.whole && (solution.proved || options.stop == nullptr || !options.stop->load());
    // The same figures as everywhere, from the network itself.
    std::vector<Individual> one(1);
    one.front().at = solution.at;
    CandidatePool(plan, j, 1).evaluate(one, collector);
  }
  collector.finish(result);
  if (!result.designs.empty()) return;
  // What comes nearest is looked for by evolution.
  SearchOptions quick = options;
  quick.evaluations = 5'000;
  quick.before = nullptr;
  quick.checkpoint = nullptr;
  bool whole = true;
  Collector nearest(plan, options.top);
  evolve(plan, quick, nearest, whole);
  nearest.finish(result);
}

}  // namespace archcost::methods
