// SPDX-License-Identifier: Apache-2.0
// What a search is asked to do: options, checked before the first point.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "search/methods/plan.hpp"

namespace archcost::cli {

struct SearchArguments {
  std::vector<std::string> specs, beside, join;
  methods::SearchRequest request;
  std::string method = "auto", shard;
  SpecOptions network;
  CostArguments costs;
  OutputOptions output;
  LatencyOptions latency;
  std::uint64_t seed = 1, evaluations = 0;
  std::size_t top = 10, remeasure_top = 0;
  int threads = all_cores();
  bool resume = false;
};

/// What is searched, and for what. `slow` are the costs that take a network itself. Throws Error.
methods::SearchPlan search_plan(const SearchArguments& arguments,
                                std::vector<space::SlowCost> slow);
methods::SearchOptions search_options(const SearchArguments& arguments);
/// A fingerprint of all that the result depends on.
std::string request_of(const methods::SearchPlan& plan, const SearchArguments& arguments);

}  // namespace archcost::cli
