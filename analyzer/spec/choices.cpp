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

// The choices of the parameter or argument that a name refers to; null when it has none.
const List* choices_of(const ExpressionNode& name, const FileScope& file, const BlockSpec* block) {
  if (name.op != ExpressionOp::kName) return nullptr;
  const List* choices = nullptr;
  if (name.scope == Scope::kParam) choices = &file.params[name.slot].choices;
  if (name.scope == Scope::kArgument && block != nullptr) choices = &block->args[name.slot].choices;
  return choices != nullptr && !choices->empty() ? choices : nullptr;
}

// No name of a value is in it: it is the same in every configuration.
bool is_constant(const Expression& expression) {
  return std::all_of(expression.nodes.begin(), expression.nodes.end(), [](const ExpressionNode& n) {
    return (n.op != ExpressionOp::kName && n.op != ExpressionOp::kCall) ||
           n.scope == Scope::kWord || n.function != Function::kNone;
  });
}

std::string never(const ExpressionNode& name, const Value& value, const List& choices) {
  return fmt::format("'{}' is never {}; it is {}", name.text, to_string(value),
                     join_or(texts_of(choices)));
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
  if (!choices.empty() && !is_one_of(value, choices)) {
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

void check_comparisons(const Expression& expression, const FileScope& file, const BlockSpec* block,
                       DiagnosticList& diagnostics) {
  const auto compare = [&](const ExpressionNode& name, const ExpressionNode& constant) {
    const List* choices = choices_of(name, file, block);
    const bool word = constant.op == ExpressionOp::kName && constant.scope == Scope::kWord;
    if (choices == nullptr || (!word && constant.op != ExpressionOp::kNumber)) return;
    const Value value = word ? Value(Word{constant.text}) : Value(constant.number);
    if (!is_one_of(value, *choices)) diagnostics.add(constant.where, never(name, value, *choices));
  };
  for (const ExpressionNode& node : expression.nodes) {
    if (node.op < ExpressionOp::kEqual || node.op > ExpressionOp::kNotIn) continue;
    const ExpressionNode& left = expression.nodes[node.operands[0]];
    const ExpressionNode& right = expression.nodes[node.operands[1]];
    if (node.op == ExpressionOp::kEqual || node.op == ExpressionOp::kNotEqual) {
      compare(left, right);
      compare(right, left);
    } else if (right.op == ExpressionOp::kList &&
               (node.op == ExpressionOp::kIn || node.op == ExpressionOp::kNotIn)) {
      for (int element : right.operands) compare(left, expression.nodes[element]);
    }
  }
}

// A row for a value that the key never has would never be used. A constant row is checked though
// the parameters may pick another one.
void check_rows(const LookupTable& table, const FileScope& file, DiagnosticList& diagnostics) {
  if (!table.by) return;
  for (const LookupRow& row : table.rows) {
    if (!is_constant(row.value)) continue;
    evaluate_or_report(row.value, {}, [&](const ExpressionFault& fault) {
      diagnostics.add(fault.where, fmt::format("table '{}': {}", table.name, fault.message));
    });
  }
  const ExpressionNode& key = table.by->root();
  const List* choices = choices_of(key, file, nullptr);
  for (const LookupRow& row : table.rows) {
    if (choices != nullptr && !is_one_of(row.key, *choices)) {
      diagnostics.add(row.where,
                      fmt::format("table '{}': {}", table.name, never(key, row.key, *choices)));
    } else if (row.key.is_word() && !file.words.contains(row.key.word()) &&
               !layer_words().contains(row.key.word())) {
      const std::vector<std::string> known(file.words.begin(), file.words.end());
      diagnostics.add(row.where, fmt::format("table '{}': unknown word '{}'{}", table.name,
                                             row.key.word(), suggestion(row.key.word(), known)));
    }
  }
}

void check_settings(const ArchSpec& spec, DiagnosticList& diagnostics) {
  const auto check = [&](const std::vector<Setting>& settings, const std::string& subject) {
    for (const Setting& setting : settings) {
      if (const auto wrong = check_param(*spec.find_param(setting.name), setting.value))
        diagnostics.add(setting.where,
                        fmt::format("{}parameter '{}' {}", subject, setting.name, *wrong));
    }
  };
  for (const Preset& preset : spec.presets)
    check(preset.settings, fmt::format("preset '{}': ", preset.name));
  for (const auto* rows : {&spec.published, &spec.accuracy}) {
    for (const PublishedRow& row : *rows) check(row.at, "at: ");
  }
  for (const ParamSpec& param : spec.main().params) {
    for (const Value& value : param.sweep) {
      if (const auto wrong = check_param(param, value))
        diagnostics.add(param.sweep_where,
                        fmt::format("parameter '{}': sweep: {}", param.name, *wrong));
    }
  }
}

}  // namespace archcost::spec
