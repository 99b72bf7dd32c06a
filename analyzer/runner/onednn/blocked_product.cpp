#include "runner/onednn/blocked_product.hpp"

#include <algorithm>

#include "runner/onednn/cache_sizes.hpp"
#include "runner/onednn/tiles.hpp"

namespace archcost {
namespace {

/// Blocks of output channels that a tile makes at once.
constexpr int kVectors = 2;
/// Input channels between two jumps: a block has a multiple of so many.
constexpr int kSteps = 4;
constexpr int kLine = 64;  // bytes
/// Positions that are worked through before the next ones: what is read of them fits the L2 cache.
constexpr int kChunk = 224;

/// Some rows (positions) of one or two blocks of outputs, from some of the input channels.
struct Tile {
  const float* input;    ///< of the first row and channel
  std::size_t plane;     ///< numbers from one block to the next, of input and output
  const float* weights;  ///< by input channel: the tile's outputs
  int channels;          ///< of the input, a multiple of kSteps
  const float* bias;     ///< nullptr: the sums go on from what the output holds
  const float* other;    ///< where the sum's operand stands, like `output`; nullptr: none
  float* output;
  rows::Blend::Clip clip;  ///< what is done to the results
  float high;              ///< of a clip of both sides
  Ahead ahead;             ///< what is fetched meanwhile, so many lines a block
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
      const std::size_t place = v * t.plane + r * kWide;
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
      at<kWide>(t.output + v * t.plane + r * kWide) = sums[r][v];
    }
  }
}

const TileMaker<Tile>& maker_of(int width) {
  static const TileMaker<Tile> k16 = tile_maker<BlockedTile, Tile>(16),
                               k8 = tile_maker<BlockedTile, Tile>(8);
  static const TileMaker<Tile> kNone;
  return width == 16 ? k16 : width == 8 ? k8 : kNone;
}

}  // namespace

bool BlockedProduct::possible(int block) { return maker_of(block).width > 0; }

BlockedProduct::BlockedProduct(int in_channels, int out_channels, int positions, int block)
    : in_channels_(in_channels),
      out_channels_(out_channels),
      positions_(positions),
      width_(block),
      blocks_in_(quotient_up(in_channels, block)),
      blocks_out_(quotient_up(out_channels, block)),
      columns_(quotient_up(blocks_out_, kVectors)),
      most_rows_(maker_of(block).most_rows),
      tiles_(quotient_up(positions, most_rows_)) {
  const std::vector<CacheSize> caches = reported_cache_sizes();
  second_cache_ = static_cast<std::size_t>(caches[1].bytes);
  // The weights of a round take two thirds of the first cache.
  const std::size_t block_bytes = sizeof(float) * kVectors * block * block;
  const int fit = static_cast<int>(caches[0].bytes * 2 / 3 / static_cast<double>(block_bytes));
  steps_ = quotient_up(blocks_in_, std::max(1, fit));
}

BlockedProduct::Round BlockedProduct::round(int step) const {
  const int first = share(blocks_in_, step, steps_), last = share(blocks_in_, step + 1, steps_);
  const int there = std::min(in_channels_, last * width_) - first * width_;
  return {first, last, quotient_up(there, kSteps) * kSteps};
}

int BlockedProduct::blocks_of(int column) const {
  return std::min(kVectors, blocks_out_ - column * kVectors);
}

int BlockedProduct::first_row(int tile) const { return share(positions_, tile, tiles_); }

bool BlockedProduct::heavy(int columns) const {
  return sizeof(float) * in_channels_ * columns * kVectors * width_ > second_cache_ / 2;
}

std::size_t BlockedProduct::packed_numbers() const {
  return std::size_t(quotient_up(in_channels_, kSteps)) * kSteps * blocks_out_ * width_;
}

void BlockedProduct::pack(const float* weights, float* packed) const {
  // By round over the input channels, by column, by input channel: the outputs.
  for (int step = 0; step < steps_; ++step) {
    const Round round = this->round(step);
    for (int column = 0; column < columns_; ++column) {
      const int wide = blocks_of(column) * width_, from = column * kVectors * width_;
      for (int k = round.first * width_; k < round.first * width_ + round.channels; ++k) {
        for (int c = 0; k < in_channels_ && c < std::min(wide, out_channels_ - from); ++c) {
          packed[c] = weights[std::size_t(from + c) * in_channels_ + k];
        }
        packed += wide;
      }
    }
  }
}

Ahead BlockedProduct::panel(const float* weights, const Round& round, int column) const {
  const std::size_t before = std::size_t(round.first) * width_ * blocks_out_;
  const float* begin =
      weights + (before + std::size_t(column) * kVectors * round.channels) * width_;
  const int numbers = blocks_of(column) * width_ * round.channels;
  return {reinterpret_cast<const char*>(begin), reinterpret_cast<const char*>(begin + numbers)};
}

Ahead BlockedProduct::first_weights(const Part& part, const float* weights) const {
  return panel(weights, round(0), part.first_column);
}

void BlockedProduct::make(const Part& part, const Operands& operands) const {
  const int tiles = part.last_tile - part.first_tile;
  const int chunks = quotient_up(tiles * most_rows_, kChunk);
  const bool stay = !heavy(part.last_column - part.first_column);
  for (int chunk = 0; chunk < chunks; ++chunk) {
    Part rows = part;
    rows.first_tile = part.first_tile + share(tiles, chunk, chunks);
    rows.last_tile = part.first_tile + share(tiles, chunk + 1, chunks);
    const bool fetch = operands.fetch && (chunk == 0 || !stay);
    for (int step = 0; step < steps_; ++step) {
      for (int column = part.first_column; column < part.last_column; ++column) {
        Ahead next;  // what is read then
        if (column + 1 < part.last_column) {
          if (fetch) next = panel(operands.weights, round(step), column + 1);
        } else if (step + 1 < steps_) {
          if (fetch) next = panel(operands.weights, round(step + 1), part.first_column);
        } else if (chunk + 1 < chunks) {
          if (fetch) next = first_weights(part, operands.weights);
        } else {
          next = operands.next;
        }
        make_column(rows, operands, round(step), column, next);
      }
    }
  }
}

void BlockedProduct::make_column(const Part& part, const Operands& operands, const Round& round,
                                 int column, const Ahead& next) const {
  const auto& makers = maker_of(width_).make;
  const int blocks = blocks_of(column), blocks_read = round.last - round.first;
  const bool first = round.first == 0, last = round.last == blocks_in_;
  const std::size_t plane = std::size_t(positions_) * width_;
  const std::size_t target = std::size_t(column) * kVectors * plane;
  Tile tile;
  tile.plane = plane;
  tile.weights = reinterpret_cast<const float*>(panel(operands.weights, round, column).begin);
  tile.channels = round.channels;
  tile.bias = first ? operands.bias + std::size_t(column) * kVectors * width_ : nullptr;
  tile.clip = last ? operands.clip : rows::Blend::kNone;
  tile.high = operands.high;
  // The next panel's lines, in equal parts for all tiles and their blocks.
  const int lines = quotient_up(static_cast<int>((next.end - next.begin) / kLine),
                                part.last_tile - part.first_tile);
  tile.lines = quotient_up(lines, blocks_read);
  tile.ahead.end = next.begin;
  for (int t = part.first_tile; t < part.last_tile; ++t) {
    const int height = first_row(t + 1) - first_row(t);
    const std::size_t place = std::size_t(first_row(t)) * width_;
    tile.input = operands.input + std::size_t(round.first) * plane + place;
    tile.output = operands.output + target + place;
    tile.other = first && operands.other != nullptr ? operands.other + target + place : nullptr;
    tile.ahead.begin = tile.ahead.end;
    tile.ahead.end += std::min<std::ptrdiff_t>(next.end - tile.ahead.end, lines * kLine);
    makers[height][blocks](tile);
    if (!last || !operands.finish) continue;
    for (int b = 0; b < blocks; ++b) operands.finish(target + b * plane + place, height);
  }
}

}  // namespace archcost
