#include "search/batch_program.hpp"

#include <algorithm>
#include <cmath>

#include "search/batch_compiler.hpp"

namespace archcost {
namespace {

using Op = BatchProgram::Op;
using Instruction = BatchProgram::Instruction;

constexpr int kLanes = BatchRegisters::kLanes;
constexpr std::uintptr_t kAlignment = 64;
constexpr int kStep = 8;  // lanes are computed in multiples of it

// One copy of the loops for each width of the machine's registers; the program picks at its start.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define ARCHCOST_WIDEST \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ARCHCOST_WIDEST
#endif

#define ARCHCOST_EACH(expression) \
  _Pragma("GCC ivdep") for (int l = 0; l < lanes; ++l) to[l] = (expression)

// Registers of the second operand, or one number for all lanes. A quotient by one number is a
// product with its inverse, half a unit away from the next whole number so that the inverse's
// rounding can't matter.
ARCHCOST_WIDEST void run_code(const Instruction* code, std::size_t size, double* memory,
                              const double* scalars, int lanes) {
  for (std::size_t k = 0; k < size; ++k) {
    const Instruction& i = code[k];
    double* to = memory + static_cast<std::ptrdiff_t>(i.to) * kLanes;
    const double* a = memory + static_cast<std::ptrdiff_t>(i.a) * kLanes;
    const double* c = memory + static_cast<std::ptrdiff_t>(i.c) * kLanes;
    if (i.b < 0) {
      const double b = scalars[-1 - i.b];
      const double inverse = 1 / b;
      switch (i.op) {
        case Op::kCopy:
          ARCHCOST_EACH(b);
          break;
        case Op::kAdd:
          ARCHCOST_EACH(a[l] + b);
          break;
        case Op::kSubtract:
          ARCHCOST_EACH(a[l] - b);
          break;
        case Op::kMultiply:
          ARCHCOST_EACH(a[l] * b);
          break;
        case Op::kMultiplyAdd:
          ARCHCOST_EACH(a[l] * b + c[l]);
          break;
        case Op::kDivide:
          ARCHCOST_EACH(std::floor((a[l] + 0.5) * inverse));
          break;
        case Op::kMax:
          ARCHCOST_EACH(a[l] < b ? b : a[l]);
          break;
      }
    } else {
      const double* b = memory + static_cast<std::ptrdiff_t>(i.b) * kLanes;
      switch (i.op) {
        case Op::kCopy:
          ARCHCOST_EACH(b[l]);
          break;
        case Op::kAdd:
          ARCHCOST_EACH(a[l] + b[l]);
          break;
        case Op::kSubtract:
          ARCHCOST_EACH(a[l] - b[l]);
          break;
        case Op::kMultiply:
          ARCHCOST_EACH(a[l] * b[l]);
          break;
        case Op::kMultiplyAdd:
          ARCHCOST_EACH(a[l] * b[l] + c[l]);
          break;
        case Op::kDivide:
          ARCHCOST_EACH(std::floor(a[l] / b[l]));
          break;
        case Op::kMax:
          ARCHCOST_EACH(a[l] < b[l] ? b[l] : a[l]);
          break;
      }
    }
  }
}
#undef ARCHCOST_EACH

void run_scalars(const std::vector<Instruction>& code, double* scalars) {
  for (const Instruction& i : code) {
    const double a = scalars[i.a], b = scalars[i.b];
    double& to = scalars[i.to];
    switch (i.op) {
      case Op::kCopy:
        to = b;
        break;
      case Op::kAdd:
        to = a + b;
        break;
      case Op::kSubtract:
        to = a - b;
        break;
      case Op::kMultiply:
        to = a * b;
        break;
      case Op::kMultiplyAdd:
        to = a * b + scalars[i.c];
        break;
      case Op::kDivide:
        to = std::floor(a / b);
        break;
      case Op::kMax:
        to = std::max(a, b);
        break;
    }
  }
}

int whole_steps(int lanes) { return (lanes + kStep - 1) / kStep * kStep; }

}  // namespace

double* BatchRegisters::base() {
  const auto start = reinterpret_cast<std::uintptr_t>(memory_.data());
  return reinterpret_cast<double*>((start + kAlignment - 1) / kAlignment * kAlignment);
}

void BatchRegisters::reserve(int registers, int scalars) {
  const std::size_t size =
      static_cast<std::size_t>(registers) * kLanes + kAlignment / sizeof(double);
  if (memory_.size() < size) memory_.assign(size, 0);
  if (scalars_.size() < static_cast<std::size_t>(scalars))
    scalars_.resize(static_cast<std::size_t>(scalars));
}

BatchProgram::BatchProgram(const Trace& trace, const std::vector<std::int32_t>& outputs,
                           const std::vector<bool>& varying) {
  BatchCompiler(trace, varying, *this).run(outputs);
}

void BatchProgram::prepare(BatchRegisters& registers) const {
  registers.reserve(registers_, scalars_);
  std::copy(constants_.begin(), constants_.end(), registers.scalars());
}

void BatchProgram::match(BatchRegisters& registers, int lanes, bool same_lanes,
                         double* meets) const {
  double* scalars = registers.scalars();
  run_scalars(scalar_, scalars);
  const int steps = whole_steps(lanes);
  if (!same_lanes) run_code(pure_.data(), pure_.size(), registers.at(0), scalars, steps);
  run_code(matching_.data(), matching_.size(), registers.at(0), scalars, steps);
  std::fill_n(meets, lanes, 1.0);
  for (const Condition& condition : conditions_) {
    for (int l = 0; l < lanes; ++l) {
      const double a = condition.a < 0 ? scalars[-1 - condition.a] : registers.at(condition.a)[l];
      const double b = condition.b < 0 ? scalars[-1 - condition.b] : registers.at(condition.b)[l];
      if ((condition.equal ? a == b : a < b) != condition.holds) meets[l] = 0;
    }
  }
}

void BatchProgram::finish(BatchRegisters& registers, int lanes) const {
  run_code(finishing_.data(), finishing_.size(), registers.at(0), registers.scalars(),
           whole_steps(lanes));
}

}  // namespace archcost
