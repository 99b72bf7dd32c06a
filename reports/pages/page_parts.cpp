// SPDX-License-Identifier: Apache-2.0
#include "reports/pages/page_parts.hpp"

#include "cost/explain.hpp"

namespace archcost::pages {

void add_section(std::vector<PagePart>& parts, const Section& section, const std::string& name,
                 const std::string& folded, std::optional<Table> data) {
  Bullets bullets;
  std::vector<std::string> notes;
  for (const std::string& note : section.notes) {
    if (note.starts_with("- "))
      bullets.items.push_back(note.substr(2));
    else
      notes.push_back(note);
  }
  if (!section.table.columns.empty()) {
    const bool fold = !folded.empty() && section.table.rows.size() > kOpenRows;
    parts.push_back(PageTable{name, section.table, std::move(data), std::move(notes),
                              fold ? folded : std::string()});
  } else {
    for (std::string& note : notes) parts.push_back(Paragraph{std::move(note)});
  }
  if (!bullets.items.empty()) parts.push_back(std::move(bullets));
}

std::vector<PagePart> cost_parts(const ReportNetwork& network, tables::CostReportOptions options,
                                 const std::string& name, const std::string& folded) {
  const Document shown = tables::cost_report(network.network, network.costs, options);
  options.columns.clear();
  options.detail = tables::Detail::kData;
  const Document data = tables::cost_report(network.network, network.costs, options);
  std::vector<PagePart> parts;
  add_section(parts, shown.sections.front(), name, folded, data.sections.front().table);
  return parts;
}

Document explained(const ReportNetwork& network) {
  return tables::explain_report(network.network, network.costs,
                                cost::measured_scalings(network.spec, network.options));
}

}  // namespace archcost::pages
