// SPDX-License-Identifier: Apache-2.0
// Texts that are expressions and texts that are none: values, and mistakes with their columns.
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "spec/expression.hpp"
#include "spec/fields.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

std::string told(const spec::ExpressionFault& fault) {
  return fmt::format("{}: {}", fault.where.column, fault.message);
}

std::string read(std::string_view text, bool literal = true) {
  try {
    spec::Expression expression = spec::parse_expression(text, {0, 7, 1}, literal);
    spec::resolve_words(expression, {"relu", "avg"});
    return spec::to_string(spec::evaluate(expression, {}));
  } catch (const spec::ExpressionFault& fault) {
    CHECK(fault.where.line == 7);
    return told(fault);
  }
}

std::string copies_of(const std::string& part, int times) {
  std::string text;
  for (int k = 0; k < times; ++k) text += part;
  return text;
}

}  // namespace

TEST_CASE("what is an expression", "[expression]") {
  struct Row {
    std::string text, value;
  };
  const auto row = GENERATE(values<Row>({
      {"  1  ", "1"},
      {"\t2\n", "2"},
      {"0", "0"},
      {"0e1", "0"},
      {"0E1", "0"},
      {"0.5", "0.5"},
      {".5 + .25", "0.75"},
      {"1e+3", "1000"},
      {"1E+2", "100"},
      {"1.5e-1", "0.15"},
      {"1+2", "3"},
      {"1e3+2", "1002"},
      {"2e-1-1", "-0.8"},
      {"1 + 1e+3", "1001"},
      {"5 - 2e-1", "4.8"},
      {"true", "1"},
      {"false", "0"},
      {"true and false", "0"},
      {"1 and not 0", "1"},
      {"0 or not 0", "1"},
      {"not not 1", "1"},
      {"not 1 in [2]", "1"},
      {"- - 1", "1"},
      {"+1", "1"},
      {"1 + + 1", "2"},
      {"1 - -1", "2"},
      {"-2 * -3", "6"},
      {"2 ** -1 ** 2", "0.5"},
      {"2 * (3 + 4) * 5", "70"},
      {"((7))", "7"},
      {"(1 < 2) == 1", "1"},
      {"1 == (2 > 1)", "1"},
      {"1 + 1 not in [2]", "0"},
      {"1 + 1 not in [3]", "1"},
      {"2 * 2 in [4]", "1"},
      {"1 in [1] and 0 in [0]", "1"},
      {"1 not in [1] or 2 not in [1]", "1"},
      {"1 == 1 and 2 == 2", "1"},
      {"relu == relu or 1 / 0", "1"},
      {"[1,]", "[1]"},
      {"[ ]", "[]"},
      {"[[1, 2], relu]", "[[1, 2], relu]"},
      {"min( 1 ,2 )", "1"},
  }));
  INFO(row.text);
  CHECK(read(row.text) == row.value);
}

TEST_CASE("what is none", "[expression]") {
  struct Row {
    std::string text, message;
  };
  const auto row = GENERATE(values<Row>({
      {"", "1: the expression '' ends too early"},
      {"   ", "4: the expression '   ' ends too early"},
      {"1 ? 2 : 3", "3: write 'x if condition else y' instead of 'condition ? x : y'"},
      {"1 || 0", "3: write 'or' instead of '||'"},
      {"1 | 0", "3: '|' doesn't belong here in '1 | 0'"},
      {"α", "1: 'α' doesn't belong here in 'α'"},
      {"1 + αβ", "5: 'α' doesn't belong here in '1 + αβ'"},
      {"0e", "1: '0e' is not a number here; write it as 12, 0.35 or 1e3"},
      {"1e*2", "1: '1e' is not a number here; write it as 12, 0.35 or 1e3"},
      {"1k+2", "1: '1k' is not a number here; write it as 12, 0.35 or 1e3"},
      {"1e+", "1: '1e+' is not a number here; write it as 12, 0.35 or 1e3"},
      {"00",
       "1: '00' is not a number here; a leading 0 would make it octal or hexadecimal elsewhere; "
       "write a decimal number"},
      {"1 + 01",
       "5: '01' is not a number here; a leading 0 would make it octal or hexadecimal elsewhere; "
       "write a decimal number"},
      {"0x1e+5",
       "1: '0x1e' is not a number here; a leading 0 would make it octal or hexadecimal elsewhere; "
       "write a decimal number"},
      {"12k", "1: '12k' is not a number here; write it as 12, 0.35 or 1e3"},
      {"1 + .", "5: '.' doesn't belong here in '1 + .'"},
      {"1e1000", "1: '1e1000' needs more than 64 bits"},
      {"1 + not 1", "5: 'not' doesn't belong here in '1 + not 1'"},
      {"-not 1", "2: 'not' doesn't belong here in '-not 1'"},
      {"1 < 2 == 1", "7: comparisons don't chain; write 'a < b and b < c'"},
      {"1 == 1 == 1", "8: comparisons don't chain; write 'a < b and b < c'"},
      {"1 == 1 in [1]", "8: comparisons don't chain; write 'a < b and b < c'"},
      {"1 != 1 not in [1]", "8: comparisons don't chain; write 'a < b and b < c'"},
      {"1 not in [1] == 0", "14: comparisons don't chain; write 'a < b and b < c'"},
      {"1 not 2", "7: '2' doesn't belong here in '1 not 2'"},
      {"1 not", "6: the expression '1 not' ends too early"},
      {"1 if 1 else", "12: the expression '1 if 1 else' ends too early"},
      {"1 if 1 2", "8: an 'if' without its 'else'; write 'x if condition else y'"},
      {"1 if 1 & 2", "8: an 'if' without its 'else'; write 'x if condition else y'"},
      {"1 if 1 ! 2", "8: write 'not' instead of '!'"},
      {"if", "1: 'if' doesn't belong here in 'if'"},
      {"else 1", "1: 'else' doesn't belong here in 'else 1'"},
      {"and 1", "1: 'and' doesn't belong here in 'and 1'"},
      {"or", "1: 'or' doesn't belong here in 'or'"},
      {"true(1)", "5: '(' doesn't belong here in 'true(1)'"},
      {"[1, 2",
       "6: '[1, 2' has no ']'; inside { } and [ ] an expression with a comma needs quotes"},
      {"(1", "3: '(1' has no ')'; inside { } and [ ] an expression with a comma needs quotes"},
      {"[1 2]", "4: '2' doesn't belong here in '[1 2]'"},
      {"(1, 2)", "3: ',' doesn't belong here in '(1, 2)'"},
      {"()", "2: ')' doesn't belong here in '()'"},
      {"[,]", "2: ',' doesn't belong here in '[,]'"},
      {"min(,1)", "5: ',' doesn't belong here in 'min(,1)'"},
      {"1)", "2: ')' doesn't belong here in '1)'"},
      {"2 * * 3", "5: '*' doesn't belong here in '2 * * 3'"},
      {"[1](1)", "4: '(' doesn't belong here in '[1](1)'"},
      {"-(-9223372036854775807 - 1)", "1: '-(-9223372036854775807 - 1)' needs more than 64 bits"},
      {"0 + relu", "5: a word 'relu' where a number is expected"},
      {"(0 + 1) * (2 + relu)", "16: a word 'relu' where a number is expected"},
      {"1 + relul", "5: unknown word 'relul'; did you mean 'relu'?"},
      {"(-0.5) ** 0.5", "8: a negative number to a broken power"},
  }));
  INFO(row.text);
  CHECK(read(row.text) == row.message);
}

TEST_CASE("functions of one number take one", "[expression]") {
  for (const std::string name : {"round", "floor", "ceil", "abs", "sqrt", "log2", "len"}) {
    CHECK(read(name + "()") == "1: '" + name + "' takes 1 value, not 0");
    CHECK(read(name + "(1, 2)") == "1: '" + name + "' takes 1 value, not 2");
  }
  CHECK(read("max()") == "1: 'max' takes at least 1 value, not 0");
  CHECK(read("max(" + copies_of("1, ", 60) + "7)") == "7");
  const std::vector<std::string> names = {"round", "floor", "ceil", "min",       "max",
                                          "abs",   "sqrt",  "log2", "divisible", "len"};
  CHECK(std::vector<std::string>(spec::function_names().begin(), spec::function_names().end()) ==
        names);
  CHECK(spec::reserved_words().size() == 12);
  CHECK(is_one_of("else", spec::reserved_words()));
  CHECK(spec::find_function("len") == spec::Function::kLen);
  CHECK(!spec::find_function("length"));
}

TEST_CASE("nesting has a bound", "[expression]") {
  const std::string message = "nested more than 100 levels deep";
  // The expression itself is a level.
  CHECK(read(copies_of("(", 99) + "1" + copies_of(")", 99)) == "1");
  CHECK(read(copies_of("(", 100) + "1" + copies_of(")", 100)) == "101: " + message);
  CHECK(read(copies_of("-", 99) + "1") == "-1");
  CHECK(read(copies_of("-", 100) + "1") == "100: " + message);
  CHECK(read("1" + copies_of(" ** 1", 99)) == "1");
  CHECK(read("1" + copies_of(" ** 1", 100)).ends_with(message));
  CHECK(read(copies_of("1 if 1 else ", 99) + "2") == "1");
  CHECK(read(copies_of("1 if 1 else ", 100) + "2").ends_with(message));
  // What is closed again doesn't count.
  CHECK(read("0" + copies_of(" + (1)", 150)) == "150");
  CHECK(read("0" + copies_of(" + -1", 150)) == "-150");
  CHECK(read("0" + copies_of(" + (1 if 1 else 2)", 150)) == "150");
}

TEST_CASE("operations in a row have a bound", "[expression]") {
  CHECK(read("0" + copies_of(" + 1", 999)) == "999");
  CHECK(read("0" + copies_of("+1", 1001))
            .ends_with("an expression of more than 1,000 operations in "
                       "a row"));
}

TEST_CASE("a long expression is shown in part", "[expression]") {
  const std::string text = copies_of("1234567890 + ", 10);
  CHECK(read(text) == fmt::format("131: the expression '{}' ends too early", shorten(text, 100)));
}

TEST_CASE("the text of an expression may be part of another", "[expression]") {
  CHECK(read(std::string_view("1 + .5").substr(0, 5)) == "5: '.' doesn't belong here in '1 + .'");
  CHECK(read(std::string_view("12 + 345").substr(0, 6)) == "15");
  CHECK(read(std::string_view("relu6").substr(0, 4)) == "relu");
  CHECK(read(std::string_view("2 ** 3").substr(0, 3)) == "4: the expression '2 *' ends too early");
}

TEST_CASE("parts of a text that isn't in the file as it is have its place", "[expression]") {
  CHECK(read("1 + + relu * (", false) == "1: the expression '1 + + relu * (' ends too early");
  CHECK(read("1 + relu", false) == "1: a word 'relu' where a number is expected");
}

TEST_CASE("numbers and lists as expressions", "[expression]") {
  const SourceRef where{1, 2, 3}, other{0, 5, 6};
  const spec::Expression number = spec::literal(Rational(7, 2), where);
  CHECK(number.text == "3.5");
  CHECK(number.where == where);
  CHECK(number.root().where == where);
  CHECK(!number.is_list());
  CHECK(spec::to_string(spec::evaluate(number, {})) == "3.5");
  const spec::Expression list = spec::list_expression(
      {spec::parse_expression("1 + 2", other), number, spec::parse_expression("[4 * 5, 6]", other)},
      where);
  CHECK(list.text == "[1 + 2, 3.5, [4 * 5, 6]]");
  CHECK(list.where == where);
  CHECK(list.root().where == where);
  CHECK(list.is_list());
  CHECK(spec::to_string(spec::evaluate(list, {})) == "[3, 3.5, [20, 6]]");
  CHECK(list.plain_name() == nullptr);
  const spec::Expression name = spec::parse_expression("relu", other);
  REQUIRE(name.plain_name() != nullptr);
  CHECK(name.plain_name()->text == "relu");
  CHECK(name.find(spec::Scope::kUnresolved) == name.plain_name());
  CHECK(name.find(spec::Scope::kWord) == nullptr);
}

TEST_CASE("sizes of other layers end with c, h or w behind a dot", "[expression]") {
  const auto size = [](std::string_view text) {
    const auto found = spec::tensor_size(text);
    return found ? found->path + " " + found->size : std::string("none");
  };
  CHECK(size("skip.c") == "skip c");
  CHECK(size("a.b.h") == "a.b h");
  CHECK(size("x.w") == "x w");
  for (const char* text : {"skip", "skip.d", "skip.cc", ".c", "skip.", "", "c", "a.c.b1"}) {
    INFO(text);
    CHECK(size(text) == "none");
  }
}
