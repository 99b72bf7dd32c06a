// Tries the ways to run each step, and remembers how long they take.
#pragma once

#include "plan/choices.hpp"
#include "runner/onednn/announcer.hpp"
#include "runner/onednn/program.hpp"

namespace archcost {

/// Tries what `choices` doesn't know yet; each result is announced at once and added. A kernel that
/// throws becomes a fault. The library's reference kernels are faults ("reference kernel"): they
/// are a thousand times slower.
/// With `warm` everything is in the caches, as in benchmarks of single kernels.
void try_options(const Tasks& tasks, Choices& choices, Announcer& announcer, bool warm = false);

/// Least time of one run, in seconds, of at least five and as many as take `seconds`; `before`, if
/// there is any, is called before each.
double time_kernel(const Run& run, double seconds, const std::function<void()>& before = {});

}  // namespace archcost
