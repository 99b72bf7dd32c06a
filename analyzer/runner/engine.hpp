// SPDX-License-Identifier: Apache-2.0
// The engines that run networks here: a row of a table each. Each runs in a process of its own.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runner/engine_profile.hpp"
#include "runner/measurement.hpp"
#include "runner/profile.hpp"

namespace archcost::runner {

/// A way to start an engine, which may be installed on this machine or not.
struct EngineProgram {
  std::string way;  ///< "Python", "npm", "archcost-kernels"
  std::vector<std::string> command;
  std::string version;                 ///< "1.30.0"; empty: not usable
  std::string place;                   ///< the folder of its library
  std::vector<std::string> providers;  ///< that it could use: "cpu", "cuda"; networks run on "cpu"
  std::string problem;                 ///< why it can't be used; empty: it can
  std::string remedy;                  ///< how to install it, or what helps

  bool usable() const { return problem.empty(); }
};

struct Engine {
  std::string_view name;   ///< "onnxruntime", as for --engine
  std::string_view what;   ///< what is run, in a sentence
  std::string_view tells;  ///< "total, kernels, reorders"
  std::string_view data_types, threads;
  /// All ways, the one that is tried first; nothing is started.
  std::vector<EngineProgram> (*ways)();
  /// Starts the program of a way to ask for its version; fills version, place, providers, problem.
  EngineProgram (*ask)(EngineProgram way);
  /// This machine with this engine. Throws EngineError.
  latency::MachineId (*identify)(const RunOptions& options);
  // As measure_network(), profile_work() and profile_networks() below it.
  Measurement (*measure)(const graph::Network&, const MeasureOptions&, const MeasureProgress&);
  ProfileWork (*work)(const std::vector<graph::Network>&, const ProfileOptions&);
  ProfileResult (*profile)(const std::vector<graph::Network>&, const ProfileOptions&,
                           const ProfileProgress&, const std::atomic<bool>& stop);
};

std::span<const Engine> engines();
/// Throws Error that names the engines.
const Engine& engine_named(std::string_view name);
/// The first way of the engine that can be used. Throws EngineError with the remedies.
EngineProgram usable_program(const Engine& engine);

}  // namespace archcost::runner
