// SPDX-License-Identifier: Apache-2.0
// What can never be: comparisons, table rows and settings outside the choices of a parameter.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Adds a diagnostic for every comparison in an expression with what a name with choices never is.
/// Names are resolved already; `block` is the one around it, or null.
void check_comparisons(const Expression& expression, const FileScope& file, const BlockSpec* block,
                       DiagnosticList& diagnostics);
/// The same for the rows of a table.
void check_rows(const LookupTable& table, const FileScope& file, DiagnosticList& diagnostics);
/// Adds a diagnostic for every setting of a preset, published row or sweep that its parameter
/// doesn't allow.
void check_settings(const ArchSpec& spec, DiagnosticList& diagnostics);

}  // namespace archcost::spec
