// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <array>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/entropy.hpp"
#include "reports/tables/cost_rows.hpp"

namespace archcost::tables {
namespace {

Cell whole(Count count) { return count.value(); }

Cell share(Count part, Count total) {
  if (total == Count(0)) return {};
  return 100.0 * static_cast<double>(part.value()) / static_cast<double>(total.value());
}

template <Count LayerCost::*kCounter>
Cell counter(const ColumnContext& c) {
  return whole(c.row.cost.*kCounter);
}
template <Count LayerCost::*kCounter>
Cell counter_share(const ColumnContext& c) {
  return share(c.row.cost.*kCounter, c.costs.total.cost.*kCounter);
}

const graph::Layer& layer_of(const ColumnContext& c) {
  return c.network.layers[static_cast<std::size_t>(c.layer)];
}

template <Count TensorShape::*kSize>
Cell output_size(const ColumnContext& c) {
  return c.layer < 0 ? Cell{} : whole(layer_of(c).output.*kSize);
}

bool is_total(const ColumnContext& c) { return &c.row == &c.costs.total; }

Cell layer_text(const ColumnContext& c, std::string (*describe)(const cost::ReceptiveField&)) {
  if (c.layer < 0) return {};
  return describe(c.fields[static_cast<std::size_t>(c.layer)]);
}

constexpr auto kColumns =
    std::to_array<CostColumn>(
        {
            {"class", "kind", kText, "what people call the layer: depthwise 3x3",
             [](const ColumnContext& c) -> Cell {
               return c.layer < 0 ? Cell{} : Cell{graph::class_name(c.network, layer_of(c))};
             },
             Needs::kLayer},
            {"kind", "kind", kText, "the kind in the layer table: conv",
             [](const ColumnContext& c) -> Cell {
               return c.layer < 0 ? Cell{} : Cell{std::string(layer_of(c).kind->name)};
             },
             Needs::kLayer},
            {"output", "output", kText, "channels x height x width of one image",
             [](const ColumnContext& c) -> Cell {
               return c.layer < 0 ? Cell{} : Cell{to_string(layer_of(c).output)};
             },
             Needs::kLayer},
            {"channels", "channels", kInteger, "of the output", output_size<&TensorShape::channels>,
             Needs::kLayer},
            {"height", "height", kInteger, "of the output", output_size<&TensorShape::height>,
             Needs::kLayer},
            {"width", "width", kInteger, "of the output", output_size<&TensorShape::width>,
             Needs::kLayer},
            {"layers", "layers", kInteger, "layers in the row",
             [](const ColumnContext& c) -> Cell { return std::int64_t{c.row.layers}; }},
            {"params", "params", kCount, "learned numbers", counter<&LayerCost::params>},
            {"params_share", "%", kPercent, "share of params", counter_share<&LayerCost::params>},
            {"buffers", "buffers", kCount, "kept but not learned", counter<&LayerCost::buffers>},
            {"weights", "weights", kCount, "kernels only", counter<&LayerCost::weights>},
            {"weights_share", "%", kPercent, "share of weights",
             counter_share<&LayerCost::weights>},
            {"cost", "cost", kCount, "under the convention of the table",
             [](const ColumnContext& c) { return whole(c.row.figure); }},
            {"cost_share", "%", kPercent, "share of cost",
             [](const ColumnContext& c) { return share(c.row.figure, c.costs.total.figure); }},
            {"macs", "macs", kCount, "multiply-adds", counter<&LayerCost::macs>},
            {"macs_share", "%", kPercent, "share of macs", counter_share<&LayerCost::macs>},
            {"bias_adds", "bias adds", kCount, "additions of biases",
             counter<&LayerCost::bias_adds>},
            {"elementwise", "elementwise", kCount, "additions, products, quotients by element",
             counter<&LayerCost::elementwise>},
            {"compares", "compares", kCount, "comparisons", counter<&LayerCost::compares>},
            {"transcendentals", "transcend.", kCount, "exponentials, roots and the like",
             counter<&LayerCost::transcendentals>},
            {"pool_ops", "pool ops", kCount, "taps of pooling windows",
             counter<&LayerCost::pool_ops>},
            {"flops", "flops", kCount, "every operation",
             [](const ColumnContext& c) { return whole(c.row.flops); }},
            {"train_flops", "train flops", kCount, "operations forward and backward",
             [](const ColumnContext& c) { return whole(c.row.train_flops); }},
            {"activations", "activations", kCount, "output elements",
             counter<&LayerCost::activations>},
            {"weight_bytes", "weight bytes", kBytes, "bytes of parameters and buffers",
             [](const ColumnContext& c) { return whole(c.row.weight_bytes); }},
            {"input_bytes", "input bytes", kBytes, "bytes of activations read",
             [](const ColumnContext& c) { return whole(c.row.input_bytes); }},
            {"output_bytes", "output bytes", kBytes, "bytes of activations written",
             [](const ColumnContext& c) { return whole(c.row.output_bytes); }},
            {"traffic", "traffic", kBytes, "bytes of weights, inputs and outputs",
             [](const ColumnContext& c) { return whole(c.row.traffic()); }},
            {"intensity", "ops/byte", kNumber, "operations a byte of traffic",
             [](const ColumnContext& c) -> Cell { return c.row.intensity(); }},
            {"receptive_field", "sees", kNumberText,
             "input rows x columns that an output position sees",
             [](const ColumnContext& c) { return layer_text(c, cost::describe_size); },
             Needs::kLayer},
            {"effective_stride", "stride", kNumberText,
             "input rows x columns between neighbouring outputs",
             [](const ColumnContext& c) { return layer_text(c, cost::describe_stride); },
             Needs::kLayer},
            {"entropy", "entropy", kDecimal, "of the whole network: its convolutions' sizes alone",
             [](const ColumnContext& c) -> Cell {
               return is_total(c) ? Cell{cost::entropy_of(c.network).entropy} : Cell{};
             }},
            {"effectiveness", "effectiveness", kRatio, "of the whole network: depth over width",
             [](const ColumnContext& c) -> Cell {
               return is_total(c) ? Cell{cost::entropy_of(c.network).effectiveness} : Cell{};
             }},
            {"seconds", "time", kSeconds, "attainable time under the roofline",
             [](const ColumnContext& c) -> Cell {
               return c.costs.options.roofline ? Cell{c.row.seconds} : Cell{};
             },
             Needs::kRoofline},
            {"seconds_share", "%", kPercent, "share of seconds",
             [](const ColumnContext& c) -> Cell {
               return c.costs.total.seconds > 0 ? Cell{100 * c.row.seconds / c.costs.total.seconds}
                                                : Cell{};
             },
             Needs::kRoofline},
            {"latency", "latency", kSeconds, "predicted time, from the database of latencies",
             [](const ColumnContext& c) -> Cell {
               return c.row.latency > 0 ? Cell{c.row.latency} : Cell{};
             }},
            {"latency_share", "%", kPercent, "share of latency",
             [](const ColumnContext& c) -> Cell {
               return c.row.latency > 0 ? Cell{100 * c.row.latency / c.costs.total.latency}
                                        : Cell{};
             }},
            {"bound", "bound by", kText,
             "what bounds the layer under the roofline: compute or memory",
             [](const ColumnContext& c) -> Cell {
               if (!c.costs.options.roofline || c.layer < 0) return {};
               return std::string(cost::bound_by(c.row, *c.costs.options.roofline));
             },
             Needs::kLayerAndRoofline},
        });

}  // namespace

std::span<const CostColumn> cost_columns() { return kColumns; }

const CostColumn& find_column(std::string_view name) {
  std::vector<std::string> known;
  for (const CostColumn& column : kColumns) {
    if (column.name == name) return column;
    known.emplace_back(column.name);
  }
  const auto near = nearest(name, known);
  throw Error(fmt::format(
      "no column '{}'; {}", name,
      near ? fmt::format("did you mean '{}'?", *near) : "columns are " + join(known, ", ")));
}

void check_column(const CostColumn& column, bool by_layer, bool roofline) {
  const bool layer = column.needs == Needs::kLayer || column.needs == Needs::kLayerAndRoofline;
  const bool machine = column.needs == Needs::kRoofline || column.needs == Needs::kLayerAndRoofline;
  if (layer && !by_layer) {
    throw Error(fmt::format(
        "column '{}': a sum of layers has none; it is for tables without --by and --depth",
        column.name));
  }
  if (machine && !roofline) {
    throw Error(fmt::format(
        "column '{}' needs a roofline: give --peak-gflops and --bandwidth-gbs, or --machine",
        column.name));
  }
}

const CostColumn* base_of(const CostColumn& column) {
  constexpr std::string_view kShare = "_share";
  if (!column.name.ends_with(kShare)) return nullptr;
  return &find_column(column.name.substr(0, column.name.size() - kShare.size()));
}

}  // namespace archcost::tables
