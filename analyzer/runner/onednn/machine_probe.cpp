// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/machine_probe.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <utility>

#include "runner/onednn/kernel_clock.hpp"

namespace archcost::onednn {
namespace {

/// More digits than repeat would only pretend.
double four_digits(double value) {
  return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr);
}

using CacheBytes = std::array<double, 3>;  // of L1, L2, L3; 0 is not told

CacheBytes bytes_of_sysconf() {
  CacheBytes bytes = {};
#ifdef _SC_LEVEL1_DCACHE_SIZE  // glibc's own
  constexpr int kNames[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<double>(std::max(0L, sysconf(kNames[i])));
#endif
  return bytes;
}

CacheBytes bytes_of_sysfs() {
  CacheBytes bytes = {};
  for (int index = 0; index < 8; ++index) {
    const std::string folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", index);
    std::string type;
    std::size_t level = 0;
    double number = 0;
    char unit = 0;  // "48K", "32M"
    std::ifstream(folder + "type") >> type;
    std::ifstream(folder + "level") >> level;
    std::ifstream(folder + "size") >> number >> unit;
    if (type == "Instruction" || level < 1 || level > bytes.size()) continue;
    bytes[level - 1] = number * (unit == 'M' ? 1 << 20 : unit == 'K' ? 1 << 10 : 1);
  }
  return bytes;
}

}  // namespace

std::vector<latency::CacheSize> reported_cache_sizes() {
  // A virtual machine may hide its caches from both.
  constexpr CacheBytes kCommon = {32.0 * 1024, 1024.0 * 1024, 16.0 * 1024 * 1024};
  CacheBytes sizes = bytes_of_sysconf();
  const CacheBytes others = bytes_of_sysfs();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] <= 0) sizes[i] = others[i];
  }
  // Only L3 may be missing because there is none: then the others are told.
  const bool told = sizes[0] > 0 && sizes[1] > 0;
  std::vector<latency::CacheSize> caches;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] <= 0 && !told) sizes[i] = kCommon[i];
    if (sizes[i] > 0) caches.push_back({"L" + std::to_string(i + 1), sizes[i]});
  }
  return caches;
}

namespace {

/// Adds a repetition's rate to those of the same name and number of threads.
void add_rate(const ProbedRate& rate, std::vector<latency::RateSamples>& samples) {
  auto found = std::find_if(samples.begin(), samples.end(), [&](const latency::RateSamples& known) {
    return known.what == rate.what && known.threads == rate.threads;
  });
  if (found == samples.end()) found = samples.insert(found, {rate.what, rate.threads, {}, 0});
  found->rates.push_back(four_digits(rate.giga));
  if (rate.calm) ++found->calm;
}

double best_of(const ProbedRate& rate, const std::vector<latency::RateSamples>& samples) {
  double best = 0;
  for (const latency::RateSamples& known : samples) {
    if (known.what != rate.what || known.threads != rate.threads) continue;
    best = *std::max_element(known.rates.begin(), known.rates.end());
  }
  return best;
}

}  // namespace

ProbedMachine probe_machine(const std::vector<int>& thread_counts) {
  ProbedMachine probed;
  latency::Machine& machine = probed.machine;
  machine.cpu = latency::cpu_name();
  machine.measured = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  machine.threads = omp_get_num_procs();
  machine.caches = usable_caches(reported_cache_sizes());
  // All rates once, then again: a moment in which the machine is busy is in one repetition only.
  constexpr int kRepetitions = 4;
  std::vector<ProbedRate> peaks, bandwidths;  // of the last repetition
  for (int repetition = 0; repetition < (clock_is_replaced() ? 1 : kRepetitions); ++repetition) {
    peaks.clear();
    bandwidths.clear();
    for (const int threads : thread_counts) {
      for (ProbedRate& rate : measure_peak_rates(threads)) peaks.push_back(std::move(rate));
      for (ProbedRate& rate : measure_bandwidths(threads, machine.caches))
        bandwidths.push_back(std::move(rate));
    }
    for (const ProbedRate& rate : peaks) add_rate(rate, probed.samples);
    for (const ProbedRate& rate : bandwidths) add_rate(rate, probed.samples);
  }
  for (const ProbedRate& rate : peaks)
    machine.peaks.push_back({rate.what, rate.threads, best_of(rate, probed.samples)});
  for (const ProbedRate& rate : bandwidths)
    machine.bandwidths.push_back(
        {rate.what, rate.threads, best_of(rate, probed.samples), rate.working_set});
  if (clock_is_replaced()) probed.samples.clear();
  return probed;
}

}  // namespace archcost::onednn
