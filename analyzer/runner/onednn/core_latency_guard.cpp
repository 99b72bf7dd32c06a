// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/core_latency_guard.hpp"

#include <omp.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

#include "runner/onednn/kernel_clock.hpp"

namespace archcost::onednn {
namespace {

/// A counter that two threads increment in turns: one makes it odd, the other even.
struct alignas(128) SharedCounter {
  std::atomic<int> number{0};
};

constexpr int kRounds = 200;
constexpr int kEnd = -1;

void answer_increments(SharedCounter& counter) {
  for (int next = 1;; next += 2) {
    int number = counter.number.load(std::memory_order_acquire);
    while (number != next && number != kEnd)
      number = counter.number.load(std::memory_order_acquire);
    if (number == kEnd) return;
    counter.number.store(next + 1, std::memory_order_release);
  }
}

/// Seconds of a round: the least mean of some repetitions, since the other thread may sleep in the
/// first one.
double time_round(SharedCounter& counter) {
  constexpr int kRepetitions = 5;
  constexpr double kPatience = 0.02;  // threads that share a processor hardly progress
  double least = 0;
  const double begun = clock_now();
  int number = 0;
  for (int i = 0; i < kRepetitions && clock_now() - begun < kPatience; ++i) {
    const double begin = clock_now();
    for (int round = 0; round < kRounds; ++round, number += 2) {
      counter.number.store(number + 1, std::memory_order_release);
      while (counter.number.load(std::memory_order_acquire) != number + 2) {
      }
    }
    const double seconds = (clock_now() - begin) / kRounds;
    if (least == 0 || seconds < least) least = seconds;
  }
  counter.number.store(kEnd, std::memory_order_release);
  return least;
}

/// Tests give the latencies that are found one after the other, in seconds, joined by commas; the
/// last one stays. Nothing: they are measured.
std::optional<double> recorded_latency() {
  static const char* next = std::getenv("ARCHCOST_KERNELS_CORE_LATENCY");
  constexpr double kWithReplacedClock = 1e-7;
  if (next == nullptr)
    return clock_is_replaced() ? std::optional(kWithReplacedClock) : std::nullopt;
  char* end = nullptr;
  const double seconds = std::strtod(next, &end);
  if (*end == ',') next = end + 1;
  return seconds;
}

}  // namespace

double core_latency_seconds(int threads) {
  if (threads < 2) return 0;
  if (const auto recorded = recorded_latency()) return *recorded;
  std::vector<SharedCounter> counters(static_cast<std::size_t>(threads));
  double highest = 0;
#pragma omp parallel num_threads(threads)
  {
    const int part = omp_get_thread_num();
    if (omp_get_num_threads() == threads) {
      if (part > 0) answer_increments(counters[static_cast<std::size_t>(part)]);
      for (int other = 1; part == 0 && other < threads; ++other) {
        highest = std::max(highest, time_round(counters[static_cast<std::size_t>(other)]));
      }
    }
  }
  return highest;
}

CoreLatencyGuard::CoreLatencyGuard(const nlohmann::json& request)
    : threads_(request.value("threads", 1)),
      usual_(request.value("core_latency", 0.0)),
      left_(request.value("wait", 0.0)) {}

double CoreLatencyGuard::settle(Announcer& announcer) {
  double core_latency = core_latency_seconds(threads_);
  while (threads_ > 1 && !latency::is_low_core_latency(core_latency, usual_) && left_ > 0) {
    announcer.doing("waiting for a low core-to-core latency");
    announcer.event({{"event", "core_latency"},
                     {"core_latency", core_latency},
                     {"usual", usual_},
                     {"left", left_}});
    constexpr double kPause = 1;
    std::this_thread::sleep_for(std::chrono::duration<double>(kPause));
    left_ -= kPause;
    core_latency = core_latency_seconds(threads_);
  }
  if (core_latency > 0) usual_ = latency::lowest_core_latency({usual_, core_latency});
  return core_latency;
}

double CoreLatencyGuard::highest(double before) const {
  return std::max(before, core_latency_seconds(threads_));
}

}  // namespace archcost::onednn
