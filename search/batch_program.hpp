// The nodes of a trace as straight-line code over many configurations at once.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/trace.hpp"

namespace archcost {

/// What one thread's programs compute in: registers that hold a number for every lane, and scalars
/// that hold for all lanes.
class BatchRegisters {
 public:
  /// Configurations that are computed together at most.
  static constexpr int kLanes = 256;

  double* at(int index) { return base() + static_cast<std::ptrdiff_t>(index) * kLanes; }
  double* scalars() { return scalars_.data(); }
  /// Makes room; what was computed before is gone when it grows.
  void reserve(int registers, int scalars);

 private:
  double* base();
  std::vector<double> memory_, scalars_;
};

class BatchProgram {
 public:
  /// For a trace that is exact in doubles. `outputs` are nodes of it. `varying` says which inputs
  /// differ from lane to lane; the others are the same in all lanes of a run, and what depends on
  /// them alone is computed once.
  BatchProgram(const Trace& trace, const std::vector<std::int32_t>& outputs,
               const std::vector<bool>& varying);

  int registers() const { return registers_; }
  int scalars() const { return scalars_; }
  /// Where an input goes: a register if it varies, else a scalar; -1 when nothing depends on it.
  int input(int index) const { return inputs_[index]; }

  /// Makes room and sets what is constant, before the inputs are filled in.
  void prepare(BatchRegisters& registers) const;
  /// Computes what the conditions need, for lanes [0, lanes). `meets[i]` becomes 1 where a lane
  /// meets all conditions, else 0. With `same_lanes` the varying inputs are those of the last run
  /// of this program in these registers, and nothing else ran in them.
  void match(BatchRegisters& registers, int lanes, bool same_lanes, double* meets) const;
  /// Computes the outputs; after match() with the same registers.
  void finish(BatchRegisters& registers, int lanes) const;
  /// The output's register, or the scalar -1 - result when it is the same in all lanes.
  int output(int index) const { return outputs_[index]; }

  enum class Op : std::uint8_t { kCopy, kAdd, kSubtract, kMultiply, kMultiplyAdd, kDivide, kMax };
  /// Operands are registers; a second operand that is the same in all lanes is the scalar -1 - b.
  struct Instruction {
    Op op = Op::kCopy;
    int to = 0, a = 0, b = 0, c = 0;  ///< kMultiplyAdd: a * b + c
  };
  struct Condition {
    bool equal = true, holds = true;
    int a = 0, b = 0;  ///< registers or scalars
  };

 private:
  friend class BatchCompiler;
  std::vector<int> inputs_, outputs_;
  std::vector<double> constants_;  // the first scalars
  std::vector<Instruction> scalar_, pure_, matching_, finishing_;
  std::vector<Condition> conditions_;
  int registers_ = 0, scalars_ = 0;
};

}  // namespace archcost
