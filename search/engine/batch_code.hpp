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

struct BatchCode {
  const BatchProgram::Instruction* instructions;
  std::size_t size;
  const BatchProgram::Term* terms;
};

/// Runs the code for [first, first + lanes) of each row. A scalar's number stands at
/// `scalars[index * scalar_stride]`.
void run_code(const BatchCode& code, const BatchRows& rows, const double* scalars,
              std::ptrdiff_t scalar_stride, int first, int lanes);

/// Doubles that are whole numbers up to 2^51 as integers.
void to_integers(const double* from, std::int64_t* to, int count);
void fill_integers(std::int64_t value, std::int64_t* to, int count);

}  // namespace archcost::engine
