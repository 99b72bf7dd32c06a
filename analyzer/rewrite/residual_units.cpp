// SPDX-License-Identifier: Apache-2.0
#include "rewrite/residual_units.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "layers/kinds.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

using spec::Item;

// The layers that a layer is computed from, itself included.
std::set<graph::LayerId> ancestors(const graph::Network& network, graph::LayerId from) {
  std::set<graph::LayerId> found;
  std::vector<graph::LayerId> open = {from};
  while (!open.empty()) {
    const graph::LayerId id = open.back();
    open.pop_back();
    if (!found.insert(id).second || id == graph::kNetworkInput) continue;
    for (graph::LayerId input : network.layers[static_cast<std::size_t>(id)].inputs)
      open.push_back(input);
  }
  return found;
}

int convolutions_in(const graph::Network& network, const std::set<graph::LayerId>& layers,
                    const std::set<graph::LayerId>& but) {
  return static_cast<int>(std::count_if(layers.begin(), layers.end(), [&](graph::LayerId id) {
    return id != graph::kNetworkInput && !but.contains(id) &&
           network.layers[static_cast<std::size_t>(id)].kind->family ==
               layers::Family::kConvolution;
  }));
}

// Branches: the residual one has the most convolutions; in a concatenation it is the only one
// that has any, and has several.
std::optional<Residual> residual_of_branches(const Structure& structure, const Item& item,
                                             bool adds) {
  if (item.branches.size() != 2) return std::nullopt;
  const int first = structure.count(item.branches[0].layers, is_convolution);
  const int second = structure.count(item.branches[1].layers, is_convolution);
  if (first == second || (!adds && (std::min(first, second) > 0 || std::max(first, second) < 2)))
    return std::nullopt;
  const std::size_t branch = first > second ? 0 : 1;
  return Residual{&item, branch, 1 - branch};
}

// `from`: what only one of the two inputs is computed from.
std::optional<Residual> residual_of_inputs(const graph::TracedNetwork& traced, const Item& item) {
  for (std::size_t k = 0; k < traced.network.layers.size(); ++k) {
    const graph::Layer& layer = traced.network.layers[k];
    if (traced.uses[static_cast<std::size_t>(traced.use_of[k])].item != &item) continue;
    const auto a = ancestors(traced.network, layer.inputs[0]);
    const auto b = ancestors(traced.network, layer.inputs[1]);
    const int first = convolutions_in(traced.network, a, b);
    const int second = convolutions_in(traced.network, b, a);
    if (first == second) return std::nullopt;
    const std::size_t branch = first > second ? 0 : 1;
    return Residual{&item, branch, 1 - branch};
  }
  return std::nullopt;
}

class UnitEndFinder {
 public:
  explicit UnitEndFinder(const Editor& editor) : structure_(&editor.structure()) {
    for (const graph::ItemUse& use : editor.traced().uses) built_.insert(use.item);
  }

  std::vector<UnitEnd> run() {
    find_list_ends();
    if (ends_.empty()) find_convolution_ends();
    return std::move(ends_);
  }

 private:
  // Lists with several parts that have convolutions, and those with a concatenation of such parts,
  // which are used more than once or stand in a group.
  void find_list_ends() {
    std::set<const std::vector<Item>*> seen;
    for (const Item* item : structure_->items()) {
      const Place& place = structure_->place(*item);
      if (!seen.insert(place.list).second) continue;
      const bool whole_block = place.around == nullptr && place.block != kMain &&
                               (structure_->uses(place.block).size() > 1 ||
                                structure_->place(*structure_->uses(place.block).front()).repeated);
      const bool group = place.around != nullptr && place.around->form == Item::Form::kGroup &&
                         !is_alternative_group(*place.around);
      if ((whole_block || group) && is_unit(*place.list))
        ends_.push_back({last_part(*place.list), &place.list->back()});
    }
  }

  bool is_alternative_group(const Item& item) const {
    const Place& place = structure_->place(item);
    return is_alternative(*place.list, place.index);
  }

  // Of a layer and its alternatives the one that is built.
  const Item* last_part(const std::vector<Item>& list) const {
    const Item* last = nullptr;
    for (std::size_t k = 0; k < list.size(); ++k) {
      if (structure_->count(list[k], is_convolution) == 0) continue;
      if (!is_alternative(list, k) || is_built(list[k])) last = &list[k];
    }
    return last;
  }

  bool is_built(const Item& item) const {
    return structure_->count(item, [&](const Item& inner) { return built_.contains(&inner); }) > 0;
  }

  bool is_unit(const std::vector<Item>& list) const {
    int parts = 0;
    for (std::size_t k = 0; k < list.size(); ++k) {
      if (is_alternative(list, k)) continue;
      const Item& item = list[k];
      const int convolutions = structure_->count(item, is_convolution);
      if (convolutions > 1 && item.form != Item::Form::kMerge) return false;  // has units itself
      if (item.repeat && convolutions > 0) return false;
      parts += convolutions;
    }
    return parts > 1;
  }

  // As in SE-VGG: after the activation of each convolution.
  void find_convolution_ends() {
    for (const Item* item : structure_->items()) {
      const Place& place = structure_->place(*item);
      if (!is_convolution(*item) ||
          (place.around != nullptr && is_alternative_group(*place.around)))
        continue;
      const Neighbours after = neighbours_of(*structure_, *item);
      if (!after.follow) continue;
      const Item* part = item;
      for (std::size_t k = place.index + 1; k < after.end && is_alternative(*place.list, k); ++k) {
        if (is_built((*place.list)[k])) part = &(*place.list)[k];
      }
      ends_.push_back({part, &(*place.list)[after.end - 1]});
    }
  }

  const Structure* structure_;
  std::vector<UnitEnd> ends_;
  std::set<const Item*> built_;  // that the network's layers come from
};

}  // namespace

std::vector<Residual> find_residuals(const Editor& editor) {
  const Structure& structure = editor.structure();
  std::vector<Residual> residuals;
  for (const Item* item : structure.items()) {
    const bool adds = item->kind == &layers::kinds::add_kind;
    if (item->form != Item::Form::kMerge || !(adds || item->kind == &layers::kinds::concat_kind))
      continue;
    const auto found = adds && item->from.size() == 2
                           ? residual_of_inputs(editor.traced(), *item)
                           : residual_of_branches(structure, *item, adds);
    if (found) residuals.push_back(*found);
  }
  return residuals;
}

std::vector<UnitEnd> find_unit_ends(const Editor& editor) { return UnitEndFinder(editor).run(); }

}  // namespace archcost::rewrite
