// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/estimate.hpp"

#include <algorithm>
#include <ctime>

namespace archcost::sweep {
namespace {

constexpr std::uint64_t kPlaces = 8, kFirstSample = 256;

double seconds_of(const std::vector<SweepJob>& jobs, SweepRun& run, SweepRange range) {
  run.range = range;
  const double begin = processor_seconds();
  run_sweep(jobs, run);
  return processor_seconds() - begin;
}

// Seconds of a range, from samples at its beginning. Each is four times as long as the one before,
// until one takes long enough. What the last has more than the one before gives the rate, so that
// what is computed once does not count for every point.
double seconds_of_stretch(const std::vector<SweepJob>& jobs, SweepRun& run, SweepRange stretch,
                          double enough) {
  const std::uint64_t points = stretch.last - stretch.first;
  double before = 0;
  std::uint64_t count = 0;
  for (std::uint64_t next = std::min(points, kFirstSample);; next = std::min(points, 4 * next)) {
    const double taken = seconds_of(jobs, run, {stretch.first, stretch.first + next});
    if (next == points) return taken;
    if (taken >= enough && count > 0) {
      const double each = std::max(0.0, taken - before) / static_cast<double>(next - count);
      return taken + each * static_cast<double>(points - next);
    }
    before = taken;
    count = next;
  }
}

}  // namespace

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double estimated_seconds(const std::vector<SweepJob>& jobs, SweepRun run, double budget_seconds) {
  run.threads = 1;
  if (!run.consume) run.consume = [](const SweepChunk&, std::uint64_t) {};
  const std::uint64_t all = total_points(jobs), stretch = std::max<std::uint64_t>(1, all / kPlaces);
  double seconds = 0;
  for (std::uint64_t first = 0; first < all; first += stretch)
    seconds += seconds_of_stretch(jobs, run, {first, std::min(all, first + stretch)},
                                  budget_seconds / kPlaces / 2);
  return seconds;
}

}  // namespace archcost::sweep
