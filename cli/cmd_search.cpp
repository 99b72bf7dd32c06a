// archcost search: the best networks of a space under limits.
#include <fmt/core.h>

#include <csignal>
#include <memory>

#include "cli/checks.hpp"
#include "cli/search_request.hpp"
#include "cli/sweep_output.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "graph/build.hpp"
#include "reports/search_report.hpp"
#include "reports/writers.hpp"

namespace archcost {
namespace {

constexpr int kInterrupted = 130;

std::atomic<bool> interrupted = false;  // the one thing that a signal may set
void interrupt(int) { interrupted = true; }

bool is_spec_file(const std::string& file) {
  return file.ends_with(".yaml") || file.ends_with(".yml");
}

// The first design as a spec; it is read again before it is written, so that what is written works.
void write_design(const SearchPlan& plan, const Design& design, const std::string& file) {
  const std::string text = design_spec(plan, design);
  const ArchSpec spec = read_spec_text(file, text, ".");
  build_network(spec);
  write_output(text, file);
  fmt::print(stderr, "'{}' is the first of the designs: archcost analyze {}\n", file, file);
}

void write_result(const SearchPlan& plan, const SearchResult& result, const OutputOptions& output) {
  if (output.format == "jsonl") {
    write_output(search_json_lines(plan, result), output.file);
  } else {
    write_document(search_report(plan, result), output);
  }
  if (output.format != "jsonl" && output.format != "csv") return;
  for (const std::string& line : method_lines(plan, result)) fmt::print(stderr, "{}\n", line);
  for (const std::string& line : tally_lines(plan, result)) fmt::print(stderr, "{}\n", line);
}

int run(const SearchArguments& arguments) {
  const SearchPlan plan = search_plan(arguments, {});
  SearchOptions options = search_options(arguments);
  std::signal(SIGINT, interrupt);
  options.stop = &interrupted;
  std::unique_ptr<Progress> progress;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (!progress) progress = std::make_unique<Progress>(0, total);
    progress->show(done);
  };
  const SearchResult result = run_search(plan, options);
  progress.reset();
  OutputOptions output = arguments.output;
  const bool spec = is_spec_file(output.file);
  if (spec) output.file.clear();
  write_result(plan, result, output);
  if (spec && !result.designs.empty()) write_design(plan, result.designs.front(), arguments.output.file);
  if (!result.whole) return kInterrupted;
  return result.designs.empty() ? kAnswerIsNo : kFine;
}

std::function<int()> declare(CLI::App& app) {
  auto options = std::make_shared<SearchArguments>();
  app.add_option("SPEC", options->specs, "one or more specs; settings may follow a colon")
      ->required()
      ->expected(1, -1);
  app.add_option("--maximize", options->wishes.maximize,
                 "what is better the more there is of it: accuracy, entropy, any cost")
      ->type_name("NAMES")
      ->allow_extra_args(false);
  app.add_option("--minimize", options->wishes.minimize,
                 "costs, joined by commas: " + join(named_costs(), " "))
      ->type_name("NAMES")
      ->allow_extra_args(false);
  app.add_option("--limit", options->wishes.limits,
                 "what a design must meet: \"params <= 2M\", \"accuracy >= 70\"; may be repeated")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  app.add_option("--vary", options->wishes.vary,
                 "FROM:TO:STEP, or values joined by commas; NAME(i) for every element of a list; "
                 "without it the spec's 'search' section, or all 'sweep' values")
      ->type_name("NAME=VALUES")
      ->allow_extra_args(false);
  app.add_option("--space", options->wishes.space, "a YAML file with 'vary' and 'where', as the section")
      ->type_name("FILE");
  app.add_option("--accuracy", options->wishes.accuracy, "a table of your own, CSV")->type_name("FILE");
  app.add_option("--recipe", options->wishes.recipe,
                 "which of the published tables; 'archcost accuracy' lists them")
      ->type_name("NAME");
  app.add_option("--columns", options->wishes.columns, "costs that are shown beside")
      ->type_name("NAMES")
      ->capture_default_str();
  app.add_option("--method", options->method,
                 "auto: enumerate what can be, else chain where it holds, else evolve (NSGA-II)")
      ->check(one_of({"auto", "enumerate", "chain", "evolve"}))
      ->capture_default_str();
  app.add_option("--seed", options->seed, "of evolve; the same seed gives the same result")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--evaluations", options->evaluations,
                 "of evolve, at most; without it, until nothing gets better")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--top", options->top, "with one goal: the N best designs")
      ->check(at_least_one())
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--threads", options->threads, "threads; all cores when it isn't said")
      ->check(at_least_one())
      ->type_name("N");
  declare_spec_options(app, options->network);
  declare_data_types(app, options->costs);
  app.add_option("--format", options->output.format, "table, markdown, csv or jsonl")
      ->check(one_of({"table", "markdown", "csv", "jsonl"}))
      ->capture_default_str();
  app.add_option("-o,--output", options->output.file,
                 "the designs into FILE; FILE.yaml: the first design as a spec")
      ->type_name("FILE");
  app.add_flag("--exact", options->output.exact, "all digits for people too");
  return [options] { return run(*options); };
}

}  // namespace

const Command kSearchCommand = {
    "search",
    "the best networks of a space under limits: Pareto front or best designs",
    "  archcost search mobilenet_v1 --maximize accuracy --limit \"macs <= 150M\" --limit \"params <= "
    "2M\"\n"
    "  archcost search shufflenet_v1 --vary g --vary s --maximize accuracy --limit \"macs <= 40M\"\n"
    "  archcost search mobilenet_v1 mobilenet_v2 --minimize macs,params --maximize accuracy\n"
    "  archcost search mobilenet_v1 --vary \"widths(i)=8:widths(i):8\" --maximize entropy --limit "
    "\"macs <= 293870000\" -o best.yaml",
    declare,
};

}  // namespace archcost
