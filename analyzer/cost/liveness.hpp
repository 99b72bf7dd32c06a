// SPDX-License-Identifier: Apache-2.0
// The tensors of a network and the layers that need them: the input of memory planning.
#pragma once

#include <vector>

#include "cost/memory.hpp"

namespace archcost::cost {

/// Tensors are numbered: 0 is the network's input, k + 1 the output of layer k. A view shares the
/// tensor of its input.
class Liveness {
 public:
  Liveness(const graph::Network& network, const MemoryOptions& options);

  int layers() const { return static_cast<int>(outputs_.size()); }
  int tensor_of(graph::LayerId layer) const { return outputs_[layer]; }
  Count bytes(int tensor) const { return bytes_[tensor]; }
  /// Tensors that the layer reads, each once.
  const std::vector<int>& reads(graph::LayerId layer) const { return reads_[layer]; }
  /// Layers that must have run before it, each once; views pass on the dependence.
  const std::vector<graph::LayerId>& needs(graph::LayerId layer) const { return needs_[layer]; }
  /// Layers that read a tensor.
  const std::vector<graph::LayerId>& readers(int tensor) const { return readers_[tensor]; }
  bool is_view(graph::LayerId layer) const { return views_[layer]; }
  /// An output of the network, which lives to the end.
  bool is_result(int tensor) const { return results_[tensor]; }
  /// A further input of the network: its tensor is there from the start.
  bool is_given(graph::LayerId layer) const { return given_[layer]; }
  /// Tensors that the layer may write over if it is their last reader.
  const std::vector<int>& overwritable(graph::LayerId layer) const { return overwritable_[layer]; }

 private:
  std::vector<int> outputs_;
  std::vector<Count> bytes_;
  std::vector<std::vector<int>> reads_, overwritable_;
  std::vector<std::vector<graph::LayerId>> needs_, readers_;
  std::vector<bool> views_, given_;
  std::vector<bool> results_;  // by tensor
};

/// Runs layers one by one and tracks the live tensors.
class LiveSet {
 public:
  explicit LiveSet(const Liveness& liveness);

  /// Runs a layer whose inputs have run; returns the bytes alive while it runs.
  Count run(graph::LayerId layer);
  /// What run() would return.
  Count bytes_if_run(graph::LayerId layer) const;
  Count bytes() const { return bytes_; }
  std::vector<int> alive_with(graph::LayerId layer) const;

 private:
  bool overwrites(graph::LayerId layer) const;

  const Liveness* liveness_;
  std::vector<int> unread_;  // readers that have not run, by tensor
  std::vector<bool> there_;  // by tensor
  Count bytes_;
};

}  // namespace archcost::cost
