// SPDX-License-Identifier: Apache-2.0
// What a candidate is worth: its figures, whether it meets the limits, and what it competes with.
#pragma once

#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "search/methods/search.hpp"

namespace archcost::methods {

enum class Verdict : std::uint8_t { kFeasible, kInfeasible, kOutside, kWithoutFigure, kUnanswered };

/// Judges candidates of one job; one for each thread.
class CandidateEvaluator {
 public:
  /// Throws Error for a limit that isn't one.
  CandidateEvaluator(const SearchPlan& plan, std::size_t job);

  /// The costs stand in values() already; the others are found here, slow ones only where all else
  /// is met.
  Verdict evaluate(std::span<const std::size_t> at);
  /// Whether the point meets the conditions of its space, which need no costs; where they have no
  /// answer it doesn't.
  bool in_space(std::span<const std::size_t> at) const;
  double* values() { return design_.values.data(); }
  /// One number for each objective, smaller is better.
  std::span<const double> key() const { return design_.key; }
  /// By limit of the plan, how far the last candidate misses it.
  std::span<const double> missed() const { return design_.missed; }
  double violation() const { return design_.violation; }
  /// The last candidate as it was judged.
  const Design& design() const { return design_; }

 private:
  bool holds_in_space(std::span<const std::size_t> at) const;
  bool find_slow(std::span<const std::size_t> at);
  bool find_accuracy(std::span<const std::size_t> at);
  bool may_be_published() const;

  const SearchPlan* plan_;
  std::size_t job_;
  std::vector<space::Limit> limits_, space_limits_;
  std::vector<bool> waits_;  // by limit: it asks for something slow
  std::unique_ptr<accuracy::AccuracyOnSpace> accuracy_;
  int accuracy_quantity_ = -1;
  /// By row of the accuracy table: the costs of its network; computed when they are first needed.
  mutable std::optional<std::vector<std::vector<double>>> row_costs_;
  /// Texts by kind, parameter and number of models.
  std::map<std::tuple<accuracy::AccuracyEstimate::Kind, int, std::size_t>, std::string>
      accuracy_reasons_;
  bool needs_accuracy_ = false;       // an objective or limit does
  std::vector<int> slow_;             // quantities
  std::vector<std::size_t> unknown_;  // quantities of kind kSlow, whether they are needed or not
  Design design_;
};

/// Costs of a point from the engine's columns.
double figure_of(const space::Quantity& quantity, std::int64_t held);

}  // namespace archcost::methods
