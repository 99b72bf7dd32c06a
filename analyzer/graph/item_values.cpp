// SPDX-License-Identifier: Apache-2.0
#include "graph/item_values.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "graph/layer_maker.hpp"

namespace archcost::graph {

std::optional<spec::Value> value_of(const spec::Expression& expression,
                                    const spec::Environment& environment, const spec::Item& item,
                                    DiagnosticList& diagnostics) {
  return spec::evaluate_or_report(expression, environment, [&](const spec::ExpressionFault& fault) {
    const std::string head = item.form == spec::Item::Form::kBlock ? "block" : item.head;
    diagnostics.add(fault.where, fmt::format("{} '{}': {}", head, item.label(), fault.message));
  });
}

std::optional<bool> condition_of(const spec::Expression& expression,
                                 const spec::Environment& environment, const spec::Item& item,
                                 DiagnosticList& diagnostics) {
  const auto found = value_of(expression, environment, item, diagnostics);
  if (!found) return std::nullopt;
  if (*found == spec::Value(1)) return true;
  if (*found == spec::Value(0)) return false;
  diagnostics.add(expression.where,
                  fmt::format("when = {} must be true or false", shown_value(expression, *found)));
  return std::nullopt;
}

std::string shown_value(const spec::Expression& expression, const spec::Value& value) {
  const std::string text = spec::to_string(value);
  return expression.text == text ? text : fmt::format("{} = {}", expression.text, text);
}

std::optional<std::int64_t> repeat_count(const spec::Item& item,
                                         const spec::Environment& environment,
                                         DiagnosticList& diagnostics) {
  const auto count = value_of(*item.repeat, environment, item, diagnostics);
  if (!count) return std::nullopt;
  const bool valid =
      count->is_number() && count->number().is_whole() && !(count->number() < spec::Number(0));
  if (valid && !(spec::Number(kMostLayers) < count->number()))
    return count->number().whole().value();
  diagnostics.add(
      item.repeat->where,
      fmt::format("repeat = {} {}", shown_value(*item.repeat, *count),
                  valid ? fmt::format("is more than {} layers can be", with_commas(kMostLayers))
                        : "must be a whole number of at least 0"));
  return std::nullopt;
}

}  // namespace archcost::graph
