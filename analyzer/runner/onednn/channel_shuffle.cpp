#include "runner/onednn/channel_shuffle.hpp"

#include <algorithm>

#include "runner/onednn/vector_math.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace archcost {
namespace {

#if defined(__x86_64__)
/// One vector of outputs of every row; its pieces stay in registers.
template <std::size_t kGroups>
__attribute__((target("avx512f"))) void run_vector(const ChannelShuffle::Piece* pieces,
                                                   std::size_t channels, float* to,
                                                   const float* from, std::size_t rows) {
  __m512i lanes[kGroups];
  __mmask16 wanted[kGroups], there[kGroups], all = 0;
#pragma GCC unroll 8
  for (std::size_t g = 0; g < kGroups; ++g) {
    lanes[g] = _mm512_loadu_si512(pieces[g].lanes);
    wanted[g] = pieces[g].wanted;
    there[g] = pieces[g].there;
    all = static_cast<__mmask16>(all | wanted[g]);
  }
  for (std::size_t r = 0; r < rows; ++r, to += channels, from += channels) {
    __m512 made = _mm512_setzero_ps();
#pragma GCC unroll 8
    for (std::size_t g = 0; g < kGroups; ++g) {
      const __m512 numbers = _mm512_maskz_loadu_ps(there[g], from + pieces[g].first);
      made = _mm512_mask_permutexvar_ps(made, wanted[g], lanes[g], numbers);
    }
    _mm512_mask_storeu_ps(to, all, made);
  }
}

using RunVector = void (*)(const ChannelShuffle::Piece*, std::size_t, float*, const float*,
                           std::size_t);

RunVector vector_runner(std::size_t groups) {
  if (__builtin_cpu_supports("avx512f") == 0) return nullptr;
  if (groups == 2) return run_vector<2>;
  if (groups == 3) return run_vector<3>;
  if (groups == 4) return run_vector<4>;
  if (groups == 8) return run_vector<8>;
  return nullptr;
}
#endif

}  // namespace

ChannelShuffle::ChannelShuffle(int channels, int groups)
    : channels_(static_cast<std::size_t>(channels)), groups_(static_cast<std::size_t>(groups)) {
  const int width = channels / groups;
  for (int first = 0; first < channels; first += kLanes) {
    for (int g = 0; g < groups; ++g) {
      Piece piece{};
      // The first of the group's channels that a channel from `first` on asks for.
      const int start = (first - g + groups - 1) / groups;
      piece.first = g * width + start;
      for (int lane = 0; lane < kLanes && first + lane < channels; ++lane) {
        if ((first + lane) % groups != g) continue;
        const int taken = (first + lane) / groups - start;
        piece.lanes[lane] = taken;
        piece.wanted = static_cast<std::uint16_t>(piece.wanted | 1u << lane);
        piece.there = static_cast<std::uint16_t>(piece.there | 1u << taken);
      }
      pieces_.push_back(piece);
    }
  }
}

void ChannelShuffle::run(float* to, const float* from, std::size_t rows) const {
#if defined(__x86_64__)
  if (const RunVector run_vector = vector_runner(groups_)) {
    for (std::size_t v = 0; v * groups_ < pieces_.size(); ++v) {
      run_vector(pieces_.data() + v * groups_, channels_, to + v * kLanes, from, rows);
    }
    return;
  }
#endif
  for (std::size_t r = 0; r < rows; ++r) {
    rows::interleave(to + r * channels_, from + r * channels_, groups_, channels_ / groups_);
  }
}

}  // namespace archcost
