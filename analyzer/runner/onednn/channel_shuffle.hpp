// Channel shuffles of rows of channels: the groups' channels in turns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace archcost {

/// Output channel i * groups + g is input channel g * (channels / groups) + i.
class ChannelShuffle {
 public:
  ChannelShuffle(int channels, int groups);
  /// Rows that stand one behind the other; they may not overlap.
  void run(float* to, const float* from, std::size_t rows) const;

  static constexpr int kLanes = 16;  ///< numbers of a vector
  /// How a vector of outputs is put together: from each group a vector, of which some numbers are
  /// taken.
  struct Piece {
    std::int32_t lanes[kLanes];  ///< by output: the number of the input vector
    std::int32_t first;          ///< input channel of the vector's first number
    std::uint16_t wanted;        ///< outputs that it gives, as bits
    std::uint16_t there;         ///< numbers of the vector that may be read
  };

 private:
  std::size_t channels_, groups_;
  std::vector<Piece> pieces_;  ///< `groups` for each vector of outputs
};

}  // namespace archcost
