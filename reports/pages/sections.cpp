// SPDX-License-Identifier: Apache-2.0
#include "reports/pages/sections.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "reports/pages/accuracy_points.hpp"
#include "reports/pages/page_parts.hpp"

namespace archcost::pages {

std::vector<PageSection> build_sections(std::span<const SectionRow> rows,
                                        const ReportInput& input) {
  std::vector<PageSection> sections;
  std::string kept = input.origin.kept;  // all measured sections of the earlier report
  for (const SectionRow& row : rows) {
    if (row.applies == nullptr || row.applies(input)) {
      sections.push_back({std::string(row.heading), row.build(input), row.measured});
    } else if (row.measured && !kept.empty()) {
      sections.push_back({"", {}, true, kept});
      kept.clear();
    }
  }
  return sections;
}

std::vector<const spec::ArchSpec*> specs_of(const ReportInput& input) {
  std::vector<const spec::ArchSpec*> specs;
  std::set<std::string> known;
  for (const ReportNetwork& one : input.networks) {
    // Two files may have the same name inside.
    if (known.insert(one.spec.name + "\n" + one.spec.sources.file(0).text).second)
      specs.push_back(&one.spec);
  }
  return specs;
}

bool has_sweep(const ReportInput& input) { return input.sweep.has_value(); }
bool has_search(const ReportInput& input) { return input.search.has_value(); }
bool has_lighten(const ReportInput& input) { return !input.lighten.empty(); }
bool has_timed_lighten(const ReportInput& input) {
  return has_lighten(input) && !input.lighten.front().seconds_how.empty();
}
bool has_accuracy(const ReportInput& input) {
  const std::vector<const spec::ArchSpec*> specs = specs_of(input);
  return std::any_of(specs.begin(), specs.end(),
                     [](const spec::ArchSpec* spec) { return has_accuracies(*spec); });
}
bool has_measurement(const ReportInput& input) {
  return input.networks.front().measurement.has_value();
}

bool has_engines(const ReportInput& input) { return !input.engines.empty(); }

std::vector<PagePart> engines_section(const ReportInput& input) {
  return engine_parts(input.engines, "measured_engines");
}

std::vector<PagePart> sweep_section(const ReportInput& input) {
  return sweep_parts(*input.sweep, "sweep");
}

std::vector<PagePart> search_section(const ReportInput& input) {
  return search_parts(*input.search, "search");
}

namespace {

// A part for each network, under its name where there are several.
std::vector<PagePart> lighten_parts(const ReportInput& input, bool timed) {
  std::vector<PagePart> parts;
  int number = 0;
  for (tables::Lighten lighten : input.lighten) {
    if (input.lighten.size() > 1) parts.push_back(Subheading{lighten.network});
    ++number;
    if (timed) {
      add_section(parts, tables::lighten_times(lighten),
                  fmt::format("measured_lighten_{}", number));
      continue;
    }
    // What is counted is the same on every machine.
    lighten.seconds_how.clear();
    for (tables::LightenRow& row : lighten.rows) row.seconds.reset();
    add_section(parts, tables::lighten_report(lighten).sections.front(),
                fmt::format("lighten_{}", number), "",
                tables::lighten_data(lighten).sections.front().table);
  }
  return parts;
}

}  // namespace

std::vector<PagePart> lighten_section(const ReportInput& input) {
  std::vector<PagePart> parts = lighten_parts(input, false);
  parts.insert(parts.begin(),
               Paragraph{"Each row is the network with techniques applied to all of its layers: "
                         "convolutions taken apart into depthwise and pointwise ones, pointwise "
                         "convolutions in groups with a channel shuffle, squeeze-and-excitation, "
                         "fewer channels (α), a smaller input (ρ)."});
  return parts;
}

std::vector<PagePart> timed_lighten_section(const ReportInput& input) {
  std::vector<PagePart> parts = lighten_parts(input, true);
  parts.insert(parts.begin(),
               Paragraph{"Where the ratio of the time is higher than that of the multiply-adds, "
                         "the library computes the new layers at a lower rate: depthwise and "
                         "grouped convolutions do few operations for each number they load."});
  return parts;
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
