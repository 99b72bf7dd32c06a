// SPDX-License-Identifier: Apache-2.0
#include "runner/network_json.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "layers/layer_table.hpp"

namespace archcost::runner {
namespace {

using nlohmann::json;

json shape_json(const TensorShape& shape) {
  return {shape.channels.value(), shape.height.value(), shape.width.value()};
}

TensorShape shape_from(const json& sizes) {
  return {Count(sizes.at(0).get<std::int64_t>()), Count(sizes.at(1).get<std::int64_t>()),
          Count(sizes.at(2).get<std::int64_t>())};
}

json attributes_json(const graph::Network& network, const graph::Layer& layer) {
  json attributes = json::object();
  for (std::size_t i = 0; i < layer.kind->attributes.size(); ++i) {
    const layers::AttributeSpec& attribute = layer.kind->attributes[i];
    const layers::Slot slot = layers::slot_of(layer.kind->attributes, i);
    json& value = attributes[std::string(attribute.name)];
    switch (attribute.type) {
      case layers::AttributeType::kInteger:
        value = layer.numbers[slot.number].value();
        break;
      case layers::AttributeType::kExtent:
        value = {layer.numbers[slot.number].value(), layer.numbers[slot.number + 1].value()};
        break;
      case layers::AttributeType::kPadding: {
        const Padding pad = *graph::resolved_padding(network, layer);
        value = {pad.top.value(), pad.left.value(), pad.bottom.value(), pad.right.value()};
        break;
      }
      case layers::AttributeType::kFlag:
        value = layer.words[slot.word] != 0;
        break;
      case layers::AttributeType::kWord:
        value = std::string(attribute.words[layer.words[slot.word]]);
        break;
      case layers::AttributeType::kReal:
        value = layer.reals[slot.real];
        break;
      case layers::AttributeType::kParts:
        value = layer.numbers[slot.number].value();
        break;
    }
  }
  return attributes;
}

}  // namespace

json to_json(const graph::Network& network) {
  json layers = json::array();
  for (const graph::Layer& layer : network.layers) {
    json numbers = json::array();
    for (const Count& number : layer.numbers) numbers.push_back(number.value());
    layers.push_back({{"name", layer.name},
                      {"kind", std::string(layer.kind->name)},
                      {"inputs", layer.inputs},
                      {"weights_of", layer.weights_of ? json(*layer.weights_of) : json()},
                      {"output", shape_json(layer.output)},
                      {"attributes", attributes_json(network, layer)},
                      {"numbers", std::move(numbers)},
                      {"words", layer.words},
                      {"reals", layer.reals}});
  }
  return {{"name", network.name},
          {"batch", network.batch},
          {"input", shape_json(network.input)},
          {"outputs", network.outputs},
          {"layers", std::move(layers)}};
}

graph::Network network_from_json(const json& given) {
  graph::Network network;
  network.name = given.at("name").get<std::string>();
  network.batch = given.at("batch").get<std::int64_t>();
  network.input = shape_from(given.at("input"));
  network.outputs = given.at("outputs").get<std::vector<graph::LayerId>>();
  for (const json& row : given.at("layers")) {
    graph::Layer layer;
    layer.name = row.at("name").get<std::string>();
    layer.kind = layers::find_kind(row.at("kind").get<std::string>());
    if (layer.kind == nullptr) {
      throw std::runtime_error(fmt::format("layer '{}': unknown kind '{}'", layer.name,
                                           row.at("kind").get<std::string>()));
    }
    layer.inputs = row.at("inputs").get<std::vector<graph::LayerId>>();
    if (const json& owner = row.at("weights_of"); !owner.is_null())
      layer.weights_of = owner.get<graph::LayerId>();
    layer.output = shape_from(row.at("output"));
    for (const json& number : row.at("numbers")) {
      layer.numbers.push_back(Count(number.get<std::int64_t>()));
    }
    layer.words = row.at("words").get<std::vector<int>>();
    layer.reals = row.at("reals").get<std::vector<double>>();
    const std::vector<TensorShape> inputs = network.input_shapes(layer);
    layer.cost = layer.kind->cost({layer.numbers, layer.words, inputs}, layer.output);
    layer.cost.activations = layer.output.elements();
    network.layers.push_back(std::move(layer));
  }
  return network;
}

}  // namespace archcost::runner
