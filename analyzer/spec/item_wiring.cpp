// SPDX-License-Identifier: Apache-2.0
#include "spec/item_wiring.hpp"

#include <string_view>

#include "core/text.hpp"

namespace archcost::spec {
namespace {

/// The spec has what can't be wired by its text.
struct NotPlain {};

class Wirer {
 public:
  ItemWiring run(const std::vector<Item>& layers) {
    walk(layers);
    return std::move(wiring_);
  }

 private:
  struct List {
    const std::vector<Item>* items;
    std::unordered_map<std::string_view, const Item*> seen;
  };

  void walk(const std::vector<Item>& items) {
    lists_.push_back({&items, {}});
    for (const Item& item : items) {
      const bool plain = !item.when && !item.repeat && item.branches.empty() &&
                         (item.form == Item::Form::kLayer || item.form == Item::Form::kMerge ||
                          item.form == Item::Form::kGroup);
      if (!plain) throw NotPlain();
      // A path to something above in the same group may begin with the group.
      const bool group = item.form == Item::Form::kGroup;
      if (!group) add_leaf(item);
      if (!lists_.back().seen.emplace(item.label(), &item).second) throw NotPlain();
      if (group) add_group(item);
    }
    lists_.pop_back();
  }

  void add_group(const Item& item) {
    const bool plain = item.from.empty() && item.tensors.inputs.empty() &&
                       item.tensors.outputs.empty() && !item.weights_of && !item.layers.empty();
    if (!plain) throw NotPlain();
    const auto first = static_cast<LeafId>(wiring_.leaves.size());
    walk(item.layers);
    wiring_.groups[&item] = {first, static_cast<LeafId>(wiring_.leaves.size()) - 1};
  }

  void add_leaf(const Item& item) {
    Leaf leaf;
    leaf.item = &item;
    for (const Reference& reference : item.from) leaf.inputs.push_back(find(reference.path));
    const bool takes = item.kind->arity != layers::Arity::kNone;
    if (item.from.empty() && takes)
      leaf.inputs.push_back({static_cast<LeafId>(wiring_.leaves.size()) - 1, nullptr});
    if (item.weights_of) leaf.weights_of = find(item.weights_of->path);
    wiring_.leaves.push_back(std::move(leaf));
  }

  Tap find(const std::string& path) const {
    if (path == kInputWord) return {kItemInput, lists_.front().items};
    const std::vector<std::string> parts = split(path, '.');
    for (auto list = lists_.rbegin(); list != lists_.rend(); ++list) {
      const auto first = list->seen.find(parts.front());
      if (first == list->seen.end()) continue;
      const Item* item = first->second;
      for (std::size_t k = 1; k < parts.size(); ++k) item = &child(*item, parts[k]);
      return {last_leaf(*item), list->items};
    }
    throw NotPlain();
  }

  static const Item& child(const Item& group, const std::string& label) {
    for (const Item& item : group.layers) {
      if (item.label() == label) return item;
    }
    throw NotPlain();
  }

  LeafId last_leaf(const Item& item) const {
    const Item* last = &item;
    while (last->form == Item::Form::kGroup) last = &last->layers.back();
    for (std::size_t k = wiring_.leaves.size(); k-- > 0;) {
      if (wiring_.leaves[k].item == last) return static_cast<LeafId>(k);
    }
    throw NotPlain();
  }

  ItemWiring wiring_;
  std::vector<List> lists_;
};

}  // namespace

std::optional<ItemWiring> wire_items(const std::vector<Item>& layers) {
  try {
    return Wirer().run(layers);
  } catch (const NotPlain&) {
    return std::nullopt;
  }
}

}  // namespace archcost::spec
