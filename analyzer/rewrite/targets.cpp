// SPDX-License-Identifier: Apache-2.0
#include "rewrite/targets.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "rewrite/editor.hpp"

namespace archcost::rewrite {
namespace {

using spec::Expression;
using spec::ExpressionNode;
using spec::ExpressionOp;
using spec::Item;
using spec::Scope;

// The numbers of "3" or "[1, 7]"; nothing for other expressions.
std::optional<std::vector<spec::Number>> numbers(const Expression& value) {
  std::vector<spec::Number> result;
  const ExpressionNode& root = value.root();
  if (root.op == ExpressionOp::kNumber) return std::vector{root.number};
  if (root.op != ExpressionOp::kList) return std::nullopt;
  for (int operand : root.operands) {
    const ExpressionNode& node = value.nodes[static_cast<std::size_t>(operand)];
    if (node.op != ExpressionOp::kNumber) return std::nullopt;
    result.push_back(node.number);
  }
  return result;
}

Verdict verdict(bool holds) { return holds ? Verdict::kHolds : Verdict::kFails; }

bool is_one(const spec::Number& number) { return number == spec::Number(1); }

bool is_input_channels(const Expression& value) { return value.root().scope == Scope::kIn; }

// A value as an operand of a comparison.
std::string operand(const std::string& value) {
  const ExpressionOp op = spec::parse_expression(value, {}, false).root().op;
  return op >= ExpressionOp::kEqual ? "(" + value + ")" : value;
}

std::string compared(const std::string& value, bool may_be_list, std::string_view with) {
  return may_be_list ? fmt::format("max({}) {}", value, with)
                     : fmt::format("{} {}", operand(value), with);
}

Expression fallback(const Item& item, std::string_view attribute) {
  return expression(attribute_text(item, attribute), item.where);
}

}  // namespace

const AttributeTest kSpatialKernel = {
    "kernel",
    [](const Expression& value) {
      const auto sides = numbers(value);
      if (!sides) return Verdict::kOpen;
      return verdict(!std::all_of(sides->begin(), sides->end(), is_one));
    },
    [](const std::string& value, bool list) { return compared(value, list, "> 1"); }};

const AttributeTest kPointKernel = {
    "kernel",
    [](const Expression& value) {
      const auto sides = numbers(value);
      if (!sides) return Verdict::kOpen;
      return verdict(std::all_of(sides->begin(), sides->end(), is_one));
    },
    [](const std::string& value, bool list) { return compared(value, list, "== 1"); }};

const AttributeTest kOneGroup = {
    "groups",
    [](const Expression& value) {
      if (is_input_channels(value)) return Verdict::kFails;
      const auto groups = numbers(value);
      return groups ? verdict(is_one(groups->front())) : Verdict::kOpen;
    },
    [](const std::string& value, bool) { return compared(value, false, "== 1"); }};

const AttributeTest kDepthwise = {
    "groups",
    [](const Expression& value) {
      if (is_input_channels(value)) return Verdict::kHolds;
      const auto groups = numbers(value);
      return groups && is_one(groups->front()) ? Verdict::kFails : Verdict::kOpen;
    },
    [](const std::string& value, bool) { return compared(value, false, "== in"); }};

Targets::Targets(const spec::ArchSpec& spec, const Structure& structure, std::string_view kind,
                 const std::vector<const AttributeTest*>& tests, bool (*accepts)(const Item&))
    : spec_(&spec), structure_(&structure) {
  for (const Item* item : structure.items()) {
    if (item->kind == nullptr || item->kind->name != kind) continue;
    if (accepts != nullptr && !accepts(*item)) continue;
    auto open = tests_of(*item, tests);
    if (!open) continue;
    open_[item] = std::move(*open);
    items_.push_back(item);
  }
  // Arguments may rule a layer out wherever its block is used.
  std::erase_if(items_, [&](const Item* item) {
    const int block = structure.place(*item).block;
    if (block == kMain) return false;
    const auto& uses = structure.uses(block);
    const Open& open = open_[item];
    const bool possible = std::any_of(uses.begin(), uses.end(), [&](const Item* use) {
      return std::none_of(open.begin(), open.end(), [&](const OpenTest& test) {
        const ExpressionNode* name = test.value->plain_name();
        if (name == nullptr || name->scope != Scope::kArgument) return false;
        const Expression* given = argument_of(*use, name->text);
        return given != nullptr && test.test->of(*given) == Verdict::kFails;
      });
    });
    if (!possible) open_.erase(item);
    return !possible;
  });
}

Targets::Targets(const spec::ArchSpec& spec, const Structure& structure,
                 const std::vector<const Item*>& items)
    : spec_(&spec), structure_(&structure), items_(items) {
  for (const Item* item : items) open_[item] = {};
}

std::optional<Targets::Open> Targets::tests_of(const Item& item,
                                               const std::vector<const AttributeTest*>& tests) {
  Open open;
  for (const AttributeTest* test : tests) {
    const Expression* value = written(item, test->attribute);
    const Verdict verdict =
        value != nullptr ? test->of(*value) : test->of(fallback(item, test->attribute));
    if (verdict == Verdict::kFails) return std::nullopt;
    if (verdict == Verdict::kOpen) open.push_back({test, value});
  }
  return open;
}

const Expression* Targets::argument_of(const Item& use, const std::string& name) const {
  if (const Expression* given = written(use, name)) return given;
  const spec::BlockSpec& block = spec_->blocks[static_cast<std::size_t>(use.block)];
  const spec::ArgSpec* arg = find_named(block.args, name);
  return arg == nullptr || !arg->fallback ? nullptr : &*arg->fallback;
}

std::vector<Targets::Open> Targets::seen_by(const Item& use) const {
  std::vector<Open> seen;
  for (const Open& target : inside(use.block)) {
    Open open;
    bool possible = true;
    for (const OpenTest& test : target) {
      const ExpressionNode* name = test.value->plain_name();
      if (name == nullptr || name->scope != Scope::kArgument) continue;  // decided inside
      const Expression* given = argument_of(use, name->text);
      if (given == nullptr) continue;
      const Verdict verdict = test.test->of(*given);
      possible = possible && verdict != Verdict::kFails;
      if (verdict == Verdict::kOpen) open.push_back({test.test, given});
    }
    if (possible) seen.push_back(std::move(open));
  }
  return seen;
}

const std::vector<Targets::Open>& Targets::inside(int block) const {
  const auto known = inside_.find(block);
  if (known != inside_.end()) return known->second;
  std::vector<Open> found;
  structure_->each(structure_->list_of(block), [&](const Item& item) {
    if (const auto target = open_.find(&item); target != open_.end())
      found.push_back(target->second);
    if (item.block < 0) return;
    for (Open& open : seen_by(item)) found.push_back(std::move(open));
  });
  return inside_[block] = std::move(found);
}

int Targets::reached(const Item& use) const {
  return use.block < 0 ? 0 : static_cast<int>(seen_by(use).size());
}

// Whether every use of the block gives the argument a value with which the test holds.
bool Targets::holds_everywhere(int block, const OpenTest& test, Uses which) const {
  const ExpressionNode* name = test.value->plain_name();
  if (block == kMain || name == nullptr || name->scope != Scope::kArgument) return false;
  const auto& uses = structure_->uses(block);
  return std::all_of(uses.begin(), uses.end(), [&](const Item* use) {
    if (which == Uses::kReaching && reached(*use) == 0) return true;
    const Expression* given = argument_of(*use, name->text);
    if (given == nullptr) return false;
    const Verdict verdict = test.test->of(*given);
    return verdict == Verdict::kHolds ||
           (verdict == Verdict::kOpen &&
            holds_everywhere(structure_->place(*use).block, {test.test, given}, which));
  });
}

bool Targets::may_be_list(int block, const Expression& value) const {
  if (value.is_list()) return true;
  const ExpressionNode* name = value.plain_name();
  if (name == nullptr || block == kMain || name->scope != Scope::kArgument) return false;
  const auto& uses = structure_->uses(block);
  return std::any_of(uses.begin(), uses.end(), [&](const Item* use) {
    const Expression* given = argument_of(*use, name->text);
    return given != nullptr && may_be_list(structure_->place(*use).block, *given);
  });
}

std::vector<std::string> Targets::conditions(const Item& item, Uses uses) const {
  std::vector<std::string> result;
  const int block = structure_->place(item).block;
  for (const OpenTest& test : open_.at(&item)) {
    if (holds_everywhere(block, test, uses)) continue;
    result.push_back(test.test->condition(test.value->text, may_be_list(block, *test.value)));
  }
  return result;
}

}  // namespace archcost::rewrite
