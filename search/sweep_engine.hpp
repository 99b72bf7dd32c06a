// The costs of many configurations of one spec.
//
// A configuration is built and counted once for each structure, by the same code as any network,
// while its numbers are traced; the trace then gives the costs of all configurations of that
// structure, many at once. What a trace can't serve is built and counted one by one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/data_type.hpp"
#include "core/trace.hpp"
#include "graph/build.hpp"
#include "search/batch_program.hpp"
#include "search/sweep_filter.hpp"
#include "search/sweep_space.hpp"

namespace archcost {

/// A number for every lane, or one for all.
struct LaneNumbers {
  const double* lanes = nullptr;
  double all = 0;  ///< when `lanes` is null
  double at(int lane) const { return lanes == nullptr ? all : lanes[lane]; }
};

/// Every layer's numbers for some configurations of one structure; valid during the call.
struct LayerArrays {
  int lanes = 0;
  /// By layer: channels, height, width, params, macs, elements.
  std::vector<std::array<LaneNumbers, 6>> layers;
};

struct SweepWants {
  std::vector<std::string> columns;  ///< names of named_costs()
  std::vector<SweepFilter> filters;
  DataTypes types;
  /// Called with every block of configurations that a trace serves.
  std::function<void(const LayerArrays&)> on_layers;
};

enum class PointState : std::uint8_t { kRow, kFiltered, kUnbuildable };

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

  /// Points in that state.
  std::uint64_t count(PointState state) const;
};

/// One for each thread: it keeps the structures that it met.
class SweepEngine {
 public:
  SweepEngine(const ArchSpec& spec, BuildOptions options, const SweepSpace& space,
              SweepWants wants);
  ~SweepEngine();
  SweepEngine(SweepEngine&&) noexcept;

  /// The points from `first` on, `count` of them.
  void evaluate(std::uint64_t first, std::size_t count, SweepRows& rows);
  /// The costs of one point, built and counted by itself.
  PointState evaluate_exactly(std::uint64_t point, std::vector<std::int64_t>& costs,
                              std::string& failure) const;
  std::size_t structures() const;

 private:
  struct Structure;
  struct Axis;
  struct Group;
  /// Points that are computed together, by their places among those of the call.
  struct Block {
    const std::uint32_t* points;
    int lanes;
    bool one_run;  ///< only the last axis differs among them
  };

  std::unique_ptr<Structure> trace(const std::vector<std::size_t>& indices) const;
  void index_points(std::uint64_t first, std::size_t count);
  void evaluate_runs(std::size_t count, SweepRows& rows);
  void evaluate_groups(std::size_t count, SweepRows& rows);
  Group& group_of(std::uint32_t point);
  void evaluate_block(Group& group, Block block, SweepRows& rows);
  void match(Structure& structure, const Block& block, double* meets);
  void store(const Structure& structure, const Block& block, const double* take, SweepRows& rows);
  void show_layers(const Structure& structure, int lanes);
  void store_exactly(std::uint32_t point, SweepRows& rows) const;
  BuildOptions options_at(const std::vector<std::size_t>& indices) const;

  const ArchSpec* spec_;
  BuildOptions options_;
  const SweepSpace* space_;
  SweepWants wants_;
  std::vector<Axis> axes_;
  bool by_runs_ = false;  // the last axis is long enough to fill the lanes
  std::map<std::vector<std::size_t>, Group>
      groups_;  // by the values of the axes that aren't traced
  std::vector<std::vector<std::uint32_t>> lane_indices_;  // by axis, of the points being evaluated
  std::vector<std::uint32_t> sequence_;                   // 0, 1, 2 ...
  BatchRegisters registers_;
  const BatchProgram* program_ = nullptr;  // that ran last in the registers,
  std::uint32_t run_start_ = 0;            // for values of the last axis from here on,
  int run_lanes_ = 0;                      // so many
};

}  // namespace archcost
