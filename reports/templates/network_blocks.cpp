// SPDX-License-Identifier: Apache-2.0
// Blocks about networks as they are.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "cost/explain.hpp"
#include "reports/pages/accuracy_points.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/templates/block_builders.hpp"

namespace archcost::templates {
namespace {

const pages::ReportNetwork& network_of(TemplateData& data, const TemplateBlock& block) {
  return data.network(block.all("network").front());
}

Document explained(TemplateData& data, const TemplateBlock& block) {
  return pages::explained(network_of(data, block));
}

}  // namespace

Parts text_block(TemplateData& data, const TemplateBlock& block) {
  return {Paragraph{data.prose(block.all("text").front())}};
}

Parts heading_block(TemplateData& data, const TemplateBlock& block) {
  return {Subheading{data.prose(block.all("text").front())}};
}

Parts compare_block(TemplateData& data, const TemplateBlock& block) {
  std::vector<tables::Compared> networks;
  for (const TemplateText& name : data.expanded(block.all("networks"))) {
    const pages::ReportNetwork& one = data.network(name);
    networks.push_back({one.label, one.network, one.costs});
  }
  Parts parts;
  pages::add_section(parts, tables::compare_report(networks).sections.front(), block.text("name"),
                     "", tables::compare_data(networks).sections.front().table);
  return parts;
}

Parts shares_block(TemplateData& data, const TemplateBlock& block) {
  const pages::ReportNetwork& one = network_of(data, block);
  const std::string name = block.text("name");
  return {block.text("by", "kind") == "kind" ? pages::kind_shares_picture(one, name)
                                             : pages::layer_shares_picture(one, name)};
}

Parts costs_block(TemplateData& data, const TemplateBlock& block) {
  tables::CostReportOptions options;
  options.grouping = grouping_of(block);
  options.columns = block.texts("columns");
  const bool by_layer = options.grouping == cost::Grouping::kLayer;
  return pages::cost_parts(network_of(data, block), options, block.text("name"),
                           by_layer ? "The table of all layers" : "");
}

Parts formulas_block(TemplateData& data, const TemplateBlock& block) {
  Parts parts;
  int number = 0;
  for (const Section& section : explained(data, block).sections) {
    parts.push_back(Subheading{section.heading});
    pages::add_section(parts, section, fmt::format("{}_{}", block.text("name"), ++number));
  }
  return parts;
}

Parts conclusions_block(TemplateData& data, const TemplateBlock& block) {
  Parts parts;
  pages::add_section(parts, explained(data, block).sections.back(), "conclusions");
  return parts;
}

Parts accuracy_block(TemplateData& data, const TemplateBlock& block) {
  std::vector<pages::AccuracyPoint> points;
  std::set<std::string> known;
  for (const TemplateText& name : data.expanded(block.all("networks"))) {
    const spec::ArchSpec& spec = data.spec(name).spec;
    if (!known.insert(spec.name).second) continue;
    for (pages::AccuracyPoint& point : pages::accuracy_points(spec))
      points.push_back(std::move(point));
  }
  const std::string source = block.text("source");
  if (!source.empty())
    std::erase_if(points,
                  [&](const pages::AccuracyPoint& point) { return point.source != source; });
  if (points.empty())
    throw Error(source.empty() ? std::string("no spec of these networks has a published accuracy")
                               : fmt::format("no published accuracy has the source '{}'", source));
  return pages::accuracy_parts(points, block.text("name"));
}

}  // namespace archcost::templates
