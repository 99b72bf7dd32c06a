// SPDX-License-Identifier: Apache-2.0
// Measures the core-to-core latency, and waits until it is low.
#pragma once

#include "latency/core_latency.hpp"
#include "runner/onednn/announcer.hpp"

namespace archcost::onednn {

/// The highest core-to-core latency between the first thread and another, in seconds; 0 for one
/// thread, or where fewer threads run.
double core_latency_seconds(int threads);

/// Delays measurements while the core-to-core latency is higher than usual.
class CoreLatencyGuard {
 public:
  /// `request`: "threads"; "core_latency": the usual one, 0 if that isn't known; "wait": how many
  /// seconds it may wait in all.
  explicit CoreLatencyGuard(const nlohmann::json& request);

  /// Waits while the latency is higher than usual, with an event "core_latency" each second.
  /// Returns the latency after that.
  double settle(Announcer& announcer);
  /// The higher one of `before` and the present latency.
  double highest(double before) const;

 private:
  int threads_;
  double usual_, left_;
};

}  // namespace archcost::onednn
