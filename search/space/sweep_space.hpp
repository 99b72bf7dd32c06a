// SPDX-License-Identifier: Apache-2.0
// What a sweep varies: parameters and their values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::space {

/// What can be counted through in reasonable time: by a cluster in minutes, by one core in hours.
constexpr long double kMostSweepPoints = 1'000'000'000'000;

struct SweepAxis {
  std::string param;
  std::vector<spec::Value> values;
  int element = 0;   ///< of the parameter's list, from 1; 0: the parameter itself
  spec::List whole;  ///< of an element: the list that it stands in

  /// "alpha", "widths(3)".
  std::string label() const;
};

/// Every combination of the axes' values; the last axis changes fastest.
struct SweepSpace {
  std::vector<SweepAxis> axes;

  /// Only for spaces that can be counted through; others have more than 64 bits hold.
  std::uint64_t points() const;
  long double size() const;
  /// Index of each axis's value at a point.
  std::vector<std::size_t> indices(std::uint64_t point) const;
  /// What the parameters are set to; `values` are those of the axes.
  std::vector<graph::ParameterSetting> settings(std::vector<spec::Value> values) const;
  std::vector<graph::ParameterSetting> settings(std::span<const std::size_t> indices) const;
  /// `base` with these settings, for builds whose errors suggest no fix.
  graph::BuildOptions options(graph::BuildOptions base, std::vector<spec::Value> values) const;
  graph::BuildOptions options(graph::BuildOptions base, std::span<const std::size_t> indices) const;
};

/// The axes of "alpha=0.25:1:0.05" (from, to and including, step), "rho=4/7,1",
/// "gate=sigmoid,relu", "se_stages=[4],[4,5]", "se_stages=subsets([4,5])", "widths(3)=8:64:8" (an
/// element of a list), "widths(i)=8:widths(i):8" (every element; a range's ends may name parameters
/// as they are set), "alpha" (the spec's own `sweep` values); with no texts, every parameter that
/// has such values. Throws Error: unknown parameter, empty or reversed range, zero step, a value
/// that the parameter doesn't allow, a parameter twice, more points than `most_points`.
SweepSpace sweep_space(const spec::ArchSpec& spec, const std::vector<std::string>& texts,
                       const graph::BuildOptions& options = {},
                       long double most_points = kMostSweepPoints);

}  // namespace archcost::space
