// SPDX-License-Identifier: Apache-2.0
// Predicts the time of a network that was not run, as the sum of its kernels.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/network.hpp"
#include "latency/engine_model.hpp"
#include "latency/latency_db.hpp"
#include "latency/latency_estimate.hpp"
#include "latency/network_footprint.hpp"
#include "latency/row_label.hpp"
#include "plan/execution_plan.hpp"

namespace archcost::latency {

enum class FigureKind : std::uint8_t {
  kMeasured,   ///< timed on the machine
  kEstimated,  ///< from similar kernels
  kMissing
};
/// "measured", "estimated", "missing".
std::string_view name_of(FigureKind kind);

struct PredictedRow {
  std::vector<graph::LayerId> layers;  ///< empty for a reorder
  graph::LayerId main = 0;             ///< the layer that names the kernel
  bool reorder = false;
  graph::LayerId value = 0;  ///< that is computed or reordered
  std::string problem, implementation;
  std::optional<plan::KernelOption> option;
  plan::KernelOrigin origin = plan::KernelOrigin::kLibrary;  ///< of a measured figure
  FigureKind kind = FigureKind::kMissing;
  double seconds = 0;
  double spread = 0;                   ///< of the measured figure over its blocks, relative
  std::optional<RowLabel> label = {};  ///< of rows without a layer
};

struct Predicted {
  std::vector<PredictedRow> rows;
  double seconds = 0;            ///< the sum of the rows
  double estimated_seconds = 0;  ///< of which estimated
  int measured = 0, estimated = 0, missing = 0;

  bool complete() const { return missing == 0; }
};

struct PredictOptions {
  bool winograd = true;
  bool estimate = false;  ///< estimates rows without a figure
  bool unseen = false;  ///< estimates every row, without the figures of the network's own problems
  plan::Fusion fusion = plan::Fusion::kAll;  ///< kNone: the sum of all layers, each run by itself
};

/// Relative errors of predictions against networks that were measured as a whole, root mean square.
struct ExpectedError {
  int checks = 0;
  double composed = 0;    ///< of networks whose layers all have figures; 0: not checked
  double unseen = 0;      ///< of networks estimated without any of their layers; 0: not checked
  int unseen_checks = 0;  ///< behind `unseen`
  std::vector<std::string> networks;     ///< behind `composed`
  double least_macs = 0, most_macs = 0;  ///< of these networks
};

/// What a database knows of one machine at one number of threads.
class LatencyPredictor {
 public:
  LatencyPredictor(const LatencyDb& db, int machine, int threads);

  Predicted predict(const graph::Network& network, const PredictOptions& options) const;

  const MachineId& machine() const { return machine_; }
  int threads() const { return threads_; }
  std::size_t figures() const { return figures_.size(); }
  /// Figures that are ignored: their core-to-core latency was higher than that of others.
  std::size_t high_core_latency_figures() const { return ignored_; }
  /// Seconds of the reference layer to which all figures are normalised.
  double reference() const { return reference_; }
  const ExpectedError& expected() const { return expected_; }
  /// The relative error to expect of a prediction, from the checks; nothing without checks.
  std::optional<double> error_of(const Predicted& predicted) const;
  /// Of single layers, root mean square; takes a moment.
  double estimate_error() const { return estimator_.leave_one_out_error(); }

 private:
  /// Of oneDNN, whose kernels were tried one by one.
  Predicted predict_kernels(const graph::Network& network, const PredictOptions& options) const;
  /// Of an engine whose figures were taken in whole networks.
  Predicted predict_rows(const graph::Network& network, const PredictOptions& options) const;
  void add_remainder(Predicted& predicted) const;

  class RowCandidates;  // of predict_rows()
  struct Figure {
    double seconds, spread;
    std::string implementation;
    plan::KernelOrigin origin;
    std::vector<FootprintTime> times;  ///< in networks of different footprints; may be empty
  };
  using FigureKey = std::pair<std::string, plan::KernelOption>;  // problem, option
  MachineId machine_;
  int threads_;
  plan::KernelChoices choices_;
  std::map<FigureKey, Figure> figures_;
  std::map<std::string, double> least_;  // seconds, by problem, of its options
  double reference_ = 0;
  std::size_t ignored_ = 0;
  ExpectedError expected_;
  LatencyEstimator estimator_;
  EngineModel model_;                               // of engines other than oneDNN
  std::vector<std::pair<int, double>> remainders_;  // by network: kernels, seconds
};

}  // namespace archcost::latency
