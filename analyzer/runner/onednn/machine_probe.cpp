// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/machine_probe.hpp"

#include <fmt/core.h>
#include <omp.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>

#include "runner/onednn/bandwidth.hpp"
#include "runner/onednn/cache_sizes.hpp"
#include "runner/onednn/peak_rate.hpp"

namespace archcost::onednn {
namespace {

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

/// More digits than repeat would only pretend.
double four_digits(double value) {
  return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr);
}

}  // namespace

latency::Machine probe_machine(const std::vector<int>& thread_counts) {
  latency::Machine machine;
  machine.cpu = latency::cpu_name();
  machine.measured = now_utc();
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
