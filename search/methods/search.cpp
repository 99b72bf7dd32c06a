// SPDX-License-Identifier: Apache-2.0
#include "search/methods/search.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/methods/checkpoint_timer.hpp"
#include "search/methods/collector.hpp"
#include "search/methods/method_runs.hpp"
#include "search/methods/search_state.hpp"

namespace archcost::methods {
namespace {

// What kAuto counts through: some seconds of work.
constexpr long double kMostEnumerated = 100'000'000, kMostSlow = 2'000;

long double points_of(const SearchPlan& plan) {
  long double points = 0;
  for (const sweep::SweepJob& job : plan.jobs) points += job.space.size();
  return points;
}

// Enumeration where it takes seconds, else the chain where it holds, else NSGA-II.
SearchMethod choose_method(const SearchPlan& plan, const SearchOptions& options,
                           std::string& why_no_chain) {
  if (options.method != SearchMethod::kAuto) return options.method;
  if (points_of(plan) <= (plan.slow.empty() ? kMostEnumerated : kMostSlow))
    return SearchMethod::kEnumerate;
  return chain_applies(plan, why_no_chain) ? SearchMethod::kChain : SearchMethod::kEvolve;
}

void count_through(const SearchPlan& plan, const SearchOptions& options, SearchResult& result) {
  if (result.space > space::kMostSweepPoints)
    throw Error(
        fmt::format("--method enumerate: the space has {:.3Lg} points, and at most {} are "
                    "counted through; take --method evolve",
                    result.space, with_commas(static_cast<std::int64_t>(space::kMostSweepPoints))));
  Collector collector(plan, options.top);
  SearchOptions rest = options;
  const sweep::SweepRange range =
      options.range.value_or(sweep::SweepRange{0, sweep::total_points(plan.jobs)});
  rest.range = range;
  std::uint64_t before = 0;
  if (options.before != nullptr) {
    before = options.before->done;
    collector.join(*options.before);
    rest.range->first += before;
  }
  if (options.progress)
    rest.progress = [&](std::uint64_t done, std::uint64_t) {
      options.progress(before + done, range.last - range.first);
    };
  const auto save = [&](std::uint64_t done) {
    SearchState state = collector.state();
    state.range = range;
    state.done = before + done;
    options.checkpoint(state);
  };
  CheckpointTimer timer;
  std::uint64_t done = 0;
  result.whole = rest.range->first == range.last ||
                 enumerate(plan, rest, collector, [&](std::uint64_t points) {
                   done = points;
                   if (options.checkpoint && timer.is_due()) timer.run([&] { save(done); });
                 });
  if (options.checkpoint) save(done);
  if (!result.whole) result.stopped = "it was stopped";
  collector.finish(result);
}

}  // namespace

graph::BuildOptions options_of(const SearchPlan& plan, const Design& design) {
  const sweep::SweepJob& job = plan.jobs[design.job];
  return job.space.options(job.options, design.at);
}

SearchMethod method_of(const SearchPlan& plan, const SearchOptions& options) {
  std::string why_no_chain;
  return choose_method(plan, options, why_no_chain);
}

SearchResult run_search(const SearchPlan& plan, const SearchOptions& options) {
  SearchResult result;
  std::string why_no_chain;
  result.method = choose_method(plan, options, why_no_chain);
  result.space = points_of(plan);
  if (result.method == SearchMethod::kEnumerate) {
    count_through(plan, options, result);
    return result;
  }
  if (result.method == SearchMethod::kChain) {
    std::string why;
    if (options.method == SearchMethod::kChain && !chain_applies(plan, why))
      throw Error(fmt::format("--method chain: {}", why));
    chain_search(plan, options, result);
    return result;
  }
  Collector collector(plan, options.top);
  result.stopped = evolve(plan, options, collector, result.whole);
  if (plan.objectives.size() == 1 && !why_no_chain.empty())
    result.stopped += "; no optimum is proved, because " + why_no_chain;
  collector.finish(result);
  return result;
}

}  // namespace archcost::methods
