// SPDX-License-Identifier: Apache-2.0
// The values of an item's expressions, with messages that name the item.
#pragma once

#include <optional>
#include <string>

#include "core/diagnostic.hpp"
#include "spec/arch_spec.hpp"

namespace archcost {

class ItemValues {
 public:
  explicit ItemValues(DiagnosticList& diagnostics) : diagnostics_(&diagnostics) {}

  /// Nothing when the value isn't known; if that is this expression's mistake, it is reported.
  std::optional<Value> value(const Expression& expression, const Environment& environment,
                             const Item& item);
  /// The same for a `when`: true or false.
  std::optional<bool> condition(const Expression& expression, const Environment& environment,
                                const Item& item);
  /// The rounds of a written `repeat`.
  std::optional<std::int64_t> repeat_count(const Item& item, const Environment& environment);
  /// "c * alpha = 12", or the text alone when it says it all.
  static std::string shown(const Expression& expression, const Value& value);

 private:
  DiagnosticList* diagnostics_;
};

}  // namespace archcost
