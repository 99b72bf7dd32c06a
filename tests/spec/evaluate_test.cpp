// SPDX-License-Identifier: Apache-2.0
// Expressions against an evaluation of their trees, and every operation and mistake at its ends.
#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "core/diagnostic.hpp"
#include "spec/expression.hpp"
#include "spec/fields.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const std::set<std::string> kKnownWords = {"avg", "relu", "tanh"};

// The value as text; "column: message" of a mistake.
std::string evaluated(const std::string& text) {
  try {
    spec::Expression expression = spec::parse_expression(text, {0, 1, 1});
    spec::resolve_words(expression, kKnownWords);
    return spec::to_string(spec::evaluate(expression, {}));
  } catch (const spec::ExpressionFault& fault) {
    return fmt::format("{}: {}", fault.where.column, fault.message);
  }
}

// The value of an expression over the parameters of a spec, as the channels of its input; else the
// first mistake.
std::string channels_of(const std::string& expression) {
  try {
    const spec::ArchSpec spec = spec::read_spec_text(
        "s.yaml",
        "name: t\nparams:\n  a: 3\n  b: 1/2\n  act: {default: relu, choices: [relu, tanh]}\n"
        "  widths: {default: [10, 20, 40]}\n  none_of: {default: []}\n"
        "tables:\n  by_a: {by: a, 1: 100, 3: 300}\n  by_b: {by: 2 * b, 2: 5, 4: 6}\n"
        "  rows: [1, a, [7]]\n  by_act: {by: act, relu: 11, tanh: 12}\n"
        "input: {channels: \"" +
            expression +
            "\", height: 1, width: 1}\nlayers:\n"
            "  - conv: {out: \"a + 2 * b + len(widths) + len(none_of) + by_a + (1 if act == relu "
            "else 2)"
            " + rows(1) + by_act + (0 if true else by_b)\"}\n",
        ".");
    return std::to_string(graph::input_of(spec).channels.value());
  } catch (const Error& error) {
    return error.diagnostics().front().message;
  }
}

// A random tree of operations on small numbers: its text with as few parentheses as the table of
// SPEC_LANGUAGE.md needs, and its value; nothing for a division by zero.
struct ValueTree {
  std::string text;
  int level;  // how tightly its operator binds
  std::optional<Rational> value;
};

ValueTree random_tree(std::mt19937& random, int depth) {
  const auto whole = [](const ValueTree& tree) { return tree.value && tree.value->is_whole(); };
  const auto in_parentheses = [](const ValueTree& tree, int least) {
    return tree.level < least ? "(" + tree.text + ")" : tree.text;
  };
  const std::size_t kind = depth == 0 ? 0 : random() % 16;
  if (kind == 0) {
    const int number = static_cast<int>(random() % 5);
    return {std::to_string(number), 9, Rational(number)};
  }
  const ValueTree a = random_tree(random, depth - 1);
  if (kind == 1)
    return {"-" + in_parentheses(a, 7), 7,
            a.value ? std::optional(Rational(0) - *a.value) : std::nullopt};
  const ValueTree b = random_tree(random, depth - 1);
  const bool both = a.value && b.value;
  const auto binary = [&](const char* symbol, int level, std::optional<Rational> value) {
    return ValueTree{in_parentheses(a, level) + " " + symbol + " " + in_parentheses(b, level + 1),
                     level, value};
  };
  const auto truth = [&](const char* symbol, bool holds) {
    return ValueTree{in_parentheses(a, 5) + " " + symbol + " " + in_parentheses(b, 5), 4,
                     both ? std::optional(Rational(holds ? 1 : 0)) : std::nullopt};
  };
  const auto quotient = [&]() -> std::optional<Rational> {
    return both && !(*b.value == Rational(0)) ? std::optional(*a.value / *b.value) : std::nullopt;
  };
  switch (kind) {
    case 2:
    case 3:
      return binary("+", 5, both ? std::optional(*a.value + *b.value) : std::nullopt);
    case 4:
    case 5:
      return binary("-", 5, both ? std::optional(*a.value - *b.value) : std::nullopt);
    case 6:
    case 7:
      return binary("*", 6, both ? std::optional(*a.value * *b.value) : std::nullopt);
    case 8:
      return binary("/", 6, quotient());
    case 9:
      return binary("//", 6,
                    quotient() ? std::optional(Rational(quotient()->floor())) : std::nullopt);
    case 10:
      return binary("%", 6,
                    quotient() ? std::optional(*a.value - Rational(quotient()->floor()) * *b.value)
                               : std::nullopt);
    case 11: {
      std::optional<Rational> power;
      if (both && whole(b) && b.value->numerator() >= 0 && b.value->numerator() < 4) {
        power = Rational(1);
        for (int k = 0; k < b.value->numerator(); ++k) power = *power * *a.value;
      }
      return {in_parentheses(a, 9) + " ** " + in_parentheses(b, 7), 8, power};
    }
    case 12:
      return truth("<", both && *a.value < *b.value);
    case 13:
      return truth(">=", both && *a.value >= *b.value);
    case 14:
      return truth("==", both && *a.value == *b.value);
    default: {
      const ValueTree c = random_tree(random, depth - 1);
      const bool decides = both && (*b.value == Rational(0) || *b.value == Rational(1));
      return {in_parentheses(a, 1) + " if " + in_parentheses(b, 1) + " else " + c.text, 0,
              !decides                  ? std::nullopt
              : *b.value == Rational(1) ? a.value
                                        : c.value};
    }
  }
}

}  // namespace

TEST_CASE("an expression has the value of its tree", "[expression]") {
  std::mt19937 random(3);
  int judged = 0;
  for (int round = 0; round < 4000; ++round) {
    const ValueTree tree = random_tree(random, 4);
    if (!tree.value) continue;
    ++judged;
    const std::string value = evaluated(tree.text);
    if (value != to_string(*tree.value)) {
      INFO(tree.text);
      CHECK(value == to_string(*tree.value));
    }
  }
  CHECK(judged > 1000);
}

TEST_CASE("comparisons and conditions", "[expression]") {
  for (int a = -1; a <= 1; ++a) {
    for (int b = -1; b <= 1; ++b) {
      const auto holds = [&](const char* symbol) {
        return evaluated(fmt::format("{} {} {}", a, symbol, b)) == "1";
      };
      CHECK(holds("<") == (a < b));
      CHECK(holds("<=") == (a <= b));
      CHECK(holds(">") == (a > b));
      CHECK(holds(">=") == (a >= b));
      CHECK(holds("==") == (a == b));
      CHECK(holds("!=") == (a != b));
    }
  }
  for (int a = 0; a < 2; ++a) {
    for (int b = 0; b < 2; ++b) {
      CHECK(evaluated(fmt::format("{} and {}", a, b)) == std::to_string(a & b));
      CHECK(evaluated(fmt::format("{} or {}", a, b)) == std::to_string(a | b));
    }
    CHECK(evaluated(fmt::format("not {}", a)) == std::to_string(1 - a));
  }
}

TEST_CASE("powers, roots and logarithms", "[expression]") {
  struct Row {
    std::string text, value;
  };
  const auto row = GENERATE(values<Row>({
      {"0 ** 0", "1"},
      {"5 ** 0", "1"},
      {"5 ** 1", "5"},
      {"5 ** -1", "0.2"},
      {"(1/2) ** -2", "4"},
      {"(-2) ** 3", "-8"},
      {"(-1) ** -1", "-1"},
      {"0 ** 1", "0"},
      {"0 ** -1", "3: division by zero"},
      {"1 ** -1", "1"},
      {"1 ** 1024", "1"},
      {"1 ** -1024", "1"},
      {"1 ** 1025", "3: the exponent 1025 is too large"},
      {"1 ** -1025", "3: the exponent -1025 is too large"},
      {"2 ** 62", "4611686018427387904"},
      {"2 ** 63", "3: '2 ** 63' needs more than 64 bits"},
      {"4 ** 0.5", "2"},
      {"0 ** 0.5", "0"},
      {"(-4) ** 0.5", "6: a negative number to a broken power"},
      {"sqrt(2) ** 2", "2"},
      {"2 ** sqrt(4)", "4"},
      {"(0 - sqrt(2)) ** 2", "2"},
      {"sqrt(0)", "0"},
      {"sqrt(1)", "1"},
      {"sqrt(8)", "2.82842712"},
      {"sqrt(1/4)", "0.5"},
      {"sqrt(2/9)", "0.471404521"},
      {"sqrt(4/3)", "1.15470054"},
      {"sqrt(9223372030926249001)", "3037000499"},
      {"sqrt(9223372036854775807)", "3.0370005e+09"},
      {"sqrt(sqrt(16))", "2"},
      {"sqrt(sqrt(2))", "1.18920712"},
      {"sqrt(-1/4)", "1: the square root of -0.25"},
      {"log2(1)", "0"},
      {"log2(1/1024)", "-10"},
      {"log2(4611686018427387904)", "62"},
      {"log2(3)", "1.5849625"},
      {"log2(2/3)", "-0.584962501"},
      {"log2(sqrt(2))", "0.5"},
      {"log2(-1)", "1: the logarithm of -1"},
      {"log2(0 * sqrt(2))", "1: the logarithm of 0"},
  }));
  INFO(row.text);
  CHECK(evaluated(row.text) == row.value);
}

TEST_CASE("functions of one number and of several", "[expression]") {
  struct Row {
    std::string text, value;
  };
  const auto row = GENERATE(values<Row>({
      {"round(0.5)", "1"},
      {"round(-0.5)", "0"},
      {"round(1.49)", "1"},
      {"round(-1.51)", "-2"},
      {"round(sqrt(2))", "1"},
      {"ceil(sqrt(2))", "2"},
      {"ceil(2)", "2"},
      {"ceil(1/3)", "1"},
      {"ceil(-1/3)", "0"},
      {"floor(2)", "2"},
      {"abs(0)", "0"},
      {"abs(1/2)", "0.5"},
      {"abs(-1/2)", "0.5"},
      {"min(2)", "2"},
      {"min([3, 1], 2)", "1"},
      {"max([3, 1], 2, [])", "3"},
      {"min(2, 1/2, 3)", "0.5"},
      {"max([])", "1: 'max' of an empty list"},
      {"min([1, relu])", "5: a word in '[1, relu]' where numbers are expected"},
      {"min(1, relu)", "8: a word 'relu' where a number is expected"},
      {"len([])", "0"},
      {"len([[1, 2], 3])", "2"},
      {"len(3)", "5: len needs a list, not 3"},
      {"divisible(0)", "8"},
      {"divisible(10)", "16"},
      {"divisible(12)", "16"},
      {"divisible(20, 8)", "24"},
      {"divisible(20, 10)", "20"},
      {"divisible(10, 1/2)", "10"},
      {"divisible(5, 0)", "1: divisible needs a divisor above 0"},
      {"divisible(5, -1)", "1: divisible needs a divisor above 0"},
      {"round()", "1: 'round' takes 1 value, not 0"},
      {"min()", "1: 'min' takes at least 1 value, not 0"},
      {"divisible()", "1: 'divisible' takes 1 or 2 values, not 0"},
      {"divisible(1, 2, 3)", "1: 'divisible' takes 1 or 2 values, not 3"},
      {"1 in [2, 1]", "1"},
      {"1 in []", "0"},
      {"1 not in []", "1"},
      {"[1] in [[1], [2]]", "1"},
      {"1 in [relu]", "3: 1 (a number) is compared with relu (a word)"},
      {"[1] == 1", "5: [1] (a list) is compared with 1 (a number)"},
      {"[1, 2] == [1, 2]", "1"},
      {"[1, 2] != [2, 1]", "1"},
      {"relu != tanh", "1"},
      {"not relu", "5: relu where a condition is expected (true, false, 1, 0)"},
      {"1 if 1/2 else 3", "7: 0.5 where a condition is expected (true, false, 1, 0)"},
      {"5 // 0", "3: division by zero in '5 // 0'"},
      {"7 % -3", "-2"},
      {"7 // -3", "-3"},
      {"7.5 // 2", "3"},
      {"7.5 % 2", "1.5"},
  }));
  INFO(row.text);
  CHECK(evaluated(row.text) == row.value);
}

TEST_CASE("the rule of multiples", "[expression]") {
  // The nearest multiple, a half up; at least one; the next one where it is below nine tenths.
  for (int quarters = 1; quarters < 200; ++quarters) {
    for (int divisor = 1; divisor <= 10; ++divisor) {
      int multiple = (quarters + 2 * divisor) / (4 * divisor) * divisor;
      multiple = std::max(multiple, divisor);
      if (10 * 4 * multiple < 9 * quarters) multiple += divisor;
      CHECK(evaluated(fmt::format("divisible({} / 4, {})", quarters, divisor)) ==
            std::to_string(multiple));
    }
  }
}

TEST_CASE("lists have up to 10,000 elements, those of lists in them too", "[expression]") {
  const auto list = [](int inner, int count) {
    std::string text = "[";
    for (int k = 0; k < count; ++k) text += "1,";
    text += "[";
    for (int k = 0; k < inner; ++k) text += "1,";
    return "len(" + text + "]])";
  };
  CHECK(evaluated(list(4000, 5999)) == "6000");
  CHECK(evaluated(list(4001, 5999)) == "5: a list of more than 10,000 elements");
}

TEST_CASE("names of parameters, tables and elements of lists", "[expression]") {
  CHECK(channels_of("a") == "3");
  CHECK(channels_of("4 * b") == "2");
  CHECK(channels_of("widths(1)") == "10");
  CHECK(channels_of("widths(3)") == "40");
  CHECK(channels_of("widths(a - 1)") == "20");
  CHECK(channels_of("widths(0)") == "input: channels: 'widths' has elements 1 to 3, not 0");
  CHECK(channels_of("widths(4)") == "input: channels: 'widths' has elements 1 to 3, not 4");
  CHECK(channels_of("widths(b)") == "input: channels: 'widths' has elements 1 to 3, not 0.5");
  CHECK(channels_of("widths(3 * b)") == "input: channels: 'widths' has elements 1 to 3, not 1.5");
  CHECK(channels_of("a(1)") == "input: channels: 'a' is 3, not a list, and not a function");
  CHECK(channels_of("by_a") == "300");
  CHECK(channels_of("by_act") == "11");
  CHECK(channels_of("rows(2)") == "3");
  CHECK(channels_of("len(rows(3)) + 6") == "7");
  CHECK(channels_of("by_b") ==
        "input: channels: table 'by_b' has no row for 2 * b = 1; its rows are 2, 4");
  CHECK(channels_of("len(none_of) + 1") == "1");
}
