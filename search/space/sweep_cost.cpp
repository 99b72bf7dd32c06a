// SPDX-License-Identifier: Apache-2.0
#include "search/space/sweep_cost.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/glossary.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"

namespace archcost::space {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

}  // namespace

const std::vector<std::string>& point_costs() {
  static const std::vector<std::string> kNames = {"latency", "latency_estimated", "accuracy",
                                                  "accuracy_error"};
  return kNames;
}

bool is_point_cost(std::string_view name) {
  return std::find(point_costs().begin(), point_costs().end(), name) != point_costs().end();
}

const std::vector<std::string>& sweep_costs() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = cost::named_costs();
    names.insert(names.end(), point_costs().begin(), point_costs().end());
    return names;
  }();
  return kNames;
}

std::string cost_name(std::string_view text, const std::vector<std::string>& known,
                      const std::string& place, std::string_view hint) {
  std::string name(trim(text));
  std::replace(name.begin(), name.end(), '-', '_');  // conventions have names with a dash
  if (std::find(known.begin(), known.end(), name) == known.end())
    throw Error(place, fmt::format("no cost '{}'{}{}", name, suggestion(name, known), hint));
  return name;
}

void check_parameter_names(const spec::ArchSpec& spec) {
  for (const spec::ParamSpec& param : spec.main().params) {
    if (is_one_of(param.name, sweep_costs()))
      throw Error(
          fmt::format("parameter '{0}' of '{1}' has the name of a cost: conditions and "
                      "columns could mean either; rename it",
                      param.name, spec.name));
  }
}

bool is_memory_size(std::string_view name) {
  const CostName* cost = find_cost_name(name);
  return (cost != nullptr && cost->unit == Unit::kBytes) || name == "traffic" ||
         name.starts_with("peak_memory");
}

Rational sweep_value(std::string_view name, std::int64_t held) {
  if (name == "latency") return Rational(held, kNanoseconds);
  if (name == "accuracy" || name == "accuracy_error") return Rational(held, cost::kMillionths);
  return cost::cost_value(name, held);
}

bool is_whole(std::string_view name) { return sweep_value(name, 1) == Rational(1); }

}  // namespace archcost::space
