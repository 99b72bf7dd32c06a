// SPDX-License-Identifier: Apache-2.0
#include "exporter/shared_attention.hpp"

#include <algorithm>

#include "graph/layer_problem.hpp"
#include "layers/kinds.hpp"

namespace archcost::exporter {
namespace {

bool needs_projections(const graph::Layer& layer) {
  const auto number = [&](std::string_view name) { return graph::number_of(layer, name); };
  return layer.inputs.size() > 1 || number("kv_heads") != 0 || number("head_channels") != 0 ||
         number("windows") != 0;
}

}  // namespace

bool has_separate_projections(const graph::Network& network, const graph::Layer& layer) {
  const auto owner_of = [&](const graph::Layer& one) {
    return one.weights_of.value_or(static_cast<int>(&one - network.layers.data()));
  };
  const int owner = owner_of(layer);
  return std::any_of(network.layers.begin(), network.layers.end(), [&](const graph::Layer& other) {
    return other.is(layers::kinds::multi_head_attention_kind) && owner_of(other) == owner &&
           needs_projections(other);
  });
}

}  // namespace archcost::exporter
