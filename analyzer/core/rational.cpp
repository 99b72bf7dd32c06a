// SPDX-License-Identifier: Apache-2.0
#include "core/rational.hpp"

#include <fmt/core.h>

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
  std::size_t i = 0;
  Wide digits = 0;
  int count = 0, scale = 0;
  bool in_fraction = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !in_fraction) {
      in_fraction = true;
    } else if (c >= '0' && c <= '9') {
      digits = digits * 10 + (c - '0');
      if (digits > std::numeric_limits<std::int64_t>::max()) throw CountOverflow();
      ++count;
      scale -= in_fraction ? 1 : 0;
    } else {
      break;
    }
  }
  if (count == 0) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    int exponent = 0, sign = 1;
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) sign = text[i++] == '-' ? -1 : 1;
    const std::size_t start = i;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
      if (exponent < 1000) exponent = exponent * 10 + (text[i] - '0');
    }
    if (i == start) return std::nullopt;
    scale += sign * exponent;
  }
  if (i != text.size()) return std::nullopt;
  if (digits == 0) return Rational(0);
  Rational value(static_cast<std::int64_t>(digits));
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
  return fmt::format("{:.{}f}", value.to_double(), decimals);
}

}  // namespace archcost
