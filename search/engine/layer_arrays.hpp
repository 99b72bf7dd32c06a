// SPDX-License-Identifier: Apache-2.0
// Every layer's numbers for many configurations, where a program computed them.
#pragma once

#include <cstdint>

#include "core/lane_numbers.hpp"
#include "search/engine/batch_program.hpp"

namespace archcost::engine {

enum class LayerNumber : std::uint8_t {
  kChannels,  ///< of the output, as the next two
  kHeight,
  kWidth,
  kParams,
  kMacs,
  kElements  ///< of all outputs
};
constexpr int kLayerNumbers = 6;

/// A program's output in its lanes from this one on.
inline LaneNumbers lane_numbers(const BatchProgram& program, int output, const BatchMemory& memory,
                                int first_lane) {
  const BatchProgram::Output from = program.output(output, memory);
  return from.lanes != nullptr ? LaneNumbers{from.lanes + first_lane, 0}
                               : LaneNumbers{nullptr, *from.outers};
}

/// The numbers for some configurations of one structure; valid during the call that it is given to.
struct LayerArrays {
  int lanes = 0;
  const double* take = nullptr;  ///< 0: the lane isn't of this structure; null: all are
  std::size_t layers = 0;

  LaneNumbers of(std::size_t layer, LayerNumber number) const {
    const int output =
        first_output + static_cast<int>(layer) * kLayerNumbers + static_cast<int>(number);
    return lane_numbers(*program, output, *memory, first_lane);
  }

  const BatchProgram* program = nullptr;
  const BatchMemory* memory = nullptr;
  int first_output = 0;  ///< of the program: the first layer's first number
  int first_lane = 0;    ///< of the rows in memory
};

}  // namespace archcost::engine
