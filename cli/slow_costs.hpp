// SPDX-License-Identifier: Apache-2.0
// Latency as a cost of searches: of networks as they run on this machine with one thread.
#pragma once

#include <optional>
#include <vector>

#include "latency/latency_predictor.hpp"
#include "search/space/quantity.hpp"

namespace archcost::cli {

/// The user's database of latencies, where it holds figures of this machine.
std::optional<latency::LatencyPredictor> user_predictor();
/// Seconds by the database, those of layers without a figure estimated, and how far predictions
/// were off so far; without checks the error is unknown and 0. Nothing where even estimates lack.
std::optional<space::Uncertain> predicted_latency(const latency::LatencyPredictor& predictor,
                                                  const graph::Network& network);

/// Seconds of one pass, measured with one thread; nothing when a layer couldn't run. Throws Error
/// when nothing can be measured.
std::optional<space::Uncertain> measured_latency(const graph::Network& network);

/// The costs that searches know beside the counted ones: `latency`, predicted by the user's
/// database of latencies where it holds figures of this machine, else measured.
std::vector<space::SlowCost> slow_costs();

}  // namespace archcost::cli
