// Blocks, tables and parameters that need themselves, or each other without end.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost {

/// Adds a diagnostic for every block or table that uses itself, for chains of them that are too
/// long to walk, and for parameters whose defaults need, by way of a table, what isn't known yet.
/// Names are resolved already.
void report_circles(const ArchSpec& spec, DiagnosticList& diagnostics);

}  // namespace archcost
