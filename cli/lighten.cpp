// SPDX-License-Identifier: Apache-2.0
#include "cli/lighten.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "cli/rewrite_argument.hpp"
#include "core/text.hpp"
#include "cost/memory.hpp"
#include "search/space/sweep_filter.hpp"

namespace archcost::cli {
namespace {

struct Made {
  graph::Network network;
  double theory = 1;
};

// Applies the rewrites one after the other; each has its formula.
Made make(const LightenRequest& request, const std::string& suffix,
          std::set<std::string_view>& rewrites) {
  SpecRequest step = request.base;
  Made made = {build_network(step), 1};
  for (const rewrite::Call& call : split_rewrites("SPEC" + suffix).calls) {
    step.spec = rewrite::apply(step.spec, step.options, call);
    graph::Network after = build_network(step);
    if (call.rewrite->theory == nullptr) {
      made.theory = 0;
    } else {
      rewrites.insert(call.rewrite->name);
      made.theory *= call.rewrite->theory(made.network, after);
    }
    made.network = std::move(after);
  }
  return made;
}

// Whether a network meets a condition over costs, `latency` and the parameters of the network that
// was asked about.
bool meets(const spec::ArchSpec& spec, const spec::Expression& condition,
           const graph::Network& network, cost::CostReader& costs,
           const std::optional<double>& seconds) {
  const std::size_t count = spec.main().params.size();
  const std::vector<std::string>& names = cost::named_costs();
  spec::FileValues values;
  values.files = &values;
  for (std::size_t k = 0; k < count; ++k) values.params.emplace_back(network.parameters[k].value);
  values.params.resize(count + names.size() + 1);
  for (const spec::ExpressionNode& node : condition.nodes) {
    const auto slot = static_cast<std::size_t>(std::max(node.slot, 0));
    if (node.scope != spec::Scope::kParam || slot < count) continue;
    if (slot < count + names.size()) {
      const std::string& name = names[slot - count];
      values.params[slot] =
          spec::Value(spec::Number(cost::cost_value(name, costs.cost(name)->value())));
    } else if (seconds) {
      values.params[slot] = spec::Value(spec::Number::inexact(*seconds));
    }
  }
  spec::Environment environment;
  environment.file = &values;
  try {
    return spec::evaluate(condition, environment) == spec::Value(1);
  } catch (const spec::UnknownValue&) {
    throw Error("--limit " + condition.text, "the time of a network isn't known; --measure");
  } catch (const spec::ExpressionFault& fault) {
    throw Error("--limit " + condition.text, fault.message);
  }
}

bool fits(const LightenRequest& request, const graph::Network& network,
          const std::optional<double>& seconds) {
  cost::CostReader costs(network, {request.type, request.type});
  const spec::ArchSpec& spec = request.base.spec;
  return std::all_of(request.limits.begin(), request.limits.end(), [&](const std::string& text) {
    return meets(spec, space::parse_condition(spec, text, "--limit", {"latency"}), network, costs,
                 seconds);
  });
}

tables::LightenRow row_of(const LightenRequest& request, const std::string& suffix,
                          const Made& made) {
  const cost::CostTable costs = cost::count(made.network);
  tables::LightenRow row;
  row.rewrite = suffix;
  row.params = costs.total.cost.params;
  row.macs = costs.total.cost.macs;
  row.activations = costs.total.cost.activations;
  row.peak_bytes = cost::peak_bytes(made.network, {request.type, false});
  if (request.seconds) row.seconds = request.seconds(made.network);
  if (!suffix.empty() && made.theory > 0) row.theory = made.theory;
  row.fits = fits(request, made.network, row.seconds);
  return row;
}

double key_of(const tables::LightenRow& row, const std::string& sort) {
  const auto number = [](Count count) { return static_cast<double>(count.value()); };
  if (sort == "params") return number(row.params);
  if (sort == "macs") return number(row.macs);
  if (sort == "activations") return number(row.activations);
  if (sort == "peak_memory") return number(row.peak_bytes);
  return row.seconds.value_or(1e300);
}

}  // namespace

const std::vector<std::string>& lighten_rewrites() {
  static const std::vector<std::string> kRewrites = {
      "+separable",
      "+groups:g=2",
      "+groups:g=4",
      "+groups:g=8",
      "+bottleneck",
      "+bottleneck:inverted=1",
      "+se",
      "+width:alpha=0.75",
      "+width:alpha=0.5",
      "+resolution:rho=5/7",
      "+separable+groups:g=4",
      "+separable+se",
      "+groups:g=4+se",
      "+separable+width:alpha=0.75",
      "+separable+width:alpha=0.5+resolution:rho=5/7",
  };
  return kRewrites;
}

tables::Lighten lighten(const LightenRequest& request) {
  tables::Lighten result;
  std::set<std::string_view> used;
  const Made base = make(request, "", used);
  result.network = request.label;
  result.input = base.network.input;
  result.limits = request.limits;
  result.seconds_how = request.seconds_how;
  result.rows.push_back(row_of(request, "", base));
  for (const std::string& suffix :
       request.rewrites.empty() ? lighten_rewrites() : request.rewrites) {
    std::optional<Made> made;
    try {
      made = make(request, suffix, used);
    } catch (const Error& error) {
      result.refused.push_back({suffix, error.diagnostics().front().message});
      continue;
    }
    result.rows.push_back(row_of(request, suffix, *made));
  }
  for (const std::string_view name : used) {
    const rewrite::Rewrite* row = rewrite::find_rewrite(name);
    result.formulas.push_back(fmt::format("{} {}", row->name, row->formula));
  }
  if (!request.sort.empty()) {
    std::stable_sort(result.rows.begin() + 1, result.rows.end(),
                     [&](const tables::LightenRow& a, const tables::LightenRow& b) {
                       return key_of(a, request.sort) < key_of(b, request.sort);
                     });
  }
  return result;
}

}  // namespace archcost::cli
