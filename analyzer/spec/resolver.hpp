// Names to slots: every name of every expression is bound to what it means, once, and what nothing
// uses is reported.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost {

/// Adds a diagnostic for every unknown name, wrong call, unused parameter, argument, value, table or
/// block, and for blocks that use themselves.
void resolve_names(ArchSpec& spec, DiagnosticList& diagnostics);

/// Binds the names of one expression that stands outside the spec, as a --set value or a condition
/// over parameters. Throws ExpressionFault.
void resolve_outside(Expression& expression, const ArchSpec& spec, bool allow_params);

}  // namespace archcost
