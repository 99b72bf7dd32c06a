// SPDX-License-Identifier: Apache-2.0
// The costs of many configurations of one spec.
//
// A configuration is built and counted once for each structure, by the same code as any network,
// while its numbers are traced; the trace then gives the costs of all configurations of that
// structure, many at once. What a trace can't serve is built and counted one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data_type.hpp"
#include "graph/build.hpp"
#include "search/engine/batch_program.hpp"
#include "search/engine/layer_arrays.hpp"
#include "search/engine/sweep_rows.hpp"
#include "search/engine/sweep_structure.hpp"
#include "search/space/sweep_filter.hpp"
#include "search/space/sweep_space.hpp"
#include "search/space/traced_axis.hpp"

namespace archcost::engine {

/// Points by the indices of their values: by axis, then by place.
using PointList = std::vector<std::vector<std::uint32_t>>;

struct SweepWants {
  std::vector<std::string> columns;         ///< names of space::sweep_costs()
  std::vector<space::SweepFilter> filters;  ///< those on costs that no trace holds are asked last
  DataTypes types;
  /// Gives the point costs of a network that is built with these options. Slow: with one of them
  /// every point is built by itself. Called by several threads. Throws Error where it isn't known:
  /// a column has no figure then, and a condition no answer.
  std::function<std::int64_t(std::string_view name, const graph::Network&,
                             const graph::BuildOptions&)>
      point_cost;
  /// Called with every block of configurations that a trace serves; all numbers are computed then.
  std::function<void(const LayerArrays&)> on_layers;
};

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
                              std::string& failure) const;
  std::size_t structures() const { return structures_; }

 private:
  static constexpr std::size_t kMostStructures = 512;  // a group's; the others' are forgotten

  /// Points that are computed together: listed, or of a run.
  struct Block {
    const std::uint32_t* points = nullptr;  ///< places among those of the call, or null: a run
    std::uint32_t place = 0, step = 0;      ///< the first place, and from lane to lane; of a list
                                            ///< step 0: places anywhere
    int lanes = 0;
    int outer = 0;         ///< the run's number in its batch
    std::size_t part = 0;  ///< of the lane axis,
    int first = 0;         ///< from this value of the part on

    std::uint32_t operator[](int lane) const {
      return points == nullptr ? place + static_cast<std::uint32_t>(lane) * step : points[lane];
    }
    /// The lanes [from, from + count) of a run.
    Block piece(int from, int count) const {
      Block part_of_it = *this;
      part_of_it.place += static_cast<std::uint32_t>(from) * step;
      part_of_it.first += from;
      part_of_it.lanes = count;
      return part_of_it;
    }
  };
  /// Points of a call that differ in the lane axis only.
  struct Run {
    std::uint32_t place;  ///< of the first among those of the call
    std::size_t start;    ///< its value of the lane axis
    std::size_t size;
  };

  void choose_lane_axis();
  std::unique_ptr<SweepStructure> trace(std::uint64_t point) const;
  StructureOutputs outputs_of(const graph::Network& network, cost::CostReader& costs,
                              Trace& trace) const;
  SweepGroup& group_of(std::uint64_t point);
  void forget_structures();
  std::vector<Run> runs_of(std::uint64_t first, std::size_t count) const;
  void evaluate_runs(std::size_t count, SweepRows& rows);
  void evaluate_batch(SweepGroup& group, SweepRows& rows);
  void evaluate_lists(std::size_t count, SweepRows& rows);
  void evaluate_block(SweepGroup& group, const Block& block, SweepRows& rows);
  void load_listed(const BatchProgram& program, const BatchMemory& memory, const Block& block,
                   std::uint64_t first) const;
  int find_structure(SweepGroup& group, const Block& block, double* open, SweepRows& rows);
  BatchMemory load(SweepStructure& structure, const Block& block, std::uint64_t first);
  BatchMemory load_run(SweepStructure& structure, const Block& block, std::uint64_t first);
  void store(const SweepStructure& structure, const BatchMemory& memory, const Block& block,
             const double* take, SweepRows& rows);
  void compute_reals(const SweepStructure& structure, const BatchMemory& memory,
                     const Block& block);
  std::int64_t late_cost(const SweepStructure& structure, const BatchMemory& memory,
                         const Block& block, int lane, std::size_t asked) const;
  std::vector<std::optional<spec::Value>> parameters_at(std::uint64_t point) const;
  void filter_late(const SweepStructure& structure, const BatchMemory& memory, const Block& block,
                   const double* take, SweepRows& rows) const;
  void show_layers(const SweepStructure& structure, const BatchMemory& memory, const Block& block,
                   const double* take);
  void store_exactly(std::uint32_t place, SweepRows& rows) const;
  void start(std::uint64_t first, std::size_t count, SweepRows& rows);
  std::size_t index_at(std::uint64_t point, std::size_t axis) const {
    return list_ != nullptr ? (*list_)[axis][point] : point / axes_[axis].stride % axes_[axis].size;
  }
  std::vector<std::size_t> indices_at(std::uint64_t point) const;
  graph::BuildOptions options_at(std::uint64_t point) const;

  const spec::ArchSpec* spec_;
  graph::BuildOptions options_;
  const space::SweepSpace* space_;
  const PointList* list_ = nullptr;  // that is evaluated: then points are places in it
  SweepWants wants_;
  // Conditions on costs that no trace holds: they are asked of each configuration, and the costs
  // that they ask for.
  std::vector<space::SweepFilter> late_;
  std::vector<std::string> asked_;
  bool late_needs_parameters_ = false;
  bool by_point_ = false;                        // point costs are asked for
  bool real_ = false;                            // entropy or effectiveness are asked for
  bool effective_ = false;                       // effectiveness is asked for
  std::vector<double> entropy_, effectiveness_;  // of a block's lanes
  cost::EntropyBatch entropy_batch_;
  std::vector<LaneNumbers> entropy_numbers_;
  std::vector<space::TracedAxis> axes_;
  bool one_group_ = true;  // all axes are traced
  // The axis along the lanes of runs, in parts of equal size; none: points are listed.
  std::optional<std::size_t> lane_axis_;
  int part_lanes_ = 0;
  std::size_t parts_ = 0;
  std::map<std::vector<std::size_t>, SweepGroup> groups_;  // by the axes that aren't traced
  std::vector<std::size_t> group_key_;                     // of the point that was asked for last,
  SweepGroup* group_ = nullptr;                            // and its group
  std::size_t structures_ = 0;                             // of all groups
  std::vector<Run> batch_;                                 // runs of one group
  std::uint64_t batch_number_ = 0;
  LaneMemory mixed_;            // what programs compute in
  bool listed_loaded_ = false;  // it holds the inputs of the block of listed points
  // Pure registers are kept as long as they are few; the others share one place.
  std::size_t kept_ = 0;
  LaneMemory shared_;
  const SweepStructure* shared_by_ = nullptr;
  std::size_t shared_part_ = 0;
};

}  // namespace archcost::engine
