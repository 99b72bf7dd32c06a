// SPDX-License-Identifier: Apache-2.0
// How long threads take for the same work, all starting together.
#pragma once

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "runner/onednn/kernel_clock.hpp"

namespace archcost::onednn {

/// Seconds from the first thread's start to the last one's end. `work` is called once in each
/// thread with the thread's number. 0 when the OpenMP runtime doesn't give that many threads: a
/// rate of fewer threads under the name of more would be wrong.
template <typename Work>
double timed_threads(int threads, const Work& work) {
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> starts(threads), ends(threads);
  bool complete = true;
#pragma omp parallel num_threads(threads)
  {
    const int thread = omp_get_thread_num();
    if (thread == 0) complete = omp_get_num_threads() == threads;
#pragma omp barrier
    if (complete) {
      starts[thread] = Clock::now();
      work(thread);
      ends[thread] = Clock::now();
    }
  }
  if (!complete) return 0;
  const auto first = *std::min_element(starts.begin(), starts.end());
  const auto last = *std::max_element(ends.begin(), ends.end());
  return std::chrono::duration<double>(last - first).count();
}

/// How many repeats one thread does in that time. They are asked of the quickest run so far: one
/// that was interrupted must not make those that follow too short, with the clock's own time in
/// them.
template <typename Work>
long repeats_within(double seconds, const Work& work) {
  long repeats = 1;
  double best = 0;  // repeats a second
  for (int run = 0; run < 4; ++run) {
    const double taken = timed_threads(1, [&](int thread) { work(thread, repeats); });
    const auto done = static_cast<double>(repeats);
    best = std::max(best, done / std::max(taken, 1e-7));
    const double wanted = std::min(seconds * best, done * 100);
    if (wanted < done * 1.5) continue;
    repeats = std::max(repeats + 1, static_cast<long>(wanted));
    run = -1;
  }
  return repeats;
}

/// How often short runs are repeated: until there are `most`, or `least` and the time is spent.
struct RunLimits {
  int most = 64, least = 8;
  double seconds = 0.5;
};
/// One of several repetitions, between which other rates are measured.
constexpr RunLimits kRepetition = {16, 4, 0.2};

struct BestRate {
  double rate = 0;    ///< units a second; 0 when the threads can't be had
  bool calm = false;  ///< of a run in which nothing interrupted the process
};

/// Units of work a second: the best of many short runs, because whatever else runs on the machine
/// only ever makes a run longer, and a short run may fit between two of its turns. Runs in which
/// the process was interrupted count only where there are no others. `work(thread, repeats)` does
/// `units` for each repeat, in each thread. A run takes 2 ms, or one repeat.
template <typename Work>
BestRate best_rate(int threads, double units, const Work& work, const RunLimits& limits = {}) {
  constexpr double kSecondsOfRun = 0.002;
  const long repeats = repeats_within(kSecondsOfRun, work);
  const auto begin = std::chrono::steady_clock::now();
  const auto spent = [&] {  // the waits for all threads to start count too
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  BestRate best;
  for (int run = 0; run < limits.most && (run < limits.least || spent() < limits.seconds); ++run) {
    const long before = preemptions();
    const double seconds = timed_threads(threads, [&](int thread) { work(thread, repeats); });
    if (seconds <= 0) return {};
    const bool calm = is_calm(preemptions() - before, seconds * threads);
    const double rate = units * static_cast<double>(repeats) * threads / seconds;
    if (calm == best.calm ? rate > best.rate : calm) best = {rate, calm};
  }
  return best;
}

}  // namespace archcost::onednn
