// SPDX-License-Identifier: Apache-2.0
// Predicted times, and how far predictions are off.
#pragma once

#include <string>
#include <vector>

#include "cost/cost_table.hpp"
#include "latency/latency_predictor.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

/// A row for each kernel, kind or stage, with the kind of its figure; what is missing and what
/// helps below it. `command` is what people type to get the missing figures.
Document prediction_report(const graph::Network& network, const latency::Predicted& predicted,
                           const latency::LatencyPredictor& predictor, cost::Grouping grouping,
                           const std::string& command);
std::string prediction_json(const graph::Network& network, const latency::Predicted& predicted,
                            const latency::LatencyPredictor& predictor);

/// A network that was measured as a whole, and in which family it is shown.
struct CheckedNetwork {
  std::string family;
  latency::NetworkCheck check;
  double unfused = 0;  ///< seconds, the sum of all layers run one by one; 0: not known
};

/// Each network's times, then how well they were foretold: composed, unseen, and by multiply-adds
/// alone: errors, and rank correlations over all, within families and among networks of like size.
Document checks_report(const std::vector<CheckedNetwork>& networks, const std::string& machine);

}  // namespace archcost::tables
