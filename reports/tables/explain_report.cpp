// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/text.hpp"
#include "cost/explain.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

std::string of_total(Count part, Count total) {
  return percent(part.value(), total.value(), 1) + " %";
}

std::string plural(int n, const std::string& what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string scaling(const cost::Scalings& scalings, const cost::KindFormula& kind) {
  const auto found = scalings.find(kind.name);
  return found == scalings.end() ? std::string() : found->second;
}

Section formula_section(const cost::CostTable& costs, const cost::Scalings& scalings,
                        const std::vector<cost::KindFormula>& kinds) {
  Section section;
  section.heading =
      "Multiply-adds by kind: K kernel, M and N channels in and out, g groups, H and W of the "
      "output";
  section.table.columns = {{"kind", "kind", kText, 0, 18},       {"layers", "layers", kInteger, 5},
                           {"formula", "formula", kText, 0, 22}, {"scaling", "~", kText, 4, 4},
                           {"macs", "macs", kCount, 0},          {"share", "%", kPercent, 0},
                           {"weights", "weights %", kPercent, 3}};
  for (const cost::KindFormula& kind : kinds) {
    section.table.rows.push_back({kind.name, std::int64_t{kind.sum.layers}, kind.formula,
                                  scaling(scalings, kind), kind.sum.cost.macs.value(),
                                  share(kind.sum.cost.macs, costs.total.cost.macs),
                                  share(kind.sum.cost.weights, costs.total.cost.weights)});
  }
  return section;
}

Section numbers_section(const std::vector<cost::KindFormula>& kinds) {
  Section section;
  section.heading = "The largest layer of each kind, one image";
  for (const cost::KindFormula& kind : kinds)
    section.notes.push_back(fmt::format("- {}, {}: {}", kind.name, kind.example, kind.numbers));
  if (kinds.empty()) section.notes.push_back("No layer has multiply-adds.");
  return section;
}

void add_separable(const graph::Network& network, std::vector<std::string>& notes) {
  const cost::SeparableFacts facts = cost::separable_facts(network);
  if (facts.pairs == 0) return;
  notes.push_back(fmt::format(
      "- {} of a depthwise and a pointwise convolution: {} multiply-adds, {:.3f} of "
      "the {} that standard convolutions in their "
      "place would have (1/N + 1/K² for each).",
      plural(facts.pairs, "pair"), human_count(facts.macs.value()),
      ratio(facts.macs, facts.standard_macs), human_count(facts.standard_macs.value())));
}

void add_grouped(const graph::Network& network, const cost::CostTable& costs,
                 std::vector<std::string>& notes) {
  const cost::GroupedFacts facts = cost::grouped_facts(network);
  if (facts.layers > 0) {
    const Count saved = facts.ungrouped_macs - facts.macs;
    const Count image_total = div_floor(costs.total.cost.macs, network.batch);
    notes.push_back(
        fmt::format("- Grouping {}: {} multiply-adds instead of {}. Without it the network would "
                    "have {} instead of {}.",
                    plural(facts.layers, "pointwise convolution"), human_count(facts.macs.value()),
                    human_count(facts.ungrouped_macs.value()),
                    human_count((image_total + saved).value()), human_count(image_total.value())));
  }
  std::vector<cost::ShuffleFacts> shuffles = cost::shuffle_facts(network);
  if (shuffles.empty()) return;
  bool all = true;
  for (const cost::ShuffleFacts& fact : shuffles) all = all && fact.with_shuffle == fact.channels;
  const cost::ShuffleFacts& last = shuffles.back();
  notes.push_back(fmt::format(
      "- Channel shuffle: an output channel of {} depends on {} of the {} channels that enter {}; "
      "without the shuffle on {}.{}",
      last.second, last.with_shuffle, last.channels, last.first, last.without_shuffle,
      shuffles.size() > 1 && all
          ? fmt::format(" With it, all {} such units see every channel.", shuffles.size())
          : ""));
}

void add_gates(const graph::Network& network, const cost::CostTable& costs,
               std::vector<std::string>& notes) {
  const cost::GateFacts facts = cost::gate_facts(network);
  if (facts.gates == 0) return;
  const Count image_macs = div_floor(costs.total.cost.macs, network.batch);
  notes.push_back(fmt::format(
      "- {} of squeeze-and-excitation: {} parameters ({}), {} multiply-adds ({}), {} taps of "
      "pooling and {} products with the gates.",
      plural(facts.gates, "gate"), human_count(facts.added.params.value()),
      of_total(facts.added.params, costs.total.cost.params), human_count(facts.added.macs.value()),
      of_total(facts.added.macs, image_macs), human_count(facts.added.pool_ops.value()),
      human_count(facts.products.value())));
  if (!facts.is_bottleneck) return;
  notes.push_back(fmt::format(
      "- The largest, {}: C = {}, C/r = {}, so 2 C²/r = {} weights in its two layers.",
      facts.example, facts.channels, facts.hidden, with_commas(facts.example_weights.value())));
}

void add_conclusion(const cost::CostTable& costs, const std::vector<cost::KindFormula>& kinds,
                    std::vector<std::string>& notes) {
  if (kinds.empty()) return;
  const cost::KindFormula& first = kinds.front();
  const Count macs = first.sum.cost.macs, all = costs.total.cost.macs;
  const bool most = macs > all - macs;
  const Count weights = costs.total.cost.weights;
  notes.push_back(fmt::format(
      "- The {} hold{} {} of the multiply-adds{}: {}",
      first.sum.layers == 1 ? first.name + " layer"
                            : plural(first.sum.layers, first.name + " layer"),
      first.sum.layers == 1 ? "s" : "", of_total(macs, all),
      weights == Count(0)
          ? std::string()
          : fmt::format(" and {} of the weights", of_total(first.sum.cost.weights, weights)),
      !most             ? "the largest part."
      : first.pointwise ? "in multiply-adds, the pointwise convolutions are the bottleneck."
                        : "most of the possible savings are there."));
}

}  // namespace

Document explain_report(const graph::Network& network, const cost::CostTable& costs,
                        const cost::Scalings& scalings) {
  const std::vector<cost::KindFormula> kinds = cost::kind_formulas(network, costs);
  Section conclusions = {network.batch > 1 ? "Conclusions, one image" : "Conclusions", {}, {}};
  add_separable(network, conclusions.notes);
  add_grouped(network, costs, conclusions.notes);
  add_gates(network, costs, conclusions.notes);
  add_conclusion(costs, kinds, conclusions.notes);
  return {
      network.name,
      describe_setting(network),
      {formula_section(costs, scalings, kinds), numbers_section(kinds), std::move(conclusions)}};
}

std::string explain_json(const graph::Network& network, const cost::CostTable& costs,
                         const cost::Scalings& scalings) {
  Json kinds = Json::array();
  for (const cost::KindFormula& kind : cost::kind_formulas(network, costs))
    kinds.push_back({{"class", kind.name},
                     {"layers", kind.sum.layers},
                     {"formula", kind.formula},
                     {"scaling", scaling(scalings, kind)},
                     {"example", kind.example},
                     {"numbers", kind.numbers},
                     {"macs", kind.sum.cost.macs},
                     {"weights", kind.sum.cost.weights}});
  Json json = {{"spec", network.name}, {"kinds", std::move(kinds)}};
  if (const cost::SeparableFacts facts = cost::separable_facts(network); facts.pairs > 0)
    json["separable"] = {
        {"pairs", facts.pairs}, {"macs", facts.macs}, {"standard_macs", facts.standard_macs}};
  if (const cost::GroupedFacts facts = cost::grouped_facts(network); facts.layers > 0)
    json["grouped"] = {
        {"layers", facts.layers}, {"macs", facts.macs}, {"ungrouped_macs", facts.ungrouped_macs}};
  for (const cost::ShuffleFacts& facts : cost::shuffle_facts(network))
    json["shuffles"].push_back({{"first", facts.first},
                                {"second", facts.second},
                                {"channels", facts.channels},
                                {"with_shuffle", facts.with_shuffle},
                                {"without_shuffle", facts.without_shuffle}});
  if (const cost::GateFacts facts = cost::gate_facts(network); facts.gates > 0)
    json["gates"] = {{"gates", facts.gates},
                     {"added", to_json(facts.added)},
                     {"products", facts.products},
                     {"largest",
                      {{"layer", facts.example},
                       {"channels", facts.channels},
                       {"hidden", facts.hidden},
                       {"weights", facts.example_weights}}}};
  return json_text(json);
}

}  // namespace archcost::tables
