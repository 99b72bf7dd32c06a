// SPDX-License-Identifier: Apache-2.0
#include "search/methods/collector.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace archcost::methods {
namespace {

constexpr std::size_t kNearest = 5;  // designs that are shown when none is feasible

bool better(const Design& a, const Design& b) { return a.key < b.key; }

}  // namespace

Collector::Collector(const SearchPlan& plan, std::size_t top)
    : plan_(&plan), top_(std::max<std::size_t>(top, 1)), kept_(std::max(top_, kParents)) {
  fronts_.assign(plan.jobs.size(), ParetoFront(plan.objectives.size()));
  pools_.resize(plan.jobs.size());
  tally_.failures.resize(plan.jobs.size());
  LimitTally fresh;
  fresh.least_missed = std::numeric_limits<double>::infinity();
  tally_.limits.assign(plan.limits.size(), fresh);
}

bool Collector::add(Verdict verdict, const Design& design, std::span<const std::size_t> at) {
  ++tally_.points;
  switch (verdict) {
    case Verdict::kOutside:
      ++tally_.outside;
      return false;
    case Verdict::kWithoutFigure:
      ++tally_.without_figure;
      ++tally_.without_figure_why[design.why];
      return false;
    case Verdict::kUnanswered:
      ++tally_.unanswered;
      ++tally_.unanswered_why[design.why];
      return false;
    case Verdict::kInfeasible:
      ++tally_.infeasible;
      note_limits(design);
      if (tally_.feasible == 0) note_miss(design, at);
      return false;
    case Verdict::kFeasible:
      if (++tally_.feasible == 1) {
        for (LimitTally& limit : tally_.limits) limit.least_missed = 0;
        nearest_.clear();
      }
      return keep(design, at);
  }
  return false;
}

void Collector::add_unbuildable(std::size_t job, const engine::SweepFailures& failures,
                                std::uint64_t count) {
  tally_.points += count;
  tally_.unbuildable += count;
  for (const auto& [reason, failure] : failures) {
    const auto [known, fresh] = tally_.failures[job].emplace(reason, failure);
    if (fresh) continue;
    known->second.count += failure.count;
    known->second.first = std::min(known->second.first, failure.first);
  }
}

void Collector::note_limits(const Design& design) {
  for (std::size_t k = 0; k < tally_.limits.size(); ++k) {
    LimitTally& limit = tally_.limits[k];
    const double missed = design.missed[k];
    if (missed > 0) ++limit.broken;
    if (missed == kNotAsked || missed >= limit.least_missed) continue;
    limit.least_missed = missed;
    limit.nearest = design.values;
  }
}

// Of designs with equal figures, as of a parameter without effect, the first in the space is kept.
void Collector::note_miss(const Design& design, std::span<const std::size_t> at) {
  const auto twin = std::find_if(nearest_.begin(), nearest_.end(), [&](const Design& one) {
    return one.job == design.job && one.violation == design.violation &&
           std::equal(
               one.values.begin(), one.values.end(), design.values.begin(), design.values.end(),
               [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); });
  });
  if (twin != nearest_.end()) {
    if (std::lexicographical_compare(at.begin(), at.end(), twin->at.begin(), twin->at.end()))
      twin->at.assign(at.begin(), at.end());
    return;
  }
  if (nearest_.size() == kNearest && design.violation >= nearest_.back().violation) return;
  const auto place =
      std::upper_bound(nearest_.begin(), nearest_.end(), design,
                       [](const Design& a, const Design& b) { return a.violation < b.violation; });
  const auto fresh = nearest_.insert(place, design);
  fresh->at.assign(at.begin(), at.end());
  if (nearest_.size() > kNearest) nearest_.pop_back();
}

// Whether a design with the network of this one is kept. The one whose own settings have a
// published accuracy stays, else the first.
bool Collector::replace_equal(const Design& design, std::span<const std::size_t> at) {
  std::optional<graph::Network> network;
  const sweep::SweepJob& job = plan_->jobs[design.job];
  const auto build = [&](std::span<const std::size_t> place) {
    return graph::build_network(job.spec, job.space.options(job.options, place));
  };
  const auto same_costs = [&](const Design& one) {
    for (std::size_t q = 0; q < one.values.size(); ++q) {
      if (plan_->quantities[q].kind == space::QuantityKind::kCost &&
          one.values[q] != design.values[q])
        return false;
    }
    return true;
  };
  std::vector<Design>& pool = pools_[design.job];
  for (std::size_t k = 0; k < pool.size(); ++k) {
    Design& one = pool[k];
    if (!same_costs(one)) continue;
    if (!network) network = build(at);
    if (!graph::same_network(*network, build(one.at))) continue;
    if (k < top_) ++tally_.equal;
    const auto published = accuracy::AccuracyEstimate::Kind::kPublished;
    if (one.accuracy.row >= 0 && design.accuracy.kind == published && design.accuracy.row < 0) {
      one.at.assign(at.begin(), at.end());
      one.accuracy = design.accuracy;
    }
    return true;
  }
  return false;
}

bool Collector::keep(const Design& design, std::span<const std::size_t> at) {
  std::vector<Design>& pool = pools_[design.job];
  if (plan_->objectives.size() == 1) {
    if (pool.size() == kept_ && !better(design, pool.back())) return false;
    const auto is_known = [&](const Design& one) {
      return std::equal(one.at.begin(), one.at.end(), at.begin(), at.end());
    };
    if (std::any_of(pool.begin(), pool.end(), is_known)) return false;
    if (replace_equal(design, at)) return false;
    const auto place = std::upper_bound(pool.begin(), pool.end(), design, better);
    const bool first = place == pool.begin();
    const auto fresh = pool.insert(place, design);
    fresh->at.assign(at.begin(), at.end());
    if (pool.size() > kept_) pool.pop_back();
    return first;
  }
  ParetoFront& front = fronts_[design.job];
  if (!front.takes(design.key)) return false;
  front.add(design.key, pool.size());
  pool.push_back(design);
  pool.back().at.assign(at.begin(), at.end());
  if (pool.size() > 2 * front.size() + 1000) {  // those that were dominated go
    std::vector<Design> kept;
    kept.reserve(front.size());
    for (std::size_t k = 0; k < front.size(); ++k) kept.push_back(std::move(pool[front.tag(k)]));
    front.renumber();
    pool = std::move(kept);
  }
  return true;
}

std::vector<Design> Collector::best_of(std::size_t job) const { return first_of(job, top_); }

std::vector<Design> Collector::first_of(std::size_t job, std::size_t most) const {
  const std::vector<Design>& pool = pools_[job];
  if (plan_->objectives.size() == 1)
    return {pool.begin(), pool.begin() + static_cast<std::ptrdiff_t>(std::min(pool.size(), most))};
  std::vector<Design> designs;
  for (std::size_t k = 0; k < fronts_[job].size(); ++k)
    designs.push_back(pool[fronts_[job].tag(k)]);
  return designs;
}

std::size_t Collector::best_size(std::size_t job) const {
  return plan_->objectives.size() == 1 ? std::min(pools_[job].size(), kParents)
                                       : fronts_[job].size();
}

const std::vector<std::size_t>& Collector::best_at(std::size_t job, std::size_t index) const {
  return pools_[job][plan_->objectives.size() == 1 ? index : fronts_[job].tag(index)].at;
}

void Collector::join(SearchState state) {
  SearchTally& other = state.tally;
  for (const Design& design : state.designs) keep(design, design.at);
  const bool met = tally_.feasible + other.feasible > 0;
  if (met) nearest_.clear();
  for (const Design& design : state.nearest) {
    if (!met) note_miss(design, design.at);
  }
  tally_.points += other.points;
  tally_.unbuildable += other.unbuildable;
  tally_.outside += other.outside;
  tally_.without_figure += other.without_figure;
  tally_.unanswered += other.unanswered;
  for (const auto& [why, count] : other.unanswered_why) tally_.unanswered_why[why] += count;
  for (const auto& [why, count] : other.without_figure_why) tally_.without_figure_why[why] += count;
  tally_.infeasible += other.infeasible;
  tally_.feasible += other.feasible;
  tally_.equal += other.equal;
  for (std::size_t k = 0; k < tally_.limits.size() && k < other.limits.size(); ++k) {
    LimitTally& limit = tally_.limits[k];
    limit.broken += other.limits[k].broken;
    if (other.limits[k].least_missed >= limit.least_missed) continue;
    limit.least_missed = other.limits[k].least_missed;
    limit.nearest = other.limits[k].nearest;
  }
  for (std::size_t j = 0; j < tally_.failures.size() && j < other.failures.size(); ++j)
    add_unbuildable(j, other.failures[j], 0);
}

SearchState Collector::state() const { return state_with(top_); }

SearchState Collector::snapshot() const { return state_with(kept_); }

SearchState Collector::state_with(std::size_t most) const {
  SearchState state;
  state.tally = tally_;
  for (std::size_t j = 0; j < pools_.size(); ++j) {
    for (Design& design : first_of(j, most)) state.designs.push_back(std::move(design));
  }
  state.nearest = nearest_;
  return state;
}

// The designs come in the order of their fronts, so that these get the same order.
void Collector::restore(const SearchState& snapshot) {
  tally_ = snapshot.tally;
  nearest_ = snapshot.nearest;
  for (const Design& design : snapshot.designs) {
    std::vector<Design>& pool = pools_[design.job];
    if (plan_->objectives.size() > 1) fronts_[design.job].add(design.key, pool.size());
    pool.push_back(design);
  }
}

void Collector::finish(SearchResult& result) {
  std::vector<Design> all;
  for (std::size_t j = 0; j < plan_->jobs.size(); ++j) {
    for (Design& design : best_of(j)) all.push_back(std::move(design));
  }
  result.designs = join_families(*plan_, std::move(all));
  if (plan_->objectives.size() == 1 && result.designs.size() > top_) result.designs.resize(top_);
  result.nearest = nearest_;
  result.tally = tally_;
}

std::vector<Design> join_families(const SearchPlan& plan, std::vector<Design> designs) {
  int accuracy = -1;
  for (std::size_t g = 0; g < plan.objectives.size(); ++g) {
    const space::Quantity& quantity =
        plan.quantities[static_cast<std::size_t>(plan.objectives[g].quantity)];
    if (quantity.kind == space::QuantityKind::kAccuracy) accuracy = static_cast<int>(g);
  }
  const auto is_better = [&](const Design& a, const Design& b) {
    if (a.job == b.job) return false;
    if (accuracy < 0) return dominates(a.key, b.key);
    for (std::size_t g = 0; g < a.key.size(); ++g) {
      if (a.key[g] > b.key[g]) return false;
    }
    const bool same_recipe =
        plan.accuracy[a.job]->table().recipe == plan.accuracy[b.job]->table().recipe;
    return accuracy::can_tell_apart(a.accuracy, b.accuracy, same_recipe);
  };
  std::vector<Design> kept;
  for (const Design& design : designs) {
    const bool dominated = plan.objectives.size() > 1 && plan.jobs.size() > 1 &&
                           std::any_of(designs.begin(), designs.end(), [&](const Design& other) {
                             return is_better(other, design);
                           });
    if (!dominated) kept.push_back(design);
  }
  std::stable_sort(kept.begin(), kept.end(), better);
  return kept;
}

}  // namespace archcost::methods
