// SPDX-License-Identifier: Apache-2.0
#include "runner/this_machine.hpp"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "runner/engine.hpp"

namespace archcost::runner {

std::string cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  if (std::string own = variable("ARCHCOST_CACHE"); !own.empty()) return own;
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty())
    return cache + "/archcost";
  if (const std::string home = variable("HOME"); !home.empty()) return home + "/.cache/archcost";
  const passwd* user = getpwuid(getuid());
  if (user != nullptr && *user->pw_dir != '\0')
    return std::string(user->pw_dir) + "/.cache/archcost";
  return "/tmp/archcost-" + std::to_string(getuid());  // not shared with other users
}

std::string default_latency_db() { return cache_folder() + "/latency.db"; }

std::string database_option(const std::string& db) {
  return db == default_latency_db() ? "" : " --db " + shell_quoted(db);
}

namespace {

std::string listed(const std::vector<latency::MachineRow>& machines) {
  std::vector<std::string> lines;
  for (const latency::MachineRow& row : machines)
    lines.push_back(fmt::format("{} ({})", row.id, row.machine.text()));
  return lines.empty() ? "it holds no figures" : "it holds " + join(lines, "; ");
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

int machine_called(const latency::LatencyDb& db, const MachineChoice& choice) {
  const std::vector<latency::MachineRow> machines = db.machines();
  std::vector<latency::MachineRow> found;
  for (const latency::MachineRow& row : machines) {
    const bool wanted = is_number(choice.of)
                            ? std::to_string(row.id) == choice.of
                            : row.machine.name == choice.of &&
                                  (choice.engine.empty() || row.machine.engine == choice.engine);
    if (wanted) found.push_back(row);
  }
  if (found.size() == 1) return found.front().id;
  if (found.empty()) {
    const std::string with = is_number(choice.of) || choice.engine.empty()
                                 ? ""
                                 : " with " + latency::engine_title(choice.engine);
    throw Error(
        fmt::format("'{}' has no machine {}{}: {}", db.path(), choice.of, with, listed(machines)));
  }
  throw Error(
      fmt::format("'{}' has several machines '{}': {}; say which, with --engine NAME or --of N",
                  db.path(), choice.of, listed(found).substr(9)));
}

/// Figures that were measured on this processor: the latest version of the engine.
std::optional<int> machine_with_processor(const latency::LatencyDb& db, const std::string& engine) {
  std::optional<int> found;
  for (const latency::MachineRow& row : db.machines()) {
    if (row.machine.engine == engine && row.machine.cpu == latency::cpu_name()) found = row.id;
  }
  return found;
}

}  // namespace

int find_machine(const latency::LatencyDb& db, const MachineChoice& choice) {
  if (!choice.is_this_machine()) return machine_called(db, choice);
  latency::MachineId here;
  try {
    here = engine_named(choice.engine_name()).identify({});
  } catch (const EngineError&) {
    // What is stored can be read without the engine.
    if (const auto stored = machine_with_processor(db, choice.engine_name())) return *stored;
    throw;
  }
  for (const latency::MachineRow& row : db.machines()) {
    if (row.machine == here) return row.id;
  }
  const std::string engine = choice.engine.empty() ? "" : " --engine " + choice.engine;
  throw Error(fmt::format(
      "'{}' has no figures of this machine ({}): {}; 'archcost profile SPEC{}{}' measures here, "
      "--of N takes another machine's",
      db.path(), here.text(), listed(db.machines()), engine, database_option(db.path())));
}

}  // namespace archcost::runner
