// SPDX-License-Identifier: Apache-2.0
// Measures the machine that the program runs on.
#pragma once

#include <string>
#include <vector>

#include "latency/machine.hpp"

namespace archcost::onednn {

/// L1 (data), L2 and, where there is one, L3, in this order, as the system tells them. Sizes that
/// it doesn't tell are common ones instead.
std::vector<latency::CacheSize> reported_cache_sizes();

/// The caches, with an L3 that one thread can really use: a virtual machine may tell the L3 of the
/// whole processor, hundreds of MB, where a core has the use of 32 MB. When what was told is more
/// than four times the largest set (in doublings) that is read at the L3's pace, or at least three
/// quarters of it, that set stands instead. About 1.5 s.
std::vector<latency::CacheSize> usable_caches(std::vector<latency::CacheSize> caches);

/// A rate of one repetition.
struct ProbedRate {
  std::string what;  ///< "f32", "L2", "memory"
  int threads = 1;
  double giga = 0;         ///< 10^9 operations or bytes a second
  bool calm = false;       ///< of a run in which nothing interrupted the process
  double working_set = 0;  ///< of bandwidths: bytes that each thread reads over and over
};

/// Bytes a second that threads read from each of the caches, and from memory, in one repetition.
/// About 0.05 s for each level, 0.3 s for memory. Levels are left out when the threads can't be
/// had.
std::vector<ProbedRate> measure_bandwidths(int threads,
                                           const std::vector<latency::CacheSize>& caches);

/// The best rates of multiply-adds that this processor reaches from registers, in one repetition:
/// f32 always; bf16 and u8s8 where the processor has instructions for them. Takes about 0.05 s for
/// each type. Types are left out when the threads can't be had.
std::vector<ProbedRate> measure_peak_rates(int threads);

struct ProbedMachine {
  latency::Machine machine;
  /// By rate; empty with a replaced clock, since these rates are timed by the machine's own.
  std::vector<latency::RateSamples> samples;
};
/// Everything but `isa` and `library`, which only programs with oneDNN know. Rates are measured at
/// each of the given numbers of threads (each at least 1); each is the best of some repetitions,
/// rounded to 4 digits. About 1.5 s, and 2.5 s for each number of threads; other work on the
/// machine makes the rates too small, and their repetitions differ.
ProbedMachine probe_machine(const std::vector<int>& thread_counts);

}  // namespace archcost::onednn
