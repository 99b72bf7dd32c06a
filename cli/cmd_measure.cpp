// SPDX-License-Identifier: Apache-2.0
// archcost measure: a network and its layers, run on this machine.
#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "cli/checks.hpp"
#include "cli/command.hpp"
#include "cli/measure_setup.hpp"
#include "reports/tables/measure_report.hpp"
#include "runner/cache_folder.hpp"

namespace archcost::cli {
namespace {

struct MeasureArguments {
  std::string spec;
  SpecOptions network;
  OutputOptions output;
  runner::MeasureOptions measure;
  std::string by = "layer", machine;
  std::optional<int> pin;
  bool no_winograd = false, forget = false;
};

int run(MeasureArguments options) {
  const graph::Network network = open_network(options.spec, options.network);
  runner::MeasureOptions& measure = options.measure;
  measure.cpu = processor_for(measure.threads, options.pin);
  measure.winograd = !options.no_winograd;
  measure.use_stored_choices = !options.forget;
  if (!measure.dump.empty()) std::filesystem::create_directories(measure.dump);
  tables::MeasureReportOptions report;
  report.machine = machine_of_file(options.machine);
  report.grouping = options.by == "kind"    ? cost::Grouping::kKind
                    : options.by == "stage" ? cost::Grouping::kStage
                                            : cost::Grouping::kLayer;
  const runner::MeasureProgress progress = progress_line();
  const runner::Measurement measurement = runner::measure_network(network, measure, progress);
  progress("");
  write_result({.report = [&] { return tables::measure_report(network, measurement, report); },
                .json = [&] { return tables::measure_json(network, measurement, report); }},
               options.output);
  if (const std::string warning = measurement.warning(); !warning.empty()) {
    fmt::print(stderr, "warning: {}\n", warning);
  }
  return measurement.complete() ? kFine : kMeasurementFailed;
}

std::function<int()> declare_measure(CLI::App& app) {
  auto options = std::make_shared<MeasureArguments>();
  options->measure.db = runner::default_latency_db();
  app.add_option("SPEC", options->spec, "a shipped spec, a preset, a file, or - for standard input")
      ->required();
  declare_spec_options(app, options->network);
  app.add_option("--threads,--kernel-threads", options->measure.threads,
                 "kernel threads (default: 1)")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--pin", options->pin,
                 "run on this processor only (default for one thread: the last one)")
      ->type_name("CPU");
  app.add_option("--by", options->by, "sum by layer, kind or stage")
      ->check(one_of({"layer", "kind", "stage"}))
      ->type_name("WHAT");
  app.add_option("--samples", options->measure.passes, "minimum passes of a block (default: 12)")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--blocks", options->measure.blocks, "blocks of passes (default: 7)")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--seconds", options->measure.seconds,
                 "minimum seconds of a block (default: 0.25)")
      ->type_name("S");
  app.add_option("--processes", options->measure.processes,
                 "repeat in N new processes, and report the spread between them")
      ->check(at_least_one())
      ->type_name("N");
  app.add_flag("--check", options->measure.check,
               "compare the output with plain loops (takes seconds for large networks)");
  app.add_flag("--no-winograd", options->no_winograd,
               "without Winograd kernels, which round more coarsely");
  app.add_flag("--retry", options->forget,
               "try all kernels again instead of using the stored choice");
  app.add_option("--seed", options->measure.seed, "seed of weights and input (default: 1)")
      ->type_name("N");
  app.add_option("--patience", options->measure.patience_seconds,
                 "seconds without progress after which a kernel counts as hung (default: 120)")
      ->type_name("S");
  app.add_option("--dump", options->measure.dump,
                 "write network, weights, input and output into a folder")
      ->type_name("DIR");
  app.add_option("--machine", options->machine,
                 "machine file for the roofline (default: saved by 'archcost machine')")
      ->type_name("FILE");
  app.add_option("--db", options->measure.db,
                 "latency database, which stores the choice of kernels (default: " +
                     options->measure.db + ")")
      ->type_name("FILE");
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kMeasureCommand = {
    "measure",
    "measure the latency of a network and its layers on this machine",
    "  archcost measure mobilenet_v1\n"
    "  archcost measure mobilenet_v1 --threads 2 --by kind\n"
    "  archcost measure resnet50 --no-winograd --check\n"
    "  archcost measure shufflenet_v1 --set g=8 --processes 5 --format json -o times.json",
    declare_measure,
};

}  // namespace archcost::cli
