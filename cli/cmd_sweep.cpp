// archcost sweep: the costs of every combination of parameters.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory>
#include <thread>

#include "cli/checks.hpp"
#include "cli/command.hpp"
#include "cli/cost_options.hpp"
#include "cli/sweep_output.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "graph/bind.hpp"
#include "reports/writers.hpp"

namespace archcost {
namespace {

constexpr std::size_t kMostTableRows = 100'000;
constexpr int kInterrupted = 130;

struct Options {
  std::vector<std::string> specs, vary, where;
  SpecOptions network;
  CostArguments costs;
  OutputOptions output;
  std::string columns = "params,macs", sort, shard, laws;
  std::size_t top = 0;
  int threads = 0;
  bool resume = false;
};

std::atomic<bool> interrupted = false;  // the one thing that a signal may set
void interrupt(int) { interrupted = true; }

// --columns, checked.
std::vector<std::string> columns_of(const Options& options) {
  std::vector<std::string> columns;
  for (const std::string& part : split(options.columns, ',')) {
    const std::string name(trim(part));
    if (name.empty()) continue;
    const std::vector<std::string>& known = named_costs();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto near = nearest(name, known);
      throw Error(std::vector<Diagnostic>{
          {"--columns " + options.columns,
           fmt::format("no cost '{}'{}; 'archcost sweep --help' lists them", name,
                       near ? fmt::format("; did you mean '{}'?", *near) : ""),
           "",
           {}}});
    }
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  }
  if (columns.empty()) throw Error("--columns names no cost");
  return columns;
}

std::vector<SweepJob> jobs_of(const Options& options) {
  std::vector<SweepJob> jobs;
  for (const std::string& argument : options.specs) {
    SpecRequest request = open_spec(argument, options.network);
    SweepJob job;
    job.label = argument;
    job.spec = std::move(request.spec);
    job.options = std::move(request.options);
    bind_parameters(job.spec, job.options);  // what is set is told before the first point
    job.space = sweep_space(job.spec, options.vary);
    for (const ParameterSetting& setting : job.options.settings) {
      for (const SweepAxis& axis : job.space.axes) {
        if (axis.param != setting.name) continue;
        if (!options.vary.empty())
          throw Error(fmt::format("'{}' is set ({}) and varied; it can't be both", setting.name,
                                  setting.place));
      }
    }
    // What is set isn't varied by itself.
    std::erase_if(job.space.axes, [&](const SweepAxis& axis) {
      return std::any_of(job.options.settings.begin(), job.options.settings.end(),
                         [&](const ParameterSetting& s) { return s.name == axis.param; });
    });
    if (job.space.axes.empty())
      throw Error(fmt::format(
          "'{}': nothing is left to vary; every parameter with 'sweep' values is set", argument));
    job.wants.columns = columns_of(options);
    job.wants.types = data_types(options.costs);
    for (const std::string& text : options.where)
      job.wants.filters.push_back(parse_filter(job.spec, text));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

// All that the rows depend on, so that parts of different sweeps aren't joined.
std::string request_of(const std::vector<SweepJob>& jobs, const Options& options) {
  std::string text = fmt::format("{} {} {} {} {}\n", ARCHCOST_VERSION, options.output.format,
                                 options.columns, options.network.input, options.network.batch);
  for (const std::string& where : options.where) text += where + "\n";
  text += describe(data_types(options.costs)) + "\n";
  for (const SweepJob& job : jobs) {
    text += job.label + "\n" + job.options.preset + "\n";
    for (int f = 0; f < static_cast<int>(job.spec.files.size()); ++f)
      text += job.spec.sources.file(f).text;
    for (const ParameterSetting& setting : job.options.settings)
      text += setting.name + "=" + to_string(setting.value) + "\n";
    for (const SweepAxis& axis : job.space.axes) {
      text += axis.param + ":";
      for (const Value& value : axis.values) text += to_string(value) + ";";
    }
  }
  return fingerprint(text);
}

class SweepCommand {
 public:
  explicit SweepCommand(const Options& options) : options_(&options), jobs_(jobs_of(options)) {
    const Shard shard = options.shard.empty() ? Shard{} : parse_shard(options.shard);
    const std::uint64_t points = total_points(jobs_);
    const auto part = [&](std::uint64_t k) {
      return points / shard.of * k + points % shard.of * k / shard.of;
    };
    range_ = {part(shard.number - 1), part(shard.number)};
    shard_ = shard;
    for (const SweepJob& job : jobs_) fits_.emplace_back(job.space, job.wants.columns);
  }

  int run() {
    std::signal(SIGINT, interrupt);
    const std::string& format = options_->output.format;
    const bool machine = format == "csv" || format == "jsonl";
    if (machine && options_->sort.empty() && options_->top == 0)
      return stream(format == "csv" ? RowFormat::kCsv : RowFormat::kJsonLines);
    if (options_->resume || !options_->shard.empty()) {
      throw Error(
          fmt::format("{} is for rows in the order of the points: --format csv or jsonl, without "
                      "--sort and --top",
                      options_->resume ? "--resume" : "--shard"));
    }
    return collect(machine);
  }

 private:
  // Rows go out as they come.
  int stream(RowFormat format) {
    const bool part = !options_->shard.empty();
    if ((part || options_->resume) && options_->output.file.empty())
      throw Error(fmt::format("{} needs -o FILE", part ? "--shard" : "--resume"));
    const std::string request = request_of(jobs_, *options_) + (part ? "-" + options_->shard : "");
    const SweepRowWriter writer(jobs_, format);
    const std::string header =
        (part ? shard_line(request_of(jobs_, *options_), shard_, format) : "") + writer.header();
    RowStream stream(options_->output.file, request, header, options_->resume);
    const std::uint64_t before = stream.points_done(), total = range_.last - range_.first;
    if (before > 0)
      fmt::print(stderr, "going on after {} of {} points\n",
                 with_commas(static_cast<std::int64_t>(before)),
                 with_commas(static_cast<std::int64_t>(total)));
    Progress progress(before, total);
    SweepRun run = base_run({range_.first + before, range_.last});
    run.render = [&](const SweepJob& job, const SweepRows& rows) {
      return writer.lines(job, rows);
    };
    run.consume = [&](const SweepChunk& chunk, std::uint64_t done) {
      note(chunk);
      stream.add(chunk, before + done);
      progress.show(before + done);
    };
    const bool whole = run_sweep(jobs_, run);
    if (!whole) {
      stream.flush();
      return stopped(stream.mark().points, total);
    }
    stream.finish(part ? shard_end(stream.mark().rows, format) : "");
    summary_.points = total;
    summary_.shown = summary_.rows = stream.mark().rows;
    summary_.filtered = stream.mark().filtered;
    summary_.unbuildable = stream.mark().unbuildable;
    for (const std::string& line : summary_lines(jobs_, summary_)) fmt::print(stderr, "{}\n", line);
    return write_laws();
  }

  // Rows are kept, sorted and shown.
  int collect(bool machine) {
    const std::string sort = options_->sort.substr(0, options_->sort.find(':'));
    RowCollector rows(sort_column(sort), options_->sort.ends_with(":desc"), options_->top,
                      machine ? 0 : kMostTableRows);
    Progress progress(0, range_.last - range_.first);
    SweepRun run = base_run(range_);
    run.consume = [&](const SweepChunk& chunk, std::uint64_t done) {
      note(chunk);
      rows.add(chunk);
      progress.show(done);
    };
    const bool whole = run_sweep(jobs_, run);
    if (!whole) return stopped(summary_.points, range_.last - range_.first);
    const std::vector<SweepRow> sorted = rows.take();
    summary_.shown = sorted.size();
    if (options_->output.format == "jsonl") {
      const SweepRowWriter writer(jobs_, RowFormat::kJsonLines);
      std::string text;
      for (const SweepRow& row : sorted) text += writer.line(jobs_[row.job], row);
      write_output(text, options_->output.file);
      return write_laws();
    }
    Document document = sweep_report(jobs_, sorted, summary_);
    if (machine)
      document.sections.resize(1);
    else
      for (Section& section : laws()) document.sections.push_back(std::move(section));
    write_document(document, options_->output);
    if (!machine) return kFine;
    for (const std::string& line : summary_lines(jobs_, summary_)) fmt::print(stderr, "{}\n", line);
    return write_laws();
  }

  SweepRun base_run(SweepRange range) const {
    SweepRun run;
    run.range = range;
    run.threads = options_->threads > 0
                      ? options_->threads
                      : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    run.stop = &interrupted;
    return run;
  }

  void note(const SweepChunk& chunk) {
    add_chunk(summary_, jobs_.size(), chunk);
    if (options_->laws.empty()) return;
    std::vector<std::int64_t> costs(chunk.rows.columns.size());
    for (std::size_t p = 0; p < chunk.rows.states.size(); ++p) {
      if (chunk.rows.states[p] != PointState::kRow) continue;
      for (std::size_t c = 0; c < costs.size(); ++c) costs[c] = chunk.rows.columns[c][p];
      fits_[chunk.job].add(jobs_[chunk.job].space.indices(chunk.rows.first + p), costs);
    }
  }

  int sort_column(const std::string& name) const {
    if (name.empty()) return -1;
    const std::vector<std::string>& columns = jobs_.front().wants.columns;
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end())
      throw Error(fmt::format("--sort {}: it sorts by one of the columns: {}", options_->sort,
                              join(columns, ", ")));
    return static_cast<int>(found - columns.begin());
  }

  std::vector<Section> laws() const {
    std::vector<Section> sections;
    if (options_->laws.empty()) return sections;
    for (std::size_t j = 0; j < jobs_.size(); ++j) {
      std::vector<ScalingLaw> laws = fits_[j].laws();
      if (options_->laws == "layer") {
        for (ScalingLaw& law : layer_laws(jobs_[j])) laws.push_back(std::move(law));
      }
      sections.push_back(laws_section(jobs_[j], laws));
    }
    return sections;
  }

  // Beside rows for machines the laws are a remark for people.
  int write_laws() const {
    for (Section& section : laws()) {
      Document document;
      document.sections.push_back(std::move(section));
      fmt::print(stderr, "{}", write_text(document, {}));
    }
    return kFine;
  }

  int stopped(std::uint64_t done, std::uint64_t total) const {
    const std::string counted =
        fmt::format("stopped after {} of {} points", with_commas(static_cast<std::int64_t>(done)),
                    with_commas(static_cast<std::int64_t>(total)));
    const bool kept = !options_->output.file.empty() && options_->sort.empty() &&
                      options_->top == 0 && options_->output.format != "table" &&
                      options_->output.format != "markdown";
    fmt::print(stderr, "{}{}\n", counted,
               kept
                   ? fmt::format(
                         "; the same command with --resume goes on ('{}.part' has the rows so far)",
                         options_->output.file)
                   : "");
    return kInterrupted;
  }

  const Options* options_;
  std::vector<SweepJob> jobs_;
  SweepRange range_;
  Shard shard_;
  SweepSummary summary_;
  std::vector<ScalingFit> fits_;
};

int run(const Options& options) { return SweepCommand(options).run(); }

std::function<int()> declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("SPEC", options->specs, "one or more specs; settings may follow a colon")
      ->required()
      ->expected(1, -1);
  app.add_option("--vary", options->vary,
                 "FROM:TO:STEP, or values joined by commas; NAME alone takes the spec's own; "
                 "without --vary, all parameters that have such values")
      ->type_name("NAME=VALUES")
      ->allow_extra_args(false);
  app.add_option("--columns", options->columns,
                 "costs, joined by commas: " + join(named_costs(), " "))
      ->type_name("NAMES")
      ->capture_default_str();
  app.add_option("--where", options->where,
                 "only rows that meet a condition over parameters and costs")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  app.add_option("--sort", options->sort, "by a column, smallest first; NAME:desc, largest first")
      ->type_name("NAME");
  app.add_option("--top", options->top, "only the first N rows")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--laws", options->laws, "fit exponents of the costs; 'layer': of every layer too")
      ->check(one_of({"total", "layer"}))
      ->type_name("total|layer");
  app.add_option("--threads", options->threads, "threads; all cores when it isn't said")
      ->check(at_least_one())
      ->type_name("N");
  app.add_flag("--resume", options->resume,
               "go on where an earlier run of the same command was stopped or killed");
  app.add_option("--shard", options->shard, "only the I-th of N parts; 'archcost merge' joins them")
      ->type_name("I/N");
  declare_spec_options(app, options->network);
  declare_data_types(app, options->costs);
  app.add_option("--format", options->output.format, "table, markdown, csv or jsonl")
      ->check(one_of({"table", "markdown", "csv", "jsonl"}))
      ->capture_default_str();
  app.add_option("-o,--output", options->output.file, "write to FILE instead of standard output")
      ->type_name("FILE");
  app.add_flag("--exact", options->output.exact, "all digits for people too");
  return [options] { return run(*options); };
}

}  // namespace

const Command kSweepCommand = {
    "sweep",
    "the costs of every combination of parameters",
    "  archcost sweep mobilenet_v1\n"
    "  archcost sweep mobilenet_v1 --vary alpha=0.25:1:0.05 --vary rho=4/7,5/7,6/7,1 --where "
    "\"macs <= 150M\" --sort params:desc --top 10\n"
    "  archcost sweep shufflenet_v1 --vary g --vary s --columns macs,params,peak_memory --laws "
    "total\n"
    "  archcost sweep mobilenet_v1 --vary alpha=0.1:1:0.0001 --vary rho=0.5:1:0.0005 --format csv "
    "-o rows.csv   # again with --resume\n"
    "  archcost sweep se_resnet50 --vary reduction=2,4,8,16,32 --format jsonl",
    declare,
};

}  // namespace archcost
