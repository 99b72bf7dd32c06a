// SPDX-License-Identifier: Apache-2.0
#include "search/methods/method_runs.hpp"

namespace archcost::methods {
namespace {

// Points of a chunk, one by one, in their order.
void look_at(const SearchPlan& plan, const sweep::SweepChunk& chunk, CandidateEvaluator& evaluator,
             Collector& collector) {
  const sweep::SweepJob& job = plan.jobs[chunk.job];
  const std::size_t costs = chunk.rows.columns.size();
  std::vector<std::size_t> at = job.space.indices(chunk.rows.first);
  for (std::size_t p = 0; p < chunk.rows.states.size(); ++p) {
    if (chunk.rows.states[p] == engine::PointState::kRow) {
      for (std::size_t q = 0; q < costs; ++q)
        evaluator.values()[q] = figure_of(plan.quantities[q], chunk.rows.columns[q][p]);
      const Verdict verdict = evaluator.evaluate(at);
      collector.add(verdict, evaluator.design(), at);
    }
    for (std::size_t k = at.size(); k-- > 0;) {
      if (++at[k] < job.space.axes[k].values.size()) break;
      at[k] = 0;
    }
  }
  collector.add_unbuildable(chunk.job, chunk.rows.failures,
                            chunk.rows.count(engine::PointState::kUnbuildable));
}

}  // namespace

std::function<void(const sweep::SweepChunk&, std::uint64_t)> enumeration_consumer(
    const SearchPlan& plan, Collector& collector) {
  auto evaluators = std::make_shared<std::vector<std::unique_ptr<CandidateEvaluator>>>();
  for (std::size_t j = 0; j < plan.jobs.size(); ++j)
    evaluators->push_back(std::make_unique<CandidateEvaluator>(plan, j));
  return [&plan, &collector, evaluators](const sweep::SweepChunk& chunk, std::uint64_t) {
    look_at(plan, chunk, *(*evaluators)[chunk.job], collector);
  };
}

bool enumerate(const SearchPlan& plan, const SearchOptions& options, Collector& collector,
               const std::function<void(std::uint64_t done)>& after) {
  sweep::SweepRun run;
  run.range = options.range.value_or(sweep::SweepRange{0, sweep::total_points(plan.jobs)});
  run.threads = options.threads;
  run.stop = options.stop;
  const std::uint64_t total = run.range.last - run.range.first;
  const auto consume = enumeration_consumer(plan, collector);
  run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t done) {
    consume(chunk, done);
    if (after) after(done);
    if (options.progress) options.progress(done, total);
  };
  return sweep::run_sweep(plan.jobs, run);
}

}  // namespace archcost::methods
