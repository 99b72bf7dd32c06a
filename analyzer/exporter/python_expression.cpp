// SPDX-License-Identifier: Apache-2.0
#include "exporter/python_expression.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/text.hpp"
#include "exporter/python_helpers.hpp"

namespace archcost::exporter {
namespace {

using spec::ExpressionNode;
using spec::ExpressionOp;

// From the loosest to the tightest operators of Python.
enum Binding { kIfBinding = 1, kOr, kAnd, kNot, kCompare, kSum, kProduct, kSign, kPower, kAtom };

struct Text {
  std::string text;
  int binding = kAtom;
};

struct Operator {
  ExpressionOp op;
  int binding;
  std::string_view text;
};
constexpr Operator kOperators[] = {
    {ExpressionOp::kAdd, kSum, "+"},
    {ExpressionOp::kSubtract, kSum, "-"},
    {ExpressionOp::kMultiply, kProduct, "*"},
    {ExpressionOp::kFloorDivide, kProduct, "//"},
    {ExpressionOp::kModulo, kProduct, "%"},
    {ExpressionOp::kEqual, kCompare, "=="},
    {ExpressionOp::kNotEqual, kCompare, "!="},
    {ExpressionOp::kLess, kCompare, "<"},
    {ExpressionOp::kLessEqual, kCompare, "<="},
    {ExpressionOp::kGreater, kCompare, ">"},
    {ExpressionOp::kGreaterEqual, kCompare, ">="},
    {ExpressionOp::kIn, kCompare, "in"},
    {ExpressionOp::kNotIn, kCompare, "not in"},
    {ExpressionOp::kAnd, kAnd, "and"},
    {ExpressionOp::kOr, kOr, "or"},
};

bool list_node(const spec::Expression& expression, const ExpressionNode& n,
               const std::function<bool(const ExpressionNode&)>& is_list) {
  const auto operand = [&](std::size_t k) -> const ExpressionNode& {
    return expression.nodes[static_cast<std::size_t>(n.operands[k])];
  };
  if (n.op == ExpressionOp::kIf)
    return list_node(expression, operand(0), is_list) || list_node(expression, operand(2), is_list);
  const bool name = n.op == ExpressionOp::kName && n.scope != spec::Scope::kWord;
  return n.op == ExpressionOp::kList || (name && is_list(n));
}

bool is_whole_exponent(const ExpressionNode& n) {
  return n.op == ExpressionOp::kNumber && n.number.is_whole() && !(n.number < spec::Number(0));
}

// Whether Python computes a float. Names have none: their values are passed through exact().
bool may_be_float(const spec::Expression& expression, const ExpressionNode& n) {
  const auto operand = [&](std::size_t k) -> const ExpressionNode& {
    return expression.nodes[static_cast<std::size_t>(n.operands[k])];
  };
  const auto any = [&] {
    for (std::size_t k = 0; k < n.operands.size(); ++k) {
      if (may_be_float(expression, operand(k))) return true;
    }
    return false;
  };
  switch (n.op) {
    case ExpressionOp::kCall:
      return n.function == spec::Function::kSqrt || n.function == spec::Function::kLog2 ||
             ((n.function == spec::Function::kMin || n.function == spec::Function::kMax ||
               n.function == spec::Function::kAbs) &&
              any());
    case ExpressionOp::kPower:
      return !is_whole_exponent(operand(1)) || any();
    case ExpressionOp::kIf:
    case ExpressionOp::kAdd:
    case ExpressionOp::kSubtract:
    case ExpressionOp::kMultiply:
    case ExpressionOp::kDivide:
    case ExpressionOp::kModulo:
    case ExpressionOp::kNegate:
    case ExpressionOp::kList:
      return any();
    default:
      return false;
  }
}

class Translator {
 public:
  Translator(const spec::Expression& expression, const PythonNames& names)
      : expression_(&expression), names_(&names) {}

  std::string run() const { return text(root()).text; }
  const ExpressionNode& root() const { return expression_->root(); }

 private:
  const ExpressionNode& node(int index) const {
    return expression_->nodes[static_cast<std::size_t>(index)];
  }
  void need(std::string_view helper) const { names_->helpers->emplace(helper); }

  // As an operand of an operator that binds so.
  std::string operand(int index, int binding) const {
    const Text inner = text(node(index));
    return inner.binding < binding ? "(" + inner.text + ")" : inner.text;
  }

  Text text(const ExpressionNode& n) const {
    switch (n.op) {
      case ExpressionOp::kNumber:
        return number(n.number);
      case ExpressionOp::kName:
        return name(n);
      case ExpressionOp::kList:
        return {list(n)};
      case ExpressionOp::kCall:
        return {n.function == spec::Function::kNone ? element(n) : function(n)};
      case ExpressionOp::kNegate:
        return {"-" + operand(n.operands[0], kSign), kSign};
      case ExpressionOp::kNot:
        return {"not " + operand(n.operands[0], kNot), kNot};
      case ExpressionOp::kPower:
        return {power(n), kPower};
      case ExpressionOp::kDivide:
        return {quotient(n)};
      case ExpressionOp::kFloorDivide:
        // A float's is a float.
        if (is_float(n.operands[0]) || is_float(n.operands[1]))
          return {fmt::format("math.floor({} // {})", operand(n.operands[0], kProduct),
                              operand(n.operands[1], kSign))};
        break;
      case ExpressionOp::kIf:
        return {fmt::format("{} if {} else {}", operand(n.operands[0], kOr),
                            operand(n.operands[1], kOr), operand(n.operands[2], kIfBinding)),
                kIfBinding};
      default:
        break;
    }
    for (const Operator& row : kOperators) {
      if (row.op != n.op) continue;
      // Comparisons don't chain; the right side of a sum or product binds tighter.
      const bool compare = row.binding == kCompare;
      const bool logical = row.binding == kAnd || row.binding == kOr;
      return {fmt::format("{} {} {}", operand(n.operands[0], row.binding + (compare ? 1 : 0)),
                          row.text, operand(n.operands[1], row.binding + (logical ? 0 : 1))),
              row.binding};
    }
    return {};
  }

  bool is_float(int index) const { return may_be_float(*expression_, node(index)); }

  // A Fraction takes no floats.
  std::string quotient(const ExpressionNode& n) const {
    const bool real = is_float(n.operands[0]) || is_float(n.operands[1]);
    if (real) need("quotient");
    return fmt::format("{}({}, {})", real ? "quotient" : "Fraction", text(node(n.operands[0])).text,
                       text(node(n.operands[1])).text);
  }

  static Text number(const spec::Number& value) {
    const std::string text = python_constant(spec::Value(value));
    const bool decimal = text.find('.') != std::string::npos;
    if (decimal) return {fmt::format("Fraction(\"{}\")", text)};
    return {text, text.starts_with("-") ? kSign : kAtom};
  }

  Text name(const ExpressionNode& n) const {
    if (n.scope == spec::Scope::kWord) return {python_text(n.text)};
    const std::string text = names_->text(n);
    const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '.';
    });
    return {text, plain ? kAtom : kIfBinding};
  }

  std::string list(const ExpressionNode& n) const {
    std::vector<std::string> parts;
    for (const int index : n.operands) parts.push_back(text(node(index)).text);
    return fmt::format("({}{})", join(parts, ", "), parts.size() == 1 ? "," : "");
  }

  // Elements count from 1 in a spec, from 0 in Python.
  std::string element(const ExpressionNode& n) const {
    const std::string list = names_->text(n);
    const ExpressionNode& index = node(n.operands[0]);
    if (index.op == ExpressionOp::kNumber && index.number.is_whole())
      return fmt::format("{}[{}]", list, index.number.whole().value() - 1);
    if (index.op == ExpressionOp::kAdd || index.op == ExpressionOp::kSubtract) {
      for (const int side : {1, 0}) {
        const ExpressionNode& constant = node(index.operands[side]);
        const bool negative = index.op == ExpressionOp::kSubtract;
        if (constant.op != ExpressionOp::kNumber || !constant.number.is_whole()) continue;
        if (negative && side == 0) continue;
        const std::int64_t number = constant.number.whole().value();
        const std::int64_t shift = (negative ? -number : number) - 1;
        const std::string rest = operand(index.operands[1 - side], kSum);
        if (shift == 0) return fmt::format("{}[{}]", list, rest);
        return fmt::format("{}[{} {} {}]", list, rest, shift < 0 ? "-" : "+", std::abs(shift));
      }
    }
    return fmt::format("{}[{} - 1]", list, operand(n.operands[0], kSum));
  }

  std::string power(const ExpressionNode& n) const {
    const ExpressionNode& exponent = node(n.operands[1]);
    if (is_whole_exponent(exponent))
      return fmt::format("{} ** {}", operand(n.operands[0], kAtom), text(exponent).text);
    return fmt::format("Fraction({}) ** {}", text(node(n.operands[0])).text,
                       operand(n.operands[1], kSign));
  }

  // The operands of min and max with the elements of lists; indices of nodes.
  void add_flat(const ExpressionNode& n, std::vector<int>& elements) const {
    for (const int index : n.operands) {
      if (node(index).op == ExpressionOp::kList)
        add_flat(node(index), elements);
      else
        elements.push_back(index);
    }
  }

  // min and max, which in a spec take lists and single numbers too.
  std::string extreme(const ExpressionNode& n, std::string_view name) const {
    std::vector<int> elements;
    add_flat(n, elements);
    const bool lists = std::any_of(elements.begin(), elements.end(), [&](int index) {
      return names_->is_list && list_node(*expression_, node(index), names_->is_list);
    });
    if (elements.size() == 1 && !lists) return operand(elements[0], kAtom);
    std::vector<std::string> parts;
    parts.reserve(elements.size());
    for (const int index : elements) parts.push_back(text(node(index)).text);
    if (!lists) return fmt::format("{}({})", name, join(parts, ", "));
    need("numbers_in");
    return fmt::format("{}(numbers_in({}))", name, join(parts, ", "));
  }

  std::string function(const ExpressionNode& n) const {
    static constexpr std::array<std::string_view, 11> kNames = {
        "",    "round_half_up", "math.floor", "math.ceil", "min", "max",
        "abs", "exact_sqrt",    "math.log2",  "divisible", "len"};
    const std::string_view name = kNames[static_cast<std::size_t>(n.function)];
    if (is_helper(name)) need(name);
    if (n.function == spec::Function::kMin || n.function == spec::Function::kMax)
      return extreme(n, name);
    std::vector<std::string> parts;
    for (const int index : n.operands) parts.push_back(text(node(index)).text);
    const bool default_divisor =
        n.function == spec::Function::kDivisible && parts.size() == 2 && parts[1] == "8";
    if (default_divisor) parts.pop_back();
    return fmt::format("{}({})", name, join(parts, ", "));
  }

  const spec::Expression* expression_;
  const PythonNames* names_;
};

bool real_node(const spec::Expression& expression, const ExpressionNode& n,
               const std::function<bool(const ExpressionNode&)>& is_real) {
  const auto any = [&](std::size_t first) {
    return std::any_of(
        n.operands.begin() + static_cast<std::ptrdiff_t>(first), n.operands.end(), [&](int index) {
          return real_node(expression, expression.nodes[static_cast<std::size_t>(index)], is_real);
        });
  };
  switch (n.op) {
    case ExpressionOp::kNumber:
      return !n.number.is_whole();
    case ExpressionOp::kName:
      return n.scope != spec::Scope::kWord && is_real(n);
    case ExpressionOp::kDivide:
      return true;
    case ExpressionOp::kPower: {
      const ExpressionNode& exponent = expression.nodes[static_cast<std::size_t>(n.operands[1])];
      return !is_whole_exponent(exponent) || any(0);
    }
    case ExpressionOp::kCall:
      if (n.function == spec::Function::kNone) return is_real(n);
      return n.function == spec::Function::kSqrt || n.function == spec::Function::kLog2 ||
             ((n.function == spec::Function::kMin || n.function == spec::Function::kMax ||
               n.function == spec::Function::kAbs) &&
              any(0));
    case ExpressionOp::kFloorDivide:
      return false;
    case ExpressionOp::kIf:
    case ExpressionOp::kAdd:
    case ExpressionOp::kSubtract:
    case ExpressionOp::kMultiply:
    case ExpressionOp::kModulo:
    case ExpressionOp::kNegate:
    case ExpressionOp::kList:
      return any(0);
    default:
      return false;
  }
}

}  // namespace

bool may_be_real(const spec::Expression& expression,
                 const std::function<bool(const ExpressionNode&)>& is_real) {
  return real_node(expression, expression.root(), is_real);
}

bool may_be_list(const spec::Expression& expression,
                 const std::function<bool(const ExpressionNode&)>& is_list) {
  return list_node(expression, expression.root(), is_list);
}

std::string python_value(const spec::Expression& expression, const PythonNames& names) {
  std::string text = Translator(expression, names).run();
  const ExpressionNode& root = expression.root();
  const bool name = root.op == ExpressionOp::kName ||
                    (root.op == ExpressionOp::kCall && root.function == spec::Function::kNone);
  const bool constant = root.op == ExpressionOp::kNumber;
  if (name || constant || !may_be_real(expression, names.is_real)) return text;
  names.helpers->emplace("exact");
  return fmt::format("exact({})", text);
}

std::string python_condition(const spec::Expression& expression, const PythonNames& names) {
  return Translator(expression, names).run();
}

std::string python_real(const spec::Expression& expression, const PythonNames& names) {
  if (expression.root().op == ExpressionOp::kNumber)
    return python_constant(spec::Value(expression.root().number));
  return fmt::format("float({})", Translator(expression, names).run());
}

std::string python_constant(const spec::Value& value) {
  if (value.is_word()) return python_text(value.word());
  if (value.is_list()) {
    std::vector<std::string> parts;
    for (const spec::Value& element : value.list()) parts.push_back(python_constant(element));
    return fmt::format("({}{})", join(parts, ", "), parts.size() == 1 ? "," : "");
  }
  const spec::Number& number = value.number();
  if (!number.is_exact()) return fmt::format("{}", number.to_double());
  std::string text = spec::to_string(number);
  if (text.find('/') == std::string::npos) return text;
  const Rational exact = number.exact();
  return fmt::format("Fraction({}, {})", exact.numerator(), exact.denominator());
}

std::string python_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < ' ')
      quoted += fmt::format("\\x{:02x}", static_cast<int>(c));
    else
      quoted += c;
  }
  return quoted + "\"";
}

std::string python_doc(std::string_view text) {
  std::string safe = printable(text);
  std::replace(safe.begin(), safe.end(), '"', '\'');
  std::replace(safe.begin(), safe.end(), '\\', '/');
  return safe;
}

std::string python_name(std::string_view name) {
  static constexpr std::string_view kTaken[] = {
      // keywords, and what the files import and use
      "False",    "None",     "True",     "and",     "as",          "assert", "async",  "await",
      "break",    "class",    "continue", "def",     "del",         "elif",   "else",   "except",
      "finally",  "for",      "from",     "global",  "if",          "import", "in",     "is",
      "lambda",   "nonlocal", "not",      "or",      "pass",        "raise",  "return", "try",
      "while",    "with",     "yield",    "self",    "torch",       "nn",     "F",      "math",
      "Fraction", "super",    "range",    "setattr", "float",       "min",    "max",    "abs",
      "len",      "sum",      "int",      "tuple",   "in_channels", "x"};
  std::string text(name);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  if (!text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0)
    text = "_" + text;
  const bool taken =
      is_helper(text) || std::find(std::begin(kTaken), std::end(kTaken), text) != std::end(kTaken);
  return taken ? text + "_" : text;
}

std::string python_class(std::string_view name) {
  // "resnet50+se" and "my-net": what no identifier may have ends a word.
  std::string words(name);
  std::replace_if(
      words.begin(), words.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  std::string text;
  for (std::string part : split(words, '_')) {
    if (part.empty()) continue;
    part[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(part[0])));
    // "Mobilenet" is "MobileNet".
    const std::size_t net = part.find("net", 1);
    const bool ends = net != std::string::npos &&
                      std::all_of(part.begin() + static_cast<std::ptrdiff_t>(net) + 3, part.end(),
                                  [](unsigned char c) { return std::isdigit(c) != 0; });
    if (ends) part[net] = 'N';
    text += part;
  }
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0)
    text = "Net" + text;
  // What Python and the files' imports call so.
  static constexpr std::string_view kTaken[] = {"None",     "True",       "False",     "F",
                                                "Fraction", "ValueError", "SystemExit"};
  return is_helper(text) || is_one_of(text, kTaken) ? text + "Block" : text;
}

}  // namespace archcost::exporter
