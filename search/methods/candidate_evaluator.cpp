// SPDX-License-Identifier: Apache-2.0
#include "search/methods/candidate_evaluator.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"

namespace archcost::methods {

double figure_of(const space::Quantity& quantity, std::int64_t held) {
  const auto number = static_cast<double>(held);
  return quantity.parts == 1 ? number : number / quantity.parts;
}

CandidateEvaluator::CandidateEvaluator(const SearchPlan& plan, std::size_t job)
    : plan_(&plan), job_(job) {
  const sweep::SweepJob& sweep = plan.jobs[job];
  const space::LimitScope scope = {&sweep.spec, &sweep.options, &sweep.space, plan.quantities};
  for (const std::string& text : plan.limits) limits_.emplace_back(scope, text);
  if (sweep.spec.search) {
    for (const spec::Expression& condition : sweep.spec.search->conditions)
      space_limits_.emplace_back(scope, condition);
  }
  std::vector<bool> needed(plan.quantities.size());
  for (const space::Limit& limit : limits_) {
    bool waits = false;
    for (int q : limit.asks()) {
      needed[static_cast<std::size_t>(q)] = true;
      waits =
          waits || plan.quantities[static_cast<std::size_t>(q)].kind == space::QuantityKind::kSlow;
    }
    waits_.push_back(waits);
  }
  for (const space::Objective& objective : plan.objectives)
    needed[static_cast<std::size_t>(objective.quantity)] = true;
  for (std::size_t q = 0; q < plan.quantities.size(); ++q) {
    const space::QuantityKind kind = plan.quantities[q].kind;
    if (kind == space::QuantityKind::kSlow && needed[q]) slow_.push_back(static_cast<int>(q));
    if (kind == space::QuantityKind::kSlow) unknown_.push_back(q);
    if (kind != space::QuantityKind::kAccuracy) continue;
    accuracy_quantity_ = static_cast<int>(q);
    needs_accuracy_ = needed[q];
    if (plan.accuracy[job])
      accuracy_ = std::make_unique<accuracy::AccuracyOnSpace>(*plan.accuracy[job], sweep.spec,
                                                              sweep.options, sweep.space);
  }
  design_.job = job;
  design_.values.resize(plan.quantities.size());
  design_.errors.resize(plan.quantities.size(), 0.0);
  design_.missed.resize(limits_.size());
  design_.key.resize(plan.objectives.size());
}

// Whether the costs of the last candidate are those of a network with a published accuracy.
bool CandidateEvaluator::may_be_published() const {
  const accuracy::AccuracyModel& model = *plan_->accuracy[job_];
  const auto costs = static_cast<std::size_t>(
      std::count_if(plan_->quantities.begin(), plan_->quantities.end(), [](const auto& quantity) {
        return quantity.kind == space::QuantityKind::kCost;
      }));  // they come first
  if (!row_costs_) {
    row_costs_.emplace();
    for (std::size_t r = 0; r < model.table().rows.size(); ++r) {
      const graph::Network* network = model.row_network(r);
      if (network == nullptr) continue;
      graph::Network batch = *network;
      batch.batch = plan_->jobs[job_].options.batch;
      cost::CostReader reader(batch, plan_->jobs[job_].wants.types);
      std::vector<double>& row = row_costs_->emplace_back();
      for (std::size_t q = 0; q < costs; ++q)
        row.push_back(
            figure_of(plan_->quantities[q], reader.cost(plan_->quantities[q].name)->value()));
    }
  }
  return std::any_of(row_costs_->begin(), row_costs_->end(), [&](const std::vector<double>& row) {
    return std::equal(row.begin(), row.end(), design_.values.begin());
  });
}

bool CandidateEvaluator::find_accuracy(std::span<const std::size_t> at) {
  if (accuracy_quantity_ < 0) return true;
  const auto q = static_cast<std::size_t>(accuracy_quantity_);
  design_.accuracy = accuracy_
                         ? accuracy_->at(at)
                         : accuracy::AccuracyEstimate{accuracy::AccuracyEstimate::Kind::kTooFew};
  if (accuracy_ && design_.accuracy.kind != accuracy::AccuracyEstimate::Kind::kPublished &&
      may_be_published()) {
    const sweep::SweepJob& sweep = plan_->jobs[job_];
    design_.accuracy = plan_->accuracy[job_]->estimate(sweep.space.options(sweep.options, at));
  }
  design_.values[q] = design_.accuracy.top1;
  design_.errors[q] = design_.accuracy.error;
  if (design_.accuracy.has_value() || !needs_accuracy_) return true;
  std::string& why = accuracy_reasons_[{design_.accuracy.kind, design_.accuracy.parameter,
                                        design_.accuracy.models}];
  if (why.empty())
    why = fmt::format("accuracy of {}: {}", plan_->jobs[job_].spec.name,
                      plan_->accuracy[job_]->describe(design_.accuracy));
  design_.why = why;
  return false;
}

bool CandidateEvaluator::find_slow(std::span<const std::size_t> at) {
  if (slow_.empty()) return true;
  const sweep::SweepJob& sweep = plan_->jobs[job_];
  const graph::Network network =
      graph::build_network(sweep.spec, sweep.space.options(sweep.options, at));
  for (int quantity : slow_) {
    const auto q = static_cast<std::size_t>(quantity);
    const space::SlowCost& slow = plan_->slow[static_cast<std::size_t>(plan_->quantities[q].slow)];
    const auto figure = slow.of(network);
    if (!figure) {
      design_.why = slow.name + ": " + (slow.missing ? slow.missing() : "no figure");
      return false;
    }
    design_.values[q] = figure->value;
    design_.errors[q] = figure->error;
    design_.estimated = design_.estimated || figure->estimated;
  }
  return true;
}

bool CandidateEvaluator::in_space(std::span<const std::size_t> at) const {
  try {
    return holds_in_space(at);
  } catch (const space::Unanswered&) {
    return false;
  }
}

bool CandidateEvaluator::holds_in_space(std::span<const std::size_t> at) const {
  return std::all_of(space_limits_.begin(), space_limits_.end(), [&](const space::Limit& limit) {
    return limit.violation(at, design_.values.data()) == 0;
  });
}

Verdict CandidateEvaluator::evaluate(std::span<const std::size_t> at) {
  double* values = design_.values.data();
  design_.violation = 0;
  design_.estimated = false;
  design_.why.clear();
  std::fill(design_.key.begin(), design_.key.end(), 0.0);
  for (const std::size_t q : unknown_) {  // until they are asked for
    values[q] = std::numeric_limits<double>::quiet_NaN();
    design_.errors[q].reset();
  }
  // What has no answer is told by the first such limit.
  const auto answered = [&](const auto& ask, bool& holds) {
    try {
      holds = ask();
    } catch (const space::Unanswered& error) {
      const Diagnostic& why = error.diagnostics().front();
      design_.why = why.place + ": " + why.message;
    }
    return design_.why.empty();
  };
  bool holds = false;
  if (!answered([&] { return holds_in_space(at); }, holds)) return Verdict::kUnanswered;
  if (!holds) return Verdict::kOutside;
  if (!find_accuracy(at)) return Verdict::kWithoutFigure;
  const auto hold = [&](bool waiting) {
    for (std::size_t k = 0; k < limits_.size(); ++k) {
      if (waits_[k] != waiting) continue;
      design_.missed[k] = limits_[k].violation(at, values);
      design_.violation += design_.missed[k];
    }
    return design_.violation == 0;
  };
  std::fill(design_.missed.begin(), design_.missed.end(), kNotAsked);
  if (!answered([&] { return hold(false); }, holds)) return Verdict::kUnanswered;
  if (!holds) return Verdict::kInfeasible;
  if (!find_slow(at)) return Verdict::kWithoutFigure;
  if (!slow_.empty()) {
    if (!answered([&] { return hold(true); }, holds)) return Verdict::kUnanswered;
    if (!holds) return Verdict::kInfeasible;
  }
  for (std::size_t k = 0; k < design_.key.size(); ++k)
    design_.key[k] = plan_->objectives[k].key(values[plan_->objectives[k].quantity]);
  return Verdict::kFeasible;
}

}  // namespace archcost::methods
