#include <string>

#include "core/diagnostic.hpp"
#include "reports/cost_report.hpp"
#include "reports/json.hpp"

namespace archcost {
namespace {

Json attribute_json(const Network& network, const Layer& layer, const AttributeSpec& attribute, Slot slot) {
  const LayerView<Count> view = {layer.numbers, layer.words, {}};
  switch (attribute.type) {
    case AttributeType::kInteger: return view.number(slot).value();
    case AttributeType::kExtent: {
      const Extent<Count> extent = view.extent(slot);
      return Json::array({extent.height.value(), extent.width.value()});
    }
    case AttributeType::kPadding: {
      const auto pad = resolved_padding(network, layer);
      return Json::array({pad->top.value(), pad->left.value(), pad->bottom.value(), pad->right.value()});
    }
    case AttributeType::kFlag: return view.flag(slot);
    case AttributeType::kWord: return std::string(attribute.words[view.word(slot)]);
    case AttributeType::kReal: return layer.reals[slot.real];
  }
  return nullptr;
}

Json attributes_json(const Network& network, const Layer& layer) {
  Json json = Json::object();
  for (std::size_t k = 0; k < layer.kind->attributes.size(); ++k) {
    const AttributeSpec& attribute = layer.kind->attributes[k];
    json[std::string(attribute.name)] = attribute_json(network, layer, attribute, slot_of(layer.kind->attributes, k));
  }
  return json;
}

Json layer_json(const Network& network, const Layer& layer, const CostRow& row) {
  Json json;
  json["name"] = layer.name;
  json["kind"] = std::string(layer.kind->name);
  json["class"] = class_name(network, layer);
  Json inputs = Json::array(), shapes = Json::array();
  for (LayerId id : layer.inputs) {
    inputs.push_back(id == kNetworkInput ? std::string("input") : network.layers[id].name);
    shapes.push_back(to_json(network.shape(id), network.batch));
  }
  json["inputs"] = std::move(inputs);
  json["input_shapes"] = std::move(shapes);
  json["output_shape"] = to_json(layer.output, network.batch);
  json.update(to_json(row.cost));
  json["attributes"] = attributes_json(network, layer);
  return json;
}

}  // namespace

std::string cost_json(const Network& network, const CostTable& costs, Grouping grouping) {
  Json json;
  json["spec"] = network.name;
  json["parameters"] = Json::object();
  for (const Parameter& parameter : network.parameters) json["parameters"][parameter.name] = to_json(parameter.value);
  json["input"] = {{"channels", network.input.channels.value()},
                   {"height", network.input.height.value()},
                   {"width", network.input.width.value()},
                   {"batch", network.batch}};
  json["convention"] = "macs";
  json["totals"] = to_json(costs.total);
  json["totals"]["layers"] = costs.layers.size();
  json["totals"]["weighted_layers"] = costs.weighted_layers;
  if (grouping != Grouping::kLayer) {
    Json groups = Json::array();
    for (const CostRow& row : group(network, costs, grouping)) {
      Json entry;
      entry[grouping == Grouping::kKind ? "class" : "stage"] = row.name;
      entry["layers"] = row.layers;
      entry.update(to_json(row.cost));
      groups.push_back(std::move(entry));
    }
    json["groups"] = std::move(groups);
  }
  Json layers = Json::array();
  for (std::size_t k = 0; k < network.layers.size(); ++k) layers.push_back(layer_json(network, network.layers[k], costs.layers[k]));
  json["layers"] = std::move(layers);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace archcost
