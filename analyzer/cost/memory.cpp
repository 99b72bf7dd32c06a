#include "cost/memory.hpp"

#include <set>

#include "cost/liveness.hpp"

namespace archcost {
namespace {

std::int64_t tensor_after(LayerId id) { return id + 1; }

}  // namespace

std::vector<LayerId> own_order(const Network& network) {
  std::vector<LayerId> order;
  for (std::size_t k = 0; k < network.layers.size(); ++k) order.push_back(static_cast<LayerId>(k));
  return order;
}

PeakMemory peak_memory(const Network& network, const std::vector<LayerId>& order, const MemoryOptions& options) {
  const Liveness liveness(network, options);
  LiveSet live(liveness);
  PeakMemory peak;
  for (LayerId layer : order) {
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

TrainingMemory training_memory(const Network& network, const DataTypes& types) {
  TrainingMemory memory;
  std::set<std::int64_t> kept;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const Layer& layer = network.layers[k];
    const std::string_view kind = layer.kind->name;
    const Family family = layer.kind->family;
    const bool keeps_inputs = family == Family::kConvolution || family == Family::kLinear || family == Family::kNormalisation ||
                              family == Family::kMatrix || kind == "multiply" || kind == "max_pool" || kind == "global_max_pool" ||
                              kind == "scale" || kind == "prelu" || kind == "swish" || kind == "hard_swish" || kind == "gelu";
    if (keeps_inputs) {
      for (LayerId input : layer.inputs) kept.insert(tensor_after(input));
    } else if (family == Family::kActivation) {
      kept.insert(tensor_after(static_cast<LayerId>(k)));
    }
    memory.weights += bytes_of(layer.cost.params + layer.cost.buffers, types.weights);
    memory.gradients += bytes_of(layer.cost.params, types.weights);
  }
  for (const std::int64_t tensor : kept) {
    const TensorShape& shape = network.shape(static_cast<LayerId>(tensor - 1));
    memory.kept_activations += bytes_of(shape.elements() * Count(network.batch), types.activations);
  }
  return memory;
}

}  // namespace archcost
