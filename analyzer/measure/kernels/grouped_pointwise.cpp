#include "measure/kernels/grouped_pointwise.hpp"

#include <algorithm>

#include "measure/kernels/library_kernel.hpp"
#include "measure/kernels/parallel.hpp"
#include "measure/kernels/pointwise.hpp"

namespace archcost {
namespace {

/// So many vectors of outputs are summed at once for each position.
constexpr int kVectors = 3;
/// Positions between two runs of the pointwise operations: their inputs stay in the first cache.
constexpr int kChunk = 32;

/// A vector that may stand anywhere. A member, since types given to templates lose their alignment.
template <int kWide>
struct Lanes {
  typedef float Vector __attribute__((vector_size(kWide * sizeof(float)), aligned(sizeof(float))));
};

/// Vectors of the next tile when so many are left: tiles of about the same size.
constexpr int tile_width(int left) {
  const int tiles = (left + kVectors - 1) / kVectors;
  return (left + tiles - 1) / tiles;
}

/// A group's matrices and where its numbers stand.
struct Product {
  const float* input;    ///< of the first position, of the group's first channel
  const float* weights;  ///< by tile: by input channel: the tile's outputs, filled up with zeros
  const float* bias;     ///< by output, filled up
  float* output;
  std::size_t input_stride, output_stride;  ///< from one position to the next
  int depth, columns;                       ///< input and output channels of the group
};

#define ARCHCOST_INLINE inline __attribute__((always_inline))

/// `count` vectors of outputs from `column` on, for kRows positions from `first` on.
template <int kWide, int kRows, int kCount>
ARCHCOST_INLINE void tile(const Product& p, const float* weights, int column, int first) {
  using Vector = typename Lanes<kWide>::Vector;
  Vector sums[kRows][kCount];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kCount; ++v) {
      sums[r][v] = *reinterpret_cast<const Vector*>(p.bias + column + v * kWide);
    }
  }
  const float* input = p.input + first * p.input_stride;
  for (int k = 0; k < p.depth; ++k) {
    Vector row[kCount];
#pragma GCC unroll 4
    for (int v = 0; v < kCount; ++v) {
      row[v] = *reinterpret_cast<const Vector*>(weights + (k * kCount + v) * kWide);
    }
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const float number = input[r * p.input_stride + k];
#pragma GCC unroll 4
      for (int v = 0; v < kCount; ++v) sums[r][v] += row[v] * number;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    float* output = p.output + (first + r) * p.output_stride + column;
#pragma GCC unroll 4
    for (int v = 0; v < kCount; ++v) {
      const int left = p.columns - column - v * kWide;
      if (left >= kWide) {
        *reinterpret_cast<Vector*>(output + v * kWide) = sums[r][v];
      } else {
#pragma GCC unroll 16
        for (int i = 0; i < kWide; ++i) {
          if (i < left) output[v * kWide + i] = sums[r][v][i];
        }
      }
    }
  }
}

template <int kWide, int kRows, int kCount>
ARCHCOST_INLINE void column_of_tiles(const Product& p, const float* weights, int column, int rows) {
  int r = 0;
  for (; r + kRows <= rows; r += kRows) tile<kWide, kRows, kCount>(p, weights, column, r);
  for (; r < rows; ++r) tile<kWide, 1, kCount>(p, weights, column, r);
}

template <int kWide, int kRows>
ARCHCOST_INLINE void multiply(const Product& p, int rows) {
  const float* weights = p.weights;
  for (int column = 0, count = 0; column < p.columns; column += count * kWide) {
    count = tile_width((p.columns - column + kWide - 1) / kWide);
    if (count == 3) column_of_tiles<kWide, kRows, 3>(p, weights, column, rows);
    if (count == 2) column_of_tiles<kWide, kRows, 2>(p, weights, column, rows);
    if (count == 1) column_of_tiles<kWide, kRows, 1>(p, weights, column, rows);
    weights += static_cast<std::size_t>(p.depth) * count * kWide;
  }
}

/// One for each instruction set: as many positions at once as leave no register unused.
struct Multiplier {
  int width;
  void (*run)(const Product& product, int rows);
};

void multiply_plain(const Product& p, int rows) { multiply<4, 4>(p, rows); }
#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void multiply_avx2(const Product& p, int rows) {
  multiply<8, 4>(p, rows);
}
__attribute__((target("avx512f"))) void multiply_avx512(const Product& p, int rows) {
  multiply<16, 8>(p, rows);
}
#endif

Multiplier multiplier() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {16, multiply_avx512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {8, multiply_avx2};
#endif
  return {4, multiply_plain};
}

/// Weights and biases of all groups as the multiplier reads them.
struct Packed {
  std::vector<float> weights, bias;
  std::size_t group_weights = 0, group_bias = 0;  ///< from one group to the next
};

Packed pack(const FoldedWeights& folded, const WindowProblem& window, int width) {
  const int groups = window.groups, depth = window.in.channels / groups,
            columns = window.out.channels / groups;
  const int padded = (columns + width - 1) / width * width;
  Packed packed;
  packed.group_weights = static_cast<std::size_t>(depth) * padded;
  packed.group_bias = static_cast<std::size_t>(padded);
  packed.weights.assign(groups * packed.group_weights, 0);
  packed.bias.assign(groups * packed.group_bias, 0);
  for (int g = 0; g < groups; ++g) {
    float* weights = packed.weights.data() + g * packed.group_weights;
    for (int first = 0, wide = 0; first < padded; first += wide) {
      wide = tile_width((padded - first) / width) * width;
      for (int k = 0; k < depth; ++k, weights += wide) {
        for (int c = 0; c < std::min(wide, columns - first); ++c) {
          weights[c] = folded.kernel[(std::size_t(g) * columns + first + c) * depth + k];
        }
      }
    }
    if (folded.bias.empty()) continue;
    std::copy_n(folded.bias.begin() + std::ptrdiff_t(g) * columns, columns,
                packed.bias.begin() + static_cast<std::ptrdiff_t>(g * packed.group_bias));
  }
  return packed;
}

Kernel grouped_pointwise(const StepTask& task, const WindowProblem& window) {
  const Multiplier multiplier = archcost::multiplier();
  Kernel kernel;
  kernel.implementation = "archcost:grouped_1x1";
  kernel.bind = [window, multiplier, threads = task.context.threads,
                 packed = pack(folded_weights(task, window.out.channels), window, multiplier.width),
                 program =
                     PointwiseProgram(task, View(window.out, Layout::kLast, task.context.block))](
                    const Operands& operands) -> Run {
    return [=] {
      const int positions = window.out.positions(), in = window.in.channels,
                out = window.out.channels, chunks = (positions + kChunk - 1) / kChunk;
      parallel_ranges(threads, std::int64_t{window.out.batch} * chunks,
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t i = begin; i < end; ++i) {
                          const std::size_t first = i / chunks * positions + i % chunks * kChunk;
                          const int rows =
                              std::min(kChunk, positions - static_cast<int>(i % chunks) * kChunk);
                          const float* input = operands.inputs[0] + first * in;
                          float* output = operands.output + first * out;
                          for (int g = 0; g < window.groups; ++g) {
                            const Product product{input + g * (in / window.groups),
                                                  packed.weights.data() + g * packed.group_weights,
                                                  packed.bias.data() + g * packed.group_bias,
                                                  output + g * (out / window.groups),
                                                  static_cast<std::size_t>(in),
                                                  static_cast<std::size_t>(out),
                                                  in / window.groups,
                                                  out / window.groups};
                            multiplier.run(product, rows);
                          }
                          program.apply(output, first * out, rows, operands.inputs);
                        }
                      });
    };
  };
  return kernel;
}

}  // namespace

bool is_grouped_pointwise(const WindowProblem& w) {
  return w.groups > 1 && w.groups < w.in.channels && w.taps() == 1 && w.stride_height == 1 &&
         w.stride_width == 1 && w.in.positions() == w.out.positions() && w.pad_top == 0 &&
         w.pad_left == 0;
}

Option grouped_pointwise_option(const StepTask& task, const WindowProblem& window) {
  return {"nhwc>nhwc grouped", Layout::kLast, Layout::kLast,
          [task, window] { return grouped_pointwise(task, window); }};
}

}  // namespace archcost
