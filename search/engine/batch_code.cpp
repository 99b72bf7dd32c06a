// SPDX-License-Identifier: Apache-2.0
#include "search/engine/batch_code.hpp"

#include <bit>
#include <cmath>
#include <utility>

namespace archcost::engine {
namespace {

using Op = BatchProgram::Op;
using Instruction = BatchProgram::Instruction;
using Term = BatchProgram::Term;

// One copy of the loops for each width of the machine's registers; the program picks at its start.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
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

#define ARCHCOST_TERMS(count)                                                   \
  case count:                                                                   \
    sum_of_products(to, rows, terms + i.a, scalars, scalar_stride, last, lanes, \
                    std::make_index_sequence<count>());                         \
    break;

// The operations whose second operand is `b`: one number for all lanes, or the lanes' own.
#define ARCHCOST_OPERATIONS(b)               \
  case Op::kCopy:                            \
    ARCHCOST_EACH(b);                        \
    break;                                   \
  case Op::kAdd:                             \
    ARCHCOST_EACH(a[l] + (b));               \
    break;                                   \
  case Op::kSubtract:                        \
    ARCHCOST_EACH(a[l] - (b));               \
    break;                                   \
  case Op::kMultiply:                        \
    ARCHCOST_EACH(a[l] * (b));               \
    break;                                   \
  case Op::kMultiplyAdd:                     \
    ARCHCOST_EACH(a[l] * (b) + c[l]);        \
    break;                                   \
  case Op::kMax:                             \
    ARCHCOST_EACH(a[l] < (b) ? (b) : a[l]);  \
    break;                                   \
  case Op::kIfEqual:                         \
    ARCHCOST_EACH(a[l] == (b) ? c[l] : 0.0); \
    break;                                   \
  case Op::kIfUnequal:                       \
    ARCHCOST_EACH(a[l] != (b) ? c[l] : 0.0); \
    break;                                   \
  case Op::kIfLess:                          \
    ARCHCOST_EACH(a[l] < (b) ? c[l] : 0.0);  \
    break;                                   \
  case Op::kIfNotLess:                       \
    ARCHCOST_EACH(a[l] >= (b) ? c[l] : 0.0); \
    break;

// Each number of the sum is read and nothing is written between the terms.
template <std::size_t... I>
[[gnu::always_inline]] inline void sum_of_products(double* to, BatchRows rows, const Term* terms,
                                                   const double* scalars,
                                                   std::ptrdiff_t scalar_stride, double last,
                                                   int lanes, std::index_sequence<I...>) {
  const double* const row[] = {rows.at(terms[I].row)...};
  const double factor[] = {
      (terms[I].scalar < 0 ? 1.0 : scalars[terms[I].scalar * scalar_stride])...};
  ARCHCOST_INDEPENDENT for (int l = 0; l < lanes; ++l) {
    double sum = 0;
    ((sum += row[I][l] * factor[I]), ...);
    to[l] = sum + last;
  }
}

// GCC has vector instructions for std::nearbyint, but not for std::floor, which sets floating-point
// exceptions.
[[gnu::always_inline]] inline double floor_of(double x) {
  const double nearest = std::nearbyint(x);
  return nearest > x ? nearest - 1 : nearest;
}

// A quotient by one number is a product with its inverse, half a unit away from the next whole
// number so that the inverse's rounding can't matter.
ARCHCOST_WIDEST void run(const BatchCode& code, const BatchRows& all, const double* scalars,
                         std::ptrdiff_t scalar_stride, int first, int lanes) {
  const BatchRows rows = {all.head + first, all.tail + first, all.heads, all.stride};
  const Term* terms = code.terms;
  lanes = lanes / kStep * kStep;  // it is a multiple; the compiler needs no loop for a rest
  for (std::size_t k = 0; k < code.size; ++k) {
    const Instruction& i = code.instructions[k];
    double* to = rows.at(i.to);
    if (i.op == Op::kSumOfProducts) {
      const double last = i.c > 0 ? scalars[(i.c - 1) * scalar_stride] : 0.0;
      switch (i.b) {
        ARCHCOST_TERMS(2)
        ARCHCOST_TERMS(3)
        ARCHCOST_TERMS(4)
        ARCHCOST_TERMS(5)
        ARCHCOST_TERMS(6)
        ARCHCOST_TERMS(7)
        ARCHCOST_TERMS(8)
      }
      continue;
    }
    const double* a = rows.at(i.a);
    const double* c = rows.at(i.c);
    if (i.b < 0) {
      const double number = scalars[(-1 - i.b) * scalar_stride];
      switch (i.op) {
        ARCHCOST_OPERATIONS(number)
        case Op::kDivide: {
          const double inverse = 1 / number;
          ARCHCOST_EACH(floor_of((a[l] + 0.5) * inverse));
          break;
        }
        case Op::kSumOfProducts:
          break;
      }
    } else {
      const double* numbers = rows.at(i.b);
      switch (i.op) {
        ARCHCOST_OPERATIONS(numbers[l])
        case Op::kDivide:
          ARCHCOST_EACH(floor_of(a[l] / numbers[l]));
          break;
        case Op::kSumOfProducts:
          break;
      }
    }
  }
}
#undef ARCHCOST_OPERATIONS
#undef ARCHCOST_TERMS
#undef ARCHCOST_EACH

// A sum with 1.5 * 2^52 has the integer in its lowest bits.
ARCHCOST_WIDEST void convert(const double* from, std::int64_t* to, int count) {
  constexpr double kShift = 0x1.8p52;
  ARCHCOST_INDEPENDENT for (int l = 0; l < count; ++l) to[l] =
      std::bit_cast<std::int64_t>(from[l] + kShift) - std::bit_cast<std::int64_t>(kShift);
}

ARCHCOST_WIDEST void fill(std::int64_t value, std::int64_t* to, int count) {
  ARCHCOST_INDEPENDENT for (int l = 0; l < count; ++l) to[l] = value;
}

}  // namespace

void run_code(const BatchCode& code, const BatchRows& rows, const double* scalars,
              std::ptrdiff_t scalar_stride, int first, int lanes) {
  run(code, rows, scalars, scalar_stride, first, lanes);
}

void to_integers(const double* from, std::int64_t* to, int count) { convert(from, to, count); }
void fill_integers(std::int64_t value, std::int64_t* to, int count) { fill(value, to, count); }

}  // namespace archcost::engine
