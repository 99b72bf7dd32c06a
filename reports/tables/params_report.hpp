// SPDX-License-Identifier: Apache-2.0
// What can be set in a spec: its parameters and presets.
#pragma once

#include <string>

#include "graph/network.hpp"
#include "reports/tables/names.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::tables {

/// A row for each parameter with its value and what it may be, then the presets. `network` is of
/// that spec; its name is the heading.
Document params_report(const spec::ArchSpec& spec, const graph::Network& network);
/// {"spec", "source", "parameters": [...], "presets": [...]}.
std::string params_json(const spec::ArchSpec& spec, const graph::Network& network);

}  // namespace archcost::tables
