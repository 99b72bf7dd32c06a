// SPDX-License-Identifier: Apache-2.0
// The input of a report.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cost/cost_table.hpp"
#include "graph/build.hpp"
#include "latency/machine.hpp"
#include "reports/document/page.hpp"
#include "reports/pages/accuracy_points.hpp"
#include "reports/tables/engines_report.hpp"
#include "reports/tables/lighten_report.hpp"
#include "reports/tables/sweep_report.hpp"
#include "runner/measurement.hpp"
#include "search/methods/search.hpp"
#include "search/sweep/scaling_laws.hpp"

namespace archcost::pages {

struct ReportNetwork {
  std::string label;  ///< as written: "mobilenet_v1:alpha=0.5"
  spec::ArchSpec spec;
  graph::BuildOptions options;
  graph::Network network;
  cost::CostTable costs;
  std::optional<runner::Measurement> measurement;
};

/// The points of sweeps, one job for each network, and the laws fitted to them.
struct ReportSweep {
  std::vector<sweep::SweepJob> jobs;
  std::vector<tables::SweepRow> rows;
  tables::SweepSummary summary;
  std::vector<std::vector<sweep::ScalingLaw>> laws;  ///< by job
  std::vector<RowAccuracy> accuracies = {};          ///< by row; empty: not asked for
};

/// The most points of a report.
constexpr std::uint64_t kMostReportPoints = 10'000;
/// Counts every point and fits the laws. Throws Error for more than kMostReportPoints.
ReportSweep make_sweep(std::vector<sweep::SweepJob> jobs);
/// Fills in the accuracies of the rows.
void add_accuracies(ReportSweep& sweep);

/// A search and its result.
struct ReportSearch {
  methods::SearchPlan plan;
  methods::SearchResult result;
};

/// The origin of a report. Nothing here depends on the machine or the clock, except what was
/// measured.
struct ReportOrigin {
  std::string version;                ///< "archcost 0.1.0"
  std::string command;                ///< reproduces the analytic parts; without the folder
  std::string measured_command = {};  ///< reproduces everything; empty: nothing was measured
  std::string kept = {};              ///< the measured part of the earlier report
  std::optional<latency::Machine> machine = {};  ///< the roofs, where something was measured
};

struct ReportInput {
  std::vector<ReportNetwork> networks;
  std::optional<ReportSweep> sweep;
  std::optional<ReportSearch> search;
  std::vector<tables::Lighten> lighten;  ///< the rewrites of each network; with --measure timed
  std::vector<tables::NetworkOnEngines> engines = {};  ///< measured; empty: on one engine only
  ReportOrigin origin;
  LatencyOf latency = {};        ///< of this machine; empty: unknown
  std::string latency_how = {};  ///< "predicted by 'latency.db', one thread"
};

/// One network: summary, costs by stage, kind and layer, graph, formulas, conventions, memory,
/// published figures; sweep, search and measurement where there are any.
Page network_page(const ReportInput& input);
/// Several networks side by side.
Page comparison_page(const ReportInput& input);

}  // namespace archcost::pages
