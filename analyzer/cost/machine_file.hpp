// SPDX-License-Identifier: Apache-2.0
// A machine's roofline as a file: JSON with at least {"peak_gflops": 222, "bandwidth_gbs": 40}.
#pragma once

#include <string>

#include "cost/cost_table.hpp"

namespace archcost::cost {

/// Throws Error: missing, not JSON, a number missing or not above 0.
Roofline read_machine_file(const std::string& path);

}  // namespace archcost::cost
