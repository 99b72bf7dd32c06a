// SPDX-License-Identifier: Apache-2.0
#include "search/space/limit.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"
#include "graph/bind.hpp"
#include "search/space/sweep_filter.hpp"

namespace archcost::space {
namespace {

constexpr double kClose = 1e-9;  // nearer sides are compared exactly
constexpr long double kMostKnown = 1 << 22;
constexpr std::size_t kDeepest = 128;

// Of the right side, where the limit stands.
double share(double difference, double a, double b) {
  return difference / std::max(std::abs(b == 0 ? a : b), 1e-300);
}

// How far a comparison is from holding.
double missing(spec::ExpressionOp op, double a, double b, bool& close) {
  const double difference = a - b;
  // Most limits are met by far.
  if (op == spec::ExpressionOp::kLessEqual && -difference > kClose * std::abs(b) && b != 0)
    return 0;
  const bool whole = a == std::floor(a) && b == std::floor(b);
  if (!whole && std::abs(share(difference, a, b)) < kClose) close = true;
  const bool strict = op == spec::ExpressionOp::kLess || op == spec::ExpressionOp::kGreater;
  const bool less = op == spec::ExpressionOp::kLess || op == spec::ExpressionOp::kLessEqual;
  if (op == spec::ExpressionOp::kEqual)
    return difference == 0 ? 0 : std::abs(share(difference, a, b));
  if (op == spec::ExpressionOp::kNotEqual) return difference == 0 ? 1 : 0;
  const double over = less ? difference : -difference;
  if (over < 0 || (over == 0 && !strict)) return 0;
  return std::max(share(over, a, b), 1e-12);
}

// What the operation makes of its operands.
double result_of(spec::ExpressionOp op, const double* x, bool& close) {
  switch (op) {
    case spec::ExpressionOp::kNegate:
      return -x[0];
    case spec::ExpressionOp::kAdd:
      return x[0] + x[1];
    case spec::ExpressionOp::kSubtract:
      return x[0] - x[1];
    case spec::ExpressionOp::kMultiply:
      return x[0] * x[1];
    case spec::ExpressionOp::kDivide:
      if (x[1] == 0) close = true;  // the exact way says so
      return x[0] / x[1];
    case spec::ExpressionOp::kAnd:
      return x[0] + x[1];
    case spec::ExpressionOp::kOr:
      return std::min(x[0], x[1]);
    case spec::ExpressionOp::kNot:
      return x[0] == 0 ? 1 : 0;
    default:
      return missing(op, x[0], x[1], close);
  }
}

}  // namespace

int find_quantity(std::span<const Quantity> quantities, std::string_view name) {
  for (std::size_t q = 0; q < quantities.size(); ++q) {
    if (quantities[q].name == name) return static_cast<int>(q);
  }
  return -1;
}

Limit::Limit(const LimitScope& scope, const std::string& text)
    : spec_(scope.spec), options_(scope.options), space_(scope.space) {
  std::vector<std::string> more;
  for (const Quantity& quantity : scope.quantities) {
    if (quantity.kind != QuantityKind::kCost) more.push_back(quantity.name);
  }
  condition_ = parse_condition(*spec_, text, "--limit", more);
  const auto params = static_cast<int>(spec_->main().params.size());
  for (const spec::ExpressionNode& node : condition_.nodes) {
    if (node.scope != spec::Scope::kParam || node.slot < params) continue;
    const int quantity = find_quantity(scope.quantities, node.text);
    if (quantity < 0)
      throw Error("--limit " + text,
                  fmt::format("'{}' is not among the costs that are computed", node.text));
    slots_.emplace_back(node.slot, quantity);
    if (std::find(asks_.begin(), asks_.end(), quantity) == asks_.end()) asks_.push_back(quantity);
  }
  prepare(scope);
}

Limit::Limit(const LimitScope& scope, spec::Expression condition)
    : spec_(scope.spec),
      options_(scope.options),
      space_(scope.space),
      condition_(std::move(condition)),
      of_space_(true) {
  prepare(scope);
}

void Limit::prepare(const LimitScope& scope) {
  for (const Quantity& quantity : scope.quantities) kinds_.push_back(quantity.kind);
  for (const SweepAxis& axis : space_->axes) {
    auto& numbers = axis_values_.emplace_back();
    for (const spec::Value& value : axis.values) {
      if (value.is_number()) numbers.push_back(value.number().to_double());
    }
    if (numbers.size() != axis.values.size()) numbers.clear();
  }
  compiled_ = compile(static_cast<int>(condition_.nodes.size()) - 1, true);
  if (!compiled_ && asks_.empty() && space_->size() <= kMostKnown)
    known_.resize(static_cast<std::size_t>(space_->size()));
}

// Steps for a node and what stands below it; false for what isn't made of numbers alone, or has
// another type than is wanted.
bool Limit::compile(int index, bool condition) {
  const spec::ExpressionNode& node = condition_.nodes[static_cast<std::size_t>(index)];
  const auto all = [&](bool conditions) {
    return std::all_of(node.operands.begin(), node.operands.end(),
                       [&](int operand) { return compile(operand, conditions); });
  };
  Step step;
  step.op = node.op;
  step.operands = static_cast<int>(node.operands.size());
  using Op = spec::ExpressionOp;
  bool fine = false;
  if (node.op == Op::kNumber) {
    step.number = node.number.to_double();
    fine = !condition;
  } else if (node.op == Op::kName) {
    return !condition && compile_name(node);
  } else if (node.op == Op::kCall) {
    return !condition && compile_call(node);
  } else if (node.op == Op::kNegate || (node.op >= Op::kAdd && node.op <= Op::kDivide)) {
    fine = !condition && all(false);
  } else if (node.op >= Op::kEqual && node.op <= Op::kGreaterEqual) {
    fine = condition && all(false);
  } else if (node.op == Op::kAnd || node.op == Op::kOr || node.op == Op::kNot) {
    fine = condition && all(true);
  }
  if (fine) add_step(step);
  return fine && steps_.size() < kDeepest;
}

// Behind its operands. What is made of numbers alone is computed now: 300M is 300 * 1e6.
void Limit::add_step(const Step& step) {
  const auto operands = static_cast<std::ptrdiff_t>(step.operands);
  const bool numbers = std::all_of(steps_.end() - operands, steps_.end(), [](const Step& operand) {
    return operand.op == spec::ExpressionOp::kNumber && operand.axis < 0 && operand.quantity < 0;
  });
  std::array<double, 2> x{};
  if (operands == 0 || operands > 2 || !numbers) return steps_.push_back(step);
  std::transform(steps_.end() - operands, steps_.end(), x.begin(),
                 [](const Step& operand) { return operand.number; });
  bool close = false;
  Step number;
  number.number = result_of(step.op, x.data(), close);
  if (close) return steps_.push_back(step);
  steps_.erase(steps_.end() - operands, steps_.end());
  steps_.push_back(number);
}

bool Limit::compile_name(const spec::ExpressionNode& node) {
  Step step;
  const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                 [&](const auto& s) { return s.first == node.slot; });
  if (node.scope != spec::Scope::kParam) return false;
  if (slot != slots_.end()) {
    step.quantity = slot->second;
    steps_.push_back(step);
    return true;
  }
  const spec::ParamSpec& param = spec_->main().params[static_cast<std::size_t>(node.slot)];
  for (std::size_t k = 0; k < space_->axes.size(); ++k) {
    if (space_->axes[k].param != param.name) continue;
    if (space_->axes[k].element > 0 || axis_values_[k].empty()) return false;
    step.axis = static_cast<int>(k);
    steps_.push_back(step);
    return true;
  }
  if (param.fallback.find(spec::Scope::kParam) != nullptr ||
      param.fallback.find(spec::Scope::kFileLet) != nullptr ||
      param.fallback.find(spec::Scope::kTable) != nullptr)
    return false;  // it may follow what varies
  const spec::Value value = *graph::bind_parameters(*spec_, *options_)
                                 .front()
                                 .params[static_cast<std::size_t>(node.slot)];
  if (!value.is_number()) return false;
  step.number = value.number().to_double();
  steps_.push_back(step);
  return true;
}

// An element of a list by its number.
bool Limit::compile_call(const spec::ExpressionNode& node) {
  if (node.function != spec::Function::kNone || node.scope != spec::Scope::kParam) return false;
  const spec::ExpressionNode& number = condition_.nodes[static_cast<std::size_t>(node.operands[0])];
  if (number.op != spec::ExpressionOp::kNumber || !number.number.is_whole()) return false;
  for (std::size_t k = 0; k < space_->axes.size(); ++k) {
    const SweepAxis& axis = space_->axes[k];
    if (axis.param != node.text || !(number.number == spec::Number(axis.element))) continue;
    if (axis.element == 0 || axis_values_[k].empty()) return false;
    Step step;
    step.axis = static_cast<int>(k);
    steps_.push_back(step);
    return true;
  }
  return false;
}

double Limit::value_of(const Step& step, std::span<const std::size_t> at,
                       const double* values) const {
  if (step.axis >= 0)
    return axis_values_[static_cast<std::size_t>(step.axis)]
                       [at[static_cast<std::size_t>(step.axis)]];
  return step.quantity >= 0 ? values[step.quantity] : step.number;
}

double Limit::run(std::span<const std::size_t> at, const double* values, bool& close) const {
  if (steps_.size() == 3 && steps_[1].op == spec::ExpressionOp::kNumber &&
      steps_[2].op >= spec::ExpressionOp::kEqual &&
      steps_[2].op <= spec::ExpressionOp::kGreaterEqual)  // one comparison, as most limits
    return missing(steps_[2].op, value_of(steps_[0], at, values), value_of(steps_[1], at, values),
                   close);
  std::array<double, kDeepest> stack;
  std::size_t top = 0;
  for (const Step& step : steps_) {
    double* x = stack.data() + top - step.operands;
    const double result = step.op == spec::ExpressionOp::kNumber ? value_of(step, at, values)
                                                                 : result_of(step.op, x, close);
    top = top - static_cast<std::size_t>(step.operands) + 1;
    stack[top - 1] = result;
  }
  return stack[0];
}

double Limit::violation(std::span<const std::size_t> at, const double* values) const {
  double missed = 1;
  if (compiled_) {
    bool close = false;
    missed = run(at, values, close);
    if (!close) return missed;
  }
  if (known_.empty()) {
    const double exact = ask(at, values);
    return exact == 0 ? 0 : compiled_ ? std::max(missed, 1e-12) : exact;
  }
  std::size_t point = 0;
  for (std::size_t k = 0; k < at.size(); ++k) point = point * space_->axes[k].values.size() + at[k];
  if (known_[point] == 0) known_[point] = ask(at, values) == 0 ? 2 : 1;
  return known_[point] == 2 ? 0 : 1;
}

// As the spec language has it, exactly: 0 or 1.
double Limit::ask(std::span<const std::size_t> at, const double* values) const {
  std::vector<spec::FileValues> files =
      graph::bind_parameters(*spec_, space_->options(*options_, at));
  spec::FileValues& file = files.front();
  for (const auto& [slot, quantity] : slots_) {
    const double value = values[quantity];
    if (file.params.size() <= static_cast<std::size_t>(slot))
      file.params.resize(static_cast<std::size_t>(slot) + 1);
    const bool whole = kinds_[static_cast<std::size_t>(quantity)] == QuantityKind::kCost &&
                       value == std::floor(value) && std::abs(value) < 9e18;
    file.params[static_cast<std::size_t>(slot)] =
        whole ? spec::Value(static_cast<std::int64_t>(value))
              : spec::Value(spec::Number::inexact(value));
  }
  spec::Environment environment;
  environment.file = &file;
  const std::string place = of_space_ ? spec_->sources.place(condition_.where)
                                      : fmt::format("--limit {}", condition_.text);
  const auto fail = [&](const std::string& message) { throw Error(place, message); };
  try {
    const spec::Value value = spec::evaluate(condition_, environment);
    if (value == spec::Value(1)) return 0;
    if (!(value == spec::Value(0))) fail("neither true nor false");
  } catch (const spec::ExpressionFault& fault) {
    throw Unanswered(std::vector<Diagnostic>{{place, fault.message, "", {}}});
  }
  return 1;
}

}  // namespace archcost::space
