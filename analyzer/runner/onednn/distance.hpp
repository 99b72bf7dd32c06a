// Measures how far apart the threads run, and waits until they are near.
#pragma once

#include "latency/handover.hpp"
#include "runner/onednn/announcer.hpp"

namespace archcost {

/// Seconds of a line of the cache from the first thread to the farthest one and back; 0 for one
/// thread, or where fewer threads than that run.
double handover_seconds(int threads);

/// Keeps to threads that are as near as they usually are.
class Distance {
 public:
  /// `request`: "threads"; "handover", what is usual, 0 if that isn't known; "wait", for so many
  /// seconds in all it may wait.
  explicit Distance(const nlohmann::json& request);

  /// Waits while the threads are farther apart than usual, with an event "apart" each second: how
  /// far, and what is usual. Returns how far they are then.
  double settle(Announcer& announcer);
  /// How far they are at most, now and `before`: at either end of what was timed.
  double farthest(double before) const;

 private:
  int threads_;
  double usual_, left_;
};

}  // namespace archcost
