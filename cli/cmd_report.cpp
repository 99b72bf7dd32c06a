// archcost report: a Markdown document with its pictures.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/checks.hpp"
#include "cli/command.hpp"
#include "cli/cost_options.hpp"
#include "cli/measure_setup.hpp"
#include "cli/report_folder.hpp"
#include "cli/search_request.hpp"
#include "cli/slow_costs.hpp"
#include "cli/sweep_request.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "reports/pages/report_input.hpp"
#include "reports/pages/story.hpp"
#include "reports/writers/page_writer.hpp"

namespace archcost {
namespace {

struct Options {
  std::vector<std::string> specs, sweep, search;
  SpecOptions network;
  CostArguments costs;
  std::string story, folder;
  bool measure = false, keep_scripts = false, keep_measured = false;
  MeasureOptions measuring;
  const CLI::App* app = nullptr;
};

// What the reader types to get the same, from what was typed: without the folder, and without the
// options that `skip` names.
std::string command_of(const CLI::App& app, const std::vector<std::string>& skip) {
  std::string command = "archcost report";
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || std::find(skip.begin(), skip.end(), name) != skip.end()) continue;
    const bool flag = option->get_items_expected_max() == 0;
    if (flag) command += " " + name;
    for (const std::string& value : flag ? std::vector<std::string>() : option->results())
      command += (option->get_positional() ? " " : " " + name + " ") + shell_quoted(value);
  }
  return command + " -o DIR";
}

std::string kept_part(const std::string& folder) {
  const std::filesystem::path file = std::filesystem::path(folder) / kReportName;
  std::error_code status;
  const std::string kept =
      std::filesystem::exists(file, status) ? measured_part(read_text_file(file)) : "";
  if (kept.empty())
    throw Error(fmt::format("--keep-measured: '{}' has no measured part", file.string()));
  return kept;
}

ReportOrigin origin_of(const Options& options) {
  const std::vector<std::string> always = {"--output", "--keep-scripts", "--keep-measured",
                                           "--help"};
  std::vector<std::string> analytic = always;
  analytic.insert(analytic.end(), {"--measure", "--threads", "--blocks"});
  ReportOrigin origin;
  origin.version = "archcost " ARCHCOST_VERSION;
  origin.command = command_of(*options.app, analytic);
  if (options.keep_measured) origin.kept = kept_part(options.folder);
  if (options.measure) origin.measured_command = command_of(*options.app, always);
  return origin;
}

// Roofs are measured too where no file has them.
Machine machine_for(const Options& options) {
  if (auto machine = machine_of_file(options.costs.machine)) return *machine;
  const MeasureProgress progress = progress_line();
  progress("measuring what this machine can do");
  Machine machine = measure_machine(options.measuring.threads);
  progress("");
  return machine;
}

Measurement measured(const Network& network, const MeasureOptions& options) {
  const MeasureProgress line = progress_line();
  const MeasureProgress progress = [&](const std::string& text) {
    line(text.empty() ? text : network.name + ": " + text);
  };
  Measurement measurement = measure_network(network, options, progress);
  line("");
  return measurement;
}

std::optional<ReportSweep> sweep_of(const Options& options) {
  if (options.sweep.empty()) return {};
  const bool all = options.sweep == std::vector<std::string>{"all"};
  for (const std::string& label : all ? options.specs : std::vector<std::string>()) {
    const ArchSpec spec = open_spec(label, options.network).spec;
    const auto& params = spec.main().params;
    if (std::all_of(params.begin(), params.end(),
                    [](const ParamSpec& param) { return param.sweep.empty(); }))
      throw Error(fmt::format(
          "'{}' has no parameter with 'sweep' values; say what to vary, as --sweep NAME=VALUES",
          label));
  }
  SweepOptions sweep;
  sweep.specs = options.specs;
  sweep.network = options.network;
  sweep.costs = options.costs;
  sweep.columns = "macs,params,activations,peak_memory,size_int8";
  if (!all) sweep.vary = options.sweep;
  return make_sweep(jobs_of(sweep));
}

// "maximize accuracy", "minimize macs, params", "vary alpha=0.25:1:0.05"; what is left is a limit.
SearchWishes wishes_of(const std::vector<std::string>& texts) {
  SearchWishes wishes;
  for (const std::string& text : texts) {
    const std::string trimmed(trim(text));
    const std::string word = trimmed.substr(0, trimmed.find(' '));
    std::vector<std::string>* list = word == "maximize"   ? &wishes.maximize
                                     : word == "minimize" ? &wishes.minimize
                                     : word == "vary"     ? &wishes.vary
                                                          : nullptr;
    if (list != nullptr)
      list->emplace_back(trim(std::string_view(trimmed).substr(word.size())));
    else
      wishes.limits.push_back(trimmed);
  }
  return wishes;
}

// Without latency, which differs from machine to machine.
std::optional<ReportSearch> search_of(const Options& options) {
  if (options.search.empty()) return {};
  SearchArguments arguments;
  arguments.specs = options.specs;
  arguments.wishes = wishes_of(options.search);
  arguments.network = options.network;
  arguments.costs = options.costs;
  SearchPlan plan = search_plan(arguments, {});
  SearchResult result = run_search(plan, search_options(arguments));
  return ReportSearch{std::move(plan), std::move(result)};
}

// By the user's database, where it has figures of this machine.
void know_latencies(ReportInput& input) {
  std::optional<LatencyPredictor> found = user_predictor();
  if (!found) return;
  const auto predictor = std::make_shared<LatencyPredictor>(std::move(*found));
  input.latency = [predictor](const Network& network) {
    return predicted_latency(*predictor, network);
  };
  input.latency_how = fmt::format(
      "predicted, one thread, {}, layers without a figure estimated from their neighbours",
      predictor->machine().text());
}

Page page_of_networks(const Options& options) {
  ReportInput input;
  input.origin = origin_of(options);
  const CountOptions counting = count_options(options.costs);
  if (options.measure) input.origin.machine = machine_for(options);
  for (const std::string& label : options.specs) {
    const SpecRequest request = open_spec(label, options.network);
    ReportNetwork one = {label, request.spec, request.options, build_network(request), {}, {}};
    one.costs = count(one.network, counting);
    input.networks.push_back(std::move(one));
  }
  input.sweep = sweep_of(options);
  input.search = search_of(options);
  if (options.measure) know_latencies(input);
  // Last, as it takes longest: what can't be done has been told by now.
  for (ReportNetwork& one : input.networks) {
    if (options.measure) one.measurement = measured(one.network, options.measuring);
  }
  return input.networks.size() == 1 ? network_page(input) : comparison_page(input);
}

Page page_of_story(const Options& options) {
  if (!options.specs.empty() || !options.sweep.empty() || !options.search.empty())
    throw Error("--story has networks of its own; leave out SPEC, --sweep and --search");
  StoryInput input;
  input.origin = origin_of(options);
  if (options.measure) {
    input.origin.machine = machine_for(options);
    input.measure = [&](const Network& network) { return measured(network, options.measuring); };
  }
  return find_story(options.story)->build(input);
}

int run(Options options) {
  if (options.specs.empty() && options.story.empty())
    throw Error("name one SPEC or more; 'archcost list' shows what there is");
  if (std::count(options.specs.begin(), options.specs.end(), "-") > 1)
    throw Error("standard input, -, can be read once");
  for (const auto& [name, texts] :
       {std::pair("--sweep", &options.sweep), std::pair("--search", &options.search)}) {
    if (!texts->empty() && options.specs == std::vector<std::string>{"-"})
      throw Error(fmt::format("{} reads its spec again; put it into a file", name));
  }
  if (options.measure && options.keep_measured)
    throw Error("--measure and --keep-measured: measure again, or keep what was measured");
  if (options.folder == "-") throw Error("-o names the folder of a report, not -");
  if (options.measure) options.measuring.cpu = processor_for(options.measuring.threads, {});
  const Page page = options.story.empty() ? page_of_networks(options) : page_of_story(options);
  const std::string missing = write_report(page, options.folder, options.keep_scripts);
  if (!missing.empty()) fmt::print(stderr, "warning: pictures are missing: {}\n", missing);
  write_output((std::filesystem::path(options.folder) / kReportName).string() + "\n", "");
  return kFine;
}

std::function<int()> declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->app = &app;
  app.add_option("SPEC", options->specs,
                 "shipped specs, presets, files, or - for standard input; several are compared")
      ->expected(0, -1);
  app.add_option("--story", options->story,
                 "a report with a subject instead of SPEC: " + join(story_names(), ", "))
      ->check(one_of(story_names()))
      ->type_name("NAME");
  declare_spec_options(app, options->network);
  declare_cost_options(app, options->costs);
  app.add_option("--sweep", options->sweep,
                 "vary a parameter, as 'archcost sweep --vary'; 'all': every parameter that has "
                 "sweep values")
      ->type_name("NAME=VALUES")
      ->allow_extra_args(false);
  app.add_option("--search", options->search,
                 "search as 'archcost search': \"maximize NAMES\", \"minimize NAMES\", \"vary "
                 "NAME=VALUES\", or a limit such as \"macs <= 150M\"; may be repeated")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  app.add_flag("--measure", options->measure, "run the networks on this machine too");
  app.add_flag("--keep-measured", options->keep_measured,
               "keep the measured part of the report that is there, make the rest again");
  app.add_option("--threads", options->measuring.threads, "threads of the kernels (1)")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--blocks", options->measuring.blocks, "blocks of measured passes (7)")
      ->check(at_least_one())
      ->type_name("N");
  app.add_flag("--keep-scripts", options->keep_scripts,
               "leave the gnuplot script of each picture beside it");
  app.add_option("-o,--output", options->folder, "the report's folder: report.md and report_files/")
      ->required()
      ->type_name("DIR");
  return [options] { return run(*options); };
}

}  // namespace

const Command kReportCommand = {
    "report",
    "a Markdown document with tables, pictures and the data of both",
    "  archcost report mobilenet_v1 -o mobilenet_report\n"
    "  archcost report mobilenet_v1 --sweep alpha --sweep rho -o report\n"
    "  archcost report mobilenet_v1 --search \"maximize accuracy\" --search \"minimize macs\" -o "
    "report\n"
    "  archcost report mobilenet_v1 shufflenet_v1 se_resnet50 --measure -o comparison\n"
    "  archcost report --story light-weight-convolutions -o reports/published/light_weight",
    declare,
};

}  // namespace archcost
