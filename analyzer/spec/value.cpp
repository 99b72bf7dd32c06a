// SPDX-License-Identifier: Apache-2.0
#include "spec/value.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/count.hpp"
#include "core/text.hpp"

namespace archcost::spec {

Number Number::inexact(double value) {
  if (!std::isfinite(value)) throw CountOverflow();
  Number number;
  number.value_ = value;
  return number;
}

Number::Number(Count whole) {
  if (whole.is_traced())
    value_ = TracedFraction{whole, 1};
  else
    value_ = Rational(whole.value());
}

Number Number::traced(TracedFraction fraction) {
  Number number;
  if (fraction.numerator.is_traced() || fraction.denominator.is_traced()) {
    number.value_ = fraction;
  } else {
    number.value_ = Rational(fraction.numerator.value(), fraction.denominator.value());
  }
  return number;
}

Rational Number::exact() const {
  if (!is_traced()) return std::get<Rational>(value_);
  const auto& traced = std::get<TracedFraction>(value_);
  return {traced.numerator.value(), traced.denominator.value()};
}

Rational Number::shown() const {
  if (!is_traced()) return exact();
  const auto& traced = std::get<TracedFraction>(value_);
  return {traced.numerator.shown(), traced.denominator.shown()};
}

double Number::to_double() const {
  return is_exact() ? exact().to_double() : std::get<double>(value_);
}

TracedFraction Number::fraction() const {
  if (is_traced()) return std::get<TracedFraction>(value_);
  const auto& rational = std::get<Rational>(value_);
  return {rational.numerator(), rational.denominator()};
}

bool Number::is_whole() const {
  if (!is_traced()) return is_exact() && exact().is_whole();
  const TracedFraction x = fraction();
  return divides(x.denominator, x.numerator);
}

Count Number::whole() const {
  if (!is_traced()) return exact().numerator();
  const TracedFraction x = fraction();
  return div_floor(x.numerator, x.denominator);
}

Count Number::floor() const {
  if (is_traced()) return whole();
  if (is_exact()) return exact().floor();
  const double below = std::floor(to_double());
  if (std::abs(below) >= 9e18) throw CountOverflow();
  return static_cast<std::int64_t>(below);
}

bool Number::any_inexact(const Number& a, const Number& b) {
  return !a.is_exact() || !b.is_exact();
}

bool Number::any_traced(const Number& a, const Number& b) {
  return !any_inexact(a, b) && (a.is_traced() || b.is_traced());
}

Number::Common Number::common(const Number& a, const Number& b) {
  const TracedFraction x = a.fraction(), y = b.fraction();
  // Fractions over one denominator keep it, so that sums don't grow.
  const bool same =
      !x.denominator.is_traced() && !y.denominator.is_traced() && x.denominator == y.denominator;
  if (same) return {x.numerator, y.numerator, x.denominator};
  return {x.numerator * y.denominator, y.numerator * x.denominator, x.denominator * y.denominator};
}

Number operator+(const Number& a, const Number& b) {
  if (Number::any_inexact(a, b)) return Number::inexact(a.to_double() + b.to_double());
  if (!Number::any_traced(a, b)) return a.exact() + b.exact();
  const Number::Common c = Number::common(a, b);
  return Number::traced({c.a + c.b, c.denominator});
}
Number operator-(const Number& a, const Number& b) {
  if (Number::any_inexact(a, b)) return Number::inexact(a.to_double() - b.to_double());
  if (!Number::any_traced(a, b)) return a.exact() - b.exact();
  const Number::Common c = Number::common(a, b);
  return Number::traced({c.a - c.b, c.denominator});
}
Number operator*(const Number& a, const Number& b) {
  if (Number::any_inexact(a, b)) return Number::inexact(a.to_double() * b.to_double());
  if (!Number::any_traced(a, b)) return a.exact() * b.exact();
  const TracedFraction x = a.fraction(), y = b.fraction();
  return Number::traced({x.numerator * y.numerator, x.denominator * y.denominator});
}
Number operator/(const Number& a, const Number& b) {
  if (Number::any_inexact(a, b)) return Number::inexact(a.to_double() / b.to_double());
  if (!Number::any_traced(a, b)) return a.exact() / b.exact();
  const TracedFraction x = a.fraction(), y = b.fraction();
  const Count sign = y.numerator < Count(0) ? Count(-1) : Count(1);
  return Number::traced(
      {x.numerator * (sign * y.denominator), x.denominator * (sign * y.numerator)});
}
bool operator==(const Number& a, const Number& b) {
  if (Number::any_inexact(a, b)) return a.to_double() == b.to_double();
  if (!Number::any_traced(a, b)) return a.exact() == b.exact();
  const Number::Common c = Number::common(a, b);
  return c.a == c.b;
}
bool operator<(const Number& a, const Number& b) {
  if (Number::any_inexact(a, b)) return a.to_double() < b.to_double();
  if (!Number::any_traced(a, b)) return a.exact() < b.exact();
  const Number::Common c = Number::common(a, b);
  return c.a < c.b;
}
Number larger(const Number& a, const Number& b) {
  if (!Number::any_traced(a, b)) return a < b ? b : a;
  const Number::Common c = Number::common(a, b);
  return Number::traced({max(c.a, c.b), c.denominator});
}
Number smaller(const Number& a, const Number& b) {
  return Number(0) - larger(Number(0) - a, Number(0) - b);
}
Number less_as_number(const Number& a, const Number& b) {
  if (!Number::any_traced(a, b)) return Number(a < b ? 1 : 0);
  const Number::Common c = Number::common(a, b);
  return min(max(c.b - c.a, 0), 1);
}

std::string to_string(const Number& number) {
  return number.is_exact() ? to_string(number.shown()) : fmt::format("{:.9g}", number.to_double());
}

bool is_traced(const Value& value) {
  if (value.is_list())
    return std::any_of(value.list().begin(), value.list().end(),
                       [](const Value& v) { return is_traced(v); });
  return value.is_number() && value.number().is_traced();
}

std::string to_string(const Value& value) {
  if (value.is_number()) return to_string(value.number());
  if (value.is_word()) return value.word();
  return fmt::format("[{}]", join(texts_of(value.list()), ", "));
}

std::vector<std::string> texts_of(const List& values) {
  std::vector<std::string> texts;
  for (const Value& value : values) texts.push_back(to_string(value));
  return texts;
}

std::string type_name(const Value& value) {
  return value.is_number() ? "a number" : value.is_word() ? "a word" : "a list";
}

}  // namespace archcost::spec
