// SPDX-License-Identifier: Apache-2.0
// Measures the machine that the program runs on.
#pragma once

#include <vector>

#include "latency/machine.hpp"

namespace archcost::onednn {

/// Everything but `isa` and `library`, which only whoever links oneDNN knows. Rates are measured at
/// each of the given numbers of threads (each at least 1) and rounded to 4 digits. About 1.5 s, and
/// 1.5 s for each number of threads; other work on the machine makes the rates too small.
latency::Machine probe_machine(const std::vector<int>& thread_counts);

}  // namespace archcost::onednn
