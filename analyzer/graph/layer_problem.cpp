// SPDX-License-Identifier: Apache-2.0
#include "graph/layer_problem.hpp"

#include <fmt/core.h>

#include <stdexcept>

#include "core/diagnostic.hpp"
#include "layers/layer_table.hpp"

namespace archcost::graph {
namespace {

layers::Slot slot_named(const Layer& layer, std::string_view attribute) {
  const int index = layers::find_attribute(*layer.kind, attribute);
  if (index < 0) {
    throw std::logic_error(fmt::format("{} has no attribute {}", layer.kind->name, attribute));
  }
  return layers::slot_of(layer.kind->attributes, index);
}

bool has(const Layer& layer, std::string_view attribute) {
  return layers::find_attribute(*layer.kind, attribute) >= 0;
}

/// Throws Error for what a kernel can't be told.
int kernel_number(const Layer& layer, std::string_view attribute, Count number) {
  if (number.value() > INT32_MAX)
    throw Error(
        fmt::format("'{}': {} {} is too large to be run", layer.name, attribute, number.value()));
  return static_cast<int>(number.value());
}

/// The two numbers of an attribute that may be missing.
void read_extent(const Layer& layer, std::string_view attribute, int& height, int& width) {
  if (!has(layer, attribute)) return;
  const layers::Slot slot = slot_named(layer, attribute);
  height = kernel_number(layer, attribute, layer.numbers[slot.number]);
  width = kernel_number(layer, attribute, layer.numbers[slot.number + 1]);
}

}  // namespace

std::optional<Dims> runnable_dims(std::int64_t batch, std::int64_t channels, std::int64_t height,
                                  std::int64_t width) {
  double numbers = 1;
  for (const std::int64_t size : {batch, channels, height, width}) {
    if (size < 1 || size > INT32_MAX) return {};
    numbers *= static_cast<double>(size);
  }
  const double positions = static_cast<double>(height) * static_cast<double>(width);
  if (positions > INT32_MAX || numbers > 0x1p40) return {};
  return Dims{static_cast<int>(batch), static_cast<int>(channels), static_cast<int>(height),
              static_cast<int>(width)};
}

Dims dims_of(const Network& network, LayerId value) {
  const TensorShape& shape = network.shape(value);
  const auto dims = runnable_dims(network.batch, shape.channels.value(), shape.height.value(),
                                  shape.width.value());
  if (!dims) {
    throw Error(fmt::format("'{}': a tensor of {} x {} is too large to be run",
                            value == kNetworkInput ? "input" : network.layers[value].name,
                            network.batch, to_string(shape)));
  }
  return *dims;
}

WindowProblem window_problem(const Network& network, const Layer& layer) {
  WindowProblem window;
  window.in = dims_of(network, layer.inputs[0]);
  const LayerId id = static_cast<LayerId>(&layer - network.layers.data());
  window.out = dims_of(network, id);
  if (!has(layer, "kernel")) {
    window.kernel_height = window.stride_height = window.in.height;
    window.kernel_width = window.stride_width = window.in.width;
    return window;
  }
  read_extent(layer, "kernel", window.kernel_height, window.kernel_width);
  read_extent(layer, "stride", window.stride_height, window.stride_width);
  read_extent(layer, "dilation", window.dilation_height, window.dilation_width);
  if (has(layer, "groups")) window.groups = static_cast<int>(number_of(layer, "groups"));
  if (const auto padding = resolved_padding(network, layer)) {
    window.pad_top = kernel_number(layer, "pad", padding->top);
    window.pad_left = kernel_number(layer, "pad", padding->left);
    window.pad_bottom = kernel_number(layer, "pad", padding->bottom);
    window.pad_right = kernel_number(layer, "pad", padding->right);
  }
  return window;
}

std::int64_t number_of(const Layer& layer, std::string_view attribute, int part) {
  return layer.numbers[slot_named(layer, attribute).number + part].value();
}

Count count_of(const Layer& layer, std::string_view attribute) {
  return layer.numbers[slot_named(layer, attribute).number];
}

Extent extent_of(const Layer& layer, std::string_view attribute) {
  const auto place = slot_named(layer, attribute).number;
  return {layer.numbers[place], layer.numbers[place + 1]};
}

bool flag_of(const Layer& layer, std::string_view attribute) {
  return layer.words[slot_named(layer, attribute).word] != 0;
}

double real_of(const Layer& layer, std::string_view attribute) {
  return layer.reals[slot_named(layer, attribute).real];
}

std::string_view word_of(const Layer& layer, std::string_view attribute) {
  const int index = layers::find_attribute(*layer.kind, attribute);
  const layers::Slot slot = slot_named(layer, attribute);
  return layer.kind->attributes[index].words[layer.words[slot.word]];
}

std::int64_t first_channel(const Layer& split) {
  const std::int64_t part = number_of(split, "take") - 1;  // parts count from 1
  const std::span<const layers::AttributeSpec> attributes = split.kind->attributes;
  const auto sizes =
      static_cast<std::size_t>(layers::slot_of(attributes, attributes.size()).number);
  if (split.numbers.size() == sizes) return part * split.output.channels.value();  // equal parts
  std::int64_t first = 0;
  for (std::int64_t k = 0; k < part; ++k)
    first += split.numbers[sizes + static_cast<std::size_t>(k)].value();
  return first;
}

std::vector<Count> written_numbers(const Layer& layer) {
  std::vector<Count> numbers = layer.numbers;
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  const std::span<const layers::AttributeSpec> attributes = layer.kind->attributes;
  for (std::size_t k = attributes.size(); k-- > 0;) {
    const int width = layers::number_width(attributes[k].type);
    if (width == 0) continue;
    if (!view.is_unset(attributes[k], layers::slot_of(attributes, k))) break;
    numbers.resize(numbers.size() - static_cast<std::size_t>(width));
  }
  return numbers;
}

std::vector<std::vector<LayerId>> readers_of(const Network& network) {
  std::vector<std::vector<LayerId>> readers(network.layers.size());
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    for (const LayerId input : network.layers[k].inputs) {
      if (input != kNetworkInput) readers[input].push_back(static_cast<LayerId>(k));
    }
  }
  return readers;
}

}  // namespace archcost::graph
