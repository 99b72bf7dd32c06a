// SPDX-License-Identifier: Apache-2.0
// Parts of long work for several machines: --shard I/N.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
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
std::string to_text(const Shard& shard);

/// The value of an environment variable, or null.
using Variable = std::function<const char*(const char* name)>;

/// A part that a scheduler assigned, and what said so: "Slurm, SLURM_ARRAY_TASK_ID=7".
struct AssignedShard {
  Shard shard;
  std::string from;
};
/// Of "auto", or "auto/N" where the scheduler does not tell the number of parts: the part that the
/// environment of Slurm, Kubernetes, GNU parallel, PBS, LSF, Grid Engine, Open MPI or PMI names.
/// Nothing for other texts. Throws Error: no scheduler, no number of parts, variables that
/// contradict each other.
std::optional<AssignedShard> assigned_shard(const std::string& text, const Variable& variable);

}  // namespace archcost::sweep
