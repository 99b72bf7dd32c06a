// SPDX-License-Identifier: Apache-2.0
// Candidates anywhere in one job's space, evaluated by several threads with one result.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "search/engine/sweep_engine.hpp"
#include "search/methods/candidate_evaluator.hpp"
#include "search/methods/collector.hpp"
#include "search/methods/ranking.hpp"

namespace archcost::methods {

class CandidatePool {
 public:
  CandidatePool(const SearchPlan& plan, std::size_t job, int threads);

  /// Fills in what the individuals at these points are worth, and tells the collector in their
  /// order. Returns how many became part of the front.
  std::size_t evaluate(std::span<Individual> individuals, Collector& collector);
  /// Whether a point meets the conditions of the space, which costs nothing.
  bool in_space(const std::vector<std::size_t>& at) const {
    return workers_.front()->evaluator.in_space(at);
  }

 private:
  // One thread's engine and what it found out about its slice.
  struct Worker {
    Worker(const SearchPlan& plan, std::size_t job);
    engine::SweepEngine engine;
    CandidateEvaluator evaluator;
    engine::PointList points;
    engine::SweepRows rows;
    std::vector<Design> designs;  // by place in the slice, of those that are collected later
    std::size_t kept = 0;         // that became part of the front
  };
  // `collector` is told at once; null: the designs are kept for collect().
  void evaluate_slice(Worker& worker, std::span<Individual> slice, Collector* collector) const;
  void collect(Worker& worker, std::span<Individual> slice, Collector& collector) const;

  const SearchPlan* plan_;
  std::size_t job_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace archcost::methods
