// SPDX-License-Identifier: Apache-2.0
#include "search/engine/sweep_rows.hpp"

#include <algorithm>

namespace archcost::engine {
namespace {

std::string pattern_of(const std::string& message) {
  std::string pattern;
  for (char c : message) {
    if (c < '0' || c > '9')
      pattern += c;
    else if (pattern.empty() || pattern.back() != '#')
      pattern += '#';
  }
  return pattern;
}

void add(SweepFailures& failures, std::uint64_t point, const std::string& message) {
  SweepFailure& failure = failures[pattern_of(message)];
  failure.first = failure.count == 0 ? point : std::min(failure.first, point);
  ++failure.count;
}

}  // namespace

std::uint64_t SweepRows::count(PointState state) const {
  return static_cast<std::uint64_t>(std::count(states.begin(), states.end(), state));
}

void SweepRows::add_failure(std::uint64_t point, const std::string& message) {
  add(failures, point, message);
}

void SweepRows::add_missing(std::uint64_t point, const std::string& message) {
  add(missing, point, message);
}

}  // namespace archcost::engine
