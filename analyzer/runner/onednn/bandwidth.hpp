// SPDX-License-Identifier: Apache-2.0
// Bytes a second that threads read from each level of the memory.
#pragma once

#include <vector>

#include "latency/machine.hpp"

namespace archcost::onednn {

/// From each of the caches, and from memory. About 0.2 s for each level. Levels are left out when
/// the threads can't be had.
std::vector<latency::Bandwidth> measure_bandwidths(int threads,
                                                   const std::vector<latency::CacheSize>& caches);

/// The caches, with an L3 that one thread can really use: a virtual machine may tell the L3 of the
/// whole processor, hundreds of MB, where a core has the use of 32 MB. When what was told is more
/// than four times the largest set (in doublings) that is read at the L3's pace, or at least three
/// quarters of it, that set stands instead. About 1.5 s.
std::vector<latency::CacheSize> usable_caches(std::vector<latency::CacheSize> caches);

}  // namespace archcost::onednn
