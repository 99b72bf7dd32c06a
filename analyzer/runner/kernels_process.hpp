// Starts the program of the kernels and listens to it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "latency/machine.hpp"
#include "plan/choices.hpp"

namespace archcost {

struct KernelsOptions {
  std::string program;  ///< path of archcost-kernels
  int threads = 1;
  int cpu = -1;  ///< the process stays on this processor; -1: on any
  /// Without a sign of life for so long, the program is taken for hung and ended.
  double patience_seconds = 120;
};

/// How the program ended.
struct KernelsEnd {
  bool done = false;  ///< it said so, and ended by itself
  /// "SIGFPE", "hang", "out of memory", or what it said; empty when done.
  std::string reason;
  std::string doing;  ///< what it was doing then: see Announcer::doing
};

/// Runs one request. `on_event` is called with each event; what it returns, unless empty, is sent
/// back as a line. An exception from it ends the program. Throws Error when the program can't be
/// started.
KernelsEnd run_kernels(const KernelsOptions& options, const nlohmann::json& request,
                       const std::function<std::string(const nlohmann::json&)>& on_event);

/// The kernel that ended the program, by what it was doing.
struct Culprit {
  std::string problem, option;
};
/// Marks the kernel that ended the program as failed. Nothing when none can be blamed, or it was
/// known to fail.
std::optional<Culprit> blame(const KernelsEnd& end, Choices& choices);

/// The trial that an event "tried" tells of.
Tried tried_of(const nlohmann::json& event);

/// This machine, as the program of the kernels tells: it alone knows library and instruction set.
/// Throws Error when it fails.
MachineId ask_machine(const KernelsOptions& options);

/// archcost-kernels beside this program, or as the variable ARCHCOST_KERNELS says. Throws Error
/// with the remedy when there is none.
std::string find_kernels_program();

}  // namespace archcost
