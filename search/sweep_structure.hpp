// What a sweep keeps of one structure: its trace, and programs with their numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/batch_program.hpp"
#include "search/sweep_rows.hpp"

namespace archcost {

/// A program, and what it keeps from one block to the next.
struct LoadedProgram {
  LoadedProgram(const Trace& trace, const std::vector<std::int32_t>& outputs,
                const std::vector<bool>& varying)
      : program(trace, outputs, varying), scalars(program.scalar_room()) {
    program.set_constants(scalars.data());
  }

  BatchProgram program;
  LaneMemory scalars;
  std::uint64_t batch = 0;        ///< of outer points, whose scalars these are
  std::vector<LaneMemory> parts;  ///< pure registers of each part of the lane axis; empty: not kept
};

struct SweepStructure {
  PointState state = PointState::kRow;
  std::string failure;  ///< why its points can't be built
  bool exact = true;    ///< false: the trace can't stand for them
  Trace trace;
  std::vector<std::int32_t> outputs;
  std::size_t layers = 0;
  /// Made when they are wanted: for points that differ anywhere, or along the lane axis only.
  std::unique_ptr<LoadedProgram> general, run;
};

/// The structures of all points that have the same values on the axes that aren't traced.
struct SweepGroup {
  std::vector<std::unique_ptr<SweepStructure>> structures;  ///< that served last comes first
  bool one_by_one = false;
  int untraced = 0;  ///< points that no structure served
};

}  // namespace archcost
