// SPDX-License-Identifier: Apache-2.0
// Straight-line code over arrays: the inner loops of sweeps.
#pragma once

#include <vector>

#include "search/engine/batch_program.hpp"

namespace archcost::engine {

/// Registers are rows of `stride` numbers; the first ones stand apart from the others.
struct BatchRows {
  double* head;
  double* tail;
  int heads;  ///< how many stand at `head`
  std::ptrdiff_t stride;

  double* at(int index) const {
    return index < heads ? head + index * stride : tail + (index - heads) * stride;
  }
};

/// Runs the code for [first, first + lanes) of each row. A scalar's number stands at
/// `scalars[index * scalar_stride]`.
void run_code(const std::vector<BatchProgram::Instruction>& code, BatchRows rows,
              const double* scalars, std::ptrdiff_t scalar_stride, int first, int lanes);

}  // namespace archcost::engine
