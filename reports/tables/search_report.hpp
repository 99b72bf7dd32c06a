// SPDX-License-Identifier: Apache-2.0
// The results of searches: tables, lines of data, commands that use a design.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/tables/names.hpp"
#include "search/methods/search.hpp"

namespace archcost::tables {

/// A quantity's value, by its index in the plan: "63.30 %", "149.50M", "6.12 MiB", "9.1 ms".
std::string figure_text(const methods::SearchPlan& plan, std::size_t q, double value);
/// "maximize accuracy under macs <= 150M and params <= 2M".
std::string request_text(const methods::SearchPlan& plan);
/// What ran, what is guaranteed, how many points were looked at, why it ended: a line each.
std::vector<std::string> method_lines(const methods::SearchPlan& plan,
                                      const methods::SearchResult& result);
/// What became of the points: how many fit, what each limit rules out; without any that fits, which
/// limits can't be met and by how much.
std::vector<std::string> tally_lines(const methods::SearchPlan& plan,
                                     const methods::SearchResult& result);

/// The designs, or those that come nearest. `raw`: for machines, with errors and commands in
/// columns.
Document search_report(const methods::SearchPlan& plan, const methods::SearchResult& result,
                       bool raw);
/// The same as JSON lines.
std::string search_json_lines(const methods::SearchPlan& plan, const methods::SearchResult& result);

/// "archcost analyze mobilenet_v1 --set alpha=0.5", to be typed into a shell.
std::string design_command(const methods::SearchPlan& plan, const methods::Design& design,
                           const std::string& command);
/// A spec of its own: the design's values are the defaults of the parameters. Of specs of one file.
/// Throws Error where --input takes the place of the spec's.
std::string design_spec(const methods::SearchPlan& plan, const methods::Design& design);

}  // namespace archcost::tables
