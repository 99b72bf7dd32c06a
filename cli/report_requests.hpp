// SPDX-License-Identifier: Apache-2.0
// The sweep and the search of `archcost report`: planned and run as those commands do it, with
// errors that name the options of this one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "cli/spec_argument.hpp"
#include "reports/pages/report_input.hpp"

namespace archcost::cli {

/// The networks of a report, and how they are counted.
struct ReportNetworks {
  std::vector<std::string> specs;
  SpecOptions network;
  CostArguments costs;
};

/// `vary`: the texts of --sweep, or "all"; nothing for none. Throws Error.
std::optional<pages::ReportSweep> report_sweep(const ReportNetworks& options,
                                               const std::vector<std::string>& vary);
/// `texts`: of --search: "maximize accuracy", "minimize macs, params", "vary alpha=0.25:1:0.05";
/// the others are limits. Nothing for none. Latency is no quantity here: it depends on the machine.
/// Throws Error.
std::optional<pages::ReportSearch> report_search(const ReportNetworks& options,
                                                 const std::vector<std::string>& texts);

}  // namespace archcost::cli
