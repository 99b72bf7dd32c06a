// SPDX-License-Identifier: Apache-2.0
// How long a sweep takes, from a sample of its points.
#pragma once

#include "search/sweep/sweep_run.hpp"

namespace archcost::sweep {

/// Seconds that this process has used of processors: what else the machine does is not counted.
double processor_seconds();

/// Seconds of a processor for all points of the jobs: samples at several places are run, for about
/// `budget_seconds` together, and the rest is taken to be as fast. `run` says what is rendered and
/// who consumes it, if anybody; its range and threads are not used.
double estimated_seconds(const std::vector<SweepJob>& jobs, SweepRun run,
                         double budget_seconds = 1);

}  // namespace archcost::sweep
