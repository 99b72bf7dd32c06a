// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/cost_rows.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/entropy.hpp"
#include "cost/named_cost.hpp"

namespace archcost::tables {
namespace {

using Context = const ColumnContext&;

Cell share_cell(Count part, Count total) {
  return value_if(!(total == Count(0)), share(part, total));
}

template <Count LayerCost::*kCounter>
Cell counter(Context c) {
  return c.row.cost.*kCounter;
}
template <Count LayerCost::*kCounter>
Cell counter_share(Context c) {
  return share_cell(c.row.cost.*kCounter, c.costs.total.cost.*kCounter);
}
template <auto cost::CostRow::*kFigure>
Cell figure(Context c) {
  return c.row.*kFigure;
}

const graph::Layer& layer_of(Context c) {
  return c.network.layers[static_cast<std::size_t>(c.layer)];
}

template <Count TensorShape::*kSize>
Cell output_size(Context c) {
  return c.layer < 0 ? Cell() : layer_of(c).output.*kSize;
}

bool is_total(Context c) { return &c.row == &c.costs.total; }

Cell layer_text(Context c, std::string (*describe)(const cost::ReceptiveField&)) {
  if (c.layer < 0) return {};
  return describe(c.fields[static_cast<std::size_t>(c.layer)]);
}

constexpr auto kColumns = std::to_array<CostColumn>({
    {"class", "kind", kText, "what people call the layer: depthwise 3x3",
     [](Context c) -> Cell {
       return c.layer < 0 ? Cell() : graph::class_name(c.network, layer_of(c));
     },
     Needs::kLayer},
    {"kind", "kind", kText, "the kind in the layer table: conv",
     [](Context c) -> Cell { return c.layer < 0 ? Cell() : layer_of(c).kind->name; },
     Needs::kLayer},
    {"output", "output", kText, "channels x height x width of one image",
     [](Context c) -> Cell { return c.layer < 0 ? Cell() : to_string(layer_of(c).output); },
     Needs::kLayer},
    {"channels", "channels", kInteger, "of the output", output_size<&TensorShape::channels>,
     Needs::kLayer},
    {"height", "height", kInteger, "of the output", output_size<&TensorShape::height>,
     Needs::kLayer},
    {"width", "width", kInteger, "of the output", output_size<&TensorShape::width>, Needs::kLayer},
    {"layers", "layers", kInteger, "layers in the row", figure<&cost::CostRow::layers>},
    {"params", "params", kCount, "learned numbers", counter<&LayerCost::params>},
    {"params_share", "%", kPercent, "share of params", counter_share<&LayerCost::params>},
    {"buffers", "buffers", kCount, "kept but not learned", counter<&LayerCost::buffers>},
    {"weights", "weights", kCount, "kernels only", counter<&LayerCost::weights>},
    {"weights_share", "%", kPercent, "share of weights", counter_share<&LayerCost::weights>},
    {"cost", "cost", kCount, "under the convention of the table", figure<&cost::CostRow::figure>},
    {"cost_share", "%", kPercent, "share of cost",
     [](Context c) { return share_cell(c.row.figure, c.costs.total.figure); }},
    {"macs", "macs", kCount, "multiply-adds", counter<&LayerCost::macs>},
    {"macs_share", "%", kPercent, "share of macs", counter_share<&LayerCost::macs>},
    {"bias_adds", "bias adds", kCount, "additions of biases", counter<&LayerCost::bias_adds>},
    {"elementwise", "elementwise", kCount, "additions, products, quotients by element",
     counter<&LayerCost::elementwise>},
    {"compares", "compares", kCount, "comparisons", counter<&LayerCost::compares>},
    {"transcendentals", "transcend.", kCount, "exponentials, roots and the like",
     counter<&LayerCost::transcendentals>},
    {"pool_ops", "pool ops", kCount, "taps of pooling windows", counter<&LayerCost::pool_ops>},
    {"flops", "flops", kCount, "every operation", figure<&cost::CostRow::flops>},
    {"train_flops", "train flops", kCount, "operations forward and backward",
     figure<&cost::CostRow::train_flops>},
    {"activations", "activations", kCount, "output elements", counter<&LayerCost::activations>},
    {"weight_bytes", "weight bytes", kBytes, "bytes of parameters and buffers",
     figure<&cost::CostRow::weight_bytes>},
    {"input_bytes", "input bytes", kBytes, "bytes of activations read",
     figure<&cost::CostRow::input_bytes>},
    {"output_bytes", "output bytes", kBytes, "bytes of activations written",
     figure<&cost::CostRow::output_bytes>},
    {"traffic", "traffic", kBytes, "bytes of weights, inputs and outputs",
     [](Context c) -> Cell { return c.row.traffic(); }},
    {"intensity", "ops/byte", kNumber, "operations a byte of traffic",
     [](Context c) -> Cell { return c.row.intensity(); }},
    {"receptive_field", "sees", kNumberText, "input rows x columns that an output position sees",
     [](Context c) { return layer_text(c, cost::describe_size); }, Needs::kLayer},
    {"effective_stride", "stride", kNumberText, "input rows x columns between neighbouring outputs",
     [](Context c) { return layer_text(c, cost::describe_stride); }, Needs::kLayer},
    {"entropy", "entropy", kDecimal, "of the whole network: its convolutions' sizes alone",
     [](Context c) -> Cell {
       return is_total(c) ? cost::entropy_of(c.network).entropy : Cell();
     }},
    {"effectiveness", "effectiveness", kRatio, "of the whole network: depth over width",
     [](Context c) -> Cell {
       return is_total(c) ? cost::entropy_of(c.network).effectiveness : Cell();
     }},
    {"seconds", "time", kSeconds, "attainable time under the roofline",
     [](Context c) -> Cell { return value_if(c.costs.options.roofline.has_value(), c.row.seconds); },
     Needs::kRoofline},
    {"seconds_share", "%", kPercent, "share of seconds",
     [](Context c) -> Cell {
       return value_if(c.costs.total.seconds > 0, 100 * c.row.seconds / c.costs.total.seconds);
     },
     Needs::kRoofline},
    {"latency", "latency", kSeconds, "predicted time, from the database of latencies",
     [](Context c) -> Cell { return value_if(c.row.latency > 0, c.row.latency); }},
    {"latency_share", "%", kPercent, "share of latency",
     [](Context c) -> Cell {
       return value_if(c.row.latency > 0 && c.costs.total.latency > 0,
                       100 * c.row.latency / c.costs.total.latency);
     }},
    {"bound", "bound by", kText, "what bounds the layer under the roofline: compute or memory",
     [](Context c) -> Cell {
       if (!c.costs.options.roofline || c.layer < 0) return {};
       return cost::bound_by(c.row, *c.costs.options.roofline);
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
  static const std::vector<std::string> kAccuracies = {"accuracy", "accuracy_error"};
  if (nearest(name, kAccuracies)) {
    throw Error(fmt::format(
        "no column '{}': a layer has no accuracy; a network has, in archcost accuracy SPEC and "
        "archcost compare A B --columns accuracy",
        name));
  }
  std::string plain(name);
  std::replace(plain.begin(), plain.end(), '-', '_');
  const std::vector<std::string>& whole = cost::named_costs();
  const bool is_named = std::find(whole.begin(), whole.end(), plain) != whole.end();
  if (is_named || plain == "memory" || plain == "latency_estimated") {
    throw Error(fmt::format(
        "no column '{}': it is a figure of the whole network, of archcost {} SPEC{}", name,
        plain == "latency_estimated" ? "predict" : "memory",
        plain == "memory" ? "" : fmt::format(" and archcost compare A B --columns {}", plain)));
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

namespace {

double sort_key(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  return 0;
}

void sort_rows(std::vector<ReportRow>& rows, const graph::Network& network,
               const cost::CostTable& costs, const CostReportOptions& options,
               const std::vector<cost::ReceptiveField>& fields) {
  const std::string name = options.sort.substr(0, options.sort.find(':'));
  const std::string order = options.sort.substr(name.size());
  if (order != "" && order != ":asc" && order != ":desc")
    throw Error("--sort " + options.sort, "write NAME, NAME:asc or NAME:desc");
  const CostColumn& column = find_column(name);
  check_column(column, by_layer(options), costs.options.roofline.has_value());
  if (column.format == kText || column.format == kNumberText) {
    throw Error(fmt::format("--sort {}: that column has no order; sort by a number", options.sort));
  }
  const auto key = [&](const ReportRow& row) {
    const double value = sort_key(column.value({network, costs, row.cost, row.layer, fields}));
    return order == ":asc" ? value : -value;
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const ReportRow& a, const ReportRow& b) { return key(a) < key(b); });
}

}  // namespace

double ratio(Count a, Count b) {
  return b == Count(0) ? 0 : static_cast<double>(a.value()) / static_cast<double>(b.value());
}

double share(Count part, Count whole) {
  return whole == Count(0)
             ? 0
             : 100.0 * static_cast<double>(part.value()) / static_cast<double>(whole.value());
}

bool by_layer(const CostReportOptions& options) {
  return options.grouping == cost::Grouping::kLayer && !options.depth;
}

ReportRows report_rows(const graph::Network& network, const cost::CostTable& costs,
                       const CostReportOptions& options,
                       const std::vector<cost::ReceptiveField>& fields) {
  ReportRows rows;
  for (cost::CostRow& cost : cost::group(network, costs, options.grouping, options.depth)) {
    const int layer = by_layer(options) ? static_cast<int>(rows.shown.size()) : -1;
    rows.shown.push_back({std::move(cost), layer});
  }
  CostReportOptions ordered = options;
  if (options.top && options.sort.empty()) ordered.sort = "cost";  // the first are the largest
  if (!ordered.sort.empty()) sort_rows(rows.shown, network, costs, ordered, fields);
  if (!options.top || *options.top >= rows.shown.size()) return rows;
  const std::size_t left_out = rows.shown.size() - *options.top;
  rows.others.emplace();
  rows.others->name = fmt::format("{} other{}", left_out, left_out == 1 ? "" : "s");
  rows.others->layers = 0;
  for (std::size_t k = *options.top; k < rows.shown.size(); ++k) *rows.others += rows.shown[k].cost;
  rows.shown.resize(*options.top);
  return rows;
}

}  // namespace archcost::tables
