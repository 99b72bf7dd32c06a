// SPDX-License-Identifier: Apache-2.0
// What an expression evaluates to: an exact number, a word or a list.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/count.hpp"
#include "core/rational.hpp"

namespace archcost::spec {

/// A fraction of traced numbers, not reduced; its denominator is positive.
struct TracedFraction {
  Count numerator, denominator = 1;
};

/// A number: exact, but for roots and broken powers that have no exact value. One that depends on a
/// varied parameter is a traced fraction while a trace is recorded; it is exact too.
class Number {
 public:
  Number() = default;
  Number(Rational exact) : value_(exact) {}                // NOLINT: rationals are numbers
  Number(std::int64_t whole) : value_(Rational(whole)) {}  // NOLINT: whole numbers are numbers
  Number(Count whole);                                     // NOLINT: a count, traced or not
  static Number inexact(double value);
  static Number traced(TracedFraction fraction);

  bool is_exact() const { return !std::holds_alternative<double>(value_); }
  bool is_traced() const { return std::holds_alternative<TracedFraction>(value_); }
  /// Of an exact number; a traced one is pinned to its value.
  Rational exact() const;
  /// The same for messages, without pinning it.
  Rational shown() const;
  double to_double() const;
  bool is_whole() const;
  /// Of a whole number.
  Count whole() const;
  /// floor, as a whole number. Throws CountOverflow.
  Count floor() const;

  friend Number operator+(const Number& a, const Number& b);
  friend Number operator-(const Number& a, const Number& b);
  friend Number operator*(const Number& a, const Number& b);
  /// `b` isn't 0.
  friend Number operator/(const Number& a, const Number& b);
  friend bool operator==(const Number& a, const Number& b);
  friend bool operator<(const Number& a, const Number& b);
  // For traced numbers without a decision, so that one trace serves both outcomes:
  friend Number larger(const Number& a, const Number& b);
  friend Number smaller(const Number& a, const Number& b);
  /// 1 if a < b, else 0.
  friend Number less_as_number(const Number& a, const Number& b);

 private:
  // Two exact numbers, one of them traced, as numerators over one denominator.
  struct Common {
    Count a, b, denominator;
  };
  static Common common(const Number& a, const Number& b);
  static bool any_inexact(const Number& a, const Number& b);
  static bool any_traced(const Number& a, const Number& b);
  TracedFraction fraction() const;
  std::variant<Rational, double, TracedFraction> value_;
};

std::string to_string(const Number& number);

/// A word: one of the choices of a parameter or argument, or a kind of layer.
struct Word {
  std::string text;
  friend bool operator==(const Word&, const Word&) = default;
};

struct Value;
using List = std::vector<Value>;

struct Value {
  std::variant<Number, Word, List> data;

  Value() = default;
  Value(Number number) : data(number) {}              // NOLINT
  Value(std::int64_t whole) : data(Number(whole)) {}  // NOLINT
  Value(Count whole) : data(Number(whole)) {}         // NOLINT
  Value(Word word) : data(std::move(word)) {}         // NOLINT
  Value(List list) : data(std::move(list)) {}         // NOLINT

  bool is_number() const { return std::holds_alternative<Number>(data); }
  bool is_word() const { return std::holds_alternative<Word>(data); }
  bool is_list() const { return std::holds_alternative<List>(data); }
  const Number& number() const { return std::get<Number>(data); }
  const std::string& word() const { return std::get<Word>(data).text; }
  const List& list() const { return std::get<List>(data); }
  friend bool operator==(const Value&, const Value&) = default;
};

/// Whether it is a traced number, or a list that holds one.
bool is_traced(const Value& value);
/// As it would be written in a spec: "0.5", "4/7", "max", "[24, 48]".
std::string to_string(const Value& value);
std::vector<std::string> texts_of(const List& values);
/// "a number", "a word", "a list".
std::string type_name(const Value& value);

}  // namespace archcost::spec
