// SPDX-License-Identifier: Apache-2.0
// Chain models for tests of their solver.
#pragma once

#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "search/methods/chain_model.hpp"

namespace archcost::test {

using methods::ChainModel;

/// Of a chain that has no design.
constexpr double kNone = -1e300;

// Numbers of pairs from a function of stage, choice before and choice.
using PairNumber = std::function<double(std::size_t, std::size_t, std::size_t)>;

inline methods::PairTable chain_pairs(const ChainModel& model, const PairNumber& number) {
  methods::PairTable table;
  for (std::size_t k = 0; k < model.sizes.size(); ++k) {
    auto& row = table.emplace_back();
    for (std::size_t y = 0; y < (k == 0 ? 1 : model.sizes[k - 1]); ++y) {
      for (std::size_t x = 0; x < model.sizes[k]; ++x) row.push_back(number(k, y, x));
    }
  }
  return table;
}

// Everything is allowed, and nothing depends on S.
inline ChainModel plain_chain(std::vector<std::size_t> sizes, const PairNumber& objective) {
  ChainModel model;
  model.sizes = std::move(sizes);
  for (const std::size_t size : model.sizes) {
    for (auto* table : {&model.a, &model.b, &model.d}) table->emplace_back(size, 0.0);
  }
  model.objective = chain_pairs(model, objective);
  for (const auto& row : model.objective) model.allowed.emplace_back(row.size(), true);
  return model;
}

inline double whole_number(std::mt19937& random, int low, int high) {
  return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
}

inline PairNumber random_pair(std::mt19937& random, int low, int high) {
  return [&random, low, high](std::size_t, std::size_t, std::size_t) {
    return whole_number(random, low, high);
  };
}

inline void forbid_some(std::mt19937& random, ChainModel& model) {
  for (auto& row : model.allowed) {
    for (std::size_t k = 0; k < row.size(); ++k) row[k] = random() % 8 != 0;
  }
}

}  // namespace archcost::test
