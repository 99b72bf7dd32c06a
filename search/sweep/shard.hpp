// SPDX-License-Identifier: Apache-2.0
// Parts of long work for several machines: --shard I/N.
#pragma once

#include <cstdint>
#include <string>

namespace archcost::sweep {

/// Points of all jobs, counted through.
struct SweepRange {
  std::uint64_t first = 0, last = 0;  ///< without `last`
};

/// One of several parts of the work, as for several machines: "2/4" is the second of four.
struct Shard {
  std::uint64_t number = 1, of = 1;

  /// Its points among so many.
  SweepRange range(std::uint64_t points) const;
};
/// All of it for an empty text. Throws Error for what is not I/N.
Shard parse_shard(const std::string& text);

}  // namespace archcost::sweep
