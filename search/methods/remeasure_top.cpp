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

namespace {

// The measured figure in place of the predicted one; nothing is asked of the limits.
void set_measured(const SearchPlan& plan, const space::Uncertain& figure, int quantity,
                  Design& design) {
  design.measured = figure;
  if (quantity < 0) return;
  const auto place = static_cast<std::size_t>(quantity);
  design.values[place] = figure.value;
  design.errors[place] = figure.error;
  design.estimated = figure.estimated;
  for (std::size_t g = 0; g < plan.objectives.size(); ++g)
    design.key[g] = plan.objectives[g].key(
        design.values[static_cast<std::size_t>(plan.objectives[g].quantity)]);
}

// What is not dominated by others of its family, if there are several objectives.
std::vector<Design> front_of(const SearchPlan& plan, const std::vector<Design>& designs) {
  if (plan.objectives.size() == 1) return designs;
  std::vector<Design> front;
  for (const Design& design : designs) {
    const bool dominated = std::any_of(designs.begin(), designs.end(), [&](const Design& other) {
      return other.job == design.job && dominates(other.key, design.key);
    });
    if (!dominated) front.push_back(design);
  }
  return front;
}

// Where further designs would come from.
std::string_view more_text(const SearchPlan& plan) {
  return plan.objectives.size() == 1
             ? "a larger --top has more designs to measure, a lower limit others"
             : "a lower limit has a front of other designs to measure";
}

}  // namespace

void remeasure_top(
    const SearchPlan& plan, SearchResult& result, std::size_t count, std::string_view name,
    const std::function<std::optional<space::Uncertain>(const graph::Network&)>& measure) {
  const int quantity = space::find_quantity(plan.quantities, name);
  std::vector<Design> kept, broken, rest;
  std::size_t measured = 0, hold = 0;
  std::string first_broken;  // measured and predicted
  bool ended = false;
  for (const Design& predicted : result.designs) {
    if (ended || hold == count) {
      rest.push_back(predicted);
      continue;
    }
    Design design = predicted;
    const auto figure =
        measure(graph::build_network(plan.jobs[design.job].spec, options_of(plan, design)));
    if (!figure) {
      ++result.unmeasured;
      kept.push_back(std::move(design));
      ended = kept.size() >= count;  // a busy machine fails at all of them
      continue;
    }
    ++measured;
    set_measured(plan, *figure, quantity, design);
    if (meets_limits(plan, design)) {
      kept.push_back(std::move(design));
      ++hold;
      continue;
    }
    if (broken.empty() && quantity >= 0)
      first_broken = fmt::format(" (the first: {:.4g} ms instead of {:.4g})", 1e3 * figure->value,
                                 1e3 * predicted.values[static_cast<std::size_t>(quantity)]);
    broken.push_back(std::move(design));
  }
  std::vector<Design> front = front_of(plan, kept);
  const std::size_t dominated = kept.size() - front.size();
  result.designs = join_families(plan, std::move(front));
  if (result.designs.empty()) result.nearest = broken;
  // With one objective what was not measured follows, as it was predicted.
  if (plan.objectives.size() == 1)
    result.designs.insert(result.designs.end(), rest.begin(), rest.end());
  else
    rest.clear();
  result.corrected = fmt::format(
      "Measured: {} design{}; {} by {} measured {}{}", measured, measured == 1 ? "" : "s",
      broken.size() == 1 ? std::string("1 breaks a limit")
                         : fmt::format("{} break a limit", broken.size()),
      broken.size() == 1 ? "its" : "their", name, first_broken);
  if (dominated > 0)
    result.corrected +=
        fmt::format(", {} {} dominated by others", dominated, dominated == 1 ? "is" : "are");
  result.corrected += ".";
  if (hold < count && !broken.empty() && !ended && rest.empty())
    result.corrected += fmt::format(" {} of the {} that were asked for {} the limits: {}.", hold,
                                    count, hold == 1 ? "meets" : "meet", more_text(plan));
  if (result.unmeasured > 0)
    result.corrected +=
        fmt::format(" {} could not be measured, as on a busy machine, and {} what was predicted.",
                    result.unmeasured, result.unmeasured == 1 ? "keeps" : "keep");
  if (!rest.empty())
    result.corrected +=
        fmt::format(" {} more {} not measured and {} what was predicted.", rest.size(),
                    rest.size() == 1 ? "is" : "are", rest.size() == 1 ? "keeps" : "keep");
}

}  // namespace archcost::methods
