// The processors that kernels may run on, and the line that tells how far measuring is.
#pragma once

#include <optional>

#include "measure/measurement.hpp"

namespace archcost {

/// Checks --threads and --pin against what this process may use. Returns the processor to stay on:
/// the given one, the last one for one thread, -1 for several. Throws Error.
int processor_for(int threads, const std::optional<int>& pin);

/// A line that is written over on a terminal; nothing elsewhere.
MeasureProgress progress_line();

}  // namespace archcost
