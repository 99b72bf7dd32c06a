// SPDX-License-Identifier: Apache-2.0
// The width multiplier (arXiv:1704.04861 section 3.3) for a spec that has none. A channel count is
// multiplied where it is written as a number or a parameter; what is computed from it, and from
// `in`, follows.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

using spec::Expression;
using spec::ExpressionNode;
using spec::ExpressionOp;
using spec::Item;
using spec::Scope;

constexpr int kMixed = 99;

bool has_channels(const Item& item) {
  return item.kind != nullptr && layers::has_kernel(*item.kind) && written(item, "out") != nullptr;
}

class Widths {
 public:
  explicit Widths(Editor& editor) : editor_(&editor), structure_(&editor.structure()) {
    alpha_ = editor.name("alpha");
    divisor_ = editor.name("divisor");
    classes_ = items_of_classes(editor.traced());
  }

  void run() {
    for (const Item* item : structure_->items()) {
      const int block = structure_->place(*item).block;
      if (!has_channels(*item)) continue;
      if (classes_.contains(item) && structure_->is_single(block)) continue;
      multiply(*written(*item, "out"), block,
               [&](const std::string& text) { editor_->set(*item, "out", text); });
    }
    if (!editor_->changed()) return;
    editor_->add_parameter("alpha");
    if (!numbers_.empty()) editor_->add_parameter("widths", "[" + join(numbers_, ", ") + "]");
    editor_->add_parameter("divisor");
  }

 private:
  using Write = std::function<void(const std::string&)>;
  using Name = std::pair<int, std::string>;  // block, and one of its arguments or values

  const spec::BlockSpec& block(int index) const {
    return editor_->spec().blocks[static_cast<std::size_t>(index)];
  }

  // --- how a value grows with α

  int degree(const Expression& value, int scope) {
    return degree(value, static_cast<int>(value.nodes.size()) - 1, scope);
  }

  int degree(const Expression& value, int index, int scope) {
    const ExpressionNode& node = value.nodes[static_cast<std::size_t>(index)];
    const auto of = [&](std::size_t k) { return degree(value, node.operands[k], scope); };
    switch (node.op) {
      case ExpressionOp::kName:
        return degree_of_name(node, scope);
      case ExpressionOp::kNegate:
        return of(0);
      case ExpressionOp::kAdd:
      case ExpressionOp::kSubtract:
        return of(0) == of(1) ? of(0) : kMixed;
      case ExpressionOp::kMultiply:
        return of(0) == kMixed || of(1) == kMixed ? kMixed : of(0) + of(1);
      case ExpressionOp::kDivide:
      case ExpressionOp::kFloorDivide:
        return of(0) == kMixed || of(1) == kMixed ? kMixed : of(0) - of(1);
      case ExpressionOp::kIf:
        return of(0) == of(2) ? of(0) : kMixed;
      case ExpressionOp::kCall:
        return degree_of_call(value, node, scope);
      default:
        return 0;
    }
  }

  int degree_of_call(const Expression& value, const ExpressionNode& node, int scope) {
    if (node.function == spec::Function::kNone) return degree_of_name(node, scope);
    const int first = degree(value, node.operands[0], scope);
    if (node.function != spec::Function::kMin && node.function != spec::Function::kMax)
      return node.function == spec::Function::kLen ? 0 : first;
    int most = first;  // max(1, c): the constant is a bound
    for (int operand : node.operands) most = std::max(most, degree(value, operand, scope));
    return most;
  }

  int degree_of_name(const ExpressionNode& node, int scope) {
    if (node.scope == Scope::kIn) return 1;
    const Name name = {node.scope == Scope::kFileLet ? kMain : scope, node.text};
    if (multiplied_.contains(name)) return 1;
    if (node.scope == Scope::kLet || node.scope == Scope::kFileLet) {
      const Expression* value = let(name);
      return value == nullptr ? 0 : degree(*value, name.first);
    }
    if (node.scope != Scope::kArgument || !open_.insert(name).second) return 0;
    std::set<int> degrees;
    for (const Item* use : structure_->uses(scope)) {
      if (const Expression* given = written(*use, node.text))
        degrees.insert(degree(*given, structure_->place(*use).block));
    }
    open_.erase(name);
    return degrees.empty() ? 0 : degrees.size() == 1 ? *degrees.begin() : kMixed;
  }

  const Expression* let(const Name& name) const {
    const auto& lets = name.first == kMain ? editor_->spec().main().lets : block(name.first).lets;
    const spec::NamedExpression* found = find_named(lets, name.second);
    return found == nullptr ? nullptr : &found->value;
  }

  // --- where it is multiplied

  // A value of degree 1 follows already. A name is multiplied where it gets its value.
  void multiply(const Expression& value, int scope, const Write& write) {
    const ExpressionNode* plain = value.plain_name();
    const bool argument = plain != nullptr && plain->scope == Scope::kArgument;
    if (!argument && degree(value, scope) == 1) return;
    std::vector<const ExpressionNode*> names;
    for (const ExpressionNode& node : value.nodes) {
      const bool carries = node.scope == Scope::kArgument || node.scope == Scope::kLet ||
                           node.scope == Scope::kFileLet;
      if (carries && node.op == ExpressionOp::kName) names.push_back(&node);
    }
    if (names.empty() && !is_list(value) && degree(value, scope) == 0) return write(scaled(value));
    for (const ExpressionNode* name : names) {
      if (degree(value, scope) == 1 && !argument) return;
      multiply_name(*name, scope);
    }
    if (degree(value, scope) == 1) return;
    throw Error(editor_->spec().sources.place(value.where),
                fmt::format("width: how '{}' grows with the width isn't clear; write a parameter "
                            "alpha into the spec",
                            value.text));
  }

  // Whether it is a list, or a parameter that is one: the elements have no place of their own.
  bool is_list(const Expression& value) const {
    const ExpressionNode* name = value.plain_name();
    const spec::ParamSpec* param = name != nullptr && name->scope == Scope::kParam
                                       ? editor_->spec().find_param(name->text)
                                       : nullptr;
    return value.is_list() || (param != nullptr && param->fallback.is_list());
  }

  void multiply_name(const ExpressionNode& node, int scope) {
    const Name name = {node.scope == Scope::kFileLet ? kMain : scope, node.text};
    if (node.scope != Scope::kArgument) {
      if (const Expression* value = let(name)) {
        multiply(*value, name.first,
                 [&](const std::string& text) { editor_->set_let(name.first, name.second, text); });
        multiplied_.insert(name);
      }
      return;
    }
    if (!multiplied_.insert(name).second) return;
    for (const Item* use : structure_->uses(scope)) {
      const Expression* given = written(*use, node.text);
      if (given == nullptr || classes_.contains(use)) continue;
      multiply(*given, structure_->place(*use).block,
               [&](const std::string& text) { editor_->set(*use, node.text, text); });
    }
    const spec::ArgSpec* arg = find_named(block(scope).args, node.text);
    if (!arg->fallback) return;
    multiply(*arg->fallback, scope, [&](const std::string& text) {
      editor_->set_argument_default(scope, node.text, text);
    });
  }

  // A number becomes an element of `widths`; equal numbers are one element, so that layers that
  // are added to each other stay equal.
  std::string scaled(const Expression& value) {
    std::string width = factor(value.text);
    if (value.root().op == ExpressionOp::kNumber) {
      auto known = std::find(numbers_.begin(), numbers_.end(), value.text);
      if (known == numbers_.end()) known = numbers_.insert(numbers_.end(), value.text);
      width = fmt::format("{}({})", editor_->name("widths"), known - numbers_.begin() + 1);
    }
    return fmt::format("divisible({} * {}, {})", width, alpha_, divisor_);
  }

  Editor* editor_;
  const Structure* structure_;
  std::string alpha_, divisor_;
  std::vector<std::string> numbers_;  // the elements of `widths`
  std::set<const Item*> classes_;
  std::set<Name> multiplied_, open_;
};

// The parameter that multiplies widths or resolution already.
const spec::ParamSpec* own_multiplier(const spec::ArchSpec& spec, std::string_view name,
                                      std::string_view symbol) {
  for (const spec::ParamSpec& param : spec.main().params) {
    if (param.name == name || param.symbol == symbol) return &param;
  }
  return nullptr;
}

}  // namespace

bool set_own_multiplier(Editor& editor, std::string_view name, std::string_view symbol) {
  const spec::ParamSpec* param = own_multiplier(editor.spec(), name, symbol);
  if (param == nullptr) return false;
  editor.set_own_parameter(*param, name);
  return true;
}

void multiply_widths(Editor& editor) {
  if (set_own_multiplier(editor, "alpha", "α")) {
    if (editor.option("divisor").empty()) return;
    const spec::ParamSpec* divisor = editor.spec().find_param("divisor");
    if (divisor == nullptr)
      editor.fail("the spec rounds its widths by a rule of its own; divisor isn't used");
    editor.set_own_parameter(*divisor, "divisor");
    return;
  }
  Widths(editor).run();
}

}  // namespace archcost::rewrite
