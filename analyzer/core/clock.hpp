// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace archcost {

/// Seconds of a clock that only moves forward; its zero has no meaning.
inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace archcost
