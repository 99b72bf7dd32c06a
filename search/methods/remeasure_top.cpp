// SPDX-License-Identifier: Apache-2.0
#include "search/methods/remeasure_top.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "search/methods/collector.hpp"
#include "search/methods/pareto.hpp"

namespace archcost::methods {

bool meets_limits(const SearchPlan& plan, Design& design) {
  const sweep::SweepJob& job = plan.jobs[design.job];
  const space::LimitScope scope = {&job.spec, &job.options, &job.space, plan.quantities};
  design.violation = 0;
  design.missed.resize(plan.limits.size());
  for (std::size_t k = 0; k < plan.limits.size(); ++k) {
    design.missed[k] =
        space::Limit(scope, plan.limits[k]).violation(design.at, design.values.data());
    design.violation += design.missed[k];
  }
  return design.violation == 0;
}

void remeasure_top(
    const SearchPlan& plan, SearchResult& result, std::size_t count, std::string_view name,
    const std::function<std::optional<space::Uncertain>(const graph::Network&)>& measure) {
  const int quantity = space::find_quantity(plan.quantities, name);
  std::vector<Design> kept;
  std::size_t failed = 0, broke = 0;
  std::string least_broken;  // the first design that breaks a limit: measured and predicted
  const std::size_t measured = std::min(count, result.designs.size());
  for (std::size_t k = 0; k < measured; ++k) {
    Design design = result.designs[k];
    const auto figure =
        measure(graph::build_network(plan.jobs[design.job].spec, options_of(plan, design)));
    if (!figure) {
      ++failed;
      continue;
    }
    const double predicted =
        quantity >= 0 ? design.values[static_cast<std::size_t>(quantity)] : figure->value;
    design.measured = *figure;
    if (quantity >= 0) {
      design.values[static_cast<std::size_t>(quantity)] = figure->value;
      design.errors[static_cast<std::size_t>(quantity)] = figure->error;
      design.estimated = figure->estimated;
      for (std::size_t g = 0; g < plan.objectives.size(); ++g)
        design.key[g] = plan.objectives[g].key(
            design.values[static_cast<std::size_t>(plan.objectives[g].quantity)]);
    }
    if (meets_limits(plan, design)) {
      kept.push_back(std::move(design));
      continue;
    }
    ++broke;
    if (least_broken.empty()) {
      least_broken = fmt::format("the first: {:.4g} ms instead of {:.4g}", 1e3 * figure->value,
                                 1e3 * predicted);
    }
  }
  std::vector<Design> front;
  for (const Design& design : kept) {
    const bool dominated = plan.objectives.size() > 1 &&
                           std::any_of(kept.begin(), kept.end(), [&](const Design& other) {
                             return other.job == design.job && dominates(other.key, design.key);
                           });
    if (!dominated) front.push_back(design);
  }
  const std::size_t dominated = kept.size() - front.size();
  result.designs = join_families(plan, std::move(front));
  result.corrected = fmt::format(
      "Measured: the first {} of the designs; {} break a limit by their measured {}{}, {} are "
      "dominated by others, {} could not be measured, or not on so busy a machine.",
      measured, broke, name, least_broken.empty() ? "" : " (" + least_broken + ")", dominated,
      failed);
}

}  // namespace archcost::methods
