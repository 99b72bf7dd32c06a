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

// The item that a part of a path means in a list: the only one of its label, or "relu2" the second
// of several that are always there. Null where that isn't a single item.
const Item* named_item(const std::vector<Item>& list, const std::string& part) {
  std::vector<const Item*> exact, numbered;
  for (const Item& item : list) {
    if (item.label() == part) exact.push_back(&item);
    if (names(part, item.label())) numbered.push_back(&item);
  }
  if (exact.size() == 1 && !exact.front()->repeat) return exact.front();
  if (!exact.empty()) return nullptr;
  for (std::size_t k = 0; k < numbered.size(); ++k) {
    const Item& item = *numbered[k];
    if (item.label() != numbered.front()->label() || item.when || item.repeat) return nullptr;
  }
  for (std::size_t k = 0; k < numbered.size(); ++k) {
    const std::string& label = numbered[k]->label();
    const bool digit = label.back() >= '0' && label.back() <= '9';
    if (part == label + (digit ? "_" : "") + std::to_string(k + 1)) return numbered[k];
  }
  return nullptr;
}

// Whether a part of a path names what is around a place: a group, a merge or a branch of it, or a
// use of the block.
bool leads_to(const Structure& structure, const std::string& part, const Place& place) {
  if (place.around != nullptr) {
    const auto& branches = place.around->branches;
    return names(part, place.around->label()) ||
           std::any_of(branches.begin(), branches.end(), [&](const spec::Branch& branch) {
             return &branch.layers == place.list && branch.name == part;
           });
  }
  if (place.block == kMain) return false;
  const auto& uses = structure.uses(place.block);
  return std::any_of(uses.begin(), uses.end(),
                     [&](const Item* use) { return names(part, use->label()); });
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
  find_references();
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

// Whether a name is that of a tensor which enters the block or the group around.
bool Structure::takes_names(const Place& from, const std::string& name) const {
  const auto& inputs = from.around != nullptr ? from.around->tensors.inputs
                       : from.block == kMain
                           ? std::vector<std::string>{}
                           : spec_->blocks[static_cast<std::size_t>(from.block)].tensors.inputs;
  return is_one_of(name, inputs);
}

// What a path means in a list or one around it. `open`: an item, but it isn't known which one.
const Item* Structure::meant(const std::vector<std::string>& parts, Place from, bool& open) const {
  const auto has_label = [&](const Item& item) { return names(parts.front(), item.label()); };
  while (std::none_of(from.list->begin(), from.list->end(), has_label)) {
    if (from.around == nullptr || takes_names(from, parts.front())) return nullptr;
    from = place(*from.around);
  }
  const Item* item = named_item(*from.list, parts.front());
  for (std::size_t k = 1; k < parts.size() && item != nullptr; ++k)
    item = item->form == Item::Form::kGroup ? named_item(item->layers, parts[k]) : nullptr;
  open = item == nullptr;
  return item;
}

void Structure::find_references(const std::vector<spec::Reference>& references, const Place& from) {
  for (const spec::Reference& reference : references) {
    std::vector<std::string> parts = split(reference.path, '.');
    bool open = false;
    const Item* item = meant(parts, from, open);
    if (item != nullptr) references_[item].push_back(&reference);
    for (std::size_t k = 1; k < parts.size() && item != nullptr; ++k)
      references_[item = place(*item).around];  // the groups that the path leads into
    if (open) open_paths_.push_back({from.block, std::move(parts)});
  }
}

void Structure::find_references() {
  find_references(spec_->outputs, {kMain, &spec_->layers});
  for (std::size_t b = 0; b < spec_->blocks.size(); ++b) {
    const spec::BlockSpec& block = spec_->blocks[b];
    find_references(block.tensors.outputs, {static_cast<int>(b), &block.layers});
  }
  for (const Item* item : items_) {
    const Place& place = this->place(*item);
    find_references(item->from, place);
    find_references(item->tensors.outputs, {place.block, &item->layers, 0, item});
  }
}

bool Structure::is_referenced(const Item& item) const {
  if (references_.contains(&item)) return true;
  const Place& place = this->place(item);
  return std::any_of(open_paths_.begin(), open_paths_.end(), [&](const OpenPath& path) {
    if (path.block == place.block && names(path.parts.front(), item.label())) return true;
    for (std::size_t k = 1; k < path.parts.size(); ++k) {
      if (names(path.parts[k], item.label()) && leads_to(*this, path.parts[k - 1], place))
        return true;
    }
    return false;
  });
}

std::vector<const spec::Reference*> Structure::references_to(const Item& item) const {
  const auto found = references_.find(&item);
  return found == references_.end() ? std::vector<const spec::Reference*>{} : found->second;
}

}  // namespace archcost::rewrite
