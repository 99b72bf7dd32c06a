// SPDX-License-Identifier: Apache-2.0
// From what a person asks of a search to its plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/methods/search.hpp"

namespace archcost::methods {

/// A spec and what is set in it; `label` is how it was asked for.
struct OpenedSpec {
  std::string label;
  spec::ArchSpec spec;
  graph::BuildOptions options;
  std::optional<std::vector<std::string>> vary = {};  ///< in place of the request's
};

/// In the words of the command line.
struct SearchRequest {
  std::vector<std::string> vary, limits, minimize, maximize;  ///< names joined by commas
  std::string space;  ///< a file with `vary` and `where`; empty: none
  accuracy::AccuracyRequest accuracy;
  std::string columns = "macs,params";  ///< shown beside
  DataTypes types;
};

/// Throws Error for what can't be searched. Goals, what limits ask for and the columns become the
/// plan's quantities; `slow` are the costs that take a network itself.
SearchPlan plan_search(const SearchRequest& request, std::vector<OpenedSpec> specs,
                       std::vector<space::SlowCost> slow = {});

/// Another network's figures, for comparison with designs of that job: costs, accuracy, slow ones.
/// Not a point of the space. Throws Error.
Design design_beside(const SearchPlan& plan, std::size_t job, const graph::BuildOptions& options);

/// Of all that the result depends on, but for method, seed and budget.
std::string fingerprint(const SearchPlan& plan);

}  // namespace archcost::methods
