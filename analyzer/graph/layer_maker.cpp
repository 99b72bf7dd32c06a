// SPDX-License-Identifier: Apache-2.0
#include "graph/layer_maker.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "core/text.hpp"
#include "graph/bind.hpp"

namespace archcost::graph {
namespace {

SourceRef place_of(const spec::Item& item, std::string_view attribute) {
  const spec::NamedExpression* written = find_named(item.arguments, attribute);
  return written == nullptr ? item.where : written->value.where;
}

}  // namespace

Wire LayerMaker::add(const spec::Item& item, const layers::LayerKind& kind,
                     const spec::Environment& environment, std::vector<Wire> inputs,
                     LabelId label) {
  Layer layer;
  layer.kind = &kind;
  const auto subject = [&] { return fmt::format("{} '{}'", kind.name, labels_->name(label)); };
  std::vector<AttributeFault> faults;
  bool known = bind_attributes(kind, item.arguments, environment, layer, faults);
  for (AttributeFault& fault : faults) {
    add_fault(fault.where, fmt::format("{}: {}", subject(), fault.message), fault.fixable);
  }
  if (item.call) known = bind_call(item, environment, layer) && known;
  if (!known || is_one_of(kUnknownWire, inputs)) return kUnknownWire;
  layer.inputs = std::move(inputs);
  try {
    std::vector<TensorShape> shapes;
    for (Wire wire : layer.inputs) shapes.push_back(*shape(wire));
    const layers::LayerView view = {layer.numbers, layer.words, shapes};
    layer.output = kind.shape(view);
    layer.cost = kind.cost(view, layer.output);
    layer.cost.activations = layer.output.elements();
  } catch (const layers::LayerFault& fault) {
    add_fault(place_of(item, fault.attribute), fmt::format("{}: {}", subject(), fault.what()),
              true);
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

void LayerMaker::add_fault(const SourceRef& where, std::string message, bool fixable) {
  if (fixable && !made_.fixable && diagnostics_->empty()) {
    made_.fixable = true;
    made_.fixable_place = where;
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

std::optional<TensorShape> LayerMaker::shape(Wire wire) const {
  if (wire == kUnknownWire) return std::nullopt;
  return wire == kNetworkInput ? input_ : made_.layers[wire].output;
}

}  // namespace archcost::graph
