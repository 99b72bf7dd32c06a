// SPDX-License-Identifier: Apache-2.0
#include "search/space/traced_axis.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace archcost::space {
namespace {

constexpr std::int64_t kLargestDenominator = 1 << 20;         // that axes are brought to
constexpr std::int64_t kLargestTerm = std::int64_t{1} << 40;  // of a fraction that is traced

}  // namespace

TracedAxis::TracedAxis(const spec::ArchSpec& spec, const SweepAxis& axis)
    : size(axis.values.size()) {
  const auto exact = [](const spec::Value& v) { return v.is_number() && v.number().is_exact(); };
  traced = axis.values.size() > 1 && std::all_of(axis.values.begin(), axis.values.end(), exact) &&
           spec.find_param(axis.param)->choices.empty();
  if (!traced) return;
  std::int64_t denominator = 1;  // common, or 0
  for (const spec::Value& value : axis.values) {
    const Rational x = value.number().exact();
    const std::int64_t d = x.denominator();
    if (std::max(std::abs(x.numerator()), d) > kLargestTerm) traced = false;
    if (d > kLargestDenominator) denominator = 0;
    if (denominator != 0) denominator = denominator / std::gcd(denominator, d) * d;
    if (denominator > kLargestDenominator) denominator = 0;
  }
  if (!traced) return;
  std::vector<std::int64_t> tops, bottoms;
  for (const spec::Value& value : axis.values) {
    const Rational x = value.number().exact();
    const Rational scaled = denominator != 0 ? x * Rational(denominator) : Rational(x.numerator());
    tops.push_back(scaled.numerator());
    bottoms.push_back(denominator != 0 ? denominator : x.denominator());
  }
  low = *std::min_element(tops.begin(), tops.end());
  high = *std::max_element(tops.begin(), tops.end());
  least = *std::min_element(bottoms.begin(), bottoms.end());
  most = *std::max_element(bottoms.begin(), bottoms.end());
  numerators.assign(tops.begin(), tops.end());
  denominators.assign(bottoms.begin(), bottoms.end());
}

std::vector<const std::vector<double>*> TracedAxis::inputs() const {
  std::vector<const std::vector<double>*> tables;
  if (low != high) tables.push_back(&numerators);
  if (least != most) tables.push_back(&denominators);
  return tables;
}

spec::Number TracedAxis::number(Trace& trace, std::size_t index) const {
  const Count top = trace.input(static_cast<std::int64_t>(numerators[index]), low, high);
  const Count bottom = trace.input(static_cast<std::int64_t>(denominators[index]), least, most);
  return spec::Number::traced({top, bottom});
}

}  // namespace archcost::space
