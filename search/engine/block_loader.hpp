// SPDX-License-Identifier: Apache-2.0
// The memory that programs compute in, with the numbers of a block as their inputs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "search/engine/point_tracer.hpp"
#include "search/engine/sweep_block.hpp"

namespace archcost::engine {

/// One for each thread.
class BlockLoader {
 public:
  /// Both must outlive it.
  BlockLoader(const PointTracer& tracer, const PointIndices& indices)
      : tracer_(&tracer), indices_(&indices) {}

  /// The axis along the lanes of runs, in parts of so many values. No structure of before may be
  /// loaded any more.
  void set_lane_axis(std::size_t axis, int part_lanes);
  /// No structure of before is loaded any more.
  void forget();
  /// The blocks that come are of these runs, at most kOuters, or of listed points anew. `first`:
  /// the number of the call's first point.
  void start_batch(std::span<const SweepRun> runs, std::uint64_t first);
  void start_list() { listed_loaded_ = false; }

  /// The structure's program with the block's numbers. `first` as of start_batch().
  BatchMemory load(SweepStructure& structure, const SweepBlock& block, std::uint64_t first);

 private:
  void load_listed(const BatchProgram& program, const BatchMemory& memory, const SweepBlock& block,
                   std::uint64_t first) const;
  BatchMemory load_run(SweepStructure& structure, const SweepBlock& block);
  PurePart& part_of(SweepStructure& structure, std::size_t part, bool& fresh);
  void find_indices(std::size_t axis, std::span<const SweepRun> runs, std::uint64_t first);
  void load_outers(SweepStructure& structure) const;
  void load_part(SweepStructure& structure, std::size_t part, const BatchMemory& memory) const;

  const PointTracer* tracer_;
  const PointIndices* indices_;
  std::optional<std::size_t> lane_axis_;
  int part_lanes_ = 0;
  std::uint64_t batch_number_ = 0;
  std::size_t outers_ = 0;                  // of the batch
  std::vector<std::size_t> outer_indices_;  // by axis, then by outer point: kOuters of each
  LaneMemory mixed_;                        // what programs compute in
  bool listed_loaded_ = false;              // it holds the inputs of the block of listed points
  // Pure registers are kept as long as they are few; the others share one place.
  std::size_t kept_ = 0;
  PurePart shared_;
  const SweepStructure* shared_by_ = nullptr;
  std::size_t shared_part_ = 0;
};

}  // namespace archcost::engine
