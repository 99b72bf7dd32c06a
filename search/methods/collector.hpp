// SPDX-License-Identifier: Apache-2.0
// What a search has found so far: the fronts, the designs that come nearest, counts.
#pragma once

#include <string>
#include <vector>

#include "search/methods/candidate_evaluator.hpp"
#include "search/methods/pareto.hpp"
#include "search/methods/search.hpp"
#include "search/methods/search_state.hpp"

namespace archcost::methods {

class Collector {
 public:
  /// With one objective `top` designs come out, but at least kParents are kept: what an evolution
  /// finds does not depend on how many of its designs are asked for.
  Collector(const SearchPlan& plan, std::size_t top);

  /// A point that the engine built, as it was evaluated; a feasible design has its key. True when
  /// it is among the best.
  bool add(Verdict verdict, const Design& design, std::span<const std::size_t> at);
  void add_unbuildable(std::size_t job, const engine::SweepFailures& failures, std::uint64_t count);

  SearchTally& tally() { return tally_; }
  /// The designs of a job's front, or the best when there is one objective.
  std::vector<Design> best_of(std::size_t job) const;
  /// How many of these can be parents, and the point of each.
  std::size_t best_size(std::size_t job) const;
  const std::vector<std::size_t>& best_at(std::size_t job, std::size_t index) const;
  const std::vector<Design>& nearest() const { return nearest_; }
  /// Adds what another run found, whose points come behind those so far.
  void join(SearchState state);
  /// Tally, best designs and nearest ones.
  SearchState state() const;
  /// The same with all designs that are kept. After restore() of it a fresh collector goes on as
  /// this one does.
  SearchState snapshot() const;
  void restore(const SearchState& snapshot);
  /// Fronts of all jobs joined, what no other design dominates.
  void finish(SearchResult& result);

 private:
  // With one objective the first `most` of a job, else its front.
  std::vector<Design> first_of(std::size_t job, std::size_t most) const;
  SearchState state_with(std::size_t most) const;
  bool keep(const Design& design, std::span<const std::size_t> at);
  bool replace_equal(const Design& design, std::span<const std::size_t> at);
  void note_miss(const Design& design, std::span<const std::size_t> at);
  void note_limits(const Design& design);

  static constexpr std::size_t kParents = 10;

  const SearchPlan* plan_;
  std::size_t top_;   // that come out
  std::size_t kept_;  // of each job
  SearchTally tally_;
  std::vector<ParetoFront> fronts_;         // by job, with several objectives
  std::vector<std::vector<Design>> pools_;  // by job: what front tags mean; or the best, in order
  std::vector<Design> nearest_;
};

/// Designs of all families that none of another family dominates; of one family all stay.
/// Accuracies of different families are held against each other only where their errors allow it.
std::vector<Design> join_families(const SearchPlan& plan, std::vector<Design> designs);

}  // namespace archcost::methods
