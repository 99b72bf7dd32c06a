// SPDX-License-Identifier: Apache-2.0
// archcost machine: peak rates and bandwidths of this machine.
#include <fmt/core.h>
#include <sched.h>

#include <filesystem>
#include <memory>

#include "cli/checks.hpp"
#include "cli/command.hpp"
#include "core/diagnostic.hpp"
#include "reports/tables/machine_report.hpp"
#include "runner/cache_folder.hpp"
#include "runner/measurement.hpp"

namespace archcost::cli {
namespace {

struct MachineArguments {
  OutputOptions output;
  std::optional<int> threads;
};

int run(const MachineArguments& options) {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof(set), &set);
  const int processors = CPU_COUNT(&set);
  const int threads = options.threads.value_or(processors);
  if (threads > processors) {
    throw Error(fmt::format("--threads {}: this process may use {} processor{}", threads,
                            processors, processors == 1 ? "" : "s"));
  }
  const latency::Machine machine = runner::measure_machine(threads);
  // Kept where measure looks for it.
  const std::string saved = runner::cache_folder() + "/machine.json";
  std::filesystem::create_directories(runner::cache_folder());
  write_output(latency::to_json(machine), saved);
  write_result({.report = [&] { return tables::machine_report(machine, saved); },
                .json = [&] { return latency::to_json(machine); }},
               options.output);
  return kFine;
}

std::function<int()> declare_machine(CLI::App& app) {
  auto options = std::make_shared<MachineArguments>();
  app.add_option("--threads,--kernel-threads", options->threads,
                 "maximum number of threads (default: all processors)")
      ->check(at_least_one())
      ->type_name("N");
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kMachineCommand = {
    "machine",
    "measure this machine's peak rates and bandwidths",
    "  archcost machine\n"
    "  archcost machine --format json -o machine.json\n"
    "  archcost analyze mobilenet_v1 --by kind --machine machine.json",
    declare_machine,
};

}  // namespace archcost::cli
