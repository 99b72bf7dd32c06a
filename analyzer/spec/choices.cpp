// SPDX-License-Identifier: Apache-2.0
#include "spec/choices.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace archcost::spec {
namespace {

// The value of a default that is a constant.
std::optional<Value> plain_value(const Expression& expression) {
  const ExpressionNode& root = expression.root();
  if (root.op == ExpressionOp::kNumber) return Value(root.number);
  if (root.op == ExpressionOp::kName && root.scope == Scope::kWord) return Value(Word{root.text});
  return std::nullopt;
}

}  // namespace

std::optional<std::string> check_choice(const List& choices, const std::optional<Number>& min,
                                        const std::optional<Number>& max, const Value& value) {
  if (value.is_list()) {
    for (const Value& item : value.list()) {
      if (auto wrong = check_choice(choices, min, max, item)) return wrong;
    }
    return std::nullopt;
  }
  if (!choices.empty() && !contains(choices, value)) {
    const std::vector<std::string> known = texts_of(choices);
    const auto near = nearest(to_string(value), known);
    return fmt::format("must be {}, not {}{}", join_or(known), to_string(value),
                       near && value.is_word() ? fmt::format("; did you mean '{}'?", *near) : "");
  }
  if (!value.is_number()) return std::nullopt;
  if (min && value.number() < *min)
    return fmt::format("must be at least {}, not {}", to_string(*min), to_string(value));
  if (max && *max < value.number())
    return fmt::format("must be at most {}, not {}", to_string(*max), to_string(value));
  return std::nullopt;
}

std::optional<std::string> check_param(const ParamSpec& param, const Value& value,
                                       const Value* fallback) {
  const std::optional<Value> plain = fallback == nullptr ? plain_value(param.fallback) : *fallback;
  // Choices of a list are for its elements; those of anything else tell what is allowed by
  // themselves.
  const bool list = plain && plain->is_list(),
             other = plain && value.data.index() != plain->data.index();
  if (other && (param.choices.empty() || list || value.is_list())) {
    return fmt::format("must be {} as {}, not {}", type_name(*plain), to_string(*plain),
                       to_string(value));
  }
  return check_choice(param.choices, param.min, param.max, value);
}

}  // namespace archcost::spec
