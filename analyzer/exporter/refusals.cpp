// SPDX-License-Identifier: Apache-2.0
#include "exporter/refusals.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "graph/layer_problem.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::exporter {

constexpr std::size_t kRefusalsShown = 5;

void Refusals::add(const graph::Layer& layer, std::string_view reason) {
  by_reason_[fmt::format("{}: {}", layer.kind->name, reason)].push_back(layer.name);
}

void Refusals::throw_if_any() const {
  std::vector<Diagnostic> diagnostics;
  for (const auto& [reason, layers] : by_reason_) {
    std::string list;
    for (std::size_t k = 0; k < std::min(layers.size(), kRefusalsShown); ++k)
      list += fmt::format("{}'{}'", k > 0 ? ", " : "", layers[k]);
    if (layers.size() > kRefusalsShown)
      list += fmt::format(" and {} more", layers.size() - kRefusalsShown);
    diagnostics.push_back({network_, fmt::format("{} ({})", reason, list), "", {}});
  }
  if (!diagnostics.empty()) throw Error(std::move(diagnostics));
}

namespace {

// Why this layer's form can't be written; empty if it can.
std::string_view unwritable(const graph::Network& network, const graph::Layer& layer) {
  if (layer.weights_of) return "it uses the weights of another layer";
  const auto number = [&](std::string_view name) { return graph::number_of(layer, name); };
  if (layer.is(layers::kinds::upsample_kind) && number("size") != 0)
    return "upsampling to a size can't be exported yet";
  const auto own = static_cast<std::size_t>(
      layers::slot_of(layer.kind->attributes, layer.kind->attributes.size()).number);
  if (layer.is(layers::kinds::split_kind) && layer.numbers.size() > own)
    return "unequal parts can't be exported yet";
  if (layer.is(layers::kinds::multi_head_attention_kind)) {
    const bool plain = layer.inputs.size() == 1 && number("kv_heads") == 0 &&
                       number("head_channels") == 0 && number("windows") == 0;
    if (!plain) return "attention of a context, in groups or windows can't be exported yet";
  }
  if (layer.is(layers::kinds::conv_transpose_kind)) {
    const int pad = layers::find_attribute(*layer.kind, "pad");
    const layers::Slot slot =
        layers::slot_of(layer.kind->attributes, static_cast<std::size_t>(pad));
    if (static_cast<layers::PaddingMode>(layer.words[slot.word]) == layers::PaddingMode::kSameTf)
      return "same_tf can't be exported yet";
  }
  const bool sum = layer.is(layers::kinds::add_kind),
             product = layer.is(layers::kinds::multiply_kind);
  for (const graph::LayerId input : layer.inputs) {
    const TensorShape& shape = network.shape(input);
    const bool gate =
        product && shape.area() == Count(1) && shape.channels == layer.output.channels;
    if ((sum || product) && shape != layer.output && !gate)
      return "operands that are spread can't be exported yet";
  }
  return {};
}

}  // namespace

void add_without_form(const graph::Network& network, Refusals& refusals) {
  if (network.outputs.size() > 1)
    refusals.add(network.layers[static_cast<std::size_t>(network.outputs[1])],
                 "networks of several outputs can't be exported yet");
  for (const graph::Layer& layer : network.layers) {
    if (const std::string_view reason = unwritable(network, layer); !reason.empty())
      refusals.add(layer, reason);
  }
}

}  // namespace archcost::exporter
