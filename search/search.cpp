#include "search/search.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/chain_search.hpp"
#include "search/collector.hpp"
#include "search/enumerate.hpp"
#include "search/evolve.hpp"

namespace archcost {
namespace {

// What is counted through when nobody says how: some seconds of work.
constexpr long double kMostEnumerated = 100'000'000, kMostSlow = 2'000;

long double points_of(const SearchPlan& plan) {
  long double points = 0;
  for (const SweepJob& job : plan.jobs) points += job.space.size();
  return points;
}

// Enumeration where it takes seconds, else the chain where it holds, else NSGA-II.
SearchMethod choose(const SearchPlan& plan, std::string& why_no_chain, bool& chain) {
  const long double points = points_of(plan);
  if (points <= (plan.slow.empty() ? kMostEnumerated : kMostSlow)) return SearchMethod::kEnumerate;
  chain = chain_applies(plan, why_no_chain);
  return chain ? SearchMethod::kChain : SearchMethod::kEvolve;
}

}  // namespace

BuildOptions options_of(const SearchPlan& plan, const Design& design) {
  const SweepJob& job = plan.jobs[design.job];
  BuildOptions options = job.options;
  options.mend = false;
  for (ParameterSetting& setting : job.space.settings(design.at))
    options.settings.push_back(std::move(setting));
  return options;
}

SearchResult run_search(const SearchPlan& plan, const SearchOptions& options) {
  SearchResult result;
  std::string why;
  bool chain = false;
  result.method =
      options.method == SearchMethod::kAuto ? choose(plan, why, chain) : options.method;
  result.space = points_of(plan);
  Collector collector(plan, options.top);
  if (result.method == SearchMethod::kEnumerate) {
    if (result.space > kMostSweepPoints)
      throw Error(fmt::format("--method enumerate: the space has {:.3Lg} points, and at most {} are "
                              "counted through; take --method evolve",
                              result.space, with_commas(static_cast<std::int64_t>(kMostSweepPoints))));
    result.whole = enumerate(plan, options, collector);
    if (!result.whole) result.stopped = "it was stopped";
    collector.finish(result);
    return result;
  }
  if (result.method == SearchMethod::kChain) {
    if (!chain && !chain_applies(plan, why)) throw Error(fmt::format("--method chain: {}", why));
    chain_search(plan, options, result);
    return result;
  }
  result.stopped = evolve(plan, options, collector, result.whole);
  collector.finish(result);
  return result;
}

}  // namespace archcost
