// SPDX-License-Identifier: Apache-2.0
#include "cost/cost_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "core/diagnostic.hpp"
#include "core/glossary.hpp"

namespace archcost::cost {
namespace {

constexpr double kGiga = 1e9;

LayerCost for_batch(const LayerCost& image, Count batch) {
  LayerCost cost = image;
  for (Count LayerCost::*work :
       {&LayerCost::macs, &LayerCost::bias_adds, &LayerCost::elementwise, &LayerCost::compares,
        &LayerCost::transcendentals, &LayerCost::pool_ops, &LayerCost::activations}) {
    cost.*work = cost.*work * batch;
  }
  return cost;
}

// By layer, whether its output depends on a learned number: only then its gradient is computed.
std::vector<bool> with_gradient(const graph::Network& network) {
  std::vector<bool> has(network.layers.size());
  for (std::size_t k = 0; k < has.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    has[k] = layer.cost.params > Count(0) ||
             std::any_of(layer.inputs.begin(), layer.inputs.end(), [&](graph::LayerId id) {
               return id != graph::kNetworkInput && has[static_cast<std::size_t>(id)];
             });
  }
  return has;
}

// The backward pass computes as much again for the inputs' gradients, where an input has one, and
// for the weights'.
Count training_flops(const graph::Layer& layer, const std::vector<bool>& gradients, Count forward) {
  const bool learns = layer.cost.params > Count(0);
  const bool gradient =
      std::any_of(layer.inputs.begin(), layer.inputs.end(), [&](graph::LayerId id) {
        return id != graph::kNetworkInput && gradients[static_cast<std::size_t>(id)];
      });
  const int backward = (gradient ? 1 : 0) + (learns && layer.cost.macs > Count(0) ? 1 : 0);
  return forward * Count(1 + backward);
}

CostRow count_layer(const graph::Network& network, const graph::Layer& layer,
                    const std::vector<bool>& gradients, const CountOptions& options) {
  const Count batch = network.batch;
  CostRow row;
  row.name = layer.name;
  const LayerCost added = graph::added_cost(layer);
  row.cost = for_batch(added, batch);
  row.figure = convention_cost(*options.convention, network, layer);
  row.flops = convention_cost(*find_convention("flops"), network, layer);
  row.train_flops = training_flops(layer, gradients, row.flops);
  if (!layers::is_view(*layer.kind)) {
    row.weight_bytes = bytes_of(added.params + added.buffers, options.types.weights);
    row.weight_reads = bytes_of(layer.cost.params + layer.cost.buffers, options.types.weights);
    for (graph::LayerId id : layer.inputs)
      row.input_bytes += bytes_of(network.shape(id).elements() * batch, options.types.activations);
    row.output_bytes = bytes_of(layer.output.elements() * batch, options.types.activations);
  }
  if (options.roofline) {
    row.seconds = std::max(
        static_cast<double>(row.flops.value()) / (options.roofline->peak_gflops * kGiga),
        static_cast<double>(row.traffic().value()) / (options.roofline->bandwidth_gbs * kGiga));
  }
  return row;
}

std::string first_parts(std::string_view name, int parts) {
  std::size_t end = 0;
  for (int k = 0; k < parts; ++k) {
    end = name.find('.', end);
    if (end == std::string_view::npos) return std::string(name);
    ++end;
  }
  return std::string(name.substr(0, end - 1));
}

std::string group_name(const graph::Network& network, const graph::Layer& layer, Grouping grouping,
                       std::optional<int> depth) {
  if (depth) return first_parts(layer.name, *depth);
  if (grouping == Grouping::kKind) return graph::class_name(network, layer);
  if (grouping == Grouping::kStage) return std::string(stage_of(layer.name));
  return layer.name.substr(0, std::min(layer.name.rfind('.'), layer.name.size()));
}

}  // namespace

double CostRow::intensity() const {
  const double bytes = static_cast<double>(traffic().value());
  return bytes == 0 ? 0 : static_cast<double>(flops.value()) / bytes;
}

CostRow& CostRow::operator+=(const CostRow& other) {
  layers += other.layers;
  cost += other.cost;
  figure += other.figure;
  flops += other.flops;
  train_flops += other.train_flops;
  weight_bytes += other.weight_bytes;
  weight_reads += other.weight_reads;
  input_bytes += other.input_bytes;
  output_bytes += other.output_bytes;
  seconds += other.seconds;
  latency += other.latency;
  return *this;
}

CostTable count(const graph::Network& network, const CountOptions& options) {
  CostTable table;
  table.options = options;
  table.total.name = "total";
  table.total.layers = 0;
  table.layers.reserve(network.layers.size());
  const std::vector<bool> gradients = with_gradient(network);
  try {
    for (const graph::Layer& layer : network.layers) {
      table.layers.push_back(count_layer(network, layer, gradients, options));
      if (!options.latency.empty())
        table.layers.back().latency = options.latency[table.layers.size() - 1];
      table.total += table.layers.back();
      table.weighted_layers += graph::added_cost(layer).weights > Count(0) ? 1 : 0;
    }
    table.total.latency += options.latency_between;
  } catch (const CountOverflow&) {
    throw Error(fmt::format("'{}': the total of a cost needs more than 64 bits (batch {})",
                            network.name, network.batch));
  }
  return table;
}

std::string_view bound_by(const CostRow& row, const Roofline& roofline) {
  const double compute = static_cast<double>(row.flops.value()) / roofline.peak_gflops;
  const double memory = static_cast<double>(row.traffic().value()) / roofline.bandwidth_gbs;
  return compute == 0 && memory == 0 ? "-" : compute >= memory ? "compute" : "memory";
}

std::string_view stage_of(std::string_view layer_name) {
  return layer_name.substr(0, layer_name.find('.'));
}

std::vector<CostRow> group(const graph::Network& network, const CostTable& table, Grouping grouping,
                           std::optional<int> depth) {
  if (grouping == Grouping::kLayer && !depth) return table.layers;
  std::vector<CostRow> groups;
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const std::string name = group_name(network, network.layers[k], grouping, depth);
    const auto [place, fresh] = index.emplace(name, groups.size());
    if (fresh) {
      groups.emplace_back();
      groups.back().name = name;
      groups.back().layers = 0;
    }
    groups[place->second] += table.layers[k];
  }
  return groups;
}

std::optional<Count> total_of(const graph::Network& network, const CostTable& table,
                              std::string_view name) {
  if (const CostName* row = find_cost_name(name); row != nullptr && row->counter != nullptr)
    return table.total.cost.*row->counter;
  if (const Convention* convention = find_convention(name))
    return convention_total(*convention, network);
  constexpr std::string_view kSize = "size_";
  if (name.starts_with(kSize)) {
    if (const auto type = find_data_type(name.substr(kSize.size())))
      return bytes_of(table.total.cost.params + table.total.cost.buffers, *type);
  }
  return std::nullopt;
}

}  // namespace archcost::cost
