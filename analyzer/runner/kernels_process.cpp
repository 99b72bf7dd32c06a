// SPDX-License-Identifier: Apache-2.0
#include "runner/kernels_process.hpp"

#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/json_line.hpp"
#include "core/text.hpp"

namespace archcost::runner {
namespace {

/// The shared page, read by the parent process.
class StatusPage {
 public:
  StatusPage() : file_(memfd_create("archcost-status", 0)) {
    if (file_.number() < 0 || ftruncate(file_.number(), kStatusBytes) != 0) {
      throw EngineError("no memory could be shared with archcost-kernels");
    }
    void* page = mmap(nullptr, kStatusBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_.number(), 0);
    if (page == MAP_FAILED) {
      throw EngineError("no memory could be shared with archcost-kernels");
    }
    page_ = static_cast<char*>(page);
  }
  ~StatusPage() { munmap(page_, kStatusBytes); }
  int descriptor() const { return file_.number(); }
  std::string text() const { return {page_, strnlen(page_, kStatusBytes)}; }

 private:
  Descriptor file_;
  char* page_ = nullptr;
};

/// The kernel that was running when the program failed.
struct FailedKernel {
  std::string problem;
  plan::KernelOption option;
};

/// See Announcer::doing; nothing when no kernel was running.
std::optional<FailedKernel> failed_kernel(const KernelsEnd& end) {
  const std::vector<std::string> parts = split(end.doing, '\t');
  const bool trial = parts.size() == 3 && parts[0] == "try";
  const bool row = parts.size() == 4 && parts[0] == "row";
  if (!trial && !row) return {};
  const auto option = plan::option_from_text(parts[2]);
  if (!option) return {};
  return FailedKernel{trial ? parts[1] : parts[3], *option};
}

}  // namespace

std::string kernels_program() {
  if (const char* given = std::getenv("ARCHCOST_KERNELS")) return given;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "archcost-kernels";
  if (!error && access(beside.c_str(), X_OK) == 0) return beside.string();
  throw EngineError(
      fmt::format("'{}' does not exist: measuring needs the program archcost-kernels in the folder "
                  "of archcost, or "
                  "its path in the variable ARCHCOST_KERNELS",
                  beside.string()));
}

KernelsEnd run_kernels(const RunOptions& options, const nlohmann::json& request,
                       const EventHandler& on_event) {
  const std::string program = kernels_program();
  const StatusPage page;
  ChildRequest child;
  child.command = {program, "--status-fd", std::to_string(page.descriptor())};
  child.variables = {{"OMP_NUM_THREADS", std::to_string(options.threads)}};
  if (options.threads > 1 && std::getenv("OMP_PROC_BIND") == nullptr)
    child.variables.emplace_back("OMP_PROC_BIND", "close");
  child.cpu = options.cpu;
  child.input = json_line(request) + "\n";
  child.patience_seconds = options.patience_seconds;
  child.doing = [&] { return page.text(); };
  const ChildEnd ended = run_child(child, on_event);
  if (ended.not_started) throw EngineError(fmt::format("'{}' could not be started", program));
  return {ended.done, ended.reason, page.text()};
}

void run_to_the_end(const KernelsRun& run) {
  // Each failure removes one kernel, so this ends.
  for (int attempt = 0; attempt < 200; ++attempt) {
    const KernelsEnd end = run_kernels(run.options, run.request(), run.on_event);
    run.after_attempt();
    if (end.done) return;
    const auto failed = failed_kernel(end);
    const bool known =
        failed && run.choices[failed->problem].contains(failed->option) &&
        run.choices[failed->problem][failed->option].result == plan::TrialResult::kFailed;
    if (!failed || known) {
      throw EngineError(
          fmt::format("{} could not be run: {}{}", run.name, end.reason,
                      end.doing.empty() ? "" : fmt::format(" (while: {})", end.doing)));
    }
    run.choices[failed->problem][failed->option].set_fault(end.reason);
    run.on_failed_kernel(failed->problem, failed->option, end.reason);
  }
  throw EngineError("too many kernels fail");
}

std::string trial_text(const nlohmann::json& event) {
  const int number = event.value("number", 0), count = event.value("count", 0);
  return fmt::format("trying kernels: {}{}", event.value("layer", ""),
                     count > 0 ? fmt::format(", {} of {}", number, count) : "");
}

nlohmann::json request_of(const char* what, const RunOptions& options,
                          const plan::KernelChoices& choices, double usual_core_latency) {
  return {{"do", what},
          {"threads", options.threads},
          {"seed", options.seed},
          {"winograd", options.winograd},
          {"choices", plan::to_json(choices)},
          {"blocks", options.blocks},
          {"seconds", options.seconds},
          {"passes", options.passes},
          {"core_latency", usual_core_latency},
          {"wait", options.wait_seconds}};
}

latency::MachineId ask_machine(const RunOptions& options) {
  latency::MachineId machine;
  machine.cpu = latency::cpu_name();
  const KernelsEnd end = run_kernels(options, {{"do", "hello"}}, [&](const nlohmann::json& event) {
    if (event.value("event", "") == "hello") {
      machine.version = event.value("library", "");
      constexpr std::string_view kTitle = "oneDNN ";
      if (machine.version.starts_with(kTitle)) machine.version.erase(0, kTitle.size());
      machine.isa = event.value("isa", "");
    }
  });
  if (!end.done) throw EngineError("archcost-kernels failed at its start: " + end.reason);
  return machine;
}

}  // namespace archcost::runner
