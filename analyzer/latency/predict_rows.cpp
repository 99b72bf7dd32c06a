// SPDX-License-Identifier: Apache-2.0
// Predictions for engines whose figures were taken in whole networks.
#include <algorithm>
#include <set>

#include "latency/latency_predictor.hpp"
#include "latency/remainder.hpp"
#include "plan/layout_choice.hpp"
#include "plan/run_order.hpp"

namespace archcost::latency {
namespace {

/// The kernels that a network needs, each with its time and how that was obtained.
struct Candidates {
  plan::KernelChoices choices;
  std::set<std::pair<std::string, plan::KernelOption>> estimated;

  void add(const std::string& key, const plan::KernelOption& option, double seconds,
           bool is_estimated) {
    plan::Trial& trial = choices[key][option];
    trial.seconds = seconds;
    if (is_estimated) estimated.insert({key, option});
  }
};

}  // namespace

Predicted LatencyPredictor::predict_rows(const graph::Network& network,
                                         const PredictOptions& options) const {
  const plan::OrderedNetwork ordered = plan::in_run_order(network);
  const bool unfused = options.fusion == plan::Fusion::kNone;
  const plan::StepProblems problems(
      ordered.network,
      plan::plan_execution(ordered.network,
                           [&](const plan::Step& candidate) {
                             return !unfused && model_.fuses(ordered.network, candidate);
                           }),
      threads_);
  std::vector<std::string> own;
  if (options.unseen) {
    for (std::size_t i = 0; i < problems.size(); ++i) own.push_back(problems.key(i));
  }
  const bool estimate = options.estimate || options.unseen;
  Candidates candidates;
  const auto add = [&](const plan::KernelProblem& problem, const std::string& key,
                       const std::vector<plan::KernelOption>& likely) {
    bool found = false;
    const auto begin =
        figures_.lower_bound({key, plan::KernelOption{plan::Layout::kPlain, plan::Layout::kPlain}});
    for (auto at = begin; !options.unseen && at != figures_.end() && at->first.first == key; ++at) {
      candidates.add(key, at->first.second, at->second.seconds, false);
      found = true;
    }
    if ((found && !problem.is_reorder()) || !estimate) return;
    for (const plan::KernelOption& option : likely) {
      if (candidates.choices[key].contains(option)) continue;
      if (const auto seconds = model_.estimate(problem, option, own))
        candidates.add(key, option, *seconds, true);
    }
  };
  const std::vector<plan::KernelOption> reorders(model_.reorders().begin(),
                                                 model_.reorders().end());
  std::set<std::string> seen;
  const auto add_reorder = [&](graph::LayerId value) {
    const graph::Dims dims = graph::dims_of(ordered.network, value);
    const std::string key = plan::reorder_key(dims, threads_);
    if (seen.insert(key).second) add(plan::reorder_problem(dims, threads_), key, reorders);
  };
  for (std::size_t i = 0; i < problems.size(); ++i) {
    add_reorder(problems.step(i).output);
    for (const graph::LayerId input : problems.step(i).inputs) add_reorder(input);
    if (!seen.insert(problems.key(i)).second) continue;
    const plan::KernelProblem& problem = problems.problem(i);
    add(problem, problems.key(i),
        estimate ? model_.likely_options(problem, own) : std::vector<plan::KernelOption>());
  }

  Predicted predicted;
  const auto chosen = plan::choose_options(problems, candidates.choices,
                                           plan::known_options(problems, candidates.choices, true));
  for (plan::PlannedRow& planned : plan::planned_rows(problems, chosen)) {
    // Of an engine whose profiles name no changes of layout, kernels contain them.
    if (planned.reorder && model_.reorders().empty()) continue;
    const plan::Step& step = problems.step(planned.step);
    PredictedRow row;
    const auto original = [&](graph::LayerId id) {
      return id == graph::kNetworkInput ? id : ordered.original[id];
    };
    if (!planned.reorder) {
      for (const graph::LayerId id : step.layers) row.layers.push_back(original(id));
    }
    row.main = original(step.main);
    row.reorder = planned.reorder;
    row.value = original(planned.value);
    const auto& trials = candidates.choices[planned.problem];
    const auto trial = planned.option ? trials.find(*planned.option) : trials.end();
    if (trial == trials.end()) {
      ++predicted.missing;
    } else {
      row.seconds = trial->second.seconds;
      const bool is_estimated = candidates.estimated.contains({planned.problem, *planned.option});
      row.kind = is_estimated ? FigureKind::kEstimated : FigureKind::kMeasured;
      ++(is_estimated ? predicted.estimated : predicted.measured);
      if (is_estimated) predicted.estimated_seconds += row.seconds;
      const auto figure = figures_.find({planned.problem, *planned.option});
      if (!is_estimated && figure != figures_.end()) {
        row.spread = figure->second.spread;
        row.implementation = figure->second.implementation;
      }
    }
    predicted.seconds += row.seconds;
    row.problem = std::move(planned.problem);
    row.option = planned.option;
    predicted.rows.push_back(std::move(row));
  }
  add_remainder(predicted);
  return predicted;
}

void LatencyPredictor::add_remainder(Predicted& predicted) const {
  if (remainders_.empty() || predicted.measured + predicted.estimated == 0) return;
  PredictedRow row;
  row.label = between_kernels();
  row.kind = FigureKind::kMeasured;
  row.seconds = remainder_seconds(remainders_, static_cast<int>(predicted.rows.size()));
  predicted.seconds += row.seconds;
  ++predicted.measured;
  predicted.rows.push_back(std::move(row));
}

}  // namespace archcost::latency
