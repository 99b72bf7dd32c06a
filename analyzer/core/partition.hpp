// SPDX-License-Identifier: Apache-2.0
// Items in a row, divided into parts of about the same weight.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace archcost {

/// By item the number of its part, from 1 to `parts`. Parts are consecutive items: an item is in
/// the part in which the middle of its weight falls.
inline std::vector<std::uint64_t> part_numbers(std::span<const double> weights,
                                               std::uint64_t parts) {
  double all = 0;
  for (const double weight : weights) all += weight;
  std::vector<std::uint64_t> numbers;
  double before = 0;
  for (const double weight : weights) {
    const double middle = all > 0 ? (before + weight / 2) / all : 0;
    const auto whole = static_cast<std::uint64_t>(middle * static_cast<double>(parts));
    numbers.push_back(std::min(whole, parts - 1) + 1);
    before += weight;
  }
  return numbers;
}

}  // namespace archcost
