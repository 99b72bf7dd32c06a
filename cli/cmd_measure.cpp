// SPDX-License-Identifier: Apache-2.0
// archcost measure and machine: a network and its layers, run on this machine, and the peak rates
// of the machine.
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "cli/terminal.hpp"
#include "exporter/read_weights.hpp"
#include "interpreter/weight_file.hpp"
#include "reports/tables/kernel_tables.hpp"

namespace archcost::cli {
namespace {

struct MeasureArguments : NetworkArguments {
  runner::MeasureOptions measure;
  tables::MeasureReportOptions report;
  std::string machine, weights;
  std::optional<int> pin;
  bool forget = false;
  bool allow_unstable = false;  ///< a busy machine's figure is accepted
};

// The weights of an ONNX file in a temporary file, where the kernels' process reads them.
class PassedWeights {
 public:
  PassedWeights(const graph::Network& network, const std::string& onnx_file) {
    if (onnx_file.empty()) return;
    const auto weights = exporter::read_weights(network, onnx_file);
    path_ = (std::filesystem::temp_directory_path() / fmt::format("archcost-{}.weights", getpid()))
                .string();
    interpreter::write_weight_file(weights, path_);
  }
  ~PassedWeights() {
    std::error_code status;
    if (!path_.empty()) std::filesystem::remove(path_, status);
  }
  PassedWeights(const PassedWeights&) = delete;
  PassedWeights& operator=(const PassedWeights&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

int measure_one(MeasureArguments options) {
  const graph::Network network = open_network(options.spec, options.network);
  runner::MeasureOptions& measure = options.measure;
  const PassedWeights weights(network, options.weights);
  measure.weights = weights.path();
  measure.cpu = processor_for(measure.threads, options.pin);
  measure.use_stored_choices = !options.forget;
  if (const std::string reason = unwritable(measure.db);
      !reason.empty() && measure.db == runner::default_latency_db()) {
    print_note("note: the choice of kernels isn't stored: '{}' can't be written: {}", measure.db,
               reason);
    measure.db.clear();
  }
  if (!measure.dump.empty()) std::filesystem::create_directories(measure.dump);
  options.report.machine = machine_of_file(options.machine);
  const runner::MeasureProgress progress = progress_line();
  const runner::Measurement measurement = runner::measure_network(network, measure, progress);
  progress("");
  write_result(
      {.report = [&] { return tables::measure_report(network, measurement, options.report); },
       .json = [&] { return tables::measure_json(network, measurement, options.report); }},
      options.output);
  const bool shown = options.output.format == "table" && options.output.file.empty();
  if (const std::string warning = measurement.warning(); !warning.empty() && !shown) {
    print_note("warning: {}", warning);  // under a table it is one of the notes
  }
  const std::string instability = measurement.instability();
  const bool accepted = instability.empty() || options.allow_unstable;
  if (!instability.empty()) {
    print_note("{}: {}{}", accepted ? "warning" : "error", instability,
               accepted ? "" : "; stop other programs, or accept it with --allow-unstable");
  }
  return measurement.complete() && accepted ? kFine : kMeasurementFailed;
}

std::function<int()> declare_measure(CLI::App& app) {
  auto options = std::make_shared<MeasureArguments>();
  runner::MeasureOptions& measure = options->measure;
  measure.db = runner::default_latency_db();
  declare_network(app, *options);
  declare_grouping(app, options->report.grouping, 3);
  declare_kernel_order(app, options->report.order);
  declare_timing(app, measure, options->pin);
  add_count(app, "--processes", measure.processes,
            "repeat in N new processes, and report the spread between them");
  app.add_flag("--check", measure.check,
               "compare the output with plain loops (takes seconds for large networks)");
  app.add_flag("--allow-unstable", options->allow_unstable,
               "exit 0 also where the machine was too busy for a figure");
  app.add_flag("--retry", options->forget,
               "try all kernels again instead of using the stored choice");
  add_input(app, "--weights", options->weights,
            "take the weights of an ONNX file of 'archcost export' or PyTorch, as after training, "
            "instead of those of the seed, for --check and --dump; times don't depend on them");
  add_value(app, "--dump", measure.dump, "DIR",
            "write network, weights, input and output into a folder");
  add_input(app, "--machine", options->machine,
            "machine file for the roofline (default: saved by 'archcost machine')");
  declare_db_file(app, measure.db, ", which stores the choice of kernels");
  declare_output(app, options->output);
  return [options] { return measure_one(*options); };
}

struct MachineArguments {
  OutputOptions output;
  std::optional<int> threads;
  bool allow_unstable = false;  ///< a busy machine's rates are accepted
};

// Kept where measure looks for it. Returns the file; empty: it can't be written.
std::string save_machine(const latency::Machine& machine) {
  std::string file = runner::cache_folder() + "/machine.json";
  const std::string reason = unwritable(file);
  if (!reason.empty()) {
    print_note("note: measure and report won't find these figures: '{}' can't be written: {}", file,
               reason);
    return {};
  }
  write_output(latency::to_json(machine), file);
  return file;
}

int measure_roofs(const MachineArguments& options) {
  const int processors = processors_for(options.threads.value_or(1));
  const int threads = options.threads.value_or(processors);
  const runner::MeasuredMachine measured = runner::measure_machine(threads);
  const latency::Machine& machine = measured.machine;
  const bool accepted = machine.stable || options.allow_unstable;
  const std::string saved = accepted ? save_machine(machine) : std::string();
  OutputOptions output = options.output;
  if (!accepted) output.file.clear();  // an earlier file keeps its figures
  write_result({.report = [&] { return tables::machine_report(machine, saved); },
                .json = [&] { return latency::to_json(machine); }},
               output);
  if (!machine.stable) {
    print_note("{}: {}{}", accepted ? "warning" : "error", measured.instability,
               accepted ? ""
                        : "; nothing was saved; stop other programs, or accept it with "
                          "--allow-unstable");
  }
  return accepted ? kFine : kMeasurementFailed;
}

std::function<int()> declare_machine(CLI::App& app) {
  auto options = std::make_shared<MachineArguments>();
  add_count(app, "--threads,--kernel-threads", options->threads,
            "maximum number of threads (default: all processors)");
  app.add_flag("--allow-unstable", options->allow_unstable,
               "save the rates, and exit 0, also where the machine was too busy for them");
  declare_output(app, options->output);
  return [options] { return measure_roofs(*options); };
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

const Command kMachineCommand = {
    "machine",
    "measure this machine's peak rates and bandwidths",
    "  archcost machine\n"
    "  archcost machine --format json -o machine.json\n"
    "  archcost analyze mobilenet_v1 --by kind --machine machine.json",
    declare_machine,
};

}  // namespace archcost::cli
