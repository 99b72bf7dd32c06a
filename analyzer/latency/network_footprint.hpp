// SPDX-License-Identifier: Apache-2.0
// How much memory a run of a network touches: whether data is still in the caches depends on it.
#pragma once

#include <vector>

#include "graph/network.hpp"

namespace archcost::latency {

/// About so many bytes, in f32: all parameters once, and the inputs and the output of the layer
/// that has most of both.
double network_footprint(const graph::Network& network);

/// A kernel's time in networks of about that footprint.
struct FootprintTime {
  double footprint = 0;  ///< bytes
  double seconds = 0;
};

/// Times by footprint, those of similar ones as their mean. Empty where not all footprints are
/// known.
std::vector<FootprintTime> times_by_footprint(const std::vector<double>& seconds,
                                              const std::vector<double>& footprints);

/// The time in a network of that footprint: those of similar footprints count most. `times` is not
/// empty.
double seconds_at(const std::vector<FootprintTime>& times, double footprint);

}  // namespace archcost::latency
