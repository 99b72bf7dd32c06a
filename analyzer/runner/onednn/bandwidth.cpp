// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "runner/onednn/machine_probe.hpp"
#include "runner/onednn/memory_pool.hpp"
#include "runner/onednn/timed_threads.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

typedef std::uint64_t Long2 __attribute__((vector_size(16), may_alias));

std::uint64_t read_plain(const char* data, std::size_t bytes, long passes) {
  Long2 sums[8] = {};
  for (long pass = 0; pass < passes; ++pass) {
    for (const char* at = data; at != data + bytes; at += sizeof sums) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) sums[i] |= reinterpret_cast<const Long2*>(at)[i];
    }
    asm volatile("" ::: "memory");
  }
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) sums[0] |= sums[i];
  return sums[0][0];
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) std::uint64_t read_avx2(const char* data, std::size_t bytes,
                                                        long passes) {
  __m256i sums[8] = {};
  for (long pass = 0; pass < passes; ++pass) {
    for (const char* at = data; at != data + bytes; at += sizeof sums) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i)
        sums[i] = _mm256_or_si256(sums[i], reinterpret_cast<const __m256i*>(at)[i]);
    }
    asm volatile("" ::: "memory");
  }
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) sums[0] = _mm256_or_si256(sums[0], sums[i]);
  return static_cast<std::uint64_t>(sums[0][0]);
}

__attribute__((target("avx512f"))) std::uint64_t read_avx512(const char* data, std::size_t bytes,
                                                             long passes) {
  __m512i sums[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) sums[i] = _mm512_setzero_si512();
  for (long pass = 0; pass < passes; ++pass) {
    for (const char* at = data; at != data + bytes; at += sizeof sums) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i)
        sums[i] = _mm512_or_si512(sums[i], reinterpret_cast<const __m512i*>(at)[i]);
    }
    asm volatile("" ::: "memory");
  }
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) sums[0] = _mm512_or_si512(sums[0], sums[i]);
  return static_cast<std::uint64_t>(sums[0][0]);
}

Read read_kernel() {
  if (__builtin_cpu_supports("avx512f")) return read_avx512;
  if (__builtin_cpu_supports("avx2")) return read_avx2;
  return read_plain;
}

#else

Read read_kernel() { return read_plain; }

#endif

struct Free {
  void operator()(char* data) const { std::free(data); }
};
using Buffer = std::unique_ptr<char, Free>;

/// Pages that the calling thread has written, so that they are its own and near to it: pages that
/// were only read are all one and the same page of zeros. Huge pages where they can be had: misses
/// of the TLB aren't what is measured. Null if there isn't that much memory.
Buffer make_buffer(std::size_t bytes) {
  const std::size_t size = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  Buffer buffer(static_cast<char*>(std::aligned_alloc(kHugePage, size)));
  if (!buffer) return buffer;
#ifdef MADV_HUGEPAGE
  madvise(buffer.get(), size, MADV_HUGEPAGE);  // refused where there are none
#endif
  std::memset(buffer.get(), 1, bytes);
  return buffer;
}

/// One buffer for each thread, made by the thread. Empty if one of them is missing.
std::vector<Buffer> make_buffers(int threads, std::size_t bytes) {
  std::vector<Buffer> buffers(threads);
  const double seconds =
      timed_threads(threads, [&](int thread) { buffers[thread] = make_buffer(bytes); });
  const bool complete =
      seconds > 0 && std::all_of(buffers.begin(), buffers.end(),
                                 [](const Buffer& buffer) { return buffer != nullptr; });
  if (!complete) buffers.clear();
  return buffers;
}

std::size_t whole_turns(double bytes) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(bytes) / kTurn) * kTurn;
}

/// Bytes a second of all threads, each reading the first `bytes` of its own buffer.
double read_rate(const std::vector<Buffer>& buffers, std::size_t bytes) {
  const Read read = read_kernel();
  return best_rate(static_cast<int>(buffers.size()), static_cast<double>(bytes),
                   [&](int thread, long passes) {
                     volatile std::uint64_t result = read(buffers[thread].get(), bytes, passes);
                     (void)result;
                   });
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

std::vector<latency::Bandwidth> measure_bandwidths(int threads,
                                                   const std::vector<latency::CacheSize>& caches) {
  std::vector<std::string> levels;
  for (const latency::CacheSize& cache : caches) levels.push_back(cache.level);
  levels.push_back("memory");
  std::vector<latency::Bandwidth> bandwidths;
  for (const std::string& level : levels) {
    const std::size_t bytes = whole_turns(working_set(level, threads, caches));
    const std::vector<Buffer> buffers = make_buffers(threads, bytes);
    const double rate = buffers.empty() ? 0 : read_rate(buffers, bytes);
    if (rate > 0) bandwidths.push_back({level, threads, rate / 1e9, static_cast<double>(bytes)});
  }
  return bandwidths;
}

std::vector<latency::CacheSize> usable_caches(std::vector<latency::CacheSize> caches) {
  const double told = size_of(caches, "L3");
  std::vector<double> sets;  // doubling, from one that is surely in L3 to one surely beyond it
  for (double set = 4 * size_of(caches, "L2"); set <= 256 * kMiB; set *= 2) sets.push_back(set);
  if (told <= 0 || sets.size() < 2 || told <= 2 * sets.front()) return caches;
  const std::vector<Buffer> buffers = make_buffers(1, whole_turns(sets.back()));
  if (buffers.empty()) return caches;
  std::vector<double> rates;
  for (const double set : sets) rates.push_back(read_rate(buffers, whole_turns(set)));
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
