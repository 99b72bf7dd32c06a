// SPDX-License-Identifier: Apache-2.0
// What a sweep is asked to do: options, checked before the first point.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "reports/tables/sweep_report.hpp"
#include "search/accuracy/recipe_choice.hpp"

namespace archcost::cli {

struct SweepOptions {
  std::vector<std::string> specs, vary, where;
  SpecOptions network;
  CostArguments costs;
  LatencyCostOptions latency;
  accuracy::AccuracyRequest accuracy;
  OutputOptions output;
  std::string columns = "params,macs", sort, shard, laws, laws_file;
  std::size_t top = 0;
  int threads = all_cores();
  bool resume = false, keep_equal = false;
};

/// Throws Error if a varied parameter sets the spec's input while --input replaces it.
void check_input(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                 const space::SweepSpace& space);
/// What is swept, and what its rows say of where they come from. The functions of the jobs point
/// into it: it is moved, never copied.
struct SweepPlan {
  std::vector<sweep::SweepJob> jobs;  ///< one for each spec
  accuracy::ChosenAccuracies accuracy;
};
/// Throws Error for what can't be swept.
SweepPlan plan_sweep(const SweepOptions& options);
/// A fingerprint of all that the rows depend on, so that parts of different sweeps aren't joined.
std::string request_of(const SweepPlan& plan, const SweepOptions& options);

/// What rows are sorted by: a cost, a parameter, or nothing.
struct SweepOrder {
  int column = -1;  ///< of the costs
  bool descending = false;
  /// By job: the parameter's axis or -1, and where its values stand among those of all jobs.
  std::vector<std::pair<int, std::vector<std::int64_t>>> params;

  bool sorts() const { return column >= 0 || !params.empty(); }
  std::int64_t key(const std::vector<sweep::SweepJob>& jobs, const tables::SweepRow& row) const;
};
/// Of --sort's text; throws Error for a name that isn't there.
SweepOrder order_of(const std::vector<sweep::SweepJob>& jobs, const std::string& text);

}  // namespace archcost::cli
