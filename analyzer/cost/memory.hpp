// SPDX-License-Identifier: Apache-2.0
// Memory that activations take while a network runs, by liveness over an order of execution.
//
// A layer's output is a tensor from the moment the layer runs until its last consumer has run;
// while a layer runs, its inputs and its output are live together. flatten, reshape and dropout
// are views: their output is their input's memory. The network's input is a tensor too. Weights are
// counted separately.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/data_type.hpp"
#include "graph/network.hpp"

namespace archcost::cost {

struct MemoryOptions {
  DataType type = DataType::kF32;
  /// An activation, norm, scale, addition or product writes over an input of its own size that
  /// no other layer needs any more.
  bool in_place = false;
};

struct MemoryStep {
  graph::LayerId layer = graph::kNetworkInput;
  Count bytes;  ///< alive while the layer runs
};

struct PeakMemory {
  Count bytes;
  graph::LayerId at = graph::kNetworkInput;  ///< the (first) layer that runs at the peak
  std::vector<graph::LayerId>
      alive;  ///< tensors there, by the layer that made them; kNetworkInput for the input
  std::vector<MemoryStep> timeline;  ///< a step for each layer, in the order of execution
};

/// The network's own order: 0, 1, 2, ...
std::vector<graph::LayerId> own_order(const graph::Network& network);

/// The peak under an order of execution in which every layer follows its inputs. For the
/// whole batch.
PeakMemory peak_memory(const graph::Network& network, const std::vector<graph::LayerId>& order,
                       const MemoryOptions& options);

/// The bytes of that peak for the network's own order.
Count peak_bytes(const graph::Network& network, const MemoryOptions& options);

/// An order that lowers the peak, never one that raises it.
struct SavingOrder {
  std::vector<graph::LayerId> order;
  bool exact = false;  ///< proved to have the lowest peak of all orders
  std::string method;  ///< what was done, and what is proved, for people
};
/// Progress for people: "order of execution: layer 40 of 301".
using MemoryProgress = std::function<void(const std::string&)>;
/// Takes some seconds for a network with hundreds of branches beside each other.
SavingOrder memory_saving_order(const graph::Network& network, const MemoryOptions& options,
                                const MemoryProgress& progress = {});

/// What training keeps for the backward pass. Each tensor that some layer's gradient needs is
/// counted once: inputs of convolutions, linear layers, norms, products and max pools, outputs of
/// activations, the tensors inside attention. The outputs of flattening and reshaping are their
/// input's memory. Weights and as many gradients are extra, and so is an optimiser's state.
struct TrainingMemory {
  Count kept_activations, weights, gradients;  ///< bytes
};
TrainingMemory training_memory(const graph::Network& network, const DataTypes& types);

}  // namespace archcost::cost
