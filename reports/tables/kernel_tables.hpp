// SPDX-License-Identifier: Apache-2.0
// Times of kernels, measured or predicted, and what a machine can do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cost/cost_table.hpp"
#include "graph/network.hpp"
#include "latency/latency_predictor.hpp"
#include "latency/machine.hpp"
#include "latency/machine_compare.hpp"
#include "plan/kernel_option.hpp"
#include "reports/tables/names.hpp"
#include "runner/measurement.hpp"

namespace archcost::tables {

/// Which rows of kernels are shown, and in which order; for tables and JSON.
struct KernelOrder {
  std::string sort;     ///< "time", largest first, or "time:asc"; empty: the order of execution
  std::size_t top = 0;  ///< 0: all; without `sort` those that take longest
};

struct MeasureReportOptions {
  cost::Grouping grouping = cost::Grouping::kLayer;  ///< kLayer, kKind or kStage
  KernelOrder order = {};
  std::optional<latency::Machine> machine = {};  ///< for the share of the roof
};

/// A row for each kernel (or sum of kernels): time and multiply-adds with their shares, rate, share
/// of the attainable rate, what bounds it, the implementation. Reorders stand in rows of their own.
Document measure_report(const graph::Network& network, const runner::Measurement& measurement,
                        const MeasureReportOptions& options);

/// The same as JSON, with every figure and how it was got.
std::string measure_json(const graph::Network& network, const runner::Measurement& measurement,
                         const MeasureReportOptions& options);

struct PredictionReportOptions {
  cost::Grouping grouping = cost::Grouping::kLayer;  ///< kLayer, kKind or kStage
  KernelOrder order = {};
  std::string command =
      {};                 ///< what people type to get the missing figures; empty: another machine
  bool estimate = false;  ///< layers without a figure were to be estimated
};

/// A row for each kernel, kind or stage, with the kind of its figure; what is missing and what
/// helps below it.
Document prediction_report(const graph::Network& network, const latency::Predicted& predicted,
                           const latency::LatencyPredictor& predictor,
                           const PredictionReportOptions& options);
std::string prediction_json(const graph::Network& network, const latency::Predicted& predicted,
                            const latency::LatencyPredictor& predictor, const KernelOrder& order);

/// A network that was measured as a whole, and in which family it is shown.
struct CheckedNetwork {
  std::string family;
  latency::NetworkCheck check;
  double unfused = 0;    ///< seconds, the sum of all layers run one by one; 0: not known
  double estimated = 0;  ///< seconds, with estimates of layers without a figure; 0: not known
};

/// Each network's times, then how well they were predicted: composed, unseen, and by multiply-adds
/// alone: errors, and rank correlations over all, within families and among networks of like size.
Document checks_report(const std::vector<CheckedNetwork>& networks, const std::string& machine);

/// Layers, and networks, of two machines of a database, the largest differences first; top 0: all.
Document machine_compare_report(const latency::MachineComparison& compared, const std::string& a,
                                const std::string& b, std::size_t top);

/// Peak rates and bandwidths, by threads. `saved`: the file that holds them; empty: none.
Document machine_report(const latency::Machine& machine, const std::string& saved);

/// "block1.conv", "reorder for block1.conv".
std::string kernel_name(const graph::Network& network, graph::LayerId main, bool reorder);
/// "conv 1x1", "reorder".
std::string kernel_class(const graph::Network& network, graph::LayerId main, bool reorder);
/// The row that shows the kernel: its name, its class or its stage.
std::string kernel_group(const graph::Network& network, graph::LayerId main, bool reorder,
                         cost::Grouping grouping);
// The same of a measured or predicted row, which may have a name of its own.
template <class Row>
std::string kernel_name(const graph::Network& network, const Row& row) {
  return row.label ? row.label->name : kernel_name(network, row.main, row.reorder);
}
template <class Row>
std::string kernel_class(const graph::Network& network, const Row& row) {
  return row.label ? row.label->kind : kernel_class(network, row.main, row.reorder);
}
template <class Row>
std::string kernel_group(const graph::Network& network, const Row& row, cost::Grouping grouping) {
  if (!row.label) return kernel_group(network, row.main, row.reorder, grouping);
  return grouping == cost::Grouping::kLayer ? row.label->name : row.label->kind;
}
/// Multiply-adds of all layers that the kernel computes, for the whole batch.
double kernel_macs(const graph::Network& network, const std::vector<graph::LayerId>& layers);
/// "brgconv:avx512_core", "ref:any (reference)", "archcost:pad (plain loops)".
std::string kernel_text(const std::string& implementation, plan::KernelOrigin origin);

}  // namespace archcost::tables
