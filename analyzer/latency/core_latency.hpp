// SPDX-License-Identifier: Apache-2.0
// Core-to-core latency: the time in which a cache line goes from one thread to another and back.
//
// Kernels that run on several threads exchange their results through the caches. Two processors
// of one machine may share a cache or not, and a virtual machine may be moved from the one case to
// the other while it runs. Networks of many small kernels then take up to twice as long, for
// minutes, although nothing else runs.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

namespace archcost::latency {

/// Latencies up to this factor above the lowest one count as equal: processors that share a cache
/// differ by a factor of 2, those that share none by 4 and more.
constexpr double kLowCoreLatency = 2.5;

/// 0: not known, or one thread only. An unknown latency is low only where `lowest` is unknown too.
inline bool is_low_core_latency(double core_latency, double lowest) {
  return lowest <= 0 || (core_latency > 0 && core_latency <= kLowCoreLatency * lowest);
}

/// The lowest known one; 0 where none is known.
inline double lowest_core_latency(const std::vector<double>& core_latencies) {
  double lowest = 0;
  for (const double latency : core_latencies) {
    if (latency > 0) lowest = lowest > 0 ? std::min(lowest, latency) : latency;
  }
  return lowest;
}

/// The progress line while a measurement waits for a low latency; `left`: seconds that it may wait.
inline std::string core_latency_text(double core_latency, double usual, double left) {
  return fmt::format(
      "core-to-core latency is {:.0f} ns instead of {:.0f} (a virtual machine was moved): waiting, "
      "{:.0f} s at most",
      core_latency * 1e9, usual * 1e9, left);
}

}  // namespace archcost::latency
