#include "runner/onednn/vector_math.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace archcost::rows {
namespace {

/// e^x to some 2 units of the last digit, without branches so that loops become vectors.
/// Source: the classic split x = n ln 2 + r with a polynomial in r (Cephes expf).
inline __attribute__((always_inline)) float exponential(float x) {
  x = x < -87.f ? -87.f : x > 88.f ? 88.f : x;
  const float scaled = x * 1.44269504088896341f;
  const float whole = static_cast<float>(static_cast<int>(scaled + (scaled < 0 ? -0.5f : 0.5f)));
  float r = x - whole * 0.693359375f;
  r -= whole * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  const std::int32_t power = (static_cast<std::int32_t>(whole) + 127) << 23;
  return p * std::bit_cast<float>(power);
}

inline __attribute__((always_inline)) float clip(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

inline __attribute__((always_inline)) float sigmoid(float x) {
  return 1.f / (1.f + exponential(-x));
}

/// erf to 1.2e-7. Source: Abramowitz and Stegun 7.1.28 refined as in Numerical Recipes' erfc.
inline __attribute__((always_inline)) float error_function(float x) {
  const float z = x < 0 ? -x : x;
  const float t = 1.f / (1.f + 0.5f * z);
  float p = 0.17087277f;
  p = p * t - 0.82215223f;
  p = p * t + 1.48851587f;
  p = p * t - 1.13520398f;
  p = p * t + 0.27886807f;
  p = p * t - 0.18628806f;
  p = p * t + 0.09678418f;
  p = p * t + 0.37409196f;
  p = p * t + 1.00002368f;
  p = p * t - 1.26551223f;
  const float rest = t * exponential(-z * z + p);
  return x < 0 ? rest - 1.f : 1.f - rest;
}

}  // namespace

ARCHCOST_CLONES
void activate(Activation activation, float slope, float* __restrict row, std::size_t count) {
  switch (activation) {
    case Activation::kRelu:
      for (std::size_t i = 0; i < count; ++i) row[i] = row[i] > 0 ? row[i] : 0;
      return;
    case Activation::kRelu6:
      for (std::size_t i = 0; i < count; ++i) row[i] = clip(row[i], 0, 6);
      return;
    case Activation::kLeakyRelu:
      for (std::size_t i = 0; i < count; ++i) row[i] = row[i] > 0 ? row[i] : slope * row[i];
      return;
    case Activation::kSigmoid:
      for (std::size_t i = 0; i < count; ++i) row[i] = sigmoid(row[i]);
      return;
    case Activation::kHardSigmoid:
      for (std::size_t i = 0; i < count; ++i) row[i] = clip(row[i] + 3.f, 0, 6) * (1.f / 6);
      return;
    case Activation::kHardSwish:
      for (std::size_t i = 0; i < count; ++i) {
        row[i] = row[i] * clip(row[i] + 3.f, 0, 6) * (1.f / 6);
      }
      return;
    case Activation::kSwish:
      for (std::size_t i = 0; i < count; ++i) row[i] = row[i] * sigmoid(row[i]);
      return;
    case Activation::kGelu:
      for (std::size_t i = 0; i < count; ++i) {
        row[i] = 0.5f * row[i] * (1.f + error_function(row[i] * 0.70710678118654752f));
      }
      return;
    case Activation::kTanh:
      for (std::size_t i = 0; i < count; ++i) row[i] = 2.f * sigmoid(2.f * row[i]) - 1.f;
      return;
  }
}

ARCHCOST_CLONES
void affine(float* __restrict row, const float* __restrict scale, const float* __restrict shift,
            std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) row[i] = row[i] * scale[i] + shift[i];
}

ARCHCOST_CLONES
void prelu(float* __restrict row, const float* __restrict slope, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) row[i] = row[i] > 0 ? row[i] : slope[i] * row[i];
}

ARCHCOST_CLONES
void add(float* __restrict row, const float* __restrict other, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) row[i] += other[i];
}

ARCHCOST_CLONES
void multiply(float* __restrict row, const float* __restrict other, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) row[i] *= other[i];
}

ARCHCOST_CLONES
void scale(float* __restrict row, float factor, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) row[i] *= factor;
}

ARCHCOST_CLONES
void add_scaled(float* __restrict row, float factor, const float* __restrict other,
                std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) row[i] += factor * other[i];
}

ARCHCOST_CLONES
void fill(float* row, float value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) row[i] = value;
}

namespace {

template <bool kMaximum>
inline __attribute__((always_inline)) float join(float a, float b) {
  return kMaximum ? (a > b ? a : b) : a + b;
}

/// Four rows at a time.
template <bool kMaximum>
inline __attribute__((always_inline)) void fold_rows(float* __restrict to,
                                                     const float* __restrict from,
                                                     std::size_t stride, std::size_t rows,
                                                     std::size_t count) {
  const float *b = from + stride, *c = b + stride, *d = c + stride;
  if (rows == 1) {
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
  } else if (rows == 2) {
    for (std::size_t i = 0; i < count; ++i) to[i] = join<kMaximum>(from[i], b[i]);
  } else if (rows == 3) {
    for (std::size_t i = 0; i < count; ++i)
      to[i] = join<kMaximum>(join<kMaximum>(from[i], b[i]), c[i]);
  } else {
    for (std::size_t i = 0; i < count; ++i)
      to[i] = join<kMaximum>(join<kMaximum>(from[i], b[i]), join<kMaximum>(c[i], d[i]));
  }
  for (std::size_t r = 4; r < rows; r += 4) {
    from += 4 * stride;
    b = from + stride, c = b + stride, d = c + stride;
    const std::size_t left = rows - r;
    if (left == 1) {
      for (std::size_t i = 0; i < count; ++i) to[i] = join<kMaximum>(to[i], from[i]);
    } else if (left == 2) {
      for (std::size_t i = 0; i < count; ++i)
        to[i] = join<kMaximum>(to[i], join<kMaximum>(from[i], b[i]));
    } else if (left == 3) {
      for (std::size_t i = 0; i < count; ++i)
        to[i] = join<kMaximum>(to[i], join<kMaximum>(join<kMaximum>(from[i], b[i]), c[i]));
    } else {
      for (std::size_t i = 0; i < count; ++i)
        to[i] = join<kMaximum>(
            to[i], join<kMaximum>(join<kMaximum>(from[i], b[i]), join<kMaximum>(c[i], d[i])));
    }
  }
}

template <bool kMaximum>
inline __attribute__((always_inline)) void fold_line(float* __restrict to,
                                                     const float* __restrict line,
                                                     const Reach* reaches, std::size_t outputs,
                                                     std::size_t inner, float factor) {
  for (std::size_t o = 0; o < outputs; ++o, to += inner) {
    const Reach& reach = reaches[o];
    if (reach.count < 1) {
      for (std::size_t i = 0; i < inner; ++i)
        to[i] = kMaximum ? -std::numeric_limits<float>::infinity() : 0;
      continue;
    }
    fold_rows<kMaximum>(to, line + reach.first * inner, reach.step * inner, reach.count, inner);
    if (kMaximum) continue;
    const float by = factor / static_cast<float>(reach.divisor);
    for (std::size_t i = 0; i < inner; ++i) to[i] *= by;
  }
}

}  // namespace

ARCHCOST_CLONES
void fold(bool maximum, float* to, const float* from, std::size_t stride, std::size_t rows,
          std::size_t count) {
  if (maximum) {
    fold_rows<true>(to, from, stride, rows, count);
  } else {
    fold_rows<false>(to, from, stride, rows, count);
  }
}

ARCHCOST_CLONES
void fold_reaches(bool maximum, float* to, const float* line, const Reach* reaches,
                  std::size_t outputs, std::size_t inner, float factor) {
  if (maximum) {
    inner == 16 ? fold_line<true>(to, line, reaches, outputs, 16, factor)
                : fold_line<true>(to, line, reaches, outputs, inner, factor);
  } else {
    inner == 16 ? fold_line<false>(to, line, reaches, outputs, 16, factor)
                : fold_line<false>(to, line, reaches, outputs, inner, factor);
  }
}

namespace {

template <bool kScale, bool kShift, bool kOther, Blend::Clip kClip>
inline __attribute__((always_inline)) void blend_row(const Blend& blend, float* to,
                                                     const float* from, const float* other,
                                                     std::size_t count) {
  const float *scale = blend.scale, *shift = blend.shift;
  const float high = blend.high;
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) {
    float x = from[i];
    if (kScale) x *= scale[i];
    if (kShift) x += shift[i];
    if (kOther) x += other[i];
    if (kClip == Blend::kRelu) x = x > 0 ? x : 0;
    if (kClip == Blend::kBoth) x = clip(x, 0, high);
    to[i] = x;
  }
}

template <bool kScale, bool kShift, bool kOther, Blend::Clip kClip>
inline __attribute__((always_inline)) void blend_rows(const Blend& blend, float* to,
                                                      std::size_t to_stride, const float* from,
                                                      std::size_t from_stride, std::size_t rows,
                                                      std::size_t inner) {
  if (!kScale && to_stride == inner && from_stride == inner) {  // one long row
    inner *= rows;
    rows = 1;
  }
  const float* other = blend.other;
  for (std::size_t r = 0; r < rows; ++r) {
    if (inner == 16) {
      blend_row<kScale, kShift, kOther, kClip>(blend, to, from, other, 16);
    } else {
      blend_row<kScale, kShift, kOther, kClip>(blend, to, from, other, inner);
    }
    to += to_stride;
    from += from_stride;
    if (kOther) other += to_stride;
  }
}

template <bool kScale, bool kShift, Blend::Clip kClip>
inline __attribute__((always_inline)) void blend_other(const Blend& blend, float* to,
                                                       std::size_t to_stride, const float* from,
                                                       std::size_t from_stride, std::size_t rows,
                                                       std::size_t inner) {
  if (blend.other != nullptr) {
    blend_rows<kScale, kShift, true, kClip>(blend, to, to_stride, from, from_stride, rows, inner);
  } else {
    blend_rows<kScale, kShift, false, kClip>(blend, to, to_stride, from, from_stride, rows, inner);
  }
}

template <Blend::Clip kClip>
inline __attribute__((always_inline)) void blend_channels(const Blend& blend, float* to,
                                                          std::size_t to_stride, const float* from,
                                                          std::size_t from_stride, std::size_t rows,
                                                          std::size_t inner) {
  if (blend.scale == nullptr) {
    blend_other<false, false, kClip>(blend, to, to_stride, from, from_stride, rows, inner);
  } else if (blend.shift == nullptr) {
    blend_other<true, false, kClip>(blend, to, to_stride, from, from_stride, rows, inner);
  } else {
    blend_other<true, true, kClip>(blend, to, to_stride, from, from_stride, rows, inner);
  }
}

}  // namespace

ARCHCOST_CLONES
void blend(const Blend& blend, float* to, std::size_t to_stride, const float* from,
           std::size_t from_stride, std::size_t rows, std::size_t inner) {
  if (blend.clip == Blend::kNone) {
    blend_channels<Blend::kNone>(blend, to, to_stride, from, from_stride, rows, inner);
  } else if (blend.clip == Blend::kRelu) {
    blend_channels<Blend::kRelu>(blend, to, to_stride, from, from_stride, rows, inner);
  } else {
    blend_channels<Blend::kBoth>(blend, to, to_stride, from, from_stride, rows, inner);
  }
}

void copy(float* row, const float* from, std::size_t count) {
  std::memcpy(row, from, count * sizeof(float));
}

namespace {

template <std::size_t kGroups>
inline __attribute__((always_inline)) void interleave_fixed(float* __restrict row,
                                                            const float* __restrict from,
                                                            std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) {
    for (std::size_t g = 0; g < kGroups; ++g) row[i * kGroups + g] = from[g * width + i];
  }
}

}  // namespace

ARCHCOST_CLONES
void interleave(float* __restrict row, const float* __restrict from, std::size_t groups,
                std::size_t width) {
  switch (groups) {
    case 2:
      return interleave_fixed<2>(row, from, width);
    case 3:
      return interleave_fixed<3>(row, from, width);
    case 4:
      return interleave_fixed<4>(row, from, width);
    case 8:
      return interleave_fixed<8>(row, from, width);
    default:
      for (std::size_t i = 0; i < width; ++i) {
        for (std::size_t g = 0; g < groups; ++g) row[i * groups + g] = from[g * width + i];
      }
  }
}

ARCHCOST_CLONES
float exponentials(float* __restrict row, float by, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) row[i] = exponential(row[i] - by);
  return sum(row, count);
}

ARCHCOST_CLONES
float sum(const float* row, std::size_t count) {
  // Sixteen sums side by side: the order of additions is the same on every CPU.
  float lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (int k = 0; k < 16; ++k) lanes[k] += row[i + k];
  }
  float total = 0;
  for (; i < count; ++i) total += row[i];
  for (const float lane : lanes) total += lane;
  return total;
}

ARCHCOST_CLONES
float squares(const float* row, float mean, std::size_t count) {
  float lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (int k = 0; k < 16; ++k) lanes[k] += (row[i + k] - mean) * (row[i + k] - mean);
  }
  float total = 0;
  for (; i < count; ++i) total += (row[i] - mean) * (row[i] - mean);
  for (const float lane : lanes) total += lane;
  return total;
}

ARCHCOST_CLONES
float largest(const float* row, std::size_t count) {
  float best = row[0];
  for (std::size_t i = 1; i < count; ++i) best = row[i] > best ? row[i] : best;
  return best;
}

}  // namespace archcost::rows
