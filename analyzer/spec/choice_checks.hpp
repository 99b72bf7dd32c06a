// SPDX-License-Identifier: Apache-2.0
// What can never be: comparisons, table rows and settings outside the choices of a parameter.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Adds a diagnostic for every setting of a preset, published row or sweep that its parameter
/// doesn't allow, and for comparisons and table rows with what a name with choices never is. Names
/// are resolved already.
void check_choices(const ArchSpec& spec, DiagnosticList& diagnostics);

}  // namespace archcost::spec
