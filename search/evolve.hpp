// NSGA-II over the points of a search's spaces, feasible designs first.
// Source: Deb et al. 2002, doi:10.1109/4235.996017: ranks of non-dominated sorting, crowding
// distance, constrained domination. Beside it: everything that was found non-dominated is kept, and
// takes part as parents; some children are neighbours of such designs; no point is looked at twice.
#pragma once

#include <string>
#include <vector>

#include "search/collector.hpp"
#include "search/search.hpp"

namespace archcost {

/// What one generation is judged by.
struct Individual {
  std::vector<std::size_t> at;
  Verdict verdict = Verdict::kOutside;
  bool built = false;    ///< false: the spec can't build it
  double violation = 0;  ///< of an infeasible one; without any figure it comes last
  std::vector<double> key;
  int rank = 0;
  double crowding = 0;

  bool feasible() const { return built && verdict == Verdict::kFeasible; }
};

/// Ranks (0: beaten by none) and crowding distances. Feasible ones come before all others, these by
/// how much they miss.
void rank(std::vector<Individual>& individuals);

/// Searches every job with an equal share of options.evaluations; the result depends on the seed,
/// not on the threads. Returns why it ended; `whole` becomes false when it was stopped.
std::string evolve(const SearchPlan& plan, const SearchOptions& options, Collector& collector,
                   bool& whole);

}  // namespace archcost
