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

void CandidatePool::evaluate_slice(Worker& worker, std::span<Individual> slice,
                                   Collector* collector) const {
  for (auto& indices : worker.points) indices.resize(slice.size());
  for (std::size_t i = 0; i < slice.size(); ++i) {
    for (std::size_t k = 0; k < worker.points.size(); ++k)
      worker.points[k][i] = static_cast<std::uint32_t>(slice[i].at[k]);
  }
  worker.engine.evaluate(worker.points, worker.rows);
  if (collector == nullptr && worker.designs.size() < slice.size())
    worker.designs.resize(slice.size());
  worker.kept = 0;
  CandidateEvaluator& evaluator = worker.evaluator;
  const std::size_t costs = worker.rows.columns.size();
  for (std::size_t i = 0; i < slice.size(); ++i) {
    Individual& one = slice[i];
    one.built = worker.rows.states[i] == engine::PointState::kRow;
    if (!one.built) continue;
    for (std::size_t q = 0; q < costs; ++q)
      evaluator.values()[q] = figure_of(plan_->quantities[q], worker.rows.columns[q][i]);
    one.verdict = evaluator.evaluate(one.at);
    const bool unknown =
        one.verdict == Verdict::kWithoutFigure || one.verdict == Verdict::kUnanswered;
    one.violation = unknown ? kUnknownMiss : evaluator.violation();
    if (one.feasible()) one.key.assign(evaluator.key().begin(), evaluator.key().end());
    if (collector == nullptr)
      worker.designs[i] = evaluator.design();
    else if (collector->add(one.verdict, evaluator.design(), one.at))
      ++worker.kept;
  }
}

void CandidatePool::collect(Worker& worker, std::span<Individual> slice,
                            Collector& collector) const {
  for (std::size_t i = 0; i < slice.size(); ++i) {
    if (slice[i].built && collector.add(slice[i].verdict, worker.designs[i], slice[i].at))
      ++worker.kept;
  }
}

std::size_t CandidatePool::evaluate(std::span<Individual> individuals, Collector& collector) {
  const std::size_t slices =
      plan_->slow.empty()
          ? std::clamp<std::size_t>(individuals.size() / kShortestSlice, 1, workers_.size())
          : std::min(workers_.size(), std::max<std::size_t>(individuals.size(), 1));
  const auto slice_of = [&](std::size_t slice) {
    const std::size_t first = individuals.size() * slice / slices;
    return individuals.subspan(first, individuals.size() * (slice + 1) / slices - first);
  };
  std::vector<std::exception_ptr> errors(slices);
  const auto work = [&](std::size_t slice) {
    try {
      evaluate_slice(*workers_[slice], slice_of(slice), slice == 0 ? &collector : nullptr);
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
    if (s > 0) collect(*workers_[s], slice_of(s), collector);
    kept += workers_[s]->kept;
    collector.add_unbuildable(job_, {}, workers_[s]->rows.count(engine::PointState::kUnbuildable));
  }
  return kept;
}

}  // namespace archcost::methods
