// SPDX-License-Identifier: Apache-2.0
#include "search/engine/batch_code.hpp"

#include <cmath>

namespace archcost::engine {
namespace {

using Op = BatchProgram::Op;
using Instruction = BatchProgram::Instruction;

// One copy of the loops for each width of the machine's registers; the program picks at its start.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define ARCHCOST_WIDEST \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ARCHCOST_WIDEST
#endif

#if defined(__clang__)
#define ARCHCOST_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define ARCHCOST_INDEPENDENT _Pragma("GCC ivdep")
#endif
#define ARCHCOST_EACH(expression) \
  ARCHCOST_INDEPENDENT for (int l = 0; l < lanes; ++l) to[l] = (expression)

// The operations whose second operand is `b`: one number for all lanes, or the lanes' own.
#define ARCHCOST_OPERATIONS(b)             \
  case Op::kCopy:                          \
    ARCHCOST_EACH(b);                      \
    break;                                 \
  case Op::kAdd:                           \
    ARCHCOST_EACH(a[l] + b);               \
    break;                                 \
  case Op::kSubtract:                      \
    ARCHCOST_EACH(a[l] - b);               \
    break;                                 \
  case Op::kMultiply:                      \
    ARCHCOST_EACH(a[l] * b);               \
    break;                                 \
  case Op::kMultiplyAdd:                   \
    ARCHCOST_EACH(a[l] * b + c[l]);        \
    break;                                 \
  case Op::kMax:                           \
    ARCHCOST_EACH(a[l] < b ? b : a[l]);    \
    break;                                 \
  case Op::kIfEqual:                       \
    ARCHCOST_EACH(a[l] == b ? c[l] : 0.0); \
    break;                                 \
  case Op::kIfUnequal:                     \
    ARCHCOST_EACH(a[l] != b ? c[l] : 0.0); \
    break;                                 \
  case Op::kIfLess:                        \
    ARCHCOST_EACH(a[l] < b ? c[l] : 0.0);  \
    break;                                 \
  case Op::kIfNotLess:                     \
    ARCHCOST_EACH(a[l] >= b ? c[l] : 0.0); \
    break;

// A quotient by one number is a product with its inverse, half a unit away from the next whole
// number so that the inverse's rounding can't matter.
ARCHCOST_WIDEST void run(const Instruction* code, std::size_t size, BatchRows rows,
                         const double* scalars, std::ptrdiff_t scalar_stride, int lanes) {
  lanes = lanes / kStep * kStep;  // it is a multiple; the compiler needs no loop for a rest
  for (std::size_t k = 0; k < size; ++k) {
    const Instruction& i = code[k];
    double* to = rows.at(i.to);
    const double* a = rows.at(i.a);
    const double* c = rows.at(i.c);
    if (i.b < 0) {
      const double number = scalars[(-1 - i.b) * scalar_stride];
      switch (i.op) {
        ARCHCOST_OPERATIONS(number)
        case Op::kDivide: {
          const double inverse = 1 / number;
          ARCHCOST_EACH(std::floor((a[l] + 0.5) * inverse));
          break;
        }
      }
    } else {
      const double* numbers = rows.at(i.b);
      switch (i.op) {
        ARCHCOST_OPERATIONS(numbers[l])
        case Op::kDivide:
          ARCHCOST_EACH(std::floor(a[l] / numbers[l]));
          break;
      }
    }
  }
}
#undef ARCHCOST_OPERATIONS
#undef ARCHCOST_EACH

}  // namespace

void run_code(const std::vector<Instruction>& code, BatchRows rows, const double* scalars,
              std::ptrdiff_t scalar_stride, int first, int lanes) {
  rows.head += first;
  rows.tail += first;
  run(code.data(), code.size(), rows, scalars, scalar_stride, lanes);
}

}  // namespace archcost::engine
