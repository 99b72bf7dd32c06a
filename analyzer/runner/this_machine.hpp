// SPDX-License-Identifier: Apache-2.0
// Which machine of a database this one is.
#pragma once

#include "latency/latency_db.hpp"

namespace archcost::runner {

/// The machine of the database whose figures hold here: `wanted` is its number there; 0 asks the
/// program of the kernels what this machine is. Throws Error that names the machines there are.
int find_machine(const latency::LatencyDb& db, int wanted);

}  // namespace archcost::runner
