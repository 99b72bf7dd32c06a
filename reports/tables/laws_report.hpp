// SPDX-License-Identifier: Apache-2.0
// Scaling laws: fitted exponents beside those of the papers.
#pragma once

#include <string>
#include <vector>

#include "reports/tables/sweep_report.hpp"
#include "search/sweep/scaling_laws.hpp"

namespace archcost::tables {

/// As a table; says why if there is no law.
Section laws_section(const sweep::SweepJob& job, const std::vector<sweep::ScalingLaw>& laws);

/// For machines: a line for each exponent,
/// "spec,cost,param,exponent,error,points,worst_ratio,claim, source" or an object with these keys.
/// The header is only in CSV.
std::string laws_header(RowFormat format);
std::string laws_lines(const sweep::SweepJob& job, const std::vector<sweep::ScalingLaw>& laws,
                       RowFormat format);

}  // namespace archcost::tables
