// Whole networks, measured and held against what the database foretells: where the error that
// predictions state comes from.
#pragma once

#include <string>
#include <vector>

#include "latency/latency_predictor.hpp"
#include "runner/measurement.hpp"

namespace archcost {

/// Measures the network as a whole, up to three times while its blocks differ by more than ± 2 %.
/// `label` is under which the check is stored. What is waited for near threads is taken off
/// `options`.
NetworkCheck measure_check(const std::string& label, const Network& network,
                           MeasureOptions& options, const MeasureProgress& progress);

/// Fills `composed` and `unseen`, at the check's own reference. Returns the sum of the layers run
/// one by one, without fusion; 0 where the database lacks some (`archcost profile --unfused`).
double foretell(NetworkCheck& check, const Network& network, const LatencyPredictor& predictor,
                bool winograd);

}  // namespace archcost
