// SPDX-License-Identifier: Apache-2.0
// When a search writes down what it has found.
#pragma once

#include <algorithm>
#include <chrono>

namespace archcost::methods {

/// A checkpoint is due every second or so, and later where one takes long: the checkpoints of a
/// large front take at most a twentieth of the time.
class CheckpointTimer {
 public:
  bool is_due() const { return Clock::now() >= next_; }
  template <class Save>
  void run(Save&& save) {
    const Clock::time_point begin = Clock::now();
    save();
    const Clock::time_point end = Clock::now();
    next_ = end + std::max<Clock::duration>(kBetween, kTimesItself * (end - begin));
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kBetween{700};
  static constexpr int kTimesItself = 20;
  Clock::time_point next_ = Clock::now() + kBetween;
};

}  // namespace archcost::methods
