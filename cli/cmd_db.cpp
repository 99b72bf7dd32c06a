// SPDX-License-Identifier: Apache-2.0
// archcost db: the latency database.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>

#include "cli/command.hpp"
#include "cli/db_check.hpp"
#include "cli/db_import.hpp"
#include "cli/join.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "reports/tables/kernel_rows.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "runner/this_machine.hpp"

namespace archcost::cli {
namespace {

using Mode = latency::LatencyDb::Mode;

struct DbArguments {
  LatencyOptions latency;
  OutputOptions output;
  std::vector<std::string> files;
  std::vector<int> machines;  // of compare
  std::size_t top = 20;
  std::string problem, before;
  bool all = false, keep_kernels = false;
};

// What fills the database.
std::string profile_advice(const DbArguments& options) {
  std::string command = "archcost profile SPEC";
  if (!options.latency.machine.engine.empty())
    command += " --engine " + options.latency.machine.engine;
  command += runner::database_option(options.latency.db);
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

void check_compared(const DbArguments& options, const std::vector<latency::MachineRow>& machines,
                    const std::vector<int>& chosen) {
  const std::string db = runner::database_option(options.latency.db);
  if (machines.size() < 2)
    throw Error(fmt::format(
        "db compare needs two machines, and '{}' has {}; 'archcost db merge FILE{}' adds the "
        "figures of another database",
        options.latency.db,
        machines.empty() ? "none" : fmt::format("only one ({})", machines.front().machine.text()),
        db));
  const std::string numbers = fmt::format("'archcost db list{}' numbers them", db);
  if (chosen.size() != 2)
    throw Error(fmt::format("db compare needs two of the {} machines of '{}': db compare {} {}; {}",
                            machines.size(), options.latency.db, machines[0].id, machines[1].id,
                            numbers));
  if (chosen[0] == chosen[1])
    throw Error(fmt::format("db compare {0} {0}: name two different machines of '{1}'; {2}",
                            chosen[0], options.latency.db, numbers));
}

int compare(const DbArguments& options) {
  const latency::LatencyDb db(options.latency.db, Mode::kRead);
  const std::vector<latency::MachineRow> machines = db.machines();
  std::vector<int> chosen = options.machines;
  if (chosen.empty() && machines.size() == 2) chosen = {machines[0].id, machines[1].id};
  check_compared(options, machines, chosen);
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
  sub =
      app.add_subcommand("check", "measure whole networks and compare them with their predictions");
  declare_db_file(*sub, options->latency.db);
  const std::function<int()> check = declare_db_check(*sub, options->latency.db);
  sub->callback([action, check] { *action = check; });
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
