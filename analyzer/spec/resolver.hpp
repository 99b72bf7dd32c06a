// SPDX-License-Identifier: Apache-2.0
// Binds every name of every expression to a slot, once, and reports what nothing uses.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Adds a diagnostic for every unknown name, wrong call, comparison that can never hold, value that
/// a parameter doesn't allow, and for blocks and tables that use themselves; when there were no
/// mistakes before, also for unused parameters, arguments, values, tables and blocks. `broken` are
/// names whose declarations have mistakes: their uses are skipped; the empty name means
/// all names.
void resolve_names(ArchSpec& spec, const std::set<std::string>& broken,
                   DiagnosticList& diagnostics);

/// Binds the names of an expression outside the spec, such as a --set value or a condition over
/// parameters; `i` is a name where an element's index is known. Throws ExpressionFault.
void resolve_outside(Expression& expression, const ArchSpec& spec, bool allow_params,
                     bool allow_round = false);

}  // namespace archcost::spec
