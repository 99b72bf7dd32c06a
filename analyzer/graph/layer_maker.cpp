// SPDX-License-Identifier: Apache-2.0
#include "graph/layer_maker.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "core/text.hpp"
#include "graph/bind.hpp"
#include "layers/layer_table.hpp"

namespace archcost::graph {
namespace {

SourceRef place_of(const spec::Item& item, std::string_view attribute) {
  const spec::NamedExpression* written = find_named(item.arguments, attribute);
  return written == nullptr ? item.where : written->value.where;
}

// "; 2, 4 or 8 works": the divisors of `total` next to `number`, two on each side where they are
// near. Empty for a total of 0.
std::string divisors_text(std::int64_t number, std::int64_t total) {
  constexpr std::int64_t kReach = 1000;
  constexpr std::size_t kEach = 2;
  std::vector<std::string> below, above;
  const std::int64_t start = std::clamp<std::int64_t>(number, 1, std::max<std::int64_t>(total, 1));
  for (std::int64_t n = start; n >= 1 && start - n < kReach && below.size() < kEach; --n) {
    if (total > 0 && total % n == 0) below.insert(below.begin(), std::to_string(n));
  }
  for (std::int64_t n = start + 1; n <= total && n - start < kReach && above.size() < kEach; ++n) {
    if (total % n == 0) above.push_back(std::to_string(n));
  }
  below.insert(below.end(), above.begin(), above.end());
  return below.empty() ? std::string() : fmt::format("; {} works", join_or(below));
}

}  // namespace

Wire LayerMaker::add(const spec::Item& item, const layers::LayerKind& kind,
                     const spec::Environment& environment, const Flow& inputs, LabelId label) {
  Layer layer;
  layer.kind = &kind;
  const auto subject = [&] { return fmt::format("{} '{}'", kind.name, labels_->name(label)); };
  std::vector<AttributeFault> faults;
  bool known = bind_attributes(kind, item.arguments, environment, layer, faults);
  for (AttributeFault& fault : faults) {
    add_fault(fault.where, fmt::format("{}: {}", subject(), fault.message), fault.fixable);
  }
  if (item.call) known = bind_call(item, environment, layer) && known;
  if (!known || !is_known(inputs)) return kUnknownWire;
  layer.inputs.assign(inputs.begin(), inputs.end());
  try {
    std::vector<TensorShape> shapes;
    for (Wire wire : layer.inputs) shapes.push_back(*shape(wire));
    const layers::LayerView view = {layer.numbers, layer.words, shapes};
    layer.output = kind.shape(view);
    layer.cost = kind.cost(view, layer.output);
    layer.cost.activations = layer.output.elements();
  } catch (const layers::LayerFault& fault) {
    const bool of_inputs = fault.attribute.empty() && layer.inputs.size() > 1;
    add_fault(place_of(item, fault.attribute),
              fmt::format("{}: {}{}", subject(), fault.what(),
                          of_inputs ? "; they come from " + names_of(layer.inputs) : ""),
              true, divisors_text(fault.number, fault.total));
    return kUnknownWire;
  } catch (const CountOverflow&) {
    add_fault(item.where, fmt::format("{}: its sizes or costs need more than 64 bits", subject()),
              false);
    return kUnknownWire;
  }
  made_.layers.push_back(std::move(layer));
  made_.places.push_back(item.where);
  made_.labels.push_back(label);
  return static_cast<Wire>(made_.layers.size()) - 1;
}

// "'add.body.conv' and the input"
std::string LayerMaker::names_of(const std::vector<Wire>& wires) const {
  std::vector<std::string> names;
  for (const Wire wire : wires) {
    names.push_back(wire < 0 ? "the input"
                             : fmt::format("'{}'", labels_->name(made_.labels[wire])));
  }
  return join(names, " and ");
}

bool LayerMaker::bind_call(const spec::Item& item, const spec::Environment& environment,
                           Layer& layer) {
  const auto value = value_of(item.call->value, environment, item, *diagnostics_);
  if (!value) return false;
  const std::string word = value->is_word() ? value->word() : "";
  const auto found = std::find(spec::kCallWords.begin(), spec::kCallWords.end(), word);
  if (found == spec::kCallWords.end()) {
    diagnostics_->add(item.call->value.where,
                      fmt::format("call must be module, subclass, function or method, not '{}'",
                                  spec::to_string(*value)));
    return false;
  }
  layer.call = static_cast<Call>(found - spec::kCallWords.begin());
  return true;
}

void LayerMaker::add_fault(const SourceRef& where, std::string message, bool fixable,
                           std::string fix) {
  if (fixable && !made_.fixable && diagnostics_->empty()) {
    made_.fixable = true;
    made_.fixable_place = where;
    made_.fix = std::move(fix);
  }
  diagnostics_->add(where, std::move(message));
}

void LayerMaker::name_layers(const Sources& sources, const std::vector<TakenName>& taken) {
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t k = 0; k < made_.layers.size(); ++k) {
    Layer& layer = made_.layers[k];
    layer.name = labels_->name(made_.labels[k]);
    const auto [other, fresh] = seen.emplace(layer.name, k);
    if (fresh) continue;
    diagnostics_->add(
        made_.places[k],
        fmt::format("two layers are called '{}', the other one at {}; name one of them", layer.name,
                    sources.place(made_.places[other->second])));
  }
  for (const auto& [label, reference] : taken) {
    const std::string last = split(reference.path, '.').back();
    const std::string name = labels_->name(label);
    if (name.ends_with(last)) continue;
    diagnostics_->add(
        reference.where,
        fmt::format("'{}' is the name of several layers here; this one is '{}'", last, name));
  }
}

// What keeps two layers from having the same weights; nothing if they can.
std::optional<std::string> LayerMaker::weights_differ(const Layer& layer,
                                                      const Layer& owner) const {
  const auto channels = [&](const Layer& one) { return shape(one.inputs.front())->channels; };
  const bool same_sizes =
      layer.kind == owner.kind && layer.cost.params == owner.cost.params &&
      layer.cost.weights == owner.cost.weights && layer.cost.buffers == owner.cost.buffers &&
      channels(layer) == channels(owner) && layer.output.channels == owner.output.channels;
  if (!same_sizes)
    return fmt::format("a {} of {} params on {} channels, and a {} of {} on {}", layer.kind->name,
                       layer.cost.params.shown(), channels(layer).shown(), owner.kind->name,
                       owner.cost.params.shown(), channels(owner).shown());
  for (const std::string_view name : {"kernel", "groups", "over"}) {
    const int index = layers::find_attribute(*layer.kind, name);
    if (index < 0) continue;
    const layers::Slot slot = layers::slot_of(layer.kind->attributes, index);
    const layers::AttributeType type = layer.kind->attributes[index].type;
    const auto first = layer.numbers.begin() + slot.number;
    const bool same = type == layers::AttributeType::kWord
                          ? layer.words[slot.word] == owner.words[slot.word]
                          : std::equal(first, first + layers::number_width(type),
                                       owner.numbers.begin() + slot.number);
    if (!same) return fmt::format("they differ in '{}'", name);
  }
  return std::nullopt;
}

void LayerMaker::share_weights(const std::vector<SharedWeights>& shared) {
  if (shared.empty()) return;
  std::unordered_map<std::string, LayerId> by_name;
  for (std::size_t k = 0; k < made_.layers.size(); ++k)
    by_name.emplace(made_.layers[k].name, static_cast<LayerId>(k));
  for (const SharedWeights& row : shared) {
    const std::string own = labels_->name(row.label), other = labels_->name(row.of);
    bool any = false;
    for (Layer& layer : made_.layers) {
      const bool inside = layer.name == own || layer.name.starts_with(own + ".");
      if (!inside || layer.cost.params + layer.cost.buffers == Count(0)) continue;
      any = true;
      const std::string wanted = other + layer.name.substr(own.size());
      const auto found = by_name.find(wanted);
      if (found == by_name.end()) {
        diagnostics_->add(row.reference.where,
                          fmt::format("weights_of: '{}' would use the weights of '{}', and there "
                                      "is no such layer",
                                      layer.name, wanted));
        return;
      }
      const Layer& owner = made_.layers[found->second];
      if (const auto difference = weights_differ(layer, owner)) {
        diagnostics_->add(row.reference.where,
                          fmt::format("weights_of: '{}' can't use the weights of '{}': {}",
                                      layer.name, wanted, *difference));
        return;
      }
      const LayerId resolved = owner.weights_of.value_or(found->second);
      if (&made_.layers[resolved] == &layer) {
        diagnostics_->add(row.reference.where,
                          fmt::format("weights_of: '{}' would use its own weights; name another "
                                      "layer, which has weights",
                                      layer.name));
        return;
      }
      layer.weights_of = resolved;
    }
    if (!any)
      diagnostics_->add(row.reference.where, fmt::format("weights_of: '{}' has no weights", own));
  }
}

std::optional<TensorShape> LayerMaker::shape(Wire wire) const {
  if (wire == kUnknownWire) return std::nullopt;
  return wire == kNetworkInput ? input_ : made_.layers[wire].output;
}

}  // namespace archcost::graph
