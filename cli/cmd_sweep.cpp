// SPDX-License-Identifier: Apache-2.0
// archcost sweep: the costs of every combination of parameters.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "cli/column_output.hpp"
#include "cli/part_output.hpp"
#include "cli/sweep_output.hpp"
#include "cli/sweep_request.hpp"
#include "cli/terminal.hpp"
#include "cli/work_estimate.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/sweep_columns.hpp"
#include "reports/tables/sweep_report.hpp"
#include "reports/writers/writers.hpp"
#include "search/sweep/estimate.hpp"

namespace archcost::cli {
namespace {

constexpr std::size_t kMostTableRows = 100'000;

class SweepCommand {
 public:
  explicit SweepCommand(const SweepOptions& options)
      : options_(&options),
        plan_(plan_sweep(options)),
        jobs_(plan_.jobs),
        order_(order_of(jobs_, options.sort)),
        shard_(sweep::parse_shard(options.shard)) {
    if (!options.laws_file.empty() && options.laws.empty())
      throw Error("--laws-output needs --laws total or --laws layer");
    if (options.laws_file == "-")
      throw Error("--laws-output -: rows go to standard output; name a file");
    if (!options.laws_file.empty() && options.laws_file == options.output.file)
      throw Error("--laws-output and -o name the same file");
    check_laws_of_parts();
    summary_.notes = plan_.accuracy.notes;
    range_ = shard_.range(sweep::total_points(jobs_));
    for (const sweep::SweepJob& job : jobs_) fits_.emplace_back(job.space, job.wants.columns);
  }

  int run() {
    catch_interrupts();
    const std::string& format = options_->output.format;
    const std::optional<tables::RowFormat> rows = tables::row_format(format);
    if ((rows || format == "npy") && options_->sort.empty() && options_->top == 0) {
      if (!options_->shard.empty() && format != "npy") part_format(format);
      if (wanted_estimate() != nullptr) return estimate(rows);
      for (const bool flag : {!options_->shard.empty(), options_->resume, format == "npy"}) {
        if (flag && options_->output.file.empty())
          throw Error(fmt::format("{} needs -o {}",
                                  !options_->shard.empty() ? "--shard"
                                  : options_->resume       ? "--resume"
                                                           : "--format npy",
                                  format == "npy" ? "FOLDER" : "FILE"));
      }
      return rows ? stream_rows(*rows) : stream_columns();
    }
    if (wanted_estimate() != nullptr)
      throw Error("batch divides rows in the order of the points: leave out --sort and --top");
    if (options_->resume || !options_->shard.empty() || format == "npy") {
      throw Error(
          fmt::format("{} is for rows in the order of the points: --format {} or npy, "
                      "without --sort and --top",
                      options_->resume           ? "--resume"
                      : !options_->shard.empty() ? "--shard"
                                                 : "--format npy",
                      options_->shard.empty() ? "csv, json, jsonl" : "csv, jsonl"));
    }
    return collect(rows.has_value());
  }

 private:
  // A part has some of the points, and all parts would write the same file of laws.
  void check_laws_of_parts() const {
    const bool batch = wanted_estimate() != nullptr;
    if (options_->laws.empty() || (options_->shard.empty() && !batch)) return;
    throw Error(
        fmt::format("{} divides the points, and laws are fitted to all of them: leave out --laws "
                    "and --laws-output",
                    batch ? "batch" : "--shard"));
  }

  // Identifies what is in the journal: each part has its own.
  std::string journal_request() const {
    return request_of(plan_, *options_) + (options_->shard.empty() ? "" : "-" + options_->shard);
  }

  int stream_rows(tables::RowFormat format) {
    const bool part = !options_->shard.empty();
    const tables::SweepRowWriter writer(jobs_, format);
    std::string header = writer.header();
    if (part) {
      const sweep::PartHead head =
          part_head_of_run("sweep", request_of(plan_, *options_), shard_, options_->output.format);
      if (options_->resume && is_complete_part(options_->output.file, head)) return kFine;
      header.insert(0, sweep::head_line(head, part_format(options_->output.format)));
    }
    RowStream stream(options_->output.file, journal_request(), header, options_->resume);
    const auto finish = [&] {
      stream.finish([&](const sweep::SweepMark& mark) {
        return part ? sweep::end_line({mark.rows, mark.bytes, mark.checksum},
                                      part_format(options_->output.format))
                    : writer.footer();
      });
    };
    return stream_points(
        stream,
        [&](const sweep::SweepJob& job, const engine::SweepRows& rows) {
          return writer.lines(job, rows);
        },
        finish);
  }

  // For batch: how long all points take one thread, rows included.
  int estimate(const std::optional<tables::RowFormat>& format) const {
    std::optional<tables::SweepRowWriter> rows;
    std::optional<tables::SweepColumnWriter> columns;
    if (format)
      rows.emplace(jobs_, *format);
    else
      columns.emplace(jobs_);
    sweep::SweepRun run = base_run(range_);
    run.render = [&](const sweep::SweepJob& job, const engine::SweepRows& found) {
      return rows ? rows->lines(job, found) : columns->blocks(job, found);
    };
    const std::uint64_t points = sweep::total_points(jobs_);
    *wanted_estimate() =
        WorkEstimate{sweep::estimated_seconds(jobs_, run), points,
                     fmt::format("{} points", with_commas(static_cast<std::int64_t>(points)))};
    return kFine;
  }

  int stream_columns() {
    const sweep::PartHead head =
        part_head_of_run("sweep", request_of(plan_, *options_), shard_, "npy");
    const std::string& folder = options_->output.file;
    if (options_->resume && is_complete_folder(folder, head)) return kFine;
    const tables::SweepColumnWriter writer(jobs_);
    ColumnStream stream(folder, journal_request(), writer.columns(), options_->resume);
    return stream_points(
        stream,
        [&](const sweep::SweepJob& job, const engine::SweepRows& rows) {
          return writer.blocks(job, rows);
        },
        [&] { stream.finish(head); });
  }

  // Rows go out as they come.
  template <class Stream, class Render, class Finish>
  int stream_points(Stream& stream, const Render& render, const Finish& finish) {
    const std::uint64_t before = stream.points_done(), total = range_.last - range_.first;
    if (before > total)
      throw Error(
          fmt::format("'{}.journal' is damaged: remove it to start again", options_->output.file));
    if (before > 0)
      print_note("continuing after {} of {} points", with_commas(static_cast<std::int64_t>(before)),
                 with_commas(static_cast<std::int64_t>(total)));
    if (before > 0 && !options_->laws.empty()) see_again(before);
    Progress progress(before, total);
    sweep::SweepRun run = base_run({range_.first + before, range_.last});
    run.render = render;
    run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t done) {
      note(chunk);
      stream.add(chunk, before + done);
      progress.show(before + done);
    };
    const bool whole = sweep::run_sweep(jobs_, run);
    progress.clear();
    if (!whole) {
      stream.flush();
      return stopped(stream.mark().points, total);
    }
    finish();
    summary_.points = total;
    summary_.shown = summary_.rows = stream.mark().rows;
    summary_.filtered = stream.mark().filtered;
    summary_.unbuildable = stream.mark().unbuildable;
    for (const std::string& line : tables::summary_lines(jobs_, summary_)) print_note("{}", line);
    return write_laws(nullptr);
  }

  // Laws are of all points, those of earlier processes included.
  void see_again(std::uint64_t points) {
    sweep::SweepRun run = base_run({range_.first, range_.first + points});
    run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t) { note(chunk); };
    sweep::run_sweep(jobs_, run);
  }

  // Rows are kept, sorted and shown.
  int collect(bool machine) {
    RowCollector rows(jobs_, order_, options_->top, machine ? 0 : kMostTableRows);
    Progress progress(0, range_.last - range_.first);
    sweep::SweepRun run = base_run(range_);
    run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t done) {
      note(chunk);
      rows.add(chunk);
      progress.show(done);
    };
    const bool whole = sweep::run_sweep(jobs_, run);
    progress.clear();
    if (!whole) return stopped(summary_.points, range_.last - range_.first);
    const std::vector<tables::SweepRow> sorted = rows.take();
    summary_.shown = sorted.size();
    if (options_->output.format == "jsonl" || options_->output.format == "json") {
      const tables::SweepRowWriter writer(jobs_, tables::RowFormat::kJsonLines);
      std::string text;
      for (const tables::SweepRow& row : sorted) text += writer.line(jobs_[row.job], row);
      write_output(options_->output.format == "json" ? writers::json_array(text) : text,
                   options_->output.file);
      return write_laws(nullptr);
    }
    document::Document document = tables::sweep_report(jobs_, sorted, summary_);
    if (!machine) write_laws(&document);
    write_document(document, options_->output);
    if (!machine) return status();
    for (const std::string& line : tables::summary_lines(jobs_, summary_)) print_note("{}", line);
    return write_laws(nullptr);
  }

  sweep::SweepRun base_run(sweep::SweepRange range) const {
    sweep::SweepRun run;
    run.range = range;
    run.threads = options_->threads;
    run.stop = &interrupted();
    return run;
  }

  void note(const sweep::SweepChunk& chunk) {
    tables::add_chunk(summary_, jobs_.size(), chunk);
    const std::vector<std::string>& names = jobs_.front().wants.columns;
    const auto latency = std::find(names.begin(), names.end(), "latency");
    if (latency != names.end()) {
      const auto& column = chunk.rows.columns[static_cast<std::size_t>(latency - names.begin())];
      latency_missing_ = latency_missing_ ||
                         std::find(column.begin(), column.end(), engine::kNoFigure) != column.end();
    }
    if (options_->laws.empty()) return;
    std::vector<std::int64_t> costs(chunk.rows.columns.size());
    for (std::size_t p = 0; p < chunk.rows.states.size(); ++p) {
      if (chunk.rows.states[p] != engine::PointState::kRow) continue;
      for (std::size_t c = 0; c < costs.size(); ++c) costs[c] = chunk.rows.columns[c][p];
      fits_[chunk.job].add(jobs_[chunk.job].space.indices(chunk.rows.first + p), costs);
    }
  }

  std::vector<sweep::ScalingLaw> laws_of(std::size_t j) const {
    std::vector<sweep::ScalingLaw> laws = fits_[j].laws();
    if (options_->laws == "layer") {
      for (sweep::ScalingLaw& law : sweep::layer_laws(jobs_[j])) laws.push_back(std::move(law));
    }
    return laws;
  }

  // Into their own file, or among the tables; beside rows for machines they are a remark for
  // people.
  int write_laws(document::Document* document) const {
    if (options_->laws.empty()) return status();
    const tables::RowFormat format =
        tables::row_format(options_->output.format).value_or(tables::RowFormat::kCsv);
    std::string lines = tables::laws_header(format);
    for (std::size_t j = 0; j < jobs_.size(); ++j) {
      const std::vector<sweep::ScalingLaw> laws = laws_of(j);
      lines += tables::laws_lines(jobs_[j], laws, format);
      document::Document remark;
      (document != nullptr ? document : &remark)
          ->sections.push_back(tables::laws_section(jobs_[j], laws));
      if (document == nullptr && options_->laws_file.empty())
        write_error(writers::write_text(remark, {}));
    }
    if (!options_->laws_file.empty()) write_output(lines, options_->laws_file);
    return status();
  }

  // As `predict` and `analyze` end where a latency is missing.
  int status() const { return latency_missing_ ? kMeasurementFailed : kFine; }

  int stopped(std::uint64_t done, std::uint64_t total) const {
    const std::string counted =
        fmt::format("stopped after {} of {} points", with_commas(static_cast<std::int64_t>(done)),
                    with_commas(static_cast<std::int64_t>(total)));
    const bool kept = !options_->output.file.empty() && options_->sort.empty() &&
                      options_->top == 0 &&
                      (tables::row_format(options_->output.format).has_value() ||
                       options_->output.format == "npy");
    print_note(
        "{}{}", counted,
        kept ? fmt::format(
                   "; the same command with --resume continues ('{}.part' has the rows so far)",
                   options_->output.file)
             : "");
    return kInterrupted;
  }

  const SweepOptions* options_;
  SweepPlan plan_;
  const std::vector<sweep::SweepJob>& jobs_;
  SweepOrder order_;
  sweep::Shard shard_;
  sweep::SweepRange range_;
  tables::SweepSummary summary_;
  std::vector<sweep::ScalingFit> fits_;
  bool latency_missing_ = false;
};

int run(const SweepOptions& options) {
  SweepCommand command(options);
  if (options.specs.size() > 1 && options.vary.empty() && wanted_estimate() == nullptr)
    print_note(
        "note: without --vary all 'sweep' values of the specs are varied; 'archcost compare' takes "
        "the specs as they are");
  return command.run();
}

std::function<int()> declare_sweep(CLI::App& app) {
  auto options = std::make_shared<SweepOptions>();
  app.add_option("SPEC", options->specs, "one or more specs; settings may follow a colon")
      ->required()
      ->expected(1, -1);
  add_value(app, "--vary", options->vary, "NAME=VALUES",
            "FROM:TO:STEP, or values joined by commas; NAME alone takes the spec's own; "
            "SPEC:NAME=VALUES for one of several specs; without --vary, all parameters that have "
            "such values");
  add_value(app, "--columns", options->columns, "NAMES",
            "costs, joined by commas: " + join(cost::named_costs(), " ") +
                "; and, slower, latency and accuracy")
      ->capture_default_str();
  add_value(app, "--where,--limit", options->where, "CONDITION",
            "only rows that meet a condition over parameters and costs");
  add_value(app, "--sort", options->sort, "NAME",
            "by a cost or a parameter, smallest first; NAME:desc, largest first");
  add_count(app, "--top", options->top, "only the first N rows");
  add_choice(app, "--laws", options->laws, {"total", "layer"}, "total|layer",
             "fit exponents of the costs; 'layer': of every layer too");
  add_value(app, "--laws-output", options->laws_file, "FILE",
            "the laws into FILE: JSON lines with --format json or jsonl, else CSV");
  add_count(app, "--threads", options->threads, "threads (default: all cores)");
  app.add_flag("--resume", options->resume,
               "continue where an earlier run of the same command was stopped or killed");
  app.add_flag("--keep-equal", options->keep_equal,
               "a row for each value of a parameter that has no effect, too");
  declare_shard(app, options->shard, "only the I-th of N parts; 'archcost join' joins them");
  declare_spec_options(app, options->network);
  declare_data_types(app, options->costs);
  declare_latency_cost(app, options->latency, false);
  declare_accuracy(app, options->accuracy);
  declare_output(app, options->output, {"npy"});
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
    declare_sweep,
};

}  // namespace archcost::cli
