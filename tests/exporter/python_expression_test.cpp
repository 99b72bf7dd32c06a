// SPDX-License-Identifier: Apache-2.0
// Expressions, constants and names of the spec language as Python.
#include "exporter/python_expression.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "exporter/torch_layer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Names: words are in capitals, those with r are real, those with l are lists.
spec::Expression bound_expression(const std::string& text) {
  spec::Expression expression = spec::parse_expression(text, {});
  for (spec::ExpressionNode& node : expression.nodes) {
    const bool word = !node.text.empty() && node.text[0] >= 'A' && node.text[0] <= 'Z';
    if (node.op == spec::ExpressionOp::kName)
      node.scope = word ? spec::Scope::kWord : spec::Scope::kArgument;
    if (node.op != spec::ExpressionOp::kCall) continue;
    node.scope = spec::Scope::kArgument;
    node.function = spec::find_function(node.text).value_or(spec::Function::kNone);
  }
  return expression;
}

bool is_real_name(const spec::ExpressionNode& node) { return node.text.starts_with("r"); }
bool is_list_name(const spec::ExpressionNode& node) { return node.text.starts_with("l"); }

struct Translation {
  std::string text;
  std::string helpers;
};

Translation translation(const std::string& text, char form = 'v') {
  const spec::Expression expression = bound_expression(text);
  std::set<std::string> helpers;
  const exporter::PythonNames names = {
      [](const spec::ExpressionNode& node) {
        return node.text == "sum" ? "a + b" : node.text == "path" ? "self.a_1.out" : node.text;
      },
      is_real_name, &helpers, is_list_name};
  Translation result;
  result.text = form == 'c'   ? exporter::python_condition(expression, names)
                : form == 'r' ? exporter::python_real(expression, names)
                              : exporter::python_value(expression, names);
  for (const std::string& helper : helpers) result.helpers += helper + " ";
  return result;
}

std::string value_text(const std::string& text) { return translation(text).text; }
std::string condition_text(const std::string& text) { return translation(text, 'c').text; }
std::string real_text(const std::string& text) { return translation(text, 'r').text; }

}  // namespace

TEST_CASE("operators keep their order in Python", "[export]") {
  // What is the same in both languages.
  for (const std::string text : {"a + b - c",
                                 "a - b + c",
                                 "a - (b + c)",
                                 "a - (b - c)",
                                 "a * b // c",
                                 "a * (b // c)",
                                 "a // (b * c)",
                                 "a % b * c",
                                 "a * (b % c)",
                                 "(a + b) * c",
                                 "a * (b + c)",
                                 "-a + b",
                                 "-(a + b)",
                                 "-a * b",
                                 "a - -b",
                                 "a == b",
                                 "a != b",
                                 "a < b",
                                 "a <= b",
                                 "a > b",
                                 "a >= b",
                                 "a in (1, 2)",
                                 "a not in (1, 2)",
                                 "not a",
                                 "not (a and b)",
                                 "not a and b",
                                 "a and b or c",
                                 "a and (b or c)",
                                 "(a or b) and c",
                                 "a or b and c",
                                 "(a == b) == c",
                                 "a == (b == c)",
                                 "a + b == c * 2",
                                 "a if b else c",
                                 "a if b or c else b if a else c",
                                 "(a if b else c) if a else c",
                                 "a if (b if c else a) else c",
                                 "(a if b else c) + 1",
                                 "not (a if b else c)",
                                 "(not a) == b",
                                 "a ** 2",
                                 "(a + b) ** 2",
                                 "(-a) ** 2",
                                 "-a ** 2",
                                 "a ** 2 * b",
                                 "(a ** 2) ** 3",
                                 "2 * a ** 2"}) {
    const std::string spec = text == "a in (1, 2)"       ? "a in [1, 2]"
                             : text == "a not in (1, 2)" ? "a not in [1, 2]"
                                                         : text;
    INFO(text);
    CHECK(value_text(spec) == text);
    CHECK(translation(spec).helpers.empty());
    CHECK(condition_text(spec) == text);
  }
  CHECK(value_text("a and (b and c)") == "a and b and c");
  CHECK(value_text("a or (b or c)") == "a or b or c");
  CHECK(value_text("a + b * c") == "a + b * c");
  CHECK(value_text("a == b + c") == "a == b + c");
  CHECK(value_text("sum * 2") == "(a + b) * 2");
  CHECK(value_text("2 - sum") == "2 - (a + b)");
  CHECK(value_text("path * 2") == "self.a_1.out * 2");
  CHECK(value_text("a == WORD") == "a == \"WORD\"");
}

TEST_CASE("what may be a fraction is made exact", "[export]") {
  const auto exact = [](const std::string& text, const std::string& python) {
    INFO(text);
    CHECK(value_text(text) == "exact(" + python + ")");
    CHECK(contains(translation(text).helpers, "exact "));
    CHECK(condition_text(text) == python);
    CHECK(exporter::may_be_real(bound_expression(text), is_real_name));
  };
  exact("c / 4", "Fraction(c, 4)");
  exact("c / 4 * 4", "Fraction(c, 4) * 4");
  exact("(c + 1) / (d - 1)", "Fraction(c + 1, d - 1)");
  exact("r * c", "r * c");
  exact("c - r", "c - r");
  exact("-r", "-r");
  exact("r % 2", "r % 2");
  exact("r ** 2", "r ** 2");
  exact("c ** d", "Fraction(c) ** d");
  exact("c ** -1", "Fraction(c) ** -1");
  exact("c ** (d + 1)", "Fraction(c) ** (d + 1)");
  exact("c ** 0.5", "Fraction(c) ** Fraction(\"0.5\")");
  exact("c + 0.5", "c + Fraction(\"0.5\")");
  exact("r if a else c", "r if a else c");
  exact("c if a else 0.5", "c if a else Fraction(\"0.5\")");
  exact("[c, r]", "(c, r)");
  exact("min(c, r)", "min(c, r)");
  exact("max(r, c)", "max(r, c)");
  exact("abs(r)", "abs(r)");
  exact("sqrt(c)", "exact_sqrt(c)");
  exact("log2(c)", "math.log2(c)");
  for (const std::string text : {"r", "c", "0.5", "r(1)", "WORD"}) {  // as they are
    INFO(text);
    CHECK(translation(text).helpers.empty());
  }
  CHECK(value_text("0.5") == "Fraction(\"0.5\")");
  CHECK(value_text("r(1)") == "r[0]");
  for (const std::string whole :
       {"c",         "2",           "c + d * 2", "c // 2",           "r // 2",
        "round(r)",  "ceil(r * 2)", "floor(r)",  "divisible(r * c)", "len(r)",
        "min(c, d)", "abs(c)",      "c ** 2",    "c ** 0",           "WORD",
        "c == r",    "c < r and d", "not r",     "c if r else d",    "w(1)",
        "[c, d]"}) {
    INFO(whole);
    CHECK(exporter::may_be_real(bound_expression(whole), is_real_name) ==
          (whole == "c if r else d"));
  }
  CHECK(exporter::may_be_real(bound_expression("r(1)"), is_real_name));
  CHECK_FALSE(exporter::may_be_real(bound_expression("Real"), [](const auto&) { return true; }));
}

TEST_CASE("floats are floored and divided by functions that take them", "[export]") {
  CHECK(value_text("log2(c) // 2") == "math.floor(math.log2(c) // 2)");
  CHECK(value_text("c // sqrt(d)") == "math.floor(c // exact_sqrt(d))");
  CHECK(value_text("(c + 1) // (sqrt(d) + 1)") == "math.floor((c + 1) // (exact_sqrt(d) + 1))");
  CHECK(value_text("c // (d // sqrt(2))") == "c // math.floor(d // exact_sqrt(2))");
  CHECK(value_text("r // 2") == "r // 2");
  const auto quotient = [](const std::string& text) {
    const Translation made = translation(text);
    CHECK(contains(made.helpers, "quotient ") == contains(made.text, "quotient("));
    return made.text;
  };
  CHECK(quotient("sqrt(c) / 2") == "exact(quotient(exact_sqrt(c), 2))");
  CHECK(quotient("2 / log2(c)") == "exact(quotient(2, math.log2(c)))");
  for (const char* real :
       {"(sqrt(c) + 1)", "-sqrt(c)", "(sqrt(c) if a else 1)", "(1 if a else sqrt(c))",
        "max(1, sqrt(c))", "min(sqrt(c), 2)", "abs(sqrt(c))", "sqrt(c) ** 2", "(c ** d)",
        "(sqrt(c) % 2)", "sqrt(c) / 2", "2 * sqrt(c)", "(2 - sqrt(c))", "c ** 0.5", "c ** -2"}) {
    INFO(real);
    CHECK(contains(quotient(std::string(real) + " / 3"), "quotient("));
  }
  for (const char* whole : {"c", "r", "round(sqrt(c))", "(sqrt(c) // 2)", "len(c)", "c ** 2",
                            "(sqrt(c) == 2)", "max(c, d)", "w(1)"}) {
    INFO(whole);
    CHECK_FALSE(contains(quotient(std::string(whole) + " / 3"), "quotient("));
  }
}

TEST_CASE("functions have the names of Python and of helpers", "[export]") {
  const auto with = [](const std::string& text) {
    const Translation made = translation(text);
    return made.text + (made.helpers.empty() ? "" : " needs " + made.helpers);
  };
  CHECK(with("round(c)") == "round_half_up(c) needs round_half_up ");
  CHECK(with("floor(c)") == "math.floor(c)");
  CHECK(with("ceil(c)") == "math.ceil(c)");
  CHECK(with("abs(c)") == "abs(c)");
  CHECK(with("len(l)") == "len(l)");
  CHECK(with("sqrt(c)") == "exact(exact_sqrt(c)) needs exact exact_sqrt ");
  CHECK(with("divisible(c)") == "divisible(c) needs divisible ");
  CHECK(with("divisible(c, 8)") == "divisible(c) needs divisible ");
  CHECK(with("divisible(c, 4)") == "divisible(c, 4) needs divisible ");
  CHECK(with("divisible(8, c)") == "divisible(8, c) needs divisible ");
  // Lists in lists are flat; a single number is itself.
  CHECK(with("max(c, [1, [d]])") == "max(c, 1, d)");
  CHECK(with("min([c + 1])") == "(c + 1)");
  CHECK(with("min(c)") == "c");
  CHECK(with("max(l)") == "max(numbers_in(l)) needs numbers_in ");
  CHECK(with("min(1, l)") == "min(numbers_in(1, l)) needs numbers_in ");
  CHECK(with("max(c, l if a else d)") == "max(numbers_in(c, l if a else d)) needs numbers_in ");
  CHECK(with("max(c, d if a else l)") == "max(numbers_in(c, d if a else l)) needs numbers_in ");
  CHECK(with("max(c, d if l else a)") == "max(c, d if l else a)");
  CHECK(with("max(c, l(1))") == "max(c, l[0])");
}

TEST_CASE("lists are tuples, whose elements count from 0", "[export]") {
  CHECK(value_text("[]") == "()");
  CHECK(value_text("[c]") == "(c,)");
  CHECK(value_text("[c, [1, d]]") == "(c, (1, d))");
  CHECK(value_text("w(1)") == "w[0]");
  CHECK(value_text("w(12)") == "w[11]");
  CHECK(value_text("w(i)") == "w[i - 1]");
  CHECK(value_text("w(i + 1)") == "w[i]");
  CHECK(value_text("w(1 + i)") == "w[i]");
  CHECK(value_text("w(i + 3)") == "w[i + 2]");
  CHECK(value_text("w(3 + i)") == "w[i + 2]");
  CHECK(value_text("w(i + 0)") == "w[i - 1]");
  CHECK(value_text("w(i - 1)") == "w[i - 2]");
  CHECK(value_text("w(i - 3)") == "w[i - 4]");
  CHECK(value_text("w(3 - i)") == "w[3 - i - 1]");
  CHECK(value_text("w(i + j)") == "w[i + j - 1]");
  CHECK(value_text("w(2 * i)") == "w[2 * i - 1]");
  CHECK(value_text("w(2 * i + 1)") == "w[2 * i]");
  CHECK(value_text("w(i if a else 2)") == "w[(i if a else 2) - 1]");
  CHECK(value_text("w((i if a else 2) + 2)") == "w[(i if a else 2) + 1]");
}

TEST_CASE("values that may be lists", "[export]") {
  const auto may_be = [](const std::string& text) {
    return exporter::may_be_list(bound_expression(text), is_list_name);
  };
  for (const char* list : {"l", "[1, 2]", "l if a else 1", "1 if a else l", "[] if a else b"}) {
    INFO(list);
    CHECK(may_be(list));
  }
  for (const char* number : {"c", "l(1)", "1 if l else 2", "max(l)", "l + 1", "WORD"}) {
    INFO(number);
    CHECK_FALSE(may_be(number));
  }
  CHECK_FALSE(exporter::may_be_list(bound_expression("List"), [](const auto&) { return true; }));
}

TEST_CASE("numbers that need not be exact are floats", "[export]") {
  CHECK(real_text("0.25") == "0.25");
  CHECK(real_text("3") == "3");
  CHECK(real_text("c / 4") == "float(Fraction(c, 4))");
  CHECK(real_text("r") == "float(r)");
}

TEST_CASE("constants are written as Python has them", "[export]") {
  const auto constant = [](const std::string& text) {
    return exporter::python_constant(spec::evaluate(spec::parse_expression(text, {}), {}));
  };
  CHECK(constant("12") == "12");
  CHECK(constant("-3") == "-3");
  CHECK(constant("0.35") == "0.35");
  CHECK(constant("4 / 7") == "Fraction(4, 7)");
  CHECK(constant("-1 / 3") == "Fraction(-1, 3)");
  CHECK(constant("[]") == "()");
  CHECK(constant("[1]") == "(1,)");
  CHECK(constant("[1, 0.5, [2]]") == "(1, 0.5, (2,))");
  CHECK(exporter::python_constant(spec::Number::inexact(1.25)) == "1.25");
  CHECK(exporter::python_constant(spec::Word{"same"}) == "\"same\"");
  CHECK(exporter::python_text("a\"b\\c\nd\x1f e ~") == "\"a\\\"b\\\\c\\x0ad\\x1f e ~\"");
  CHECK(exporter::python_text("") == "\"\"");
  CHECK(exporter::python_text("α") == "\"α\"");
  CHECK(exporter::python_doc("a \"b\" \\c\\") == "a 'b' /c/");
}

TEST_CASE("names that Python or the files use get an underscore", "[export]") {
  for (const char* taken :
       {"lambda",      "None", "in",        "yield", "self",  "torch",   "nn",
        "F",           "math", "Fraction",  "super", "range", "setattr", "float",
        "min",         "max",  "abs",       "len",   "sum",   "int",     "tuple",
        "in_channels", "x",    "divisible", "exact", "Add",   "False",   "continue"}) {
    CHECK(exporter::python_name(taken) == std::string(taken) + "_");
  }
  for (const char* free : {"c", "y", "widths", "In", "_", "a1", "lambda_"})
    CHECK(exporter::python_name(free) == free);
  CHECK(exporter::python_name("a-b.c d") == "a_b_c_d");
  CHECK(exporter::python_name("9a") == "_9a");
  CHECK(exporter::python_name("0") == "_0");
  CHECK(exporter::python_name("") == "");
  CHECK(exporter::python_name("min!") == "min_");

  CHECK(exporter::python_class("conv_bn_relu") == "ConvBnRelu");
  CHECK(exporter::python_class("__a__b") == "AB");
  CHECK(exporter::python_class("aB_cD") == "ABCD");
  CHECK(exporter::python_class("net") == "Net");
  CHECK(exporter::python_class("resnet") == "ResNet");
  CHECK(exporter::python_class("resnet50") == "ResNet50");
  CHECK(exporter::python_class("resnetx") == "Resnetx");
  CHECK(exporter::python_class("9net") == "Net9Net");
  CHECK(exporter::python_class("netnet") == "NetNet");
  CHECK(exporter::python_class("0") == "Net0");
  CHECK(exporter::python_class("") == "Net");
  CHECK(exporter::python_class("+") == "Net");
  for (const char* taken : {"none", "true", "false", "f", "fraction", "add", "scale"}) {
    std::string name = taken;
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    CHECK(exporter::python_class(taken) == name + "Block");
  }
}

TEST_CASE("texts of expressions as operands, tuples and arguments", "[export]") {
  using Parts = std::vector<std::string>;
  CHECK(exporter::tuple_elements("c") == Parts{"c"});
  CHECK(exporter::tuple_elements("(1, 7)") == Parts{"1", "7"});
  CHECK(exporter::tuple_elements("(f(a, b), (c, d), e[1, 2])") ==
        Parts{"f(a, b)", "(c, d)", "e[1, 2]"});
  CHECK(exporter::tuple_elements("(a) + (b)") == Parts{"(a) + (b)"});
  CHECK(exporter::tuple_elements("(a + b)") == Parts{"a + b"});
  CHECK(exporter::tuple_elements("f(a, b)") == Parts{"f(a, b)"});
  CHECK(exporter::tuple_elements("(a, b") == Parts{"(a, b"});

  for (const char* tight : {"c", "f(a + b)", "w[i - 1]", "a * b", "a // b", "a % b", "-a"})
    CHECK(exporter::left_factor(tight) == tight);
  for (const std::string loose : {"a + b", "a - b", "a if b else c", "a == b", "a * b + c",
                                  "a and b", "not a", "a in b", "f(a) + b", "w[i] - f(b)"}) {
    CHECK(exporter::left_factor(loose) == "(" + loose + ")");
    CHECK(exporter::right_factor(loose) == "(" + loose + ")");
  }
  for (const char* tight : {"c", "f(a + b)", "w[i - 1]", "-a", "(a + b)"})
    CHECK(exporter::right_factor(tight) == tight);
  for (const std::string product : {"a * b", "a // b", "a % b", "f(a) * b"})
    CHECK(exporter::right_factor(product) == "(" + product + ")");

  for (const char* number : {"0", "12", "99999999999999999"})
    CHECK(exporter::is_whole_literal(number));
  for (const char* other : {"", "-1", "1.5", "a1", "999999999999999999"})
    CHECK_FALSE(exporter::is_whole_literal(other));
  for (const char* simple : {"a", "12", "a_1"}) {
    CHECK(exporter::is_simple(simple));
    CHECK(exporter::is_path(simple));
  }
  CHECK(exporter::is_path("self.a.out"));
  for (const char* other : {"", "a b", "a[1]", "a + b"}) {
    CHECK_FALSE(exporter::is_simple(other));
    CHECK_FALSE(exporter::is_path(other));
  }
  CHECK_FALSE(exporter::is_simple("self.a"));
  CHECK(exporter::call("f", {}) == "f()");
  CHECK(exporter::call("f", {"", "a", "", "b=1"}) == "f(a, b=1)");
  CHECK(exporter::keyword("k", "1", "1").empty());
  CHECK(exporter::keyword("k", "2", "1") == "k=2");
}
