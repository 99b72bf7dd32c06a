// SPDX-License-Identifier: Apache-2.0
// Ctrl-C while a long command runs.
#pragma once

#include <atomic>

namespace archcost::cli {

/// The exit status of a run that was interrupted and can be resumed.
constexpr int kInterrupted = 130;

/// Set by Ctrl-C after catch_interrupts().
const std::atomic<bool>& interrupted();
/// From now on Ctrl-C sets interrupted() instead of ending the program.
void catch_interrupts();

}  // namespace archcost::cli
