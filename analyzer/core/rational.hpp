// SPDX-License-Identifier: Apache-2.0
// Exact fractions, so that ceil(1.1 * 200) is 220 and 96/224 * 224 is 96.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace archcost {

/// A fraction of 64-bit terms, always reduced, with a positive denominator.
/// Arithmetic throws CountOverflow when a term of the result needs more than 64 bits.
class Rational {
 public:
  constexpr Rational() = default;
  constexpr Rational(std::int64_t whole)
      : numerator_(whole) {}  // NOLINT: whole numbers are rationals
  /// `denominator` isn't 0.
  Rational(std::int64_t numerator, std::int64_t denominator);
  /// The exact value of a decimal text as "12", "0.35", "1e3", or nothing if it isn't one.
  static std::optional<Rational> parse(std::string_view decimal);

  std::int64_t numerator() const { return numerator_; }
  std::int64_t denominator() const { return denominator_; }
  bool is_whole() const { return denominator_ == 1; }
  double to_double() const {
    return static_cast<double>(numerator_) / static_cast<double>(denominator_);
  }
  std::int64_t floor() const;
  std::int64_t ceil() const;

  friend Rational operator+(const Rational& a, const Rational& b);
  friend Rational operator-(const Rational& a, const Rational& b);
  friend Rational operator*(const Rational& a, const Rational& b);
  /// `b` isn't 0.
  friend Rational operator/(const Rational& a, const Rational& b);
  friend bool operator==(const Rational&, const Rational&) = default;
  friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);

 private:
  std::int64_t numerator_ = 0;
  std::int64_t denominator_ = 1;
};

/// A decimal if it ends ("0.35"), else a fraction ("4/7").
std::string to_string(const Rational& value);

}  // namespace archcost
