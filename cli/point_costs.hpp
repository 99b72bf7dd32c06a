// SPDX-License-Identifier: Apache-2.0
// Costs of a network that its counts don't give: latencies of the database, published accuracies.
#pragma once

#include <string_view>
#include <vector>

#include "cli/options.hpp"
#include "search/accuracy/recipe_choice.hpp"
#include "search/sweep/sweep_run.hpp"

namespace archcost::cli {

/// Whether a column or a condition is a point cost whose name begins with `family`: latency or
/// accuracy.
bool asks_for_point_cost(const sweep::SweepJob& job, std::string_view family);

/// Sets `wants.point_cost` of every job, if columns or conditions of the first one ask for point
/// costs; all jobs ask for the same. The functions point into the result, which must outlive the
/// jobs. Throws Error for a database or a table of accuracies that isn't there.
accuracy::ChosenAccuracies add_point_costs(std::vector<sweep::SweepJob>& jobs,
                                           const LatencyCostOptions& latency,
                                           const accuracy::AccuracyRequest& accuracy);

}  // namespace archcost::cli
