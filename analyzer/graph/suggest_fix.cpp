// SPDX-License-Identifier: Apache-2.0
#include "graph/suggest_fix.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/text.hpp"
#include "graph/bind.hpp"
#include "spec/choices.hpp"

namespace archcost::graph {
namespace {

constexpr std::size_t kMostItemsTried = 200'000;
constexpr std::size_t kMostTries = 400;
constexpr std::int64_t kLargestDenominator = 64;
constexpr std::int64_t kWholeReach = 32;

struct Candidate {
  std::string name;
  Rational value;
  double distance = 0;  // relative to the value that was asked for
};

// Values near `asked`: whole neighbours, and fractions of small denominators for a broken number.
std::vector<Rational> nearby(const spec::ParamSpec& param, const Rational& asked) {
  std::vector<Rational> values;
  for (const spec::Value& choice : param.choices) {
    if (choice.is_number() && choice.number().is_exact()) values.push_back(choice.number().exact());
  }
  if (!values.empty()) return values;
  const std::int64_t whole = asked.floor();
  for (std::int64_t step = -kWholeReach; step <= kWholeReach; ++step)
    values.push_back(whole + step);
  const bool fractions =
      !asked.is_whole() ||
      (param.fallback.root().op == spec::ExpressionOp::kNumber && !param.sweep.empty() &&
       std::any_of(param.sweep.begin(), param.sweep.end(),
                   [](const spec::Value& v) { return v.is_number() && !v.number().is_whole(); }));
  if (!fractions) return values;
  for (std::int64_t d = 2; d <= kLargestDenominator; ++d) {
    const std::int64_t below = (asked * Rational(d)).floor();
    for (std::int64_t n : {below - 1, below, below + 1, below + 2}) values.emplace_back(n, d);
  }
  return values;
}

std::vector<Candidate> candidates(const spec::ArchSpec& spec, const BuildOptions& options,
                                  const spec::FileValues& values) {
  std::vector<Candidate> found;
  for (std::size_t k = 0; k < spec.main().params.size(); ++k) {
    const spec::ParamSpec& param = spec.main().params[k];
    const std::optional<spec::Value>& asked = values.params[k];
    if (!asked || !asked->is_number() || !asked->number().is_exact()) continue;
    if (!options.settings.empty() && find_named(options.settings, param.name) == nullptr) continue;
    const Rational value = asked->number().exact();
    for (const Rational& near : nearby(param, value)) {
      if (near == value || near < Rational(0) ||
          spec::check_choice(param.choices, param.min, param.max, spec::Number(near)))
        continue;
      const double scale = std::max(std::abs(value.to_double()), 1e-9);
      found.push_back({param.name, near, std::abs(near.to_double() - value.to_double()) / scale});
    }
  }
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.distance, a.value.denominator(), a.value) <
           std::tuple(b.distance, b.value.denominator(), b.value);
  });
  return found;
}

bool works(const spec::ArchSpec& spec, BuildOptions options, const Candidate& candidate) {
  options.settings.push_back({candidate.name, spec::Number(candidate.value), ""});
  options.suggest_fix = false;
  try {
    build_network(spec, options);
    return true;
  } catch (const Error&) {
    return false;
  } catch (const CountOverflow&) {
    return false;
  }
}

}  // namespace

std::string suggest_fix(const spec::ArchSpec& spec, const BuildOptions& options,
                        const spec::FileValues& values, std::size_t effort) {
  if (!options.suggest_fix) return {};
  const std::size_t tries =
      std::min(kMostTries, kMostItemsTried / std::max<std::size_t>(effort, 1));
  std::size_t tried = 0;
  for (const Candidate& candidate : candidates(spec, options, values)) {
    if (++tried > tries) break;
    if (works(spec, options, candidate))
      return fmt::format("; {} = {} works", candidate.name, to_string(candidate.value));
  }
  return {};
}

}  // namespace archcost::graph
