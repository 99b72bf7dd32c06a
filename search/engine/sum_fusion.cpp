// SPDX-License-Identifier: Apache-2.0
#include "search/engine/sum_fusion.hpp"

#include <optional>

namespace archcost::engine {
namespace {

using Op = BatchProgram::Op;
using Instruction = BatchProgram::Instruction;
using Term = BatchProgram::Term;

// The instruction as the first term of a sum, or, where it adds to its own register, what stands
// there.
std::optional<Term> first_term(const Instruction& i) {
  if (i.op == Op::kMultiply && i.b < 0) return Term{i.a, -1 - i.b};
  if (i.op == Op::kMultiplyAdd && i.b < 0 && i.c == i.to && i.a != i.to) return Term{i.to, -1};
  return std::nullopt;
}

// The instruction as one more term of the sum in register `to`.
std::optional<Term> next_term(const Instruction& i, int to) {
  if (i.to != to) return std::nullopt;
  if (i.op == Op::kMultiplyAdd && i.b < 0 && i.c == to && i.a != to) return Term{i.a, -1 - i.b};
  if (i.op == Op::kAdd && i.b == to && i.a != to) return Term{i.a, -1};
  return std::nullopt;
}

// Whether the instruction adds a scalar to the sum.
bool adds_scalar(const Instruction& i, int to) {
  return i.op == Op::kAdd && i.to == to && i.a == to && i.b < 0;
}

}  // namespace

void fuse_sums(std::vector<Instruction>& code, std::vector<Term>& terms) {
  std::vector<Instruction> fused;
  for (std::size_t k = 0; k < code.size();) {
    const int to = code[k].to;
    std::vector<Term> sum;
    if (const auto first = first_term(code[k])) sum.push_back(*first);
    std::size_t end = code[k].op == Op::kMultiply ? k + 1 : k;
    while (!sum.empty() && end < code.size() && sum.size() < BatchProgram::kMostTerms) {
      const auto next = next_term(code[end], to);
      if (!next) break;
      sum.push_back(*next);
      ++end;
    }
    if (end < k + 2) {
      fused.push_back(code[k++]);
      continue;
    }
    Instruction all;
    all.op = Op::kSumOfProducts;
    all.to = to;
    all.a = static_cast<int>(terms.size());
    all.b = static_cast<int>(sum.size());
    if (end < code.size() && adds_scalar(code[end], to)) all.c = -code[end++].b;  // 1 + its index
    fused.push_back(all);
    terms.insert(terms.end(), sum.begin(), sum.end());
    k = end;
  }
  code = std::move(fused);
}

}  // namespace archcost::engine
