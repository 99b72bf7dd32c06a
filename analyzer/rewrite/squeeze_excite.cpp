// SPDX-License-Identifier: Apache-2.0
// Squeeze-and-excitation: arXiv:1709.01507, figure 2; its positions in a residual unit: figure 5
// and table 14; after the 3x3 convolution: table 15.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "core/text.hpp"
#include "rewrite/residual_units.hpp"
#include "rewrite/switches.hpp"
#include "rewrite/targets.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

using spec::Item;

Item named_layer(std::string_view kind, std::string_view name, const std::string& when = {}) {
  Item item = layer_item(kind, {});
  item.name = std::string(name);
  add_condition(item, when);
  return item;
}

void set_method(Item& item) {
  item.call = spec::NamedExpression{"call", {}, expression("method", {})};
}

// The block of a gate: a name in the spec and its index.
struct GateBlock {
  std::string name;
  int index = -1;
};

GateBlock add_gate_block(Editor& editor) {
  const std::string reduction = editor.name("reduction"), squeeze = editor.name("squeeze"),
                    gate = editor.name("gate");
  const std::string channels = editor.fresh("channels");
  Item multiply = layer_item("multiply", {});
  set_method(multiply);
  Item fc1 = named_layer("linear", "fc1"), fc2 = named_layer("linear", "fc2");
  set_argument(fc1, "out", fmt::format("max(1, {} // {})", channels, reduction));
  set_argument(fc2, "out", channels);
  Item last = named_layer("activation", "gate"), shape = layer_item("reshape", {});
  set_argument(last, "kind", gate);
  set_argument(shape, "channels", channels);
  set_method(shape);
  spec::Branch excite;
  excite.name = "excite";
  excite.layers = {named_layer("global_avg_pool", "pool", squeeze + " == avg"),
                   named_layer("global_max_pool", "pool", squeeze + " == max"),
                   layer_item("flatten", {}),
                   std::move(fc1),
                   layer_item("relu", {}),
                   std::move(fc2),
                   std::move(last),
                   std::move(shape)};
  spec::Branch map;
  map.name = "map";
  multiply.branches = {std::move(map), std::move(excite)};
  spec::BlockSpec block;
  GateBlock added;
  added.name = block.name = editor.fresh("se_block");
  block.lets.push_back({channels, {}, expression("in", {})});
  block.layers.push_back(std::move(multiply));
  added.index = editor.add_block(std::move(block));
  return added;
}

void add_gate_parameters(Editor& editor) {
  for (const std::string_view parameter : {"reduction", "squeeze", "gate"})
    editor.add_parameter(parameter);
}

// Whether one of the items made the layer; of a merge, the sum only.
std::function<bool(const graph::Layer&)> made_by(const graph::TracedNetwork& traced,
                                                 const std::vector<const Item*>& items) {
  return [&traced, items](const graph::Layer& layer) {
    const auto index = static_cast<std::size_t>(&layer - traced.network.layers.data());
    const Item* own = traced.uses[static_cast<std::size_t>(traced.use_of[index])].item;
    if (is_one_of(own, items)) return true;
    for (int use = traced.use_of[index]; use >= 0;
         use = traced.uses[static_cast<std::size_t>(use)].around) {
      const Item* around = traced.uses[static_cast<std::size_t>(use)].item;
      if (is_one_of(around, items)) return around->form != Item::Form::kMerge;
    }
    return false;
  };
}

class SqueezeExcite {
 public:
  explicit SqueezeExcite(Editor& editor)
      : editor_(&editor),
        structure_(&editor.structure()),
        spatial_(editor.spec(), *structure_, "conv", {&kSpatialKernel}) {}

  void run() {
    residuals_ = find_residuals(*editor_);
    if (!residuals_.empty()) return on_residuals();
    ends_ = find_unit_ends(*editor_);
    if (!ends_.empty()) on_ends();
  }

 private:
  Item gate(const SourceRef& where, const std::string& when) const {
    Item item;
    item.form = Item::Form::kBlock;
    item.head = block_.name;
    item.block = block_.index;
    item.name = "se";
    item.where = where;
    item.when = expression(when, where);
    return item;
  }

  // --- residual units

  void on_residuals() {
    std::vector<const Item*> merges;
    for (const Residual& residual : residuals_) merges.push_back(residual.merge);
    const Targets targets(editor_->spec(), *structure_, merges);
    const Switch on(*editor_, targets, "se", "se_stages", made_by(editor_->traced(), merges),
                    false);
    position_ = editor_->name("se_position");
    block_ = add_gate_block(*editor_);
    redirect_sums(on);
    for (const Residual& residual : residuals_) {
      const std::string when = on.when(*residual.merge);
      if (when.empty()) continue;
      if (residual.merge->from.empty())
        in_branches(residual, when);
      else
        in_sources(residual, when);
      after_sum(*residual.merge, when);
    }
    std::vector<std::string> choices;
    for (const std::string_view position : {"standard", "pre", "post", "identity", "k3x3"}) {
      const std::string word = editor_->word(std::string(position), "position");
      if (used_.contains(word)) choices.push_back(word);
    }
    editor_->add_parameter("se_position", choices.front(), "[" + join(choices, ", ") + "]");
    add_gate_parameters(*editor_);
  }

  // What takes a sum by its label takes the group with the gate behind it.
  void redirect_sums(const Switch& on) {
    std::vector<std::string> ungated;
    int number = 0;
    for (const Residual& residual : residuals_) {
      const Item& sum = *residual.merge;
      if (&taken_after(sum) != &sum || !structure_->is_referenced(sum) || on.when(sum).empty())
        continue;
      std::string label;
      const auto has_label = [&](const Item* item) { return item->label() == label; };
      const auto& items = structure_->items();
      do {
        label = fmt::format("gated_sum_{}", ++number);
      } while (std::any_of(items.begin(), items.end(), has_label));
      if (editor_->redirect(sum, label))
        redirected_[&sum] = label;
      else
        ungated.push_back(sum.label());
    }
    if (ungated.empty()) return;
    editor_->note(fmt::format("se: no gate at position post after {}, whose label others have too.",
                              join(ungated, ", ")));
  }

  // The condition for a position, which is a choice of the parameter then.
  std::string at(const std::string& position, const std::string& when) {
    const std::string word = editor_->word(position, "position");
    used_.insert(word);
    return all_of({when, fmt::format("{} == {}", position_, word)});
  }

  void in_branches(const Residual& residual, const std::string& when) {
    const SourceRef where = residual.merge->where;
    const std::vector<Item>& branch = residual.merge->branches[residual.branch].layers;
    const std::vector<Item>& shortcut = residual.merge->branches[residual.shortcut].layers;
    editor_->insert_at_start(branch, {gate(where, at("pre", when))});
    for (const Item& item : branch) {
      const bool alone = structure_->count(item, is_convolution) == 1;
      if (!alone || !(spatial_.contains(item) || spatial_.reached(item) > 0)) continue;
      const std::size_t end =
          std::max(neighbours_of(*structure_, item).end, structure_->place(item).index + 1);
      editor_->insert_after(branch[end - 1], {gate(where, at("k3x3", when))});
      break;
    }
    editor_->insert_at_end(branch, {gate(where, at("standard", when))});
    editor_->insert_at_end(shortcut, {gate(where, at("identity", when))});
  }

  // A label that no item of the list has, as one of a rewrite before.
  std::string free_label(const std::vector<Item>& list) {
    std::string label;
    const auto has_label = [&](const Item& item) { return item.label() == label; };
    do {
      label = fmt::format("gated_{}", ++groups_[&list]);
    } while (std::any_of(list.begin(), list.end(), has_label));
    return label;
  }

  // `add: {from: [a, b]}`: a group takes a, and the sum takes the group.
  void in_sources(const Residual& residual, const std::string& when) {
    Item sum = editor_->redirected(*residual.merge);
    std::vector<Item> items;
    const auto gate_side = [&](std::size_t side, const std::string& position) {
      Item group = layer_item("group", sum.where);
      group.name = free_label(*structure_->place(*residual.merge).list);
      group.from = {sum.from[side]};
      group.layers = {gate(sum.where, at(position, when))};
      sum.from[side].path = group.name;
      items.push_back(std::move(group));
    };
    gate_side(residual.branch, "standard");
    gate_side(residual.shortcut, "identity");
    items.push_back(std::move(sum));
    editor_->replace(*residual.merge, std::move(items));
  }

  void after_sum(const Item& sum, const std::string& when) {
    const Item& last = taken_after(sum);
    if (const auto label = redirected_.find(&sum); label != redirected_.end()) {
      Item group = layer_item("group", sum.where);
      group.name = label->second;
      group.layers = {gate(sum.where, at("post", when))};
      editor_->insert_after(sum, {std::move(group)});
    } else if (can_gate(last)) {
      gate_after(last, at("post", when));
    }
  }

  // After the sum and its activation; before that, what other layers take first.
  const Item& taken_after(const Item& sum) const {
    const std::vector<Item>& list = *structure_->place(sum).list;
    const std::size_t index = structure_->place(sum).index;
    const std::size_t end = std::max(neighbours_of(*structure_, sum).end, index + 1);
    for (std::size_t k = index; k + 1 < end; ++k) {
      if (structure_->is_referenced(list[k])) return list[k];
    }
    return list[end - 1];
  }

  // What other layers take by its label is replaced by a group of that label.
  bool can_gate(const Item& item) const {
    return !structure_->is_referenced(item) || item.form == Item::Form::kLayer ||
           item.form == Item::Form::kActivation;
  }

  void gate_after(const Item& item, const std::string& when) {
    if (!structure_->is_referenced(item)) {
      editor_->insert_after(item, {gate(item.where, when)});
      return;
    }
    editor_->replace(item, gated(item, when));
  }

  // The item as it is, and a group of its label with a gate.
  std::vector<Item> gated(const Item& item, const std::string& when) const {
    Item inner = editor_->redirected(item), se = gate(item.where, when);
    inner.name.clear();
    inner.when.reset();
    inner.repeat.reset();
    inner.from.clear();
    se.when.reset();
    return alternatives(editor_->redirected(item), when, {std::move(inner), std::move(se)});
  }

  // --- other networks

  void on_ends() {
    std::vector<const Item*> parts;
    for (const UnitEnd& end : ends_) parts.push_back(end.part);
    const Targets targets(editor_->spec(), *structure_, parts);
    const Switch on(*editor_, targets, "se", "se_stages", made_by(editor_->traced(), parts), false);
    block_ = add_gate_block(*editor_);
    for (const UnitEnd& end : ends_) {
      const std::string when = on.when(*end.part);
      if (!when.empty() && can_gate(*end.item)) gate_after(*end.item, when);
    }
    add_gate_parameters(*editor_);
  }

  Editor* editor_;
  const Structure* structure_;
  Targets spatial_;
  std::vector<Residual> residuals_;
  std::vector<UnitEnd> ends_;
  std::map<const std::vector<Item>*, int> groups_;
  std::set<std::string> used_;
  std::map<const Item*, std::string> redirected_;  ///< sums, and the labels of their gates
  std::string position_;
  GateBlock block_;
};

}  // namespace

void add_squeeze_excite(Editor& editor) { SqueezeExcite(editor).run(); }

}  // namespace archcost::rewrite
