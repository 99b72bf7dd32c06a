// SPDX-License-Identifier: Apache-2.0
// Starts the program archcost-kernels and handles its events.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "latency/machine.hpp"
#include "plan/kernel_option.hpp"
#include "runner/child_process.hpp"

namespace archcost::runner {

/// Bytes of the page of shared memory in which the program says what it is doing.
constexpr std::size_t kStatusBytes = 4096;

/// How kernels are run and timed.
struct RunOptions {
  std::string engine = "onednn";  ///< see engine.hpp
  std::string db;  ///< the database of latencies, where choices are stored; empty: nowhere
  int threads = 1;
  int cpu = -1;  ///< processor to stay on; -1: any
  int blocks = 7;
  double seconds = 0.25;  ///< of a block, at least
  int passes = 12;        ///< of a block, at least
  bool winograd = true;
  std::uint64_t seed = 1;
  /// How long it may wait in all for a low core-to-core latency (see core_latency.hpp).
  double wait_seconds = 0;
  /// After so long without an event or a change of its status page, the program counts as hung and
  /// is killed.
  double patience_seconds = 120;
};

/// archcost-kernels in the folder of this program, or the path in the variable ARCHCOST_KERNELS.
/// Throws EngineError when it isn't there.
std::string kernels_program();

/// How the program ended.
struct KernelsEnd {
  bool done = false;  ///< it finished the request
  /// "SIGFPE", "hang", "out of memory", or its own message; empty when done.
  std::string reason;
  std::string doing;  ///< what it was doing at the end: see Announcer::doing
};

/// Runs one request; `on_event` is called with each event. An exception from it ends the program.
/// Throws EngineError when the program can't be started.
KernelsEnd run_kernels(const RunOptions& options, const nlohmann::json& request,
                       const EventHandler& on_event);

/// Kernels that are run until they all work: those that end the program are marked in `choices`.
struct KernelsRun {
  const RunOptions& options;
  std::string name;  ///< "the kernels of 'resnet50'", in messages
  plan::KernelChoices& choices;
  std::function<nlohmann::json()> request;  ///< with the present choices
  EventHandler on_event;
  std::function<void()> after_attempt;  ///< may throw
  /// After an attempt in which that kernel ended the program.
  std::function<void(const std::string& problem, const plan::KernelOption& option,
                     const std::string& reason)>
      on_failed_kernel;
};
/// Throws Error when the program fails without a kernel, or too many kernels fail.
void run_to_the_end(const KernelsRun& run);

/// Of an event "tried": "trying kernels: stage2.unit1.b, 12 of 57".
std::string trial_text(const nlohmann::json& event);

/// What all requests have in common.
nlohmann::json request_of(const char* what, const RunOptions& options,
                          const plan::KernelChoices& choices, double usual_core_latency);

/// This machine with oneDNN. Only the program archcost-kernels knows the library and the
/// instruction set. Throws EngineError when it fails.
latency::MachineId ask_machine(const RunOptions& options = {});

}  // namespace archcost::runner
