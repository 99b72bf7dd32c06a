// SPDX-License-Identifier: Apache-2.0
// The report of one network: a table of its sections and their builders.
#include <fmt/core.h>

#include "core/text.hpp"
#include "cost/memory.hpp"
#include "cost/published.hpp"
#include "reports/pages/accuracy_points.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/pages/sections.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::pages {
namespace {

using Parts = std::vector<PagePart>;

const ReportNetwork& only(const ReportInput& input) { return input.networks.front(); }

// A figure as shown and raw.
struct Fact {
  std::string name, key, shown;
  std::int64_t raw;
};

std::vector<Fact> facts_of(const ReportNetwork& one) {
  const cost::CostRow& total = one.costs.total;
  const DataTypes& types = one.costs.options.types;
  const cost::Convention& convention = *one.costs.options.convention;
  const auto figure = [](const std::string& name, const std::string& key, Count count) {
    return Fact{name, key, human_count(count.value()), count.value()};
  };
  const auto size = [](const std::string& name, const std::string& key, Count bytes) {
    return Fact{name, key, human_bytes(bytes.value()), bytes.value()};
  };
  std::vector<Fact> facts = {figure("parameters", "params", total.cost.params),
                             figure("multiply-adds (macs)", "macs", total.cost.macs)};
  if (convention.name != "macs")
    facts.push_back(figure(fmt::format("under the convention {}", convention.name),
                           std::string(convention.name), total.figure));
  facts.push_back(figure("operations, 2 x macs and the rest", "flops", total.flops));
  facts.push_back(
      figure("activations, elements of all outputs", "activations", total.cost.activations));
  facts.push_back(size(fmt::format("size of the model, {}", describe(types)), "weight_bytes",
                       total.weight_bytes));
  facts.push_back(size("size of the model, int8", "size_int8",
                       *cost::total_of(one.network, one.costs, "size_int8")));
  facts.push_back(size("peak memory of the activations", "peak_memory",
                       cost::peak_bytes(one.network, {types.activations, false})));
  facts.push_back({"layers with weights", "weighted_layers",
                   std::to_string(one.costs.weighted_layers), one.costs.weighted_layers});
  return facts;
}

Parts summary(const ReportInput& input) {
  const ReportNetwork& one = only(input);
  Parts parts;
  if (!one.network.source.empty())
    parts.push_back(Paragraph{fmt::format("Source: {}.", one.network.source)});
  PageTable table{"summary", {}, Table{}, {}};
  table.table.columns = {{"what", "what"}, {"figure", "figure", kNumberText}};
  table.data->columns = {{"figure"}, {"value", "value", kInteger}};
  for (const Fact& fact : facts_of(one)) {
    table.table.rows.push_back({fact.name, fact.shown});
    table.data->rows.push_back({fact.key, fact.raw});
  }
  parts.push_back(std::move(table));
  return parts;
}

Parts by_stage(const ReportInput& input) {
  tables::CostReportOptions options;
  options.grouping = cost::Grouping::kStage;
  Parts parts = cost_parts(only(input), options, "by_stage", "The table by stage");
  parts.push_back(cost_tree(only(input), "tree"));
  return parts;
}

Parts kind_costs(const ReportInput& input) {
  tables::CostReportOptions options;
  options.grouping = cost::Grouping::kKind;
  Parts parts = cost_parts(only(input), options, "by_kind", "");
  const LayerCost& total = only(input).costs.total.cost;
  if (total.macs > Count(0) || total.params > Count(0))
    parts.push_back(kind_shares_picture(only(input), "shares_by_kind"));
  return parts;
}

bool has_macs(const ReportInput& input) { return only(input).costs.total.cost.macs > Count(0); }

Parts by_layer(const ReportInput& input) {
  Parts parts =
      cost_parts(only(input), {}, "by_layer",
                 fmt::format("The table of all {} layers", only(input).network.layers.size()));
  if (has_macs(input))
    parts.insert(parts.begin(), layer_shares_picture(only(input), "shares_by_layer"));
  return parts;
}

Parts graph(const ReportInput& input) {
  return {Paragraph{"Each box is a block of layers with its output shape; equal consecutive blocks "
                    "are one box. 'archcost show' draws every layer."},
          tables::block_diagram(only(input).network)};
}

Parts formulas(const ReportInput& input) {
  Parts parts;
  for (const Section& section : explained(only(input)).sections) {
    parts.push_back(Subheading{section.heading});
    add_section(parts, section, "formulas");
  }
  return parts;
}

Parts conventions_side_by_side(const ReportInput& input) {
  Parts parts;
  add_section(parts, tables::conventions_report(only(input).network).sections.front(),
              "conventions");
  return parts;
}

Parts memory_over_time(const ReportInput& input) {
  const ReportNetwork& one = only(input);
  tables::MemoryReportOptions options;
  options.types = one.costs.options.types;
  const Document document = tables::memory_report(one.network, options);
  Parts parts = {memory_picture(one, "memory_timeline")};
  int number = 0;
  for (const Section& section : document.sections) {
    parts.push_back(Subheading{section.heading});
    add_section(parts, section, fmt::format("memory_{}", ++number), "The tensors alive");
  }
  return parts;
}

Parts published(const ReportInput& input) {
  const tables::VerifiedSpec verified = {only(input).spec.name,
                                         cost::verify_published(only(input).spec)};
  const Document people = tables::verify_report({verified});
  Parts parts = {
      Paragraph{fmt::format("Published figures of the family {}, beside the computed ones. "
                            "{}",
                            verified.name, people.sections.back().notes.front())}};
  add_section(parts, people.sections.front(), "published", "The table of all figures",
              tables::verify_data({verified}).sections.front().table);
  return parts;
}

Parts measured_network(const ReportInput& input) {
  const ReportNetwork& one = only(input);
  Parts parts = measured_origin(*one.measurement, input.origin.measured_command);
  for (PagePart& part : measured_parts(one, input.origin.machine, "measured"))
    parts.push_back(std::move(part));
  return parts;
}

bool has_predicted_accuracy(const ReportInput& input) {
  return has_measurement(input) && input.latency && has_accuracies(only(input).spec);
}

// The latencies are of this machine's database, so it is a measured section too.
Parts predicted_accuracy(const ReportInput& input) {
  Parts parts = accuracy_latency_parts(accuracy_points(only(input).spec, input.latency),
                                       "measured_accuracy", input.latency_how);
  if (parts.empty()) parts.push_back(Paragraph{"No published network has a latency."});
  return parts;
}

bool has_published(const ReportInput& input) {
  for (const spec::PublishedRow& row : only(input).spec.published) {
    for (const spec::Figure& figure : row.figures) {
      if (figure.name != "top1" && figure.name != "top5") return true;
    }
  }
  return false;
}

// A further section is a row here.
constexpr SectionRow kNetworkSections[] = {
    {"Summary", nullptr, summary},
    {"Costs by stage", nullptr, by_stage},
    {"Shares by kind of layer", nullptr, kind_costs},
    {"Costs by layer", nullptr, by_layer},
    {"Graph", nullptr, graph},
    {"Formulas", has_macs, formulas},
    {"Conventions side by side", nullptr, conventions_side_by_side},
    {"Memory", nullptr, memory_over_time},
    {"Measured: time beside multiply-adds", has_measurement, measured_network, true},
    {"Measured: engines side by side", has_engines, engines_section, true},
    {"Predicted: accuracy against latency", has_predicted_accuracy, predicted_accuracy, true},
    {"Lighter networks", has_lighten, lighten_section},
    {"Measured: lighter networks", has_timed_lighten, timed_lighten_section, true},
    {"Sweep", has_sweep, sweep_section},
    {"Search", has_search, search_section},
    {"Accuracy against costs", has_accuracy, accuracy_section},
    {"Published figures", has_published, published},
    {"Where this comes from", nullptr, origin_section},
};

}  // namespace

Page network_page(const ReportInput& input) {
  return {only(input).network.name,
          fmt::format("{}   convention: {}   {}", tables::describe_setting(only(input).network),
                      only(input).costs.options.convention->name,
                      describe(only(input).costs.options.types)),
          build_sections(kNetworkSections, input)};
}

}  // namespace archcost::pages
