// SPDX-License-Identifier: Apache-2.0
// Numbers of expressions: exact, broken and traced ones give the same.
#include <algorithm>
#include <cmath>

#include "core/trace.hpp"
#include "spec/value.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

bool is_exactly(const spec::Number& number, const Rational& value) {
  return number.is_exact() && number.shown() == value;
}

}  // namespace

TEST_CASE("traced fractions give what exact ones give", "[spec]") {
  std::size_t wrong = 0;
  for (std::int64_t n = -4; n <= 4; ++n) {
    for (std::int64_t d = 1; d <= 3; ++d) {
      for (std::int64_t m = -3; m <= 3; ++m) {
        for (std::int64_t e = 1; e <= 3; ++e) {
          Trace trace;
          const TraceScope scope(trace);
          const spec::Number traced_n = spec::Number(trace.input(n, -10, 10)) / spec::Number(d);
          const spec::Number traced_m = spec::Number(trace.input(m, -10, 10)) / spec::Number(e);
          const spec::Number exact_n = Rational(n, d), exact_m = Rational(m, e);
          const spec::Number pairs[3][2] = {
              {traced_n, exact_m}, {exact_n, traced_m}, {traced_n, traced_m}};
          for (const auto& [a, b] : pairs) {
            const Rational x(n, d), y(m, e);
            wrong += !is_exactly(a + b, x + y);
            wrong += !is_exactly(a - b, x - y);
            wrong += !is_exactly(a * b, x * y);
            if (m != 0) {
              wrong += !is_exactly(a / b, x / y);
              wrong += (a / b).floor() != Count((x / y).floor());
              wrong += (a / b < spec::Number(1)) != (x / y < Rational(1));
            }
            wrong += (a == b) != (x == y);
            wrong += (a < b) != (x < y);
            wrong += !is_exactly(larger(a, b), std::max(x, y));
            wrong += !is_exactly(smaller(a, b), std::min(x, y));
            wrong += !is_exactly(less_as_number(a, b), Rational(x < y ? 1 : 0));
          }
          wrong += traced_n.is_whole() != (n % d == 0);
          wrong += traced_n.floor() != Count(Rational(n, d).floor());
          wrong += traced_n.to_double() != Rational(n, d).to_double();
          wrong += traced_n.exact() != Rational(n, d);
          wrong += to_string(traced_n) != to_string(Rational(n, d));
          if (n % d == 0) wrong += traced_n.whole() != Count(n / d);
        }
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("exact numbers compare and combine", "[spec]") {
  const spec::Number half = Rational(1, 2), two = 2;
  CHECK(larger(half, two) == two);
  CHECK(larger(two, half) == two);
  CHECK(smaller(half, two) == half);
  CHECK(smaller(two, half) == half);
  CHECK(less_as_number(half, two) == spec::Number(1));
  CHECK(less_as_number(two, half) == spec::Number(0));
  CHECK(less_as_number(two, two) == spec::Number(0));
  CHECK(half / two == spec::Number(Rational(1, 4)));
  CHECK(two / half == spec::Number(4));
  CHECK(two.whole() == Count(2));
  CHECK(!half.is_whole());
  CHECK(two.is_whole());
  CHECK(spec::Number(Rational(-1, 2)).floor() == Count(-1));
}

TEST_CASE("a broken number makes a result broken", "[spec]") {
  const spec::Number root = spec::Number::inexact(1.5), exact = Rational(1, 2);
  for (const spec::Number& sum : {root + exact, exact + root}) {
    CHECK(!sum.is_exact());
    CHECK(sum.to_double() == 2);
    CHECK(!sum.is_whole());  // not known to be exactly that
  }
  CHECK((root - exact).to_double() == 1);
  CHECK((exact - root).to_double() == -1);
  CHECK((root * exact).to_double() == 0.75);
  CHECK((root / exact).to_double() == 3);
  CHECK((exact / root).to_double() == Approx(1.0 / 3));
  CHECK(exact < root);
  CHECK(!(spec::Number::inexact(0.5) < exact));
  CHECK(!(exact < spec::Number::inexact(0.5)));
  CHECK(!(root < exact));
  CHECK(spec::Number::inexact(0.5) == exact);
  CHECK(exact == spec::Number::inexact(0.5));
  CHECK(!(root == exact));
  CHECK(larger(root, exact).to_double() == 1.5);
  CHECK(smaller(root, exact).to_double() == 0.5);
  CHECK(less_as_number(exact, root) == spec::Number(1));
  CHECK(root.floor() == Count(1));
  CHECK(spec::Number::inexact(-1.5).floor() == Count(-2));
  CHECK(spec::Number::inexact(8.9e18).floor() == Count(8'900'000'000'000'000'000));
  CHECK_THROWS_AS(spec::Number::inexact(9e18).floor(), CountOverflow);
  CHECK_THROWS_AS(spec::Number::inexact(-9e18).floor(), CountOverflow);
  CHECK_THROWS_AS(spec::Number::inexact(HUGE_VAL), CountOverflow);
  CHECK_THROWS_AS(spec::Number::inexact(std::nan("")), CountOverflow);
  CHECK(to_string(spec::Number::inexact(std::sqrt(2.0))) == "1.41421356");
  CHECK(to_string(spec::Number::inexact(0.1)) == "0.1");
}

TEST_CASE("exact numbers need no more than 64 bits once reduced", "[spec]") {
  const spec::Number x = Rational(6'000'000'000, 7), y = 7'000'000'000;
  CHECK(x * y == spec::Number(6'000'000'000'000'000'000));
  CHECK(x / (spec::Number(1) / y) == spec::Number(6'000'000'000'000'000'000));
  const spec::Number large = Rational(9'000'000'000'000'000'000, 7);
  CHECK(large < spec::Number(Rational(9'000'000'000'000'000'001, 7)));
  CHECK(spec::Number(Rational(1, 4'000'000'000)) + spec::Number(Rational(1, 6'000'000'000)) ==
        spec::Number(Rational(1, 2'400'000'000)));
}

TEST_CASE("arithmetic doesn't pin a traced number, and a comparison only as far as it is asked",
          "[spec]") {
  Trace trace;
  const TraceScope scope(trace);
  const spec::Number a = trace.input(5, 1, 9), b = Rational(7, 2);
  for (const spec::Number& result : {a + b, b + a, a - b, b - a, a * b, b * a, a / b, larger(a, b),
                                     smaller(a, b), less_as_number(a, b)})
    CHECK(result.is_traced());
  CHECK(trace.conditions().empty());
  CHECK(!(a == b));
  REQUIRE(trace.conditions().size() == 1);
  CHECK(trace.conditions()[0].equal);
  CHECK(!trace.conditions()[0].holds);
  CHECK(b < a);
  REQUIRE(trace.conditions().size() == 2);
  CHECK(!trace.conditions()[1].equal);
}

TEST_CASE("sums over one denominator keep it", "[spec]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count n = trace.input(5, 1, 9), m = trace.input(7, 1, 9);
  const spec::Number a = spec::Number(n) / spec::Number(4), b = spec::Number(m) / spec::Number(4);
  const std::size_t before = trace.nodes().size();
  const spec::Number sum = a + b;
  CHECK(is_exactly(sum, Rational(3)));
  CHECK(trace.nodes().size() == before + 1);  // n + m, and nothing for the denominator
  CHECK((a - a).is_exact());
  CHECK(trace.conditions().empty());
}

TEST_CASE("a fraction without traced numbers is a plain one", "[spec]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count n = trace.input(5, 1, 9);
  CHECK(spec::Number(n).is_traced());
  CHECK(!spec::Number(Count(3)).is_traced());
  CHECK(!spec::Number::traced({6, 4}).is_traced());
  CHECK(spec::Number::traced({6, 4}).exact() == Rational(3, 2));
  CHECK(spec::Number::traced({n, 4}).is_traced());
  CHECK(spec::Number::traced({4, n}).is_traced());
  CHECK(spec::Number::traced({4, n}).shown() == Rational(4, 5));
  CHECK(!(spec::Number(n) - spec::Number(n)).is_traced());
  CHECK(trace.conditions().empty());
  CHECK(spec::Number::traced({4, n}).exact() == Rational(4, 5));
  CHECK(trace.conditions().size() == 1);
}

TEST_CASE("values as texts and types", "[spec]") {
  const spec::Value number(3), word(spec::Word{"relu"}),
      list(spec::List{spec::Value(1), spec::Value(spec::Word{"a"}), spec::Value(spec::List{})});
  CHECK(to_string(number) == "3");
  CHECK(to_string(word) == "relu");
  CHECK(to_string(list) == "[1, a, []]");
  CHECK(to_string(spec::Value(spec::Number(Rational(4, 7)))) == "4/7");
  CHECK(type_name(number) == "a number");
  CHECK(type_name(word) == "a word");
  CHECK(type_name(list) == "a list");
  CHECK(spec::texts_of({number, word}) == std::vector<std::string>{"3", "relu"});
  CHECK(number == spec::Value(3));
  CHECK(!(number == spec::Value(4)));
  CHECK(!(word == spec::Value(spec::Word{"tanh"})));
  CHECK(!(list == spec::Value(spec::List{spec::Value(1)})));
  Trace trace;
  const TraceScope scope(trace);
  const spec::Value traced(trace.input(5, 1, 9));
  CHECK(is_traced(traced));
  CHECK(!is_traced(number));
  CHECK(!is_traced(word));
  CHECK(!is_traced(list));
  CHECK(is_traced(spec::Value(spec::List{number, traced, word})));
  CHECK(is_traced(spec::Value(spec::List{spec::Value(spec::List{traced})})));
}
