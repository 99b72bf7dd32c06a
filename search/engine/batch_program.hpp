// SPDX-License-Identifier: Apache-2.0
// The nodes of a trace as straight-line code over many configurations at once.
//
// Configurations lie in two directions: along the lanes some inputs vary, from one group of lanes
// to the next ("outer points") the others do. What depends on the outer inputs alone is computed
// for several outer points at once, what depends on the lanes alone once for all outer points, and
// only what depends on both for each configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "core/trace.hpp"

namespace archcost::engine {

/// Doubles from the start of a cache line on, all 0.
class LaneMemory {
 public:
  LaneMemory() = default;
  explicit LaneMemory(std::size_t size) : size_(size), data_(new (kLine) double[size]()) {}
  double* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::align_val_t kLine{64};
  struct Delete {
    void operator()(double* data) const { ::operator delete[](data, kLine); }
  };
  std::size_t size_ = 0;
  std::unique_ptr<double[], Delete> data_;
};

/// Where a program's numbers are while it runs for one outer point.
struct BatchMemory {
  const double* scalars;  ///< at the outer point
  double* pure;           ///< registers of the lanes
  double* mixed;          ///< registers of the configurations
  bool all_meet = false;  ///< all lanes meet the conditions that depend on the lanes alone
};

/// Configurations along the lanes, and outer points, that are computed together at most.
constexpr int kLanes = 256, kOuters = 64;
constexpr int kStep = 8;  ///< both are computed in multiples of it
/// From one scalar to the next, in doubles: an odd number of cache lines, so that scalars don't
/// compete for the same ones.
constexpr int kScalarRow = kOuters + kStep;

class BatchProgram {
 public:
  /// For a trace that is exact in doubles. `outputs` are nodes of it. `varying` says which inputs
  /// differ along the lanes. When all do, nothing is kept from one group of lanes to the next.
  /// `lanes`: that are computed together at most. Inputs that all vary have the first registers of
  /// the configurations, in their order.
  BatchProgram(const Trace& trace, const std::vector<std::int32_t>& outputs,
               const std::vector<bool>& varying, int lanes);

  /// Room for numbers, in doubles.
  std::size_t scalar_room() const { return static_cast<std::size_t>(scalars_) * kScalarRow; }
  std::size_t pure_room() const { return static_cast<std::size_t>(pure_registers_) * stride_; }
  std::size_t mixed_room() const { return static_cast<std::size_t>(mixed_registers_) * stride_; }

  /// Where the input's numbers go: kOuters of them, or the lanes of one that varies along these.
  /// Null when nothing depends on it.
  double* input(int index, double* scalars, const BatchMemory& memory) const;

  /// Once, before anything else.
  void set_constants(double* scalars) const;
  /// What depends on the outer inputs alone, for the outer points [first, outers).
  void run_outer(double* scalars, int first, int outers) const;
  /// How many outer points, this one and those behind it, meet the conditions that depend on outer
  /// points alone; up to `most`.
  std::size_t served(const BatchMemory& memory, std::size_t most) const;
  bool serves(const BatchMemory& memory) const { return served(memory, 1) == 1; }
  /// Whether all lanes meet the conditions at every outer point that serves() says yes to.
  bool always_matches(const BatchMemory& memory) const {
    return mixed_meets_ < 0 && memory.all_meet;
  }
  /// What depends on the inputs of the lanes alone.
  void run_pure(const BatchMemory& memory, int lanes) const;
  /// Whether all these lanes meet the conditions that depend on the lanes alone; after run_pure().
  bool pure_holds(const BatchMemory& memory, int lanes) const;
  /// The lanes' 1 or 0: whether they meet the conditions. Null when all do.
  const double* match(const BatchMemory& memory, int first, int lanes) const;
  /// Computes the outputs; after match().
  void finish(const BatchMemory& memory, int first, int lanes) const;
  /// The output's numbers in the lanes, or, where it is the same in all of them, at the outer point
  /// and those behind it: lanes is null then.
  struct Output {
    const double *lanes = nullptr, *outers = nullptr;
  };
  Output output(int index, const BatchMemory& memory) const;

  enum class Op : std::uint8_t {
    kCopy,
    kAdd,
    kSubtract,
    kMultiply,
    kMultiplyAdd,  ///< a * b + c
    kDivide,
    kMax,
    kSumOfProducts,  ///< `b` terms from the a-th on, and the scalar c - 1 if c > 0
    // c where the condition holds, else 0
    kIfEqual,
    kIfUnequal,
    kIfLess,
    kIfNotLess
  };
  /// Operands are registers; a second operand that is the same in all lanes is the scalar -1 - b,
  /// so is a constant in code for outer points.
  /// Pure registers come first, mixed ones behind them.
  struct Instruction {
    Op op = Op::kCopy;
    int to = 0, a = 0, b = 0, c = 0;
  };
  /// A register times a scalar, or, where that is -1, times 1.
  struct Term {
    int row = 0, scalar = -1;
  };
  static constexpr int kMostTerms = 8;  ///< of one instruction
  /// Whether c is an operand.
  static bool uses_c(Op op) { return op == Op::kMultiplyAdd || op >= Op::kIfEqual; }

 private:
  friend class BatchCompiler;
  friend class RegisterAllocator;
  double* at(const BatchMemory& memory, int index) const;

  std::vector<bool> varying_;
  std::vector<int> inputs_, outputs_;              // registers or scalars; -1 for unused inputs
  std::vector<std::pair<int, double>> constants_;  // scalars
  std::vector<Instruction> outer_, pure_, matching_, finishing_;
  std::size_t outer_matching_ = 0;  // how many of outer_ conditions need; the others come behind
  std::vector<Term> terms_;
  // Whether the conditions hold: a scalar, a pure register, a mixed one; -1: there are none.
  int outer_meets_ = -1, pure_meets_ = -1, mixed_meets_ = -1;
  int pure_registers_ = 0, mixed_registers_ = 0, scalars_ = 0;
  int stride_ = 0;  // of registers
};

}  // namespace archcost::engine
