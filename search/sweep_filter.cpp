#include "search/sweep_filter.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "spec/fields.hpp"

namespace archcost {
namespace {

// "150M" is 150000000 to an expression.
std::string without_units(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const bool starts = std::isdigit(static_cast<unsigned char>(text[i])) != 0 &&
                        (i == 0 || (std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0 &&
                                    text[i - 1] != '_' && text[i - 1] != '.'));
    std::size_t end = i;
    while (starts && end < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '.'))
      ++end;
    const std::size_t unit = end < text.size() && starts ? std::string_view("KMGT").find(text[end])
                                                         : std::string_view::npos;
    const bool ends =
        end + 1 >= text.size() ||
        (std::isalnum(static_cast<unsigned char>(text[end + 1])) == 0 && text[end + 1] != '_');
    if (starts && unit != std::string_view::npos && ends) {
      plain += fmt::format("({} * 1e{})", text.substr(i, end - i), 3 * (unit + 1));
      i = end + 1;
    } else if (starts) {
      plain += text.substr(i, end - i);
      i = end;
    } else {
      plain += text[i++];
    }
  }
  return plain;
}

// A traced cost stays traced.
Value value_of(const std::string& name, Count cost) {
  if (!is_real_cost(name)) return Value(cost);
  return Value(Number(cost_value(name, cost.value())));
}

}  // namespace

std::vector<std::string> costs_of(const ArchSpec& spec, const SweepFilter& filter) {
  const auto parameters = static_cast<int>(spec.main().params.size());
  std::vector<std::string> names;
  for (const ExpressionNode& node : filter.condition.nodes) {
    if (node.scope != Scope::kParam || node.slot < parameters) continue;
    const std::string& name = named_costs()[static_cast<std::size_t>(node.slot - parameters)];
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

bool asks_for_real_cost(const ArchSpec& spec, const SweepFilter& filter) {
  const std::vector<std::string> names = costs_of(spec, filter);
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return is_real_cost(name); });
}

bool asks_for_parameter(const ArchSpec& spec, const SweepFilter& filter) {
  const std::vector<ExpressionNode>& nodes = filter.condition.nodes;
  return std::any_of(nodes.begin(), nodes.end(), [&](const ExpressionNode& node) {
    return node.scope == Scope::kParam && node.slot < static_cast<int>(spec.main().params.size());
  });
}

bool passes(const std::vector<SweepFilter>& filters, std::vector<std::optional<Value>> parameters,
            const std::function<Count(const std::string&)>& cost) {
  if (filters.empty()) return true;
  FileValues values;
  values.files = &values;
  values.params = std::move(parameters);
  const std::size_t count = values.params.size();
  values.params.resize(count + named_costs().size());
  Environment environment;
  environment.file = &values;
  for (const SweepFilter& filter : filters) {
    for (const ExpressionNode& node : filter.condition.nodes) {
      if (node.scope != Scope::kParam || node.slot < static_cast<int>(count)) continue;
      const std::string& name = named_costs()[static_cast<std::size_t>(node.slot) - count];
      values.params[static_cast<std::size_t>(node.slot)] = value_of(name, cost(name));
    }
    try {
      const Value value = evaluate(filter.condition, environment);
      if (value == Value(0)) return false;
      if (!(value == Value(1)))
        throw Error(fmt::format("--where {}: neither true nor false", filter.condition.text));
    } catch (const ExpressionFault& fault) {
      throw Error(fmt::format("--where {}: {}", filter.condition.text, fault.message));
    }
  }
  return true;
}

bool passes(const std::vector<SweepFilter>& filters, const Network& network, CostReader& costs) {
  std::vector<std::optional<Value>> parameters;
  for (const Parameter& parameter : network.parameters) parameters.emplace_back(parameter.value);
  return passes(filters, std::move(parameters),
                [&](const std::string& name) { return *costs.cost(name); });
}

SweepFilter parse_filter(const ArchSpec& spec, const std::string& text) {
  const auto fail = [&](const std::string& message) {
    throw Error(std::vector<Diagnostic>{{fmt::format("--where {}", text), message, "", {}}});
  };
  SweepFilter filter;
  const std::vector<ParamSpec>& params = spec.main().params;
  const std::vector<std::string>& costs = named_costs();
  std::set<std::string> words = spec.main().words;
  words.insert(layer_words().begin(), layer_words().end());
  try {
    filter.condition = parse_expression(without_units(text), {});
    filter.condition.text = text;
    for (ExpressionNode& node : filter.condition.nodes) {
      if (node.op != Op::kName) continue;
      const auto param = std::find_if(params.begin(), params.end(),
                                      [&](const ParamSpec& p) { return p.name == node.text; });
      const auto cost = std::find(costs.begin(), costs.end(), node.text);
      if (param != params.end()) {
        node.slot = static_cast<int>(param - params.begin());
      } else if (cost != costs.end()) {
        node.slot = static_cast<int>(params.size()) + static_cast<int>(cost - costs.begin());
      } else if (words.contains(node.text)) {
        continue;
      } else {
        std::vector<std::string> known = costs;
        for (const ParamSpec& p : params) known.push_back(p.name);
        const auto near = nearest(node.text, known);
        fail(fmt::format("'{}' is neither a parameter of '{}' nor a cost{}", node.text, spec.name,
                         near ? fmt::format("; did you mean '{}'?", *near) : ""));
      }
      node.scope = Scope::kParam;
    }
    resolve_words(filter.condition, words);
    const Op op = filter.condition.root().op;
    const bool condition = (op >= Op::kEqual && op <= Op::kOr) || op == Op::kNot || op == Op::kIf;
    if (!condition) fail("it must be a condition, as macs <= 150M");
  } catch (const ExpressionFault& fault) {
    fail(fault.message);
  }
  return filter;
}

}  // namespace archcost
