#include "runner/onednn/grouped_pointwise.hpp"

#include <algorithm>

#include "runner/onednn/library_kernel.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/pointwise.hpp"
#include "runner/onednn/tiles.hpp"

namespace archcost {
namespace {

/// Input channels between two jumps.
constexpr int kSteps = 4;
/// Positions that are worked through group by group: their inputs stay near.
constexpr int kChunk = 36;

/// Some rows (positions) of one to three vectors of a group's outputs.
struct Work {
  const float* input;   ///< of the first row, of all channels
  const int* channels;  ///< which the group reads, so many
  int depth;
  const float* weights;  ///< by input channel: the tile's outputs, filled up with zeros
  const float* bias;     ///< by output, filled up with zeros
  const float* other;    ///< where the sum's operand stands, like `output`; nullptr: none
  float* output;
  std::size_t input_stride, output_stride;  ///< from one row to the next
  int outputs;                              ///< that are made; the last vector may be cut off
  rows::Blend::Clip clip;
  float high;  ///< of a clip of both sides
};

struct GroupedTile {
  static constexpr int kRows16 = 9, kRows8 = 4, kRowsPlain = 2;
  static constexpr int kVectors = 3;

  template <int kWide, int kRows, int kCount>
  static ARCHCOST_INLINE void make(const Work& w);
};

/// The first `count` numbers, fewer than a vector has.
template <int kWide>
ARCHCOST_INLINE void copy_part(float* to, const float* from, int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) at<4>(to + i) = at<4>(from + i);
  for (; i < count; ++i) to[i] = from[i];
}

template <int kWide, int kRows, int kCount>
ARCHCOST_INLINE void GroupedTile::make(const Work& w) {
  using Vector = typename Lanes<kWide>::Vector;
  constexpr int kBefore = (kCount - 1) * kWide;  // outputs in whole vectors
  const int left = w.outputs - kBefore;          // in the last one
  Vector sums[kRows][kCount];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kCount; ++v) sums[r][v] = at<kWide>(w.bias + v * kWide);
  }
  if (w.other != nullptr) {
    alignas(64) float part[kWide] = {};
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const float* other = w.other + r * w.output_stride;
#pragma GCC unroll 4
      for (int v = 0; v + 1 < kCount; ++v) sums[r][v] += at<kWide>(other + v * kWide);
      if (left < kWide) copy_part<kWide>(part, other + kBefore, left);
      sums[r][kCount - 1] += at<kWide>(left < kWide ? part : other + kBefore);
    }
  }
  const float* rows[kRows];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) rows[r] = w.input + r * w.input_stride;
  const float* weights = w.weights;
  const auto step = [&](int k) __attribute__((always_inline)) {
    Vector row[kCount];
#pragma GCC unroll 4
    for (int v = 0; v < kCount; ++v) row[v] = at<kWide>(weights + v * kWide);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const float number = rows[r][k];
#pragma GCC unroll 4
      for (int v = 0; v < kCount; ++v) sums[r][v] += row[v] * number;
    }
    weights += kCount * kWide;
  };
  const int* channel = w.channels;
  const int* const end = channel + w.depth;
  for (; end - channel >= kSteps; channel += kSteps) {
#pragma GCC unroll 4
    for (int s = 0; s < kSteps; ++s) step(channel[s]);
  }
  for (; channel != end; ++channel) step(*channel);
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    float* output = w.output + r * w.output_stride;
#pragma GCC unroll 4
    for (int v = 0; v < kCount; ++v) {
      clip(sums[r][v], w.clip, w.high);
      if (v + 1 < kCount) at<kWide>(output + v * kWide) = sums[r][v];
    }
    if (left >= kWide) {
      at<kWide>(output + kBefore) = sums[r][kCount - 1];
    } else {
      alignas(64) float part[kWide];
      at<kWide>(part) = sums[r][kCount - 1];
      copy_part<kWide>(output + kBefore, part, left);
    }
  }
}

TileMaker<Work> maker() {
  TileMaker<Work> widest = tile_maker<GroupedTile, Work>(16);
  return widest.width > 0 ? widest : tile_maker<GroupedTile, Work>(8);
}

/// How a group's outputs are cut into columns of tiles, and positions into chunks of rows.
struct Plan {
  WindowProblem window;
  TileMaker<Work> maker;
  int depth, outputs;  ///< channels of a group, in and out
  int vectors, columns;
  int positions, chunks;  ///< of an image

  Plan(const WindowProblem& problem, int threads)
      : window(problem),
        maker(archcost::maker()),
        depth(problem.in.channels / problem.groups),
        outputs(problem.out.channels / problem.groups),
        vectors(quotient_up(outputs, maker.width)),
        columns(quotient_up(vectors, GroupedTile::kVectors)),
        positions(problem.out.positions()),
        chunks(quotient_up(quotient_up(positions, kChunk), threads) * threads) {}

  int first_vector(int column) const { return share(vectors, column, columns); }
  std::size_t group_outputs() const { return std::size_t(vectors) * maker.width; }
};

struct Product {
  Plan plan;
  std::vector<float> weights;  ///< by group, column, input channel: the outputs of a tile
  std::vector<float> bias;     ///< by group: the outputs, filled up
  std::vector<int> channels;   ///< by group: where the channels stand that it reads
  PointwiseProgram program;
  bool sums_in_place = false;  ///< the sum's operand stands in the output
  int threads;

  Product(const StepTask& task, const WindowProblem& window)
      : plan(window, task.context.threads),
        program(task, View(window.out, Layout::kLast, task.context.block)),
        threads(task.context.threads) {
    sums_in_place = program.only_sums_and_clips() && in_place_operand(task) >= 0;
    const FoldedWeights folded = folded_weights(task, window.out.channels);
    const int width = plan.maker.width;
    bias.assign(window.groups * plan.group_outputs(), 0);
    weights.reserve(bias.size() * plan.depth);
    const int shuffled = task.step.reads_shuffled, part = window.in.channels / shuffled;
    for (int c = 0; c < window.in.channels; ++c)
      channels.push_back(c % shuffled * part + c / shuffled);
    for (int g = 0; g < window.groups; ++g) {
      for (int o = 0; o < plan.outputs && !folded.bias.empty(); ++o) {
        bias[g * plan.group_outputs() + o] = folded.bias[g * plan.outputs + o];
      }
      for (int column = 0; column < plan.columns; ++column) {
        const int first = plan.first_vector(column) * width,
                  last = plan.first_vector(column + 1) * width;
        for (int k = 0; k < plan.depth; ++k) {
          for (int o = first; o < last; ++o) {
            const std::size_t row = std::size_t(g) * plan.outputs + o;
            weights.push_back(o < plan.outputs ? folded.kernel[row * plan.depth + k] : 0);
          }
        }
      }
    }
  }

  bool in_place() const { return sums_in_place; }
  static std::size_t scratch_bytes() { return 0; }
  void run(const Operands& operands) const {
    parallel_ranges(threads, std::int64_t{plan.window.out.batch} * plan.chunks,
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        const int chunk = static_cast<int>(i % plan.chunks);
                        make_rows(operands, i / plan.chunks * plan.positions,
                                  share(plan.positions, chunk, plan.chunks),
                                  share(plan.positions, chunk + 1, plan.chunks));
                      }
                    });
  }

  /// Positions of one image, which begins at `image` of all.
  void make_rows(const Operands& operands, std::int64_t image, int begin, int end) const {
    const int in = plan.window.in.channels, out = plan.window.out.channels;
    const std::size_t first = image + begin, element = first * out;
    const bool fused = program.only_sums_and_clips();
    const rows::Blend blend = fused ? program.blend(element, operands.inputs) : rows::Blend();
    const float* other = sums_in_place ? operands.output + element : blend.other;
    const int count = end - begin, tiles = quotient_up(count, plan.maker.most_rows);
    Work work;
    work.input_stride = in;
    work.output_stride = out;
    work.depth = plan.depth;
    work.clip = blend.clip;
    work.high = blend.high;
    work.weights = weights.data();
    for (int g = 0; g < plan.window.groups; ++g) {
      work.channels = channels.data() + g * plan.depth;
      for (int column = 0; column < plan.columns; ++column) {
        const int vector = plan.first_vector(column),
                  vectors = plan.first_vector(column + 1) - vector;
        const int before = vector * plan.maker.width;
        work.bias = bias.data() + g * plan.group_outputs() + before;
        work.outputs = std::min(plan.outputs - before, vectors * plan.maker.width);
        for (int t = 0; t < tiles; ++t) {
          const std::size_t row = share(count, t, tiles);
          const std::size_t place = row * out + g * plan.outputs + before;
          work.input = operands.inputs[0] + (first + row) * in;
          work.other = other == nullptr ? nullptr : other + place;
          work.output = operands.output + element + place;
          plan.maker.make[share(count, t + 1, tiles) - row][vectors](work);
        }
        work.weights += std::size_t(plan.depth) * vectors * plan.maker.width;
      }
    }
    if (!fused) program.apply(operands.output + element, element, count, operands.inputs);
  }
};

}  // namespace

bool is_grouped_pointwise(const WindowProblem& w) {
  return w.groups > 1 && w.groups < w.in.channels && w.taps() == 1 && w.stride_height == 1 &&
         w.stride_width == 1 && w.in.positions() == w.out.positions() && w.pad_top == 0 &&
         w.pad_left == 0;
}

Option grouped_pointwise_option(const StepTask& task, const WindowProblem& window) {
  return {"nhwc>nhwc grouped", Layout::kLast, Layout::kLast,
          [task, window] { return own_kernel("archcost:grouped_1x1", Product(task, window)); }};
}

}  // namespace archcost
