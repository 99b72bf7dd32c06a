// SPDX-License-Identifier: Apache-2.0
#include "reports/pages/sections.hpp"

#include <algorithm>
#include <set>

#include "reports/pages/accuracy_points.hpp"
#include "reports/pages/page_parts.hpp"

namespace archcost::pages {

std::vector<PageSection> build_sections(std::span<const SectionRow> rows,
                                        const ReportInput& input) {
  std::vector<PageSection> sections;
  for (const SectionRow& row : rows) {
    if (row.applies == nullptr || row.applies(input))
      sections.push_back({std::string(row.heading), row.build(input), row.measured});
    else if (row.measured && !input.origin.kept.empty())
      sections.push_back({"", {}, true, input.origin.kept});
  }
  return sections;
}

std::vector<const spec::ArchSpec*> specs_of(const ReportInput& input) {
  std::vector<const spec::ArchSpec*> specs;
  std::set<std::string> known;
  for (const ReportNetwork& one : input.networks) {
    if (known.insert(one.spec.name).second) specs.push_back(&one.spec);
  }
  return specs;
}

bool has_sweep(const ReportInput& input) { return input.sweep.has_value(); }
bool has_search(const ReportInput& input) { return input.search.has_value(); }
bool has_accuracy(const ReportInput& input) {
  const std::vector<const spec::ArchSpec*> specs = specs_of(input);
  return std::any_of(specs.begin(), specs.end(),
                     [](const spec::ArchSpec* spec) { return has_accuracies(*spec); });
}
bool has_measurement(const ReportInput& input) {
  return input.networks.front().measurement.has_value();
}

std::vector<PagePart> sweep_section(const ReportInput& input) {
  return sweep_parts(*input.sweep, "sweep");
}

std::vector<PagePart> search_section(const ReportInput& input) {
  return search_parts(*input.search, "search");
}

namespace {

// A network is compared under its parameters; batch and name don't matter.
void mark_if_compared(AccuracyPoint& point, const std::vector<ReportNetwork>& networks) {
  for (const ReportNetwork& one : networks) {
    const bool same = one.spec.name == point.spec &&
                      std::ranges::equal(one.network.parameters, point.parameters, {},
                                         &graph::Parameter::value, &graph::Parameter::value);
    if (same) point.marked = one.label;
  }
}

}  // namespace

std::vector<PagePart> accuracy_section(const ReportInput& input) {
  std::vector<AccuracyPoint> points;
  for (const spec::ArchSpec* spec : specs_of(input)) {
    for (AccuracyPoint& point : accuracy_points(*spec)) points.push_back(std::move(point));
  }
  if (input.networks.size() > 1) {
    for (AccuracyPoint& point : points) mark_if_compared(point, input.networks);
  }
  return accuracy_parts(points, "accuracy");
}

std::vector<PagePart> origin_section(const ReportInput& input) {
  return origin_parts(specs_of(input), input.origin);
}

}  // namespace archcost::pages
