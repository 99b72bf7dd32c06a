// SPDX-License-Identifier: Apache-2.0
#include "cli/point_costs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "cli/latency.hpp"
#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::cli {
namespace {

using LatencyFigure = std::function<latency::Predicted(const graph::Network&)>;

LatencyFigure latency_figure(const LatencyCostOptions& options) {
  const auto predictor =
      std::make_shared<latency::LatencyPredictor>(open_predictor(options.latency));
  return [predictor, wanted = options.predict](const graph::Network& network) {
    latency::Predicted predicted = predictor->predict(network, wanted);
    if (!predicted.complete()) throw Error("no latency: " + missing_text(predicted, wanted));
    return predicted;
  };
}

std::int64_t accuracy_figure(const accuracy::AccuracyModel& model, std::string_view name,
                             const graph::Network& network, const graph::BuildOptions& options) {
  const accuracy::AccuracyEstimate estimate = model.estimate(options, &network);
  if (!estimate.has_value()) throw Error("accuracy: " + model.describe(estimate));
  return cost::to_millionths(name == "accuracy" ? estimate.top1 : estimate.error);
}

}  // namespace

bool asks_for_point_cost(const sweep::SweepJob& job, std::string_view family) {
  std::vector<std::string> names = job.wants.columns;
  for (const space::SweepFilter& filter : job.wants.filters) {
    for (std::string& name : space::costs_of(job.spec, filter)) names.push_back(std::move(name));
  }
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return space::is_point_cost(name) && name.starts_with(family);
  });
}

accuracy::ChosenAccuracies add_point_costs(std::vector<sweep::SweepJob>& jobs,
                                           const LatencyCostOptions& latency_options,
                                           const accuracy::AccuracyRequest& accuracy_request) {
  const sweep::SweepJob& first = jobs.front();
  LatencyFigure latency;
  accuracy::ChosenAccuracies accuracies;
  if (asks_for_point_cost(first, "latency")) latency = latency_figure(latency_options);
  const bool asks_accuracy = asks_for_point_cost(first, "accuracy");
  if (asks_accuracy)
    accuracies = accuracy::choose_recipes(jobs, accuracy_request);
  else if (!accuracy_request.file.empty() || !accuracy_request.recipes.empty())
    throw Error("--accuracy and --recipe are for the column or a condition 'accuracy'");
  accuracies.models.resize(jobs.size());
  if (!latency && !asks_accuracy) return accuracies;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const accuracy::AccuracyModel* model = accuracies.models[j].get();
    jobs[j].wants.point_cost = [latency, model, label = jobs[j].label,
                                file = accuracy_request.file](std::string_view name,
                                                              const graph::Network& network,
                                                              const graph::BuildOptions& at) {
      if (name == "latency")
        return static_cast<std::int64_t>(std::llround(latency(network).seconds * 1e9));
      if (name == "latency_estimated") return static_cast<std::int64_t>(latency(network).estimated);
      if (model == nullptr && !file.empty())
        throw Error(fmt::format("'{}' has no row for '{}'", file, label));
      if (model == nullptr)
        throw Error(fmt::format(
            "'{}' has no accuracy figures; give a table of your own: --accuracy FILE.csv", label));
      return accuracy_figure(*model, name, network, at);
    };
  }
  return accuracies;
}

}  // namespace archcost::cli
