// SPDX-License-Identifier: Apache-2.0
// Published accuracies: which tables there are, how well they predict, what costs say of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reports/tables/names.hpp"
#include "search/accuracy/rank_correlation.hpp"
#include "search/accuracy/surrogate.hpp"

namespace archcost::tables {

/// A table with its fit, and what was asked of it.
struct JudgedTable {
  std::shared_ptr<const spec::ArchSpec> spec;  ///< that the model is of
  accuracy::AccuracyModel model;
  std::vector<accuracy::RankCorrelation> ranks;  ///< of judged_costs()
  std::string asked;  ///< the network, as it was asked for; empty: none was
  std::optional<accuracy::AccuracyEstimate> estimate;
};

/// The costs whose rank correlation with accuracy is shown: entropy, effectiveness, params, macs.
const std::vector<std::string>& judged_costs();

/// Estimates where they were asked for, then fits and correlations. Tables of fewer than three
/// models are only counted.
Document accuracy_report(const std::vector<JudgedTable>& tables);
/// One flat table: a row for each part of a table that is fitted by itself.
Document accuracy_data(const std::vector<JudgedTable>& tables);
/// {"tables": [{"family", "recipe", "source", "models": [...], "fits": [...], "ranks": [...]}]}.
std::string accuracy_json(const std::vector<JudgedTable>& tables);

}  // namespace archcost::tables
