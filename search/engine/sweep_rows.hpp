// SPDX-License-Identifier: Apache-2.0
// What a sweep finds out about its points.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace archcost::engine {

enum class PointState : std::uint8_t { kRow, kFiltered, kUnbuildable };

/// In a row's column: the point has no figure for it (a point cost).
constexpr std::int64_t kNoFigure = std::numeric_limits<std::int64_t>::min();

/// Combinations that the spec can't build, by what stands in the way: a message with '#' for its
/// numbers.
struct SweepFailure {
  std::uint64_t count = 0;
  std::uint64_t first = 0;  ///< the first such point
};
using SweepFailures = std::map<std::string, SweepFailure>;

/// The results of consecutive points.
struct SweepRows {
  std::uint64_t first = 0;
  std::vector<PointState> states;
  std::vector<std::vector<std::int64_t>> columns;  ///< by column, then by point
  SweepFailures failures;
  SweepFailures missing;  ///< figures of rows that there are

  /// Points in that state.
  std::uint64_t count(PointState state) const;
  /// Of that point; messages that differ by their numbers tell of one thing.
  void add_failure(std::uint64_t point, const std::string& message);
  void add_missing(std::uint64_t point, const std::string& message);
};

}  // namespace archcost::engine
