// SPDX-License-Identifier: Apache-2.0
// A search: which of many networks are best under limits. What is asked, and what comes out.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/accuracy/recipe_choice.hpp"
#include "search/space/limit.hpp"
#include "search/space/quantity.hpp"
#include "search/sweep/sweep_run.hpp"

namespace archcost::methods {

struct SearchState;  // search/search_state.hpp

enum class SearchMethod : std::uint8_t {
  kAuto,
  kEnumerate,  ///< every point: the front is exact
  kChain,      ///< layer by layer, with a proof: the best point is exact
  kEvolve,     ///< NSGA-II: nothing is guaranteed
};

/// Everything that the result depends on, but for the budget of kEvolve. It is moved, never copied:
/// models and evaluators point into its jobs.
struct SearchPlan {
  std::vector<sweep::SweepJob>
      jobs;  ///< one for each spec; columns are the quantities of kind kCost
  std::vector<std::unique_ptr<const accuracy::AccuracyModel>>
      accuracy;                             ///< by job; null without a table
  std::vector<space::Quantity> quantities;  ///< costs first, in the jobs' order
  std::vector<space::SlowCost> slow;
  std::vector<space::Objective> objectives;
  std::vector<std::string> limits;
  std::vector<std::string> notes;  ///< which recipes of accuracy were chosen, and why
};

struct SearchOptions {
  SearchMethod method = SearchMethod::kAuto;
  std::uint64_t seed = 1;
  std::uint64_t evaluations = 0;  ///< of kEvolve, at most; 0: until nothing gets better
  int threads = 1;
  /// Of kEnumerate: points of all jobs, counted through; nothing: all of them.
  std::optional<sweep::SweepRange> range;
  sweep::Shard part;     ///< of kEvolve: has random numbers and evaluations of its own
  std::size_t top = 10;  ///< designs that are kept when there is one objective
  const std::atomic<bool>* stop = nullptr;  ///< ends the search early
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  /// Of kEnumerate and kEvolve: what an earlier run of the same part did; null: nothing.
  const SearchState* before = nullptr;
  /// Called with what is done every second or so, when the search is stopped, and at its end.
  std::function<void(const SearchState&)> checkpoint;
};

/// Of a limit that wasn't asked because others are broken already.
constexpr double kNotAsked = -1;

/// One network of a space and its figures.
struct Design {
  std::size_t job = 0;
  std::vector<std::size_t> at;                ///< index of each axis's value
  std::vector<double> values;                 ///< by quantity
  std::vector<std::optional<double>> errors;  ///< by quantity; 0: exact, nothing: unknown
  bool estimated = false;                     ///< a slow figure is estimated
  std::vector<double> key;                    ///< by objective, smaller is better; of feasible ones
  accuracy::AccuracyEstimate accuracy;        ///< where that is a quantity
  double violation = 0;                       ///< of all limits
  std::vector<double> missed;                 ///< by limit
  std::string why;                            ///< a limit has no answer, or a figure is missing
  std::optional<space::Uncertain> measured;   ///< seconds on this machine, where it was
};

/// How a limit fared.
struct LimitTally {
  std::uint64_t broken = 0;     ///< designs that break it
  double least_missed = 0;      ///< of all designs; 0: some meet it
  std::vector<double> nearest;  ///< figures of the design that misses it least, when none meets it
};

struct SearchTally {
  std::uint64_t points = 0;  ///< that were looked at
  std::uint64_t unbuildable = 0;
  std::uint64_t outside = 0;         ///< break a condition of the space
  std::uint64_t without_figure = 0;  ///< no accuracy or latency for them
  std::uint64_t unanswered = 0;      ///< a limit has no answer, as where it divides by zero
  std::uint64_t infeasible = 0;
  std::uint64_t feasible = 0;
  std::uint64_t equal = 0;  ///< left out: they build the network of a design that is kept
  std::vector<LimitTally> limits;
  std::vector<engine::SweepFailures> failures;  ///< by job
  /// By reason.
  std::map<std::string, std::uint64_t> unanswered_why, without_figure_why;
};

struct SearchResult {
  SearchMethod method = SearchMethod::kEnumerate;
  std::string stopped;    ///< why it ended, when it wasn't because all was seen
  bool whole = true;      ///< false: interrupted
  long double space = 0;  ///< points of all spaces
  SearchTally tally;
  /// The front, or, with one objective, the best designs, best first; in one family's order of the
  /// first objective.
  std::vector<Design> designs;
  std::vector<Design> nearest;  ///< without feasible ones: those that miss the limits least
  std::string proof;            ///< of kChain: bound and optimum
  std::string corrected;        ///< what measuring the first designs changed
  std::size_t unmeasured = 0;   ///< designs that were to be measured, but could not be
  std::vector<Design> beside;   ///< other networks of the same specs, for comparison; without `at`
  std::vector<std::string> beside_labels;
};

/// Throws Error for what can't be searched that way.
SearchResult run_search(const SearchPlan& plan, const SearchOptions& options);
/// The method that run_search() would take.
SearchMethod method_of(const SearchPlan& plan, const SearchOptions& options);

/// The network of a design, built by itself. `label` names it.
graph::BuildOptions options_of(const SearchPlan& plan, const Design& design);

}  // namespace archcost::methods
