// SPDX-License-Identifier: Apache-2.0
#include "search/engine/register_allocator.hpp"

#include <algorithm>
#include <limits>

namespace archcost::engine {
namespace {

using Op = BatchProgram::Op;
using Instruction = BatchProgram::Instruction;

constexpr int kNever = std::numeric_limits<int>::max();  // it is read after all instructions

bool uses_a(const Instruction& i) { return i.op != Op::kCopy && i.op != Op::kSumOfProducts; }
bool uses_b(const Instruction& i) { return i.op != Op::kSumOfProducts; }

/// The registers that it reads.
std::vector<int> read_by(const Instruction& i) {
  std::vector<int> operands;
  if (uses_a(i)) operands.push_back(i.a);
  if (uses_b(i) && i.b >= 0) operands.push_back(i.b);
  if (BatchProgram::uses_c(i.op)) operands.push_back(i.c);
  std::sort(operands.begin(), operands.end());
  operands.erase(std::unique(operands.begin(), operands.end()), operands.end());
  return operands;
}

void rename(Instruction& i, const std::vector<int>& place) {
  if (uses_a(i)) i.a = place[i.a];
  if (uses_b(i) && i.b >= 0) i.b = place[i.b];
  if (BatchProgram::uses_c(i.op)) i.c = place[i.c];
}

/// Gives the result of an instruction the place of an operand that is read for the last time, or of
/// an earlier one; then renames the instruction.
void place_result(Instruction& i, int at, const std::vector<int>& last, std::vector<int>& place,
                  std::vector<int>& free, int& used) {
  for (int operand : read_by(i)) {
    if (last[operand] == at) free.push_back(place[operand]);
  }
  rename(i, place);
  if (place[i.to] < 0) {
    if (free.empty()) free.push_back(used++);
    place[i.to] = free.back();
    free.pop_back();
    if (last[i.to] < 0) free.push_back(place[i.to]);  // it is not read
  }
  i.to = place[i.to];
}

}  // namespace

void RegisterAllocator::share_registers(const std::vector<bool>& pure) {
  find_last_reads(pure);
  place_kept(pure);
  place_mixed();
  BatchProgram& program = *program_;
  for (std::size_t k = 0; k < program.inputs_.size(); ++k) {
    if (program.varying_[k] && program.inputs_[k] >= 0)
      program.inputs_[k] = place_[program.inputs_[k]];
  }
  for (int* meets : {&program.pure_meets_, &program.mixed_meets_}) {
    if (*meets >= 0) *meets = place_[*meets];
  }
  for (int& output : program.outputs_) {
    if (output >= 0) output = place_[output];
  }
  program.mixed_registers_ = used_ - program.pure_registers_;
}

void RegisterAllocator::find_last_reads(const std::vector<bool>& pure) {
  const BatchProgram& program = *program_;
  last_.assign(pure.size(), -1);
  int at = 0;
  for (const auto* code : {&program.matching_, &program.finishing_}) {
    for (const Instruction& i : *code) {
      for (int operand : read_by(i)) last_[operand] = at;
      ++at;
    }
  }
  for (std::size_t r = 0; r < pure.size(); ++r) {
    if (pure[r]) last_[r] = kNever;
  }
  for (std::size_t k = 0; k < program.inputs_.size(); ++k) {
    if (program.varying_[k] && program.inputs_[k] >= 0) last_[program.inputs_[k]] = kNever;
  }
  if (program.mixed_meets_ >= 0) last_[program.mixed_meets_] = kNever;
  for (int output : program.outputs_) {
    if (output >= 0) last_[output] = kNever;
  }
}

// Pure registers come first, then the other inputs.
void RegisterAllocator::place_kept(const std::vector<bool>& pure) {
  BatchProgram& program = *program_;
  place_.assign(pure.size(), -1);
  used_ = 0;
  for (std::size_t r = 0; r < pure.size(); ++r) {
    if (pure[r]) place_[r] = used_++;
  }
  program.pure_registers_ = used_;
  for (std::size_t k = 0; k < program.inputs_.size(); ++k) {
    const int input = program.inputs_[k];
    if (program.varying_[k] && input >= 0 && place_[input] < 0) place_[input] = used_++;
  }
}

void RegisterAllocator::place_mixed() {
  BatchProgram& program = *program_;
  for (Instruction& i : program.pure_) {
    rename(i, place_);
    i.to = place_[i.to];
  }
  std::vector<int> free;
  int at = 0;
  for (auto* code : {&program.matching_, &program.finishing_}) {
    for (Instruction& i : *code) place_result(i, at++, last_, place_, free, used_);
  }
}

void RegisterAllocator::share_scalars() {
  place_scalars(scalars_read_elsewhere());
  rename_scalars();
}

std::vector<bool> RegisterAllocator::scalars_read_elsewhere() const {
  const BatchProgram& program = *program_;
  std::vector<bool> kept(static_cast<std::size_t>(program.scalars_));
  const auto keep = [&](int scalar) {
    if (scalar >= 0) kept[static_cast<std::size_t>(scalar)] = true;
  };
  for (const auto& constant : program.constants_) keep(constant.first);
  for (std::size_t k = 0; k < program.inputs_.size(); ++k) {
    if (!program.varying_[k]) keep(program.inputs_[k]);
  }
  for (const auto* code : {&program.pure_, &program.matching_, &program.finishing_}) {
    for (const Instruction& i : *code) keep(i.op == Op::kSumOfProducts ? i.c - 1 : -1 - i.b);
  }
  for (const BatchProgram::Term& term : program.terms_) keep(term.scalar);
  for (int output : program.outputs_) keep(-1 - output);
  keep(program.outer_meets_);
  return kept;
}

void RegisterAllocator::place_scalars(const std::vector<bool>& kept) {
  std::vector<Instruction>& code = program_->outer_;
  last_.assign(kept.size(), -1);
  place_.assign(kept.size(), -1);
  for (std::size_t at = 0; at < code.size(); ++at) {
    for (int operand : read_by(code[at])) last_[operand] = static_cast<int>(at);
  }
  used_ = 0;
  for (std::size_t s = 0; s < kept.size(); ++s) {
    if (!kept[s]) continue;
    place_[s] = used_++;
    last_[s] = kNever;
  }
  std::vector<int> free;
  for (std::size_t at = 0; at < code.size(); ++at) {
    if (code[at].b < 0) code[at].b = -1 - place_[-1 - code[at].b];
    place_result(code[at], static_cast<int>(at), last_, place_, free, used_);
  }
}

void RegisterAllocator::rename_scalars() {
  BatchProgram& program = *program_;
  for (auto& constant : program.constants_) constant.first = place_[constant.first];
  for (std::size_t k = 0; k < program.inputs_.size(); ++k) {
    if (!program.varying_[k] && program.inputs_[k] >= 0)
      program.inputs_[k] = place_[program.inputs_[k]];
  }
  for (auto* code : {&program.pure_, &program.matching_, &program.finishing_}) {
    for (Instruction& i : *code) {
      if (i.op != Op::kSumOfProducts && i.b < 0) i.b = -1 - place_[-1 - i.b];
      if (i.op == Op::kSumOfProducts && i.c > 0) i.c = 1 + place_[i.c - 1];
    }
  }
  for (BatchProgram::Term& term : program.terms_) {
    if (term.scalar >= 0) term.scalar = place_[term.scalar];
  }
  for (int& output : program.outputs_) {
    if (output < 0) output = -1 - place_[-1 - output];
  }
  if (program.outer_meets_ >= 0) program.outer_meets_ = place_[program.outer_meets_];
  program.scalars_ = used_;
}

}  // namespace archcost::engine
