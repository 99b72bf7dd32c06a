// SPDX-License-Identifier: Apache-2.0
// Sections of a report, and those that reports of one network and of several share.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "reports/pages/report_input.hpp"

namespace archcost::pages {

/// A section of a report: a row of a table.
struct SectionRow {
  std::string_view heading;
  bool (*applies)(const ReportInput&);  ///< null: always
  std::vector<PagePart> (*build)(const ReportInput&);
  bool measured = false;
};

/// Where nothing is measured, the kept part of the earlier report replaces the measured section.
std::vector<PageSection> build_sections(std::span<const SectionRow> rows, const ReportInput& input);

/// Each spec once, in the order of the networks.
std::vector<const spec::ArchSpec*> specs_of(const ReportInput& input);

bool has_sweep(const ReportInput& input);
bool has_search(const ReportInput& input);
bool has_lighten(const ReportInput& input);
bool has_timed_lighten(const ReportInput& input);
bool has_accuracy(const ReportInput& input);
bool has_measurement(const ReportInput& input);
bool has_engines(const ReportInput& input);
std::vector<PagePart> sweep_section(const ReportInput& input);
std::vector<PagePart> search_section(const ReportInput& input);
std::vector<PagePart> lighten_section(const ReportInput& input);
std::vector<PagePart> timed_lighten_section(const ReportInput& input);
std::vector<PagePart> engines_section(const ReportInput& input);
std::vector<PagePart> accuracy_section(const ReportInput& input);
std::vector<PagePart> origin_section(const ReportInput& input);

}  // namespace archcost::pages
