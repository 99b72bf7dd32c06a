// SPDX-License-Identifier: Apache-2.0
// Published figures beside computed ones.
#pragma once

#include <string>
#include <vector>

#include "cost/published.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

struct VerifiedSpec {
  std::string name;
  std::vector<cost::VerifiedFigure> figures;
};

struct VerifyCounts {
  int match = 0, by_rule = 0, source_errors = 0, differ = 0;
};
VerifyCounts tally(const std::vector<VerifiedSpec>& specs);

/// A section for each spec, the reasons of rules and errors below its table, and the counts.
Document verify_report(const std::vector<VerifiedSpec>& specs);
/// One flat table with rules, reasons and sources as columns.
Document verify_data(const std::vector<VerifiedSpec>& specs);
std::string verify_json(const std::vector<VerifiedSpec>& specs);

}  // namespace archcost::tables
