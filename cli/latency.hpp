// SPDX-License-Identifier: Apache-2.0
// Latencies for the commands: predicted from the database, or measured on this machine.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "runner/measurement.hpp"
#include "search/space/quantity.hpp"

namespace archcost::cli {

/// Throws Error with the remedy.
latency::LatencyPredictor open_predictor(const LatencyOptions& options);
/// Sets the latencies of the table: a reorder counts for the layer that needs it. Kernels without a
/// figure are reported on standard error; then the answer is false.
bool set_latency(const graph::Network& network, const latency::LatencyPredictor& predictor,
                 const latency::PredictOptions& options, cost::CountOptions& counting);
/// "archcost profile resnet50 --batch 4 --engine onnxruntime": what measures the figures that are
/// missing, to be pasted into a shell.
std::string profile_command(const std::string& spec, const SpecOptions& network,
                            const LatencyOptions& latency);
/// "3 kernels have no figure; 'archcost profile' measures them, --estimate uses similar layers".
/// The options are those of the prediction.
std::string missing_text(const latency::Predicted& predicted,
                         const latency::PredictOptions& options);

/// The database of latencies, if it has figures of the machine. Throws Error if one was named that
/// does not exist.
std::optional<latency::LatencyPredictor> user_predictor(const LatencyOptions& options = {});
/// Predicted seconds with the expected error, which is nothing if it is unknown. Nothing if a layer
/// has no figure, and `options` don't allow estimates or there is nothing to estimate it from.
std::optional<space::Uncertain> predicted_latency(const latency::LatencyPredictor& predictor,
                                                  const graph::Network& network,
                                                  const latency::PredictOptions& options);
/// At least the seconds that measured_latency() takes: those of its blocks.
constexpr double kMeasuredLatencySeconds = 0.5;
/// Seconds of one pass, measured here on the engine of the options; nothing, with a warning on
/// standard error, if a layer could not run or if the machine is too busy. Throws Error if nothing
/// can be measured.
std::optional<space::Uncertain> measured_latency(const graph::Network& network,
                                                 const LatencyOptions& latency);

/// Where a search gets latencies: predicted from the database if it has figures of the machine,
/// else measured on this machine, one network at a time. May be used by several threads.
class LatencySource {
 public:
  explicit LatencySource(LatencyCostOptions options) : options_(std::move(options)) {}

  /// Opens the database; the others do so, too, where it isn't open. Throws Error where there is
  /// nothing to predict from, and --estimate or --of forbid to measure.
  void open();
  /// Whether networks are run, because the database has no figures.
  bool measures();
  std::optional<space::Uncertain> of(const graph::Network& network);
  /// How the figures were got, and why one is missing, for people.
  std::string how();
  std::string missing();

 private:
  LatencyCostOptions options_;
  std::once_flag opened_;
  std::mutex measuring_;
  std::optional<latency::LatencyPredictor> predictor_;
};
/// The costs of searches that are not counted: `latency`.
std::vector<space::SlowCost> slow_costs(const std::shared_ptr<LatencySource>& source);

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
