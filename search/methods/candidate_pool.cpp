// SPDX-License-Identifier: Apache-2.0
#include "search/methods/candidate_pool.hpp"

#include <algorithm>
#include <exception>
#include <thread>

namespace archcost::methods {
namespace {

constexpr std::size_t kShortestSlice = 64;  // points that are worth a thread when all are quick

constexpr double kUnknownMiss = 1e6;  // of a design without a figure: behind all that have one

}  // namespace

CandidatePool::Worker::Worker(const SearchPlan& plan, std::size_t job)
    : engine(plan.jobs[job].spec, plan.jobs[job].options, plan.jobs[job].space,
             plan.jobs[job].wants),
      evaluator(plan, job) {
  points.resize(plan.jobs[job].space.axes.size());
}

CandidatePool::CandidatePool(const SearchPlan& plan, std::size_t job, int threads)
    : plan_(&plan), job_(job) {
  for (int t = 0; t < std::max(1, threads); ++t)
    workers_.push_back(std::make_unique<Worker>(plan, job));
}

void CandidatePool::evaluate_slice(Worker& worker, std::vector<Individual>& individuals,
                                   std::size_t from, std::size_t to) const {
  for (std::size_t k = 0; k < worker.points.size(); ++k) {
    worker.points[k].clear();
    for (std::size_t i = from; i < to; ++i)
      worker.points[k].push_back(static_cast<std::uint32_t>(individuals[i].at[k]));
  }
  worker.engine.evaluate(worker.points, worker.rows);
  if (worker.designs.size() < to - from) worker.designs.resize(to - from);
  const std::size_t costs = worker.rows.columns.size();
  for (std::size_t i = from; i < to; ++i) {
    Individual& one = individuals[i];
    one.built = worker.rows.states[i - from] == engine::PointState::kRow;
    if (one.built) {
      for (std::size_t q = 0; q < costs; ++q)
        worker.evaluator.values()[q] =
            figure_of(plan_->quantities[q], worker.rows.columns[q][i - from]);
      one.verdict = worker.evaluator.evaluate(one.at);
      const bool unknown =
          one.verdict == Verdict::kWithoutFigure || one.verdict == Verdict::kUnanswered;
      one.violation = unknown ? kUnknownMiss : worker.evaluator.violation();
      if (one.feasible())
        one.key.assign(worker.evaluator.key().begin(), worker.evaluator.key().end());
    }
    if (one.built) worker.designs[i - from] = worker.evaluator.design();
  }
}

std::size_t CandidatePool::evaluate(std::vector<Individual>& individuals, Collector& collector) {
  const std::size_t slices =
      plan_->slow.empty()
          ? std::clamp<std::size_t>(individuals.size() / kShortestSlice, 1, workers_.size())
          : std::min(workers_.size(), std::max<std::size_t>(individuals.size(), 1));
  const auto start = [&](std::size_t slice) { return individuals.size() * slice / slices; };
  std::vector<std::exception_ptr> errors(slices);
  const auto work = [&](std::size_t slice) {
    try {
      evaluate_slice(*workers_[slice], individuals, start(slice), start(slice + 1));
    } catch (...) {
      errors[slice] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(slices);
  std::size_t left = 1;  // the first slice without a thread of its own
  try {
    for (; left < slices; ++left) threads.emplace_back(work, left);
  } catch (const std::exception&) {  // the system gives no more: the rest is done here
  }
  work(0);
  for (; left < slices; ++left) work(left);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  std::size_t kept = 0;
  for (std::size_t s = 0; s < slices; ++s) {
    for (std::size_t i = start(s); i < start(s + 1); ++i) {
      if (individuals[i].built &&
          collector.add(individuals[i].verdict, workers_[s]->designs[i - start(s)],
                        individuals[i].at))
        ++kept;
    }
    const engine::SweepRows& rows = workers_[s]->rows;
    collector.add_unbuildable(job_, {}, rows.count(engine::PointState::kUnbuildable));
  }
  return kept;
}

}  // namespace archcost::methods
