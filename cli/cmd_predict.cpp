// SPDX-License-Identifier: Apache-2.0
// archcost predict: the latency of a network, from the latency database.
#include <fmt/core.h>

#include <memory>

#include "cli/checks.hpp"
#include "cli/command.hpp"
#include "cli/latency_options.hpp"
#include "cli/measure_setup.hpp"
#include "core/diagnostic.hpp"
#include "reports/tables/latency_report.hpp"
#include "runner/profile.hpp"

namespace archcost::cli {
namespace {

struct PredictArguments {
  std::string spec;
  SpecOptions network;
  OutputOptions output;
  LatencyOptions latency;
  latency::PredictOptions predict;
  std::string by = "layer";
  bool measure_missing = false, no_winograd = false;
};

void measure_missing(const graph::Network& network, const PredictArguments& options) {
  if (options.latency.of != 0) throw Error("--measure-missing measures on this machine; omit --of");
  runner::ProfileOptions profile;
  profile.db = options.latency.db;
  profile.threads = options.latency.threads;
  profile.cpu = processor_for(profile.threads, {});
  profile.winograd = !options.no_winograd;
  const std::atomic<bool> never = false;
  const runner::ProfileProgress progress = progress_line();
  runner::profile_networks({network}, profile, progress, never);
  progress("");
}

int run(PredictArguments options) {
  const graph::Network network = open_network(options.spec, options.network);
  options.predict.winograd = !options.no_winograd;
  if (options.measure_missing) measure_missing(network, options);
  const latency::LatencyPredictor predictor = open_predictor(options.latency);
  const latency::Predicted predicted = predictor.predict(network, options.predict);
  const cost::Grouping grouping = options.by == "kind"    ? cost::Grouping::kKind
                                  : options.by == "stage" ? cost::Grouping::kStage
                                                          : cost::Grouping::kLayer;
  std::string command = "archcost profile " + options.spec;
  for (const std::string& setting : options.network.settings) command += " --set " + setting;
  if (options.latency.threads > 1) command += fmt::format(" --threads {}", options.latency.threads);
  write_result({.report =
                    [&] {
                      return tables::prediction_report(network, predicted, predictor, grouping,
                                                       command);
                    },
                .json = [&] { return tables::prediction_json(network, predicted, predictor); }},
               options.output);
  return predicted.complete() ? kFine : kMeasurementFailed;
}

std::function<int()> declare_predict(CLI::App& app) {
  auto options = std::make_shared<PredictArguments>();
  app.add_option("SPEC", options->spec, "a shipped spec, a preset, a file, or - for standard input")
      ->required();
  declare_spec_options(app, options->network);
  declare_latency_options(app, options->latency);
  app.add_option("--by", options->by, "sum by layer, kind or stage")
      ->check(one_of({"layer", "kind", "stage"}))
      ->type_name("WHAT");
  app.add_flag("--measure-missing", options->measure_missing,
               "measure layers without a figure, and store them");
  app.add_flag("--estimate", options->predict.estimate,
               "estimate layers without a figure from similar layers");
  app.add_flag("--no-winograd", options->no_winograd,
               "without Winograd kernels, which round more coarsely");
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
