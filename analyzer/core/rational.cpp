// SPDX-License-Identifier: Apache-2.0
#include "core/rational.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/count.hpp"

namespace archcost {
namespace {

__extension__ using Wide = __int128;

Wide gcd(Wide a, Wide b) {
  if (a < 0) a = -a;
  if (b < 0) b = -b;
  while (b != 0) {
    const Wide r = a % b;
    a = b;
    b = r;
  }
  return a;
}

std::int64_t narrow(Wide value) {
  if (value > std::numeric_limits<std::int64_t>::max() ||
      value < std::numeric_limits<std::int64_t>::min()) {
    throw CountOverflow();
  }
  return static_cast<std::int64_t>(value);
}

Rational reduced(Wide numerator, Wide denominator) {
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  const Wide divisor = gcd(numerator, denominator);
  if (divisor > 1) {
    numerator /= divisor;
    denominator /= divisor;
  }
  return Rational(narrow(numerator), narrow(denominator));
}

}  // namespace

Rational::Rational(std::int64_t numerator, std::int64_t denominator)
    : numerator_(numerator), denominator_(denominator) {
  if (denominator < 0 || gcd(numerator, denominator) != 1) *this = reduced(numerator, denominator);
}

std::optional<Rational> Rational::parse(std::string_view text) {
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::size_t exponent_at = std::min(text.find_first_of("eE"), text.size());
  std::string digits(text.substr(0, exponent_at));
  int scale = 0;
  if (exponent_at < text.size()) {
    std::string_view exponent = text.substr(exponent_at + 1);
    const bool negative = exponent.starts_with('-');
    if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
    if (!all_digits(exponent)) return std::nullopt;
    const auto read = std::from_chars(exponent.data(), exponent.data() + exponent.size(), scale);
    if (read.ec != std::errc() || scale > 1000) scale = 1000;  // too large for any digits but zeros
    if (negative) scale = -scale;
  }
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    digits.erase(point, 1);
    scale -= static_cast<int>(digits.size() - point);
  }
  if (!all_digits(digits)) return std::nullopt;
  std::int64_t whole = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), whole).ec != std::errc())
    throw CountOverflow();
  if (whole == 0) return Rational(0);
  Rational value(whole);
  for (; scale > 0; --scale) value = value * Rational(10);
  for (; scale < 0; ++scale) value = value / Rational(10);
  return value;
}

std::int64_t Rational::floor() const { return div_floor(numerator_, denominator_).value(); }
std::int64_t Rational::ceil() const { return div_ceil(numerator_, denominator_).value(); }

Rational operator+(const Rational& a, const Rational& b) {
  return reduced(Wide{a.numerator_} * b.denominator_ + Wide{b.numerator_} * a.denominator_,
                 Wide{a.denominator_} * b.denominator_);
}
Rational operator-(const Rational& a, const Rational& b) {
  return reduced(Wide{a.numerator_} * b.denominator_ - Wide{b.numerator_} * a.denominator_,
                 Wide{a.denominator_} * b.denominator_);
}
Rational operator*(const Rational& a, const Rational& b) {
  return reduced(Wide{a.numerator_} * b.numerator_, Wide{a.denominator_} * b.denominator_);
}
Rational operator/(const Rational& a, const Rational& b) {
  return reduced(Wide{a.numerator_} * b.denominator_, Wide{a.denominator_} * b.numerator_);
}
std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
  return Wide{a.numerator_} * b.denominator_ <=> Wide{b.numerator_} * a.denominator_;
}

std::string to_string(const Rational& value) {
  if (value.is_whole()) return std::to_string(value.numerator());
  std::int64_t rest = value.denominator();
  int twos = 0, fives = 0;
  for (; rest % 2 == 0; rest /= 2) ++twos;
  for (; rest % 5 == 0; rest /= 5) ++fives;
  const int decimals = twos > fives ? twos : fives;
  if (rest != 1 || decimals > 9)
    return fmt::format("{}/{}", value.numerator(), value.denominator());
  // All digits: a double has fewer than 64 bits.
  Wide scaled = value.numerator() < 0 ? -Wide{value.numerator()} : Wide{value.numerator()};
  for (int k = 0; k < decimals; ++k) scaled *= 10;
  scaled /= value.denominator();
  Wide power = 1;
  for (int k = 0; k < decimals; ++k) power *= 10;
  return fmt::format("{}{}.{:0{}}", value.numerator() < 0 ? "-" : "",
                     static_cast<std::int64_t>(scaled / power),
                     static_cast<std::int64_t>(scaled % power), decimals);
}

}  // namespace archcost
