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

namespace archcost {
namespace {

struct Options {
  std::string spec;
  SpecOptions network;
  OutputOptions output;
  LatencyOptions latency;
  PredictOptions predict;
  std::string by = "layer";
  bool measure_missing = false, no_winograd = false;
};

void measure_missing(const Network& network, const Options& options) {
  if (options.latency.of != 0) throw Error("--measure-missing measures on this machine; omit --of");
  ProfileOptions profile;
  profile.db = options.latency.db;
  profile.threads = options.latency.threads;
  profile.cpu = processor_for(profile.threads, {});
  profile.winograd = !options.no_winograd;
  const std::atomic<bool> never = false;
  const ProfileProgress progress = progress_line();
  profile_networks({network}, profile, progress, never);
  progress("");
}

int run(Options options) {
  const Network network = open_network(options.spec, options.network);
  options.predict.winograd = !options.no_winograd;
  if (options.measure_missing) measure_missing(network, options);
  const LatencyPredictor predictor = open_predictor(options.latency);
  const Predicted predicted = predictor.predict(network, options.predict);
  const Grouping grouping = options.by == "kind"    ? Grouping::kKind
                            : options.by == "stage" ? Grouping::kStage
                                                    : Grouping::kLayer;
  std::string command = "archcost profile " + options.spec;
  for (const std::string& setting : options.network.settings) command += " --set " + setting;
  if (options.latency.threads > 1) command += fmt::format(" --threads {}", options.latency.threads);
  write_result(
      {.report =
           [&] { return prediction_report(network, predicted, predictor, grouping, command); },
       .json = [&] { return prediction_json(network, predicted, predictor); }},
      options.output);
  return predicted.complete() ? kFine : kMeasurementFailed;
}

std::function<int()> declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
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
    declare,
};

}  // namespace archcost
