// SPDX-License-Identifier: Apache-2.0
// Measures the machine that the program runs on.
#pragma once

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

/// Bytes a second that threads read from each of the caches, and from memory. About 0.2 s for each
/// level. Levels are left out when the threads can't be had.
std::vector<latency::Bandwidth> measure_bandwidths(int threads,
                                                   const std::vector<latency::CacheSize>& caches);

/// The best rates of multiply-adds that this processor reaches from registers: f32 always; bf16 and
/// u8s8 where the processor has instructions for them. Takes about 0.2 s for each type. Types are
/// left out when the threads can't be had.
std::vector<latency::PeakRate> measure_peak_rates(int threads);

/// Everything but `isa` and `library`, which only programs with oneDNN know. Rates are measured at
/// each of the given numbers of threads (each at least 1) and rounded to 4 digits. About 1.5 s, and
/// 1.5 s for each number of threads; other work on the machine makes the rates too small.
latency::Machine probe_machine(const std::vector<int>& thread_counts);

}  // namespace archcost::onednn
