// SPDX-License-Identifier: Apache-2.0
// The ways to run ONNX Runtime that are installed on this machine.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "core/text.hpp"
#include "runner/onnxruntime.hpp"
#include "runner/this_machine.hpp"
#include "spec/library.hpp"

namespace archcost::runner {
namespace {

namespace fs = std::filesystem;

constexpr double kHelloPatience = 30;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path script(const char* name) {
  return spec::shipped_folder("ARCHCOST_ENGINES", "engines") / name;
}

/// Parts of a version as numbers: "1.30.0" is 1, 30, 0.
std::vector<int> version_numbers(const std::string& version) {
  std::vector<int> numbers;
  for (const std::string& part : split(version, '.')) {
    int number = 0;
    std::from_chars(part.data(), part.data() + part.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

bool is_too_old(const std::string& version) {
  return version_numbers(version) <
         std::vector<int>(std::begin(kOldestOnnxRuntime), std::end(kOldestOnnxRuntime));
}

}  // namespace

EngineProgram ask_onnxruntime(EngineProgram program) {
  ChildRequest request;
  request.command = program.command;
  request.command.push_back(onnxruntime_request("hello").dump());
  request.patience_seconds = kHelloPatience;
  request.hide_errors = true;
  const ChildEnd end = run_child(request, [&](const nlohmann::json& event) {
    if (event["event"] != "hello") return;
    const auto text = [&](const char* key) {
      return event.contains(key) && event[key].is_string() ? event[key].get<std::string>() : "";
    };
    program.version = text("version");
    program.place = text("place");
    if (!event.contains("providers") || !event["providers"].is_array()) return;
    for (const auto& provider : event["providers"]) {
      if (provider.is_string()) program.providers.push_back(provider);
    }
  });
  if (end.not_started) {
    program.problem = fmt::format("there is no program '{}'", program.command.front());
  } else if (!end.done) {
    program.problem = end.reason;
  } else if (program.version.empty()) {
    program.problem = "it doesn't tell its version";
  } else if (is_too_old(program.version)) {
    program.problem = fmt::format("version {} is too old: {}.{} or later is needed",
                                  program.version, kOldestOnnxRuntime[0], kOldestOnnxRuntime[1]);
  }
  return program;
}

std::string onnxruntime_folder() { return cache_folder() + "/onnxruntime"; }

nlohmann::json onnxruntime_request(const char* what) {
  std::vector<std::string> folders;
  if (const std::string given = variable("ARCHCOST_ONNXRUNTIME"); !given.empty())
    folders.push_back(given);
  folders.push_back(onnxruntime_folder());
  return {{"do", what}, {"folders", folders}};
}

std::vector<EngineProgram> onnxruntime_ways() {
  std::vector<EngineProgram> programs;
  // A variable that names an interpreter, as of a virtual environment, comes first.
  const std::string given = variable("ARCHCOST_ONNXRUNTIME");
  std::error_code status;
  const bool interpreter = !given.empty() && fs::is_regular_file(given, status);
  const std::string pip = "pip install onnxruntime";
  if (interpreter)
    programs.push_back(
        {.way = "Python", .command = {given, script("run_onnxruntime.py")}, .remedy = pip});
  const EngineProgram npm = {
      .way = "npm",
      .command = {"node", script("run_onnxruntime.mjs")},
      .remedy = fmt::format("npm install --ignore-scripts --prefix {} onnxruntime-node",
                            shell_quoted(onnxruntime_folder()))};
  const EngineProgram python = {
      .way = "Python", .command = {"python3", script("run_onnxruntime.py")}, .remedy = pip};
  const bool packages = !given.empty() && !interpreter;  // a folder of npm's
  programs.push_back(packages ? npm : python);
  programs.push_back(packages ? python : npm);
  return programs;
}

latency::MachineId identify_onnxruntime(const RunOptions&) {
  const EngineProgram program = usable_program(engine_named("onnxruntime"));
  latency::MachineId machine;
  machine.cpu = latency::cpu_name();
  machine.isa = latency::cpu_instructions();
  machine.engine = "onnxruntime";
  machine.version = program.version;
  return machine;
}

}  // namespace archcost::runner
