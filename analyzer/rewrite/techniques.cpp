// SPDX-License-Identifier: Apache-2.0
#include "rewrite/techniques.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::rewrite {

using spec::Item;

namespace {

// The layers with weights from which no other one computes: their channels are the classes.
std::set<graph::LayerId> last_layers(const graph::Network& network) {
  std::set<graph::LayerId> last;
  std::vector<graph::LayerId> open = network.outputs;
  std::set<graph::LayerId> seen;
  while (!open.empty()) {
    const graph::LayerId id = open.back();
    open.pop_back();
    if (id == graph::kNetworkInput || !seen.insert(id).second) continue;
    const graph::Layer& layer = network.layers[static_cast<std::size_t>(id)];
    if (layers::has_kernel(*layer.kind))
      last.insert(id);
    else
      open.insert(open.end(), layer.inputs.begin(), layer.inputs.end());
  }
  return last;
}

}  // namespace

std::set<const Item*> items_of_classes(const graph::TracedNetwork& traced) {
  std::set<const Item*> items;
  for (graph::LayerId id : last_layers(traced.network)) {
    for (int use = traced.use_of[static_cast<std::size_t>(id)]; use >= 0;
         use = traced.uses[static_cast<std::size_t>(use)].around)
      items.insert(traced.uses[static_cast<std::size_t>(use)].item);
  }
  return items;
}

std::optional<ConvSizes> conv_sizes(const graph::Network& network, const graph::Layer& layer) {
  if (!layer.is(layers::kinds::conv_kind)) return std::nullopt;
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  const auto at = [&](std::string_view name) {
    return layers::slot_of(layer.kind->attributes, layers::find_attribute(*layer.kind, name));
  };
  const Extent kernel = view.extent(at("kernel"));
  return ConvSizes{kernel.height.value(), kernel.width.value(), view.number(at("groups")).value(),
                   network.shape(layer.inputs[0]).channels.value(), layer.output.channels.value()};
}

bool is_full_convolution(const graph::Network& network, const graph::Layer& layer) {
  const auto sizes = conv_sizes(network, layer);
  return sizes && sizes->spatial() && sizes->groups == 1;
}

bool is_normalisation(const Item& item) {
  return item.form == Item::Form::kLayer && item.kind->family == layers::Family::kNormalisation;
}

bool is_activation(const Item& item) {
  return item.form == Item::Form::kActivation ||
         (item.form == Item::Form::kLayer && item.kind->family == layers::Family::kActivation);
}

bool is_convolution(const Item& item) {
  return item.kind != nullptr && item.kind->family == layers::Family::kConvolution;
}

bool has_convolution(const Structure& structure, const Item& item) {
  return structure.count(item, is_convolution) > 0;
}

Neighbours neighbours_of(const Structure& structure, const Item& item) {
  const Place& place = structure.place(item);
  const std::vector<Item>& list = *place.list;
  Neighbours result;
  result.end = place.index + 1;
  while (result.end < list.size() && is_alternative(list, result.end)) ++result.end;
  const auto plain = [](const Item& other) { return other.from.empty() && !other.repeat; };
  while (result.end < list.size() && is_normalisation(list[result.end]) && plain(list[result.end]))
    result.layers.push_back(list[result.end++]);
  while (result.end < list.size() && is_activation(list[result.end]) && plain(list[result.end]))
    result.layers.push_back(list[result.end++]);
  result.follow = !result.layers.empty();
  if (result.follow) return result;
  std::size_t last = place.index;  // a shuffle may stand between
  while (last > 0 && list[last - 1].kind == &layers::kinds::channel_shuffle_kind) --last;
  std::size_t first = last;
  while (first > 0 && is_activation(list[first - 1]) && plain(list[first - 1])) --first;
  while (first > 0 && is_normalisation(list[first - 1]) && plain(list[first - 1])) --first;
  if (first < last && is_normalisation(list[first])) {
    for (std::size_t k = first; k < last; ++k) result.layers.push_back(list[k]);
  }
  return result;
}

namespace {

bool is_plain(const Item& item) { return item.from.empty() && !item.repeat; }

// Whether the item means the same in another block: it has no names of its own one.
bool means_same_elsewhere(const Item& item) {
  return std::all_of(item.arguments.begin(), item.arguments.end(), [](const auto& argument) {
    return std::all_of(
        argument.value.nodes.begin(), argument.value.nodes.end(), [](const auto& node) {
          return node.op != spec::ExpressionOp::kName || node.scope == spec::Scope::kWord;
        });
  });
}

bool same_activation(const Item& a, const Item& b) {
  return a.head == b.head && std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(),
                                        b.arguments.end(), [](const auto& x, const auto& y) {
                                          return x.name == y.name && x.value.text == y.value.text;
                                        });
}

// The activation that follows a list of layers which ends at `place`; null if there is none, or if
// the uses of a block differ.
const Item* activation_after(const Structure& structure, const Place& place) {
  std::vector<const Item*> around;
  if (place.around != nullptr) {
    if (place.around->form == Item::Form::kGroup) around = {place.around};
  } else if (place.block != kMain) {
    around = structure.uses(place.block);
  }
  const Item* found = nullptr;
  for (const Item* item : around) {
    const Place& outside = structure.place(*item);
    if (item->repeat) return nullptr;
    const bool last = outside.index + 1 == outside.list->size();
    const Item* next =
        last ? activation_after(structure, outside) : &(*outside.list)[outside.index + 1];
    if (next == nullptr || !is_activation(*next) || !is_plain(*next)) return nullptr;
    const bool same_scope = structure.place(*next).block == place.block;
    if (!same_scope && !means_same_elsewhere(*next)) return nullptr;
    if (found != nullptr && !same_activation(*found, *next)) return nullptr;
    found = next;
  }
  return found;
}

}  // namespace

std::vector<Item> layers_after(const Structure& structure, const Item& item) {
  Neighbours found = neighbours_of(structure, item);
  const Place& place = structure.place(item);
  const bool follow = found.follow || found.layers.empty();
  const bool open = found.layers.empty() || is_normalisation(found.layers.back());
  if (found.end < place.list->size() || !follow || !open) return found.layers;
  if (const Item* activation = activation_after(structure, place)) {
    found.layers.push_back(*activation);
    found.layers.back().name.clear();
  }
  return found.layers;
}

std::vector<Item> alternatives(const Item& item, const std::string& when,
                               std::vector<Item> alternative) {
  Item kept = item, other = layer_item("group", item.where);
  if (item.when) other.when = item.when;
  add_condition(kept, negated(when));
  add_condition(other, when);
  other.name = item.label();
  other.repeat = item.repeat;
  other.from = item.from;
  other.layers = std::move(alternative);
  return {std::move(kept), std::move(other)};
}

void add_alternative(Editor& editor, const Item& item, const std::string& when,
                     std::vector<Item> alternative) {
  editor.replace(item, alternatives(item, when, std::move(alternative)));
}

std::string never_kept(const graph::Network&, const graph::Layer&) { return {}; }

}  // namespace archcost::rewrite
