// SPDX-License-Identifier: Apache-2.0
#include "search/methods/unused_limit.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "graph/build.hpp"
#include "search/space/limit.hpp"
#include "search/space/sweep_filter.hpp"
#include "search/space/sweep_space.hpp"

namespace archcost::methods {
namespace {

constexpr double kLittle = 0.6;  // of a limit

struct UsedLimit {
  std::size_t limit = 0, quantity = 0;
  double used = 0, bound = 0;  ///< of the best design, in the units of the quantity
};

// The quantity of an upper bound of a cost; nothing for other forms.
std::optional<std::size_t> bounded_cost(const SearchPlan& plan, const std::string& limit) {
  const std::optional<space::UpperBound> bound = space::parse_upper_bound(limit);
  if (!bound) return std::nullopt;
  const int quantity = space::find_quantity(plan.quantities, std::string(bound->name));
  if (quantity < 0) return std::nullopt;
  const auto place = static_cast<std::size_t>(quantity);
  if (plan.quantities[place].kind != space::QuantityKind::kCost) return std::nullopt;
  return place;
}

// The limit of which the best design uses most; nothing where one has another form.
std::optional<UsedLimit> tightest_limit(const SearchPlan& plan, const Design& best) {
  constexpr double kHuge = 1e18;
  const sweep::SweepJob& job = plan.jobs[best.job];
  const space::LimitScope scope = {&job.spec, &job.options, &job.space, plan.quantities};
  std::optional<UsedLimit> tightest;
  for (std::size_t k = 0; k < plan.limits.size(); ++k) {
    const auto quantity = bounded_cost(plan, plan.limits[k]);
    if (!quantity && plan.limits[k].find('<') == std::string::npos) continue;  // "accuracy >= 65"
    if (!quantity) return std::nullopt;
    std::vector<double> values = best.values;
    values[*quantity] = kHuge;
    const double missed = space::Limit(scope, plan.limits[k]).violation(best.at, values.data());
    const UsedLimit used = {k, *quantity, best.values[*quantity], kHuge / (1 + missed)};
    if (!tightest || used.used / used.bound > tightest->used / tightest->bound) tightest = used;
  }
  return tightest;
}

// "s=0.25:2:0.05": up to 40 values within those of the axis; empty where there are none between.
std::string finer_values(const space::SweepAxis& axis) {
  constexpr std::int64_t kSteps[] = {10,   25,    50,    100,   250,    500,    1000,   2000,
                                     5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000};
  constexpr double kParts = 1000;
  constexpr std::int64_t kMost = 40;
  double low = 0, high = 0;
  bool whole = true;
  for (const spec::Value& value : axis.values) {
    const double number = value.number().to_double();
    low = &value == &axis.values.front() ? number : std::min(low, number);
    high = &value == &axis.values.front() ? number : std::max(high, number);
    whole = whole && number == std::floor(number);
  }
  if (std::abs(low) > 1e9 || std::abs(high) > 1e9) return {};
  for (const std::int64_t step : kSteps) {
    if (whole && step < static_cast<std::int64_t>(kParts)) continue;
    const auto from =
        static_cast<std::int64_t>(std::ceil(low * kParts / static_cast<double>(step)));
    const auto to =
        static_cast<std::int64_t>(std::floor(high * kParts / static_cast<double>(step)));
    if (to - from > kMost) continue;
    if (to - from < static_cast<std::int64_t>(axis.values.size())) return {};
    return fmt::format("{}={}:{}:{}", axis.param, static_cast<double>(from * step) / kParts,
                       static_cast<double>(to * step) / kParts, static_cast<double>(step) / kParts);
  }
  return {};
}

// The parameter of an axis that has its own `sweep` values, and takes any number between bounds.
bool is_finer(const spec::ParamSpec& param, const space::SweepAxis& axis) {
  return axis.element == 0 && param.choices.empty() && param.min && param.max &&
         axis.values.size() > 1 &&
         std::all_of(axis.values.begin(), axis.values.end(), [&](const spec::Value& value) {
           return value.is_number() &&
                  std::find(param.sweep.begin(), param.sweep.end(), value) != param.sweep.end();
         });
}

class FinerSearch {
 public:
  FinerSearch(const SearchPlan& plan, const Design& best, const UsedLimit& used)
      : plan_(&plan), best_(&best), used_(&used) {}

  /// The --vary options with which a better design is found than the best one; empty: none is.
  std::string options_at(const Design& design) const {
    const sweep::SweepJob& job = plan_->jobs[design.job];
    if (job.spec.search) return {};
    for (std::size_t k = 0; k < job.space.axes.size(); ++k) {
      const spec::ParamSpec* param = job.spec.find_param(job.space.axes[k].param);
      if (param == nullptr || !is_finer(*param, job.space.axes[k]) || !matters(job, design, k))
        continue;
      std::vector<std::string> texts;
      for (std::size_t other = 0; other < job.space.axes.size(); ++other) {
        if (other != k && matters(job, design, other)) texts.push_back(as_varied(job, other));
      }
      const std::string finer = finer_values(job.space.axes[k]);
      if (finer.empty() || std::find(texts.begin(), texts.end(), "") != texts.end()) continue;
      texts.push_back(finer);
      if (finds_better(design, k, finer)) return options_text(job, texts);
    }
    return {};
  }

 private:
  bool by_accuracy() const {
    const auto goal = static_cast<std::size_t>(plan_->objectives.front().quantity);
    return plan_->quantities[goal].kind == space::QuantityKind::kAccuracy;
  }

  // Whether the table of accuracies has other values of the parameter.
  bool matters(const sweep::SweepJob& job, const Design& design, std::size_t axis) const {
    if (!by_accuracy()) return true;
    const auto place = static_cast<std::size_t>(job.spec.find_param(job.space.axes[axis].param) -
                                                job.spec.main().params.data());
    const std::vector<std::size_t>& varied = plan_->accuracy[design.job]->table().varied;
    return std::find(varied.begin(), varied.end(), place) != varied.end();
  }

  // "g" for the spec's own values, "g=1,2" for some of them; empty: too many.
  static std::string as_varied(const sweep::SweepJob& job, std::size_t k) {
    constexpr std::size_t kMostListed = 8;
    const space::SweepAxis& axis = job.space.axes[k];
    const spec::ParamSpec* param = job.spec.find_param(axis.param);
    if (axis.element == 0 && param != nullptr && axis.values == param->sweep) return axis.param;
    if (axis.element > 0 || axis.values.size() > kMostListed) return {};
    std::vector<std::string> values;
    for (const spec::Value& value : axis.values) values.push_back(spec::to_string(value));
    return axis.param + "=" + join(values, ",");
  }

  std::string options_text(const sweep::SweepJob& job,
                           const std::vector<std::string>& texts) const {
    const std::string prefix = plan_->jobs.size() > 1 ? job.label + ":" : "";
    std::string text;
    for (const std::string& each : texts)
      text += (text.empty() ? "--vary " : " --vary ") + shell_quoted(prefix + each);
    return text;
  }

  // Largest values first: they use most.
  bool finds_better(const Design& design, std::size_t axis, const std::string& finer) const {
    const sweep::SweepJob& job = plan_->jobs[design.job];
    try {
      const space::SweepSpace values = space::sweep_space(job.spec, {finer}, job.options);
      graph::BuildOptions options = job.options;
      options.suggest_fix = false;
      for (std::size_t k = 0; k < job.space.axes.size(); ++k) {
        if (k == axis || !matters(job, design, k)) continue;
        const space::SweepAxis& other = job.space.axes[k];
        options.settings.push_back({other.param, other.values[design.at[k]], "--vary"});
      }
      for (std::uint64_t point = values.points(); point-- > 0;) {
        if (is_better(design.job, values.options(options, values.indices(point)))) return true;
      }
    } catch (const Error&) {  // values that only work together with others
    }
    return false;
  }

  bool is_better(std::size_t job, const graph::BuildOptions& options) const {
    const space::Quantity& cost = plan_->quantities[used_->quantity];
    try {
      const graph::Network network = graph::build_network(plan_->jobs[job].spec, options);
      cost::CostReader costs(network, plan_->jobs[job].wants.types);
      const auto value_of = [&](const space::Quantity& quantity) {
        return static_cast<double>(costs.cost(quantity.name)->value()) / quantity.parts;
      };
      const double used = value_of(cost);
      if (used <= used_->used || used > used_->bound) return false;
      const auto goal = static_cast<std::size_t>(plan_->objectives.front().quantity);
      if (!by_accuracy()) return value_of(plan_->quantities[goal]) > best_->values[goal];
      const accuracy::AccuracyEstimate estimate = plan_->accuracy[job]->estimate(options, &network);
      return estimate.has_value() && estimate.top1 > best_->accuracy.top1;
    } catch (const Error&) {  // can't be built
      return false;
    }
  }

  const SearchPlan* plan_;
  const Design* best_;
  const UsedLimit* used_;
};

}  // namespace

std::string unused_limit_hint(const SearchPlan& plan, const SearchResult& result) {
  if (result.designs.empty() || !result.whole || plan.objectives.size() != 1 ||
      !plan.objectives.front().maximize || result.method != SearchMethod::kEnumerate)
    return {};
  const auto goal = static_cast<std::size_t>(plan.objectives.front().quantity);
  if (plan.quantities[goal].kind == space::QuantityKind::kSlow) return {};
  const Design& best = result.designs.front();
  const auto used = tightest_limit(plan, best);
  if (!used || used->used >= kLittle * used->bound || result.tally.limits[used->limit].broken == 0)
    return {};
  std::vector<std::size_t> asked;  // jobs, each by its best design
  for (const Design& design : result.designs) {
    if (std::find(asked.begin(), asked.end(), design.job) != asked.end()) continue;
    asked.push_back(design.job);
    const std::string options = FinerSearch(plan, best, *used).options_at(design);
    if (!options.empty())
      return fmt::format("The best uses {:.0f} % of {}: other values may use more, as {}",
                         100 * used->used / used->bound, plan.limits[used->limit], options);
  }
  return {};
}

}  // namespace archcost::methods
