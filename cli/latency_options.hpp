// SPDX-License-Identifier: Apache-2.0
// Options of the commands that read the database of latencies.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "latency/latency_predictor.hpp"

namespace archcost::cli {

struct LatencyOptions {
  std::string db;
  int of = 0;  ///< number of the machine in the database; 0: this one
  int threads = 1;
};

/// --db, and unless `writes` --of; --threads.
void declare_latency_options(CLI::App& app, LatencyOptions& options);
/// --db, --of, --kernel-threads and --estimate: for commands that have latency as a cost.
struct LatencyCostOptions {
  LatencyOptions latency;
  latency::PredictOptions predict;
};
void declare_latency_cost(CLI::App& app, LatencyCostOptions& options);
/// Predicted seconds by layer; a reorder counts for the layer that needs it. Kernels without a
/// figure are reported on standard error and make `complete` false.
std::vector<double> latency_by_layer(const graph::Network& network,
                                     const latency::LatencyPredictor& predictor,
                                     const latency::PredictOptions& options, bool& complete);
/// "3 kernels have no figure; 'archcost profile' measures them, --estimate uses similar layers".
std::string missing_text(const latency::Predicted& predicted);

/// Throws Error with the remedy.
latency::LatencyPredictor open_predictor(const LatencyOptions& options);

}  // namespace archcost::cli
