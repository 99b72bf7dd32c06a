// SPDX-License-Identifier: Apache-2.0
// What a machine can do.
#pragma once

#include "latency/machine.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

/// Peak rates and bandwidths, by threads. `saved`: the file that holds them.
Document machine_report(const latency::Machine& machine, const std::string& saved);

}  // namespace archcost::tables
