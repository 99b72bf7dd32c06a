// SPDX-License-Identifier: Apache-2.0
#include "search/space/sweep_filter.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "spec/fields.hpp"

namespace archcost::space {
namespace {

// What may stand behind a number, and what it stands for; longer ones first.
constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
    {"KiB", "* 2 ** 10"}, {"MiB", "* 2 ** 20"}, {"GiB", "* 2 ** 30"}, {"ms", "/ 1e3"},
    {"us", "/ 1e6"},      {"s", "/ 1"},         {"K", "* 1e3"},       {"M", "* 1e6"},
    {"G", "* 1e9"},       {"T", "* 1e12"}};

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// "150M" is 150000000 to an expression, "2MiB" is 2 * 2^20, "5ms" are seconds.
std::string without_units(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const bool starts = std::isdigit(static_cast<unsigned char>(text[i])) != 0 &&
                        (i == 0 || (!is_word_character(text[i - 1]) && text[i - 1] != '.'));
    if (!starts) {
      plain += text[i++];
      continue;
    }
    std::size_t end = i;
    while (end < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '.'))
      ++end;
    const std::string number(text.substr(i, end - i));
    const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const auto& u) {
      const std::size_t behind = end + u.first.size();
      return text.substr(end).starts_with(u.first) &&
             (behind >= text.size() || !is_word_character(text[behind]));
    });
    const bool has_unit = unit != std::end(kUnits);
    plain += has_unit ? fmt::format("({} {})", number, unit->second) : number;
    i = end + (has_unit ? unit->first.size() : 0);
  }
  return plain;
}

// A traced cost stays traced.
spec::Value value_of(const std::string& name, Count cost) {
  if (!cost::is_real_cost(name)) return spec::Value(cost);
  return spec::Value(spec::Number(cost::cost_value(name, cost.value())));
}

}  // namespace

std::vector<std::string> costs_of(const spec::ArchSpec& spec, const SweepFilter& filter) {
  const auto parameters = static_cast<int>(spec.main().params.size());
  std::vector<std::string> names;
  for (const spec::ExpressionNode& node : filter.condition.nodes) {
    if (node.scope != spec::Scope::kParam || node.slot < parameters) continue;
    const std::string& name = cost::named_costs()[static_cast<std::size_t>(node.slot - parameters)];
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

bool asks_for_real_cost(const spec::ArchSpec& spec, const SweepFilter& filter) {
  const std::vector<std::string> names = costs_of(spec, filter);
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return cost::is_real_cost(name); });
}

bool asks_for_parameter(const spec::ArchSpec& spec, const SweepFilter& filter) {
  const std::vector<spec::ExpressionNode>& nodes = filter.condition.nodes;
  return std::any_of(nodes.begin(), nodes.end(), [&](const spec::ExpressionNode& node) {
    return node.scope == spec::Scope::kParam &&
           node.slot < static_cast<int>(spec.main().params.size());
  });
}

bool passes(const std::vector<SweepFilter>& filters,
            std::vector<std::optional<spec::Value>> parameters,
            const std::function<Count(const std::string&)>& cost) {
  if (filters.empty()) return true;
  spec::FileValues values;
  values.files = &values;
  values.params = std::move(parameters);
  const std::size_t count = values.params.size();
  values.params.resize(count + cost::named_costs().size());
  spec::Environment environment;
  environment.file = &values;
  for (const SweepFilter& filter : filters) {
    for (const spec::ExpressionNode& node : filter.condition.nodes) {
      if (node.scope != spec::Scope::kParam || node.slot < static_cast<int>(count)) continue;
      const std::string& name = cost::named_costs()[static_cast<std::size_t>(node.slot) - count];
      values.params[static_cast<std::size_t>(node.slot)] = value_of(name, cost(name));
    }
    try {
      const spec::Value value = spec::evaluate(filter.condition, environment);
      if (value == spec::Value(0)) return false;
      if (!(value == spec::Value(1)))
        throw Error(fmt::format("--where {}: neither true nor false", filter.condition.text));
    } catch (const spec::ExpressionFault& fault) {
      throw Error(fmt::format("--where {}: {}", filter.condition.text, fault.message));
    }
  }
  return true;
}

bool passes(const std::vector<SweepFilter>& filters, const graph::Network& network,
            cost::CostReader& costs) {
  std::vector<std::optional<spec::Value>> parameters;
  for (const graph::Parameter& parameter : network.parameters)
    parameters.emplace_back(parameter.value);
  return passes(filters, std::move(parameters),
                [&](const std::string& name) { return *costs.cost(name); });
}

SweepFilter parse_filter(const spec::ArchSpec& spec, const std::string& text) {
  return {parse_condition(spec, text, "--where", {})};
}

spec::Expression parse_condition(const spec::ArchSpec& spec, const std::string& text,
                                 std::string_view option, const std::vector<std::string>& more) {
  const auto fail = [&](const std::string& message) {
    throw Error(fmt::format("{} {}", option, text), message);
  };
  const std::vector<spec::ParamSpec>& params = spec.main().params;
  std::vector<std::string> costs = cost::named_costs();
  costs.insert(costs.end(), more.begin(), more.end());
  std::set<std::string> words = spec.main().words;
  words.insert(spec::layer_words().begin(), spec::layer_words().end());
  try {
    spec::Expression condition = spec::parse_expression(without_units(text), {});
    condition.text = text;
    for (spec::ExpressionNode& node : condition.nodes) {
      if (node.op != spec::ExpressionOp::kName && node.op != spec::ExpressionOp::kCall) continue;
      const auto param = std::find_if(params.begin(), params.end(), [&](const spec::ParamSpec& p) {
        return p.name == node.text;
      });
      const auto cost = std::find(costs.begin(), costs.end(), node.text);
      if (param != params.end()) {
        node.slot = static_cast<int>(param - params.begin());
      } else if (node.op == spec::ExpressionOp::kCall) {
        continue;  // a function
      } else if (cost != costs.end()) {
        node.slot = static_cast<int>(params.size()) + static_cast<int>(cost - costs.begin());
      } else if (words.contains(node.text)) {
        continue;
      } else {
        std::vector<std::string> known = costs;
        for (const spec::ParamSpec& p : params) known.push_back(p.name);
        const auto near = nearest(node.text, known);
        fail(fmt::format("'{}' is neither a parameter of '{}' nor a cost{}", node.text, spec.name,
                         near ? fmt::format("; did you mean '{}'?", *near) : ""));
      }
      node.scope = spec::Scope::kParam;
    }
    spec::resolve_words(condition, words);
    if (!is_condition(condition)) fail("it must be a condition, as macs <= 150M");
    return condition;
  } catch (const spec::ExpressionFault& fault) {
    fail(fault.message);
  }
  return {};
}

bool is_condition(const spec::Expression& expression) {
  const spec::ExpressionOp op = expression.root().op;
  return (op >= spec::ExpressionOp::kEqual && op <= spec::ExpressionOp::kOr) ||
         op == spec::ExpressionOp::kNot || op == spec::ExpressionOp::kIf;
}

}  // namespace archcost::space
