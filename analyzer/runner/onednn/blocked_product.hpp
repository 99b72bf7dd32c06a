// Products of matrices on blocked tensors: what 1x1 convolutions are, and the middle of Winograd's.
//
// The input holds its channels in blocks, [block][position][channel of the block], the output too;
// the numbers of a block are those of a vector register. Weights are fetched into the caches while
// others are worked on, so that few positions (7x7) run nearly as fast as many.
#pragma once

#include <functional>
#include <vector>

#include "runner/onednn/vector_math.hpp"

namespace archcost {

/// A piece of memory that is read soon.
struct Ahead {
  const char *begin = nullptr, *end = nullptr;
};

class BlockedProduct {
 public:
  /// `block`: channels of a block, a width for which there is a kernel (`possible`).
  BlockedProduct(int in_channels, int out_channels, int positions, int block);
  static bool possible(int block);

  /// Weights, [output][input], in the order in which they are read: packed_numbers() of them, zero
  /// before.
  std::size_t packed_numbers() const;
  void pack(const float* weights, float* packed) const;

  /// The output is cut into columns (of channels) and tiles (of positions).
  int columns() const { return columns_; }
  int tiles() const { return tiles_; }
  struct Part {
    int first_column, last_column, first_tile, last_tile;
  };
  /// The weights that a part with so many columns reads don't stay in the second cache.
  bool heavy(int columns) const;

  struct Operands {
    const float* input;
    const float* weights;  ///< packed
    const float* bias;     ///< by output, the last column filled up
    const float* other;    ///< is added; nullptr: nothing. May be `output`
    float* output;
    rows::Blend::Clip clip = rows::Blend::kNone;
    float high = 0;     ///< of a clip of both sides
    bool fetch = true;  ///< the weights aren't in the second cache
    Ahead next;         ///< what the thread reads behind the product, if that is to be fetched
    /// Called for each run of rows of one block when it is done: `place` in the output.
    std::function<void(std::size_t place, int rows)> finish;
  };
  void make(const Part& part, const Operands& operands) const;
  /// What `make` reads of the weights first.
  Ahead first_weights(const Part& part, const float* weights) const;

 private:
  /// Input channels that are worked off together: blocks from `first` to `last`.
  struct Round {
    int first, last;
    int channels;  ///< a multiple of a step; the last block may have fewer than it has room for
  };
  Round round(int step) const;
  int blocks_of(int column) const;
  int first_row(int tile) const;
  Ahead panel(const float* weights, const Round& round, int column) const;
  void make_column(const Part& part, const Operands& operands, const Round& round, int column,
                   const Ahead& next) const;

  int in_channels_, out_channels_, positions_, width_;
  int blocks_in_, blocks_out_, columns_;
  int most_rows_, tiles_;
  int steps_;  ///< rounds
  std::size_t second_cache_;
};

}  // namespace archcost
