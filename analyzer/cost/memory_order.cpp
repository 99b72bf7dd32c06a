// SPDX-License-Identifier: Apache-2.0
// Orders of execution that lower the peak of activation memory.
//
// The network falls into segments where a single tensor is alive: whatever the order, all layers
// before such a point run before all behind it. In a segment, sets of executed layers are explored
// level by level (a level holds the sets of one size), keeping for each set the lowest peak that
// leads to it. That is exact; when a level grows too large only its best sets are kept, fewer in a
// longer segment, so that the work stays within kMostSteps. The result is then a good order. It is
// proved to be the best where its peak is what a single layer needs with its inputs.
#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "core/text.hpp"
#include "cost/liveness.hpp"
#include "cost/memory.hpp"

namespace archcost::cost {
namespace {

constexpr std::size_t kMostSets = 4000;        // of a level
constexpr std::size_t kBeam = 400;             // what is kept of a level that is larger, at most
constexpr std::size_t kMostSteps = 2'000'000;  // of the beam of a segment, about: some seconds
constexpr std::size_t kLongest = 1000;         // layers of a segment that is searched
constexpr std::size_t kShort = 250;            // layers of a segment that is searched in any case

using Bits = std::vector<std::uint64_t>;
struct BitsHash {
  std::size_t operator()(const Bits& bits) const {
    std::size_t hash = 0;
    for (std::uint64_t word : bits) hash = (hash ^ word) * 0x9E3779B97F4A7C15u + (hash >> 29);
    return hash;
  }
};
bool has(const Bits& bits, int k) { return (bits[k / 64] >> (k % 64) & 1) != 0; }
void set(Bits& bits, int k) { bits[k / 64] |= std::uint64_t{1} << (k % 64); }

struct State {
  Count peak;   // lowest over the ways here
  Count bytes;  // alive between layers
  int last = -1;
  const Bits* before = nullptr;
};
using Level = std::unordered_map<Bits, State, BitsHash>;

// The layers of one segment, numbered from 0, and what runs among them.
class Segment {
 public:
  Segment(const Liveness& liveness, std::vector<graph::LayerId> layers, Count entering)
      : liveness_(&liveness), layers_(std::move(layers)), entering_(entering) {
    beam_ = std::clamp<std::size_t>(kMostSteps / (layers_.size() * layers_.size()), 1, kBeam);
    for (std::size_t k = 0; k < layers_.size(); ++k) index_[layers_[k]] = static_cast<int>(k);
  }

  /// `exact` becomes false where not every order was considered.
  std::vector<graph::LayerId> best_order(bool& exact, const MemoryProgress& progress) const {
    const int n = static_cast<int>(layers_.size());
    if (n == 1) return layers_;
    if (layers_.size() > kLongest) {
      exact = false;
      return layers_;
    }
    std::vector<Level> levels(n + 1);
    levels[0].emplace(Bits((n + 63) / 64), State{entering_, entering_, -1, nullptr});
    for (int size = 0; size < n; ++size) {
      if (levels[size].size() > std::min(kMostSets, kMostSteps / (4 * layers_.size()))) {
        prune(levels[size]);
        exact = false;
        if (progress) progress(fmt::format("order of execution: layer {} of {}", size, n));
      }
      for (const auto& [bits, state] : levels[size]) {
        for (int k = 0; k < n; ++k) {
          if (!has(bits, k) && ready(bits, k)) step(bits, state, k, levels[size + 1]);
        }
      }
    }
    std::vector<graph::LayerId> order;
    const State* state = &levels[n].begin()->second;
    for (int size = n; size > 0; --size) {
      order.push_back(layers_[state->last]);
      state = &levels[size - 1].at(*state->before);
    }
    std::reverse(order.begin(), order.end());
    return order;
  }

 private:
  bool ran(const Bits& bits, graph::LayerId layer) const {
    const auto found = index_.find(layer);
    return found == index_.end() || has(bits, found->second);  // outside the segment: before it
  }

  bool ready(const Bits& bits, int k) const {
    const auto& needs = liveness_->needs(layers_[k]);
    return std::all_of(needs.begin(), needs.end(),
                       [&](graph::LayerId id) { return ran(bits, id); });
  }

  // Whether layer k is the last to read the tensor.
  bool read_last(const Bits& bits, int tensor, int k) const {
    if (liveness_->is_result(tensor)) return false;
    const auto& readers = liveness_->readers(tensor);
    return std::all_of(readers.begin(), readers.end(),
                       [&](graph::LayerId id) { return id == layers_[k] || ran(bits, id); });
  }

  void step(const Bits& bits, const State& state, int k, Level& next) const {
    const graph::LayerId layer = layers_[k];
    const bool nothing_new = liveness_->is_view(layer) || liveness_->is_given(layer);
    const Count output = nothing_new ? Count(0) : liveness_->bytes(liveness_->tensor_of(layer));
    const auto& candidates = liveness_->overwritable(layer);
    const bool overwrites = std::any_of(candidates.begin(), candidates.end(),
                                        [&](int tensor) { return read_last(bits, tensor, k); });
    State after;
    after.peak = max(state.peak, state.bytes + (overwrites ? Count(0) : output));
    after.bytes = state.bytes + output;
    for (int tensor : liveness_->reads(layer)) {
      if (read_last(bits, tensor, k)) after.bytes = after.bytes - liveness_->bytes(tensor);
    }
    after.last = k;
    after.before = &bits;
    Bits with = bits;
    set(with, k);
    const auto [place, fresh] = next.emplace(std::move(with), after);
    if (!fresh && after.peak < place->second.peak) place->second = after;
  }

  void prune(Level& level) const {
    std::vector<std::pair<const Bits*, const State*>> states;
    for (const auto& [bits, state] : level) states.emplace_back(&bits, &state);
    const auto better = [](const auto& a, const auto& b) {
      if (a.second->peak != b.second->peak) return a.second->peak < b.second->peak;
      if (a.second->bytes != b.second->bytes) return a.second->bytes < b.second->bytes;
      return *a.first < *b.first;
    };
    std::nth_element(states.begin(), states.begin() + static_cast<std::ptrdiff_t>(beam_),
                     states.end(), better);
    Level kept;
    for (std::size_t k = 0; k < beam_; ++k) kept.emplace(*states[k].first, *states[k].second);
    level = std::move(kept);
  }

  const Liveness* liveness_;
  std::vector<graph::LayerId> layers_;
  std::unordered_map<graph::LayerId, int> index_;
  Count entering_;
  std::size_t beam_;
};

// The bytes of a layer's inputs and output together: no order needs less while it runs.
Count least_bytes(const Liveness& liveness, graph::LayerId layer) {
  const bool writes = !liveness.is_view(layer) && liveness.overwritable(layer).empty();
  Count bytes = writes ? liveness.bytes(liveness.tensor_of(layer)) : Count(0);
  for (const int tensor : liveness.reads(layer)) bytes += liveness.bytes(tensor);
  return bytes;
}

// Of the layer that needs the most, which is put into `layer`.
Count lower_bound_of(const Liveness& liveness, graph::LayerId& layer) {
  Count most;
  for (graph::LayerId id = 0; id < liveness.layers(); ++id) {
    const Count bytes = least_bytes(liveness, id);
    if (!(most < bytes)) continue;
    most = bytes;
    layer = id;
  }
  return most;
}

}  // namespace

SavingOrder memory_saving_order(const graph::Network& network, const MemoryOptions& options,
                                const MemoryProgress& progress) {
  const Liveness liveness(network, options);
  LiveSet live(liveness);
  SavingOrder saving;
  saving.exact = true;
  std::vector<graph::LayerId> segment;
  Count entering = live.bytes();
  int branching = 0;
  std::size_t longest = 0;
  graph::LayerId largest = 0;
  const Count least = lower_bound_of(liveness, largest);
  const Count own = peak_memory(network, own_order(network), options).bytes;
  for (graph::LayerId layer : own_order(network)) {
    segment.push_back(layer);
    live.run(layer);
    const bool last = layer + 1 == static_cast<graph::LayerId>(network.layers.size());
    const int tensor = liveness.tensor_of(layer);
    // A single tensor is alive: the one just made.
    if (!last && live.bytes() != liveness.bytes(tensor)) continue;
    branching += segment.size() > 1 ? 1 : 0;
    longest = std::max(longest, segment.size());
    const bool skip = segment.size() > kShort && !(least < own);  // nothing can be gained
    saving.exact = saving.exact && !skip;
    if (!skip)
      segment = Segment(liveness, std::move(segment), entering).best_order(saving.exact, progress);
    saving.order.insert(saving.order.end(), segment.begin(), segment.end());
    segment.clear();
    entering = live.bytes();
  }
  const Count found = peak_memory(network, saving.order, options).bytes;
  if (!(found < own)) saving.order = own_order(network);
  if (saving.exact) {
    saving.method = fmt::format("exact: every order of {} branching segment{}", branching,
                                branching == 1 ? "" : "s");
    return saving;
  }
  saving.exact = !(least < (found < own ? found : own));
  saving.method =
      saving.exact
          ? fmt::format("exact: '{}' takes as much with its inputs in every order",
                        network.layers[largest].name)
          : fmt::format(
                "heuristic: a beam of {} sets or fewer where a segment has more than {}{}; no "
                "order takes less than the {} bytes of '{}' with its inputs",
                kBeam, kMostSets,
                longest > kLongest ? ", the own order where it has more than 1000 layers" : "",
                with_commas(least.value()), network.layers[largest].name);
  return saving;
}

}  // namespace archcost::cost
