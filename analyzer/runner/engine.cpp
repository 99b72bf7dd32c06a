// SPDX-License-Identifier: Apache-2.0
#include "runner/engine.hpp"

#include <fmt/core.h>

#include <map>

#include "core/text.hpp"
#include "runner/onnxruntime.hpp"

namespace archcost::runner {
namespace {

std::vector<EngineProgram> kernels_ways() {
  EngineProgram program = {.way = "archcost-kernels", .providers = {"cpu"}};
  program.remedy =
      "build archcost on Debian 12 with libdnnl-dev (oneDNN 2), or name the program in the "
      "variable "
      "ARCHCOST_KERNELS";
  return {program};
}

EngineProgram ask_kernels(EngineProgram program) {
  try {
    const latency::MachineId machine = ask_machine();
    program.command = {kernels_program()};
    program.place = program.command.front();
    program.version = machine.version;
  } catch (const EngineError& error) {
    program.problem = error.diagnostics().front().message;
  }
  return program;
}

constexpr Engine kEngines[] = {
    {"onednn", "the stock oneDNN, fused and with the kernels that are fastest here",
     "total, kernels, reorders, checked output", "f32", "any", kernels_ways, ask_kernels,
     ask_machine, measure_with_kernels, kernels_profile_work, profile_kernels},
    {"onnxruntime", "the exported ONNX file at full graph optimisation, on the CPU",
     "total, kernels, reorders, checked output", "f32", "any", onnxruntime_ways, ask_onnxruntime,
     identify_onnxruntime, measure_with_onnxruntime, engine_profile_work, profile_whole_networks},
};

}  // namespace

std::span<const Engine> engines() { return kEngines; }

const Engine& engine_named(std::string_view name) {
  const Engine* engine = find_named(engines(), name);
  if (engine != nullptr) return *engine;
  const std::vector<std::string> names = names_of(engines());
  throw Error(fmt::format("unknown engine '{}'{}; networks run here on {}", name,
                          suggestion(name, names), join_or(names)));
}

EngineProgram usable_program(const Engine& engine) {
  static std::map<std::string_view, EngineProgram> known;  // starting programs takes time
  if (const auto found = known.find(engine.name); found != known.end()) return found->second;
  std::string problems;
  for (const EngineProgram& way : engine.ways()) {
    EngineProgram program = engine.ask(way);
    if (program.usable()) return known[engine.name] = std::move(program);
    problems += fmt::format("\n  {}: {}; {}", program.way, program.problem, program.remedy);
  }
  throw EngineError(fmt::format("{} can't be run here:{}",
                                latency::engine_title(std::string(engine.name)), problems));
}

}  // namespace archcost::runner
