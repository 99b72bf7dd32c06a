// SPDX-License-Identifier: Apache-2.0
// What values a parameter or argument may have, and uses that can never be.
#pragma once

#include <optional>
#include <string>

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Why a value isn't allowed ("must be 1, 2 or 4, not 3"), or nothing. Each element of a list is
/// checked.
std::optional<std::string> check_choice(const List& choices, const std::optional<Number>& min,
                                        const std::optional<Number>& max, const Value& value);

/// The same for a value that a parameter is set to; it must also be of the default's type.
/// `fallback` is the default's value, null where it isn't known: then a default written as a plain
/// number, word or list tells the type.
std::optional<std::string> check_param(const ParamSpec& param, const Value& value,
                                       const Value* fallback = nullptr);

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
