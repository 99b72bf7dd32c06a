// SPDX-License-Identifier: Apache-2.0
// Starts the program archcost-kernels and handles its events.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "latency/machine.hpp"
#include "plan/kernel_choices.hpp"

namespace archcost::runner {

struct KernelsOptions {
  std::string program;  ///< path of archcost-kernels
  int threads = 1;
  int cpu = -1;  ///< the process stays on this processor; -1: on any
  /// After so long without an event or a change of its status page, the program counts as hung and
  /// is killed.
  double patience_seconds = 120;
};

/// How the program ended.
struct KernelsEnd {
  bool done = false;  ///< it finished the request
  /// "SIGFPE", "hang", "out of memory", or its own message; empty when done.
  std::string reason;
  std::string doing;  ///< what it was doing at the end: see Announcer::doing
};

/// Runs one request. `on_event` is called with each event; what it returns, unless empty, is sent
/// back as a line. An exception from it ends the program. Throws Error when the program can't be
/// started.
KernelsEnd run_kernels(const KernelsOptions& options, const nlohmann::json& request,
                       const std::function<std::string(const nlohmann::json&)>& on_event);

/// The kernel that was running when the program failed.
struct FailedKernel {
  std::string problem;
  plan::KernelOption option;
};
/// Marks that kernel as failed in `choices`. Nothing when no kernel was running, or it was marked
/// before.
std::optional<FailedKernel> mark_failed_kernel(const KernelsEnd& end, plan::KernelChoices& choices);

/// Adds the trial of an event "tried" to the choices.
void add_trial(const nlohmann::json& event, plan::KernelChoices& choices);

/// This machine. Only the program archcost-kernels knows the library and the instruction set.
/// Throws Error when it fails.
latency::MachineId ask_machine(const KernelsOptions& options);

/// archcost-kernels in the folder of this program, or the path in the variable ARCHCOST_KERNELS.
/// Throws Error with the remedy when there is none.
std::string find_kernels_program();

}  // namespace archcost::runner
