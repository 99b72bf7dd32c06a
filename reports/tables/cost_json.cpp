// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "cost/entropy.hpp"
#include "cost/memory.hpp"
#include "cost/receptive_field.hpp"
#include "graph/wiring.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

Json attribute_json(const graph::Network& network, const graph::Layer& layer,
                    const layers::AttributeSpec& attribute, layers::Slot slot) {
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  switch (attribute.type) {
    case layers::AttributeType::kInteger:
      return view.number(slot).value();
    case layers::AttributeType::kExtent: {
      const Extent extent = view.extent(slot);
      return Json::array({extent.height.value(), extent.width.value()});
    }
    case layers::AttributeType::kPadding: {
      const auto pad = graph::resolved_padding(network, layer);
      return Json::array(
          {pad->top.value(), pad->left.value(), pad->bottom.value(), pad->right.value()});
    }
    case layers::AttributeType::kFlag:
      return view.flag(slot);
    case layers::AttributeType::kWord:
      return std::string(attribute.words[view.word(slot)]);
    case layers::AttributeType::kReal:
      return layer.reals[slot.real];
    case layers::AttributeType::kParts: {
      Json sizes = Json::array();
      for (const Count size : view.sizes(layer.kind->attributes)) sizes.push_back(size.value());
      return sizes.empty() ? Json(view.number(slot).value()) : sizes;
    }
  }
  return nullptr;
}

Json attributes_json(const graph::Network& network, const graph::Layer& layer) {
  Json json = Json::object();
  for (std::size_t k = 0; k < layer.kind->attributes.size(); ++k) {
    const layers::AttributeSpec& attribute = layer.kind->attributes[k];
    const layers::LayerView view = {layer.numbers, layer.words, {}};
    if (view.is_unset(attribute, layers::slot_of(layer.kind->attributes, k))) continue;
    json[std::string(attribute.name)] =
        attribute_json(network, layer, attribute, layers::slot_of(layer.kind->attributes, k));
  }
  return json;
}

// Every cost of a row, under names that don't change.
void add_costs(Json& json, const cost::CostRow& row, const cost::CountOptions& options) {
  json.update(to_json(row.cost));
  json["cost"] = row.figure.value();
  json["flops"] = row.flops.value();
  json["train_flops"] = row.train_flops.value();
  json["weight_bytes"] = row.weight_bytes.value();
  json["input_bytes"] = row.input_bytes.value();
  json["output_bytes"] = row.output_bytes.value();
  json["traffic"] = row.traffic().value();
  json["intensity"] = row.intensity();
  if (!options.roofline) return;
  json["seconds"] = row.seconds;
  json["bound"] = std::string(cost::bound_by(row, *options.roofline));
}

Json layer_json(const graph::Network& network, std::size_t id, const cost::CostRow& row,
                const cost::CountOptions& options,
                const std::vector<cost::ReceptiveField>& fields) {
  const graph::Layer& layer = network.layers[id];
  Json json;
  json["name"] = layer.name;
  json["kind"] = std::string(layer.kind->name);
  json["class"] = graph::class_name(network, layer);
  Json inputs = Json::array(), shapes = Json::array();
  for (graph::LayerId input : layer.inputs) {
    inputs.push_back(input == graph::kNetworkInput ? std::string("input")
                                                   : network.layers[input].name);
    shapes.push_back(to_json(network.shape(input), network.batch));
  }
  json["inputs"] = std::move(inputs);
  json["input_shapes"] = std::move(shapes);
  json["output_shape"] = to_json(layer.output, network.batch);
  add_costs(json, row, options);
  const auto& field = fields[id];
  json["receptive_field"] =
      field.whole ? Json("all") : Json::array({field.height.to_double(), field.width.to_double()});
  json["effective_stride"] =
      field.whole ? Json(nullptr)
                  : Json::array({field.stride_height.to_double(), field.stride_width.to_double()});
  json["attributes"] = attributes_json(network, layer);
  return json;
}

// Costs that aren't sums over the layers.
void add_wholes(Json& totals, const graph::Network& network, const cost::CostTable& costs) {
  const DataType activations = costs.options.types.activations;
  totals["peak_memory"] = cost::peak_bytes(network, {activations, false}).value();
  totals["peak_memory_in_place"] = cost::peak_bytes(network, {activations, true}).value();
  for (const std::string& type : data_type_names())
    totals["size_" + type] = cost::total_of(network, costs, "size_" + type)->value();
  const cost::Entropy entropy = cost::entropy_of(network);
  totals["entropy"] = entropy.entropy;
  totals["effectiveness"] = entropy.effectiveness;
  const graph::CriticalPath path = graph::critical_path(network);
  totals["critical_path_macs"] = (path.macs * Count(network.batch)).value();
  totals["critical_path_layers"] = path.layers.size();
}

std::string group_key(const CostReportOptions& options) {
  constexpr const char* kKeys[] = {"block", "class", "stage", "block"};  // by Grouping
  return options.depth ? "part" : kKeys[static_cast<int>(options.grouping)];
}

// "groups" if grouped, "layers", and of what --top leaves out the sum as "others".
void add_rows(Json& json, const graph::Network& network, const cost::CostTable& costs,
              const CostReportOptions& options) {
  const std::vector<cost::ReceptiveField> fields = cost::receptive_fields(network);
  const ReportRows rows = report_rows(network, costs, options, fields);
  const bool grouped = !by_layer(options);
  const auto summed = [&](const cost::CostRow& row, Json entry) {
    entry["layers"] = row.layers;
    add_costs(entry, row, costs.options);
    return entry;
  };
  if (grouped) {
    json["groups"] = Json::array();
    for (const ReportRow& row : rows.shown)
      json["groups"].push_back(summed(row.cost, {{group_key(options), row.cost.name}}));
  }
  if (rows.others) json["others"] = summed(*rows.others, Json::object());
  json["layers"] = Json::array();
  const auto add = [&](std::size_t k) {
    json["layers"].push_back(layer_json(network, k, costs.layers[k], costs.options, fields));
  };
  if (grouped) {
    for (std::size_t k = 0; k < network.layers.size(); ++k) add(k);
  } else {
    for (const ReportRow& row : rows.shown) add(static_cast<std::size_t>(row.layer));
  }
}

}  // namespace

std::string cost_json(const graph::Network& network, const cost::CostTable& costs,
                      const CostReportOptions& options) {
  Json json;
  json["spec"] = network.name;
  json["parameters"] = parameters_json(network);
  json["input"] = shape_json(network.input);
  json["input"]["batch"] = network.batch;
  json["convention"] = std::string(costs.options.convention->name);
  json["data_types"] = {{"weights", std::string(name_of(costs.options.types.weights))},
                        {"activations", std::string(name_of(costs.options.types.activations))}};
  if (costs.options.roofline) {
    json["roofline"] = {{"peak_gflops", costs.options.roofline->peak_gflops},
                        {"bandwidth_gbs", costs.options.roofline->bandwidth_gbs}};
    if (costs.options.roofline->threads > 0)
      json["roofline"]["threads"] = costs.options.roofline->threads;
  }
  json["totals"] = Json::object();
  add_costs(json["totals"], costs.total, costs.options);
  json["totals"]["layers"] = costs.layers.size();
  json["totals"]["weighted_layers"] = costs.weighted_layers;
  add_wholes(json["totals"], network, costs);
  add_rows(json, network, costs, options);
  return json_text(json);
}

}  // namespace archcost::tables
