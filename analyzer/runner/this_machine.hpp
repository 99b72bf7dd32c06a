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

/// " --db FILE" for a command that is advised, as for a shell; empty for the database that is used
/// when none is named.
std::string database_option(const std::string& db);

/// Whose figures of a database are wanted.
struct MachineChoice {
  std::string of;      ///< the number or the name of a machine there; empty: this one
  std::string engine;  ///< empty: oneDNN, or the only engine of a machine that has a name

  /// The engine by its name.
  std::string engine_name() const { return engine.empty() ? "onednn" : engine; }
  bool is_this_machine() const { return of.empty(); }
  friend bool operator==(const MachineChoice&, const MachineChoice&) = default;
};

/// The machine of the database that is meant; of this one, the engine's program is asked what it
/// is. Throws Error that names the machines there are.
int find_machine(const latency::LatencyDb& db, const MachineChoice& choice);

}  // namespace archcost::runner
