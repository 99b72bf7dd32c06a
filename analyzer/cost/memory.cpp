// SPDX-License-Identifier: Apache-2.0
#include "cost/memory.hpp"

#include <set>

#include "cost/liveness.hpp"
#include "layers/attention.hpp"
#include "layers/kinds.hpp"

namespace archcost::cost {
namespace {

// The layer that owns the memory of a layer's output: flattening and reshaping don't copy.
graph::LayerId storage_of(const graph::Network& network, graph::LayerId id) {
  while (id != graph::kNetworkInput && network.layers[id].kind->view == layers::ViewWhen::kAlways) {
    id = network.layers[id].inputs[0];
  }
  return id;
}

// Elements that a layer keeps inside: attention its queries, keys, values, attention weights and
// the heads' outputs.
Count kept_inside(const graph::Network& network, const graph::Layer& layer) {
  if (!layer.is(layers::kinds::multi_head_attention_kind)) return 0;
  const layers::AttentionSizes sizes =
      layers::attention_sizes(layer.numbers, network.input_shapes(layer));
  return Count(2) * sizes.depth *
             (sizes.heads * layer.output.area() + sizes.kv_heads * sizes.context_tokens) +
         layer.cost.compares;
}

}  // namespace

std::vector<graph::LayerId> own_order(const graph::Network& network) {
  std::vector<graph::LayerId> order;
  for (std::size_t k = 0; k < network.layers.size(); ++k)
    order.push_back(static_cast<graph::LayerId>(k));
  return order;
}

PeakMemory peak_memory(const graph::Network& network, const std::vector<graph::LayerId>& order,
                       const MemoryOptions& options) {
  const Liveness liveness(network, options);
  LiveSet live(liveness);
  PeakMemory peak;
  for (graph::LayerId layer : order) {
    const Count during = live.bytes_if_run(layer);
    if (peak.timeline.empty() || peak.bytes < during) {
      peak.bytes = during;
      peak.at = layer;
      peak.alive.clear();
      for (int tensor : live.alive_with(layer)) peak.alive.push_back(tensor - 1);
    }
    live.run(layer);
    peak.timeline.push_back({layer, during});
  }
  return peak;
}

Count peak_bytes(const graph::Network& network, const MemoryOptions& options) {
  const Liveness liveness(network, options);
  LiveSet live(liveness);
  Count peak;
  for (graph::LayerId layer : own_order(network)) peak = max(peak, live.run(layer));
  return peak;
}

TrainingMemory training_memory(const graph::Network& network, const DataTypes& types) {
  TrainingMemory memory;
  std::set<graph::LayerId> kept;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    if (layer.kind->kept_for_backward == layers::KeptForBackward::kInputs) {
      for (graph::LayerId input : layer.inputs) kept.insert(storage_of(network, input));
    } else if (layer.kind->kept_for_backward == layers::KeptForBackward::kOutput) {
      kept.insert(static_cast<graph::LayerId>(k));
    }
    memory.kept_activations +=
        bytes_of(kept_inside(network, layer) * Count(network.batch), types.activations);
    const LayerCost added = graph::added_cost(layer);
    memory.weights += bytes_of(added.params + added.buffers, types.weights);
    memory.gradients += bytes_of(added.params, types.weights);
  }
  for (const graph::LayerId id : kept) {
    const TensorShape& shape = network.shape(id);
    memory.kept_activations += bytes_of(shape.elements() * Count(network.batch), types.activations);
  }
  return memory;
}

}  // namespace archcost::cost
