// SPDX-License-Identifier: Apache-2.0
#include "spec/expression.hpp"

#include "core/diagnostic.hpp"
#include "spec/fields.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

const std::set<std::string> kWords = {"max", "avg", "relu"};

std::string value_of(const std::string& text) {
  try {
    spec::Expression expression = spec::parse_expression(text, {0, 1, 1});
    spec::resolve_words(expression, kWords);
    return spec::to_string(spec::evaluate(expression, {}));
  } catch (const spec::ExpressionFault& fault) {
    return std::to_string(fault.where.column) + ": " + fault.message;
  }
}

}  // namespace

TEST_CASE("expressions are exact", "[expression]") {
  struct Row {
    std::string text, value;
  };
  const auto row = GENERATE(values<Row>({
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"2 ** 3 ** 2", "512"},
      {"-2 ** 2", "-4"},
      {"2 ** -1", "0.5"},
      {"7 // 2", "3"},
      {"-7 // 2", "-4"},
      {"-7 % 3", "2"},
      {"7 / 2", "3.5"},
      {"1 / 3", "1/3"},
      {"96/224 * 224", "96"},
      {"ceil(1.1 * 200)", "220"},
      {"0.1 + 0.2 == 0.3", "1"},
      {"1e3", "1000"},
      {"2.5e-1", "0.25"},
      {".5", "0.5"},
      {"round(2.5)", "3"},
      {"round(-2.5)", "-2"},
      {"round(2.4)", "2"},
      {"floor(-0.5)", "-1"},
      {"ceil(-0.5)", "0"},
      {"min(3, 1, 2)", "1"},
      {"max(3, 1, 2)", "3"},
      {"abs(-3)", "3"},
      {"sqrt(16/9)", "4/3"},
      {"sqrt(2)", "1.41421356"},
      {"log2(1024)", "10"},
      {"log2(1/8)", "-3"},
      {"floor(log2(100))", "6"},
      {"log2(0)", "1: the logarithm of 0"},
      {"floor(sqrt(2) * 100)", "141"},
      {"divisible(33)", "32"},
      {"divisible(36)", "40"},
      {"divisible(32 * 0.35)", "16"},  // 11.2 rounds to 8, which is below nine tenths
      {"divisible(3)", "8"},
      {"divisible(24 * 0.75, 4)", "20"},
      {"len([1, 2, 3])", "3"},
      {"2 in [1, 2]", "1"},
      {"3 not in [1, 2]", "1"},
      {"max in [avg, max]", "1"},
      {"max(1, 2) == 2 and not max == avg", "1"},
      {"1 if 0 else 2", "2"},
      {"1 if true else 1 / 0", "1"},  // lazy
      {"0 and 1 / 0", "0"},
      {"1 or 1 / 0", "1"},
      {"not 1 == 2", "1"},
      {"1 if 0 else 2 if 0 else 3", "3"},
      {"[1, 2 + 1, relu]", "[1, 3, relu]"},
      {"[]", "[]"},
      {"true", "1"},
      {"9223372036854775807", "9223372036854775807"},
  }));
  INFO(row.text);
  CHECK(value_of(row.text) == row.value);
}

TEST_CASE("mistakes in expressions are told with their column", "[expression]") {
  struct Row {
    std::string text, message;
  };
  const auto row = GENERATE(values<Row>({
      {"1 +", "4: the expression '1 +' ends too early"},
      {"1 = 2", "3: '=' is not a comparison; write '=='"},
      {"1 && 1", "3: write 'and' instead of '&&'"},
      {"!1", "1: write 'not' instead of '!'"},
      {"2 ^ 3", "3: '^' is not a power; write '**'"},
      {"1 2", "3: '2' doesn't belong here in '1 2'"},
      {"1 < 2 < 3", "7: comparisons don't chain; write 'a < b and b < c'"},
      {"1 if 1 = 2 else 3", "8: '=' is not a comparison; write '=='"},
      {"1 if 1 == 2 && 1 else 3", "13: write 'and' instead of '&&'"},
      {"1 if 1", "7: an 'if' without its 'else'; write 'x if condition else y'"},
      {"010",
       "1: '010' is not a number here; a leading 0 would make it octal or hexadecimal elsewhere; "
       "write a decimal number"},
      {"0x10",
       "1: '0x10' is not a number here; a leading 0 would make it octal or hexadecimal elsewhere; "
       "write a decimal number"},
      {"1_000", "1: '1_000' is not a number here; write it without '_'"},
      {"1:30",
       "1: '1:30' is not a number here; YAML would read it in base 60; write a decimal number"},
      {"1.2.3", "1: '1.2.3' is not a number here; write it as 12, 0.35 or 1e3"},
      {"99999999999999999999", "1: '99999999999999999999' needs more than 64 bits"},
      {"9223372036854775807 + 1", "21: '9223372036854775807 + 1' needs more than 64 bits"},
      {"2 ** 64", "3: '2 ** 64' needs more than 64 bits"},
      {"2 ** 5000", "3: the exponent 5000 is too large"},
      {"1 / 0", "3: division by zero in '1 / 0'"},
      {"1 % 0", "3: division by zero in '1 % 0'"},
      {"relu + 1", "1: a word 'relu' where a number is expected"},
      {"relu == 1", "6: relu (a word) is compared with 1 (a number)"},
      {"2 and 1", "1: 2 where a condition is expected (true, false, 1, 0)"},
      {"1 in 2", "6: 'in' needs a list, not 2"},
      {"reul", "1: unknown word 'reul'; did you mean 'relu'?"},
      {"sqrt(-1)", "1: the square root of -1"},
      {"round(1, 2)", "1: 'round' takes 1 value, not 2"},
      {"divisible(1, 0)", "1: divisible needs a divisor above 0"},
      {"min(1, 2",
       "9: 'min(1, 2' has no ')'; inside { } and [ ] an expression with a comma needs quotes"},
      {"foo(1)", "1: unknown function 'foo'"},
  }));
  INFO(row.text);
  CHECK(value_of(row.text) == row.message);
}

TEST_CASE("an expression that nests too deep is refused, not a crash", "[expression]") {
  CHECK(value_of(std::string(5000, '(') + "1").find("nested more than 100 levels deep") !=
        std::string::npos);
  CHECK(value_of(std::string(5000, '-') + "1").find("nested more than 100 levels deep") !=
        std::string::npos);
}
