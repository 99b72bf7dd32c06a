// SPDX-License-Identifier: Apache-2.0
#include "graph/item_values.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "graph/layer_maker.hpp"

namespace archcost {

// --- values ----------------------------------------------------------------------------------

std::optional<Value> ItemValues::value(const Expression& expression, const Environment& environment,
                                       const Item& item) {
  try {
    return evaluate(expression, environment);
  } catch (const ExpressionFault& fault) {
    diagnostics_->add(
        fault.where,
        fmt::format("{} '{}': {}", item.form == Item::Form::kBlock ? "block" : item.head,
                    item.label(), fault.message));
  } catch (const UnknownValue&) {
  }
  return std::nullopt;
}

std::optional<bool> ItemValues::condition(const Expression& expression,
                                          const Environment& environment, const Item& item) {
  const auto found = this->value(expression, environment, item);
  if (!found) return std::nullopt;
  if (*found == Value(1)) return true;
  if (*found == Value(0)) return false;
  diagnostics_->add(expression.where,
                    fmt::format("when = {} must be true or false", shown(expression, *found)));
  return std::nullopt;
}

std::string ItemValues::shown(const Expression& expression, const Value& value) {
  const std::string text = to_string(value);
  return expression.text == text ? text : fmt::format("{} = {}", expression.text, text);
}

std::optional<std::int64_t> ItemValues::repeat_count(const Item& item,
                                                     const Environment& environment) {
  const auto count = value(*item.repeat, environment, item);
  if (!count) return std::nullopt;
  if (!count->is_number() || !count->number().is_whole() || count->number() < Number(0)) {
    diagnostics_->add(item.repeat->where,
                      fmt::format("repeat = {} must be a whole number of at least 0",
                                  shown(*item.repeat, *count)));
    return std::nullopt;
  }
  if (Number(kMostLayers) < count->number()) {
    diagnostics_->add(item.repeat->where,
                      fmt::format("repeat = {} is more than {} layers can be",
                                  shown(*item.repeat, *count), with_commas(kMostLayers)));
    return std::nullopt;
  }
  return count->number().whole().value();
}

}  // namespace archcost
