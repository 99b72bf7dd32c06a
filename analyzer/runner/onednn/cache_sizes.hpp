// SPDX-License-Identifier: Apache-2.0
// The sizes of the caches, as the system tells them.
#pragma once

#include <vector>

#include "latency/machine.hpp"

namespace archcost::onednn {

/// L1 (data), L2 and, where there is one, L3, in this order. Sizes that the system doesn't tell are
/// common ones instead.
std::vector<latency::CacheSize> reported_cache_sizes();

}  // namespace archcost::onednn
