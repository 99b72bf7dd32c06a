// SPDX-License-Identifier: Apache-2.0
#include "rewrite/structure.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace archcost::rewrite {

using spec::Item;

namespace {

// Whether a part of a path means the label, which may have a number: relu, relu2, unit2_1.
bool names(const std::string& part, const std::string& label) {
  if (!part.starts_with(label)) return false;
  std::string_view number = std::string_view(part).substr(label.size());
  if (number.starts_with('_')) number.remove_prefix(1);
  return std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_alternative(const std::vector<Item>& list, std::size_t index) {
  const std::string label = list[index].label();
  const auto replaces = [&](const Item& item) {
    return item.form == Item::Form::kGroup && item.when && item.label() == label;
  };
  if (!replaces(list[index])) return false;
  std::size_t layer = index;
  while (layer > 0 && replaces(list[layer])) --layer;
  return list[layer].form == Item::Form::kLayer && list[layer].when && list[layer].label() == label;
}

Structure::Structure(const spec::ArchSpec& spec) : spec_(&spec), uses_(spec.blocks.size()) {
  walk(spec.layers, kMain, nullptr, false);
  for (std::size_t b = 0; b < spec.blocks.size(); ++b)
    walk(spec.blocks[b].layers, static_cast<int>(b), nullptr, false);
}

void Structure::walk(const std::vector<Item>& list, int block, const Item* around, bool repeated) {
  for (std::size_t k = 0; k < list.size(); ++k) {
    const Item& item = list[k];
    const bool again = repeated || item.repeat.has_value();
    places_[&item] = {block, &list, k, around, again};
    items_.push_back(&item);
    if (item.block >= 0) uses_[static_cast<std::size_t>(item.block)].push_back(&item);
    walk(item.layers, block, &item, again);
    for (const spec::Branch& branch : item.branches) walk(branch.layers, block, &item, again);
  }
}

void Structure::each(const std::vector<Item>& list,
                     const std::function<void(const Item&)>& visit) const {
  for (const Item& item : list) {
    visit(item);
    each(item.layers, visit);
    for (const spec::Branch& branch : item.branches) each(branch.layers, visit);
  }
}

const std::vector<Item>& Structure::list_of(int block) const {
  return block == kMain ? spec_->layers : spec_->blocks[static_cast<std::size_t>(block)].layers;
}

bool Structure::is_single(int block) const {
  if (block == kMain) return true;
  const auto& uses = uses_[static_cast<std::size_t>(block)];
  if (spec_->blocks[static_cast<std::size_t>(block)].file != 0 || uses.size() != 1) return false;
  const Place& place = this->place(*uses.front());
  return !place.repeated && is_single(place.block);
}

int Structure::count(const Item& item, const std::function<bool(const Item&)>& wanted) const {
  int found = wanted(item) ? 1 : 0;
  if (item.block >= 0) found += count(list_of(item.block), wanted);
  found += count(item.layers, wanted);
  for (const spec::Branch& branch : item.branches) found += count(branch.layers, wanted);
  return found;
}

int Structure::count(const std::vector<Item>& list,
                     const std::function<bool(const Item&)>& wanted) const {
  int found = 0;
  for (std::size_t k = 0; k < list.size(); ++k) {
    if (!is_alternative(list, k)) found += count(list[k], wanted);
  }
  return found;
}

bool Structure::is_referenced(const Item& item) const {
  const Place& place = this->place(item);
  bool found = false;
  each(*place.list, [&](const Item& other) {
    for (const spec::Reference& from : other.from)
      found = found || names(split(from.path, '.').front(), item.label());
  });
  if (found || place.around == nullptr) return found;
  // From outside: "unit1.relu".
  for (const Item* other : items_) {
    for (const spec::Reference& from : other->from) {
      const std::vector<std::string> parts = split(from.path, '.');
      for (std::size_t k = 1; k < parts.size(); ++k) {
        found =
            found || (names(parts[k], item.label()) && names(parts[k - 1], place.around->label()));
      }
    }
  }
  return found;
}

}  // namespace archcost::rewrite
