// SPDX-License-Identifier: Apache-2.0
// Blocks, tables and parameters that depend on themselves, directly or through others.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Adds a diagnostic for every block or table that uses itself, for chains of them that are too
/// long to walk, and for parameters whose defaults depend, through a table, on a later parameter.
/// Names are resolved already.
void report_cyclic_references(const ArchSpec& spec, DiagnosticList& diagnostics);

}  // namespace archcost::spec
