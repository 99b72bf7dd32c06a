// SPDX-License-Identifier: Apache-2.0
#include "runner/this_machine.hpp"

#include <fmt/core.h>

#include <cstdlib>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "runner/kernels_process.hpp"

namespace archcost::runner {

std::string cache_folder() {
  if (const char* own = std::getenv("ARCHCOST_CACHE")) return own;
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return std::string(cache) + "/archcost";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "/tmp") + "/.cache/archcost";
}

std::string default_latency_db() { return cache_folder() + "/latency.db"; }

int find_machine(const latency::LatencyDb& db, int wanted) {
  const std::vector<latency::MachineRow> machines = db.machines();
  std::vector<std::string> lines;
  for (const latency::MachineRow& row : machines) {
    lines.push_back(fmt::format("{} ({})", row.id, row.machine.text()));
  }
  const std::string there = lines.empty() ? "it holds no figures" : "it holds " + join(lines, "; ");
  if (wanted > 0) {
    for (const latency::MachineRow& row : machines) {
      if (row.id == wanted) return wanted;
    }
    throw Error(fmt::format("'{}' has no machine {}: {}", db.path(), wanted, there));
  }
  const latency::MachineId here = ask_machine();
  for (const latency::MachineRow& row : machines) {
    if (row.machine == here) return row.id;
  }
  throw Error(
      fmt::format("'{}' has no figures of this machine ({}): {}; 'archcost profile SPEC' measures "
                  "here, --of N takes another machine's",
                  db.path(), here.text(), there));
}

}  // namespace archcost::runner
