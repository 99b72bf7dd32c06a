// SPDX-License-Identifier: Apache-2.0
// What was measured, beside what was counted.
#pragma once

#include <optional>

#include "cost/cost_table.hpp"
#include "latency/machine.hpp"
#include "reports/tables/names.hpp"
#include "runner/measurement.hpp"

namespace archcost::tables {

struct MeasureReportOptions {
  cost::Grouping grouping = cost::Grouping::kLayer;  ///< kLayer, kKind or kStage
  std::optional<latency::Machine> machine;           ///< for the share of the roof
};

/// A row for each kernel (or sum of kernels): time and multiply-adds with their shares, rate, share
/// of the attainable rate, what bounds it, the implementation. Reorders stand in rows of their own.
Document measure_report(const graph::Network& network, const runner::Measurement& measurement,
                        const MeasureReportOptions& options);

/// The same as JSON, with every figure and how it was got.
std::string measure_json(const graph::Network& network, const runner::Measurement& measurement,
                         const MeasureReportOptions& options);

}  // namespace archcost::tables
