// SPDX-License-Identifier: Apache-2.0
#include "onnx/constant_arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "onnx/shape_rules.hpp"

namespace archcost::onnx {
namespace {

using RealUnary = double (*)(double);
using RealBinary = double (*)(double, double);
using WholeBinary = std::int64_t (*)(std::int64_t, std::int64_t);

[[noreturn]] void too_large() { throw NodeFault("the result needs more than 64 bits"); }

std::int64_t add(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) too_large();
  return result;
}
std::int64_t subtract(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) too_large();
  return result;
}
std::int64_t multiply(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) too_large();
  return result;
}
void check_divisor(std::int64_t a, std::int64_t b) {
  if (b == 0) throw NodeFault("a division by zero");
  if (b == -1 && a == INT64_MIN) too_large();
}
std::int64_t divide(std::int64_t a, std::int64_t b) {
  check_divisor(a, b);
  return a / b;
}
std::int64_t modulo(std::int64_t a, std::int64_t b) {
  check_divisor(a, b);
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

const std::unordered_map<std::string_view, RealUnary> kRealUnary = {
    {"Neg", [](double x) { return -x; }},
    {"Abs", [](double x) { return std::abs(x); }},
    {"Floor", [](double x) { return std::floor(x); }},
    {"Ceil", [](double x) { return std::ceil(x); }},
    {"Round", [](double x) { return std::nearbyint(x); }},
    {"Sqrt", [](double x) { return std::sqrt(x); }},
    {"Reciprocal", [](double x) { return 1 / x; }},
    {"Exp", [](double x) { return std::exp(x); }},
    {"Log", [](double x) { return std::log(x); }},
    {"Sign", [](double x) { return static_cast<double>((x > 0) - (x < 0)); }},
    {"Not", [](double x) { return static_cast<double>(x == 0); }},
};
const std::unordered_map<std::string_view, RealBinary> kRealBinary = {
    {"Add", [](double a, double b) { return a + b; }},
    {"Sub", [](double a, double b) { return a - b; }},
    {"Mul", [](double a, double b) { return a * b; }},
    {"Div", [](double a, double b) { return a / b; }},
    {"Pow", [](double a, double b) { return std::pow(a, b); }},
    {"Min", [](double a, double b) { return std::min(a, b); }},
    {"Max", [](double a, double b) { return std::max(a, b); }},
};
const std::unordered_map<std::string_view, WholeBinary> kWholeBinary = {
    {"Add", add},
    {"Sub", subtract},
    {"Mul", multiply},
    {"Div", divide},
    {"Mod", modulo},
    {"Min", [](std::int64_t a, std::int64_t b) { return std::min(a, b); }},
    {"Max", [](std::int64_t a, std::int64_t b) { return std::max(a, b); }},
    {"And", [](std::int64_t a, std::int64_t b) { return std::int64_t{a != 0 && b != 0}; }},
    {"Or", [](std::int64_t a, std::int64_t b) { return std::int64_t{a != 0 || b != 0}; }},
    {"Xor", [](std::int64_t a, std::int64_t b) { return std::int64_t{(a != 0) != (b != 0)}; }},
};
// Their result is a truth value.
const std::unordered_map<std::string_view, bool (*)(double, double)> kComparisons = {
    {"Equal", [](double a, double b) { return a == b; }},
    {"Less", [](double a, double b) { return a < b; }},
    {"LessOrEqual", [](double a, double b) { return a <= b; }},
    {"Greater", [](double a, double b) { return a > b; }},
    {"GreaterOrEqual", [](double a, double b) { return a >= b; }},
};

}  // namespace

std::optional<Constant> unary_constant(std::string_view type, const Constant& in) {
  const auto function = kRealUnary.find(type);
  if (function == kRealUnary.end()) return std::nullopt;
  Constant result = in;
  for (double& number : result.reals) number = function->second(number);
  for (std::int64_t& number : result.whole) {
    const double value = function->second(static_cast<double>(number));
    if (!(std::abs(value) < 0x1p53)) return std::nullopt;
    number = static_cast<std::int64_t>(value);
  }
  return result;
}

bool is_binary(std::string_view type) {
  return kComparisons.contains(type) || kRealBinary.contains(type) || kWholeBinary.contains(type);
}

bool append_binary(std::string_view type, const ConstantNumber& a, const ConstantNumber& b,
                   Constant& result) {
  const auto comparison = kComparisons.find(type);
  if (comparison != kComparisons.end()) {
    result.real = false;
    result.whole.push_back(comparison->second(a.as_real(), b.as_real()));
    return true;
  }
  result.real = a.of.real || b.of.real;
  if (result.real) {
    const auto function = kRealBinary.find(type);
    if (function == kRealBinary.end()) return false;
    result.reals.push_back(function->second(a.as_real(), b.as_real()));
    return true;
  }
  const auto function = kWholeBinary.find(type);
  if (function == kWholeBinary.end()) return false;
  result.whole.push_back(function->second(a.of.whole[a.index], b.of.whole[b.index]));
  return true;
}

}  // namespace archcost::onnx
