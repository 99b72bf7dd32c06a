// SPDX-License-Identifier: Apache-2.0
#include "rewrite/theory.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "layers/kinds.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

double macs(const graph::Network& network) {
  double sum = 0;
  for (const graph::Layer& layer : network.layers)
    sum += static_cast<double>(layer.cost.macs.value());
  return sum;
}

std::map<std::string_view, const graph::Layer*> by_name(const graph::Network& network) {
  std::map<std::string_view, const graph::Layer*> layers;
  for (const graph::Layer& layer : network.layers) layers[layer.name] = &layer;
  return layers;
}

// The network's multiply-adds when each convolution has the given share of its own.
double with_shares(
    const graph::Network& before, const graph::Network& after,
    const std::function<double(const ConvSizes& own, const ConvSizes* other)>& share) {
  const auto left = by_name(after);
  const double total = macs(before);
  double sum = total;
  for (const graph::Layer& layer : before.layers) {
    const auto own = conv_sizes(before, layer);
    if (!own) continue;
    const auto found = left.find(layer.name);
    const auto other = found == left.end() ? std::nullopt : conv_sizes(after, *found->second);
    const auto layer_macs = static_cast<double>(layer.cost.macs.value());
    sum += layer_macs * (share(*own, other ? &*other : nullptr) - 1);
  }
  return total > 0 ? sum / total : 1;
}

}  // namespace

double separable_theory(const graph::Network& before, const graph::Network& after) {
  return with_shares(before, after, [](const ConvSizes& own, const ConvSizes* other) {
    if (other != nullptr) return 1.0;
    return 1.0 / static_cast<double>(own.out) +
           1.0 / static_cast<double>(own.kernel_height * own.kernel_width);
  });
}

double groups_theory(const graph::Network& before, const graph::Network& after) {
  return with_shares(before, after, [](const ConvSizes& own, const ConvSizes* other) {
    return other == nullptr ? 1.0
                            : static_cast<double>(own.groups) / static_cast<double>(other->groups);
  });
}

// Gates that were there may have other names now: layers are told by their channels.
double squeeze_excite_theory(const graph::Network& before, const graph::Network& after) {
  std::map<std::pair<std::int64_t, std::int64_t>, int> known;
  const auto each = [](const graph::Network& network, const auto& visit) {
    for (const graph::Layer& layer : network.layers) {
      if (layer.is(layers::kinds::linear_kind))
        visit(network.shape(layer.inputs[0]).channels, layer.output.channels);
    }
  };
  each(before, [&](Count in, Count out) { ++known[{in.value(), out.value()}]; });
  double added = 0;
  each(after, [&](Count in, Count out) {
    int& left = known[{in.value(), out.value()}];
    // Each of a gate's two layers has C·C/r multiply-adds.
    if (left > 0)
      --left;
    else
      added += static_cast<double>((in * out).value());
  });
  const double total = macs(before);
  return total > 0 ? 1 + added / total : 1;
}

double width_theory(const graph::Network& before, const graph::Network& after) {
  double widest = 0, ratio = 1;
  const auto left = by_name(after);
  for (const graph::Layer& layer : before.layers) {
    const auto channels = static_cast<double>(layer.output.channels.value());
    const auto found = left.find(layer.name);
    if (!layers::has_kernel(*layer.kind) || found == left.end() || channels <= widest) continue;
    const auto now = static_cast<double>(found->second->output.channels.value());
    if (now == channels) continue;
    widest = channels;
    ratio = now / channels;
  }
  return ratio * ratio;
}

double resolution_theory(const graph::Network& before, const graph::Network& after) {
  const auto area = [](const TensorShape& shape) {
    return static_cast<double>((shape.height * shape.width).value());
  };
  return area(after.input) / area(before.input);
}

}  // namespace archcost::rewrite
