// SPDX-License-Identifier: Apache-2.0
// archcost export: a network for other software.
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "cli/command.hpp"
#include "cli/export.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "reports/tables/layer_values.hpp"

namespace archcost::cli {
namespace {

struct ExportArguments {
  std::string spec, file, format;
  SpecOptions network;
  ExportOptions options;
  ValueOptions values;
  std::string test_data;
};

const ExportFormat& format_of(const ExportArguments& arguments) {
  for (const ExportFormat& format : export_formats()) {
    const bool named = arguments.format == format.name;
    const bool by_file = arguments.format.empty() && !format.extension.empty() &&
                         arguments.file.ends_with(format.extension);
    if (named || by_file) return format;
  }
  std::vector<std::string> names;
  for (const ExportFormat& format : export_formats()) names.emplace_back(format.name);
  throw Error(
      fmt::format("which format? Write -o FILE.onnx or FILE.py, or --format {}", join_or(names)));
}

// The command that gives the same file again, without the file's name.
std::string command_of(const ExportArguments& arguments) {
  const ExportOptions& options = arguments.options;
  std::string text = network_command("export", {arguments.spec}, arguments.network);
  constexpr const char* kWeights[] = {"random", "zero", "none"};
  if (options.weights != ExportOptions().weights)
    text += fmt::format(" --weights {}", kWeights[static_cast<int>(options.weights)]);
  if (options.seed != ExportOptions().seed) text += fmt::format(" --seed {}", options.seed);
  if (options.opset != exporter::kDefaultOpset) text += fmt::format(" --opset {}", options.opset);
  if (options.fold) text += " --fold";
  return text;
}

int run(const ExportArguments& arguments) {
  const ExportFormat& format = format_of(arguments);
  if (format.binary && arguments.file.empty() && isatty(STDOUT_FILENO) == 1)
    throw Error(fmt::format("{} isn't text; write it to a file with -o", format.name));
  ExportRequest request = {open_spec(arguments.spec, arguments.network),
                           arguments.options,
                           arguments.values,
                           arguments.file,
                           arguments.spec,
                           command_of(arguments)};
  format.write(request);
  if (!arguments.test_data.empty()) write_test_data(request, arguments.test_data);
  return kFine;
}

std::function<int()> declare_export(CLI::App& app) {
  auto arguments = std::make_shared<ExportArguments>();
  ExportOptions& options = arguments->options;
  declare_spec(app, arguments->spec);
  std::vector<std::string> names;
  for (const ExportFormat& format : export_formats()) names.emplace_back(format.name);
  add_choice(app, "--format", arguments->format, names, "NAME",
             join_or(names) + "; without it, -o FILE.onnx or FILE.py sets it");
  declare_output_file(app, arguments->file);
  declare_spec_options(app, arguments->network);
  add_value(app, "--opset", options.opset, "N",
            fmt::format("version of ONNX's operators, {} to {}", exporter::kOldestOpset,
                        exporter::kNewestOpset))
      ->check(CLI::Range(exporter::kOldestOpset, exporter::kNewestOpset).description(""))
      ->capture_default_str();
  add_enum(app, "--weights", options.weights, {"random", "zero", "none"}, "WHICH",
           "of ONNX files: random (default), zero, or none, for the graph alone");
  add_value(app, "--seed", options.seed, "N",
            "of random weights; measure has the same ones with the same seed")
      ->capture_default_str();
  app.add_flag("--fold", options.fold, "fold batch norms into the convolutions before them");
  add_value(app, "--test-data", arguments->test_data, "DIR",
            "write an input and the output that plain loops compute from it, as input_0.pb and "
            "output_0.pb; takes minutes for large networks");
  add_choice(app, "--cost", arguments->values.cost, tables::layer_cost_names(), "NAME",
             "of model-explorer and stacks: what is shown of each layer (default: macs)");
  add_input(app, "--measured", arguments->values.measured,
            "of trace, stacks and model-explorer: times, as 'archcost measure --format json' "
            "writes them");
  return [arguments] { return run(*arguments); };
}

}  // namespace

const Command kExportCommand = {
    "export",
    "write a network as ONNX or PyTorch, and its figures for viewers",
    "  archcost export mobilenet_v1:alpha=0.5 -o net.onnx\n"
    "  archcost export resnet50 -o resnet50.onnx --fold --weights none --opset 13\n"
    "  archcost export mobilenet_v1 -o net.py\n"
    "  archcost export mobilenet_v1 --format netron -o net.netron.onnx\n"
    "  archcost export mobilenet_v1 --format stacks --cost macs | flamegraph.pl > macs.svg\n"
    "  archcost export mobilenet_v1 --format trace --measured times.json -o trace.json",
    declare_export,
};

}  // namespace archcost::cli
