// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/kernel_clock.hpp"

#include <sys/resource.h>

#include <cstdlib>

#include "core/clock.hpp"

namespace archcost::onednn {
namespace {

const char* const kStep = std::getenv("ARCHCOST_KERNELS_CLOCK");

}  // namespace

bool clock_is_replaced() { return kStep != nullptr; }

double clock_now() {
  if (!clock_is_replaced()) return seconds_now();
  static const double kSeconds = std::strtod(kStep, nullptr);
  static double now = 0;
  return now += kSeconds;
}

long preemptions() {
  if (clock_is_replaced()) return 0;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

bool is_calm(long taken, double seconds) {
  constexpr double kUsualPause = 0.02;
  return static_cast<double>(taken) * kUsualPause <= seconds;
}

}  // namespace archcost::onednn
