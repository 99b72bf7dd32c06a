#include "cost/cost_table.hpp"

#include <fmt/core.h>

#include <unordered_map>

#include "core/diagnostic.hpp"

namespace archcost {
namespace {

LayerCost for_batch(const LayerCost& image, Count batch) {
  LayerCost cost = image;
  for (Count LayerCost::*work : {&LayerCost::macs, &LayerCost::bias_adds, &LayerCost::elementwise, &LayerCost::compares,
                                 &LayerCost::transcendentals, &LayerCost::pool_ops, &LayerCost::activations}) {
    cost.*work = cost.*work * batch;
  }
  return cost;
}

}  // namespace

CostTable count(const Network& network) {
  CostTable table;
  table.layers.reserve(network.layers.size());
  try {
    for (const Layer& layer : network.layers) {
      table.layers.push_back({layer.name, 1, for_batch(layer.cost, network.batch)});
      table.total += table.layers.back().cost;
      table.weighted_layers += layer.cost.weights > Count(0) ? 1 : 0;
    }
  } catch (const CountOverflow&) {
    throw Error(fmt::format("'{}': the total of a cost needs more than 64 bits (batch {})", network.name, network.batch));
  }
  return table;
}

std::string_view stage_of(std::string_view layer_name) { return layer_name.substr(0, layer_name.find('.')); }

std::vector<CostRow> group(const Network& network, const CostTable& table, Grouping grouping) {
  if (grouping == Grouping::kLayer) return table.layers;
  std::vector<CostRow> groups;
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const Layer& layer = network.layers[k];
    const std::string name = grouping == Grouping::kKind ? class_name(network, layer) : std::string(stage_of(layer.name));
    const auto [place, fresh] = index.emplace(name, groups.size());
    if (fresh) groups.push_back({name, 0, {}});
    CostRow& row = groups[place->second];
    ++row.layers;
    row.cost += table.layers[k].cost;
  }
  return groups;
}

}  // namespace archcost
