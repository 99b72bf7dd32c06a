// SPDX-License-Identifier: Apache-2.0
#include "latency/core_latency.hpp"

#include <fmt/core.h>

namespace archcost::latency {

std::string core_latency_text(double core_latency, double usual, double left) {
  return fmt::format(
      "core-to-core latency is {:.0f} ns instead of {:.0f} (a virtual machine was moved): waiting, "
      "{:.0f} s at most",
      core_latency * 1e9, usual * 1e9, left);
}

}  // namespace archcost::latency
