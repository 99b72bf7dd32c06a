// SPDX-License-Identifier: Apache-2.0
// Engines side by side, as parts of a report.
#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/pages/page_parts.hpp"

namespace archcost::pages {

std::vector<PagePart> engine_parts(const std::vector<tables::NetworkOnEngines>& networks,
                                   const std::string& prefix) {
  std::vector<std::string> libraries;
  for (const tables::EngineTimes& engine : networks.front().engines)
    libraries.push_back(engine.library);
  std::vector<PagePart> parts = {
      Paragraph{fmt::format("The same networks with the same weights on {}, one after the other.",
                            join(libraries, " and "))},
      PageTable{prefix, tables::engine_totals_table(networks), {}, {}}};
  if (Table ranks = tables::engine_ranks_table(networks); !ranks.rows.empty())
    parts.emplace_back(PageTable{
        prefix + "_ranks",
        std::move(ranks),
        {},
        {"Spearman's rank correlation over these networks, of times and multiply-adds."}});
  int number = 0;
  for (const tables::NetworkOnEngines& network : networks) {
    parts.emplace_back(Subheading{network.label});
    parts.emplace_back(PageTable{
        fmt::format("{}_{}", prefix, ++number), tables::engine_kinds_table(network), {}, {}});
  }
  for (const std::string& finding : tables::engine_findings(networks))
    parts.emplace_back(Paragraph{finding + "."});
  return parts;
}

}  // namespace archcost::pages
