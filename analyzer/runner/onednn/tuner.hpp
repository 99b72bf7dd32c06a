// SPDX-License-Identifier: Apache-2.0
// Times the ways to run each step.
#pragma once

#include "plan/kernel_option.hpp"
#include "runner/onednn/announcer.hpp"
#include "runner/onednn/program.hpp"

namespace archcost::onednn {

/// Times what `choices` doesn't know yet; each result is announced at once and added. A kernel that
/// throws becomes a fault. The library's reference kernels are timed only for steps that nothing
/// else runs.
/// With `warm` everything stays in the caches, as in benchmarks of single kernels.
void try_options(const Tasks& tasks, plan::KernelChoices& choices, Announcer& announcer,
                 bool warm = false);

/// The least time of a run, in seconds, of at least five runs and as many as take `seconds`;
/// `before` is called before each, untimed.
double time_kernel(const Run& run, double seconds, const std::function<void()>& before = {});

}  // namespace archcost::onednn
