// SPDX-License-Identifier: Apache-2.0
#include "search/methods/search_estimate.hpp"

#include <algorithm>

#include "search/methods/method_runs.hpp"
#include "search/sweep/estimate.hpp"

namespace archcost::methods {
namespace {

constexpr std::uint64_t kShortEvolution = 16'000, kLongEvolution = 64'000;
constexpr double kEvaluationsPerSecond = 1e6;  // where slow costs forbid to try

double evolution_seconds(const SearchPlan& plan, SearchOptions options, std::uint64_t evaluations) {
  options.threads = 1;
  options.part = {};
  options.progress = {};
  options.evaluations = evaluations;
  Collector collector(plan, options.top);
  bool whole = true;
  const double begin = sweep::processor_seconds();
  evolve(plan, options, collector, whole);
  return sweep::processor_seconds() - begin;
}

}  // namespace

double search_seconds(const SearchPlan& plan, const SearchOptions& options,
                      std::uint64_t evaluations) {
  if (method_of(plan, options) == SearchMethod::kEvolve) {
    const auto count = static_cast<double>(evaluations);
    if (!plan.slow.empty()) return count / kEvaluationsPerSecond;
    if (evaluations <= kLongEvolution) return evolution_seconds(plan, options, evaluations);
    const double few = evolution_seconds(plan, options, kShortEvolution),
                 many = evolution_seconds(plan, options, kLongEvolution);
    const double each = std::max(0.0, many - few) / (kLongEvolution - kShortEvolution);
    return many + each * (count - kLongEvolution);
  }
  sweep::SweepRun run;
  if (!plan.slow.empty()) return sweep::estimated_seconds(plan.jobs, run);
  Collector collector(plan, options.top);
  run.consume = enumeration_consumer(plan, collector);
  return sweep::estimated_seconds(plan.jobs, run);
}

}  // namespace archcost::methods
