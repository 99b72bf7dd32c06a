// SPDX-License-Identifier: Apache-2.0
// A search whose costs and objective add up along a chain: what each choice, and each pair of
// neighbouring choices, contributes.
//
//   objective = base + Σ_k (A_k(x_k) S_{k-1} + B_k(x_k) + O_k(x_{k-1}, x_k)),  S_k = S_{k-1} +
//   D_k(x_k) resource  = Σ_k P_k(x_{k-1}, x_k) <= budget
//
// A cost is a sum of O alone. Entropy (cost/entropy.hpp) is a sum over scales of ln(r² c) S, where
// S is the sum of ln w of the convolutions so far: A, B and D.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/methods/search.hpp"

namespace archcost::methods {

/// Numbers of each pair of neighbours: [x_{k-1} * size_k + x_k]; the first choice has no neighbour.
using PairTable = std::vector<std::vector<double>>;

struct ChainResource {
  PairTable use;
  double budget = 0;
};

struct ChainModel {
  std::vector<std::size_t> sizes;            ///< values of each choice
  std::vector<std::vector<double>> a, b, d;  ///< by choice and value
  PairTable objective;                       ///< to be maximised
  std::vector<std::vector<bool>> allowed;    ///< as PairTable
  std::vector<ChainResource> resources;
  double base = 0, start = 0;       ///< of the objective, and of S
  std::optional<double> least_sum;  ///< of S at the end: a limit on effectiveness

  std::size_t pair(std::size_t k, std::size_t before, std::size_t x) const {
    return k == 0 ? x : before * sizes[k] + x;
  }
};

/// The model of one job of the plan; nothing, with the reason, where it doesn't add up. The tables
/// come from one trace of the network, with the code that counts any network, and hold for all
/// points.
std::optional<ChainModel> chain_model(const SearchPlan& plan, std::size_t job, std::string& why);

}  // namespace archcost::methods
