// SPDX-License-Identifier: Apache-2.0
// Where this program keeps what it found out about a machine.
#pragma once

#include <string>

namespace archcost::runner {

/// The user's cache folder of this program: $XDG_CACHE_HOME/archcost or ~/.cache/archcost; the
/// variable ARCHCOST_CACHE comes first. Not made here.
std::string cache_folder();

/// The database of latencies when none is named.
std::string default_latency_db();

}  // namespace archcost::runner
