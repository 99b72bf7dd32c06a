// SPDX-License-Identifier: Apache-2.0
#include "latency/latency_predictor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/diagnostic.hpp"
#include "core/statistics.hpp"
#include "core/text.hpp"
#include "latency/core_latency.hpp"
#include "latency/remainder.hpp"
#include "plan/layout_choice.hpp"

namespace archcost::latency {

std::string_view name_of(FigureKind kind) {
  constexpr std::string_view kNames[] = {"measured", "estimated", "missing"};
  return kNames[static_cast<int>(kind)];
}

LatencyPredictor::LatencyPredictor(const LatencyDb& db, int machine, int threads)
    : threads_(threads), choices_(db.choices(machine)), estimator_({}) {
  for (const MachineRow& row : db.machines()) {
    if (row.id == machine) machine_ = row.machine;
  }
  const double lowest = db.lowest_core_latency(machine, threads);
  std::vector<LayerFigure> layers = db.layers(machine, threads);
  ignored_ = std::erase_if(
      layers, [&](const LayerFigure& f) { return !is_low_core_latency(f.core_latency, lowest); });
  std::vector<double> references;
  for (const LayerFigure& figure : layers) references.push_back(figure.reference);
  reference_ = median(references);
  std::vector<EngineModel::Known> known;
  for (const LayerFigure& figure : layers) {
    // The reference layer says by how much the machine was slower or faster.
    const double scale = figure.reference > 0 ? reference_ / figure.reference : 1;
    const double seconds = figure.seconds * scale;
    std::vector<FootprintTime> times = times_by_footprint(figure.samples, figure.footprints);
    for (FootprintTime& time : times) time.seconds *= scale;
    const auto remainder = remainder_from_text(figure.problem);
    if (remainder) {
      remainders_.emplace_back(remainder->kernels, seconds);
    } else {
      for (const FootprintTime& time : times)
        known.push_back({figure.problem, figure.option, time.seconds, time.footprint});
      if (times.empty()) known.push_back({figure.problem, figure.option, seconds});
    }
    figures_[{figure.problem, figure.option}] = {seconds, figure.spread, figure.implementation,
                                                 figure.origin, std::move(times)};
    if (remainder) continue;
    const auto [place, fresh] = least_.emplace(figure.problem, seconds);
    if (!fresh) place->second = std::min(place->second, seconds);
  }
  std::vector<TimedProblem> timed;
  for (const auto& [problem, seconds] : least_) timed.push_back({problem, seconds});
  estimator_ = LatencyEstimator(timed);
  if (machine_.engine != "onednn") model_ = EngineModel(known);
  std::vector<double> composed, unseen;
  for (const NetworkCheck& check : db.checks(machine, threads)) {
    if (check.seconds <= 0 || !is_low_core_latency(check.core_latency, lowest)) continue;
    if (check.composed > 0) {
      composed.push_back(check.composed / check.seconds - 1);
      expected_.least_macs =
          expected_.networks.empty() ? check.macs : std::min(expected_.least_macs, check.macs);
      expected_.most_macs = std::max(expected_.most_macs, check.macs);
      expected_.networks.push_back(check.network);
    }
    if (check.unseen > 0) unseen.push_back(check.unseen / check.seconds - 1);
  }
  expected_.checks = static_cast<int>(composed.size());
  expected_.composed = root_mean_square(composed);
  expected_.unseen = root_mean_square(unseen);
  expected_.unseen_checks = static_cast<int>(unseen.size());
}

namespace {

plan::KernelProblem problem_of(const plan::StepProblems& problems, const plan::PlannedRow& row) {
  if (!row.reorder) return problems.problem(row.step);
  return plan::reorder_problem(graph::dims_of(problems.network(), row.value), problems.threads());
}

}  // namespace

Predicted LatencyPredictor::predict(const graph::Network& network,
                                    const PredictOptions& options) const {
  return machine_.engine == "onednn" ? predict_kernels(network, options)
                                     : predict_rows(network, options);
}

Predicted LatencyPredictor::predict_kernels(const graph::Network& network,
                                            const PredictOptions& options) const {
  const plan::StepProblems problems(network, plan::plan_execution(network, options.fusion),
                                    threads_);
  std::vector<std::string> own;
  if (options.unseen) {
    for (std::size_t i = 0; i < problems.size(); ++i) own.push_back(problems.key(i));
  }
  // Nothing is known of the layouts of a network that was never seen.
  const plan::StepOptions known = options.unseen
                                      ? plan::StepOptions(problems.size())
                                      : plan::known_options(problems, choices_, options.winograd);
  Predicted predicted;
  for (plan::PlannedRow& planned :
       plan::planned_rows(problems, plan::choose_options(problems, choices_, known))) {
    const plan::Step& step = problems.step(planned.step);
    PredictedRow row;
    if (!planned.reorder) row.layers = step.layers;
    row.main = step.main;
    row.reorder = planned.reorder;
    row.value = planned.value;
    const auto figure = options.unseen || !planned.option
                            ? figures_.end()
                            : figures_.find({planned.problem, *planned.option});
    if (figure != figures_.end()) {
      row.kind = FigureKind::kMeasured;
      row.seconds = figure->second.seconds;
      row.spread = figure->second.spread;
      row.implementation = figure->second.implementation;
      row.origin = figure->second.origin;
      ++predicted.measured;
    } else if (options.estimate || options.unseen) {
      // The best estimate is the figure of the same problem in other layouts.
      const auto itself = options.unseen ? least_.end() : least_.find(planned.problem);
      const auto seconds = itself != least_.end()
                               ? std::optional(itself->second)
                               : estimator_.estimate(problem_of(problems, planned), own);
      if (seconds) {
        row.kind = FigureKind::kEstimated;
        row.seconds = *seconds;
        predicted.estimated_seconds += *seconds;
        ++predicted.estimated;
      }
    }
    if (row.kind == FigureKind::kMissing) ++predicted.missing;
    predicted.seconds += row.seconds;
    row.problem = std::move(planned.problem);
    row.option = planned.option;
    predicted.rows.push_back(std::move(row));
  }
  return predicted;
}

std::optional<double> LatencyPredictor::error_of(const Predicted& predicted) const {
  if (expected_.checks == 0 || predicted.seconds <= 0) return {};
  const double share = predicted.estimated_seconds / predicted.seconds;
  if (share > 0 && expected_.unseen <= 0) return {};
  return std::hypot(expected_.composed * (1 - share), expected_.unseen * share);
}

}  // namespace archcost::latency
