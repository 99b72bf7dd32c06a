// SPDX-License-Identifier: Apache-2.0
// Engines side by side: where each is strong, by kind of layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/tables/kernel_tables.hpp"

namespace archcost::tables {

/// A kernel's time on an engine.
struct EngineKernel {
  std::string kind;  ///< "conv 1x1", "reorder", "between kernels"
  double macs = 0, seconds = 0;
};

/// A network on one engine, measured or predicted.
struct EngineTimes {
  std::string engine;   ///< "onednn"
  std::string library;  ///< "oneDNN 2.6.3"
  double seconds = 0;
  bool complete = true;
  std::vector<EngineKernel> kernels = {};
};
EngineTimes engine_times(const graph::Network& network, const runner::Measurement& measurement);
EngineTimes engine_times(const graph::Network& network, const latency::Predicted& predicted,
                         const latency::MachineId& machine);

/// A network on several engines, the same ones for all networks.
struct NetworkOnEngines {
  std::string label;
  double macs = 0;
  std::vector<EngineTimes> engines;
};
/// Without engines yet.
NetworkOnEngines on_engines(const std::string& label, const graph::Network& network);

/// The share of multiply-adds, and the time and its share on each engine, by kind of layer.
Table engine_kinds_table(const NetworkOnEngines& network);
/// A row for each network: multiply-adds, the time on each engine, ratios to the first one.
Table engine_totals_table(const std::vector<NetworkOnEngines>& networks);
/// Rank correlations (Spearman) of the networks' times between engines and with multiply-adds;
/// empty for fewer than three networks.
Table engine_ranks_table(const std::vector<NetworkOnEngines>& networks);
/// Kinds that one engine computes faster than another, relative to the network as a whole, in
/// sentences.
std::vector<std::string> engine_findings(const std::vector<NetworkOnEngines>& networks);

Document engines_report(const std::vector<NetworkOnEngines>& networks, const std::string& how);

}  // namespace archcost::tables
