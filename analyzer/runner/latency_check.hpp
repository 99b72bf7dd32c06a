// SPDX-License-Identifier: Apache-2.0
// Networks measured as a whole and compared with predictions: the source of the expected error.
#pragma once

#include <string>
#include <vector>

#include "latency/latency_predictor.hpp"
#include "runner/measurement.hpp"

namespace archcost::runner {

struct MeasuredCheck {
  latency::NetworkCheck check;
  std::string instability;  ///< why it is no result; empty when it is one
};

/// Measures the network as a whole, up to three times while its blocks differ by more than ± 2 %.
/// The check is stored under `label`. Time spent waiting for a low core-to-core latency is
/// subtracted from the options' wait_seconds.
MeasuredCheck measure_check(const std::string& label, const graph::Network& network,
                            MeasureOptions& options, const MeasureProgress& progress);

/// Predictions that are shown beside a check but not stored; 0: not possible.
struct OtherPredictions {
  double unfused = 0;    ///< seconds, the sum of the layers run one by one (profile --unfused)
  double estimated = 0;  ///< with estimates of the layers without a figure
};

/// Fills `composed` and `unseen`, normalised to the check's reference.
OtherPredictions predict_check(latency::NetworkCheck& check, const graph::Network& network,
                               const latency::LatencyPredictor& predictor, bool winograd);

}  // namespace archcost::runner
