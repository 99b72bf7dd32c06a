// SPDX-License-Identifier: Apache-2.0
#include "spec/block_arguments.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"
#include "layers/layer_table.hpp"

namespace archcost::spec {
namespace {

const std::set<std::string_view> kModifierWords = {"name", "when", "repeat", "from", "weights_of"};

bool is_constant_text(const Expression& value) {
  return std::none_of(value.nodes.begin(), value.nodes.end(), [](const ExpressionNode& n) {
    return n.op == ExpressionOp::kCall || (n.op == ExpressionOp::kName && n.scope != Scope::kWord);
  });
}

class Unifier {
 public:
  Unifier(const std::vector<std::vector<Item>>& bodies, const std::vector<BlockSpec>& blocks,
          const std::set<std::string>& taken)
      : bodies_(&bodies), blocks_(&blocks), taken_(&taken) {}

  BlockUses run() {
    uses_.arguments.resize(bodies_->size());
    uses_.layers = bodies_->front();
    std::vector<const std::vector<Item>*> lists;
    for (const std::vector<Item>& body : *bodies_) lists.push_back(&body);
    unify_lists(lists, uses_.layers);
    set_defaults();
    return std::move(uses_);
  }

 private:
  void unify_lists(const std::vector<const std::vector<Item>*>& lists, std::vector<Item>& result) {
    for (std::size_t k = 0; k < result.size(); ++k) {
      std::vector<const Item*> items;
      for (const std::vector<Item>* list : lists) items.push_back(&(*list)[k]);
      unify_items(items, result[k]);
      std::vector<const std::vector<Item>*> inner;
      for (const Item* item : items) inner.push_back(&item->layers);
      unify_lists(inner, result[k].layers);
    }
  }

  // The attributes or arguments that one of the items writes, in the order of the kind or block.
  std::vector<std::string> written_names(const std::vector<const Item*>& items) const {
    std::vector<std::string> known = items.front()->form == Item::Form::kBlock
                                         ? names_of((*blocks_)[items.front()->block].args)
                                         : names_of(items.front()->kind->attributes);
    std::erase_if(known, [&](const std::string& name) {
      return std::none_of(items.begin(), items.end(), [&](const Item* item) {
        return find_named(item->arguments, name) != nullptr;
      });
    });
    return known;
  }

  // What holds where it isn't written; nothing: it is always written.
  std::optional<Expression> fallback_of(const Item& item, const std::string& name) const {
    if (item.form == Item::Form::kBlock)
      return find_named((*blocks_)[item.block].args, name)->fallback;
    const layers::AttributeSpec* attribute = find_named(item.kind->attributes, name);
    const std::string_view text = attribute->fallback;
    if (text.empty() || text == "none" || text.starts_with('=')) return std::nullopt;
    return parse_expression(text, item.where, false);
  }

  void unify_items(const std::vector<const Item*>& items, Item& result) {
    if (result.form == Item::Form::kGroup) return;
    std::vector<NamedExpression> arguments;
    for (const std::string& name : written_names(items)) {
      std::vector<Expression> values;
      for (const Item* item : items) {
        const NamedExpression* written = find_named(item->arguments, name);
        const auto value = written != nullptr ? written->value : fallback_of(*item, name);
        values.push_back(*value);
      }
      arguments.push_back({name, result.where, merged(name, result, values)});
    }
    result.arguments = std::move(arguments);
  }

  // The common value, or the name of an argument.
  Expression merged(const std::string& name, const Item& item,
                    const std::vector<Expression>& values) {
    std::vector<std::string> texts;
    for (const Expression& value : values) texts.push_back(value.text);
    const bool equal = std::all_of(texts.begin(), texts.end(),
                                   [&](const std::string& text) { return text == texts.front(); });
    if (equal) return values.front();
    auto known = by_values_.find(texts);
    if (known == by_values_.end()) {
      const std::string argument = unused_name(name, item);
      known = by_values_.emplace(texts, argument).first;
      uses_.args.push_back({argument, item.where, std::nullopt, {}});
      for (std::size_t k = 0; k < values.size(); ++k)
        uses_.arguments[k].push_back({argument, values[k].where, values[k]});
    }
    return parse_expression(known->second, item.where, false);
  }

  // "out", "conv1_out", "out_2".
  std::string unused_name(const std::string& name, const Item& item) const {
    const auto usable = [&](const std::string& text) {
      return is_identifier(text) && !is_reserved_argument(text) && !kModifierWords.contains(text) &&
             !taken_->contains(text) && find_named(uses_.args, text) == nullptr;
    };
    std::string with_label = fmt::format("{}_{}", item.label(), name);
    if (usable(name)) return name;
    if (usable(with_label)) return with_label;
    int number = 2;
    while (!usable(fmt::format("{}_{}", name, number))) ++number;
    return fmt::format("{}_{}", name, number);
  }

  void set_defaults() {
    for (ArgSpec& arg : uses_.args) {
      std::map<std::string, int> counts;
      const Expression* common = nullptr;
      for (const auto& call : uses_.arguments) {
        const Expression& value = find_named(call, arg.name)->value;
        const int count = ++counts[value.text];
        if (is_constant_text(value) && (common == nullptr || count > counts[common->text]))
          common = &value;
      }
      if (common == nullptr || counts[common->text] < 2) continue;
      arg.fallback = *common;
      for (auto& call : uses_.arguments) {
        std::erase_if(call, [&](const NamedExpression& one) {
          return one.name == arg.name && one.value.text == arg.fallback->text;
        });
      }
    }
  }

  const std::vector<std::vector<Item>>* bodies_;
  const std::vector<BlockSpec>* blocks_;
  const std::set<std::string>* taken_;
  BlockUses uses_;
  std::map<std::vector<std::string>, std::string> by_values_;
};

}  // namespace

BlockUses unify(const std::vector<std::vector<Item>>& bodies, const std::vector<BlockSpec>& blocks,
                const std::set<std::string>& taken) {
  return Unifier(bodies, blocks, taken).run();
}

}  // namespace archcost::spec
