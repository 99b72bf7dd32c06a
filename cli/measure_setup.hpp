// What the commands that measure share: processors, the saved machine, a line of progress.
#pragma once

#include <optional>
#include <string>

#include "runner/measurement.hpp"

namespace archcost {

/// Checks --threads and --pin against what this process may use. Returns the processor to stay on:
/// the given one, the last one for one thread, -1 for several. Throws Error.
int processor_for(int threads, const std::optional<int>& pin);

/// The machine of that file; of an empty name what `archcost machine` saved, if it was this one.
std::optional<Machine> machine_of_file(const std::string& file);

/// A line that is written over on a terminal; nothing elsewhere.
MeasureProgress progress_line();

}  // namespace archcost
