// Loops over rows of numbers, compiled for each instruction set and chosen when the program starts.
#pragma once

#include <cstddef>

#include "measure/execution_plan.hpp"

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
void maximum(float* row, const float* other, std::size_t count);
void scale(float* row, float factor, std::size_t count);
/// row += factor * other
void add_scaled(float* row, float factor, const float* other, std::size_t count);
void fill(float* row, float value, std::size_t count);
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
