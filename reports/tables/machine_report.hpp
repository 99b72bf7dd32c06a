// SPDX-License-Identifier: Apache-2.0
// What a machine can do.
#pragma once

#include "latency/machine.hpp"
#include "reports/document/table.hpp"

namespace archcost::tables {

/// Peak rates and bandwidths, by threads. `saved`: the file that holds them.
document::Document machine_report(const latency::Machine& machine, const std::string& saved);

}  // namespace archcost::tables
