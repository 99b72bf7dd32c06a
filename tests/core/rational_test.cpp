// SPDX-License-Identifier: Apache-2.0
// Fractions against whole numbers, and at the ends of 64 bits.
#include "core/rational.hpp"

#include <cstdint>
#include <limits>
#include <numeric>
#include <string>

#include "core/count.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

constexpr std::int64_t kMostWhole = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeastWhole = std::numeric_limits<std::int64_t>::min();

// The value is numerator / denominator, reduced, with a positive denominator.
bool is_fraction(const Rational& value, std::int64_t numerator, std::int64_t denominator) {
  return value.denominator() > 0 && std::gcd(value.numerator(), value.denominator()) == 1 &&
         value.numerator() * denominator == numerator * value.denominator();
}

std::string parsed(const std::string& text) {
  try {
    const auto value = Rational::parse(text);
    return value ? std::to_string(value->numerator()) + "/" + std::to_string(value->denominator())
                 : "none";
  } catch (const CountOverflow&) {
    return "overflow";
  }
}

}  // namespace

TEST_CASE("arithmetic of small fractions", "[core]") {
  std::size_t wrong = 0;
  for (std::int64_t a = -6; a <= 6; ++a) {
    for (std::int64_t b = -5; b <= 7; ++b) {
      if (b == 0) continue;
      const Rational x(a, b);
      wrong += !is_fraction(x, a, b);
      wrong += x.is_whole() != (a % b == 0);
      const bool below = (a % b != 0) && ((a < 0) != (b < 0));
      wrong += x.floor() != a / b - (below ? 1 : 0);
      wrong += x.ceil() != x.floor() + (a % b != 0 ? 1 : 0);
      wrong += x.to_double() != static_cast<double>(a) / static_cast<double>(b);
      for (std::int64_t c = -4; c <= 5; ++c) {
        for (std::int64_t d = -3; d <= 4; ++d) {
          if (d == 0) continue;
          const Rational y(c, d);
          wrong += !is_fraction(x + y, a * d + c * b, b * d);
          wrong += !is_fraction(x - y, a * d - c * b, b * d);
          wrong += !is_fraction(x * y, a * c, b * d);
          if (c != 0) wrong += !is_fraction(x / y, a * d, b * c);
          const std::int64_t sign = b * d < 0 ? -1 : 1;
          wrong += (x < y) != (sign * a * d < sign * c * b);
          wrong += (x == y) != (a * d == c * b);
          wrong += (x <= y) != (sign * a * d <= sign * c * b);
        }
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("fractions at the ends of 64 bits", "[core]") {
  CHECK(Rational(kMostWhole) + Rational(0) == Rational(kMostWhole));
  CHECK_THROWS_AS(Rational(kMostWhole) + Rational(1), CountOverflow);
  CHECK(Rational(kLeastWhole) - Rational(0) == Rational(kLeastWhole));
  CHECK_THROWS_AS(Rational(kLeastWhole) - Rational(1), CountOverflow);
  CHECK_THROWS_AS(Rational(kMostWhole) - Rational(1, 2), CountOverflow);
  CHECK_THROWS_AS(Rational(kMostWhole) * Rational(2), CountOverflow);
  CHECK_THROWS_AS(Rational(kLeastWhole) * Rational(-1), CountOverflow);
  CHECK(Rational(kLeastWhole / 2) * Rational(2) == Rational(kLeastWhole));
  CHECK_THROWS_AS(Rational(1, 2) / Rational(kMostWhole), CountOverflow);
}

TEST_CASE("what fits once reduced is no overflow", "[core]") {
  CHECK(Rational(kMostWhole) * Rational(2, kMostWhole) == Rational(2));
  CHECK(Rational(kMostWhole, 2) + Rational(kMostWhole, 2) == Rational(kMostWhole));
  CHECK(Rational(kLeastWhole, 2).numerator() == kLeastWhole / 2);
  CHECK(Rational(kLeastWhole, kLeastWhole) == Rational(1));
  CHECK(Rational(1, -3) == Rational(-1, 3));
  CHECK_THROWS_AS(Rational(1, kLeastWhole), CountOverflow);
  CHECK(Rational(2, kLeastWhole) == Rational(-1, -(kLeastWhole / 2)));
  CHECK_THROWS_AS(Rational(kLeastWhole, -1), CountOverflow);
  CHECK(Rational(kMostWhole - 1, kMostWhole) < Rational(kMostWhole, kMostWhole));
  CHECK(Rational(kMostWhole - 2, kMostWhole - 1) < Rational(kMostWhole - 1, kMostWhole));
  CHECK_THROWS_AS(Rational(1, kMostWhole) + Rational(1, kMostWhole - 1), CountOverflow);
}

TEST_CASE("decimal texts", "[core]") {
  struct Row {
    std::string text, value;
  };
  const auto row = GENERATE(values<Row>({
      {"0", "0/1"},
      {"12", "12/1"},
      {"0012", "12/1"},
      {"0.35", "7/20"},
      {".5", "1/2"},
      {"5.", "5/1"},
      {"1.50", "3/2"},
      {"1e3", "1000/1"},
      {"1E3", "1000/1"},
      {"1e+3", "1000/1"},
      {"25e-2", "1/4"},
      {"1.5e1", "15/1"},
      {"1.25e1", "25/2"},
      {"0.001e3", "1/1"},
      {"1e0", "1/1"},
      {"1e18", "1000000000000000000/1"},
      {"1e19", "overflow"},
      {"9223372036854775807", "9223372036854775807/1"},
      {"9223372036854775808", "overflow"},
      {"1e-18", "1/1000000000000000000"},
      {"1e-19", "overflow"},
      {"10e-19", "1/1000000000000000000"},
      {"1e1000", "overflow"},
      {"1e1001", "overflow"},
      {"1e-99999999999999999999", "overflow"},
      {"0e99999999999999999999", "0/1"},
      {"0.0e-5", "0/1"},
      {"", "none"},
      {".", "none"},
      {"e5", "none"},
      {"1e", "none"},
      {"1e+", "none"},
      {"1e-", "none"},
      {"1e1.5", "none"},
      {"1e--1", "none"},
      {"1e+-1", "none"},
      {"-1", "none"},
      {"+1", "none"},
      {"1.2.3", "none"},
      {"1 ", "none"},
      {"1a", "none"},
      {"0x10", "none"},
  }));
  INFO(row.text);
  CHECK(parsed(row.text) == row.value);
}

TEST_CASE("what stands behind a text is not read", "[core]") {
  const std::string_view text = "12e345";
  CHECK(Rational::parse(text.substr(0, 4)) == Rational(12'000));
  CHECK(Rational::parse(text.substr(0, 1)) == Rational(1));
  CHECK(!Rational::parse(text.substr(0, 3)));
}

TEST_CASE("fractions as texts: decimals that end within nine places, else a quotient", "[core]") {
  CHECK(to_string(Rational(0)) == "0");
  CHECK(to_string(Rational(-12)) == "-12");
  CHECK(to_string(Rational(1, 2)) == "0.5");
  CHECK(to_string(Rational(-1, 2)) == "-0.5");
  CHECK(to_string(Rational(1, 5)) == "0.2");
  CHECK(to_string(Rational(1, 10)) == "0.1");
  CHECK(to_string(Rational(1, 25)) == "0.04");
  CHECK(to_string(Rational(1, 40)) == "0.025");
  CHECK(to_string(Rational(1, 500)) == "0.002");
  CHECK(to_string(Rational(-1001, 1000)) == "-1.001");
  CHECK(to_string(Rational(1, 512)) == "0.001953125");
  CHECK(to_string(Rational(1, 1024)) == "1/1024");
  CHECK(to_string(Rational(1, 1'000'000'000)) == "0.000000001");
  CHECK(to_string(Rational(1, 10'000'000'000)) == "1/10000000000");
  CHECK(to_string(Rational(1, 3)) == "1/3");
  CHECK(to_string(Rational(-5, 6)) == "-5/6");
  CHECK(to_string(Rational(kMostWhole, 2)) == "4611686018427387903.5");
  CHECK(to_string(Rational(kLeastWhole + 1, 2)) == "-4611686018427387903.5");
  CHECK(to_string(Rational(kMostWhole, 512)) == "18014398509481983.998046875");
  for (std::int64_t n = -300; n < 300; ++n) {
    const std::string text = to_string(Rational(n, 64));
    const bool negative = text.starts_with('-');
    const Rational back = *Rational::parse(text.substr(negative ? 1 : 0));
    CHECK(back == Rational(negative ? -n : n, 64));
  }
}
