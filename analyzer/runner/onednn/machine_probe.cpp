// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/machine_probe.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <omp.h>

#include <cstdlib>
#include <ctime>

namespace archcost::onednn {
namespace {

/// More digits than repeat would only pretend.
double four_digits(double value) {
  return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr);
}

}  // namespace

latency::Machine probe_machine(const std::vector<int>& thread_counts) {
  latency::Machine machine;
  machine.cpu = latency::cpu_name();
  machine.measured = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  machine.threads = omp_get_num_procs();
  machine.caches = usable_caches(reported_cache_sizes());
  for (const int threads : thread_counts) {
    for (latency::PeakRate rate : measure_peak_rates(threads)) {
      rate.giga_ops = four_digits(rate.giga_ops);
      machine.peaks.push_back(rate);
    }
    for (latency::Bandwidth bandwidth : measure_bandwidths(threads, machine.caches)) {
      bandwidth.gbs = four_digits(bandwidth.gbs);
      machine.bandwidths.push_back(bandwidth);
    }
  }
  return machine;
}

}  // namespace archcost::onednn
