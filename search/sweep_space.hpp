// What a sweep varies: parameters and their values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spec/arch_spec.hpp"

namespace archcost {

struct SweepAxis {
  std::string param;
  std::vector<Value> values;
};

/// Every combination of the axes' values; the last axis changes fastest.
struct SweepSpace {
  std::vector<SweepAxis> axes;

  std::uint64_t points() const;
  /// Index of each axis's value at a point.
  std::vector<std::size_t> indices(std::uint64_t point) const;
};

/// The axes of "alpha=0.25:1:0.05" (from, to and including, step), "rho=4/7,1",
/// "gate=sigmoid,relu", "se_stages=[4],[4,5]", "alpha" (the spec's own `sweep` values); with no
/// texts, every parameter that has such values. Throws Error: unknown parameter, empty or reversed
/// range, zero step, a value that the parameter doesn't allow, a parameter twice, too many points.
SweepSpace sweep_space(const ArchSpec& spec, const std::vector<std::string>& texts);

}  // namespace archcost
