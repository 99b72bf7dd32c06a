// SPDX-License-Identifier: Apache-2.0
// The values of an item's expressions, with messages that name the item.
#pragma once

#include <optional>
#include <string>

#include "core/diagnostic.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::graph {

/// Nothing when the value isn't known; if that is this expression's mistake, it is reported.
std::optional<spec::Value> value_of(const spec::Expression& expression,
                                    const spec::Environment& environment, const spec::Item& item,
                                    DiagnosticList& diagnostics);
/// The same for a `when`: true or false.
std::optional<bool> condition_of(const spec::Expression& expression,
                                 const spec::Environment& environment, const spec::Item& item,
                                 DiagnosticList& diagnostics);
/// The rounds of a written `repeat`.
std::optional<std::int64_t> repeat_count(const spec::Item& item,
                                         const spec::Environment& environment,
                                         DiagnosticList& diagnostics);
/// "c * alpha = 12", or the text alone when it says it all.
std::string shown_value(const spec::Expression& expression, const spec::Value& value);

}  // namespace archcost::graph
