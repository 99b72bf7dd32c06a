// SPDX-License-Identifier: Apache-2.0
#include "runner/this_machine.hpp"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "runner/kernels_process.hpp"

namespace archcost::runner {

std::string cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  if (const std::string own = variable("ARCHCOST_CACHE"); !own.empty()) return own;
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty())
    return cache + "/archcost";
  if (const std::string home = variable("HOME"); !home.empty()) return home + "/.cache/archcost";
  const passwd* user = getpwuid(getuid());
  if (user != nullptr && *user->pw_dir != '\0')
    return std::string(user->pw_dir) + "/.cache/archcost";
  return "/tmp/archcost-" + std::to_string(getuid());  // not shared with other users
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
