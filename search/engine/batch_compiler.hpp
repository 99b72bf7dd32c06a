// SPDX-License-Identifier: Apache-2.0
// A trace to a batch program. Sums are taken apart into products of atoms, and collected by what
// varies from lane to lane: the multiply-adds of a network become a few areas times sums of
// weights, and these sums are computed once for all lanes.
#pragma once

#include <map>
#include <vector>

#include "search/engine/batch_program.hpp"

namespace archcost::engine {

class BatchCompiler {
 public:
  BatchCompiler(const Trace& trace, const std::vector<bool>& varying, BatchProgram& program);
  void run(const std::vector<std::int32_t>& outputs);

 private:
  enum class Class : std::uint8_t {
    kSame,  ///< in all lanes
    kPure,  ///< by the varying inputs alone
    kMixed
  };
  using Atoms = std::vector<std::int32_t>;  // nodes, sorted; a product of them
  struct Polynomial {
    std::map<Atoms, double> terms;
  };

  const TraceNode& node(std::int32_t index) const { return trace_->nodes()[index]; }
  bool is_constant(std::int32_t index) const { return node(index).op == TraceOp::kConstant; }
  void emit_condition(const TraceCondition& condition);
  void classify();
  Class class_of(std::int32_t a, std::int32_t b) const;
  int emit(std::int32_t index);
  int emit_node(std::int32_t index);
  int emit_sum(std::int32_t index);
  int emit_factor(const std::vector<std::pair<Atoms, double>>& parts);
  const Polynomial& polynomial(std::int32_t index);
  bool is_exact(const Polynomial& sum) const;
  Polynomial own_terms(std::int32_t index) const;
  bool product(std::int32_t index, double& factor, Atoms& atoms) const;
  std::vector<std::int32_t> operands(std::int32_t index);
  Class class_of_product(const Atoms& atoms) const;
  int emit_product(const Atoms& atoms);
  int constant(double value);
  bool is_constant_place(int place) const;
  int operation(BatchProgram::Op op, int a, int b, int c, Class result);
  void fuse_outer_sums();
  int vector_of(int place, Class wanted);

  const Trace* trace_;
  BatchProgram* program_;
  std::vector<bool> varying_;
  bool all_vary_ = false;
  std::vector<Class> classes_;    // by node
  std::vector<bool> placed_;      // by node
  std::vector<int> place_;        // by node: a register, or the scalar -1 - place
  std::vector<Class> registers_;  // class by register
  std::map<double, int> constants_;
  std::map<Atoms, int> products_;
  std::map<std::int32_t, Polynomial> polynomials_;
  std::vector<BatchProgram::Instruction>* mixed_ = nullptr;  // the section that is being filled
};

}  // namespace archcost::engine
