// Latency as a cost of searches: of networks as they run on this machine with one thread.
#pragma once

#include <optional>
#include <vector>

#include "search/quantity.hpp"

namespace archcost {

/// Seconds of one pass, measured with one thread; nothing when a layer couldn't run. Throws Error
/// when nothing can be measured.
std::optional<Uncertain> measured_latency(const Network& network);

/// The costs that searches know beside the counted ones: `latency`, predicted by the user's
/// database of latencies where it holds figures of this machine, else measured.
std::vector<SlowCost> slow_costs();

}  // namespace archcost
