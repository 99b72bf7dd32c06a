// SPDX-License-Identifier: Apache-2.0
// archcost predict: the latency of a network, from the latency database.
#include <fmt/core.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "runner/profile.hpp"

namespace archcost::cli {
namespace {

struct PredictArguments : NetworkArguments {
  LatencyOptions latency;
  latency::PredictOptions predict;
  tables::PredictionReportOptions report;
  bool measure_missing = false;
};

void measure_missing(const graph::Network& network, const PredictArguments& options) {
  if (!options.latency.machine.is_this_machine())
    throw Error("--measure-missing measures on this machine; omit --of");
  runner::ProfileOptions profile;
  profile.engine = options.latency.machine.engine_name();
  profile.db = options.latency.db;
  profile.threads = options.latency.threads;
  profile.cpu = processor_for(profile.threads, {});
  profile.winograd = options.predict.winograd;
  const std::atomic<bool> never = false;
  const runner::ProfileProgress progress = progress_line();
  runner::profile_networks({network}, profile, progress, never);
  progress("");
}

int run(const PredictArguments& options) {
  const graph::Network network = open_network(options.spec, options.network);
  if (options.measure_missing) measure_missing(network, options);
  const latency::LatencyPredictor predictor = open_predictor(options.latency);
  const latency::Predicted predicted = predictor.predict(network, options.predict);
  tables::PredictionReportOptions report = options.report;
  report.estimate = options.predict.estimate;
  if (options.latency.machine.is_this_machine())
    report.command = profile_command(options.spec, options.network, options.latency);
  write_result(
      {.report = [&] { return tables::prediction_report(network, predicted, predictor, report); },
       .json =
           [&] { return tables::prediction_json(network, predicted, predictor, report.order); }},
      options.output);
  return predicted.complete() ? kFine : kMeasurementFailed;
}

std::function<int()> declare_predict(CLI::App& app) {
  auto options = std::make_shared<PredictArguments>();
  declare_network(app, *options);
  declare_predictor(app, options->latency);
  declare_grouping(app, options->report.grouping, 3);
  declare_kernel_order(app, options->report.order);
  app.add_flag("--measure-missing", options->measure_missing,
               "measure layers without a figure, and store them");
  app.add_flag("--estimate", options->predict.estimate,
               "estimate layers without a figure from similar layers");
  declare_winograd(app, options->predict.winograd);
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kPredictCommand = {
    "predict",
    "predict the latency of a network from layers that were timed before",
    "  archcost predict mobilenet_v1 --set alpha=0.5\n"
    "  archcost predict mobilenet_v1 --set alpha=0.6 --estimate --by kind\n"
    "  archcost predict shufflenet_v1 --set g=8 --measure-missing --format json",
    declare_predict,
};

}  // namespace archcost::cli
