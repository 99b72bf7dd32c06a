// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/glossary.hpp"
#include "core/text.hpp"
#include "cost/entropy.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

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

bool has_latency(const std::vector<Compared>& networks) {
  return !networks.front().costs.options.latency.empty();
}

void add_latency(std::vector<Cell>& row, const Compared& compared, const Compared& first) {
  const double seconds = compared.costs.total.latency, base = first.costs.total.latency;
  row.emplace_back(seconds > 0 ? Cell(seconds) : Cell());
  row.emplace_back(seconds > 0 && base > 0 ? Cell(seconds / base) : Cell());
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
  Document document;
  document.title = fmt::format("{} networks", networks.size());
  document.subtitle = "ratios to the first   convention: macs";
  Section section;
  section.table.columns.push_back({"network", "network", kText, 0, kLabelWidth});
  for (const auto counter : kShown) {
    const int expendable = counter == &LayerCost::activations ? 1 : 0;
    section.table.columns.push_back({"", title_of(counter), kCount, expendable});
    section.table.columns.push_back({"", "ratio", kRatio, expendable});
  }
  section.table.columns.push_back({"", "entropy", kDecimal, 2});
  section.table.columns.push_back({"", "effectiveness", kRatio, 3});
  const bool latency = has_latency(networks);
  if (latency) {
    section.table.columns.push_back({"", "latency", kSeconds, 0});
    section.table.columns.push_back({"", "ratio", kRatio, 0});
  }
  const LayerCost& first = networks.front().costs.total.cost;
  for (const Compared& compared : networks) {
    std::vector<Cell> row = {compared.label};
    for (const auto counter : kShown) {
      row.emplace_back((compared.costs.total.cost.*counter).value());
      row.emplace_back(ratio(compared.costs.total.cost.*counter, first.*counter));
    }
    const cost::Entropy entropy = cost::entropy_of(compared.network);
    row.emplace_back(entropy.entropy);
    row.emplace_back(entropy.effectiveness);
    if (latency) add_latency(row, compared, networks.front());
    section.table.rows.push_back(std::move(row));
  }
  for (std::size_t k = 1; k < networks.size(); ++k) {
    const std::string formula = separable_formula(networks.front().network, networks[k].network);
    if (formula.empty()) continue;
    section.notes.push_back(fmt::format("{}: {}", networks[k].label, formula));
    section.notes.push_back(fractions(networks[k].costs.total.cost, first));
  }
  document.sections.push_back(std::move(section));
  return document;
}

Document compare_data(const std::vector<Compared>& networks) {
  Section section;
  section.table.columns.push_back({"network", "", kText, 0});
  for (const CostName& name : glossary()) {
    if (name.counter == nullptr) continue;
    section.table.columns.push_back({std::string(name.name), "", kCount, 0});
    section.table.columns.push_back({fmt::format("{}_ratio", name.name), "", kRatio, 0});
  }
  section.table.columns.push_back({"entropy", "", kDecimal, 0});
  section.table.columns.push_back({"effectiveness", "", kRatio, 0});
  const bool latency = has_latency(networks);
  if (latency) {
    section.table.columns.push_back({"latency", "", kSeconds, 0});
    section.table.columns.push_back({"latency_ratio", "", kRatio, 0});
  }
  const LayerCost& first = networks.front().costs.total.cost;
  for (const Compared& compared : networks) {
    std::vector<Cell> row = {compared.label};
    for (const CostName& name : glossary()) {
      if (name.counter == nullptr) continue;
      row.emplace_back((compared.costs.total.cost.*name.counter).value());
      if (first.*name.counter == Count(0))
        row.emplace_back();
      else
        row.emplace_back(ratio(compared.costs.total.cost.*name.counter, first.*name.counter));
    }
    const cost::Entropy entropy = cost::entropy_of(compared.network);
    row.emplace_back(entropy.entropy);
    row.emplace_back(entropy.effectiveness);
    if (latency) add_latency(row, compared, networks.front());
    section.table.rows.push_back(std::move(row));
  }
  return {"", "", {std::move(section)}};
}

std::string compare_json(const std::vector<Compared>& networks) {
  Json json;
  json["convention"] = "macs";
  json["networks"] = Json::array();
  const LayerCost& first = networks.front().costs.total.cost;
  for (const Compared& compared : networks) {
    Json ratios = Json::object();
    for (const CostName& name : glossary()) {
      if (name.counter == nullptr) continue;
      const Count base = first.*name.counter;
      ratios[std::string(name.name)] =
          base == Count(0) ? Json(nullptr)
                           : Json(ratio(compared.costs.total.cost.*name.counter, base));
    }
    Json parameters = Json::object();
    for (const graph::Parameter& parameter : compared.network.parameters)
      parameters[parameter.name] = to_json(parameter.value);
    const TensorShape& input = compared.network.input;
    const cost::Entropy entropy = cost::entropy_of(compared.network);
    Json totals = to_json(compared.costs.total.cost);
    totals["entropy"] = entropy.entropy;
    totals["effectiveness"] = entropy.effectiveness;
    json["networks"].push_back({{"spec", compared.label},
                                {"parameters", std::move(parameters)},
                                {"input",
                                 {{"channels", input.channels.value()},
                                  {"height", input.height.value()},
                                  {"width", input.width.value()},
                                  {"batch", compared.network.batch}}},
                                {"totals", std::move(totals)},
                                {"ratios", std::move(ratios)}});
  }
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
