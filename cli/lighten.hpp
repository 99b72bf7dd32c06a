// SPDX-License-Identifier: Apache-2.0
// The rewrites of a network, counted and timed: for `lighten` and `report --lighten`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/spec_argument.hpp"
#include "core/data_type.hpp"
#include "reports/tables/lighten_report.hpp"

namespace archcost::cli {

struct LightenRequest {
  SpecRequest base;
  std::string label;                  ///< the SPEC as it was written
  std::vector<std::string> rewrites;  ///< "+separable"; empty: lighten_rewrites()
  std::vector<std::string> limits;    ///< conditions over costs, as of --limit
  std::string sort;                   ///< a cost; empty: in the order of the rewrites
  DataType type = DataType::kF32;     ///< of activations in memory
  /// Seconds of one pass; nothing where they aren't known. Empty: no times.
  std::function<std::optional<double>(const graph::Network&)> seconds;
  std::string seconds_how;
  /// Why networks that were asked for have no time, and what helps. Empty: nothing is said.
  std::function<std::string()> seconds_missing;
};

/// The rewrites that are tried: each alone, and the combinations of the papers.
const std::vector<std::string>& lighten_rewrites();

/// Throws Error for limits that aren't ones, and if the network itself cannot be built.
tables::Lighten lighten(const LightenRequest& request);

}  // namespace archcost::cli
