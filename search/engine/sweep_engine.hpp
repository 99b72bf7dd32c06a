// SPDX-License-Identifier: Apache-2.0
// The costs of many configurations of one spec.
//
// A configuration is built and counted once for each structure, by the same code as any network,
// while its numbers are traced; the trace then gives the costs of all configurations of that
// structure, many at once. What a trace can't serve is built and counted one by one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/engine/block_loader.hpp"
#include "search/engine/block_results.hpp"
#include "search/engine/point_tracer.hpp"
#include "search/engine/sweep_block.hpp"
#include "search/engine/sweep_rows.hpp"

namespace archcost::engine {

/// One for each thread: it keeps the structures that it met.
class SweepEngine {
 public:
  /// Points of one call that suffice to be fast.
  static constexpr std::uint64_t kChunk = 8192;

  SweepEngine(const spec::ArchSpec& spec, graph::BuildOptions options,
              const space::SweepSpace& space, SweepWants wants);

  /// The points from `first` on, `count` of them.
  void evaluate(std::uint64_t first, std::size_t count, SweepRows& rows);
  /// Points anywhere, also of spaces that can't be counted through; rows are by place in the list.
  /// An engine that has seen a list takes runs for lists too.
  void evaluate(const PointList& points, SweepRows& rows);
  /// The costs of one point, built and counted by itself. `failure`: why it can't be built, or why
  /// a figure of it is missing (kNoFigure); else empty.
  PointState evaluate_exactly(std::uint64_t point, std::vector<std::int64_t>& costs,
                              std::string& failure) const {
    return tracer_.count(indices_.all(point), costs, failure);
  }
  std::size_t structures() const { return structures_; }

 private:
  static constexpr std::size_t kMostStructures = 512;  // a group's; the others' are forgotten
  static constexpr int kListed = 128;  // lanes of listed points: their registers stay in the first
                                       // cache

  void choose_lane_axis();
  SweepGroup& group_of(std::uint64_t point);
  void forget_structures();
  void start(std::uint64_t first, std::size_t count, SweepRows& rows);
  SweepGroup& busy_group_of(std::uint64_t point);
  void collect_runs(std::uint64_t first, std::size_t count);
  void evaluate_runs(std::size_t count, SweepRows& rows);
  void evaluate_batch(SweepGroup& group, std::span<const SweepRun> batch, SweepRows& rows);
  std::size_t evaluate_alike(SweepGroup& group, const SweepBlock& block,
                             std::span<const SweepRun> runs, SweepRows& rows);
  void evaluate_lists(std::size_t count, SweepRows& rows);
  void evaluate_list(SweepGroup& group, std::span<const std::uint32_t> places, SweepRows& rows);
  void evaluate_block(SweepGroup& group, const SweepBlock& block, SweepRows& rows);
  int find_structure(SweepGroup& group, const SweepBlock& block, double* open, SweepRows& rows);
  void store_exactly(std::uint32_t place, SweepRows& rows) const;

  PointTracer tracer_;
  PointIndices indices_;
  BlockLoader loader_;
  BlockResults results_;
  // The axis along the lanes of runs, in parts of equal size; none: points are listed.
  std::optional<std::size_t> lane_axis_;
  int part_lanes_ = 0;
  bool one_group_ = true;                                  // all axes are traced
  std::vector<std::uint32_t> places_;                      // 0, 1, 2 ... of lists of one group
  std::map<std::vector<std::size_t>, SweepGroup> groups_;  // by the axes that aren't traced
  std::vector<std::size_t> group_key_;                     // of the point that was asked for last,
  SweepGroup* group_ = nullptr;                            // and its group: of so many points
  std::uint64_t group_first_ = 0, group_points_ = 0;       // from this one on; 0: of that alone
  std::vector<SweepGroup*> busy_;                          // that have points of the call
  std::size_t structures_ = 0;                             // of all groups
};

}  // namespace archcost::engine
