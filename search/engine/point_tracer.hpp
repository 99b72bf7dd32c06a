// SPDX-License-Identifier: Apache-2.0
// Points of a space, built and counted by the same code as any network: once for each structure
// while the numbers are traced, or one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data_type.hpp"
#include "graph/build.hpp"
#include "search/engine/layer_arrays.hpp"
#include "search/engine/sweep_rows.hpp"
#include "search/engine/sweep_structure.hpp"
#include "search/space/sweep_filter.hpp"
#include "search/space/sweep_space.hpp"
#include "search/space/traced_axis.hpp"

namespace archcost::engine {

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

class PointTracer {
 public:
  /// A table of the values of a traced axis.
  struct Input {
    std::size_t axis;
    const double* values;  ///< by value of the axis
  };

  /// The spec and the space must outlive it. Throws Error for point costs without wants.point_cost.
  PointTracer(const spec::ArchSpec& spec, graph::BuildOptions options,
              const space::SweepSpace& space, SweepWants wants);
  PointTracer(const PointTracer&) = delete;
  PointTracer& operator=(const PointTracer&) = delete;

  const std::vector<space::TracedAxis>& axes() const { return axes_; }
  /// Of the programs of all structures, in their order.
  const std::vector<Input>& inputs() const { return inputs_; }
  /// Without the filters of late().
  const SweepWants& wants() const { return wants_; }
  /// Conditions on costs that no trace holds: they are asked of each configuration.
  const std::vector<space::SweepFilter>& late() const { return late_; }
  /// The costs that these ask for.
  const std::vector<std::string>& asked() const { return asked_; }
  bool by_point() const { return by_point_; }    ///< point costs are asked for
  bool real() const { return real_; }            ///< entropy or effectiveness are asked for
  bool effective() const { return effective_; }  ///< effectiveness is asked for

  /// The structure of the point at these indices, for programs of so many lanes; the axis whose
  /// values lie along them, none: all do. Nothing where a trace can't stand for the point.
  std::unique_ptr<SweepStructure> trace(const std::vector<std::size_t>& at,
                                        std::optional<std::size_t> lane_axis, int lanes) const;
  /// The costs of one point, built and counted by itself. `failure`: why it can't be built, or why
  /// a figure of it is missing (kNoFigure); else empty.
  PointState count(const std::vector<std::size_t>& at, std::vector<std::int64_t>& costs,
                   std::string& failure) const;
  /// What the late conditions need of the point's parameters: empty values where none asks.
  std::vector<std::optional<spec::Value>> parameters(const std::vector<std::size_t>& at) const;

 private:
  StructureOutputs outputs_of(const graph::Network& network, cost::CostReader& costs,
                              Trace& trace) const;

  const spec::ArchSpec* spec_;
  graph::BuildOptions options_;
  const space::SweepSpace* space_;
  SweepWants wants_;
  std::vector<space::SweepFilter> late_;
  std::vector<std::string> asked_;
  bool late_needs_parameters_ = false;
  bool by_point_ = false, real_ = false, effective_ = false;
  std::vector<space::TracedAxis> axes_;
  std::vector<Input> inputs_;
};

}  // namespace archcost::engine
