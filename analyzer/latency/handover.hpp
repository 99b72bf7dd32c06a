// How far apart threads run: the time that a line of the cache takes from one to another and back.
//
// Kernels that run on several threads hand their results on to each other through the caches. Two
// processors of one machine may share a cache or not, and a virtual machine may be moved from the
// one to the other while it runs: networks of many small kernels then take up to twice as long, for
// minutes, with nothing else running.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace archcost {

/// Distances up to so many times the least one count as the same: processors that share a cache
/// differ by a factor of 2 among each other and from time to time, those that share none by 4 and
/// more.
constexpr double kNear = 2.5;

/// 0: not known, or one thread only. What isn't known is near only where nothing is.
inline bool is_near(double handover, double nearest) {
  return nearest <= 0 || (handover > 0 && handover <= kNear * nearest);
}

/// The least that is known; 0 where none is.
inline double nearest_of(const std::vector<double>& handovers) {
  double nearest = 0;
  for (const double h : handovers) {
    if (h > 0) nearest = nearest > 0 ? std::min(nearest, h) : h;
  }
  return nearest;
}

/// Progress while threads are waited for.
std::string apart_text(double handover, double usual, double left);

}  // namespace archcost
