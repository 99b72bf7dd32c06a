// The nodes of a trace as straight-line code over many configurations at once.
#pragma once

#include <cstdint>
#include <vector>

#include "core/trace.hpp"

namespace archcost {

/// Registers of one thread; each holds a number for every lane.
class BatchRegisters {
 public:
  double* at(int index);
  void reserve(int registers);

 private:
  std::vector<double> memory_;
};

class BatchProgram {
 public:
  /// Configurations that are computed together: the registers of a network stay in the first cache.
  static constexpr int kLanes = 128;

  /// For a trace that is exact in doubles. `outputs` are nodes of it.
  BatchProgram(const Trace& trace, const std::vector<std::int32_t>& outputs);

  int registers() const { return registers_; }
  /// The register of an input of the trace; -1 when nothing depends on it.
  int input(int index) const { return inputs_[index]; }
  int inputs() const { return static_cast<int>(inputs_.size()); }
  /// Computes the conditions of the trace; `meets[i]` becomes 1 where a lane meets all of them,
  /// else 0.
  void match(BatchRegisters& registers, double* meets) const;
  bool has_conditions() const { return !conditions_.empty(); }
  /// Computes the outputs; after match() with the same registers.
  void finish(BatchRegisters& registers) const;
  int output(int index) const { return outputs_[index]; }

  enum class Op : std::uint8_t {
    kConstant,
    kAdd,
    kAddConstant,
    kSubtract,
    kSubtractFrom,
    kMultiply,
    kMultiplyConstant,
    kMultiplyAdd,
    kMultiplyAddConstant,
    kDivide,
    kDivideConstant,
    kMax,
    kMaxConstant
  };
  struct Instruction {
    Op op = Op::kConstant;
    int to = 0, a = 0, b = 0, c = 0;  ///< registers
    double constant = 0, inverse = 0;
  };
  struct Condition {
    bool equal, holds;
    int a, b;
  };

 private:
  friend class BatchCompiler;
  std::vector<int> inputs_, outputs_;
  std::vector<Instruction> matching_, finishing_;
  std::vector<Condition> conditions_;
  int registers_ = 0;
};

}  // namespace archcost
