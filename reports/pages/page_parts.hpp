// SPDX-License-Identifier: Apache-2.0
// Parts of reports from the tables and documents of other builders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/document/page.hpp"
#include "reports/pages/report_input.hpp"
#include "reports/pictures/pictures.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::pages {

/// Longer tables are folded.
constexpr std::size_t kOpenRows = 24;

/// The table of a section, named for its CSV, with its notes; remarks that begin with "- " become a
/// list. A long table is folded under `folded`. Without a table only the remarks.
void add_section(std::vector<PagePart>& parts, const Section& section, const std::string& name,
                 const std::string& folded = {}, std::optional<Table> data = {});

/// The cost table, and all its counters as data; a long one is folded.
std::vector<PagePart> cost_parts(const ReportNetwork& network, tables::CostReportOptions options,
                                 const std::string& name, const std::string& folded);
/// The layers under the parts of their names, each part with its sum.
document::Tree cost_tree(const ReportNetwork& network, const std::string& name);
/// The formulas of the network.
Document explained(const ReportNetwork& network);

/// Shares of parameters and multiply-adds by kind: a bar for each kind that has any.
Picture kind_shares_picture(const ReportNetwork& network, const std::string& name);
/// Shares of multiply-adds and parameters of the layers that have multiply-adds.
Picture layer_shares_picture(const ReportNetwork& network, const std::string& name);
/// The bytes of live tensors over the order of execution.
Picture memory_picture(const ReportNetwork& network, const std::string& name);

/// Tables, laws and pictures of a sweep; `prefix` begins the names of tables and pictures.
std::vector<PagePart> sweep_parts(const ReportSweep& sweep, const std::string& prefix);
/// The map of a cost over two numeric parameters of the sweep's first job, with lines where it
/// meets budgets.
Picture sweep_map(const ReportSweep& sweep, const std::string& cost,
                  const pictures::PictureText& text, const std::vector<pictures::Budget>& budgets);

/// The designs of a search and, if any meets the limits, a picture of two of their figures, with
/// error bars of estimates.
std::vector<PagePart> search_parts(const ReportSearch& search, const std::string& prefix);

/// Times beside multiply-adds by kind and by layer, and the roofline, of a network that was
/// measured.
std::vector<PagePart> measured_parts(const ReportNetwork& network,
                                     const std::optional<latency::Machine>& machine,
                                     const std::string& prefix);
/// Time beside multiply-adds of several measured networks.
std::vector<PagePart> measured_comparison(const std::vector<ReportNetwork>& networks,
                                          const std::string& prefix);
/// Networks that were measured on several engines: where each is strong.
std::vector<PagePart> engine_parts(const std::vector<tables::NetworkOnEngines>& networks,
                                   const std::string& prefix);
/// When, on what and by which command it was measured.
std::vector<PagePart> measured_origin(const runner::Measurement& measurement,
                                      const std::string& command);

/// Command, version, and what each spec's text hashes to.
std::vector<PagePart> origin_parts(const std::vector<const spec::ArchSpec*>& specs,
                                   const ReportOrigin& origin);

}  // namespace archcost::pages
