// SPDX-License-Identifier: Apache-2.0
// The values of one axis of a sweep, as inputs of traces.
#pragma once

#include <cstdint>
#include <vector>

#include "core/trace.hpp"
#include "search/space/sweep_space.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::space {

/// Whole multiples of 1/denominator, or numerators and denominators where these have no small
/// common multiple. Words, lists, choices and numbers that aren't exact aren't traced: each of
/// their values has structures of its own.
struct TracedAxis {
  TracedAxis(const spec::ArchSpec& spec, const SweepAxis& axis);

  /// The inputs of a trace that it has: tables of their values, by value of the axis.
  std::vector<const std::vector<double>*> inputs() const;
  spec::Number number(Trace& trace, std::size_t index) const;

  std::size_t size = 0;    ///< values
  std::size_t stride = 1;  ///< points from one value to the next
  bool traced = false;
  std::vector<double> numerators, denominators;
  std::int64_t low = 0, high = 0, least = 1, most = 1;  ///< bounds of the two
};

}  // namespace archcost::space
