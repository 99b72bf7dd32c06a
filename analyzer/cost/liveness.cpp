// SPDX-License-Identifier: Apache-2.0
#include "cost/liveness.hpp"

#include <algorithm>

namespace archcost::cost {
namespace {

template <class T>
void add_once(std::vector<T>& list, T item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

}  // namespace

Liveness::Liveness(const graph::Network& network, const MemoryOptions& options) {
  const std::size_t n = network.layers.size();
  bytes_.resize(n + 1);
  readers_.resize(n + 1);
  reads_.resize(n);
  needs_.resize(n);
  overwritable_.resize(n);
  views_.resize(n);
  given_.resize(n);
  bytes_[0] = bytes_of(network.input.elements() * Count(network.batch), options.type);
  for (std::size_t k = 0; k < n; ++k) {
    const graph::Layer& layer = network.layers[k];
    const auto id = static_cast<graph::LayerId>(k);
    for (graph::LayerId input : layer.inputs) {
      const int tensor = input == graph::kNetworkInput ? 0 : outputs_[input];
      add_once(reads_[k], tensor);
      add_once(readers_[tensor], id);
      if (input != graph::kNetworkInput) add_once(needs_[k], input);
    }
    given_[k] = layer.inputs.empty();
    views_[k] = archcost::layers::is_view(*layer.kind);
    outputs_.push_back(views_[k] ? reads_[k].front() : id + 1);
    if (!views_[k])
      bytes_[k + 1] = bytes_of(layer.output.elements() * Count(network.batch), options.type);
    if (options.in_place && layer.kind->in_place) {
      for (int tensor : reads_[k]) {
        if (bytes_[tensor] == bytes_[k + 1]) overwritable_[k].push_back(tensor);
      }
    }
  }
  results_.resize(n + 1);
  for (const graph::LayerId output : network.outputs) results_[outputs_[output]] = true;
}

LiveSet::LiveSet(const Liveness& liveness) : liveness_(&liveness) {
  const int n = liveness.layers();
  unread_.resize(n + 1);
  there_.resize(n + 1);
  for (int tensor = 0; tensor <= n; ++tensor)
    unread_[tensor] = static_cast<int>(liveness.readers(tensor).size());
  there_[0] = true;
  bytes_ = liveness.bytes(0);
  for (graph::LayerId layer = 0; layer < n; ++layer) {
    if (!liveness.is_given(layer)) continue;
    there_[liveness.tensor_of(layer)] = true;
    bytes_ += liveness.bytes(liveness.tensor_of(layer));
  }
}

bool LiveSet::overwrites(graph::LayerId layer) const {
  const auto& candidates = liveness_->overwritable(layer);
  return std::any_of(candidates.begin(), candidates.end(), [&](int tensor) {
    return unread_[tensor] == 1 && !liveness_->is_result(tensor);
  });
}

Count LiveSet::bytes_if_run(graph::LayerId layer) const {
  const bool nothing_new = liveness_->is_view(layer) || liveness_->is_given(layer);
  if (nothing_new || overwrites(layer)) return bytes_;
  return bytes_ + liveness_->bytes(liveness_->tensor_of(layer));
}

Count LiveSet::run(graph::LayerId layer) {
  const Count during = bytes_if_run(layer);
  if (!liveness_->is_view(layer) && !liveness_->is_given(layer)) {
    const int output = liveness_->tensor_of(layer);
    there_[output] = true;
    bytes_ += liveness_->bytes(output);
  }
  for (int tensor : liveness_->reads(layer)) {
    if (--unread_[tensor] > 0 || liveness_->is_result(tensor)) continue;
    there_[tensor] = false;
    bytes_ = bytes_ - liveness_->bytes(tensor);
  }
  return during;
}

std::vector<int> LiveSet::alive_with(graph::LayerId layer) const {
  std::vector<int> alive;
  const bool written_over = overwrites(layer);
  for (int tensor = 0; tensor < static_cast<int>(there_.size()); ++tensor) {
    const bool output =
        !liveness_->is_view(layer) && !written_over && tensor == liveness_->tensor_of(layer);
    if (there_[tensor] || output) alive.push_back(tensor);
  }
  return alive;
}

}  // namespace archcost::cost
