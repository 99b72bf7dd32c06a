// SPDX-License-Identifier: Apache-2.0
// Python statements that are as wide as a line, or wider by one character.
#include "exporter/python_format.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A name of so many characters.
std::string wide_word(std::size_t width) { return std::string(width, 'w'); }

std::string joined_lines(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) text += part + "\n";
  return text;
}

std::string broken_statement(const std::string& statement, int depth = 0) {
  const std::string text = exporter::python_statement(statement, depth);
  // What it says is the same, but for blanks, line ends and commas before a bracket.
  std::string plain, given;
  for (const char c : text) plain += c == '\n' || c == ' ' ? "" : std::string(1, c);
  for (const char c : statement) given += c == ' ' ? "" : std::string(1, c);
  if (!contains(plain, ",)") && !contains(plain, ",]") && plain.size() == given.size())
    CHECK(plain == given);
  return text;
}

}  // namespace

TEST_CASE("a statement of 88 characters is one line, at any depth", "[export]") {
  for (const int depth : {0, 1, 3}) {
    const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
    const std::string fits = "f(" + wide_word(88 - indent.size() - 3) + ")";
    CHECK(broken_statement(fits, depth) == indent + fits + "\n");
    const std::string wider = wide_word(88 - indent.size() - 2);
    CHECK(
        broken_statement("f(" + wider + ")", depth) ==
        joined_lines({indent + "f(",
                      indent + "    " + wider + (wider.size() + 4 + indent.size() > 88 ? "," : ""),
                      indent + ")"}));
  }
  // As a terminal shows them: α has two bytes.
  CHECK(broken_statement("f(" + wide_word(84) + "α)") == "f(" + wide_word(84) + "α)\n");
}

TEST_CASE("what is inside of the last brackets is one line or one for each element", "[export]") {
  CHECK(broken_statement("fun(" + wide_word(40) + ", " + wide_word(42) + ")") ==
        joined_lines({"fun(", "    " + wide_word(40) + ", " + wide_word(42), ")"}));
  CHECK(broken_statement("fun(" + wide_word(40) + ", " + wide_word(43) + ")") ==
        joined_lines({"fun(", "    " + wide_word(40) + ",", "    " + wide_word(43) + ",", ")"}));
  CHECK(broken_statement("f(a)(" + wide_word(86) + ")") ==
        joined_lines({"f(a)(", "    " + wide_word(86) + ",", ")"}));
  CHECK(broken_statement("f[a](" + wide_word(86) + ")") ==
        joined_lines({"f[a](", "    " + wide_word(86) + ",", ")"}));
  CHECK(broken_statement("f(a).b(" + wide_word(50) + ", c).d") ==
        "f(a).b(" + wide_word(50) + ", c).d\n");
  CHECK(broken_statement("f(" + wide_word(80) + ").b()") ==
        joined_lines({"f(" + wide_word(80) + ").b()"}));
  // An index and parentheses that only group take no comma; a call, a set and a tuple do.
  CHECK(broken_statement("w[" + wide_word(86) + "]") ==
        joined_lines({"w[", "    " + wide_word(86), "]"}));
  CHECK(broken_statement("(" + wide_word(87) + ")") ==
        joined_lines({"(", "    " + wide_word(87), ")"}));
  CHECK(broken_statement("x_(" + wide_word(86) + ")") ==
        joined_lines({"x_(", "    " + wide_word(86) + ",", ")"}));
  CHECK(broken_statement("{" + wide_word(87) + "}") ==
        joined_lines({"{", "    " + wide_word(87) + ",", "}"}));
  CHECK(broken_statement("[" + wide_word(87) + "]") ==
        joined_lines({"[", "    " + wide_word(87) + ",", "]"}));
  CHECK(broken_statement("(" + wide_word(60) + ", " + wide_word(60) + ")") ==
        joined_lines({"(", "    " + wide_word(60) + ",", "    " + wide_word(60) + ",", ")"}));
  CHECK(broken_statement("(" + wide_word(86) + ",)") ==
        joined_lines({"(", "    " + wide_word(86) + ",", ")"}));
  CHECK(broken_statement("f(" + wide_word(40) + ", g(" + wide_word(40) + ", a), b)") ==
        joined_lines({"f(", "    " + wide_word(40) + ",", "    g(" + wide_word(40) + ", a),",
                      "    b,", ")"}));
  // Elements that are too wide themselves are broken in turn.
  CHECK(broken_statement("f(a, g(" + wide_word(40) + ", " + wide_word(40) + "), c)") ==
        joined_lines({"f(", "    a,", "    g(", "        " + wide_word(40) + ",",
                      "        " + wide_word(40) + ",", "    ),", "    c,", ")"}));
  CHECK(broken_statement("f(g(" + wide_word(40) + ", b) for a in (" + wide_word(20) + ", " +
                         wide_word(30) + "))") ==
        joined_lines({"f(", "    g(" + wide_word(40) + ", b) for a in (",
                      "        " + wide_word(20) + ", " + wide_word(30), "    )", ")"}));
}

TEST_CASE("brackets and commas in texts separate nothing", "[export]") {
  CHECK(broken_statement("f(\"a, (b\", '" + wide_word(40) + "]', \"\\\"),\", " + wide_word(40) +
                         ")") ==
        joined_lines({"f(", "    \"a, (b\",", "    '" + wide_word(40) + "]',", "    \"\\\"),\",",
                      "    " + wide_word(40) + ",", ")"}));
  CHECK(broken_statement("f(\"it's\", " + wide_word(40) + ", {1: 2, 3: (4, 5)}, " + wide_word(40) +
                         ")") ==
        joined_lines({"f(", "    \"it's\",", "    " + wide_word(40) + ",", "    {1: 2, 3: (4, 5)},",
                      "    " + wide_word(40) + ",", ")"}));
  CHECK(broken_statement("x = \" + " + wide_word(50) + " and \" + " + wide_word(40)) ==
        joined_lines(
            {"x = (", "    \" + " + wide_word(50) + " and \"", "    + " + wide_word(40), ")"}));
}

TEST_CASE("operators that bind least are broken first, each with its operand", "[export]") {
  const std::string a = wide_word(40), b = std::string(40, 'v');
  const auto value = [&](const std::string& operation, std::initializer_list<std::string> parts) {
    std::string expected = "x = (\n";
    for (const std::string& part : parts) expected += "    " + part + "\n";
    CHECK(broken_statement("x = " + operation) == expected + ")\n");
  };
  for (const std::string sign : {"and", "or", "==", "!=", "<", ">", "<=", ">=", "not in", "in", "+",
                                 "-", "*", "/", "//", "%"}) {
    INFO(sign);
    value(a + " " + sign + " " + b + " " + sign + " c", {a, sign + " " + b, sign + " c"});
  }
  value(a + " if " + b + " else c", {a, "if " + b, "else c"});
  value(a + " if c else " + b, {a, "if c", "else " + b});
  value(a + " * d if " + b + " == c else e", {a + " * d", "if " + b + " == c", "else e"});
  value(a + " + c and " + b + " == d", {a + " + c", "and " + b + " == d"});
  value(a + " + c == " + b + " * d", {a + " + c", "== " + b + " * d"});
  value(a + " * c + " + b + " * d", {a + " * c", "+ " + b + " * d"});
  value(a + " * (c + " + b + ") - d", {a, "* (c + " + b + ")", "- d"});
}

TEST_CASE("a value is put into parentheses where it has no brackets of its own", "[export]") {
  const std::string a = wide_word(45), b = std::string(45, 'v');
  CHECK(broken_statement("x = " + a + " + " + b) ==
        joined_lines({"x = (", "    " + a, "    + " + b, ")"}));
  CHECK(broken_statement("x = " + a + " + " + b.substr(9)) ==
        joined_lines({"x = " + a + " + " + b.substr(9)}));
  CHECK(broken_statement("x = " + a + " + " + b.substr(8)) ==
        joined_lines({"x = (", "    " + a, "    + " + b.substr(8), ")"}));
  CHECK(broken_statement("x.y[0] = " + a + " + " + b) ==
        joined_lines({"x.y[0] = (", "    " + a, "    + " + b, ")"}));
  CHECK(broken_statement("return " + a + " + " + b) ==
        joined_lines({"return (", "    " + a, "    + " + b, ")"}));
  CHECK(broken_statement("if " + a + " == " + b + ":", 1) ==
        joined_lines({"    if (", "        " + a, "        == " + b, "    ):"}));
  CHECK(broken_statement("elif " + a + " == " + b + ":") ==
        joined_lines({"elif (", "    " + a, "    == " + b, "):"}));
  // No value: brackets or nothing.
  CHECK(broken_statement("f(a=" + a + ", b=" + b + ")") ==
        joined_lines({"f(", "    a=" + a + ",", "    b=" + b + ",", ")"}));
  CHECK(broken_statement("import " + a + b) == joined_lines({"import " + a + b}));
  CHECK(broken_statement("x == " + a + b) == joined_lines({"x == " + a + b}));
  // A call at the end is broken where what stands before it fits.
  CHECK(broken_statement("x = a + f(" + a + ", " + b + ")") ==
        joined_lines({"x = a + f(", "    " + a + ",", "    " + b + ",", ")"}));
  CHECK(broken_statement("x = " + wide_word(75) + " + f(" + a + ")") ==
        joined_lines({"x = " + wide_word(75) + " + f(", "    " + a, ")"}));
  CHECK(broken_statement("x = " + wide_word(79) + " + f(" + a + ")") ==
        joined_lines({"x = " + wide_word(79) + " + f(", "    " + a, ")"}));
  CHECK(broken_statement("x = " + wide_word(80) + " + f(" + a + ")") ==
        joined_lines({"x = (", "    " + wide_word(80), "    + f(" + a + ")", ")"}));
  CHECK(broken_statement("x = " + a + " + " + b + "()") ==
        joined_lines({"x = (", "    " + a, "    + " + b + "()", ")"}));
  CHECK(broken_statement("x = g(c) * " + wide_word(75) + " + f(" + a + ")") ==
        joined_lines({"x = g(c) * " + wide_word(75) + " + f(", "    " + a, ")"}));
  CHECK(broken_statement("x = [" + a + ", c] + " + b) ==
        joined_lines({"x = [", "    " + a + ", c", "] + " + b}));
  CHECK(broken_statement("x = c + " + a + " + " + b) ==
        joined_lines({"x = (", "    c", "    + " + a, "    + " + b, ")"}));
  CHECK(broken_statement("x = " + wide_word(90)) == joined_lines({"x = " + wide_word(90)}));
  CHECK(broken_statement("x = c + d + f(" + a + ", " + b + ")") ==
        joined_lines({"x = (", "    c", "    + d", "    + f(", "        " + a + ",",
                      "        " + b + ",", "    )", ")"}));
  // Brackets at its beginning are broken where what follows them fits.
  CHECK(broken_statement("x = (a + c) * " + wide_word(80)) ==
        joined_lines({"x = (", "    a + c", ") * " + wide_word(80)}));
  CHECK(broken_statement("x = (a + c) * " + wide_word(81)) ==
        joined_lines({"x = (", "    (a + c)", "    * " + wide_word(81), ")"}));
  CHECK(broken_statement("x = (a + c) * f(" + wide_word(79) + ")") ==
        joined_lines({"x = (", "    (a + c)", "    * f(" + wide_word(79) + ")", ")"}));
  CHECK(broken_statement("x = [a, c] + f[" + wide_word(79) + "]") ==
        joined_lines({"x = (", "    [a, c]", "    + f[" + wide_word(79) + "]", ")"}));
}

TEST_CASE("a comma behind an element counts, and follows its last operand", "[export]") {
  const std::string fits = wide_word(40) + " + " + wide_word(40),
                    wider = wide_word(40) + " + " + wide_word(41);
  REQUIRE(fits.size() == 83);
  CHECK(broken_statement("f(a, " + fits + ")") ==
        joined_lines({"f(", "    a,", "    " + fits + ",", ")"}));
  CHECK(broken_statement("f(a, " + wider + ", b)") ==
        joined_lines({"f(", "    a,", "    " + wide_word(40), "    + " + wide_word(41) + ",",
                      "    b,", ")"}));
  CHECK(broken_statement("f(a, " + wide_word(40) + " + " + wide_word(20) + " + " + wide_word(40) +
                         ")") ==
        joined_lines({"f(", "    a,", "    " + wide_word(40), "    + " + wide_word(20),
                      "    + " + wide_word(40) + ",", ")"}));
}
