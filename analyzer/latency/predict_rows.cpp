// SPDX-License-Identifier: Apache-2.0
// Predictions for engines whose figures were taken in whole networks.
#include <set>

#include "latency/latency_predictor.hpp"
#include "latency/remainder.hpp"
#include "plan/layout_choice.hpp"
#include "plan/run_order.hpp"

namespace archcost::latency {

/// The kernels that a network may need, each with its time and how that was obtained.
class LatencyPredictor::RowCandidates {
 public:
  RowCandidates(const LatencyPredictor& predictor, const plan::StepProblems& problems,
                const PredictOptions& options)
      : predictor_(predictor),
        problems_(problems),
        unseen_(options.unseen),
        estimate_(options.estimate || options.unseen),
        footprint_(network_footprint(problems.network())),
        reorders_(predictor.model_.reorders().begin(), predictor.model_.reorders().end()) {
    if (unseen_) {
      for (std::size_t i = 0; i < problems.size(); ++i) own_.push_back(problems.key(i));
    }
    for (std::size_t i = 0; i < problems.size(); ++i) {
      add_reorder(problems.step(i).output);
      for (const graph::LayerId input : problems.step(i).inputs) add_reorder(input);
      add_step(i);
    }
  }

  const plan::KernelChoices& choices() const { return choices_; }

  /// Sets the time of the row's kernel, and what is known of it; without a time the row is missing.
  void set_figure(PredictedRow& row) const {
    const auto trials = choices_.find(row.problem);
    if (!row.option || trials == choices_.end()) return;
    const auto trial = trials->second.find(*row.option);
    if (trial == trials->second.end()) return;
    row.seconds = trial->second.seconds;
    const FigureKey key = {row.problem, *row.option};
    row.kind = estimated_.contains(key) ? FigureKind::kEstimated : FigureKind::kMeasured;
    const auto figure = predictor_.figures_.find(key);
    if (row.kind == FigureKind::kMeasured && figure != predictor_.figures_.end()) {
      row.spread = figure->second.spread;
      row.implementation = figure->second.implementation;
    }
  }

 private:
  void add_step(std::size_t step) {
    const std::string& key = problems_.key(step);
    if (!seen_.insert(key).second) return;
    if (add_figures(key) || !estimate_) return;
    const plan::KernelProblem& problem = problems_.problem(step);
    add_estimates(problem, key, predictor_.model_.likely_options(problem, own_));
  }

  /// Every change of layout of the engine, also where only some have a figure.
  void add_reorder(graph::LayerId value) {
    const graph::Dims dims = graph::dims_of(problems_.network(), value);
    const std::string key = plan::reorder_key(dims, problems_.threads());
    if (!seen_.insert(key).second) return;
    add_figures(key);
    if (estimate_) add_estimates(plan::reorder_problem(dims, problems_.threads()), key, reorders_);
  }

  /// The options that have a figure; whether there are any.
  bool add_figures(const std::string& key) {
    if (unseen_) return false;
    bool found = false;
    const plan::KernelOption first = {plan::Layout::kPlain, plan::Layout::kPlain};
    for (auto at = predictor_.figures_.lower_bound({key, first});
         at != predictor_.figures_.end() && at->first.first == key; ++at) {
      const Figure& figure = at->second;
      choices_[key][at->first.second].seconds =
          figure.times.empty() ? figure.seconds : seconds_at(figure.times, footprint_);
      found = true;
    }
    return found;
  }

  void add_estimates(const plan::KernelProblem& problem, const std::string& key,
                     const std::vector<plan::KernelOption>& likely) {
    for (const plan::KernelOption& option : likely) {
      if (choices_[key].contains(option)) continue;
      const auto seconds = predictor_.model_.estimate(problem, option, own_, footprint_);
      if (!seconds) continue;
      choices_[key][option].seconds = *seconds;
      estimated_.insert({key, option});
    }
  }

  const LatencyPredictor& predictor_;
  const plan::StepProblems& problems_;
  bool unseen_, estimate_;
  double footprint_;
  std::vector<plan::KernelOption> reorders_;
  std::vector<std::string> own_;  // problems of the network, whose figures are not used
  std::set<std::string> seen_;    // problems that were added
  plan::KernelChoices choices_;
  std::set<FigureKey> estimated_;
};

namespace {

/// The row without its time; `original` gives a layer's place in the given network.
PredictedRow row_of(const plan::PlannedRow& planned, const plan::Step& step,
                    const std::vector<graph::LayerId>& original) {
  const auto original_of = [&](graph::LayerId id) {
    return id == graph::kNetworkInput ? id : original[id];
  };
  PredictedRow row;
  if (!planned.reorder) {
    for (const graph::LayerId id : step.layers) row.layers.push_back(original_of(id));
  }
  row.main = original_of(step.main);
  row.reorder = planned.reorder;
  row.value = original_of(planned.value);
  row.problem = planned.problem;
  row.option = planned.option;
  return row;
}

void add_row(PredictedRow row, Predicted& predicted) {
  switch (row.kind) {
    case FigureKind::kMeasured:
      ++predicted.measured;
      break;
    case FigureKind::kEstimated:
      ++predicted.estimated;
      predicted.estimated_seconds += row.seconds;
      break;
    case FigureKind::kMissing:
      ++predicted.missing;
      break;
  }
  predicted.seconds += row.seconds;
  predicted.rows.push_back(std::move(row));
}

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
  const RowCandidates candidates(*this, problems, options);
  const plan::KernelChoices& choices = candidates.choices();
  const plan::ChosenOptions chosen =
      plan::choose_options(problems, choices, plan::known_options(problems, choices, true));
  Predicted predicted;
  for (const plan::PlannedRow& planned : plan::planned_rows(problems, chosen)) {
    // Of an engine whose profiles name no changes of layout, kernels contain them.
    if (planned.reorder && model_.reorders().empty()) continue;
    PredictedRow row = row_of(planned, problems.step(planned.step), ordered.original);
    candidates.set_figure(row);
    add_row(std::move(row), predicted);
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
  add_row(std::move(row), predicted);
}

}  // namespace archcost::latency
