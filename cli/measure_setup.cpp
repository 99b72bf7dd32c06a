// SPDX-License-Identifier: Apache-2.0
#include "cli/measure_setup.hpp"

#include <fmt/core.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "core/diagnostic.hpp"
#include "runner/cache_folder.hpp"

namespace archcost::cli {
namespace {

std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof(set), &set);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  }
  return processors;
}

}  // namespace

runner::MeasureProgress progress_line() {
  if (isatty(STDERR_FILENO) == 0) return [](const std::string&) {};
  return [](const std::string& text) {
    std::fprintf(stderr, "\r\033[K%.76s", text.c_str());
    std::fflush(stderr);
  };
}

std::optional<latency::Machine> machine_of_file(const std::string& file) {
  if (!file.empty()) return latency::read_machine(file);
  const std::string saved = runner::cache_folder() + "/machine.json";
  if (!std::filesystem::exists(saved)) return {};
  latency::Machine machine = latency::read_machine(saved);
  if (machine.cpu != latency::cpu_name()) return {};
  return machine;
}

int processor_for(int threads, const std::optional<int>& pin) {
  const std::vector<int> processors = allowed_processors();
  if (threads > static_cast<int>(processors.size())) {
    throw Error(fmt::format("--threads {}: this process may use {} processor{}", threads,
                            processors.size(), processors.size() == 1 ? "" : "s"));
  }
  if (!pin) return threads == 1 ? processors.back() : -1;
  if (std::find(processors.begin(), processors.end(), *pin) == processors.end()) {
    throw Error(fmt::format("--pin {}: this process may use processors {} to {}", *pin,
                            processors.front(), processors.back()));
  }
  if (threads > 1) throw Error("--pin is for one thread; omit --threads");
  return *pin;
}

}  // namespace archcost::cli
