// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/glossary.hpp"
#include "core/text.hpp"
#include "cost/entropy.hpp"
#include "cost/named_cost.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::tables {
namespace {

constexpr std::size_t kLabelWidth = 34;  // labels are kept whole up to here
constexpr Count LayerCost::*kShown[] = {&LayerCost::params, &LayerCost::macs,
                                        &LayerCost::activations};

std::string title_of(Count LayerCost::*counter) {
  for (const CostName& name : glossary()) {
    if (name.counter == counter) return std::string(name.title);
  }
  return {};
}

// "params 39/108 = 0.361, macs 351/972 = 0.361".
std::string fractions(const LayerCost& cost, const LayerCost& first) {
  return fmt::format("params {}/{} = {:.3f}, macs {}/{} = {:.3f}", cost.params.value(),
                     first.params.value(), ratio(cost.params, first.params), cost.macs.value(),
                     first.macs.value(), ratio(cost.macs, first.macs));
}

// The convolutions of a network, if it has nothing else.
std::vector<const graph::Layer*> only_convolutions(const graph::Network& network) {
  std::vector<const graph::Layer*> convolutions;
  for (const graph::Layer& layer : network.layers) {
    if (!layer.is(layers::kinds::conv_kind)) return {};
    convolutions.push_back(&layer);
  }
  return convolutions;
}

struct Convolution {
  Extent kernel, stride;
  Count in, out, groups;
};

Convolution facts(const graph::Network& network, const graph::Layer& layer) {
  const layers::LayerKind& kind = *layer.kind;
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  const auto at = [&](std::string_view name) {
    return layers::slot_of(kind.attributes, layers::find_attribute(kind, name));
  };
  return {view.extent(at("kernel")), view.extent(at("stride")),
          network.shape(layer.inputs[0]).channels, layer.output.channels,
          view.number(at("groups"))};
}

bool has_latency(const std::vector<Compared>& networks) { return networks.front().with_latency; }

struct LatencyRatio {
  std::optional<double> seconds, ratio;  // nothing where a figure is missing
};

// The predicted latency, and its ratio to the first network's.
LatencyRatio latency_ratio(const Compared& compared, const std::vector<Compared>& networks) {
  const double seconds = compared.latency.value_or(0), base = networks.front().latency.value_or(0);
  return {compared.latency, value_if(seconds > 0 && base > 0, seconds / base)};
}

// What follows the counters: entropy, effectiveness and the latency with its ratio.
void add_wholes(std::vector<Cell>& row, const Compared& compared,
                const std::vector<Compared>& networks) {
  const cost::Entropy entropy = cost::entropy_of(compared.network);
  row.insert(row.end(), {entropy.entropy, entropy.effectiveness});
  if (!has_latency(networks)) return;
  const LatencyRatio latency = latency_ratio(compared, networks);
  row.insert(row.end(), {latency.seconds, latency.ratio});
}

void add_compare_notes(const Compared& first, const Compared& compared,
                       std::vector<std::string>& notes) {
  if (&compared != &first)
    add_setting_changes(first.label, first.network, compared.label, compared.network, notes);
  notes.insert(notes.end(), compared.notes.begin(), compared.notes.end());
}

Format compare_format(const std::string& cost) {
  if (cost == "latency") return kSeconds;
  if (!space::is_whole(cost)) return kDecimal;
  return space::is_memory_size(cost) ? kBytes : kCount;
}

// A ratio of two accuracies means nothing, nor one of the numbers of estimated kernels.
bool is_compared(const std::string& cost) {
  return !space::is_point_cost(cost) || cost == "latency";
}

// Of a counter, to the first network's.
std::optional<double> ratio_to_first(const Compared& compared, const Compared& first,
                                     Count LayerCost::*counter) {
  const Count base = first.costs.total.cost.*counter;
  return value_if(!(base == Count(0)), ratio(compared.costs.total.cost.*counter, base));
}

}  // namespace

std::string separable_formula(const graph::Network& standard, const graph::Network& separable) {
  const auto one = only_convolutions(standard), two = only_convolutions(separable);
  if (one.size() != 1 || two.size() != 2 || !(standard.input == separable.input) ||
      !(one[0]->output == two[1]->output))
    return {};
  const Convolution full = facts(standard, *one[0]), depthwise = facts(separable, *two[0]),
                    pointwise = facts(separable, *two[1]);
  const Extent point = {1, 1};
  const bool applies = full.groups == Count(1) && depthwise.groups == depthwise.in &&
                       depthwise.out == depthwise.in && depthwise.kernel == full.kernel &&
                       depthwise.stride == full.stride && pointwise.groups == Count(1) &&
                       pointwise.kernel == point && pointwise.stride == point &&
                       full.kernel.height == full.kernel.width;
  if (!applies) return {};
  const std::int64_t n = full.out.value(), d = full.kernel.height.value();
  return fmt::format("1/N + 1/D² = 1/{} + 1/{}² = {:.3f}", n, d,
                     1.0 / static_cast<double>(n) + 1.0 / static_cast<double>(d * d));
}

Document compare_report(const std::vector<Compared>& networks) {
  Section section;
  Table& table = section.table;
  table.columns = {{"network", "network", kText, 0, kLabelWidth}};
  for (const auto counter : kShown) {
    const int expendable = counter == &LayerCost::activations ? 1 : 0;
    table.columns.push_back({"", title_of(counter), kCount, expendable});
    table.columns.push_back({"", "ratio", kRatio, expendable});
  }
  table.columns.push_back({"", "entropy", kDecimal, 2});
  table.columns.push_back({"", "effectiveness", kRatio, 3});
  if (has_latency(networks))
    table.columns.insert(table.columns.end(), {{"", "latency", kSeconds}, {"", "ratio", kRatio}});
  const LayerCost& first = networks.front().costs.total.cost;
  for (const Compared& compared : networks) {
    const LayerCost& cost = compared.costs.total.cost;
    std::vector<Cell>& row = table.rows.emplace_back();
    row.push_back(compared.label);
    for (const auto counter : kShown)
      row.insert(row.end(), {cost.*counter, ratio_to_first(compared, networks.front(), counter)});
    add_wholes(row, compared, networks);
    add_compare_notes(networks.front(), compared, section.notes);
    const std::string formula = separable_formula(networks.front().network, compared.network);
    if (formula.empty()) continue;
    section.notes.push_back(fmt::format("{}: {}", compared.label, formula));
    section.notes.push_back(fractions(cost, first));
  }
  return {fmt::format("{} networks", networks.size()),
          "ratios to the first   convention: macs",
          {std::move(section)}};
}

Document compare_columns(const std::vector<Compared>& networks,
                         const std::vector<std::string>& costs, bool with_ratios) {
  Section section;
  Table& table = section.table;
  table.columns = {{"network", "network", kText, 0, kLabelWidth}};
  for (const std::string& name : costs) {
    table.columns.push_back({name, cost_title(name), compare_format(name)});
    if (with_ratios && is_compared(name))
      table.columns.push_back({name + "_ratio", "ratio", kRatio, 2});
  }
  std::vector<std::optional<double>> first;
  for (const Compared& compared : networks) {
    cost::CostReader reader(compared.network, compared.costs.options.types);
    std::vector<Cell>& row = table.rows.emplace_back();
    row.push_back(compared.label);
    for (std::size_t k = 0; k < costs.size(); ++k) {
      std::optional<std::int64_t> held;
      if (!space::is_point_cost(costs[k]))
        held = reader.cost(costs[k])->value();
      else if (const auto known = compared.point_costs.find(costs[k]);
               known != compared.point_costs.end())
        held = known->second;
      std::optional<double> value;
      if (cost::is_real_cost(costs[k]))
        value = cost::real_cost(compared.network, costs[k]);
      else if (held)
        value = space::sweep_value(costs[k], *held).to_double();
      if (first.size() < costs.size()) first.push_back(value);
      row.push_back(!value ? Cell() : space::is_whole(costs[k]) ? Cell(*held) : Cell(*value));
      if (with_ratios && is_compared(costs[k]))
        row.push_back(
            value_if(value && first[k].value_or(0) != 0, value.value_or(0) / first[k].value_or(1)));
    }
    add_compare_notes(networks.front(), compared, section.notes);
  }
  return {fmt::format("{} networks", networks.size()),
          with_ratios ? "ratios to the first" : "",
          {std::move(section)}};
}

Document compare_data(const std::vector<Compared>& networks) {
  Table table = {.columns = {{"network"}}};
  for (const CostName& name : glossary()) {
    if (name.counter == nullptr) continue;
    table.columns.push_back({std::string(name.name)});
    table.columns.push_back({fmt::format("{}_ratio", name.name)});
  }
  table.columns.insert(table.columns.end(), {{"entropy"}, {"effectiveness"}});
  if (has_latency(networks))
    table.columns.insert(table.columns.end(), {{"latency"}, {"latency_ratio"}});
  for (const Compared& compared : networks) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row.push_back(compared.label);
    for (const CostName& name : glossary()) {
      if (name.counter == nullptr) continue;
      row.insert(row.end(), {compared.costs.total.cost.*name.counter,
                             ratio_to_first(compared, networks.front(), name.counter)});
    }
    add_wholes(row, compared, networks);
  }
  return data_document(std::move(table));
}

std::string compare_json(const std::vector<Compared>& networks) {
  Json array = Json::array();
  for (const Compared& compared : networks) {
    Json ratios = Json::object();
    for (const CostName& name : glossary()) {
      if (name.counter == nullptr) continue;
      const auto ratio = ratio_to_first(compared, networks.front(), name.counter);
      ratios[std::string(name.name)] = ratio ? Json(*ratio) : Json();
    }
    Json input = shape_json(compared.network.input), totals = to_json(compared.costs.total.cost);
    input["batch"] = compared.network.batch;
    const cost::Entropy entropy = cost::entropy_of(compared.network);
    totals["entropy"] = entropy.entropy;
    totals["effectiveness"] = entropy.effectiveness;
    if (has_latency(networks)) {
      const auto [seconds, ratio] = latency_ratio(compared, networks);
      totals["latency"] = seconds ? Json(*seconds) : Json();
      ratios["latency"] = ratio ? Json(*ratio) : Json();
    }
    array.push_back({{"spec", compared.label},
                     {"parameters", parameters_json(compared.network)},
                     {"input", std::move(input)},
                     {"totals", std::move(totals)},
                     {"ratios", std::move(ratios)}});
  }
  return json_text({{"convention", "macs"}, {"networks", std::move(array)}});
}

}  // namespace archcost::tables
