// Loops over rows of numbers, compiled for each instruction set and chosen when the program starts.
#pragma once

#include <cstddef>

#include "plan/execution_plan.hpp"

/// A function of plain loops in several versions. Must not hold lambdas or OpenMP regions: these
/// would be compiled for the plainest CPU only.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define ARCHCOST_CLONES \
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define ARCHCOST_CLONES
#endif

namespace archcost::rows {

// Each works on `count` numbers; `row` is read and written.
void activate(Activation activation, float slope, float* row, std::size_t count);
void affine(float* row, const float* scale, const float* shift, std::size_t count);
void prelu(float* row, const float* slope, std::size_t count);
void add(float* row, const float* other, std::size_t count);
void multiply(float* row, const float* other, std::size_t count);
void scale(float* row, float factor, std::size_t count);
/// row += factor * other
void add_scaled(float* row, float factor, const float* other, std::size_t count);
void fill(float* row, float value, std::size_t count);
/// to[i]: the sum, or the largest, of from[r * stride + i] over `rows` rows, at least one.
void fold(bool maximum, float* to, const float* from, std::size_t stride, std::size_t rows,
          std::size_t count);

/// Positions of a line that one output is made of, `step` apart.
struct Reach {
  int first, step, count;
  int divisor;  ///< of averages
};
/// Outputs of `inner` channels each: sums over their positions, times factor / divisor, or maxima.
/// An output without positions is 0, or minus infinity.
void fold_reaches(bool maximum, float* to, const float* line, const Reach* reaches,
                  std::size_t outputs, std::size_t inner, float factor);

/// What is done to each number in one go: times and plus a number of its channel, plus a number of
/// its own, clipped.
struct Blend {
  enum Clip : unsigned char { kNone, kRelu, kBoth };
  const float* scale = nullptr;  ///< by channel; nullptr: 1
  const float* shift = nullptr;  ///< by channel, only where there is a scale; nullptr: 0
  const float* other = nullptr;  ///< rows like those of the output; nullptr: 0
  Clip clip = kNone;
  float high = 0;  ///< of kBoth; the least is 0
};
/// `from` may be `to`. Rows of `inner` channels, which stand so far apart.
void blend(const Blend& blend, float* to, std::size_t to_stride, const float* from,
           std::size_t from_stride, std::size_t rows, std::size_t inner);
void copy(float* row, const float* from, std::size_t count);
/// `groups` runs of `width` numbers become `width` runs of one number of each: a channel shuffle.
void interleave(float* row, const float* from, std::size_t groups, std::size_t width);
/// row[i] = exp(row[i] - by); the sum of them.
float exponentials(float* row, float by, std::size_t count);
float sum(const float* row, std::size_t count);
/// Sum of (row[i] - mean)^2.
float squares(const float* row, float mean, std::size_t count);
float largest(const float* row, std::size_t count);

}  // namespace archcost::rows
