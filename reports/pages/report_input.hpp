// What a report is made of.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cost/cost_table.hpp"
#include "graph/build.hpp"
#include "latency/machine.hpp"
#include "reports/document/page.hpp"
#include "reports/pages/accuracy_points.hpp"
#include "reports/tables/sweep_report.hpp"
#include "runner/measurement.hpp"
#include "search/methods/search.hpp"
#include "search/sweep/scaling_laws.hpp"

namespace archcost {

struct ReportNetwork {
  std::string label;  ///< as it was asked for: "mobilenet_v1:alpha=0.5"
  ArchSpec spec;
  BuildOptions options;
  Network network;
  CostTable costs;
  std::optional<Measurement> measurement;
};

/// The points of sweeps, one job for each network, and the laws fitted to them.
struct ReportSweep {
  std::vector<SweepJob> jobs;
  std::vector<SweepRow> rows;
  SweepSummary summary;
  std::vector<std::vector<ScalingLaw>> laws;  ///< by job
};

/// A report holds at most so many points.
constexpr std::uint64_t kMostReportPoints = 10'000;
/// Counts every point and fits the laws. Throws Error for more than kMostReportPoints.
ReportSweep make_sweep(std::vector<SweepJob> jobs);

/// What was searched for, and what was found.
struct ReportSearch {
  SearchPlan plan;
  SearchResult result;
};

/// How a report came about: nothing here depends on the machine or the clock, but `measured`.
struct ReportOrigin {
  std::string version;                  ///< "archcost 0.1.0"
  std::string command;                  ///< makes the analytic parts again; without the folder
  std::string measured_command = {};    ///< makes everything again; empty: nothing was measured
  std::string kept = {};                ///< the measured part of the report that is replaced
  std::optional<Machine> machine = {};  ///< the roofs, where something was measured
};

struct ReportInput {
  std::vector<ReportNetwork> networks;
  std::optional<ReportSweep> sweep;
  std::optional<ReportSearch> search;
  ReportOrigin origin;
  LatencyOf latency = {};        ///< of the machine at hand; empty: not known
  std::string latency_how = {};  ///< "predicted by 'latency.db', one thread"
};

/// A section of a kind of report: a row of a table, so that the next one is one line and a builder.
template <typename Input>
struct SectionRow {
  std::string_view heading;
  bool (*applies)(const Input&);
  std::vector<PagePart> (*build)(const Input&);
  bool measured = false;
};

/// Where nothing is measured, `kept` stands in the place of the first measured section.
template <typename Input>
std::vector<PageSection> build_sections(std::span<const SectionRow<Input>> rows, const Input& input,
                                        std::string kept) {
  std::vector<PageSection> sections;
  for (const SectionRow<Input>& row : rows) {
    if (row.applies == nullptr || row.applies(input)) {
      sections.push_back({std::string(row.heading), row.build(input), row.measured});
    } else if (row.measured && !kept.empty()) {
      sections.push_back({"", {}, true, std::move(kept)});
      kept.clear();
    }
  }
  return sections;
}

/// One network: summary, costs by stage, kind and layer, graph, formulas, conventions, memory,
/// published figures; sweep, search and measurement where there are any.
Page network_page(const ReportInput& input);
/// Several networks side by side.
Page comparison_page(const ReportInput& input);

}  // namespace archcost
