// SPDX-License-Identifier: Apache-2.0
#include "latency/latency_db.hpp"

#include <fmt/core.h>

#include <map>

#include "core/text.hpp"
#include "latency/core_latency.hpp"
#include "latency/figure_fields.hpp"
#include "latency/latency_schema.hpp"

namespace archcost::latency {
namespace {

/// "2026-01-31": what dates of figures begin with.
bool is_date(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00", kLast = "9999-12-31";
  if (text.size() != kForm.size()) return false;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const bool digit = text[k] >= '0' && text[k] <= '9';
    if (kForm[k] == '0' ? !digit : text[k] != kForm[k]) return false;
  }
  const std::string_view month = text.substr(5, 2), day = text.substr(8);
  return month >= "01" && month <= kLast.substr(5, 2) && day >= "01" && day <= kLast.substr(8);
}

template <class Figure>
std::vector<std::string> columns_of() {
  std::vector<std::string> names;
  const Figure figure;
  visit_fields(figure, [&](const char* name, const auto&) { names.emplace_back(name); });
  return names;
}

/// Reads rows of columns_of<Figure>().
template <class Figure>
Figure figure_of(const Statement& row) {
  Figure figure;
  int column = 0;
  visit_fields(figure, [&](const char*, auto& field) { row.read(column++, field); });
  return figure;
}

/// The rows of a machine; threads 0: of all.
template <class Figure>
Statement select(const LatencyDb::Connection& connection, const char* table, int machine,
                 int threads) {
  return connection.prepare(
      fmt::format("SELECT {} FROM {} WHERE machine = {} AND ({} = 0 OR threads = {})",
                  join(columns_of<Figure>(), ", "), table, machine, threads, threads));
}

/// Takes a machine and the fields of a figure.
template <class Figure>
Statement insert_into(const LatencyDb::Connection& connection, const char* table, bool replace) {
  const std::vector<std::string> columns = columns_of<Figure>();
  std::string places;
  for (std::size_t i = 0; i < columns.size(); ++i) places += ", ?";
  return connection.prepare(fmt::format("INSERT OR {} INTO {} (machine, {}) VALUES (?{})",
                                        replace ? "REPLACE" : "IGNORE", table, join(columns, ", "),
                                        places));
}

template <class Figure>
void insert_figure(Statement& insert, int machine, const Figure& figure) {
  insert.bind(machine);
  visit_fields(figure, [&](const char*, const auto& field) { insert.bind(field); });
  insert.run();
}

}  // namespace

std::vector<MachineRow> LatencyDb::machines() const {
  Statement rows = connection_->prepare(
      fmt::format("SELECT id, {} FROM machines ORDER BY id", join(columns_of<MachineId>(), ", ")));
  std::vector<MachineRow> machines;
  while (rows.step()) {
    MachineRow row;
    row.id = static_cast<int>(rows.integer(0));
    int column = 1;
    visit_fields(row.machine, [&](const char*, auto& field) { rows.read(column++, field); });
    // One by one: a table of a damaged database that can't be counted doesn't hide the machine.
    const auto count = [&](const char* table) {
      return connection_->number(
          fmt::format("SELECT count(*) FROM {} WHERE machine = {}", table, row.id));
    };
    row.layers = count("layers");
    row.kernels = count("kernels");
    row.checks = count("checks");
    machines.push_back(std::move(row));
  }
  return machines;
}

int LatencyDb::add_machine(const MachineId& machine) {
  const std::vector<std::string> columns = columns_of<MachineId>();
  std::string places = "?";
  for (std::size_t i = 1; i < columns.size(); ++i) places += ", ?";
  Statement insert = connection_->prepare(
      fmt::format("INSERT OR IGNORE INTO machines ({}) VALUES ({})", join(columns, ", "), places));
  Statement found = connection_->prepare(
      fmt::format("SELECT id FROM machines WHERE {} = ?", join(columns, " = ? AND ")));
  visit_fields(machine, [&](const char*, const auto& field) {
    insert.bind(field);
    found.bind(field);
  });
  insert.run();
  found.step();
  return static_cast<int>(found.integer(0));
}

plan::KernelChoices LatencyDb::choices(int machine) const {
  Statement rows = connection_->prepare(
      fmt::format("SELECT problem, option, seconds, implementation, fault, origin FROM kernels "
                  "WHERE machine = {}",
                  machine));
  plan::KernelChoices choices;
  while (rows.step()) {
    const auto option = plan::option_from_text(rows.text(1));
    if (!option) continue;
    plan::Trial& trial = choices[rows.text(0)][*option];
    rows.read(2, trial.seconds);
    rows.read(3, trial.implementation);
    trial.set_fault(rows.text(4));
    rows.read(5, trial.origin);
  }
  return choices;
}

void LatencyDb::save_choices(int machine, const plan::KernelChoices& choices) {
  Transaction guard(*connection_);
  Statement insert =
      connection_->prepare("INSERT OR REPLACE INTO kernels VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (const auto& [problem, options] : choices) {
    for (const auto& [option, trial] : options) {
      insert.run(machine, problem, option, trial.seconds, trial.implementation, trial.fault(),
                 trial.origin);
    }
  }
  connection_->note_change();
  guard.commit(*connection_);
}

std::vector<LayerFigure> LatencyDb::layers(int machine, int threads) const {
  Statement rows = select<LayerFigure>(*connection_, "layers", machine, threads);
  std::vector<LayerFigure> figures;
  while (rows.step()) {
    // Figures of options that this version doesn't know are left out.
    if (plan::option_from_text(rows.text(1))) figures.push_back(figure_of<LayerFigure>(rows));
  }
  return figures;
}

void LatencyDb::save_layers(int machine, std::span<const LayerFigure> figures, bool replace) {
  Transaction guard(*connection_);
  Statement insert = insert_into<LayerFigure>(*connection_, "layers", replace);
  Statement remove = connection_->prepare(
      "DELETE FROM layers WHERE machine = ? AND threads = ? AND problem = ? AND option = ? AND "
      "(core_latency = 0 OR (core_latency > ? AND core_latency > ?)) AND ? > 0");
  std::map<int, double> lowest;  // by threads, the new ones included
  for (const LayerFigure& f : figures) {
    const auto [known, fresh] = lowest.emplace(f.threads, f.core_latency);
    const double before = fresh ? lowest_core_latency(machine, f.threads) : known->second;
    known->second = latency::lowest_core_latency({before, f.core_latency});
  }
  for (const LayerFigure& f : figures) {
    remove.run(machine, f.threads, f.problem, f.option, kLowCoreLatency * lowest[f.threads],
               f.core_latency, f.core_latency);
    insert_figure(insert, machine, f);
  }
  connection_->note_change();
  guard.commit(*connection_);
}

std::vector<NetworkCheck> LatencyDb::checks(int machine, int threads) const {
  Statement rows = select<NetworkCheck>(*connection_, "checks", machine, threads);
  std::vector<NetworkCheck> checks;
  while (rows.step()) checks.push_back(figure_of<NetworkCheck>(rows));
  return checks;
}

void LatencyDb::save_check(int machine, const NetworkCheck& check) {
  Statement insert = insert_into<NetworkCheck>(*connection_, "checks", true);
  insert_figure(insert, machine, check);
  connection_->note_change();
}

double LatencyDb::lowest_core_latency(int machine, int threads) const {
  std::vector<double> core_latencies;
  for (const char* table : {"layers", "checks"}) {
    Statement least = connection_->prepare(fmt::format(
        "SELECT min(core_latency) FROM {} WHERE machine = {} AND threads = {} AND core_latency > 0",
        table, machine, threads));
    if (least.step()) least.read(0, core_latencies.emplace_back());
  }
  return latency::lowest_core_latency(core_latencies);
}

std::int64_t LatencyDb::prune(int machine, const std::string& before, bool keep_kernels) {
  if (!before.empty() && !is_date(before))
    throw Error(fmt::format("'{}' is no date; write it as 2026-01-31", before));
  Transaction guard(*connection_);
  std::int64_t removed = 0;
  const auto remove = [&](const std::string& sql, const auto&... dates) {
    connection_->run(sql, machine, dates...);
    removed += sqlite3_changes(connection_->handle);
  };
  for (const char* table : {"layers", "checks"}) {
    remove(fmt::format("DELETE FROM {} WHERE machine = ?1 AND (?2 = '' OR date < ?2)", table),
           before);
  }
  if (before.empty() && !keep_kernels) {
    remove("DELETE FROM kernels WHERE machine = ?1");
    connection_->run("DELETE FROM machines WHERE id = ?1", machine);
  }
  connection_->note_change();
  guard.commit(*connection_);
  return removed;
}

}  // namespace archcost::latency
