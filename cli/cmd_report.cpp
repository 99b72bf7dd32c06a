// SPDX-License-Identifier: Apache-2.0
// archcost report: a Markdown document with its pictures, or one HTML file.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "cli/lighten.hpp"
#include "cli/report_folder.hpp"
#include "cli/report_requests.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "reports/pages/report_input.hpp"
#include "reports/templates/template_page.hpp"
#include "reports/writers/html_writer.hpp"
#include "reports/writers/page_writer.hpp"
#include "runner/engine.hpp"

namespace archcost::cli {
namespace {

constexpr std::size_t kMarkWithin = 64;  // bytes from the start of an HTML report

struct ReportArguments : ReportNetworks {
  std::vector<std::string> sweep, search;
  std::string report_template, story, folder, format;
  bool lighten = false, measure = false, keep_scripts = false, keep_measured = false;
  bool estimate = false, allow_unstable = false;
  runner::MeasureOptions measuring;
  std::string engines;  ///< joined by commas
  /// What could not be measured on so busy a machine.
  std::shared_ptr<std::vector<std::string>> unstable = std::make_shared<std::vector<std::string>>();
  const CLI::App* app = nullptr;
};

// The command that reproduces the report, without the folder and without the options in `skip`.
std::string command_of(const ReportArguments& options, const std::vector<std::string>& skip) {
  std::string command = "archcost report";
  for (const CLI::Option* option : options.app->get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || std::find(skip.begin(), skip.end(), name) != skip.end()) continue;
    if (option->check_lname("story")) {  // get_name() of a hidden option is empty
      command += " --template " + options.report_template;
      continue;
    }
    const bool flag = option->get_items_expected_max() == 0;
    if (flag) command += " " + name;
    for (const std::string& value : flag ? std::vector<std::string>() : option->results())
      command += (option->get_positional() ? " " : " " + name + " ") + shell_quoted(value);
  }
  return command + (options.format == "html" ? " -o report.html" : " -o DIR");
}

std::string kept_part(const std::string& folder) {
  const std::filesystem::path file = std::filesystem::path(folder) / writers::kReportName;
  std::error_code status;
  std::string kept =
      std::filesystem::exists(file, status) ? writers::measured_part(read_text_file(file)) : "";
  if (kept.empty())
    throw Error(fmt::format("--keep-measured: '{}' has no measured part", file.string()));
  return kept;
}

pages::ReportOrigin origin_of(const ReportArguments& options) {
  const std::vector<std::string> always = {"--output", "--format", "--keep-scripts",
                                           "--keep-measured", "--help"};
  std::vector<std::string> analytic = always;
  analytic.insert(analytic.end(),
                  {"--measure", "--allow-unstable", "--blocks", "--engine", "--estimate"});
  if (options.costs.machine.empty()) analytic.push_back("--threads");  // it chooses its roofs
  pages::ReportOrigin origin;
  origin.version = "archcost " ARCHCOST_VERSION;
  origin.command = command_of(options, analytic);
  if (options.keep_measured) origin.kept = kept_part(options.folder);
  if (options.measure) origin.measured_command = command_of(options, always);
  return origin;
}

// Told at once; the report itself is still written.
void note_unstable(const ReportArguments& options, const std::string& what,
                   const std::string& instability) {
  if (instability.empty()) return;
  print_note("warning: {}: {}", what, instability);
  if (!is_one_of(what, *options.unstable)) options.unstable->push_back(what);
}

// The exit status of a report that was written.
int measured_status(const ReportArguments& options) {
  if (options.unstable->empty() || options.allow_unstable) return kFine;
  print_note(
      "error: the machine was too busy, and the report says so: no figures of {}; stop other "
      "programs, or accept it with --allow-unstable",
      join(*options.unstable, ", "));
  return kMeasurementFailed;
}

// Roofs are measured if no file has them.
latency::Machine machine_for(const ReportArguments& options) {
  if (auto machine = machine_of_file(options.costs.machine)) return *machine;
  const runner::MeasureProgress progress = progress_line();
  progress("measuring the peak rates of this machine");
  const runner::MeasuredMachine measured = runner::measure_machine(options.measuring.threads);
  progress("");
  note_unstable(options, "the machine's peak rates", measured.instability);
  return measured.machine;
}

runner::Measurement measured(const graph::Network& network, const runner::MeasureOptions& measuring,
                             const ReportArguments& options) {
  const runner::MeasureProgress line = progress_line();
  const runner::MeasureProgress progress = [&](const std::string& text) {
    line(text.empty() ? text : network.name + ": " + text);
  };
  runner::Measurement measurement = runner::measure_network(network, measuring, progress);
  line("");
  note_unstable(options, network.name, measurement.instability());
  return measurement;
}

// The rewrites of each network; with --measure all of them are run.
std::vector<tables::Lighten> lighten_of(const ReportArguments& options) {
  std::vector<tables::Lighten> all;
  for (const std::string& label : options.lighten ? options.specs : std::vector<std::string>()) {
    LightenRequest request;
    request.base = open_spec(label, options.network);
    request.label = label;
    request.type = data_types(options.costs).activations;
    if (options.measure) {
      request.seconds = [&](const graph::Network& network) -> std::optional<double> {
        const runner::Measurement measurement = measured(network, options.measuring, options);
        return measurement.complete() && !measurement.unstable()
                   ? std::optional(measurement.seconds)
                   : std::nullopt;
      };
      request.seconds_how =
          fmt::format("measured on this machine, {} thread{}", options.measuring.threads,
                      options.measuring.threads == 1 ? "" : "s");
    }
    all.push_back(lighten(request));
  }
  return all;
}

// Every network on each of the engines; the first one's measurements are there.
std::vector<tables::NetworkOnEngines> on_engines(
    const ReportArguments& options, const std::vector<pages::ReportNetwork>& networks) {
  std::vector<tables::NetworkOnEngines> all;
  const std::vector<std::string> engines = split(options.engines, ',');
  if (engines.size() < 2) return all;
  for (const pages::ReportNetwork& one : networks) {
    tables::NetworkOnEngines& on = all.emplace_back(tables::on_engines(one.label, one.network));
    on.engines = {tables::engine_times(one.network, *one.measurement)};
    for (std::size_t e = 1; e < engines.size(); ++e) {
      runner::MeasureOptions measuring = options.measuring;
      measuring.engine = engines[e];
      on.engines.push_back(
          tables::engine_times(one.network, measured(one.network, measuring, options)));
    }
  }
  return all;
}

// From the user's database, if it has figures of this machine.
void add_latencies(bool estimate, pages::ReportInput& input) {
  std::optional<latency::LatencyPredictor> found = user_predictor();
  if (!found) return;
  const auto predictor = std::make_shared<latency::LatencyPredictor>(std::move(*found));
  input.latency = [predictor, estimate](const graph::Network& network) {
    return predicted_latency(*predictor, network, {.estimate = estimate});
  };
  input.latency_how =
      fmt::format("predicted, one thread, {}{}", predictor->machine().text(),
                  estimate ? ", layers without a figure estimated from similar ones"
                           : "; networks whose layers have no figures are left out, --estimate "
                             "estimates them from similar layers");
}

document::Page page_of_networks(const ReportArguments& options) {
  pages::ReportInput input;
  input.origin = origin_of(options);
  const cost::CountOptions counting = count_options(options.costs, options.measuring.threads);
  if (options.measure) input.origin.machine = machine_for(options);
  for (const std::string& label : options.specs) {
    const SpecRequest request = open_spec(label, options.network);
    pages::ReportNetwork one = {label, request.spec, request.options, build_network(request), {},
                                {}};
    one.costs = cost::count(one.network, counting);
    input.networks.push_back(std::move(one));
  }
  input.sweep = report_sweep(options, options.sweep);
  input.search = report_search(options, options.search);
  input.lighten = lighten_of(options);
  if (options.measure) add_latencies(options.estimate, input);
  // Last, because it takes longest: other mistakes have been reported by now.
  for (pages::ReportNetwork& one : input.networks) {
    if (options.measure) one.measurement = measured(one.network, options.measuring, options);
  }
  if (options.measure) input.engines = on_engines(options, input.networks);
  return input.networks.size() == 1 ? pages::network_page(input) : pages::comparison_page(input);
}

document::Page page_of_template(const ReportArguments& options) {
  if (!options.specs.empty() || !options.sweep.empty() || !options.search.empty())
    throw Error("--template names its networks itself; leave out SPEC, --sweep and --search");
  const templates::ReportTemplate source =
      templates::read_template(templates::find_template(options.report_template));
  templates::TemplateInput input;
  input.origin = origin_of(options);
  input.open = [](const std::string& spec, const std::vector<std::string>& settings,
                  const std::string& shape) {
    SpecRequest request = open_spec(spec, {settings, shape});
    return methods::OpenedSpec{spec, std::move(request.spec), std::move(request.options)};
  };
  if (options.measure) {
    // A missing engine is an error now, not after the first engine's measurements.
    for (const std::string& engine : templates::engines_of(source))
      runner::usable_program(runner::engine_named(engine));
    input.origin.machine = machine_for(options);
    input.measure = [&](const graph::Network& network, const std::string& engine) {
      runner::MeasureOptions measuring = options.measuring;
      if (!engine.empty()) measuring.engine = engine;
      return measured(network, measuring, options);
    };
  }
  return templates::template_page(source, input);
}

// The option's old name, for one version.
void use_story(ReportArguments& options) {
  if (options.story.empty()) return;
  options.report_template = options.story;
  std::replace(options.report_template.begin(), options.report_template.end(), '-', '_');
  print_note("note: --story is now --template; write --template {}", options.report_template);
}

// An HTML report is a file, one in Markdown is a folder.
void check_output(const ReportArguments& options) {
  const std::string& output = options.folder;
  if (output == "-") throw Error("-o names the folder of a report, or its HTML file, not -");
  std::error_code status;
  if (options.format == "html") {
    for (const auto& [given, name] : {std::pair(options.keep_measured, "--keep-measured"),
                                      std::pair(options.keep_scripts, "--keep-scripts")}) {
      if (given) throw Error(fmt::format("{} is for reports in Markdown", name));
    }
    if (const std::string why = wrong_extension(output, {".html"}); !why.empty())
      throw Error(fmt::format("-o {}: {}", output, why));
    if (output.ends_with('/') || std::filesystem::is_directory(output, status))
      throw Error(fmt::format("-o {}: an HTML report is one file; name it, as {}", output,
                              (std::filesystem::path(output) / "report.html").string()));
    if (std::filesystem::is_regular_file(output, status) &&
        read_text_file(output).find(writers::kHtmlMark) > kMarkWithin)
      throw Error(fmt::format(
          "'{}' was not written by archcost report and is not replaced; name another file",
          output));
  } else if (!wrong_extension(output, {}).empty()) {
    throw Error(fmt::format(
        "-o {}: a report is a folder, with report.md and its pictures; name the folder", output));
  }
}

int run(ReportArguments options) {
  use_story(options);
  if (options.format.empty())
    options.format = options.folder.ends_with(".html") ? "html" : "markdown";
  if (options.specs.empty() && options.report_template.empty())
    throw Error("name one SPEC or more; 'archcost list' shows what there is");
  if (std::count(options.specs.begin(), options.specs.end(), "-") > 1)
    throw Error("standard input, -, can be read once");
  if (!options.report_template.empty() && options.lighten)
    throw Error("--template names its networks itself; leave out --lighten");
  const bool reads_input = std::count(options.specs.begin(), options.specs.end(), "-") > 0;
  if (options.lighten && reads_input)
    throw Error("--lighten reads its spec again; put it into a file");
  for (const auto& [name, texts] :
       {std::pair("--sweep", &options.sweep), std::pair("--search", &options.search)}) {
    if (!texts->empty() && reads_input)
      throw Error(fmt::format("{} reads its spec again; put it into a file", name));
  }
  if (options.measure && options.keep_measured)
    throw Error("--measure and --keep-measured exclude each other");
  check_output(options);
  if (options.measure) options.measuring.cpu = processor_for(options.measuring.threads, {});
  if (!options.engines.empty()) {
    if (!options.measure) throw Error("--engine is for --measure");
    for (const std::string& engine : split(options.engines, ',')) runner::engine_named(engine);
    options.measuring.engine = split(options.engines, ',').front();
  }
  const document::Page page =
      options.report_template.empty() ? page_of_networks(options) : page_of_template(options);
  if (options.format == "html") {
    write_output(writers::write_html_page(page), options.folder);
    write_output(options.folder + "\n", "");
    return measured_status(options);
  }
  std::string missing;
  try {
    missing = write_report(page, options.folder, options.keep_scripts);
  } catch (const ReportInterrupted&) {
    print_note("stopped; nothing was written");
    return kInterrupted;
  }
  if (!missing.empty()) print_note("warning: pictures are missing: {}", missing);
  write_output((std::filesystem::path(options.folder) / writers::kReportName).string() + "\n", "");
  return measured_status(options);
}

std::function<int()> declare_report(CLI::App& app) {
  auto options = std::make_shared<ReportArguments>();
  options->app = &app;
  app.add_option("SPEC", options->specs,
                 "shipped specs, presets, files, or - for standard input; several are compared")
      ->expected(0, -1);
  add_input(app, "--template", options->report_template,
            "a report template instead of SPEC: a file, or a shipped one, as lighter_networks");
  app.add_option("--story", options->story)->group("");
  declare_spec_options(app, options->network);
  declare_cost_options(app, options->costs);
  add_value(app, "--sweep,--vary", options->sweep, "NAME=VALUES",
            "vary a parameter, as 'archcost sweep --vary'; 'all': every parameter that has sweep "
            "values");
  add_value(app, "--search", options->search, "TEXT",
            "search as 'archcost search': \"maximize NAMES\", \"minimize NAMES\", \"vary "
            "NAME=VALUES\", or a limit such as \"macs <= 150M\"");
  app.add_flag("--lighten", options->lighten,
               "the network with separable and grouped convolutions, SE, α and ρ, as 'archcost "
               "lighten'");
  app.add_flag("--measure", options->measure, "run the networks on this machine too");
  app.add_flag("--allow-unstable", options->allow_unstable,
               "of --measure: exit 0 also where the machine was too busy for a figure");
  app.add_flag("--keep-measured", options->keep_measured,
               "keep the measured part of the report in DIR, replace the rest");
  add_value(app, "--engine", options->engines, "NAMES",
            "of --measure: an engine, or several joined by commas, side by side (default: onednn)");
  app.add_flag("--estimate", options->estimate,
               "of --measure: accuracy against latency also for networks with layers that the "
               "database has no figures of, which are estimated from similar layers");
  declare_kernel_threads(app, options->measuring.threads);
  add_count(app, "--blocks", options->measuring.blocks, "blocks of passes (default: 7)");
  app.add_flag("--keep-scripts", options->keep_scripts, "keep the gnuplot script of each picture");
  add_choice(app, "--format", options->format, {"markdown", "html"}, "FORMAT",
             "markdown, a folder, or html, one file (default: html where -o ends in .html)");
  add_value(app, "-o,--output", options->folder, "DIR|FILE",
            "the report's folder, for report.md and report_files/, or its HTML file")
      ->required();
  return [options] { return run(*options); };
}

}  // namespace

const Command kReportCommand = {
    "report",
    "a document with tables, pictures and the data of both: Markdown or HTML",
    "  archcost report mobilenet_v1 -o mobilenet_report\n"
    "  archcost report mobilenet_v1 -o mobilenet.html\n"
    "  archcost report mobilenet_v1 --sweep alpha --sweep rho -o report\n"
    "  archcost report mobilenet_v1 --search \"maximize accuracy\" --search \"minimize macs\" -o "
    "report\n"
    "  archcost report mobilenet_v1 shufflenet_v1 se_resnet50 --measure -o comparison\n"
    "  archcost report --template light_weight_convolutions -o light_weight",
    declare_report,
};

}  // namespace archcost::cli
