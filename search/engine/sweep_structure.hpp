// SPDX-License-Identifier: Apache-2.0
// What a sweep keeps of one structure: a program, and its numbers between blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cost/entropy.hpp"
#include "search/engine/batch_program.hpp"
#include "search/engine/sweep_block.hpp"
#include "search/engine/sweep_rows.hpp"

namespace archcost::engine {

/// Where a structure's results stand among the outputs of its program.
struct StructureOutputs {
  std::vector<std::int32_t> nodes;  ///< of the trace, by output
  std::vector<int> columns;         ///< first output of each column; of real ones not used
  std::vector<int> asked;           ///< of the costs that late filters ask for, the same
  cost::EntropyShape entropy_shape;
  int entropy = -1;  ///< the first of the entropy's numbers; -1: not asked for
  std::size_t entropy_numbers = 0;
  int layers = 0;  ///< the first of the layers' numbers
};

/// The pure registers of a part of the lane axis.
struct PurePart {
  LaneMemory numbers;     ///< empty: they are not kept
  bool all_meet = false;  ///< as of BatchMemory
};

struct SweepStructure {
  SweepStructure(BatchProgram compiled, StructureOutputs where, PointState points, std::string why,
                 std::size_t layer_count)
      : program(std::move(compiled)),
        outputs(std::move(where)),
        state(points),
        failure(std::move(why)),
        layers(layer_count),
        scalars(program.scalar_room()) {
    program.set_constants(scalars.data());
  }

  BatchProgram program;
  StructureOutputs outputs;
  PointState state;
  std::string failure;  ///< why its points can't be built
  std::size_t layers;
  LaneMemory scalars;
  std::uint64_t batch = 0;      ///< of outer points, whose scalars these are,
  int first_outer = 0;          ///< from this one on
  std::vector<PurePart> parts;  ///< of the lane axis
};

/// The structures of all points that have the same values on the axes that aren't traced.
struct SweepGroup {
  std::vector<std::unique_ptr<SweepStructure>> structures;  ///< that served last comes first
  const SweepStructure* began = nullptr;  ///< that served the first run of the last batch
  bool one_by_one = false;
  std::uint64_t credit =
      0;  ///< points that were served, or counted by themselves; traces cost some
  std::vector<SweepRun> runs;         ///< of the call,
  std::vector<std::uint32_t> places;  ///< or its listed points
};

}  // namespace archcost::engine
