// SPDX-License-Identifier: Apache-2.0
#include "spec/choice_checks.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "spec/choices.hpp"

namespace archcost::spec {
namespace {

class ChoiceChecker {
 public:
  ChoiceChecker(const ArchSpec& spec, DiagnosticList& diagnostics)
      : spec_(&spec), diagnostics_(&diagnostics) {}

  void run() {
    for (const FileScope& file : spec_->files) check_file(file);
    for (const BlockSpec& block : spec_->blocks) {
      file_ = &spec_->files[block.file];
      block_ = &block;
      for (const LetSpec& let : block.lets) check(let.value);
      check_items(block.layers);
    }
    file_ = &spec_->main();
    block_ = nullptr;
    check_items(spec_->layers);
    if (spec_->search) {
      for (const Expression& condition : spec_->search->conditions) check(condition);
    }
    check_settings();
  }

 private:
  void check_file(const FileScope& file) {
    file_ = &file;
    block_ = nullptr;
    for (const ParamSpec& param : file.params) check(param.fallback);
    for (const LetSpec& let : file.lets) check(let.value);
    for (const LookupTable& table : file.tables) {
      if (table.by) check_rows(table);
      if (table.value) check(*table.value);
      for (const LookupRow& row : table.rows) check(row.value);
    }
  }

  void check_items(const std::vector<Item>& items) {
    for (const Item& item : items) {
      if (item.when) check(*item.when);
      if (item.repeat) check(*item.repeat);
      for (const ItemArgument& argument : item.arguments) check(argument.value);
      check_items(item.layers);
      for (const Branch& branch : item.branches) {
        if (branch.when) check(*branch.when);
        check_items(branch.layers);
      }
    }
  }

  // squeeze == men: a name with choices compared with what isn't one of them can never hold.
  void check(const Expression& expression) {
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

  void compare(const ExpressionNode& name, const ExpressionNode& constant) {
    const List* choices = choices_of(name);
    const bool word = constant.op == ExpressionOp::kName && constant.scope == Scope::kWord;
    if (choices == nullptr || (!word && constant.op != ExpressionOp::kNumber)) return;
    const Value value = word ? Value(Word{constant.text}) : Value(constant.number);
    if (!contains(*choices, value)) {
      diagnostics_->add(constant.where, never(name, value, *choices));
    }
  }

  // A row for a value that the key never has would sleep there unseen.
  void check_rows(const LookupTable& table) {
    const List* choices = choices_of(table.by->root());
    for (const LookupRow& row : table.rows) {
      if (choices != nullptr && !contains(*choices, row.key)) {
        diagnostics_->add(row.where, fmt::format("table '{}': {}", table.name,
                                                 never(table.by->root(), row.key, *choices)));
      } else if (row.key.is_word() && !file_->words.contains(row.key.word()) &&
                 !layer_words().contains(row.key.word())) {
        const std::vector<std::string> known(file_->words.begin(), file_->words.end());
        diagnostics_->add(row.where,
                          fmt::format("table '{}': unknown word '{}'{}", table.name, row.key.word(),
                                      suggestion(row.key.word(), known)));
      }
    }
  }

  static bool contains(const List& choices, const Value& value) {
    return std::find(choices.begin(), choices.end(), value) != choices.end();
  }

  static std::string never(const ExpressionNode& name, const Value& value, const List& choices) {
    std::vector<std::string> known;
    for (const Value& choice : choices) known.push_back(to_string(choice));
    return fmt::format("'{}' is never {}; it is {}", name.text, to_string(value), join_or(known));
  }

  // The choices of the parameter or argument that a name refers to; null when it has none.
  const List* choices_of(const ExpressionNode& name) const {
    if (name.op != ExpressionOp::kName) return nullptr;
    const List* choices = nullptr;
    if (name.scope == Scope::kParam) choices = &file_->params[name.slot].choices;
    if (name.scope == Scope::kArgument) choices = &block_->args[name.slot].choices;
    return choices != nullptr && !choices->empty() ? choices : nullptr;
  }

  void check_settings() {
    for (const Preset& preset : spec_->presets) {
      for (const Setting& setting : preset.settings) {
        check_setting(setting, fmt::format("preset '{}': ", preset.name));
      }
    }
    for (const auto* rows : {&spec_->published, &spec_->accuracy}) {
      for (const PublishedRow& row : *rows) {
        for (const Setting& setting : row.at) check_setting(setting, "at: ");
      }
    }
    for (const ParamSpec& param : spec_->main().params) {
      for (const Value& value : param.sweep) {
        const auto wrong = check_param(param, value);
        if (!wrong) continue;
        diagnostics_->add(param.sweep_where,
                          fmt::format("parameter '{}': sweep: {}", param.name, *wrong));
      }
    }
  }

  void check_setting(const Setting& setting, const std::string& subject) {
    const auto wrong = check_param(*spec_->find_param(setting.name), setting.value);
    if (!wrong) return;
    diagnostics_->add(setting.where,
                      fmt::format("{}parameter '{}' {}", subject, setting.name, *wrong));
  }

  const ArchSpec* spec_;
  DiagnosticList* diagnostics_;
  const FileScope* file_ = nullptr;  // whose names the expressions see
  const BlockSpec* block_ = nullptr;
};

}  // namespace

void check_choices(const ArchSpec& spec, DiagnosticList& diagnostics) {
  ChoiceChecker(spec, diagnostics).run();
}

}  // namespace archcost::spec
