// SPDX-License-Identifier: Apache-2.0
#include "exporter/exclusive_labels.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace archcost::exporter {
namespace {

using spec::Expression;
using spec::ExpressionNode;
using spec::ExpressionOp;
using spec::Item;

/// A node in its expression.
struct Tree {
  const Expression* expression = nullptr;
  const ExpressionNode* node = nullptr;

  Tree operand(std::size_t k) const {
    return {expression, &expression->nodes[static_cast<std::size_t>(node->operands[k])]};
  }
};

bool same(const Tree& a, const Tree& b) {
  const ExpressionNode &left = *a.node, &right = *b.node;
  const bool alike = left.op == right.op && left.scope == right.scope && left.text == right.text &&
                     left.number == right.number && left.operands.size() == right.operands.size();
  if (!alike) return false;
  for (std::size_t k = 0; k < left.operands.size(); ++k) {
    if (!same(a.operand(k), b.operand(k))) return false;
  }
  return true;
}

bool is_constant(const Tree& tree) {
  return tree.node->op == ExpressionOp::kNumber ||
         (tree.node->op == ExpressionOp::kName && tree.node->scope == spec::Scope::kWord);
}

ExpressionOp opposite(ExpressionOp op) {
  switch (op) {
    case ExpressionOp::kEqual:
      return ExpressionOp::kNotEqual;
    case ExpressionOp::kNotEqual:
      return ExpressionOp::kEqual;
    case ExpressionOp::kLess:
      return ExpressionOp::kGreaterEqual;
    case ExpressionOp::kGreaterEqual:
      return ExpressionOp::kLess;
    case ExpressionOp::kGreater:
      return ExpressionOp::kLessEqual;
    case ExpressionOp::kLessEqual:
      return ExpressionOp::kGreater;
    case ExpressionOp::kIn:
      return ExpressionOp::kNotIn;
    case ExpressionOp::kNotIn:
      return ExpressionOp::kIn;
    default:
      return ExpressionOp::kNumber;  // none
  }
}

bool contradict(const Tree& a, const Tree& b) {
  if (a.node->op == ExpressionOp::kNot && same(a.operand(0), b)) return true;
  if (b.node->op == ExpressionOp::kNot && same(b.operand(0), a)) return true;
  if (a.node->operands.size() != 2 || b.node->operands.size() != 2) return false;
  if (!same(a.operand(0), b.operand(0))) return false;
  if (opposite(a.node->op) == b.node->op) return same(a.operand(1), b.operand(1));
  const bool equalities = a.node->op == ExpressionOp::kEqual && b.node->op == ExpressionOp::kEqual;
  return equalities && is_constant(a.operand(1)) && is_constant(b.operand(1)) &&
         !same(a.operand(1), b.operand(1));
}

void add_conditions(const Tree& tree, std::vector<Tree>& conditions) {
  if (tree.node->op != ExpressionOp::kAnd) {
    conditions.push_back(tree);
    return;
  }
  for (std::size_t k = 0; k < tree.node->operands.size(); ++k)
    add_conditions(tree.operand(k), conditions);
}

bool exclude_each_other(const Item& a, const Item& b) {
  if (!a.when || !b.when) return false;
  std::vector<Tree> left, right;
  add_conditions({&*a.when, &a.when->root()}, left);
  add_conditions({&*b.when, &b.when->root()}, right);
  return std::any_of(left.begin(), left.end(), [&](const Tree& one) {
    return std::any_of(right.begin(), right.end(),
                       [&](const Tree& other) { return contradict(one, other); });
  });
}

// Labels of which more than one may be there.
std::set<std::string> repeated_labels(const std::vector<Item>& items) {
  std::map<std::string, std::vector<const Item*>> known;
  std::set<std::string> repeated;
  for (const Item& item : items) {
    std::vector<const Item*>& equal = known[label_of_item(item)];
    const bool alone = std::all_of(equal.begin(), equal.end(), [&](const Item* other) {
      return exclude_each_other(*other, item);
    });
    if (!alone) repeated.insert(label_of_item(item));
    equal.push_back(&item);
  }
  return repeated;
}

}  // namespace

std::string label_of_item(const Item& item) {
  if (!item.name.empty()) return item.name;
  if (item.form != Item::Form::kActivation || item.arguments.empty()) return item.head;
  const ExpressionNode* word = item.arguments.front().value.plain_name();
  return word != nullptr && word->scope == spec::Scope::kWord ? word->text : "act";
}

bool ends_with_digit(const std::string& label) {
  return std::isdigit(static_cast<unsigned char>(label.back())) != 0;
}

std::vector<std::string> numbered_labels(const std::vector<Item>& items) {
  const std::set<std::string> repeated = repeated_labels(items);
  std::map<std::string, int> next;
  std::vector<std::string> labels;
  for (const Item& item : items) {
    std::string label = label_of_item(item);
    if (repeated.contains(label))
      label += fmt::format("{}{}", ends_with_digit(label) ? "_" : "", ++next[label]);
    labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace archcost::exporter
