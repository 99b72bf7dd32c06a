// SPDX-License-Identifier: Apache-2.0
// Runs of additions to one register become one instruction with a list of terms.
#include "search/engine/sum_fusion.hpp"

#include "support/catch.hpp"

using namespace archcost;
using engine::BatchProgram;
using Op = BatchProgram::Op;
using Instruction = BatchProgram::Instruction;
using Term = BatchProgram::Term;

namespace {

// Scalars are registers below 0: -1 is the first.
constexpr int scalar(int index) { return -1 - index; }

std::vector<std::vector<int>> numbers(const std::vector<Instruction>& code) {
  std::vector<std::vector<int>> all;
  for (const Instruction& i : code) all.push_back({static_cast<int>(i.op), i.to, i.a, i.b, i.c});
  return all;
}

std::vector<std::vector<int>> numbers(const std::vector<Term>& terms) {
  std::vector<std::vector<int>> all;
  for (const Term& term : terms) all.push_back({term.row, term.scalar});
  return all;
}

}  // namespace

TEST_CASE("a sum of products and a scalar is one instruction", "[search]") {
  const Instruction other{Op::kMultiply, 4, 3, scalar(2), 0};
  std::vector<Instruction> code = {{Op::kMultiply, 3, 0, scalar(0), 0},
                                   {Op::kMultiplyAdd, 3, 1, scalar(1), 3},
                                   {Op::kAdd, 3, 2, 3, 0},
                                   {Op::kAdd, 3, 3, scalar(4), 0},
                                   other};
  std::vector<Term> terms = {{9, 9}};  // of another sum
  engine::fuse_sums(code, terms);
  CHECK(numbers(code) ==
        numbers(std::vector<Instruction>{{Op::kSumOfProducts, 3, 1, 3, 5}, other}));
  CHECK(numbers(terms) == std::vector<std::vector<int>>{{9, 9}, {0, 0}, {1, 1}, {2, -1}});
}

TEST_CASE("a sum has at most as many terms as an instruction takes", "[search]") {
  std::vector<Instruction> code = {{Op::kMultiply, 20, 0, scalar(0), 0}};
  for (int k = 1; k <= BatchProgram::kMostTerms; ++k)
    code.push_back({Op::kMultiplyAdd, 20, k, scalar(k), 20});
  const Instruction last = code.back();
  std::vector<Term> terms;
  engine::fuse_sums(code, terms);
  CHECK(numbers(code) == numbers(std::vector<Instruction>{
                             {Op::kSumOfProducts, 20, 0, BatchProgram::kMostTerms, 0}, last}));
  CHECK(terms.size() == BatchProgram::kMostTerms);
}

TEST_CASE("what is no sum in one register stays as it is", "[search]") {
  const std::vector<std::vector<Instruction>> codes = {
      {{Op::kMultiply, 3, 0, scalar(0), 0},
       {Op::kMultiplyAdd, 4, 1, scalar(1), 4}},                               // two registers
      {{Op::kMultiply, 3, 0, 1, 0}, {Op::kMultiplyAdd, 3, 1, scalar(1), 3}},  // no scalar
      {{Op::kMultiply, 3, 0, scalar(0), 0}, {Op::kMultiplyAdd, 3, 3, scalar(1), 3}},  // of itself
      {{Op::kMultiply, 3, 0, scalar(0), 0}, {Op::kMultiplyAdd, 3, 1, scalar(1), 2}},  // to another
      {{Op::kMultiply, 3, 0, scalar(0), 0}, {Op::kAdd, 3, 3, 3, 0}},                  // doubled
  };
  for (const std::vector<Instruction>& code : codes) {
    std::vector<Instruction> fused = code;
    std::vector<Term> terms;
    engine::fuse_sums(fused, terms);
    CHECK(numbers(fused) == numbers(code));
    CHECK(terms.empty());
  }
}
