// SPDX-License-Identifier: Apache-2.0
#include "search/engine/batch_compiler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "search/engine/register_allocator.hpp"
#include "search/engine/sum_fusion.hpp"

namespace archcost::engine {
namespace {

using Op = BatchProgram::Op;
using Instruction = BatchProgram::Instruction;

constexpr double kLargestExact = 9007199254740992.0;  // 2^53: doubles hold whole numbers up to it

}  // namespace

BatchCompiler::BatchCompiler(const Trace& trace, const std::vector<bool>& varying,
                             BatchProgram& program)
    : trace_(&trace),
      program_(&program),
      varying_(varying),
      placed_(trace.nodes().size()),
      place_(trace.nodes().size()) {
  all_vary_ = std::all_of(varying.begin(), varying.end(), [](bool varies) { return varies; });
}

void BatchCompiler::run(const std::vector<std::int32_t>& outputs) {
  classify();
  program_->inputs_.assign(varying_.size(), -1);
  if (all_vary_) {
    std::iota(program_->inputs_.begin(), program_->inputs_.end(), 0);
    registers_.assign(varying_.size(), Class::kMixed);
  }
  mixed_ = &program_->matching_;
  for (const bool mixed : {false, true}) {
    for (const TraceCondition& condition : trace_->conditions()) {
      if ((class_of(condition.a, condition.b) == Class::kMixed) == mixed) emit_condition(condition);
    }
  }
  program_->outer_matching_ = program_->outer_.size();
  mixed_ = &program_->finishing_;
  for (std::int32_t output : outputs) program_->outputs_.push_back(emit(output));
  for (const auto& [value, scalar] : constants_)
    program_->constants_.emplace_back(-1 - scalar, value);
  std::vector<bool> pure;
  for (Class one : registers_) pure.push_back(one == Class::kPure);
  RegisterAllocator allocator(*program_);
  allocator.share_registers(pure);
  fuse_sums(program_->matching_, program_->terms_);
  fuse_sums(program_->finishing_, program_->terms_);
  allocator.share_scalars();
  fuse_outer_sums();
}

void BatchCompiler::fuse_outer_sums() {
  auto& code = program_->outer_;
  const auto middle = code.begin() + static_cast<std::ptrdiff_t>(program_->outer_matching_);
  std::vector<Instruction> matching(code.begin(), middle), others(middle, code.end());
  fuse_sums(matching, program_->terms_);
  fuse_sums(others, program_->terms_);
  program_->outer_matching_ = matching.size();
  code = std::move(matching);
  code.insert(code.end(), others.begin(), others.end());
}

// Conditions are a chain of choices for each class: 1 as long as all hold. The mixed chain goes on
// from the pure one, so that its end says which lanes meet both.
void BatchCompiler::emit_condition(const TraceCondition& condition) {
  const int a = emit(condition.a), b = emit(condition.b);
  const Op op = condition.equal ? (condition.holds ? Op::kIfEqual : Op::kIfUnequal)
                                : (condition.holds ? Op::kIfLess : Op::kIfNotLess);
  const auto next = [&](int& chain, int begin, Class result) {
    chain = operation(op, a, b, chain < 0 ? begin : chain, result);
  };
  const int one = constant(1);
  switch (class_of(condition.a, condition.b)) {
    case Class::kSame: {
      const int chain = program_->outer_meets_;
      program_->outer_meets_ = -1 - operation(op, a, b, chain < 0 ? one : -1 - chain, Class::kSame);
      break;
    }
    case Class::kPure:
      next(program_->pure_meets_, one, Class::kPure);
      break;
    case Class::kMixed:
      next(program_->mixed_meets_, program_->pure_meets_ < 0 ? one : program_->pure_meets_,
           Class::kMixed);
      break;
  }
}

// What a node of these two operands is.
BatchCompiler::Class BatchCompiler::class_of(std::int32_t a, std::int32_t b) const {
  const Class x = classes_[a], y = classes_[b];
  if (x == Class::kSame && y == Class::kSame) return Class::kSame;
  const auto open = [&](std::int32_t operand) {
    return classes_[operand] == Class::kSame && !is_constant(operand);
  };
  const bool pure = x != Class::kMixed && y != Class::kMixed && !open(a) && !open(b);
  return pure ? Class::kPure : Class::kMixed;
}

void BatchCompiler::classify() {
  const std::size_t size = trace_->nodes().size();
  classes_.assign(size, Class::kSame);
  for (std::size_t k = 1; k < size; ++k) {
    const TraceNode& n = node(static_cast<std::int32_t>(k));
    if (n.op == TraceOp::kConstant) continue;
    if (n.op == TraceOp::kInput) {
      classes_[k] = !varying_[n.a] ? Class::kSame : all_vary_ ? Class::kMixed : Class::kPure;
      continue;
    }
    classes_[k] = class_of(n.a, n.b);
  }
}

// The place of a node; its code is emitted at the first call, its operands' before it.
int BatchCompiler::emit(std::int32_t index) {
  std::vector<std::int32_t> open = {index};
  while (!open.empty()) {
    const std::int32_t top = open.back();
    const std::size_t before = open.size();
    if (!placed_[top]) {
      for (std::int32_t operand : operands(top)) {
        if (!placed_[operand]) open.push_back(operand);
      }
    }
    if (open.size() > before) continue;
    open.pop_back();
    if (placed_[top]) continue;
    place_[top] = emit_node(top);
    placed_[top] = true;
  }
  return place_[index];
}

std::vector<std::int32_t> BatchCompiler::operands(std::int32_t index) {
  const TraceNode& n = node(index);
  switch (n.op) {
    case TraceOp::kConstant:
    case TraceOp::kInput:
      return {};
    case TraceOp::kMax:
    case TraceOp::kDivideFloor:
      return {n.a, n.b};
    default:
      break;
  }
  std::vector<std::int32_t> atoms;
  for (const auto& [term, factor] : polynomial(index).terms)
    atoms.insert(atoms.end(), term.begin(), term.end());
  return atoms;
}

// A product of constants and atoms; false when a factor is a sum, which then is an atom itself.
bool BatchCompiler::product(std::int32_t index, double& factor, Atoms& atoms) const {
  const TraceNode& n = node(index);
  if (n.op == TraceOp::kConstant) {
    factor *= n.low;
  } else if (n.op == TraceOp::kMultiply) {
    return product(n.a, factor, atoms) && product(n.b, factor, atoms);
  } else {
    atoms.push_back(index);
  }
  return atoms.size() < 32;
}

// A sum as products of atoms; what is a sum inside a product is an atom.
const BatchCompiler::Polynomial& BatchCompiler::polynomial(std::int32_t index) {
  const auto known = polynomials_.find(index);
  if (known != polynomials_.end()) return known->second;
  Polynomial sum;
  std::vector<std::pair<std::int32_t, double>> open = {{index, 1}};
  while (!open.empty()) {
    auto [at, factor] = open.back();
    open.pop_back();
    const TraceNode& n = node(at);
    if (n.op == TraceOp::kAdd || n.op == TraceOp::kSubtract) {
      if (at != index && placed_[at]) {
        sum.terms[{at}] += factor;
        continue;
      }
      open.emplace_back(n.a, factor);
      open.emplace_back(n.b, n.op == TraceOp::kAdd ? factor : -factor);
      continue;
    }
    Atoms atoms;
    double scale = factor;
    if (!product(at, scale, atoms)) {  // too long a product: one of two factors
      atoms = {n.a, n.b};
      scale = factor;
    }
    if (atoms.size() == 1 && atoms[0] != at &&
        (node(atoms[0]).op == TraceOp::kAdd || node(atoms[0]).op == TraceOp::kSubtract) &&
        !placed_[atoms[0]]) {
      open.emplace_back(atoms[0], scale);  // a constant times a sum
      continue;
    }
    std::sort(atoms.begin(), atoms.end());
    sum.terms[atoms] += scale;
  }
  std::erase_if(sum.terms, [](const auto& term) { return term.second == 0; });
  if (!is_exact(sum)) sum = own_terms(index);
  return polynomials_[index] = std::move(sum);
}

// Whether its products, and their sums in any order and grouping, are exact for all configurations.
// The trace's own numbers are; `c * (p - q)` as c * p - c * q may have larger ones.
bool BatchCompiler::is_exact(const Polynomial& sum) const {
  double largest = 0;
  for (const auto& [atoms, factor] : sum.terms) {
    double product = std::abs(factor);
    for (std::int32_t atom : atoms)
      product *= std::max({1.0, std::abs(node(atom).low), std::abs(node(atom).high)});
    largest += product;
  }
  return largest <= kLargestExact;
}

// The node's operands as they are.
BatchCompiler::Polynomial BatchCompiler::own_terms(std::int32_t index) const {
  const TraceNode& n = node(index);
  Polynomial sum;
  if (n.op == TraceOp::kMultiply) {
    sum.terms[{std::min(n.a, n.b), std::max(n.a, n.b)}] = 1;
    return sum;
  }
  sum.terms[{n.a}] += 1;
  sum.terms[{n.b}] += n.op == TraceOp::kAdd ? 1 : -1;
  return sum;
}

int BatchCompiler::emit_node(std::int32_t index) {
  const TraceNode& n = node(index);
  switch (n.op) {
    case TraceOp::kConstant:
      return constant(n.low);
    case TraceOp::kInput:
      if (all_vary_) return program_->inputs_[n.a];
      if (classes_[index] == Class::kSame) {
        program_->inputs_[n.a] = program_->scalars_++;
        return -1 - program_->inputs_[n.a];
      }
      program_->inputs_[n.a] = static_cast<int>(registers_.size());
      registers_.push_back(classes_[index]);
      return program_->inputs_[n.a];
    case TraceOp::kMax:
      return operation(Op::kMax, place_[n.a], place_[n.b], 0, classes_[index]);
    case TraceOp::kDivideFloor:
      return operation(Op::kDivide, place_[n.a], place_[n.b], 0, classes_[index]);
    default:
      return emit_sum(index);
  }
}

// A sum of products of atoms that are the same in all lanes. The products come first: sums that
// follow each other become one instruction.
int BatchCompiler::emit_factor(const std::vector<std::pair<Atoms, double>>& parts) {
  std::vector<int> products;
  for (const auto& [atoms, scale] : parts) products.push_back(emit_product(atoms));
  if (parts.size() == 1 && parts[0].first.empty()) return constant(parts[0].second);
  if (parts.size() == 1 && parts[0].second == 1) return products[0];
  int factor = 0;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const int scale = constant(parts[k].second);
    factor = k == 0 ? operation(Op::kMultiply, products[k], scale, 0, Class::kSame)
                    : operation(Op::kMultiplyAdd, products[k], scale, factor, Class::kSame);
  }
  return factor;
}

// Terms are collected by their atoms that aren't the same in all lanes: same × varying, summed.
int BatchCompiler::emit_sum(std::int32_t index) {
  std::map<Atoms, std::vector<std::pair<Atoms, double>>> collected;
  for (const auto& [atoms, factor] : polynomial(index).terms) {
    Atoms same, other;
    for (std::int32_t atom : atoms) (classes_[atom] == Class::kSame ? same : other).push_back(atom);
    collected[other].emplace_back(same, factor);
  }
  int total = constant(0);
  bool empty = true;
  // What is the same in all lanes is added last: a scalar is a second operand.
  std::vector<std::pair<Atoms, std::vector<std::pair<Atoms, double>>>> ordered(collected.begin(),
                                                                               collected.end());
  if (!ordered.empty() && ordered.front().first.empty())
    std::rotate(ordered.begin(), ordered.begin() + 1, ordered.end());
  for (const auto& [other, parts] : ordered) {
    const int factor = emit_factor(parts);
    if (other.empty()) {
      total = empty ? factor : operation(Op::kAdd, total, factor, 0, classes_[index]);
    } else {
      const int varying = emit_product(other);
      const bool one = parts.size() == 1 && parts[0].first.empty() && parts[0].second == 1;
      if (empty)
        total = one ? varying : operation(Op::kMultiply, varying, factor, 0, classes_[index]);
      else if (one)
        total = operation(Op::kAdd, varying, total, 0, classes_[index]);
      else
        total = operation(Op::kMultiplyAdd, varying, factor, total, classes_[index]);
    }
    empty = false;
  }
  return total;
}

// The class of a product of atoms that are the same in all lanes, or of others.
BatchCompiler::Class BatchCompiler::class_of_product(const Atoms& atoms) const {
  const auto all = [&](Class wanted) {
    return std::all_of(atoms.begin(), atoms.end(),
                       [&](std::int32_t atom) { return classes_[atom] == wanted; });
  };
  return all(Class::kSame) ? Class::kSame : all(Class::kPure) ? Class::kPure : Class::kMixed;
}

// Products begin with a shorter one, which other sums may use: its class is that of its own atoms.
int BatchCompiler::emit_product(const Atoms& atoms) {
  if (atoms.empty()) return constant(1);
  if (atoms.size() == 1) return place_[atoms[0]];
  const auto known = products_.find(atoms);
  if (known != products_.end()) return known->second;
  const int before = emit_product(Atoms(atoms.begin(), atoms.end() - 1));
  return products_[atoms] =
             operation(Op::kMultiply, before, place_[atoms.back()], 0, class_of_product(atoms));
}

int BatchCompiler::constant(double value) {
  const auto [known, fresh] = constants_.try_emplace(value, 0);
  if (fresh) known->second = -1 - program_->scalars_++;
  return known->second;
}

bool BatchCompiler::is_constant_place(int place) const {
  return std::any_of(constants_.begin(), constants_.end(),
                     [&](const auto& constant) { return constant.second == place; });
}

// A register with the value of a scalar, or the register itself.
int BatchCompiler::vector_of(int place, Class wanted) {
  if (place >= 0) return place;
  Instruction copy;
  copy.op = Op::kCopy;
  copy.b = place;
  copy.to = static_cast<int>(registers_.size());
  registers_.push_back(wanted);
  (wanted == Class::kPure ? &program_->pure_ : mixed_)->push_back(copy);
  return copy.to;
}

// Emits into the section of its class. The first operand of vectors is a register, the second may
// be a scalar; sums and products put the scalar there.
int BatchCompiler::operation(Op op, int a, int b, int c, Class result) {
  Instruction instruction;
  instruction.op = op;
  const bool commutes = op == Op::kAdd || op == Op::kMultiply || op == Op::kMax ||
                        op == Op::kMultiplyAdd || op == Op::kIfEqual || op == Op::kIfUnequal;
  if (result == Class::kSame) {
    if (is_constant_place(a) && commutes) std::swap(a, b);
    instruction.a = -1 - a;
    instruction.b = is_constant_place(b) ? b : -1 - b;
    instruction.c = BatchProgram::uses_c(op) ? -1 - c : 0;
    instruction.to = program_->scalars_++;
    program_->outer_.push_back(instruction);
    return -1 - instruction.to;
  }
  if (a < 0 && b >= 0 && commutes) std::swap(a, b);
  instruction.a = vector_of(a, result);
  instruction.b = b;
  if (BatchProgram::uses_c(op)) instruction.c = vector_of(c, result);
  for (const int operand :
       {instruction.a, instruction.b, BatchProgram::uses_c(op) ? instruction.c : -1}) {
    if (result == Class::kPure && operand >= 0 && registers_[operand] != Class::kPure)
      throw std::logic_error("a pure instruction of a sweep reads a mixed register");
  }
  instruction.to = static_cast<int>(registers_.size());
  registers_.push_back(result);
  (result == Class::kPure ? &program_->pure_ : mixed_)->push_back(instruction);
  return instruction.to;
}

}  // namespace archcost::engine
