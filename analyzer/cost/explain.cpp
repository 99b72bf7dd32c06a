// SPDX-License-Identifier: Apache-2.0
#include "cost/explain.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <set>

#include "core/text.hpp"
#include "graph/layer_problem.hpp"
#include "layers/attention.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::cost {
namespace {

struct ConvFacts {
  Extent kernel;
  Count in, out, groups, area;
};

bool is_conv(const graph::Layer& layer) { return layer.is(layers::kinds::conv_kind); }

ConvFacts conv_facts(const graph::Network& network, const graph::Layer& layer) {
  return {graph::extent_of(layer, "kernel"), network.shape(layer.inputs[0]).channels,
          layer.output.channels, graph::count_of(layer, "groups"), layer.output.area()};
}

bool is_depthwise(const ConvFacts& conv) { return conv.groups == conv.in && conv.in > Count(1); }
bool is_pointwise(const ConvFacts& conv) { return conv.kernel.area() == Count(1); }

// Layers that keep channels separate and positions in place.
bool is_channelwise(const graph::Layer& layer) {
  return layer.inputs.size() == 1 && layer.kind->elementwise;
}
// The same, and norms and softmax, which compute with other channels too.
bool keeps_places(const graph::Layer& layer) {
  const layers::Family family = layer.kind->family;
  return layer.inputs.size() == 1 &&
         (layer.kind->elementwise || family == layers::Family::kActivation ||
          family == layers::Family::kNormalisation);
}

std::string product(const std::vector<Count>& factors) {
  std::vector<std::string> words;
  for (Count factor : factors) words.push_back(std::to_string(factor.value()));
  return join(words, " · ");
}

void describe_formula(const graph::Network& network, const graph::Layer& layer, KindFormula& kind) {
  const TensorShape in = network.shape(layer.inputs[0]);
  const TensorShape& out = layer.output;
  if (is_conv(layer)) {
    const ConvFacts conv = conv_facts(network, layer);
    const bool point = is_pointwise(conv);
    kind.pointwise = point && conv.groups == Count(1);
    if (is_depthwise(conv)) {
      const char* channels = conv.out == conv.in ? "M" : "N";
      kind.formula = fmt::format("{}{} · H · W", point ? "" : "K · K · ", channels);
      kind.numbers =
          product({conv.kernel.height, conv.kernel.width, conv.out, out.height, out.width});
    } else if (conv.groups > Count(1)) {
      kind.formula = point ? "M/g · N · H · W" : "K · K · M/g · N · H · W";
      kind.numbers = fmt::format(
          "{}{}/{} · {}", point ? "" : product({conv.kernel.height, conv.kernel.width}) + " · ",
          conv.in.value(), conv.groups.value(), product({conv.out, out.height, out.width}));
    } else {
      kind.formula = point ? "M · N · H · W" : "K · K · M · N · H · W";
      std::vector<Count> factors = {conv.in, conv.out, out.height, out.width};
      if (!point) factors.insert(factors.begin(), {conv.kernel.height, conv.kernel.width});
      kind.numbers = product(factors);
    }
  } else if (layer.kind->family == layers::Family::kLinear) {
    const bool tokens = out.area() > Count(1);
    kind.formula = tokens ? "M · N · positions" : "M · N";
    kind.numbers = tokens ? product({in.channels, out.channels, out.area()})
                          : product({in.channels, out.channels});
  } else if (layer.is(layers::kinds::multi_head_attention_kind)) {
    const layers::AttentionSizes sizes =
        layers::attention_sizes(layer.numbers, network.input_shapes(layer));
    const bool plain = layer.inputs.size() == 1 && sizes.kv_heads == sizes.heads &&
                       sizes.windows == Count(1) && sizes.heads * sizes.depth == out.channels;
    if (plain) {
      kind.formula = "4 · D² · T + 2 · D · T²";
      kind.numbers = fmt::format("4 · {}² · {} + 2 · {} · {}²", out.channels.value(),
                                 out.area().value(), out.channels.value(), out.area().value());
    } else {
      kind.formula = "2 · D · hd · T + 2 · M · gd · S + 2 · hd · T · S/w";
      // Of a window where there are several: S is what a position attends to.
      const Count seen = div_floor(sizes.context_tokens, sizes.windows);
      const auto h = (sizes.heads * sizes.depth).value(),
                 g = (sizes.kv_heads * sizes.depth).value();
      kind.numbers =
          fmt::format("2 · {} · {} · {} + 2 · {} · {} · {} + 2 · {} · {} · {}",
                      out.channels.value(), h, out.area().value(), sizes.context_channels.value(),
                      g, sizes.context_tokens.value(), h, out.area().value(), seen.value());
    }
  } else {
    kind.formula = "its own";
  }
  kind.numbers +=
      fmt::format("{}{}", kind.numbers.empty() ? "" : " = ", with_commas(layer.cost.macs.value()));
}

}  // namespace

std::vector<KindFormula> kind_formulas(const graph::Network& network, const CostTable& costs) {
  std::vector<KindFormula> kinds;
  for (const CostRow& sum : group(network, costs, Grouping::kKind)) {
    if (sum.cost.macs == Count(0)) continue;
    KindFormula kind;
    kind.name = sum.name;
    kind.sum = sum;
    const graph::Layer* largest = nullptr;
    for (const graph::Layer& layer : network.layers) {
      if (graph::class_name(network, layer) != sum.name) continue;
      if (largest == nullptr || largest->cost.macs < layer.cost.macs) largest = &layer;
    }
    if (largest == nullptr) continue;  // a group has at least one layer
    kind.example = largest->name;
    describe_formula(network, *largest, kind);
    kinds.push_back(std::move(kind));
  }
  std::stable_sort(kinds.begin(), kinds.end(), [](const KindFormula& a, const KindFormula& b) {
    return a.sum.cost.macs > b.sum.cost.macs;
  });
  return kinds;
}

SeparableFacts separable_facts(const graph::Network& network) {
  const auto consumers = graph::readers_of(network);
  SeparableFacts facts;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    if (!is_conv(network.layers[k])) continue;
    const ConvFacts depthwise = conv_facts(network, network.layers[k]);
    if (!is_depthwise(depthwise) || is_pointwise(depthwise) || depthwise.out != depthwise.in)
      continue;
    auto next = static_cast<graph::LayerId>(k);
    do {
      if (consumers[next].size() != 1) break;
      next = consumers[next].front();
    } while (keeps_places(network.layers[next]));
    const graph::Layer& layer = network.layers[next];
    if (!is_conv(layer)) continue;
    const ConvFacts pointwise = conv_facts(network, layer);
    if (!is_pointwise(pointwise) || pointwise.groups != Count(1) ||
        layer.output.area() != depthwise.area)
      continue;
    ++facts.pairs;
    facts.macs += network.layers[k].cost.macs + layer.cost.macs;
    facts.standard_macs += depthwise.kernel.area() * depthwise.in * pointwise.out * depthwise.area;
  }
  return facts;
}

GroupedFacts grouped_facts(const graph::Network& network) {
  GroupedFacts facts;
  for (const graph::Layer& layer : network.layers) {
    if (!is_conv(layer)) continue;
    const ConvFacts conv = conv_facts(network, layer);
    if (!is_pointwise(conv) || conv.groups == Count(1) || is_depthwise(conv)) continue;
    ++facts.layers;
    facts.macs += layer.cost.macs;
    facts.ungrouped_macs += layer.cost.macs * conv.groups;
  }
  return facts;
}

namespace {

// For each channel the channels of some earlier tensor that it depends on; those of a group share
// them.
using Channels = std::shared_ptr<const std::set<std::int64_t>>;
using Dependence = std::vector<Channels>;

Channels joint_of(const Dependence& input, std::int64_t first, std::int64_t count) {
  if (count == 1) return input[first];
  const std::set<Channels> parts(input.begin() + first, input.begin() + first + count);
  std::set<std::int64_t> joint;
  for (const Channels& part : parts) joint.insert(part->begin(), part->end());
  return std::make_shared<const std::set<std::int64_t>>(std::move(joint));
}

Dependence through_conv(const Dependence& input, const ConvFacts& conv) {
  const std::int64_t in_each = conv.in.value() / conv.groups.value(),
                     out_each = conv.out.value() / conv.groups.value();
  Dependence output(static_cast<std::size_t>(conv.out.value()));
  for (std::int64_t g = 0; g < conv.groups.value(); ++g) {
    const Channels joint = joint_of(input, g * in_each, in_each);
    for (std::int64_t k = 0; k < out_each; ++k) output[g * out_each + k] = joint;
  }
  return output;
}

// Channel c of g groups of n goes to the place (c mod n) g + c div n.
Dependence through_shuffle(const Dependence& input, std::int64_t groups) {
  const auto each = static_cast<std::int64_t>(input.size()) / groups;
  Dependence output(input.size());
  for (std::int64_t c = 0; c < static_cast<std::int64_t>(input.size()); ++c)
    output[(c % each) * groups + c / each] = input[c];
  return output;
}

std::int64_t smallest(const Dependence& dependence) {
  std::size_t least = dependence.front()->size();
  for (const Channels& channels : dependence) least = std::min(least, channels->size());
  return static_cast<std::int64_t>(least);
}

// Whether there is one before the next layer that is neither channel-wise nor depthwise.
bool shuffle_follows(const graph::Network& network, graph::LayerId id,
                     const std::vector<std::vector<graph::LayerId>>& consumers) {
  while (consumers[id].size() == 1) {
    id = consumers[id].front();
    const graph::Layer& layer = network.layers[id];
    if (layer.is(layers::kinds::channel_shuffle_kind)) return true;
    const bool depthwise = is_conv(layer) && is_depthwise(conv_facts(network, layer));
    if (!depthwise && !is_channelwise(layer)) return false;
  }
  return false;
}

// From the grouped convolution at `start` through channel-wise layers and a shuffle to the next
// grouped one.
std::optional<ShuffleFacts> follow_shuffle(
    const graph::Network& network, graph::LayerId start,
    const std::vector<std::vector<graph::LayerId>>& consumers) {
  if (!shuffle_follows(network, start, consumers)) return std::nullopt;
  const ConvFacts first = conv_facts(network, network.layers[start]);
  Dependence identity(static_cast<std::size_t>(first.in.value()));
  for (std::int64_t c = 0; c < first.in.value(); ++c)
    identity[c] = std::make_shared<const std::set<std::int64_t>>(std::set{c});
  Dependence shuffled = through_conv(identity, first), straight = shuffled;
  bool seen = false;
  for (graph::LayerId id = start; consumers[id].size() == 1;) {
    id = consumers[id].front();
    const graph::Layer& layer = network.layers[id];
    if (layer.is(layers::kinds::channel_shuffle_kind)) {
      seen = true;
      shuffled = through_shuffle(shuffled, layer.numbers[0].value());
    } else if (is_conv(layer)) {
      const ConvFacts conv = conv_facts(network, layer);
      shuffled = through_conv(shuffled, conv);
      straight = through_conv(straight, conv);
      if (is_depthwise(conv)) continue;
      if (!seen || conv.groups == Count(1)) return std::nullopt;
      return ShuffleFacts{network.layers[start].name, layer.name, first.in.value(),
                          smallest(shuffled), smallest(straight)};
    } else if (!is_channelwise(layer)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<ShuffleFacts> shuffle_facts(const graph::Network& network) {
  const auto consumers = graph::readers_of(network);
  std::vector<ShuffleFacts> facts;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    if (!is_conv(network.layers[k])) continue;
    const ConvFacts conv = conv_facts(network, network.layers[k]);
    if (conv.groups == Count(1) || is_depthwise(conv)) continue;
    if (auto found = follow_shuffle(network, static_cast<graph::LayerId>(k), consumers))
      facts.push_back(std::move(*found));
  }
  return facts;
}

GateFacts gate_facts(const graph::Network& network) {
  GateFacts facts;
  for (const graph::Layer& product_layer : network.layers) {
    if (!product_layer.is(layers::kinds::multiply_kind) || product_layer.output.area() == Count(1))
      continue;
    for (graph::LayerId gate : product_layer.inputs) {
      if (gate == graph::kNetworkInput || network.shape(gate).area() != Count(1)) continue;
      LayerCost added = graph::added_cost(product_layer);
      Count weights, hidden = product_layer.output.channels;
      int weighted = 0;
      graph::LayerId id = gate;
      bool pooled = false;
      while (id != graph::kNetworkInput && network.layers[id].inputs.size() == 1 && !pooled) {
        const graph::Layer& layer = network.layers[id];
        added += graph::added_cost(layer);
        weights += layer.cost.weights;
        if (layer.cost.weights > Count(0)) ++weighted;
        if (layer.cost.weights > Count(0) && layer.output.channels < hidden)
          hidden = layer.output.channels;
        pooled = layer.kind->family == layers::Family::kPooling;
        id = layer.inputs[0];
      }
      if (!pooled) continue;
      ++facts.gates;
      facts.added += added;
      facts.products += product_layer.cost.elementwise;
      if (facts.example_weights < weights) {
        facts.example_weights = weights;
        facts.example = product_layer.name;
        facts.channels = product_layer.output.channels.value();
        facts.hidden = hidden.value();
        facts.is_bottleneck =
            weighted == 2 && weights == Count(2) * product_layer.output.channels * hidden;
      }
    }
  }
  return facts;
}

}  // namespace archcost::cost
