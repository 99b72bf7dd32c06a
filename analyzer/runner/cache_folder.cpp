// SPDX-License-Identifier: Apache-2.0
#include "runner/cache_folder.hpp"

#include <cstdlib>

namespace archcost::runner {

std::string cache_folder() {
  if (const char* own = std::getenv("ARCHCOST_CACHE")) return own;
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return std::string(cache) + "/archcost";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "/tmp") + "/.cache/archcost";
}

std::string default_latency_db() { return cache_folder() + "/latency.db"; }

}  // namespace archcost::runner
