// What an expression evaluates to: an exact number, a word or a list.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/rational.hpp"

namespace archcost {

/// A number: exact, but for roots and broken powers that have no exact value.
class Number {
 public:
  Number() = default;
  Number(Rational exact) : value_(exact) {}                // NOLINT: rationals are numbers
  Number(std::int64_t whole) : value_(Rational(whole)) {}  // NOLINT: whole numbers are numbers
  static Number inexact(double value);

  bool is_exact() const { return std::holds_alternative<Rational>(value_); }
  const Rational& exact() const { return std::get<Rational>(value_); }
  double to_double() const { return is_exact() ? exact().to_double() : std::get<double>(value_); }
  bool is_whole() const { return is_exact() && exact().is_whole(); }
  /// floor, as a whole number. Throws CountOverflow.
  std::int64_t floor() const;

  friend Number operator+(const Number& a, const Number& b);
  friend Number operator-(const Number& a, const Number& b);
  friend Number operator*(const Number& a, const Number& b);
  /// `b` isn't 0.
  friend Number operator/(const Number& a, const Number& b);
  friend bool operator==(const Number& a, const Number& b);
  friend bool operator<(const Number& a, const Number& b);

 private:
  std::variant<Rational, double> value_;
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

/// As it would be written in a spec: "0.5", "4/7", "max", "[24, 48]".
std::string to_string(const Value& value);
/// "a number", "a word", "a list".
std::string type_name(const Value& value);

}  // namespace archcost
