// SPDX-License-Identifier: Apache-2.0
#include "graph/network.hpp"

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"
#include "layers/window.hpp"

namespace archcost::graph {

std::vector<TensorShape> Network::input_shapes(const Layer& layer) const {
  std::vector<TensorShape> shapes;
  shapes.reserve(layer.inputs.size());
  for (LayerId id : layer.inputs) shapes.push_back(shape(id));
  return shapes;
}

LayerCost added_cost(const Layer& layer) {
  LayerCost cost = layer.cost;
  if (layer.weights_of) cost.params = cost.buffers = cost.weights = Count(0);
  return cost;
}

std::size_t weight_sharing_layers(const Network& network) {
  return static_cast<std::size_t>(
      std::count_if(network.layers.begin(), network.layers.end(),
                    [](const Layer& layer) { return layer.weights_of.has_value(); }));
}

bool same_network(const Network& a, const Network& b) {
  const auto same = [](const Layer& x, const Layer& y) {
    return x.kind == y.kind && x.output == y.output && x.inputs == y.inputs &&
           x.numbers == y.numbers && x.words == y.words && x.reals == y.reals &&
           x.weights_of == y.weights_of;
  };
  return a.input == b.input && a.outputs == b.outputs &&
         std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(), same);
}

std::string class_name(const Network& network, const Layer& layer) {
  if (layer.kind->class_name == nullptr) return spaced(layer.kind->name);
  const std::vector<TensorShape> inputs = network.input_shapes(layer);
  return layer.kind->class_name({layer.numbers, layer.words, inputs});
}

layers::SpatialEffect spatial_effect(const Network& network, const Layer& layer) {
  if (layer.kind->spatial_of == nullptr) return layer.kind->spatial;
  const std::vector<TensorShape> inputs = network.input_shapes(layer);
  return layer.kind->spatial_of({layer.numbers, layer.words, inputs}, layer.output);
}

std::optional<Padding> resolved_padding(const Network& network, const Layer& layer) {
  const layers::LayerKind& kind = *layer.kind;
  const int pad = layers::find_attribute(kind, "pad");
  if (pad < 0) return std::nullopt;
  const std::vector<TensorShape> inputs = network.input_shapes(layer);
  const layers::LayerView view = {layer.numbers, layer.words, inputs};
  const auto extent = [&](std::string_view name) {
    const int index = layers::find_attribute(kind, name);
    return index < 0 ? Extent{1, 1} : view.extent(layers::slot_of(kind.attributes, index));
  };
  const layers::Window window = {extent("kernel"), extent("stride"), extent("dilation"), {}};
  return layers::resolve_padding(view, layers::slot_of(kind.attributes, pad), window,
                                 kind.spatial == layers::SpatialEffect::kTransposedWindow);
}

std::size_t unsupported_layers(const Network& network) {
  std::size_t count = 0;
  for (const Layer& layer : network.layers) count += layer.is(layers::kinds::unsupported_kind);
  return count;
}

}  // namespace archcost::graph
