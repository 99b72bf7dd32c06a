// SPDX-License-Identifier: Apache-2.0
// How well a cost puts networks into the order of their accuracies.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/statistics.hpp"
#include "search/accuracy/accuracy_table.hpp"

namespace archcost::accuracy {

/// Kendall's τ_b: pairs in the same order minus pairs in opposite order, ties allowed for.
std::optional<double> kendall(std::span<const double> a, std::span<const double> b);

struct RankCorrelation {
  std::string cost;
  std::optional<double> spearman, kendall;
};

/// Of these costs with the accuracies of a table, over its rows. Throws Error for a row whose
/// network can't be built.
std::vector<RankCorrelation> rank_correlations(const spec::ArchSpec& spec,
                                               const AccuracyTable& table,
                                               const std::vector<std::string>& costs);

}  // namespace archcost::accuracy
