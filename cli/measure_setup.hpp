// What the commands that measure share: processors, the saved machine, a line of progress.
#pragma once

#include <optional>
#include <string>

#include "measure/measurement.hpp"

namespace archcost {

/// The processor to stay on: `pin`, or the last one for a single thread. Throws Error for more
/// threads than there are processors, or a processor that this process may not use.
void settle_processors(MeasureOptions& options, std::optional<int> pin);

/// The machine of that file; of an empty name what `archcost machine` saved, if it was this one.
std::optional<Machine> machine_of_file(const std::string& file);

/// A line that is written over on a terminal; nothing elsewhere.
MeasureProgress progress_line();

}  // namespace archcost
