#include "search/batch_program.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace archcost {
namespace {

using Op = BatchProgram::Op;
using Instruction = BatchProgram::Instruction;

constexpr int kLanes = BatchProgram::kLanes;
constexpr int kAlignment = 64;

}  // namespace

double* BatchRegisters::at(int index) {
  const auto base = reinterpret_cast<std::uintptr_t>(memory_.data());
  const std::uintptr_t aligned = (base + kAlignment - 1) / kAlignment * kAlignment;
  return reinterpret_cast<double*>(aligned) + static_cast<std::ptrdiff_t>(index) * kLanes;
}

void BatchRegisters::reserve(int registers) {
  const std::size_t size =
      static_cast<std::size_t>(registers) * kLanes + kAlignment / sizeof(double);
  if (memory_.size() < size) memory_.resize(size);
}

// Nodes to instructions. Sums are taken apart into terms, so that equal layers are added once, with
// their number; registers are used again when nothing needs them any more.
class BatchCompiler {
 public:
  BatchCompiler(const Trace& trace, BatchProgram& program)
      : trace_(&trace), program_(&program), place_(trace.nodes().size(), -1) {}

  void run(const std::vector<std::int32_t>& outputs) {
    int inputs = 0;
    for (const TraceNode& node : trace_->nodes()) inputs += node.op == TraceOp::kInput;
    program_->inputs_.assign(inputs, -1);
    code_ = &program_->matching_;
    for (const TraceCondition& condition : trace_->conditions()) {
      const int a = emit(condition.a), b = emit(condition.b);
      program_->conditions_.push_back({condition.equal, condition.holds, a, b});
    }
    code_ = &program_->finishing_;
    for (std::int32_t output : outputs) program_->outputs_.push_back(emit(output));
    program_->registers_ = next_;
    share_registers();
  }

 private:
  const TraceNode& node(std::int32_t index) const { return trace_->nodes()[index]; }
  bool is_constant(std::int32_t index) const { return node(index).op == TraceOp::kConstant; }
  double constant(std::int32_t index) const { return node(index).low; }

  // The register of a node; its code is emitted at the first call. Operands stand before their
  // users, so that the depth of the calls is bounded by walking up.
  int emit(std::int32_t index) {
    if (place_[index] >= 0) return place_[index];
    std::vector<std::int32_t> open = {index};
    while (!open.empty()) {
      const std::int32_t top = open.back();
      const std::size_t before = open.size();
      if (place_[top] < 0) {
        for (std::int32_t operand : operands(top)) {
          if (place_[operand] < 0) open.push_back(operand);
        }
      }
      if (open.size() > before) continue;
      open.pop_back();
      if (place_[top] < 0) place_[top] = emit_one(top);
    }
    return place_[index];
  }

  bool is_sum(std::int32_t index) const {
    return node(index).op == TraceOp::kAdd || node(index).op == TraceOp::kSubtract;
  }

  // What must be in registers before the node: for a sum its terms.
  std::vector<std::int32_t> operands(std::int32_t index) {
    const TraceNode& n = node(index);
    std::vector<std::int32_t> needed;
    switch (n.op) {
      case TraceOp::kConstant:
      case TraceOp::kInput:
        break;
      case TraceOp::kAdd:
      case TraceOp::kSubtract:
        for (const auto& [term, factor] : terms(index).factors) {
          if (is_product(term)) {
            needed.push_back(node(term).a);
            needed.push_back(node(term).b);
          } else {
            needed.push_back(term);
          }
        }
        break;
      default:
        for (std::int32_t operand : {n.a, n.b}) {
          if (!is_constant(operand)) needed.push_back(operand);
        }
    }
    return needed;
  }

  // A product of two varied numbers that has no register yet: it goes straight into the sum.
  bool is_product(std::int32_t index) const {
    const TraceNode& n = node(index);
    return n.op == TraceOp::kMultiply && place_[index] < 0 && !is_constant(n.a) &&
           !is_constant(n.b);
  }

  struct Terms {
    std::map<std::int32_t, double> factors;
    double constant = 0;
  };

  const Terms& terms(std::int32_t index) {
    const auto known = terms_.find(index);
    if (known != terms_.end()) return known->second;
    Terms sum;
    std::vector<std::pair<std::int32_t, double>> open = {{index, 1}};
    while (!open.empty()) {
      const auto [at, factor] = open.back();
      open.pop_back();
      const TraceNode& n = node(at);
      const bool inner = at == index || place_[at] < 0;
      if (n.op == TraceOp::kConstant) {
        sum.constant += factor * constant(at);
      } else if (is_sum(at) && inner) {
        open.emplace_back(n.a, factor);
        open.emplace_back(n.b, n.op == TraceOp::kAdd ? factor : -factor);
      } else if (n.op == TraceOp::kMultiply && inner && is_constant(n.a)) {
        open.emplace_back(n.b, factor * constant(n.a));
      } else if (n.op == TraceOp::kMultiply && inner && is_constant(n.b)) {
        open.emplace_back(n.a, factor * constant(n.b));
      } else {
        sum.factors[at] += factor;
      }
    }
    std::erase_if(sum.factors, [](const auto& term) { return term.second == 0; });
    return terms_[index] = std::move(sum);
  }

  int emit_one(std::int32_t index) {
    const TraceNode& n = node(index);
    switch (n.op) {
      case TraceOp::kConstant:
        return add({.op = Op::kConstant, .constant = constant(index)});
      case TraceOp::kInput: {
        program_->inputs_[n.a] = next_;
        return next_++;
      }
      case TraceOp::kAdd:
      case TraceOp::kSubtract:
        return emit_sum(index);
      case TraceOp::kMultiply:
        return emit_binary(n, Op::kMultiply, Op::kMultiplyConstant);
      case TraceOp::kMax:
        return emit_binary(n, Op::kMax, Op::kMaxConstant);
      case TraceOp::kDivideFloor:
        if (is_constant(n.b)) {
          const double divisor = constant(n.b);
          return add({.op = Op::kDivideConstant,
                      .a = emit(n.a),
                      .constant = divisor,
                      .inverse = 1 / divisor});
        }
        return add({.op = Op::kDivide, .a = emit(n.a), .b = emit(n.b)});
    }
    return -1;
  }

  int emit_binary(const TraceNode& n, Op general, Op with_constant) {
    if (is_constant(n.a))
      return add({.op = with_constant, .a = emit(n.b), .constant = constant(n.a)});
    if (is_constant(n.b))
      return add({.op = with_constant, .a = emit(n.a), .constant = constant(n.b)});
    return add({.op = general, .a = emit(n.a), .b = emit(n.b)});
  }

  int emit_sum(std::int32_t index) {
    const Terms sum = terms(index);
    int total = -1;
    for (const auto& [term, factor] : sum.factors) {
      if (is_product(term) && factor == 1 && total >= 0) {
        total = add({.op = Op::kMultiplyAdd,
                     .a = place_[node(term).a],
                     .b = place_[node(term).b],
                     .c = total});
        continue;
      }
      int value = place_[term];
      if (value < 0)
        value = place_[term] =
            add({.op = Op::kMultiply, .a = place_[node(term).a], .b = place_[node(term).b]});
      if (total < 0) {
        total = factor == 1 ? value
                            : add({.op = Op::kMultiplyConstant, .a = value, .constant = factor});
      } else if (factor == 1) {
        total = add({.op = Op::kAdd, .a = total, .b = value});
      } else if (factor == -1) {
        total = add({.op = Op::kSubtract, .a = total, .b = value});
      } else {
        total = add({.op = Op::kMultiplyAddConstant, .a = value, .c = total, .constant = factor});
      }
    }
    if (total < 0) return add({.op = Op::kConstant, .constant = sum.constant});
    return sum.constant == 0 ? total
                             : add({.op = Op::kAddConstant, .a = total, .constant = sum.constant});
  }

  int add(Instruction instruction) {
    instruction.to = next_;
    code_->push_back(instruction);
    return next_++;
  }

  static bool uses_b(Op op) {
    return op == Op::kAdd || op == Op::kSubtract || op == Op::kMultiply || op == Op::kMultiplyAdd ||
           op == Op::kDivide || op == Op::kMax;
  }
  static bool uses_c(Op op) { return op == Op::kMultiplyAdd || op == Op::kMultiplyAddConstant; }

  // Registers so far are used once each; gives each the place of one that nothing needs any more.
  // Inputs keep theirs, since they are filled before the code runs; so do operands of conditions
  // and outputs.
  void share_registers() {
    BatchProgram& program = *program_;
    const int never = static_cast<int>(program.matching_.size() + program.finishing_.size()) + 1;
    std::vector<int> last(next_, -1), place(next_, -1);
    const auto each = [&](auto visit) {
      int at = 0;
      for (auto* code : {&program.matching_, &program.finishing_}) {
        for (Instruction& i : *code) visit(i, at++);
      }
    };
    each([&](Instruction& i, int at) {
      if (i.op != Op::kConstant) last[i.a] = at;
      if (uses_b(i.op)) last[i.b] = at;
      if (uses_c(i.op)) last[i.c] = at;
    });
    for (int input : program.inputs_)
      if (input >= 0) last[input] = never;
    for (const auto& condition : program.conditions_) last[condition.a] = last[condition.b] = never;
    for (int output : program.outputs_) last[output] = never;
    int used = 0;
    std::vector<int> free;
    for (int& input : program.inputs_)
      if (input >= 0) place[input] = used++, input = place[input];
    each([&](Instruction& i, int at) {
      const int a = i.a, b = i.b, c = i.c;
      if (i.op != Op::kConstant) i.a = place[a];
      if (uses_b(i.op)) i.b = place[b];
      if (uses_c(i.op)) i.c = place[c];
      std::vector<int> dead;
      if (i.op != Op::kConstant) dead.push_back(a);
      if (uses_b(i.op)) dead.push_back(b);
      if (uses_c(i.op)) dead.push_back(c);
      std::sort(dead.begin(), dead.end());
      dead.erase(std::unique(dead.begin(), dead.end()), dead.end());
      for (int reg : dead) {
        if (last[reg] == at) free.push_back(place[reg]);
      }
      if (free.empty()) free.push_back(used++);
      const int to = i.to;
      place[to] = i.to = free.back();
      free.pop_back();
      if (last[to] < 0) free.push_back(place[to]);  // nobody reads it
    });
    for (auto& condition : program.conditions_)
      condition.a = place[condition.a], condition.b = place[condition.b];
    for (int& output : program.outputs_) output = place[output];
    program.registers_ = used;
  }

  const Trace* trace_;
  BatchProgram* program_;
  std::vector<int> place_;  // register by node
  std::map<std::int32_t, Terms> terms_;
  std::vector<Instruction>* code_ = nullptr;
  int next_ = 0;
};

BatchProgram::BatchProgram(const Trace& trace, const std::vector<std::int32_t>& outputs) {
  BatchCompiler(trace, *this).run(outputs);
}

namespace {

// One copy of the loops for each width of the machine's registers; the program picks at its start.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define ARCHCOST_WIDEST \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ARCHCOST_WIDEST
#endif

ARCHCOST_WIDEST void run_code(const Instruction* code, std::size_t size, double* memory) {
  for (std::size_t k = 0; k < size; ++k) {
    const Instruction& i = code[k];
    double* to = memory + static_cast<std::ptrdiff_t>(i.to) * kLanes;
    const double* a = memory + static_cast<std::ptrdiff_t>(i.a) * kLanes;
    const double* b = memory + static_cast<std::ptrdiff_t>(i.b) * kLanes;
    const double* c = memory + static_cast<std::ptrdiff_t>(i.c) * kLanes;
    const double constant = i.constant;
#define ARCHCOST_EACH(expression)                                             \
  _Pragma("GCC ivdep") for (int l = 0; l < kLanes; ++l) to[l] = (expression); \
  break
    switch (i.op) {
      case Op::kConstant:
        ARCHCOST_EACH(constant);
      case Op::kAdd:
        ARCHCOST_EACH(a[l] + b[l]);
      case Op::kAddConstant:
        ARCHCOST_EACH(a[l] + constant);
      case Op::kSubtract:
        ARCHCOST_EACH(a[l] - b[l]);
      case Op::kSubtractFrom:
        ARCHCOST_EACH(constant - a[l]);
      case Op::kMultiply:
        ARCHCOST_EACH(a[l] * b[l]);
      case Op::kMultiplyConstant:
        ARCHCOST_EACH(a[l] * constant);
      case Op::kMultiplyAdd:
        ARCHCOST_EACH(a[l] * b[l] + c[l]);
      case Op::kMultiplyAddConstant:
        ARCHCOST_EACH(a[l] * constant + c[l]);
      case Op::kDivide:
        ARCHCOST_EACH(std::floor(a[l] / b[l]));
      case Op::kDivideConstant:
        // Half a unit away from the next whole number, so that the inverse's rounding can't matter.
        ARCHCOST_EACH(std::floor((a[l] + 0.5) * i.inverse));
      case Op::kMax:
        ARCHCOST_EACH(a[l] < b[l] ? b[l] : a[l]);
      case Op::kMaxConstant:
        ARCHCOST_EACH(a[l] < constant ? constant : a[l]);
    }
#undef ARCHCOST_EACH
  }
}

ARCHCOST_WIDEST void test_condition(bool equal, bool holds, const double* a, const double* b,
                                    double* meets) {
  const double yes = holds ? 1 : 0, no = holds ? 0 : 1;
  if (equal) {
    for (int l = 0; l < kLanes; ++l) meets[l] *= a[l] == b[l] ? yes : no;
  } else {
    for (int l = 0; l < kLanes; ++l) meets[l] *= a[l] < b[l] ? yes : no;
  }
}

}  // namespace

void BatchProgram::match(BatchRegisters& registers, double* meets) const {
  run_code(matching_.data(), matching_.size(), registers.at(0));
  std::fill(meets, meets + kLanes, 1.0);
  for (const Condition& c : conditions_)
    test_condition(c.equal, c.holds, registers.at(c.a), registers.at(c.b), meets);
}

void BatchProgram::finish(BatchRegisters& registers) const {
  run_code(finishing_.data(), finishing_.size(), registers.at(0));
}

}  // namespace archcost
