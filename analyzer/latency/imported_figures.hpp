// SPDX-License-Identifier: Apache-2.0
// Figures of kernels that were timed in whole networks: by an engine's profiler, here or on another
// device.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "graph/network.hpp"
#include "latency/latency_db.hpp"

namespace archcost::latency {

struct TimedRow {
  std::string problem;  ///< see to_text(KernelProblem)
  plan::KernelOption option;
  std::string implementation;
  double seconds = 0;
};

/// All rows of one network.
struct NetworkFigures {
  std::string network;  ///< see network_hash()
  int threads = 1;
  std::vector<TimedRow> rows;
  double remainder = 0;  ///< seconds of the network that no row has
  double reference = 0;  ///< of the reference layer; 0: not known
  double footprint = 0;  ///< see network_footprint(); 0: not known
  int passes = 0;
  std::string how, date;
};

/// The same for networks with the same layers, whatever they are called.
std::string network_hash(const graph::Network& network);
/// The hashes of the networks whose figures are stored.
std::set<std::string> profiled_networks(const LatencyDb& db, int machine, int threads);

/// Stores the figures in one transaction. Rows of the same problem are one sample, their mean; a
/// figure that is stored already gets one sample more. Returns how many figures are new.
std::int64_t store_figures(LatencyDb& db, int machine, const NetworkFigures& network);

}  // namespace archcost::latency
