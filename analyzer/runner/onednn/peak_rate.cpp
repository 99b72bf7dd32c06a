// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/machine_probe.hpp"
#include "runner/onednn/timed_threads.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace archcost::onednn {
namespace {

// Every loop keeps so many independent sums that neither the latency of an instruction (4 to 6
// cycles) nor the two units of a core leave a gap: 24 of the 32 registers of AVX-512, 12 of the 16
// before it. The sums begin differently, so that the compiler can't make one out of them, and every
// loop over them is unrolled: an index that isn't a constant would keep them in memory.
constexpr int kSums512 = 24;
constexpr int kSums = 12;

/// Repeats the loop's body; what it returns only keeps the compiler from leaving the work out.
using Loop = double (*)(long repeats);

struct RateKernel {
  Loop loop;
  double ops;  ///< operations of one repeat; a multiply-add is two
};

// x = x * kFactor + kAddend stays near 1: neither infinite nor denormal, which would be slower.
constexpr float kFactor = 0.5f;
constexpr float kAddend = 0.5f;

typedef float Float4 __attribute__((vector_size(16)));

/// 128-bit vectors: SSE2 (multiply, then add) and what other architectures have.
double f32_plain(long repeats) {
  Float4 sums[kSums];
  const Float4 factor = {kFactor, kFactor, kFactor, kFactor};
  const Float4 addend = {kAddend, kAddend, kAddend, kAddend};
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = factor + static_cast<float>(i);
  for (long repeat = 0; repeat < repeats; ++repeat) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + addend;
  }
  Float4 total = sums[0];
#pragma GCC unroll 12
  for (int i = 1; i < kSums; ++i) total += sums[i];
  return total[0];
}

#if defined(__x86_64__)

__attribute__((target("avx2,fma"))) double f32_avx2(long repeats) {
  __m256 sums[kSums];
  const __m256 factor = _mm256_set1_ps(kFactor), addend = _mm256_set1_ps(kAddend);
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = _mm256_set1_ps(static_cast<float>(i));
  for (long repeat = 0; repeat < repeats; ++repeat) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = _mm256_fmadd_ps(sums[i], factor, addend);
  }
  __m256 total = sums[0];
#pragma GCC unroll 12
  for (int i = 1; i < kSums; ++i) total = _mm256_add_ps(total, sums[i]);
  return _mm256_cvtss_f32(total);
}

__attribute__((target("avx512f"))) double f32_avx512(long repeats) {
  __m512 sums[kSums512];
  const __m512 factor = _mm512_set1_ps(kFactor), addend = _mm512_set1_ps(kAddend);
#pragma GCC unroll 24
  for (int i = 0; i < kSums512; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  for (long repeat = 0; repeat < repeats; ++repeat) {
#pragma GCC unroll 24
    for (int i = 0; i < kSums512; ++i) sums[i] = _mm512_fmadd_ps(sums[i], factor, addend);
  }
  __m512 total = sums[0];
#pragma GCC unroll 24
  for (int i = 1; i < kSums512; ++i) total = _mm512_add_ps(total, sums[i]);
  return _mm512_cvtss_f32(total);
}

__attribute__((target("avx512f,avx512bf16"))) double bf16_avx512(long repeats) {
  __m512 sums[kSums512];
  const __m512bh ones = (__m512bh)_mm512_set1_epi16(0x3f80);  // 1 as bf16
#pragma GCC unroll 24
  for (int i = 0; i < kSums512; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  for (long repeat = 0; repeat < repeats; ++repeat) {
#pragma GCC unroll 24
    for (int i = 0; i < kSums512; ++i) sums[i] = _mm512_dpbf16_ps(sums[i], ones, ones);
  }
  __m512 total = sums[0];
#pragma GCC unroll 24
  for (int i = 1; i < kSums512; ++i) total = _mm512_add_ps(total, sums[i]);
  return _mm512_cvtss_f32(total);
}

// The instruction itself, not the intrinsic: GCC 12 changes the type of the sums around that one
// and then copies and stores them all, at half the rate.
__attribute__((target("avx512f,avx512vnni"))) double u8s8_avx512(long repeats) {
  __m512i sums[kSums512];
  const __m512i ones = _mm512_set1_epi8(1);
#pragma GCC unroll 24
  for (int i = 0; i < kSums512; ++i) sums[i] = _mm512_set1_epi32(i);
  for (long repeat = 0; repeat < repeats; ++repeat) {
#pragma GCC unroll 24
    for (int i = 0; i < kSums512; ++i) asm("vpdpbusd %1, %1, %0" : "+v"(sums[i]) : "v"(ones));
  }
  __m512i total = sums[0];
#pragma GCC unroll 24
  for (int i = 1; i < kSums512; ++i) total = _mm512_add_epi32(total, sums[i]);
  return _mm512_cvtsi512_si32(total);
}

__attribute__((target("avx2,avxvnni"))) double u8s8_avx2(long repeats) {
  __m256i sums[kSums];
  const __m256i ones = _mm256_set1_epi8(1);
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = _mm256_set1_epi32(i);
  for (long repeat = 0; repeat < repeats; ++repeat) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) asm("%{vex%} vpdpbusd %1, %1, %0" : "+x"(sums[i]) : "x"(ones));
  }
  __m256i total = sums[0];
#pragma GCC unroll 12
  for (int i = 1; i < kSums; ++i) total = _mm256_add_epi32(total, sums[i]);
  return _mm256_cvtsi256_si32(total);
}

RateKernel f32_kernel() {
  if (__builtin_cpu_supports("avx512f")) return {f32_avx512, kSums512 * 16 * 2};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {f32_avx2, kSums * 8 * 2};
  return {f32_plain, kSums * 4 * 2};
}

RateKernel bf16_kernel() {
  if (__builtin_cpu_supports("avx512bf16")) return {bf16_avx512, kSums512 * 32 * 2};
  return {};
}

// Clang 14 has no name for it: CPUID leaf 7.1, EAX bit 4.
bool has_avx_vnni() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 &&
         (eax & (1u << 4)) != 0;
}

RateKernel u8s8_kernel() {
  if (__builtin_cpu_supports("avx512vnni")) return {u8s8_avx512, kSums512 * 64 * 2};
  if (has_avx_vnni()) return {u8s8_avx2, kSums * 32 * 2};
  return {};
}

#else

RateKernel f32_kernel() { return {f32_plain, kSums * 4 * 2}; }
RateKernel bf16_kernel() { return {}; }
RateKernel u8s8_kernel() { return {}; }

#endif

}  // namespace

std::vector<ProbedRate> measure_peak_rates(int threads) {
  struct Type {
    const char* name;
    RateKernel kernel;
  };
  const Type types[] = {{"f32", f32_kernel()}, {"bf16", bf16_kernel()}, {"u8s8", u8s8_kernel()}};
  std::vector<ProbedRate> rates;
  for (const Type& type : types) {
    if (!type.kernel.loop) continue;
    const auto work = [&](int, long repeats) {
      volatile double result = type.kernel.loop(repeats);
      (void)result;
    };
    const BestRate best = best_rate(threads, type.kernel.ops, work, kRepetition);
    if (best.rate > 0) rates.push_back({type.name, threads, best.rate / 1e9, best.calm});
  }
  return rates;
}

}  // namespace archcost::onednn
