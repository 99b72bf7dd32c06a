#include "measure/kernels/blocked_pointwise.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "measure/kernels/cache_sizes.hpp"
#include "measure/kernels/library_kernel.hpp"
#include "measure/kernels/parallel.hpp"
#include "measure/kernels/pointwise.hpp"
#include "measure/kernels/tiles.hpp"

namespace archcost {
namespace {

/// Blocks of output channels that a tile makes at once.
constexpr int kVectors = 2;
/// Input channels between two jumps: a block has a multiple of so many.
constexpr int kSteps = 4;
constexpr int kLine = 64;  // bytes
/// Positions that are worked through before the next ones: what is read of them fits the L2 cache.
constexpr int kChunk = 224;

struct Bytes {
  const char *begin = nullptr, *end = nullptr;
};

/// Some rows (positions) of one or two blocks of outputs, from some of the input channels.
struct Tile {
  const float* input;    ///< of the first row and channel
  std::size_t plane;     ///< numbers from one input block to the next
  const float* weights;  ///< by input channel: the tile's outputs
  int channels;          ///< of the input, a multiple of kSteps
  const float* bias;     ///< nullptr: the sums go on from what the output holds
  const float* other;    ///< where the sum's operand stands, like `output`; nullptr: none
  float* output;
  std::size_t output_plane;
  rows::Blend::Clip clip;  ///< what is done to the results
  float high;              ///< of a clip of both sides
  Bytes ahead;             ///< what is fetched meanwhile, so many lines a block
  int lines;
};

struct BlockedTile {
  static constexpr int kRows16 = 14, kRows8 = 6, kRowsPlain = 2;
  static constexpr int kVectors = archcost::kVectors;

  template <int kWide, int kRows, int kCount>
  static ARCHCOST_INLINE void make(const Tile& t);
};

template <int kWide, int kRows, int kCount>
ARCHCOST_INLINE void BlockedTile::make(const Tile& t) {
  using Vector = typename Lanes<kWide>::Vector;
  Vector sums[kRows][kCount];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kCount; ++v) {
      const std::size_t place = v * t.output_plane + r * kWide;
      sums[r][v] = at<kWide>(t.bias == nullptr ? t.output + place : t.bias + v * kWide);
      if (t.other != nullptr) sums[r][v] += at<kWide>(t.other + place);
    }
  }
  const float *input = t.input, *weights = t.weights;
  const char* ahead = t.ahead.begin;
  for (int left = t.channels; left > 0; left -= kWide, input += t.plane) {
    for (int i = 0; i < t.lines && ahead < t.ahead.end; ++i, ahead += kLine)
      __builtin_prefetch(ahead);
    for (int k = 0; k < std::min(left, kWide); k += kSteps) {
#pragma GCC unroll 4
      for (int s = 0; s < kSteps; ++s, weights += kCount * kWide) {
        Vector row[kCount];
#pragma GCC unroll 2
        for (int v = 0; v < kCount; ++v) row[v] = at<kWide>(weights + v * kWide);
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
          const float number = input[r * kWide + k + s];
#pragma GCC unroll 2
          for (int v = 0; v < kCount; ++v) sums[r][v] += row[v] * number;
        }
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kCount; ++v) {
      clip(sums[r][v], t.clip, t.high);
      at<kWide>(t.output + v * t.output_plane + r * kWide) = sums[r][v];
    }
  }
}

TileMaker<Tile> maker_of(int width) { return tile_maker<BlockedTile, Tile>(width); }

/// Input channels that are worked off together: blocks from `first` to `last`.
struct Round {
  int first, last;
  int channels;  ///< a multiple of kSteps; the last block may have fewer than it has room for
};

/// How the product is cut.
struct Plan {
  WindowProblem window;
  TileMaker<Tile> maker;
  int blocks_in, blocks_out;
  int columns;                    ///< of tiles, kVectors blocks of outputs each
  int positions, tiles;           ///< of an image's outputs; rows of tiles
  int steps;                      ///< rounds over the input channels
  double second_cache;            ///< bytes
  int threads, column_parts = 1;  ///< into so many parts the columns are cut

  Plan(const WindowProblem& problem, const Context& context)
      : window(problem),
        maker(maker_of(context.block)),
        blocks_in(quotient_up(problem.in.channels, context.block)),
        blocks_out(quotient_up(problem.out.channels, context.block)),
        columns(quotient_up(blocks_out, kVectors)),
        positions(problem.out.positions()),
        tiles(quotient_up(positions, maker.most_rows)),
        threads(context.threads) {
    // The weights of a round take two thirds of the first cache.
    const std::size_t block = kVectors * maker.width * maker.width * sizeof(float);
    const std::vector<CacheSize> caches = reported_cache_sizes();
    const std::size_t fit = caches[0].bytes * 2 / 3 / block;
    second_cache = caches[1].bytes;
    steps = quotient_up(blocks_in, std::max(1, static_cast<int>(fit)));
    choose_parts();
  }

  int first_row(int tile) const { return share(positions, tile, tiles); }
  int blocks_of(int column) const { return std::min(kVectors, blocks_out - column * kVectors); }
  Round round(int step) const {
    const int first = share(blocks_in, step, steps), last = share(blocks_in, step + 1, steps);
    const int there = std::min(window.in.channels, last * maker.width) - first * maker.width;
    return {first, last, quotient_up(there, kSteps) * kSteps};
  }
  /// The weights of so many columns don't stay in the second cache.
  bool heavy(int count) const {
    return sizeof(float) * window.in.channels * count * kVectors * maker.width > second_cache / 2;
  }
  bool gathers() const { return window.stride_height > 1 || window.stride_width > 1; }

 private:
  /// The longest part is to be short; where weights are more than inputs, each is better read by
  /// one thread only.
  void choose_parts() {
    int least = std::numeric_limits<int>::max();
    const bool heavy = window.out.channels > positions * window.in.batch;
    for (int parts = 1; parts <= threads; ++parts) {
      if (threads % parts != 0) continue;
      const int longest = quotient_up(columns, parts) * quotient_up(tiles, threads / parts);
      if (longest < least || (longest == least && heavy)) {
        least = longest;
        column_parts = parts;
      }
    }
  }
};

/// Weights by round over the input channels, by column of tiles, by input channel: the outputs.
float* pack(const Plan& plan, const std::vector<float>& kernel, MemoryPool& pool) {
  const int in = plan.window.in.channels, out = plan.window.out.channels, width = plan.maker.width;
  const std::size_t numbers =
      static_cast<std::size_t>(quotient_up(in, kSteps)) * kSteps * plan.blocks_out * width;
  auto* packed = static_cast<float*>(pool.allocate(numbers * sizeof(float)));
  float* next = packed;
  for (int step = 0; step < plan.steps; ++step) {
    const Round round = plan.round(step);
    for (int column = 0; column < plan.columns; ++column) {
      const int wide = plan.blocks_of(column) * width, from = column * kVectors * width;
      for (int k = round.first * width; k < round.first * width + round.channels; ++k) {
        for (int c = 0; k < in && c < std::min(wide, out - from); ++c) {
          next[c] = kernel[static_cast<std::size_t>(from + c) * in + k];
        }
        next += wide;
      }
    }
  }
  return packed;
}

/// The inputs that a strided convolution reads, side by side.
void gather(const Plan& plan, const float* input, float* gathered) {
  const WindowProblem& w = plan.window;
  const int width = plan.maker.width;
  parallel_ranges(plan.threads, std::int64_t{w.in.batch} * plan.blocks_in,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t plane = begin; plane < end; ++plane) {
                      const float* from = input + plane * w.in.positions() * width;
                      float* to = gathered + plane * plan.positions * width;
                      for (int y = 0; y < w.out.height; ++y) {
                        const float* line =
                            from + std::int64_t{y} * w.stride_height * w.in.width * width;
                        for (int x = 0; x < w.out.width; ++x, to += width) {
                          std::memcpy(to, line + std::int64_t{x} * w.stride_width * width,
                                      width * sizeof(float));
                        }
                      }
                    }
                  });
}

/// Tiles of one image that a thread makes.
struct Part {
  int first_column, last_column, first_tile, last_tile;
};

struct Product {
  Plan plan;
  const float* weights;     ///< packed
  std::vector<float> bias;  ///< by output, the last block filled up
  PointwiseProgram program;
  bool in_place = false;  ///< the sum's operand stands in the output

  /// Of the given round, of a column of tiles.
  const float* panel(const Round& round, int column) const {
    const std::size_t width = plan.maker.width;
    const std::size_t before = round.first * width * plan.blocks_out;
    return weights + (before + std::size_t(column) * kVectors * round.channels) * width;
  }

  Bytes bytes_of(const Round& round, int column) const {
    const float* begin = panel(round, column);
    const int numbers = plan.blocks_of(column) * plan.maker.width * round.channels;
    return {reinterpret_cast<const char*>(begin), reinterpret_cast<const char*>(begin + numbers)};
  }

  void run(const Operands& operands) const {
    const float* input = operands.inputs[0];
    if (plan.gathers()) {
      gather(plan, input, static_cast<float*>(operands.scratch));
      input = static_cast<const float*>(operands.scratch);
    }
    parallel_ranges(plan.threads, plan.threads, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const int part = static_cast<int>(i), parts = plan.column_parts;
        const int row_part = part / parts, row_parts = plan.threads / parts;
        const Part mine{
            share(plan.columns, part % parts, parts), share(plan.columns, part % parts + 1, parts),
            share(plan.tiles, row_part, row_parts), share(plan.tiles, row_part + 1, row_parts)};
        for (int image = 0; image < plan.window.in.batch; ++image) {
          make_part(operands, input, image, mine);
        }
      }
    });
  }

  void make_part(const Operands& operands, const float* input, int image, const Part& part) const {
    const int tiles = part.last_tile - part.first_tile;
    const int chunks = quotient_up(tiles * plan.maker.most_rows, kChunk);
    for (int chunk = 0; chunk < chunks; ++chunk) {
      // Later they are in the second cache, unless they are too many.
      const bool fetches =
          (chunk == 0 && image == 0) || plan.heavy(part.last_column - part.first_column);
      Part rows = part;
      rows.first_tile = part.first_tile + share(tiles, chunk, chunks);
      rows.last_tile = part.first_tile + share(tiles, chunk + 1, chunks);
      for (int step = 0; step < plan.steps; ++step) {
        for (int column = part.first_column; column < part.last_column; ++column) {
          Bytes next;  // what the thread reads then
          if (!fetches) {
          } else if (column + 1 < part.last_column) {
            next = bytes_of(plan.round(step), column + 1);
          } else if (step + 1 < plan.steps) {
            next = bytes_of(plan.round(step + 1), part.first_column);
          } else if (chunk + 1 < chunks) {
            next = bytes_of(plan.round(0), part.first_column);
          }
          make_column(operands, input, image, rows, plan.round(step), column, next);
        }
      }
    }
  }

  void make_column(const Operands& operands, const float* input, int image, const Part& rows,
                   const Round& round, int column, const Bytes& next) const {
    const int width = plan.maker.width, blocks = plan.blocks_of(column);
    const bool first = round.first == 0, last = round.last == plan.blocks_in;
    const std::size_t plane = static_cast<std::size_t>(plan.positions) * width;
    const std::size_t target =
        (std::size_t(image) * plan.blocks_out + std::size_t(column) * kVectors) * plane;
    const bool fused = program.only_sums_and_clips();
    const rows::Blend end = fused ? program.blend(target, operands.inputs) : rows::Blend();
    const float* other = in_place ? operands.output + target : end.other;
    Tile tile;
    tile.plane = tile.output_plane = plane;
    tile.weights = panel(round, column);
    tile.channels = round.channels;
    tile.bias = first ? bias.data() + std::size_t(column) * kVectors * width : nullptr;
    tile.clip = last ? end.clip : rows::Blend::kNone;
    tile.high = end.high;
    // The next panel's lines, in equal parts for all tiles and their blocks.
    const int tiles = rows.last_tile - rows.first_tile;
    const int lines = quotient_up(static_cast<int>((next.end - next.begin) / kLine), tiles);
    tile.lines = quotient_up(lines, round.last - round.first);
    tile.ahead.end = next.begin;
    const float* source =
        input + (std::size_t(image) * plan.blocks_in + std::size_t(round.first)) * plane;
    for (int t = rows.first_tile; t < rows.last_tile; ++t) {
      const int height = plan.first_row(t + 1) - plan.first_row(t);
      const std::size_t place = static_cast<std::size_t>(plan.first_row(t)) * width;
      tile.input = source + place;
      tile.output = operands.output + target + place;
      tile.other = first && other != nullptr ? other + place : nullptr;
      tile.ahead.begin = tile.ahead.end;
      tile.ahead.end += std::min<std::ptrdiff_t>(next.end - tile.ahead.end, lines * kLine);
      plan.maker.make[height][blocks](tile);
      if (!last || fused) continue;
      for (int b = 0; b < blocks; ++b) {
        const std::size_t element = target + b * plane + place;
        program.apply(operands.output + element, element, height, operands.inputs);
      }
    }
  }
};

Kernel blocked_pointwise(const StepTask& task, const WindowProblem& window) {
  const View view(window.out, Layout::kBlocked, task.context.block);
  FoldedWeights folded = folded_weights(task, window.out.channels);
  Product product{Plan(window, task.context), nullptr, std::move(folded.bias),
                  PointwiseProgram(task, view)};
  product.weights = pack(product.plan, folded.kernel, *task.context.pool);
  product.bias.resize(view.padded_channels());
  product.in_place = product.program.only_sums_and_clips() && in_place_operand(task) >= 0;
  Kernel kernel;
  kernel.implementation = "archcost:1x1";
  kernel.sums_in_place = product.in_place;
  if (product.plan.gathers()) {
    kernel.scratch_bytes =
        View({window.in.batch, window.in.channels, window.out.height, window.out.width},
             Layout::kBlocked, task.context.block)
            .elements() *
        sizeof(float);
  }
  kernel.bind = [product = std::move(product)](const Operands& operands) -> Run {
    return [product, operands] { product.run(operands); };
  };
  return kernel;
}

}  // namespace

bool is_blocked_pointwise(const WindowProblem& w, const Context& context) {
  const auto blocked = [&](const Dims& dims) {
    const std::vector<Layout> layouts = layouts_of(dims, context);
    return std::find(layouts.begin(), layouts.end(), Layout::kBlocked) != layouts.end();
  };
  return w.groups == 1 && w.taps() == 1 && w.pad_top == 0 && w.pad_left == 0 && w.pad_bottom == 0 &&
         w.pad_right == 0 && maker_of(context.block).width > 0 && blocked(w.in) && blocked(w.out);
}

Option blocked_pointwise_option(const StepTask& task, const WindowProblem& window) {
  return {"nChwc>nChwc own", Layout::kBlocked, Layout::kBlocked,
          [task, window] { return blocked_pointwise(task, window); }};
}

}  // namespace archcost
