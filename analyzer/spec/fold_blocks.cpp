// SPDX-License-Identifier: Apache-2.0
// Groups of one signature are the uses of one block. A signature says everything but the values of
// attributes: kinds, labels, and which layer takes which. Values that differ between the uses
// become arguments; values that name a size of what enters the layer (in, h, w) can't, as a block's
// caller would mean another tensor by them, and belong to the signature.
#include "spec/fold_blocks.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "spec/block_arguments.hpp"
#include "spec/item_wiring.hpp"
#include "spec/resolver.hpp"

namespace archcost::spec {
namespace {

// What a group takes from outside, in the order of first use.
std::vector<LeafId> entering(const ItemWiring& wiring, LeafId first, LeafId last) {
  std::vector<LeafId> ids;
  for (LeafId leaf = first; leaf <= last; ++leaf) {
    for (const Tap& tap : wiring.leaves[static_cast<std::size_t>(leaf)].inputs) {
      if (tap.leaf < first && !is_one_of(tap.leaf, ids)) ids.push_back(tap.leaf);
    }
  }
  return ids;
}

// Whether a block can write the attribute for all its uses though some of them don't.
bool has_default(const Item& item, const std::string& attribute) {
  const std::string_view text = find_named(item.kind->attributes, attribute)->fallback;
  return !text.empty() && text != "none" && !text.starts_with('=');
}

// "x", "x2": what a block calls what enters it.
bool is_input_name(std::string_view label) {
  return label.starts_with('x') &&
         label.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

bool uses_sizes(const Expression& expression) {
  return std::any_of(expression.nodes.begin(), expression.nodes.end(), [](const ExpressionNode& n) {
    return n.scope == Scope::kIn || n.scope == Scope::kHeight || n.scope == Scope::kWidth ||
           n.scope == Scope::kTensor;
  });
}

// One class of equal groups.
struct BlockClass {
  std::vector<const Item*> groups;
  std::string name;  ///< of the block
  int height = 1;
  bool names_input = false;
};

class Folder {
 public:
  Folder(ArchSpec& spec, const ItemWiring& wiring) : spec_(&spec), wiring_(&wiring) {}

  void run() {
    classify(spec_->layers);
    std::vector<BlockClass*> classes;
    for (auto& [signature, one] : classes_) {
      if (one.groups.size() > 1 && leaves_of(*one.groups.front()) > 1) classes.push_back(&one);
    }
    // A block is made after those that it uses; among equals in the order of the file.
    std::stable_sort(classes.begin(), classes.end(), [&](const BlockClass* a, const BlockClass* b) {
      if (a->height != b->height) return a->height < b->height;
      return first_leaf(*a->groups.front()) < first_leaf(*b->groups.front());
    });
    for (BlockClass* one : classes) {
      for (const Item* group : one->groups) class_of_[group] = one;
    }
    for (BlockClass* one : classes) make_block(*one);
    const Outside outside;
    std::vector<Item> layers = rebuild(spec_->layers, outside);
    spec_->layers = std::move(layers);
    for (std::size_t k = 0; k < spec_->blocks.size(); ++k)
      spec_->files.front().blocks.push_back(static_cast<int>(k));
  }

 private:
  // The names that a block has for what enters it; of no block: nothing.
  struct Outside {
    const Item* block = nullptr;
    std::vector<LeafId> ids;
    bool several() const { return ids.size() > 1; }
    std::string name(LeafId id) const {
      const auto place = std::find(ids.begin(), ids.end(), id) - ids.begin();
      return several() ? fmt::format("x{}", place + 1) : "x";
    }
    bool has(LeafId id) const { return is_one_of(id, ids); }
  };

  std::pair<LeafId, LeafId> range(const Item& group) const { return wiring_->groups.at(&group); }
  LeafId first_leaf(const Item& group) const { return range(group).first; }
  int leaves_of(const Item& group) const { return range(group).second - range(group).first + 1; }
  const Leaf& leaf(LeafId id) const { return wiring_->leaves[static_cast<std::size_t>(id)]; }

  // --- classes -----------------------------------------------------------------------------------

  int classify(const std::vector<Item>& items) {
    int height = 0;
    for (const Item& item : items) {
      if (item.form != Item::Form::kGroup) continue;
      const int inner = classify(item.layers) + 1;
      height = std::max(height, inner);
      if (const auto text = signature(item)) {
        BlockClass& one = classes_[*text];
        one.groups.push_back(&item);
        one.height = inner;
      }
    }
    return height;
  }

  // Whether an item in it takes the size of another layer, which may be outside.
  static bool names_tensor(const Item& item) {
    const auto in_expression = [](const NamedExpression& argument) {
      return std::any_of(argument.value.nodes.begin(), argument.value.nodes.end(),
                         [](const ExpressionNode& node) { return node.scope == Scope::kTensor; });
    };
    return std::any_of(item.arguments.begin(), item.arguments.end(), in_expression) ||
           std::any_of(item.layers.begin(), item.layers.end(), names_tensor);
  }

  // Nothing for a group that can't be a block.
  std::optional<std::string> signature(const Item& group) const {
    const auto [first, last] = range(group);
    const std::vector<LeafId> ids = entering(*wiring_, first, last);
    const bool clashes = std::any_of(group.layers.begin(), group.layers.end(),
                                     [](const Item& item) { return is_input_name(item.label()); });
    if (ids.empty() || clashes || names_tensor(group)) return std::nullopt;
    std::set<const std::vector<Item>*> lists;
    std::string text = fmt::format("{} inputs", ids.size());
    LeafId next = first;
    collect(group, ids, first, next, lists, text);
    for (LeafId id = first; id <= last; ++id) {
      const Leaf& one = leaf(id);
      // What it takes inside must be named by a label inside.
      const auto inside = [&, start = first](const Tap& tap) {
        return tap.list == nullptr || tap.leaf < start || lists.contains(tap.list);
      };
      if (!std::all_of(one.inputs.begin(), one.inputs.end(), inside)) return std::nullopt;
      if (one.weights_of && (one.weights_of->leaf < first || !inside(*one.weights_of)))
        return std::nullopt;
    }
    return text;
  }

  void collect(const Item& group, const std::vector<LeafId>& ids, LeafId first, LeafId& next,
               std::set<const std::vector<Item>*>& lists, std::string& text) const {
    lists.insert(&group.layers);
    for (const Item& item : group.layers) {
      text += fmt::format("\n{} {}", item.head, item.name);
      if (item.form == Item::Form::kGroup) {
        text += " (";
        collect(item, ids, first, next, lists, text);
        text += ")";
        continue;
      }
      const Leaf& one = leaf(next++);
      for (const Tap& tap : one.inputs) {
        const bool enters = tap.leaf < first;
        const auto place = std::find(ids.begin(), ids.end(), tap.leaf) - ids.begin();
        text += enters ? fmt::format(" x{}", place) : fmt::format(" {}", tap.leaf - first);
        text += tap.list == nullptr ? "" : "!";
      }
      if (one.weights_of) text += fmt::format(" weights of {}", one.weights_of->leaf - first);
      if (item.call) text += " call " + item.call->value.text;
      for (const NamedExpression& argument : item.arguments) {
        if (uses_sizes(argument.value))
          text += fmt::format(" {}: {}", argument.name, argument.value.text);
        else if (!has_default(item, argument.name))
          text += fmt::format(" {}", argument.name);
      }
    }
  }

  // --- blocks ------------------------------------------------------------------------------------

  void make_block(BlockClass& one) {
    std::vector<std::vector<Item>> bodies;
    for (const Item* group : one.groups) {
      const auto [first, last] = range(*group);
      const Outside outside = {group, entering(*wiring_, first, last)};
      one.names_input = outside.several();
      bodies.push_back(rebuild(group->layers, outside));
      for (LeafId id = first; id <= last; ++id) {
        for (const Tap& tap : leaf(id).inputs)
          one.names_input = one.names_input || (tap.leaf < first && tap.list != nullptr);
      }
    }
    one.name = unused_name(*one.groups.front());
    std::set<std::string> names;
    for (const ParamSpec& param : spec_->main().params) names.insert(param.name);
    for (const NamedExpression& let : spec_->main().lets) names.insert(let.name);
    BlockUses uses = unify(bodies, spec_->blocks, names);
    for (std::size_t k = 0; k < one.groups.size(); ++k)
      calls_[one.groups[k]] = std::move(uses.arguments[k]);
    BlockSpec block;
    block.name = one.name;
    block.where = one.groups.front()->where;
    block.args = std::move(uses.args);
    block.layers = std::move(uses.layers);
    if (one.names_input) {
      const auto [first, last] = range(*one.groups.front());
      const Outside outside = {nullptr, entering(*wiring_, first, last)};
      for (const LeafId id : outside.ids) block.tensors.inputs.push_back(outside.name(id));
    }
    spec_->blocks.push_back(std::move(block));
    block_index_[&one] = static_cast<int>(spec_->blocks.size()) - 1;
  }

  std::string unused_name(const Item& group) const {
    std::string name = group.name;
    const bool named = is_identifier(name) && !is_reserved(name);
    if (!named) {
      std::vector<std::string> heads;
      for (const Item& item : group.layers) heads.push_back(item.head);
      const bool plain = heads.size() > 1 && heads.size() < 4 &&
                         std::all_of(group.layers.begin(), group.layers.end(),
                                     [](const Item& i) { return i.form == Item::Form::kLayer; });
      name = plain ? join(heads, "_") : "unit";
    }
    static const std::vector<std::string> kWords = {"group", "stage", "activation"};
    const auto taken = [&](const std::string& text) {
      const auto called = [&](const auto& one) { return one.name == text; };
      const FileScope& file = spec_->main();
      return is_reserved(text) || is_one_of(text, kWords) ||
             std::any_of(spec_->blocks.begin(), spec_->blocks.end(), called) ||
             std::any_of(file.tables.begin(), file.tables.end(), called);
    };
    if (!taken(name)) return name;
    int number = 2;
    while (taken(fmt::format("{}_{}", name, number))) ++number;
    return fmt::format("{}_{}", name, number);
  }

  // --- items -------------------------------------------------------------------------------------

  std::vector<Item> rebuild(const std::vector<Item>& items, const Outside& outside) {
    std::vector<Item> result;
    for (const Item& item : items) {
      above_.push_back(result.empty() ? "" : result.back().label());
      result.push_back(item.form == Item::Form::kGroup ? rebuild_group(item, outside)
                                                       : rebuild_leaf(item, outside));
      above_.pop_back();
    }
    return result;
  }

  Item rebuild_leaf(const Item& item, const Outside& outside) {
    Item result = item;
    if (outside.block == nullptr) return result;
    const LeafId id = id_of(item);
    const Leaf& one = leaf(id);
    const bool first = id == first_leaf(*outside.block);
    if (item.from.empty() && first && outside.several() && !one.inputs.empty())
      result.from.push_back({outside.name(one.inputs.front().leaf), item.where});
    for (std::size_t k = 0; k < item.from.size(); ++k) {
      if (outside.has(one.inputs[k].leaf)) result.from[k].path = outside.name(one.inputs[k].leaf);
    }
    return result;
  }

  Item rebuild_group(const Item& item, const Outside& outside) {
    const auto found = class_of_.find(&item);
    Item result = item;
    if (found == class_of_.end() || &item == outside.block) {
      result.layers = rebuild(item.layers, outside);
      return result;
    }
    result.form = Item::Form::kBlock;
    result.head = found->second->name;
    result.block = block_index_.at(found->second);
    result.layers.clear();
    result.arguments = calls_.at(&item);
    const auto [first, last] = range(item);
    const std::vector<LeafId> ids = entering(*wiring_, first, last);
    if (ids == std::vector<LeafId>{first - 1} && !named_from_outside(item, outside)) return result;
    for (const LeafId id : ids) result.from.push_back({path_to(item, id, outside), item.where});
    return result;
  }

  // Inside of a block of several inputs nothing enters by itself.
  bool named_from_outside(const Item& group, const Outside& outside) const {
    return outside.block != nullptr && outside.several() &&
           first_leaf(group) == first_leaf(*outside.block);
  }

  // How the caller of a block names what it gives it: as the layers inside did.
  std::string path_to(const Item& group, LeafId id, const Outside& outside) const {
    if (outside.has(id)) return outside.name(id);
    const auto [first, last] = range(group);
    for (LeafId k = first; k <= last; ++k) {
      const Leaf& one = leaf(k);
      for (std::size_t n = 0; n < one.item->from.size(); ++n) {
        if (one.inputs[n].leaf == id) return one.item->from[n].path;
      }
    }
    for (std::size_t k = above_.size(); k-- > 0;) {
      if (!above_[k].empty()) return above_[k];
    }
    return "input";
  }

  LeafId id_of(const Item& item) const {
    if (ids_.empty()) {
      for (std::size_t k = 0; k < wiring_->leaves.size(); ++k)
        ids_.emplace(wiring_->leaves[k].item, static_cast<LeafId>(k));
    }
    return ids_.at(&item);
  }

  ArchSpec* spec_;
  const ItemWiring* wiring_;
  std::map<std::string, BlockClass> classes_;
  std::unordered_map<const Item*, BlockClass*> class_of_;
  std::unordered_map<const BlockClass*, int> block_index_;
  std::unordered_map<const Item*, std::vector<NamedExpression>> calls_;
  std::vector<std::string> above_;  // labels of the items above, by level; empty: none
  mutable std::unordered_map<const Item*, LeafId> ids_;
};

}  // namespace

ArchSpec fold_blocks(ArchSpec spec) {
  const auto wiring = spec.blocks.empty() ? wire_items(spec.layers) : std::nullopt;
  if (!wiring) return spec;
  ArchSpec folded = spec;
  // The wiring points into the layers of `spec`.
  std::swap(folded.layers, spec.layers);
  Folder(folded, *wiring).run();
  DiagnosticList diagnostics(folded.sources);
  resolve_names(folded, {}, diagnostics);
  diagnostics.throw_if_any();
  return folded;
}

}  // namespace archcost::spec
