// SPDX-License-Identifier: Apache-2.0
// What a search is asked to do: options, checked before the first point.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "search/methods/plan.hpp"

namespace archcost::cli {

struct SearchArguments {
  std::vector<std::string> specs, beside, join;
  methods::SearchRequest request;
  std::string method = "auto", shard;
  SpecOptions network;
  CostArguments costs;
  OutputOptions output = {.networks = true};
  LatencyCostOptions latency;
  std::uint64_t seed = 1, evaluations = 0;
  std::size_t top = 10, remeasure_top = 0;
  int threads = all_cores();
  bool resume = false;
};

/// What is searched, and for what. `slow` are the costs that take a network itself. Throws Error.
methods::SearchPlan search_plan(const SearchArguments& arguments,
                                std::vector<space::SlowCost> slow);
methods::SearchOptions search_options(const SearchArguments& arguments);
/// Counts the networks for which a slow figure is asked, instead of getting it.
struct RunCounter {
  std::atomic<bool> only_counts = false;
  std::atomic<std::uint64_t> networks = 0;
  std::atomic<bool> asked = false;  ///< some figure was got
};
/// The same costs, which count where they are told to, and say so where no figure was needed.
std::vector<space::SlowCost> counted(std::vector<space::SlowCost> costs,
                                     const std::shared_ptr<RunCounter>& counter);
/// Tells on standard error which networks the search will run, why, for how long at least, and how
/// to do without. Nothing where it runs none.
void announce_runs(const SearchArguments& arguments, const methods::SearchPlan& plan,
                   const methods::SearchOptions& options, LatencySource& source,
                   RunCounter& counter);
/// A fingerprint of all that the result depends on.
std::string request_of(const methods::SearchPlan& plan, const SearchArguments& arguments);

}  // namespace archcost::cli
