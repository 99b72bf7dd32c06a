// SPDX-License-Identifier: Apache-2.0
// archcost search: the best networks of a space under limits.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/export.hpp"
#include "cli/latency.hpp"
#include "cli/part_output.hpp"
#include "cli/search_request.hpp"
#include "cli/sweep_output.hpp"
#include "cli/terminal.hpp"
#include "cli/work_estimate.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "graph/build.hpp"
#include "reports/tables/search_report.hpp"
#include "reports/writers/writers.hpp"
#include "search/methods/figure_journal.hpp"
#include "search/methods/remeasure_top.hpp"
#include "search/methods/search_estimate.hpp"
#include "search/methods/search_journal.hpp"
#include "search/methods/unused_limit.hpp"

namespace archcost::cli {
namespace {

// The first design, as a spec or in a format of export.
void write_design(const methods::SearchPlan& plan, const methods::Design& design,
                  const std::string& file) {
  if (const ExportFormat* format = export_format_of_file(file)) {
    const SpecRequest spec = {plan.jobs[design.job].spec, methods::options_of(plan, design)};
    format->write(
        {spec, {}, {}, file, spec.spec.name, tables::design_command(plan, design, "export")});
    print_note("'{}' is the first of the designs", file);
    return;
  }
  write_spec_file(tables::design_spec(plan, design), file);
  print_note("'{}' is the first of the designs: archcost analyze {}", file, file);
}

void write_result(const methods::SearchPlan& plan, const methods::SearchResult& result,
                  const OutputOptions& output) {
  const bool raw = output.format == "csv" || output.format == "jsonl" || output.format == "json";
  if (output.format == "jsonl")
    write_output(tables::search_json_lines(plan, result), output.file);
  else if (output.format == "json")
    write_output(writers::json_array(tables::search_json_lines(plan, result)), output.file);
  else
    write_document(tables::search_report(plan, result, raw), output);
  if (!raw) return;
  for (const std::string& line : tables::method_lines(plan, result)) print_note("{}", line);
  for (const std::string& line : tables::tally_lines(plan, result)) print_note("{}", line);
  if (!result.corrected.empty()) print_note("{}", result.corrected);
  if (const std::string hint = methods::unused_limit_hint(plan, result); !hint.empty())
    print_note("{}", hint);
}

class SearchCommand {
 public:
  explicit SearchCommand(const SearchArguments& arguments)
      : arguments_(&arguments),
        latency_(std::make_shared<LatencySource>(arguments.latency)),
        plan_(search_plan(
            arguments, counted(journal_.keep(slow_costs(latency_), interrupted()), run_counter_))),
        options_(search_options(arguments)),
        output_(arguments.output),
        fingerprint_(request_of(plan_, arguments)) {
    if (is_network_file(output_.file)) std::swap(spec_file_, output_.file);
    const bool is_spec = !spec_file_.empty() && export_format_of_file(spec_file_) == nullptr;
    for (const sweep::SweepJob& job : plan_.jobs) {
      if (is_spec && job.spec.files.size() > 1)
        throw Error(
            fmt::format("-o {}: '{}' includes other files, so that no spec of its own is "
                        "written; take --format jsonl, which has a command for each design",
                        spec_file_, job.spec.name));
    }
    for (const std::string& label : arguments.beside) read_beside(label);
    if (arguments.shard.empty() && !arguments.resume && wanted_estimate() == nullptr) return;
    if (arguments.output.file.empty())
      throw Error(fmt::format("{} needs -o FILE", arguments.resume ? "--resume" : "--shard"));
    if ((!arguments.shard.empty() || wanted_estimate() != nullptr) &&
        methods::method_of(plan_, options_) == methods::SearchMethod::kChain)
      throw Error(
          "--shard: a search along the chain takes seconds and isn't divided; leave it out, or "
          "take "
          "--method evolve");
  }

  int run() {
    if (wanted_estimate() != nullptr) return estimate();
    if (!arguments_->join.empty()) return join_and_write();
    catch_interrupts();
    options_.stop = &interrupted();
    const sweep::Shard shard = sweep::parse_shard(arguments_->shard);
    if (arguments_->resume && !arguments_->shard.empty() &&
        is_complete_part(arguments_->output.file, part_head())) {
      methods::SearchJournal::remove_files(plan_, arguments_->output.file);
      return kFine;
    }
    const methods::SearchMethod method = methods::method_of(plan_, options_);
    const bool enumerates = method == methods::SearchMethod::kEnumerate;
    if (enumerates) options_.range = shard.range(sweep::total_points(plan_.jobs));
    if (method == methods::SearchMethod::kEvolve) options_.part = shard;
    const bool to_file =
        !arguments_->output.file.empty() && !output_target(arguments_->output.file).special;
    if (!arguments_->shard.empty())
      options_.checkpoint = [this](const methods::SearchState& state) { last_ = state; };
    if (to_file && method != methods::SearchMethod::kChain) keep_state();
    if (to_file && (!plan_.slow.empty() || arguments_->remeasure_top > 0)) {
      journal_.open(arguments_->output.file + ".figures", fingerprint_, arguments_->resume);
      if (journal_.known() > 0) print_note("{} figures are known from before", journal_.known());
    }
    if (arguments_->resume && !state_ && journal_.known() == 0) {
      print_note(
          "this search keeps no state: it begins at its start, and ends with the same result");
    }
    announce_runs(*arguments_, plan_, options_, *latency_, *run_counter_);
    try {
      return search_and_write();
    } catch (const methods::Interrupted&) {
      print_note("stopped{}",
                 to_file ? "; the same command with --resume continues and measures nothing twice"
                         : "; with -o FILE the same command can be continued by --resume");
      return kInterrupted;
    }
  }

 private:
  int search_and_write() {
    methods::SearchResult result = [&] {
      std::unique_ptr<Progress> progress;  // of each spec that an evolution searches
      std::uint64_t before = 0, last_done = 0;
      if (const methods::SearchState* state = options_.before)
        before = state->evolution ? state->evolution->points : state->done;
      options_.progress = [&](std::uint64_t done, std::uint64_t total) {
        if (!progress || done < last_done)
          progress = std::make_unique<Progress>(progress ? 0 : before, total);
        last_done = done;
        progress->show(done);
      };
      return methods::run_search(plan_, options_);
    }();
    if (!result.whole && state_) {
      const bool evolves = result.method == methods::SearchMethod::kEvolve;
      if (evolves && arguments_->shard.empty()) finish(result);  // the front so far
      print_note(
          "stopped after {} points; the same command with --resume continues ('{}' has "
          "what was found)",
          with_commas(static_cast<std::int64_t>(result.tally.points)),
          state_->state_file().string());
      return kInterrupted;
    }
    if (!arguments_->shard.empty()) {
      if (!result.whole) return kInterrupted;
      write_output(sweep::part_text(part_head(), sweep::PartFormat::kJsonLines,
                                    methods::to_text(last_) + "\n", 1),
                   arguments_->output.file);
      if (state_) state_->remove();
      journal_.remove();
      return kFine;
    }
    const int status = finish(result);
    if (state_) state_->remove();
    journal_.remove();
    return status;
  }

  // What is done goes into files every second or so.
  void keep_state() {
    state_.emplace(plan_, arguments_->output.file, fingerprint_, arguments_->resume);
    options_.checkpoint = [this](const methods::SearchState& state) {
      last_ = state;
      last_.asked_slow = run_counter_->asked;
      if (state.done < state.range.last - state.range.first) state_->save(std::move(last_));
    };
    if (!state_->damage().empty()) print_note("{}", state_->damage());
    options_.before = state_->before();
    if (options_.before == nullptr) return;
    const methods::SearchState& before = *options_.before;
    const bool evolves = before.parts > 0;
    const sweep::Shard& part = options_.part;
    const sweep::SweepRange range =
        options_.range.value_or(sweep::SweepRange{part.number - 1, part.number});
    if (before.range.first != range.first || before.range.last != range.last ||
        (evolves && before.parts != part.of))
      throw Error(fmt::format("'{}' belongs to another --shard", state_->state_file().string()));
    run_counter_->asked = before.asked_slow;
    const std::string all =
        evolves ? "" : " of " + with_commas(static_cast<std::int64_t>(range.last - range.first));
    print_note("continuing after {}{} points",
               with_commas(static_cast<std::int64_t>(before.tally.points)), all);
  }

  // For batch: how long the search takes one thread.
  int estimate() const {
    constexpr std::uint64_t kMostEvaluations = 2'000'000;  // of evolve, by default
    std::uint64_t points = sweep::total_points(plan_.jobs);
    if (methods::method_of(plan_, options_) == methods::SearchMethod::kEvolve)
      points = options_.evaluations > 0 ? options_.evaluations : kMostEvaluations;
    const double seconds = methods::search_seconds(plan_, options_, points);
    *wanted_estimate() =
        WorkEstimate{seconds, points,
                     fmt::format("{} candidates", with_commas(static_cast<std::int64_t>(points)))};
    return kFine;
  }

  sweep::PartHead part_head() const {
    return part_head_of_run("search", fingerprint_, sweep::parse_shard(arguments_->shard));
  }

  int join_and_write() {
    std::vector<methods::SearchState> parts;
    for (const std::string& file : arguments_->join) {
      const sweep::PartFile part(file);
      if (part.head().kind != "search" || part.head().request != fingerprint_)
        throw Error(file, "a part of another search: only the same command joins it");
      std::string state;
      part.read_body([&](std::string_view piece) { state += piece; });
      parts.push_back(methods::read_search_state(plan_, {state}, file));
      if (parts.back().asked_slow) run_counter_->asked = true;
    }
    methods::SearchResult result = methods::join_parts(plan_, options_, std::move(parts));
    return finish(result);
  }

  int finish(methods::SearchResult& result) {
    const auto measure = [latency = arguments_->latency.latency](const graph::Network& network) {
      return measured_latency(network, latency);
    };
    if (arguments_->remeasure_top > 0 && !result.designs.empty())
      methods::remeasure_top(
          plan_, result, arguments_->remeasure_top, "latency",
          journal_.keep({{"measured", "s", measure, {}}}, interrupted()).front().of);
    for (const Beside& beside : beside_) {
      result.beside.push_back(methods::design_beside(plan_, beside.job, beside.options));
      result.beside_labels.push_back(beside.label);
    }
    write_result(plan_, result, output_);
    if (!spec_file_.empty() && !result.designs.empty())
      write_design(plan_, result.designs.front(), spec_file_);
    if (!result.whole) return kInterrupted;
    if (result.designs.empty()) return kCheckFailed;
    return result.unmeasured > 0 ? kMeasurementFailed : kFine;
  }

  // Before the search, which may take hours: mistakes are reported at once.
  void read_beside(const std::string& label) {
    const SpecRequest request = open_spec(label, arguments_->network);
    const auto job =
        std::find_if(plan_.jobs.begin(), plan_.jobs.end(),
                     [&](const sweep::SweepJob& j) { return j.spec.name == request.spec.name; });
    if (job == plan_.jobs.end())
      throw Error(
          fmt::format("--beside {}: it takes settings of the specs that are searched", label));
    beside_.push_back({label, static_cast<std::size_t>(job - plan_.jobs.begin()), request.options});
  }

  struct Beside {
    std::string label;
    std::size_t job;
    graph::BuildOptions options;
  };

  const SearchArguments* arguments_;
  std::vector<Beside> beside_;
  methods::FigureJournal journal_;
  std::shared_ptr<LatencySource> latency_;
  std::shared_ptr<RunCounter> run_counter_ = std::make_shared<RunCounter>();
  methods::SearchPlan plan_;
  methods::SearchOptions options_;
  OutputOptions output_;
  std::string spec_file_, fingerprint_;
  std::optional<methods::SearchJournal> state_;
  methods::SearchState last_;
};

int run(const SearchArguments& arguments) { return SearchCommand(arguments).run(); }

std::function<int()> declare_search(CLI::App& app) {
  auto options = std::make_shared<SearchArguments>();
  app.add_option("SPEC", options->specs, "one or more specs; settings may follow a colon")
      ->required()
      ->expected(1, -1);
  methods::SearchRequest& request = options->request;
  add_value(app, "--maximize", request.maximize, "NAMES",
            "objectives to maximize, joined by commas: accuracy, entropy, any cost");
  add_value(app, "--minimize", request.minimize, "NAMES",
            "objectives to minimize, joined by commas: latency " + join(cost::named_costs(), " "));
  add_value(app, "--limit,--where", request.limits, "CONDITION",
            "what a design must meet: \"params <= 2M\", \"accuracy >= 70\"");
  add_value(app, "--vary", request.vary, "NAME=VALUES",
            "FROM:TO:STEP, or values joined by commas; NAME(i) for every element of a list; "
            "SPEC:NAME=VALUES for one of several specs; without it the spec's 'search' section, or "
            "all 'sweep' values");
  add_input(app, "--space", request.space, "a YAML file with 'vary' and 'where', as the section");
  declare_accuracy(app, request.accuracy);
  add_value(app, "--columns", request.columns, "NAMES", "costs that are shown beside")
      ->capture_default_str();
  add_choice(app, "--method", options->method, {"auto", "enumerate", "chain", "evolve"}, "NAME",
             "auto: enumerate what can be, else chain where it holds, else evolve (NSGA-II)")
      ->capture_default_str();
  add_value(app, "--seed", options->seed, "N", "of evolve; the same seed gives the same result")
      ->capture_default_str();
  add_count(app, "--evaluations", options->evaluations,
            "of evolve, at most; without it, until nothing gets better");
  add_count(app, "--top", options->top, "with one objective: the N best designs")
      ->capture_default_str();
  add_value(app, "--beside", options->beside, "SPEC",
            "show another network of a spec that is searched: mobilenet_v1:alpha=0.75");
  add_count(
      app, "--remeasure-top", options->remeasure_top,
      "measure the designs of --top or of the front on this machine, the first ones first, until "
      "N meet the limits; status 3 where one can't be measured");
  const auto old_name = [options](const std::size_t& count) {
    note_renamed("--measure-finalists", "--remeasure-top");
    options->remeasure_top = count;
  };
  app.add_option_function<std::size_t>("--measure-finalists", old_name)
      ->check(at_least_one())
      ->group("");
  app.add_flag("--resume", options->resume,
               "continue where an earlier run of the same command was stopped or killed");
  declare_shard(app, options->shard,
                "only the I-th of N parts, into -o FILE; 'archcost join' joins them");
  app.add_option("--join", options->join, "the files of all parts, instead of searching")
      ->type_name("FILES")
      ->each(protect_input);
  add_count(app, "--threads", options->threads, "threads (default: all cores)");
  declare_latency_cost(app, options->latency, false);
  declare_spec_options(app, options->network);
  declare_data_types(app, options->costs);
  declare_output(app, options->output);
  option_of(app, "--output")
      .description(
          "write to FILE (default, and -: standard output); FILE.yaml, .onnx or .py: the first "
          "design");
  return [options] { return run(*options); };
}

}  // namespace

const Command kSearchCommand = {
    "search",
    "the best networks of a space under limits: Pareto front or best designs",
    "  archcost search mobilenet_v1 --maximize accuracy --limit \"macs <= 150M\" --limit \"params "
    "<= "
    "2M\"\n"
    "  archcost search shufflenet_v1 --vary g --vary s --maximize accuracy --limit \"macs <= "
    "40M\"\n"
    "  archcost search mobilenet_v1 mobilenet_v2 --minimize macs,params --maximize accuracy\n"
    "  archcost search mobilenet_v1 --vary \"widths(i)=8:widths(i):8\" --maximize entropy --limit "
    "\"macs <= 293870000\" -o best.yaml",
    declare_search,
};

}  // namespace archcost::cli
