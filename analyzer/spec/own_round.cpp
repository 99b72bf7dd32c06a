// SPDX-License-Identifier: Apache-2.0
#include "spec/own_round.hpp"

namespace archcost::spec {
namespace {

// The first use of `i` for the count of an item's own repeat, in it or in what it contains.
const ExpressionNode* find_own_round(const Item& item) {
  const ExpressionNode* found = nullptr;
  const auto look_in = [&](const Expression& expression) {
    if (found == nullptr) found = expression.find(Scope::kRound);
  };
  const auto look = [&](const std::optional<Expression>& expression) {
    if (expression) look_in(*expression);
  };
  const auto look_inside = [&](const std::vector<Item>& items) {
    for (const Item& inner : items) {
      look(inner.repeat);
      if (found == nullptr && !inner.repeat) found = find_own_round(inner);
    }
  };
  look(item.when);
  for (const NamedExpression& argument : item.arguments) look_in(argument.value);
  look_inside(item.layers);
  for (const Branch& branch : item.branches) {
    look(branch.when);
    look_inside(branch.layers);
  }
  return found;
}

}  // namespace

void check_own_round(const Item& item, DiagnosticList& diagnostics) {
  const ExpressionNode* own = find_own_round(item);
  if (own == nullptr) return;
  diagnostics.add(
      own->where,
      "'i' is the count of the item's own 'repeat' here; that of the repeat around it, which "
      "'repeat' uses, is hidden; give it to a block as an argument: '- NAME: {k: i}'");
}

}  // namespace archcost::spec
