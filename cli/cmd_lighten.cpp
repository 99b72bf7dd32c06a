// SPDX-License-Identifier: Apache-2.0
// archcost lighten: a network and its rewrites side by side.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/export.hpp"
#include "cli/latency.hpp"
#include "cli/lighten.hpp"
#include "cli/terminal.hpp"
#include "core/text.hpp"
#include "spec/spec_writer.hpp"

namespace archcost::cli {
namespace {

struct LightenArguments {
  NetworkArguments network;
  std::vector<std::string> rewrites, limits;
  std::string sort;
  CostArguments costs;
  LatencyCostOptions latency;
  bool measure = false;
};

// Of the networks that have no time.
struct KernelsWithoutFigure {
  int missing = 0;
  std::size_t kernels = 0;
};

void add_times(const LightenArguments& arguments, LightenRequest& request) {
  const LatencyOptions& latency = arguments.latency.latency;
  const int threads = latency.threads;
  const std::string shown = fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
  if (arguments.measure) {
    processors_for(threads);
    request.seconds = [latency](const graph::Network& network) -> std::optional<double> {
      const auto measured = measured_latency(network, latency);
      return measured ? std::optional(measured->value) : std::nullopt;
    };
    request.seconds_how = "measured on this machine, " + shown;
    request.seconds_missing = [] {
      return std::string("it did not run, or the machine was too busy: see the warnings");
    };
    return;
  }
  std::optional<latency::LatencyPredictor> found;
  try {
    found = user_predictor(latency);
  } catch (const Error& error) {
    print_note("no times: {}", error.what());
  }
  if (!found) {
    request.seconds_missing = [] {
      return std::string(
          "the latency database has no figures of this machine; --measure runs the networks");
    };
    return;
  }
  const auto predictor = std::make_shared<latency::LatencyPredictor>(std::move(*found));
  const latency::PredictOptions& predict = arguments.latency.predict;
  const auto without = std::make_shared<KernelsWithoutFigure>();
  request.seconds = [=](const graph::Network& network) -> std::optional<double> {
    const latency::Predicted predicted = predictor->predict(network, predict);
    if (predicted.complete()) return predicted.seconds;
    without->missing += predicted.missing;
    without->kernels += predicted.rows.size();
    return std::nullopt;
  };
  request.seconds_how =
      fmt::format("predicted from the database, {}, {}{}", shown, predictor->machine().text(),
                  predict.estimate ? "; layers without a figure estimated" : "");
  const std::string remedy =
      fmt::format("'{}' and the same for SPEC+REWRITE measure them, {}--measure runs the networks",
                  profile_command(arguments.network.spec, arguments.network.network, latency),
                  predict.estimate ? "" : "--estimate estimates them from similar layers, ");
  request.seconds_missing = [without, remedy] {
    return fmt::format("the latency database has no figure for {} of {} kernels; {}",
                       without->missing, without->kernels, remedy);
  };
}

// With --sort the first network that fits. Without it the one with the fewest multiply-adds, or,
// under limits, the one that keeps most of them.
void write_best(const LightenRequest& request, const tables::Lighten& lighten,
                const SpecOptions& options, const std::string& file) {
  const auto better = [&](const tables::LightenRow& a, const tables::LightenRow& b) {
    if (!request.sort.empty()) return false;
    return request.limits.empty() ? a.macs < b.macs : a.macs > b.macs;
  };
  const tables::LightenRow* best = nullptr;
  for (const tables::LightenRow& row : lighten.rows) {
    if (!row.fits || row.rewrite.empty()) continue;
    if (best == nullptr || better(row, *best)) best = &row;
  }
  if (best == nullptr) throw Error("-o " + file, "no rewrite fits, so that nothing is written");
  const SpecRequest made = rewritten(request.base, best->rewrite);
  const std::string label = request.label + best->rewrite;
  if (const ExportFormat* format = export_format_of_file(file)) {
    format->write({made, {}, {}, file, label, network_command("export", {label}, options)});
    print_note("'{}' is {}", file, label);
    return;
  }
  write_spec_file(spec::write_spec(design_of(made), made.spec.notes), file);
  print_note("'{}' is {}: archcost analyze {}", file, label, file);
}

int run(const LightenArguments& arguments) {
  OutputOptions output = arguments.network.output;
  std::string network_file;
  if (is_network_file(output.file)) std::swap(network_file, output.file);
  LightenRequest request;
  request.base = open_spec(arguments.network.spec, arguments.network.network);
  request.label = arguments.network.spec;
  request.rewrites = arguments.rewrites;
  for (std::string& suffix : request.rewrites) {
    if (!suffix.starts_with("+")) suffix.insert(0, "+");
  }
  request.limits = arguments.limits;
  request.sort = arguments.sort;
  request.type = data_types(arguments.costs).activations;
  add_times(arguments, request);
  if (request.sort == "latency" && !request.seconds)
    throw Error("--sort latency", request.seconds_missing());
  const tables::Lighten result = lighten(request);
  write_result({.report = [&] { return tables::lighten_report(result); },
                .data = [&] { return tables::lighten_data(result); },
                .json = [&] { return tables::lighten_json(result); }},
               output);
  const bool any = std::any_of(result.rows.begin(), result.rows.end(),
                               [](const tables::LightenRow& row) { return row.fits; });
  if (!network_file.empty() && any)
    write_best(request, result, arguments.network.network, network_file);
  return any ? kFine : kCheckFailed;
}

std::function<int()> declare_lighten(CLI::App& app) {
  auto arguments = std::make_shared<LightenArguments>();
  declare_network(app, arguments->network);
  add_value(app, "--try", arguments->rewrites, "REWRITES",
            "these instead of the usual ones, as separable+se:reduction=8");
  add_value(app, "--limit,--where", arguments->limits, "CONDITION",
            "show what meets it: \"macs <= 300M\", \"latency <= 10ms\"");
  add_choice(app, "--sort", arguments->sort,
             {"params", "macs", "activations", "peak_memory", "latency"}, "COST",
             "the lowest first; without it, in the order of the rewrites");
  app.add_flag("--measure", arguments->measure, "run every network on this machine");
  declare_data_types(app, arguments->costs);
  declare_latency_cost(app, arguments->latency);
  arguments->network.output.networks = true;
  declare_output(app, arguments->network.output);
  return [arguments] { return run(*arguments); };
}

}  // namespace

const Command kLightenCommand = {
    "lighten",
    "what a network costs with separable or grouped convolutions, SE, α and ρ",
    "  archcost lighten resnet50\n"
    "  archcost lighten model.onnx --limit \"macs <= 1G\" --sort params\n"
    "  archcost lighten vgg16 --try separable+se:reduction=8 --try groups:g=4,where=all\n"
    "  archcost lighten resnet50 --measure --sort latency -o net.yaml\n\n"
    "-o FILE.yaml, .onnx or .py writes a rewritten network: with --sort the first one that fits; "
    "without it the one with the fewest multiply-adds, under --limit the one with the most that "
    "fits. Other files get the table.",
    declare_lighten,
};

}  // namespace archcost::cli
