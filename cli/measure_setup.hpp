// SPDX-License-Identifier: Apache-2.0
// Shared by the commands that measure: processors, the saved machine, a line of progress.
#pragma once

#include <optional>
#include <string>

#include "runner/measurement.hpp"

namespace archcost::cli {

/// Checks --threads and --pin against the processors of this process. Returns the processor to run
/// on: the given one, the last one for one thread, -1 for several threads. Throws Error.
int processor_for(int threads, const std::optional<int>& pin);

/// The machine of the file. Without a file, what `archcost machine` saved, if the CPU is the same.
std::optional<latency::Machine> machine_of_file(const std::string& file);

/// A line that is overwritten on a terminal; nothing elsewhere.
runner::MeasureProgress progress_line();

}  // namespace archcost::cli
