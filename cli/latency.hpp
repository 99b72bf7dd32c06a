// SPDX-License-Identifier: Apache-2.0
// Latencies for the commands: predicted from the database, or measured on this machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "runner/measurement.hpp"
#include "search/space/quantity.hpp"

namespace archcost::cli {

/// Throws Error with the remedy.
latency::LatencyPredictor open_predictor(const LatencyOptions& options);
/// Predicted seconds by layer; a reorder counts for the layer that needs it. Kernels without a
/// figure are reported on standard error and make `complete` false.
std::vector<double> latency_by_layer(const graph::Network& network,
                                     const latency::LatencyPredictor& predictor,
                                     const latency::PredictOptions& options, bool& complete);
/// "3 kernels have no figure; 'archcost profile' measures them, --estimate uses similar layers".
std::string missing_text(const latency::Predicted& predicted);

/// The database of latencies, if it has figures of the machine. Throws Error if one was named that
/// does not exist.
std::optional<latency::LatencyPredictor> user_predictor(const LatencyOptions& options = {});
/// Predicted seconds, layers without a figure estimated, with the expected error; the error is 0
/// if it is unknown. Nothing if layers cannot even be estimated.
std::optional<space::Uncertain> predicted_latency(const latency::LatencyPredictor& predictor,
                                                  const graph::Network& network);
/// Seconds of one pass, measured here on the engine of the options; nothing if a layer could not
/// run, or, with a warning on standard error, if the machine is too busy. Throws Error if nothing
/// can be measured.
std::optional<space::Uncertain> measured_latency(const graph::Network& network,
                                                 const LatencyOptions& latency);
/// The costs of searches that are not counted: `latency`, predicted from the database if it has
/// figures of the machine, else measured.
std::vector<space::SlowCost> slow_costs(const LatencyOptions& options = {});

/// Why nothing can be written into the folder of this file, which is made if it is missing; empty:
/// it can.
std::string unwritable(const std::string& file);
/// The number of processors on which this process may run. Throws Error if `threads` is larger.
int processors_for(int threads);
/// Checks --threads and --pin against the processors of this process. Returns the processor to run
/// on: the given one, the last one for one thread, -1 for several threads. Throws Error.
int processor_for(int threads, const std::optional<int>& pin);
/// The machine of the file. Without a file, what `archcost machine` saved, if the CPU is the same.
std::optional<latency::Machine> machine_of_file(const std::string& file);

}  // namespace archcost::cli
