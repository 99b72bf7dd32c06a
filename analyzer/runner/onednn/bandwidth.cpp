// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>

#include "runner/onednn/machine_probe.hpp"
#include "runner/onednn/memory_pool.hpp"
#include "runner/onednn/timed_threads.hpp"

namespace archcost::onednn {
namespace {

constexpr double kKiB = 1024;
constexpr double kMiB = 1024 * kKiB;

/// Bytes of one turn of the loops: 8 loads of 64 bytes. Sets are multiples of it.
constexpr std::size_t kTurn = 512;

/// Reads all bytes `passes` times over; what it returns only keeps the compiler from leaving the
/// loads out, as does the empty asm that "changes" memory between passes. `or` takes one cycle, so
/// that 8 results under way hide everything but the loads.
using Read = std::uint64_t (*)(const char* data, std::size_t bytes, long passes);

template <int kBytes>
struct Vector {
  typedef std::uint64_t Type __attribute__((vector_size(kBytes), may_alias));
};

// Inlined into functions that have the instructions for such vectors.
template <int kBytes>
[[gnu::always_inline]] inline std::uint64_t read_by(const char* data, std::size_t bytes,
                                                    long passes) {
  using Numbers = typename Vector<kBytes>::Type;
  Numbers sums[8] = {};
  for (long pass = 0; pass < passes; ++pass) {
    for (const char* at = data; at != data + bytes; at += sizeof sums) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) sums[i] |= reinterpret_cast<const Numbers*>(at)[i];
    }
    asm volatile("" ::: "memory");
  }
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) sums[0] |= sums[i];
  return sums[0][0];
}

std::uint64_t read_plain(const char* data, std::size_t bytes, long passes) {
  return read_by<16>(data, bytes, passes);
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) std::uint64_t read_avx2(const char* data, std::size_t bytes,
                                                        long passes) {
  return read_by<32>(data, bytes, passes);
}

__attribute__((target("avx512f"))) std::uint64_t read_avx512(const char* data, std::size_t bytes,
                                                             long passes) {
  return read_by<64>(data, bytes, passes);
}

Read read_kernel() {
  if (__builtin_cpu_supports("avx512f")) return read_avx512;
  if (__builtin_cpu_supports("avx2")) return read_avx2;
  return read_plain;
}

#else

Read read_kernel() { return read_plain; }

#endif

/// Memory that each thread has written itself, so that its pages are its own and near to it: pages
/// that were only read are all one and the same page of zeros.
struct Buffers {
  std::vector<MemoryPool> pools;
  std::vector<char*> data;  ///< empty if there isn't that much memory

  Buffers(int threads, std::size_t bytes) : pools(threads), data(threads) {
    const double seconds = timed_threads(threads, [&](int thread) {
      try {
        data[thread] = static_cast<char*>(pools[thread].allocate(bytes));
        std::memset(data[thread], 1, bytes);
      } catch (const std::bad_alloc&) {
      }
    });
    if (seconds <= 0 || std::count(data.begin(), data.end(), nullptr) > 0) data.clear();
  }
};

std::size_t whole_turns(double bytes) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(bytes) / kTurn) * kTurn;
}

/// Bytes a second of all threads, each reading the first `bytes` of its own buffer.
BestRate read_rate(const Buffers& buffers, std::size_t bytes, const RunLimits& limits = {}) {
  const Read read = read_kernel();
  const auto work = [&](int thread, long passes) {
    volatile std::uint64_t result = read(buffers.data[thread], bytes, passes);
    (void)result;
  };
  return best_rate(static_cast<int>(buffers.data.size()), static_cast<double>(bytes), work, limits);
}

double size_of(const std::vector<latency::CacheSize>& caches, const char* level) {
  for (const latency::CacheSize& cache : caches) {
    if (cache.level == level) return cache.bytes;
  }
  return 0;
}

/// Bytes that each thread reads over and over: well inside the level and well beyond the one before
/// it.
double working_set(const std::string& level, int threads,
                   const std::vector<latency::CacheSize>& caches) {
  const double l1 = size_of(caches, "L1"), l2 = size_of(caches, "L2"), l3 = size_of(caches, "L3");
  if (level == "L1") return l1 * 3 / 4;
  if (level == "L2") return std::max(l2 / 2, l1 * 2);
  // L3 is shared. A set read in turns doesn't find itself in a cache of half its size.
  if (level == "L3") return std::max(2 * l2, std::min(8 * l2, l3 / (2 * threads)));
  // 64 MiB at least for each of many threads: there may be several L3.
  return std::max({std::max(256 * kMiB, 2 * l3) / threads, 64 * kMiB, 4 * l2});
}

}  // namespace

std::vector<ProbedRate> measure_bandwidths(int threads,
                                           const std::vector<latency::CacheSize>& caches) {
  std::vector<std::string> levels;
  for (const latency::CacheSize& cache : caches) levels.push_back(cache.level);
  levels.push_back("memory");
  std::vector<ProbedRate> bandwidths;
  for (const std::string& level : levels) {
    const std::size_t bytes = whole_turns(working_set(level, threads, caches));
    const Buffers buffers(threads, bytes);
    const BestRate best =
        buffers.data.empty() ? BestRate{} : read_rate(buffers, bytes, kRepetition);
    if (best.rate > 0)
      bandwidths.push_back(
          {level, threads, best.rate / 1e9, best.calm, static_cast<double>(bytes)});
  }
  return bandwidths;
}

std::vector<latency::CacheSize> usable_caches(std::vector<latency::CacheSize> caches) {
  const double told = size_of(caches, "L3");
  std::vector<double> sets;  // doubling, from one that is surely in L3 to one surely beyond it
  const double first = 4 * size_of(caches, "L2");
  for (int power = 0; std::ldexp(first, power) <= 256 * kMiB; ++power)
    sets.push_back(std::ldexp(first, power));
  if (told <= 0 || sets.size() < 2 || told <= 2 * sets.front()) return caches;
  const Buffers buffers(1, whole_turns(sets.back()));
  if (buffers.data.empty()) return caches;
  std::vector<double> rates;
  for (const double set : sets) rates.push_back(read_rate(buffers, whole_turns(set)).rate);
  const auto fast = [&](double rate) { return rate >= rates.front() * 3 / 4; };
  if (fast(rates.back())) return caches;  // no step to be seen: what was told may well be right
  // From the end: other work on the machine makes sets slow, but none of them fast.
  const auto last_fast = std::find_if(rates.rbegin(), rates.rend(), fast);
  const double fits = sets[rates.rend() - last_fast - 1];
  for (latency::CacheSize& cache : caches) {
    // A little less than what was told is the share of others, or the coarse steps.
    if (cache.level == "L3" && told > 4 * fits) cache.bytes = fits;
  }
  return caches;
}

}  // namespace archcost::onednn
