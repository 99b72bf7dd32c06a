// SPDX-License-Identifier: Apache-2.0
// From a structure's program to the rows of a call.
#pragma once

#include <span>
#include <vector>

#include "cost/entropy.hpp"
#include "search/engine/point_tracer.hpp"
#include "search/engine/sweep_block.hpp"

namespace archcost::engine {

/// One for each thread.
class BlockResults {
 public:
  /// Both must outlive it.
  BlockResults(const PointTracer& tracer, const PointIndices& indices)
      : tracer_(&tracer), indices_(&indices) {}

  /// Finishes the program and stores what it gives. `take` marks the lanes that belong to the
  /// structure; null: all.
  void store(const SweepStructure& structure, const BatchMemory& memory, const SweepBlock& block,
             const double* take, SweepRows& rows);
  /// Whether store_runs() does all that store() would.
  bool takes_runs(const SweepStructure& structure) const {
    return structure.state == PointState::kRow && !tracer_->real() && tracer_->late().empty() &&
           !tracer_->wants().on_layers;
  }
  /// The same for runs whose outer points follow each other from the block's on: their lanes are
  /// those of the block, and all belong to the structure.
  void store_runs(const SweepStructure& structure, const BatchMemory& memory,
                  const SweepBlock& block, std::span<const SweepRun> runs, SweepRows& rows);

 private:
  void store_column(std::size_t column, const SweepStructure& structure, const BatchMemory& memory,
                    const SweepBlock& block, const double* take, SweepRows& rows) const;
  void compute_reals(const SweepStructure& structure, const BatchMemory& memory,
                     const SweepBlock& block);
  std::int64_t late_cost(const SweepStructure& structure, const BatchMemory& memory,
                         const SweepBlock& block, int lane, std::size_t asked) const;
  void filter_late(const SweepStructure& structure, const BatchMemory& memory,
                   const SweepBlock& block, const double* take, SweepRows& rows) const;
  void show_layers(const SweepStructure& structure, const BatchMemory& memory,
                   const SweepBlock& block, const double* take) const;

  const PointTracer* tracer_;
  const PointIndices* indices_;
  std::vector<BatchProgram::Output> outputs_;    // of the columns
  std::vector<double> entropy_, effectiveness_;  // of a block's lanes
  cost::EntropyBatch entropy_batch_;
  std::vector<LaneNumbers> entropy_numbers_;
};

}  // namespace archcost::engine
