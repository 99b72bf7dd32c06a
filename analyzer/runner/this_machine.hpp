// SPDX-License-Identifier: Apache-2.0
// Where this program keeps what it found out about machines, and which of them this one is.
#pragma once

#include <string>

#include "latency/latency_db.hpp"

namespace archcost::runner {

/// The user's cache folder of this program: $XDG_CACHE_HOME/archcost or ~/.cache/archcost; the
/// variable ARCHCOST_CACHE comes first. Without HOME the home of the user database counts. Not
/// made here.
std::string cache_folder();

/// The database of latencies when none is named.
std::string default_latency_db();

/// The machine of the database whose figures hold here: `wanted` is its number there; 0 asks the
/// program of the kernels what this machine is. Throws Error that names the machines there are.
int find_machine(const latency::LatencyDb& db, int wanted);

}  // namespace archcost::runner
