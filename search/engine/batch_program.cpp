// SPDX-License-Identifier: Apache-2.0
#include "search/engine/batch_program.hpp"

#include <algorithm>

#include "search/engine/batch_code.hpp"
#include "search/engine/batch_compiler.hpp"

namespace archcost::engine {
namespace {

int whole_steps(int lanes) { return (lanes + kStep - 1) / kStep * kStep; }

// The steps in which the lanes [first, first + lanes) lie.
struct Steps {
  int first, lanes;
  Steps(int from, int count)
      : first(from / kStep * kStep), lanes(whole_steps(from + count) - first) {}
};

}  // namespace

// An odd number of cache lines for a register: registers don't compete for the same ones.
BatchProgram::BatchProgram(const Trace& trace, const std::vector<std::int32_t>& outputs,
                           const std::vector<bool>& varying, int lanes)
    : varying_(varying), stride_((whole_steps(lanes) / kStep | 1) * kStep) {
  BatchCompiler(trace, varying, *this).run(outputs);
}

double* BatchProgram::at(const BatchMemory& memory, int index) const {
  return BatchRows{memory.pure, memory.mixed, pure_registers_, stride_}.at(index);
}

double* BatchProgram::input(int index, double* scalars, const BatchMemory& memory) const {
  const int place = inputs_[index];
  if (place < 0) return nullptr;
  return varying_[index] ? at(memory, place)
                         : scalars + static_cast<std::ptrdiff_t>(place) * kScalarRow;
}

void BatchProgram::set_constants(double* scalars) const {
  for (const auto& [place, value] : constants_)
    std::fill_n(scalars + static_cast<std::ptrdiff_t>(place) * kScalarRow, kOuters, value);
}

// Outputs are computed from the first to the last outer point that meets the conditions.
void BatchProgram::run_outer(double* scalars, int first, int outers) const {
  const BatchRows rows = {scalars, nullptr, scalars_, kScalarRow};
  const Instruction* code = outer_.data();
  const Steps all(first, outers - first);
  run_code({code, outer_matching_, terms_.data()}, rows, scalars, kScalarRow, all.first, all.lanes);
  int last = outers;
  if (outer_meets_ >= 0) {
    const double* meets = rows.at(outer_meets_);
    while (first < last && meets[first] == 0) ++first;
    while (first < last && meets[last - 1] == 0) --last;
  }
  if (first == last) return;
  const Steps steps(first, last - first);
  run_code({code + outer_matching_, outer_.size() - outer_matching_, terms_.data()}, rows, scalars,
           kScalarRow, steps.first, steps.lanes);
}

std::size_t BatchProgram::served(const BatchMemory& memory, std::size_t most) const {
  if (outer_meets_ < 0) return most;
  const double* meets = memory.scalars + static_cast<std::ptrdiff_t>(outer_meets_) * kScalarRow;
  return static_cast<std::size_t>(std::find(meets, meets + most, 0.0) - meets);
}

void BatchProgram::run_pure(const BatchMemory& memory, int lanes) const {
  run_code({pure_.data(), pure_.size(), nullptr}, {memory.pure, nullptr, pure_registers_, stride_},
           memory.scalars, kScalarRow, 0, whole_steps(lanes));
}

bool BatchProgram::pure_holds(const BatchMemory& memory, int lanes) const {
  if (pure_meets_ < 0) return true;
  const double* meets = at(memory, pure_meets_);
  return std::find(meets, meets + lanes, 0.0) == meets + lanes;
}

const double* BatchProgram::match(const BatchMemory& memory, int first, int lanes) const {
  const Steps steps(first, lanes);
  if (!matching_.empty())
    run_code({matching_.data(), matching_.size(), terms_.data()},
             {memory.pure, memory.mixed, pure_registers_, stride_}, memory.scalars, kScalarRow,
             steps.first, steps.lanes);
  const int meets = mixed_meets_ >= 0 ? mixed_meets_ : memory.all_meet ? -1 : pure_meets_;
  return meets < 0 ? nullptr : at(memory, meets) + first;
}

void BatchProgram::finish(const BatchMemory& memory, int first, int lanes) const {
  const Steps steps(first, lanes);
  run_code({finishing_.data(), finishing_.size(), terms_.data()},
           {memory.pure, memory.mixed, pure_registers_, stride_}, memory.scalars, kScalarRow,
           steps.first, steps.lanes);
}

BatchProgram::Output BatchProgram::output(int index, const BatchMemory& memory) const {
  const int place = outputs_[index];
  if (place >= 0) return {at(memory, place), nullptr};
  return {nullptr, memory.scalars + static_cast<std::ptrdiff_t>(-1 - place) * kScalarRow};
}

}  // namespace archcost::engine
