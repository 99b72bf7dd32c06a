// SPDX-License-Identifier: Apache-2.0
// The optimum of a chain model, with its proof: branch and bound, stage by stage.
//
// Bound: the Lagrangian relaxation (Everett 1963, doi:10.1287/opre.11.3.399). With a price for each
// resource the rest of the chain is solved by dynamic programming over (choice, S). In S the rest
// is worth the largest of some linear functions, a convex one: between the points of a grid it lies
// below the chord, so that interpolation never says too little.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "search/methods/chain_model.hpp"

namespace archcost::methods {

struct ChainSolution {
  bool feasible = false;
  bool proved = false;  ///< no other choice is better; else `bound` says how much could be
  std::vector<std::size_t> at;
  double value = 0;          ///< of the objective
  double bound = 0;          ///< of the relaxation, before branching
  std::uint64_t labels = 0;  ///< partial designs that were looked at
};

/// More limits than these are not solved along a chain.
constexpr std::size_t kMostResources = 4;

/// A design whose objective is at most kChainGap below the optimum.
constexpr double kChainGap = 1e-7;

ChainSolution solve_chain(const ChainModel& model, const std::atomic<bool>* stop = nullptr);

/// The objective of a choice, and whether it meets all that is asked.
double chain_value(const ChainModel& model, const std::vector<std::size_t>& at);
bool chain_feasible(const ChainModel& model, const std::vector<std::size_t>& at);

}  // namespace archcost::methods
