#include "spec/value.hpp"

#include <fmt/core.h>

#include <cmath>

#include "core/count.hpp"

namespace archcost {

Number Number::inexact(double value) {
  if (!std::isfinite(value)) throw CountOverflow();
  Number number;
  number.value_ = value;
  return number;
}

std::int64_t Number::floor() const {
  if (is_exact()) return exact().floor();
  const double below = std::floor(to_double());
  if (std::abs(below) >= 9e18) throw CountOverflow();
  return static_cast<std::int64_t>(below);
}

Number operator+(const Number& a, const Number& b) {
  if (a.is_exact() && b.is_exact()) return a.exact() + b.exact();
  return Number::inexact(a.to_double() + b.to_double());
}
Number operator-(const Number& a, const Number& b) {
  if (a.is_exact() && b.is_exact()) return a.exact() - b.exact();
  return Number::inexact(a.to_double() - b.to_double());
}
Number operator*(const Number& a, const Number& b) {
  if (a.is_exact() && b.is_exact()) return a.exact() * b.exact();
  return Number::inexact(a.to_double() * b.to_double());
}
Number operator/(const Number& a, const Number& b) {
  if (a.is_exact() && b.is_exact()) return a.exact() / b.exact();
  return Number::inexact(a.to_double() / b.to_double());
}
bool operator==(const Number& a, const Number& b) {
  if (a.is_exact() && b.is_exact()) return a.exact() == b.exact();
  return a.to_double() == b.to_double();
}
bool operator<(const Number& a, const Number& b) {
  if (a.is_exact() && b.is_exact()) return a.exact() < b.exact();
  return a.to_double() < b.to_double();
}

std::string to_string(const Number& number) {
  return number.is_exact() ? to_string(number.exact()) : fmt::format("{:.9g}", number.to_double());
}

std::string to_string(const Value& value) {
  if (value.is_number()) return to_string(value.number());
  if (value.is_word()) return value.word();
  std::string text;
  for (const Value& item : value.list()) text += (text.empty() ? "" : ", ") + to_string(item);
  return "[" + text + "]";
}

std::string type_name(const Value& value) {
  return value.is_number() ? "a number" : value.is_word() ? "a word" : "a list";
}

}  // namespace archcost
