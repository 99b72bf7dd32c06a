// SPDX-License-Identifier: Apache-2.0
// What one generation of an evolution is judged by: ranks and crowding.
// Source: Deb et al. 2002, doi:10.1109/4235.996017: non-dominated sorting, crowding distance,
// constrained domination; Zhang et al. 2015, doi:10.1109/TEVC.2014.2308305: in the order of the
// first objective, so that a member is compared with few others; Jensen 2003,
// doi:10.1109/TEVC.2003.817234: two objectives in O(n log n).
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "search/methods/candidate_evaluator.hpp"

namespace archcost::methods {

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

/// Sets the ranks (0: dominated by none) and the crowding distances. Feasible ones come before all
/// others, these by how much they miss. Returns the places of the best `keep`: by rank, then by
/// crowding distance, the largest first, then by place. Crowding distances are set only in ranks
/// from which one is returned.
std::vector<std::uint32_t> rank(std::span<Individual> individuals,
                                std::size_t keep = std::numeric_limits<std::size_t>::max());

}  // namespace archcost::methods
