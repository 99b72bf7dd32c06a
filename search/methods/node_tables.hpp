// SPDX-License-Identifier: Apache-2.0
// The numbers of a trace's nodes for the values of one axis of a space and the axis before it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/trace.hpp"
#include "search/space/traced_axis.hpp"

namespace archcost::methods {

/// Axes of a space, at most 64, by their bits.
using AxisSet = std::uint64_t;

/// The nodes of a trace: which axes each depends on, and its numbers for their values.
class NodeTables {
 public:
  NodeTables(const Trace& trace, const std::vector<space::TracedAxis>& axes) : trace_(&trace) {
    for (std::size_t k = 0; k < axes.size(); ++k) {
      for (const std::vector<double>* table : axes[k].inputs()) inputs_.push_back({k, table});
    }
    const std::vector<TraceNode>& nodes = trace.nodes();
    axes_.resize(nodes.size());
    for (std::size_t n = 1; n < nodes.size(); ++n) {
      const TraceNode& node = nodes[n];
      if (node.op == TraceOp::kInput)
        axes_[n] = AxisSet{1} << inputs_[static_cast<std::size_t>(node.a)].axis;
      else if (node.op != TraceOp::kConstant)
        axes_[n] =
            axes_[static_cast<std::size_t>(node.a)] | axes_[static_cast<std::size_t>(node.b)];
    }
    numbers_.resize(nodes.size());
  }

  AxisSet axes_of(std::int32_t node) const { return axes_[static_cast<std::size_t>(node)]; }

  /// Calls for every pair of values of an axis and the one before it (or of one value of that, when
  /// it doesn't matter), with the nodes computed that depend on no others.
  template <class Visit>
  void each_pair(std::size_t axis, std::size_t size, std::size_t size_before, Visit visit) {
    const AxisSet own = AxisSet{1} << axis, before = axis == 0 ? 0 : AxisSet{1} << (axis - 1);
    std::vector<std::size_t> outer, inner;
    for (std::size_t n = 1; n < axes_.size(); ++n) {
      if ((axes_[n] & ~(own | before)) != 0) continue;
      ((axes_[n] & own) != 0 ? inner : outer).push_back(n);
    }
    at_.assign(64, 0);
    for (std::size_t y = 0; y < size_before; ++y) {
      if (axis > 0) at_[axis - 1] = y;
      for (std::size_t n : outer) compute(n);
      for (std::size_t x = 0; x < size; ++x) {
        at_[axis] = x;
        for (std::size_t n : inner) compute(n);
        visit(y, x);
      }
    }
  }
  double number(std::int32_t node) const { return numbers_[static_cast<std::size_t>(node)]; }
  const Trace& trace() const { return *trace_; }

 private:
  struct Input {
    std::size_t axis;
    const std::vector<double>* table;
  };
  void compute(std::size_t n) {
    const TraceNode& node = trace_->nodes()[n];
    if (node.op == TraceOp::kConstant) {
      numbers_[n] = static_cast<double>(node.value);
      return;
    }
    if (node.op == TraceOp::kInput) {
      const Input& input = inputs_[static_cast<std::size_t>(node.a)];
      numbers_[n] = (*input.table)[at_[input.axis]];
      return;
    }
    const double x = number(node.a), y = number(node.b);
    switch (node.op) {
      case TraceOp::kAdd:
        numbers_[n] = x + y;
        break;
      case TraceOp::kSubtract:
        numbers_[n] = x - y;
        break;
      case TraceOp::kMultiply:
        numbers_[n] = x * y;
        break;
      case TraceOp::kDivideFloor:
        numbers_[n] = std::floor(x / y);
        break;
      default:
        numbers_[n] = std::max(x, y);
    }
  }

  const Trace* trace_;
  std::vector<Input> inputs_;
  std::vector<std::size_t> at_;
  std::vector<AxisSet> axes_;
  std::vector<double> numbers_;
};

}  // namespace archcost::methods
