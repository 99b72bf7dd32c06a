// SPDX-License-Identifier: Apache-2.0
// The values of an item's expressions, with messages that name the item.
#pragma once

#include <optional>
#include <string>

#include "core/diagnostic.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::graph {

class ItemValues {
 public:
  explicit ItemValues(DiagnosticList& diagnostics) : diagnostics_(&diagnostics) {}

  /// Nothing when the value isn't known; if that is this expression's mistake, it is reported.
  std::optional<spec::Value> value(const spec::Expression& expression,
                                   const spec::Environment& environment, const spec::Item& item);
  /// The same for a `when`: true or false.
  std::optional<bool> condition(const spec::Expression& expression,
                                const spec::Environment& environment, const spec::Item& item);
  /// The rounds of a written `repeat`.
  std::optional<std::int64_t> repeat_count(const spec::Item& item,
                                           const spec::Environment& environment);
  /// "c * alpha = 12", or the text alone when it says it all.
  static std::string shown(const spec::Expression& expression, const spec::Value& value);

 private:
  DiagnosticList* diagnostics_;
};

}  // namespace archcost::graph
