// SPDX-License-Identifier: Apache-2.0
#include "cli/lighten.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
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
  std::set<std::string_view> rewrites;  ///< those that have a formula
};

// Applies the rewrites one after the other; each has its formula.
Made make(const LightenRequest& request, const std::string& suffix) {
  SpecRequest step = request.base;
  Made made = {build_network(step), 1, {}};
  for (const rewrite::Call& call : split_rewrites("SPEC" + suffix).calls) {
    step.spec = rewrite::apply(step.spec, step.options, call);
    graph::Network after = build_network(step);
    if (call.rewrite->theory == nullptr) {
      made.theory = 0;
    } else {
      made.rewrites.insert(call.rewrite->name);
      made.theory *= call.rewrite->theory(made.network, after);
    }
    made.network = std::move(after);
  }
  made.network.name = request.label + suffix;  // for messages while it is measured
  return made;
}

// Conditions are over costs, `latency` and the parameters of the network that was asked about; a
// rewrite adds its own behind them.
bool fits(const LightenRequest& request, const graph::Network& network,
          const std::optional<double>& seconds) {
  const spec::ArchSpec& spec = request.base.spec;
  std::vector<space::SweepFilter> filters;
  for (const std::string& text : request.limits)
    filters.push_back({space::parse_condition(spec, text, "--limit", {"latency"}), "--limit"});
  std::vector<std::optional<spec::Value>> parameters;
  for (std::size_t k = 0; k < spec.main().params.size(); ++k)
    parameters.emplace_back(network.parameters[k].value);
  cost::CostReader costs(network, {request.type, request.type});
  return space::passes(filters, std::move(parameters), [&](const std::string& name) {
    if (name != "latency") return *costs.cost(name);
    if (!seconds)
      throw Error("--limit", fmt::format("the latency of {} isn't known: {}", network.name,
                                         request.seconds_missing()));
    return Count(std::llround(*seconds * 1e9));
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
  const Made base = make(request, "");
  result.network = request.label;
  result.input = base.network.input;
  result.limits = request.limits;
  result.seconds_how = request.seconds_how;
  result.rows.push_back(row_of(request, "", base));
  for (const std::string& suffix :
       request.rewrites.empty() ? lighten_rewrites() : request.rewrites) {
    std::optional<Made> made;
    try {
      made = make(request, suffix);
    } catch (const Error& error) {
      result.refused.push_back({suffix, error.diagnostics().front().message});
      continue;
    }
    used.insert(made->rewrites.begin(), made->rewrites.end());
    result.rows.push_back(row_of(request, suffix, *made));
  }
  if (request.seconds_missing) result.seconds_missing = request.seconds_missing();
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
