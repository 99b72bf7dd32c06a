// SPDX-License-Identifier: Apache-2.0
// Evaluation of expressions.
#include "spec/expression.hpp"

#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <limits>

#include "core/count.hpp"
#include "core/text.hpp"

namespace archcost::spec {
namespace {

constexpr std::int64_t kMostExponent = 1024;
constexpr std::int64_t kMostElements = 10'000;

// Elements of a list, those of the lists in it too.
std::int64_t elements(const List& list) {
  auto count = static_cast<std::int64_t>(list.size());
  for (const Value& value : list) {
    if (value.is_list()) count += elements(value.list());
  }
  return count;
}

struct FunctionRow {
  std::string name;
  Function function;
  std::size_t fewest, most;
};
const std::vector<FunctionRow>& function_table() {
  static const std::vector<FunctionRow> kTable = {
      {"round", Function::kRound, 1, 1},
      {"floor", Function::kFloor, 1, 1},
      {"ceil", Function::kCeil, 1, 1},
      {"min", Function::kMin, 1, 99},
      {"max", Function::kMax, 1, 99},
      {"abs", Function::kAbs, 1, 1},
      {"sqrt", Function::kSqrt, 1, 1},
      {"log2", Function::kLog2, 1, 1},
      {"divisible", Function::kDivisible, 1, 2},
      {"len", Function::kLen, 1, 1},
  };
  return kTable;
}

[[noreturn]] void fail(const ExpressionNode& node, std::string message) {
  throw ExpressionFault{node.where, std::move(message)};
}

Number floor_divide(const Number& a, const Number& b) { return (a / b).floor(); }

Number power(const ExpressionNode& node, const Number& base, const Number& exponent) {
  if (!exponent.is_whole() || !base.is_exact()) {
    if (base < Number(0) && !exponent.is_whole()) fail(node, "a negative number to a broken power");
    return Number::inexact(std::pow(base.to_double(), exponent.to_double()));
  }
  const std::int64_t n = exponent.whole().value();
  if (n > kMostExponent || n < -kMostExponent)
    fail(node, fmt::format("the exponent {} is too large", n));
  if (n < 0 && base == Number(0)) fail(node, "division by zero");
  Number result(1);
  for (std::int64_t k = 0; k < std::abs(n); ++k) result = result * base;
  return n < 0 ? Number(1) / result : result;
}

Number square_root(const ExpressionNode& node, const Number& x) {
  if (x < Number(0)) fail(node, fmt::format("the square root of {}", to_string(x)));
  if (!x.is_exact()) return Number::inexact(std::sqrt(x.to_double()));
  const auto whole_root = [](std::int64_t n) -> std::optional<std::int64_t> {
    auto r = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(n))));
    if (r > 3'037'000'499) return std::nullopt;
    return r * r == n ? std::optional<std::int64_t>(r) : std::nullopt;
  };
  const auto top = whole_root(x.exact().numerator()), bottom = whole_root(x.exact().denominator());
  if (top && bottom) return Rational(*top, *bottom);
  return Number::inexact(std::sqrt(x.to_double()));
}

Number binary_logarithm(const ExpressionNode& node, const Number& x) {
  if (!(Number(0) < x)) fail(node, fmt::format("the logarithm of {}", to_string(x)));
  if (!x.is_exact()) return Number::inexact(std::log2(x.to_double()));
  const auto top = static_cast<std::uint64_t>(x.exact().numerator()),
             bottom = static_cast<std::uint64_t>(x.exact().denominator());
  if (std::has_single_bit(top) && std::has_single_bit(bottom))
    return std::int64_t{std::countr_zero(top) - std::countr_zero(bottom)};
  return Number::inexact(std::log2(x.to_double()));
}

// The "make divisible" rule of the MobileNet code: the nearest multiple, at least one of them, and
// not below nine tenths of x.
Number divisible(const Number& x, const Number& divisor) {
  Number rounded = Number(floor_divide(x + divisor / Number(2), divisor)) * divisor;
  rounded = larger(rounded, divisor);
  return rounded + divisor * less_as_number(rounded, x * Rational(9, 10));
}

class Evaluator {
 public:
  Evaluator(const Expression& expression, const Environment& environment)
      : expression_(&expression), environment_(&environment) {}

  Value run() const { return value(static_cast<int>(expression_->nodes.size()) - 1); }

 private:
  const ExpressionNode& node(int index) const { return expression_->nodes[index]; }

  Value value(int index) const {
    const ExpressionNode& n = node(index);
    try {
      return value_of(n);
    } catch (const CountOverflow&) {
      fail(n, fmt::format("'{}' needs more than 64 bits", expression_->text));
    }
  }

  Value value_of(const ExpressionNode& n) const {
    switch (n.op) {
      case ExpressionOp::kNumber:
        return n.number;
      case ExpressionOp::kName:
        return name(n);
      case ExpressionOp::kList: {
        List list;
        for (int operand : n.operands) list.push_back(value(operand));
        if (elements(list) > kMostElements)
          fail(n, fmt::format("a list of more than {} elements", with_commas(kMostElements)));
        return list;
      }
      case ExpressionOp::kCall:
        return n.function == Function::kNone ? element(n) : call(n);
      case ExpressionOp::kNegate:
        return Number(0) - number(n.operands[0]);
      case ExpressionOp::kNot:
        return truth(!condition(n.operands[0]));
      case ExpressionOp::kAnd:
        return truth(condition(n.operands[0]) && condition(n.operands[1]));
      case ExpressionOp::kOr:
        return truth(condition(n.operands[0]) || condition(n.operands[1]));
      case ExpressionOp::kIf:
        return condition(n.operands[1]) ? value(n.operands[0]) : value(n.operands[2]);
      case ExpressionOp::kIn:
        return truth(contains(n));
      case ExpressionOp::kNotIn:
        return truth(!contains(n));
      case ExpressionOp::kEqual:
        return truth(equal(n, value(n.operands[0]), value(n.operands[1])));
      case ExpressionOp::kNotEqual:
        return truth(!equal(n, value(n.operands[0]), value(n.operands[1])));
      default:
        return arithmetic(n, number(n.operands[0]), number(n.operands[1]));
    }
  }

  static Value truth(bool holds) { return Number(holds ? 1 : 0); }

  Value arithmetic(const ExpressionNode& n, const Number& a, const Number& b) const {
    switch (n.op) {
      case ExpressionOp::kAdd:
        return a + b;
      case ExpressionOp::kSubtract:
        return a - b;
      case ExpressionOp::kMultiply:
        return a * b;
      case ExpressionOp::kLess:
        return truth(a < b);
      case ExpressionOp::kLessEqual:
        return truth(!(b < a));
      case ExpressionOp::kGreater:
        return truth(b < a);
      case ExpressionOp::kGreaterEqual:
        return truth(!(a < b));
      case ExpressionOp::kPower:
        return power(n, a, b);
      default:
        break;
    }
    if (b == Number(0)) fail(n, fmt::format("division by zero in '{}'", expression_->text));
    if (n.op == ExpressionOp::kDivide) return a / b;
    const Number quotient = floor_divide(a, b);
    return n.op == ExpressionOp::kFloorDivide ? quotient : a - quotient * b;
  }

  Number number(int index) const {
    const Value v = value(index);
    if (!v.is_number()) {
      fail(node(index),
           fmt::format("{} '{}' where a number is expected", type_name(v), to_string(v)));
    }
    return v.number();
  }

  bool condition(int index) const {
    const Value v = value(index);
    if (v.is_number() && v.number() == Number(0)) return false;
    if (v.is_number() && v.number() == Number(1)) return true;
    fail(node(index),
         fmt::format("{} where a condition is expected (true, false, 1, 0)", to_string(v)));
  }

  static bool equal(const ExpressionNode& n, const Value& a, const Value& b) {
    if (a.data.index() != b.data.index()) {
      fail(n, fmt::format("{} ({}) is compared with {} ({})", to_string(a), type_name(a),
                          to_string(b), type_name(b)));
    }
    return a == b;
  }

  bool contains(const ExpressionNode& n) const {
    const Value item = value(n.operands[0]), list = value(n.operands[1]);
    if (!list.is_list())
      fail(node(n.operands[1]), fmt::format("'in' needs a list, not {}", to_string(list)));
    for (const Value& candidate : list.list()) {
      if (equal(n, item, candidate)) return true;
    }
    return false;
  }

  static const Value& known(const std::optional<Value>& v) {
    if (!v) throw UnknownValue();
    return *v;
  }

  Value name(const ExpressionNode& n) const {
    switch (n.scope) {
      case Scope::kArgument:
        return known(environment_->arguments[n.slot]);
      case Scope::kLet:
        return known(environment_->lets[n.slot]);
      case Scope::kParam:
        return known(environment_->file->params[n.slot]);
      case Scope::kFileLet:
        return known(environment_->file->lets[n.slot]);
      case Scope::kTable:
        return table(n, environment_->file->files[n.file]);
      case Scope::kWord:
        return Word{n.text};
      case Scope::kRound:
        if (!environment_->round) fail(n, "'i' counts a repeat, and there is none here");
        return *environment_->round;
      case Scope::kIn:
      case Scope::kHeight:
      case Scope::kWidth: {
        if (!environment_->in) throw UnknownValue();
        const TensorShape& in = *environment_->in;
        return n.scope == Scope::kIn       ? in.channels
               : n.scope == Scope::kHeight ? in.height
                                           : in.width;
      }
      case Scope::kTensor:
        return size_of_tensor(n);
      case Scope::kUnresolved:
        break;
    }
    throw UnknownValue();
  }

  Value size_of_tensor(const ExpressionNode& n) const {
    const TensorSize wanted = *tensor_size(n.text);
    if (environment_->find_tensor == nullptr)
      fail(n, fmt::format("'{}' is a size of a layer, and there is no layer here", n.text));
    const auto shape = (*environment_->find_tensor)(wanted.path, n.where);
    if (!shape) throw UnknownValue();
    return wanted.size == 'c' ? shape->channels : wanted.size == 'h' ? shape->height : shape->width;
  }

  Value table(const ExpressionNode& n, const FileValues& home) const {
    std::optional<Value>& known = home.table_values[n.slot];
    if (!known) known = table_value(n, home.tables[n.slot], {&home, {}, {}, {}, {}, nullptr});
    return *known;
  }

  static Value table_value(const ExpressionNode& n, const LookupTable& table,
                           const Environment& home) {
    if (!table.by) return evaluate(*table.value, home);
    const Value key = evaluate(*table.by, home);
    std::vector<std::string> keys;
    for (const LookupRow& row : table.rows) {
      if (row.key == key) return evaluate(row.value, home);
      keys.push_back(to_string(row.key));
    }
    fail(n, fmt::format("table '{}' has no row for {} = {}; its rows are {}", table.name,
                        table.by->text, to_string(key), join(keys, ", ")));
  }

  // widths(2): the second element.
  Value element(const ExpressionNode& n) const {
    const Value list = name(n);
    if (!list.is_list())
      fail(n, fmt::format("'{}' is {}, not a list, and not a function", n.text, to_string(list)));
    if (n.operands.size() != 1)
      fail(n, fmt::format("'{}' takes one number, the index of an element", n.text));
    const Number index = number(n.operands[0]);
    const auto size = static_cast<std::int64_t>(list.list().size());
    if (!index.is_whole() || index < Number(1) || Number(size) < index) {
      fail(n, fmt::format("'{}' has elements 1 to {}, not {}", n.text, size, to_string(index)));
    }
    return list.list()[index.whole().value() - 1];
  }

  Value call(const ExpressionNode& n) const {
    if (n.function == Function::kLen) {
      const Value list = value(n.operands[0]);
      if (!list.is_list())
        fail(node(n.operands[0]), fmt::format("len needs a list, not {}", to_string(list)));
      return static_cast<std::int64_t>(list.list().size());
    }
    if (n.function == Function::kMin || n.function == Function::kMax) return extreme(n);
    std::vector<Number> x;
    for (int operand : n.operands) x.push_back(number(operand));
    switch (n.function) {
      case Function::kRound:
        return (x[0] + Rational(1, 2)).floor();
      case Function::kFloor:
        return x[0].floor();
      case Function::kCeil:
        return Count(0) - (Number(0) - x[0]).floor();
      case Function::kAbs:
        return larger(x[0], Number(0) - x[0]);
      case Function::kSqrt:
        return square_root(n, x[0]);
      case Function::kLog2:
        return binary_logarithm(n, x[0]);
      case Function::kDivisible: {
        const Number divisor = x.size() > 1 ? x[1] : Number(8);
        if (!(Number(0) < divisor)) fail(n, "divisible needs a divisor above 0");
        return divisible(x[0], divisor);
      }
      default:
        return x[0];
    }
  }

  // min and max, of numbers and of the elements of lists.
  Number extreme(const ExpressionNode& n) const {
    std::optional<Number> result;
    const auto take = [&](const Number& x) {
      if (!result)
        result = x;
      else
        result = n.function == Function::kMin ? smaller(*result, x) : larger(*result, x);
    };
    for (int operand : n.operands) {
      const Value v = value(operand);
      if (!v.is_list()) {
        take(v.is_number() ? v.number() : number(operand));
        continue;
      }
      for (const Value& element : v.list()) {
        if (!element.is_number())
          fail(node(operand), fmt::format("{} in '{}' where numbers are expected",
                                          type_name(element), to_string(v)));
        take(element.number());
      }
    }
    if (!result) fail(n, fmt::format("'{}' of an empty list", n.text));
    return *result;
  }

  const Expression* expression_;
  const Environment* environment_;
};

}  // namespace

std::span<const std::string> function_names() {
  static const std::vector<std::string> kNames = names_of(function_table());
  return kNames;
}

std::span<const std::string> reserved_words() {
  static const std::vector<std::string> kWords = {"in",    "h",   "w",  "i",   "input", "true",
                                                  "false", "and", "or", "not", "if",    "else"};
  return kWords;
}

std::optional<Function> find_function(std::string_view name) {
  const FunctionRow* row = find_named(function_table(), name);
  return row == nullptr ? std::nullopt : std::optional(row->function);
}

void check_operand_count(Function function, std::size_t count, const ExpressionNode& node) {
  for (const FunctionRow& row : function_table()) {
    if (row.function != function || (count >= row.fewest && count <= row.most)) continue;
    const std::string wanted = row.fewest == row.most ? std::to_string(row.fewest)
                               : row.most > 9         ? fmt::format("at least {}", row.fewest)
                                              : fmt::format("{} or {}", row.fewest, row.most);
    fail(node, fmt::format("'{}' takes {} value{}, not {}", row.name, wanted,
                           row.fewest == 1 && row.most != 2 ? "" : "s", count));
  }
}

std::optional<TensorSize> tensor_size(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 2 != text.size()) return std::nullopt;
  if (std::string_view("chw").find(text.back()) == std::string_view::npos) return std::nullopt;
  return TensorSize{std::string(text.substr(0, dot)), text.back()};
}

Value evaluate(const Expression& expression, const Environment& environment) {
  return Evaluator(expression, environment).run();
}

}  // namespace archcost::spec
