// SPDX-License-Identifier: Apache-2.0
// archcost db: the latency database, and the accuracy of its predictions.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "cli/command.hpp"
#include "cli/db_import.hpp"
#include "cli/join.hpp"
#include "cli/latency.hpp"
#include "cli/part_output.hpp"
#include "cli/terminal.hpp"
#include "cli/work_estimate.hpp"
#include "core/diagnostic.hpp"
#include "core/partition.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "latency/core_latency.hpp"
#include "reports/tables/kernel_rows.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "runner/kernels_process.hpp"
#include "runner/latency_check.hpp"
#include "runner/this_machine.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::cli {
namespace {

using Mode = latency::LatencyDb::Mode;

struct DbArguments : NetworkListArguments {
  LatencyOptions latency;
  OutputOptions output;
  runner::MeasureOptions measure;  // of check
  std::vector<std::string> files;
  std::vector<int> machines;  // of compare
  std::size_t top = 20;
  std::string problem, before, shard;
  std::optional<int> pin;
  bool all = false, again = false, stored = false, keep_kernels = false;
  bool allow_unstable = false;  // check stores the times of a busy machine
};

// What fills the database.
std::string profile_advice(const DbArguments& options) {
  std::string command = "archcost profile SPEC";
  if (!options.latency.machine.engine.empty())
    command += " --engine " + options.latency.machine.engine;
  if (options.latency.db != LatencyOptions().db)
    command += " --db " + shell_quoted(options.latency.db);
  return fmt::format("No figures of layers yet: '{}' times each distinct layer of a network.",
                     command);
}

// One table; without rows the note that says why.
void write_table(const DbArguments& options, const std::string& title, const std::string& subtitle,
                 document::Table table, const std::string& when_empty) {
  document::Document document;
  const bool empty = table.rows.empty();
  document.title = title;
  document.subtitle = subtitle;
  document.sections.push_back({"", std::move(table), {}});
  if (empty) document.sections.back().notes.push_back(when_empty);
  write_document(document, options.output);
}

int list_machines(const DbArguments& options) {
  const latency::LatencyDb db(options.latency.db, Mode::kRead);
  document::Table table;
  table.columns = {{"machine", "machine", document::Format::kInteger},
                   {"name", "name"},
                   {.key = "cpu", .title = "cpu", .narrowest = 20, .wrap = true},
                   {.key = "isa", .title = "isa", .narrowest = 16},
                   {"engine", "engine"},
                   {"version", "version"},
                   {"provider", "provider", document::Format::kText, 1},
                   {"data_type", "type", document::Format::kText, 1},
                   {"layers", "layers", document::Format::kInteger},
                   {"kernels", "kernels tried", document::Format::kInteger, 2},
                   {"checks", "checks", document::Format::kInteger}};
  for (const latency::MachineRow& row : db.machines()) {
    const latency::MachineId& id = row.machine;
    table.rows.push_back({std::int64_t{row.id}, id.name, id.cpu, id.isa, id.engine, id.version,
                          id.provider, id.data_type, row.layers, row.kernels, row.checks});
  }
  write_table(options, options.latency.db, "", std::move(table), profile_advice(options));
  return kFine;
}

int show_layers(const DbArguments& options) {
  const latency::LatencyDb db(options.latency.db, Mode::kRead);
  const int machine = runner::find_machine(db, options.latency.machine);
  document::Table table;
  table.columns = {{"problem", "problem", document::Format::kText, 0, 30},
                   {"option", "option"},
                   {"seconds", "time", document::Format::kSeconds},
                   {"spread_percent", "± %", document::Format::kPercent},
                   {"implementation", "kernel", document::Format::kText, 1},
                   {"reference_seconds", "reference", document::Format::kSeconds, 2},
                   {"core_latency_seconds", "core latency", document::Format::kSeconds, 3},
                   {"passes", "passes", document::Format::kInteger, 3},
                   {"how", "how", document::Format::kText, 4},
                   {"date", "date", document::Format::kText, 5}};
  for (const latency::LayerFigure& f : db.layers(machine, 0)) {
    if (f.problem.find(options.problem) == std::string::npos) continue;
    table.rows.push_back({f.problem, plan::to_text(f.option), f.seconds, 100 * f.spread,
                          tables::kernel_text(f.implementation, f.origin), f.reference,
                          f.core_latency > 0 ? document::Cell(f.core_latency) : document::Cell(),
                          std::int64_t{f.passes}, f.how, f.date});
  }
  std::string subtitle;
  for (const latency::MachineRow& row : db.machines()) {
    if (row.id == machine) subtitle = row.machine.text();
  }
  const std::string title = fmt::format("{}   {} figures", options.latency.db, table.rows.size());
  write_table(options, title, subtitle, std::move(table),
              options.problem.empty()
                  ? profile_advice(options)
                  : fmt::format("No problem with a figure has '{}' in its text; 'archcost db show' "
                                "without a text lists all.",
                                options.problem));
  return kFine;
}

int merge_files(const DbArguments& options) {
  // All are read before anything is written.
  std::vector<std::vector<latency::MachineContents>> contents;
  for (const std::string& file : options.files) {
    if (!std::filesystem::exists(file) || is_database(file)) {
      contents.push_back(latency::LatencyDb(file, Mode::kRead).contents());
    } else {
      std::istringstream lines(read_text_file(file));
      contents.push_back(latency::read_lines(lines, file));
    }
  }
  latency::LatencyDb db(options.latency.db, Mode::kWrite);
  latency::MergeCounts counts;
  for (const std::vector<latency::MachineContents>& of : contents) {
    const latency::MergeCounts c = db.merge(of);
    counts.added += c.added;
    counts.known += c.known;
    counts.replaced += c.replaced;
  }
  write_standard_output(
      fmt::format("{} figures added, {} replaced by later ones, {} known already\n", counts.added,
                  counts.replaced, counts.known));
  return kFine;
}

int compare(const DbArguments& options) {
  const latency::LatencyDb db(options.latency.db, Mode::kRead);
  const std::vector<latency::MachineRow> machines = db.machines();
  std::vector<int> chosen = options.machines;
  if (chosen.empty() && machines.size() == 2) chosen = {machines[0].id, machines[1].id};
  if (chosen.size() != 2)
    throw Error(
        fmt::format("db compare needs two of the {} machines of '{}': db compare 1 2; "
                    "'archcost db list --db {}' numbers them",
                    machines.size(), options.latency.db, shell_quoted(options.latency.db)));
  std::vector<std::string> names;
  for (int& number : chosen) {
    number = runner::find_machine(db, {std::to_string(number), ""});
    for (const latency::MachineRow& row : machines)
      if (row.id == number) names.push_back(row.machine.text());
  }
  write_document(tables::machine_compare_report(
                     latency::compare_machines(db, chosen[0], chosen[1], options.latency.threads),
                     names[0], names[1], options.top),
                 options.output);
  return kFine;
}

int export_figures(const DbArguments& options) {
  const latency::LatencyDb db(options.latency.db, Mode::kSalvage);
  const std::vector<latency::MachineContents> contents = db.contents();
  std::ostringstream lines;
  const std::int64_t written = latency::write_lines(contents, lines);
  write_output(lines.str(), options.output.file);
  std::int64_t figures = 0;
  for (const latency::MachineContents& of : contents) figures += of.size();
  print_note("{} figures written", written);
  if (written < figures)
    print_note("{} left out: times that aren't above 0, or numbers that are none",
               figures - written);
  if (db.has_gaps())
    throw Error(fmt::format("'{}' is damaged: other figures in it can't be read", db.path()));
  return kFine;
}

// As the database writes dates, which it compares as texts.
bool is_date(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  return text.size() == kForm.size() &&
         std::equal(text.begin(), text.end(), kForm.begin(), [](char c, char form) {
           return form == 'd' ? c >= '0' && c <= '9' : c == form;
         });
}

int prune(const DbArguments& options) {
  if (!options.before.empty() && !is_date(options.before))
    throw Error("--before " + options.before, "write a date as 2026-01-31");
  latency::LatencyDb db(options.latency.db, Mode::kWrite);
  const int machine = runner::find_machine(db, options.latency.machine);
  if (options.before.empty() && !options.all)
    throw Error("prune needs --before DATE, or --all to remove all figures of the machine");
  write_standard_output(
      fmt::format("{} figures removed\n",
                  db.prune(machine, options.all ? "" : options.before, options.keep_kernels)));
  return kFine;
}

// The networks of one part: in their order, with about the same number of multiply-adds.
void keep_part(const sweep::Shard& shard, NetworkList& list) {
  std::vector<double> weights;
  for (const ListedNetwork& network : list.networks) {
    double macs = 1;
    for (const graph::Layer& layer : network.network.layers)
      macs += static_cast<double>(layer.cost.macs.value());
    weights.push_back(macs);
  }
  const std::vector<std::uint64_t> numbers = part_numbers(weights, shard.of);
  std::vector<ListedNetwork> kept;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == shard.number) kept.push_back(std::move(list.networks[i]));
  }
  list.networks = std::move(kept);
}

// The part of --shard, as it is remembered in the database.
latency::PartRecord part_record(const DbArguments& options, const NetworkList& all,
                                const latency::LatencyDb& db, int machine) {
  std::string text = fmt::format("{}\n", options.measure.threads);
  for (const latency::MachineRow& row : db.machines())
    if (row.id == machine) text += row.machine.text() + "\n";
  for (const ListedNetwork& network : all.networks) text += network.label + "\n";
  const std::string request = sweep::fingerprint(text);
  const sweep::Shard shard = sweep::parse_shard(options.shard);
  return {request, static_cast<int>(shard.number),
          sweep::to_json_text(part_head_of_run("check", request, shard)), false};
}

/// Nothing, and told, where the machine was too busy.
std::optional<latency::NetworkCheck> fresh_check(const DbArguments& options,
                                                 const ListedNetwork& network,
                                                 runner::MeasureOptions& measure,
                                                 const runner::MeasureProgress& progress) {
  runner::MeasuredCheck fresh =
      runner::measure_check(network.label, network.network, measure, progress);
  if (fresh.instability.empty()) return std::move(fresh.check);
  progress("");
  print_note("{}: {}: {}", options.allow_unstable ? "warning" : "error", network.label,
             fresh.instability);
  if (!options.allow_unstable) return {};
  return std::move(fresh.check);
}

/// Measures networks without a check, predicts all, stores and shows both.
int check(const DbArguments& options) {
  runner::MeasureOptions measure = options.measure;
  const int threads = measure.threads;
  NetworkList list = list_networks(options);
  const bool estimated = wanted_estimate() != nullptr;
  if ((!options.shard.empty() || estimated) && list.networks.empty())
    throw Error("--shard divides networks: name a SPEC or --networks FILE");
  if (estimated) {
    constexpr double kSecondsEach = 7;  // loading, trying kernels, and the blocks
    const std::size_t networks = list.networks.size();
    *wanted_estimate() = WorkEstimate{kSecondsEach * static_cast<double>(networks), networks,
                                      fmt::format("{} networks", networks)};
    return kFine;
  }
  const bool here = options.latency.machine.is_this_machine();
  measure.cpu = here ? processor_for(threads, options.pin) : -1;
  measure.db = options.latency.db;
  latency::LatencyDb db(options.latency.db, Mode::kWrite);
  runner::MachineChoice choice = options.latency.machine;
  if (measure.engine != "onednn") choice.engine = measure.engine;
  const int machine = runner::find_machine(db, choice);
  latency::PartRecord part;
  if (!options.shard.empty()) {
    part = part_record(options, list, db, machine);
    db.save_part(part);
    keep_part(sweep::parse_shard(options.shard), list);
  }
  std::map<std::string, latency::NetworkCheck> known;
  for (latency::NetworkCheck& c : db.checks(machine, threads)) known[c.network] = std::move(c);
  std::vector<tables::CheckedNetwork> checked;
  if (list.networks.empty() && options.shard.empty()) {  // what is stored, as it is stored
    for (auto& [label, c] : known)
      checked.push_back({label.substr(0, label.find_first_of(": ")), c, 0});
  }
  const runner::MeasureProgress progress = progress_line();
  std::size_t done = 0, unstable = 0;
  for (const ListedNetwork& network : list.networks) {
    ++done;
    const auto there = known.find(network.label);
    constexpr double kUnstable = 0.03;
    const bool wanted = there == known.end() || options.again || there->second.spread > kUnstable ||
                        !latency::is_low_core_latency(there->second.core_latency,
                                                      db.lowest_core_latency(machine, threads));
    if (wanted && !options.stored) {
      if (!here) throw Error("db check measures on this machine; omit --of");
      auto fresh = fresh_check(options, network, measure, [&](const std::string& text) {
        progress(text.empty() ? text
                              : fmt::format("{} of {}: {}: {}", done, list.networks.size(),
                                            network.label, text));
      });
      if (!fresh) {
        ++unstable;
        continue;
      }
      db.save_check(machine, *fresh);
      known[network.label] = std::move(*fresh);
    }
  }
  progress("");
  const latency::LatencyPredictor predictor(db, machine, threads);
  const double lowest = db.lowest_core_latency(machine, threads);
  std::int64_t high = 0;
  for (const ListedNetwork& network : list.networks) {
    const auto there = known.find(network.label);
    if (there == known.end()) continue;
    if (!latency::is_low_core_latency(there->second.core_latency, lowest)) {
      ++high;
      continue;
    }
    const runner::OtherPredictions others =
        runner::predict_check(there->second, network.network, predictor, true);
    db.save_check(machine, there->second);
    checked.push_back({network.family, there->second, others.unfused, others.estimated});
  }
  write_document(tables::checks_report(checked, predictor.machine().text()), options.output);
  if (high > 0) {
    print_note(
        "{} of {} networks are omitted: their core-to-core latency was higher than usual "
        "({:.0f} ns); "
        "the same command measures them again",
        high, list.networks.size(), lowest * 1e9);
  }
  if (unstable > 0) {
    print_note(
        "error: {} of {} networks could not be measured on so busy a machine, and nothing is "
        "stored of them; stop other programs, or accept the times with --allow-unstable",
        unstable, list.networks.size());
    return kMeasurementFailed;
  }
  part.finished = true;
  part.figures = db.figures_hash();
  if (!options.shard.empty()) db.save_part(part);
  return kFine;
}

std::function<int()> declare_db(CLI::App& app) {
  auto options = std::make_shared<DbArguments>();
  auto action = std::make_shared<std::function<int()>>();
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*run)(const DbArguments&)) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->callback([=] { *action = [=] { return run(*options); }; });
    declare_db_file(*sub, options->latency.db);
    return sub;
  };
  CLI::App* sub = add("list", "the machines, and the number of figures of each", list_machines);
  declare_output(*sub, options->output);
  sub = add("show", "the layer figures of one machine", show_layers);
  sub->add_option("TEXT", options->problem,
                  "only problems whose key contains TEXT: conv, 1x512x14x14");
  declare_machine_choice(*sub, options->latency.machine);
  declare_output(*sub, options->output);
  sub = add("merge", "add the figures of other databases or of exported lines", merge_files);
  sub->add_option("FILE", options->files, "databases, or files of db export")
      ->required()
      ->each(protect_input);
  sub = add("compare", "which layers differ most between two machines, and their rank correlation",
            compare);
  sub->add_option("MACHINES", options->machines,
                  "two numbers of db list (default: the two that there are)")
      ->expected(0, 2)
      ->check(at_least_one());
  declare_kernel_threads(*sub, options->latency.threads);
  add_count(*sub, "--top", options->top, "the N largest differences (default: 20)");
  declare_output(*sub, options->output);
  sub = app.add_subcommand("import", "add times of layers that were measured on any device");
  declare_db_file(*sub, options->latency.db);
  const std::function<int()> import = declare_db_import(*sub, options->latency.db);
  sub->callback([action, import] { *action = import; });
  sub = add("export", "all figures as JSON lines; of a damaged database, those that can be read",
            export_figures);
  declare_output_file(*sub, options->output.file, {".jsonl"});
  sub = add("prune", "remove figures of one machine", prune);
  add_value(*sub, "--before", options->before, "DATE",
            "only figures older than this date: 2026-01-31");
  sub->add_flag("--all", options->all, "all figures");
  sub->add_flag("--keep-kernels", options->keep_kernels, "keep the choice of kernels");
  declare_machine_choice(*sub, options->latency.machine);
  sub = add("check", "measure whole networks and compare them with their predictions", check);
  declare_network_list(*sub, *options);
  option_of(*sub, "SPEC").description("shipped specs, presets or files (default: stored checks)");
  options->measure.blocks = 5;
  options->measure.wait_seconds = 600;
  declare_timing(*sub, options->measure, options->pin);
  sub->add_flag("--again", options->again,
                "measure stored networks again too; a spread above ± 3 % is always measured again");
  sub->add_flag("--stored", options->stored, "measure nothing; compare stored measurements");
  sub->add_flag("--allow-unstable", options->allow_unstable,
                "store the times, and exit 0, also where the machine was too busy for a figure");
  declare_machine_choice(*sub, options->latency.machine);
  declare_shard(*sub, options->shard,
                "only the networks of the I-th of N parts; 'archcost join' joins the databases");
  declare_output(*sub, options->output);
  return [action] { return (*action)(); };
}

}  // namespace

const Command kDbCommand = {
    "db",
    "the latency database: list, show, compare, merge, import, export, prune, check",
    "  archcost db list\n"
    "  archcost db show 1x512x14x14\n"
    "  archcost db compare 1 2\n"
    "  archcost db merge other.db\n"
    "  archcost db import profile.csv --machine pixel7 --engine tflite --network mobilenet_v1\n"
    "  archcost db export -o figures.jsonl\n"
    "  archcost db prune --before 2026-01-01\n"
    "  archcost db check mobilenet_v1 --vary alpha --vary rho",
    declare_db,
};

}  // namespace archcost::cli
