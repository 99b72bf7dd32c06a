// SPDX-License-Identifier: Apache-2.0
#include "latency/latency_db.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "latency/core_latency.hpp"
#include "latency/latency_connection.hpp"

namespace archcost::latency {
namespace {

using nlohmann::json;

std::string samples_text(const std::vector<double>& samples) { return json(samples).dump(); }

std::vector<double> samples_of(const std::string& text) {
  const json parsed = json::parse(text, nullptr, false);
  std::vector<double> samples;
  if (!parsed.is_array()) return samples;
  for (const json& sample : parsed) {
    if (sample.is_number()) samples.push_back(sample.get<double>());
  }
  return samples;
}

const char* const kLayerColumns =
    "problem, option, implementation, threads, seconds, spread, reference, samples, passes, how, "
    "date, core_latency, origin";
const char* const kCheckColumns =
    "network, threads, macs, seconds, spread, reference, composed, unseen, how, date, core_latency";

/// Nothing for an option that this version doesn't know.
std::optional<LayerFigure> layer_of(const Statement& row) {
  const auto option = plan::option_from_text(row.text(1));
  if (!option) return {};
  return LayerFigure{row.text(0),
                     *option,
                     row.text(2),
                     plan::origin_from_name(row.text(12)),
                     static_cast<int>(row.integer(3)),
                     row.number(4),
                     row.number(5),
                     row.number(6),
                     samples_of(row.text(7)),
                     static_cast<int>(row.integer(8)),
                     row.text(9),
                     row.text(10),
                     row.number(11)};
}

NetworkCheck check_of(const Statement& row) {
  return {row.text(0),   static_cast<int>(row.integer(1)),
          row.number(2), row.number(3),
          row.number(4), row.number(5),
          row.number(6), row.number(7),
          row.text(8),   row.text(9),
          row.number(10)};
}

}  // namespace

std::vector<MachineRow> LatencyDb::machines() const {
  Statement rows = connection_->prepare("SELECT id, cpu, isa, library FROM machines ORDER BY id");
  std::vector<MachineRow> machines;
  while (rows.step()) {
    const int id = static_cast<int>(rows.integer(0));
    // One by one: a table of a damaged database that can't be counted doesn't hide the machine.
    const auto count = [&](const char* table) {
      return connection_->number(
          fmt::format("SELECT count(*) FROM {} WHERE machine = {}", table, id));
    };
    machines.push_back({id,
                        {rows.text(1), rows.text(2), rows.text(3)},
                        count("layers"),
                        count("kernels"),
                        count("checks")});
  }
  return machines;
}

int LatencyDb::add_machine(const MachineId& machine) {
  connection_->prepare("INSERT OR IGNORE INTO machines (cpu, isa, library) VALUES (?, ?, ?)")
      .bind(machine.cpu)
      .bind(machine.isa)
      .bind(machine.library)
      .run();
  Statement found =
      connection_->prepare("SELECT id FROM machines WHERE cpu = ? AND isa = ? AND library = ?");
  found.bind(machine.cpu).bind(machine.isa).bind(machine.library);
  found.step();
  return static_cast<int>(found.integer(0));
}

plan::KernelChoices LatencyDb::choices(int machine) const {
  Statement rows = connection_->prepare(
      "SELECT problem, option, seconds, implementation, fault, origin FROM kernels WHERE machine = "
      "?");
  rows.bind(machine);
  plan::KernelChoices choices;
  while (rows.step()) {
    const auto option = plan::option_from_text(rows.text(1));
    if (!option) continue;
    choices[rows.text(0)][*option] = {rows.number(2), rows.text(3), rows.text(4),
                                      plan::origin_from_name(rows.text(5))};
  }
  return choices;
}

void LatencyDb::save_choices(int machine, const plan::KernelChoices& choices) {
  Transaction guard(*connection_);
  Statement insert =
      connection_->prepare("INSERT OR REPLACE INTO kernels VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (const auto& [problem, options] : choices) {
    for (const auto& [option, trial] : options) {
      insert.bind(machine)
          .bind(problem)
          .bind(plan::to_text(option))
          .bind(trial.seconds)
          .bind(trial.implementation)
          .bind(trial.fault)
          .bind(std::string(plan::name_of(trial.origin)))
          .run();
    }
  }
  guard.commit(*connection_);
}

std::vector<LayerFigure> LatencyDb::layers(int machine, int threads) const {
  Statement rows = connection_->prepare(fmt::format(
      "SELECT {} FROM layers WHERE machine = ?1 AND (?2 = 0 OR threads = ?2)", kLayerColumns));
  rows.bind(machine).bind(threads);
  std::vector<LayerFigure> figures;
  while (rows.step()) {
    if (auto figure = layer_of(rows)) figures.push_back(std::move(*figure));
  }
  return figures;
}

void LatencyDb::save_layers(int machine, std::span<const LayerFigure> figures, bool replace) {
  Transaction guard(*connection_);
  Statement insert = connection_->prepare(fmt::format(
      "INSERT OR {} INTO layers (machine, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      replace ? "REPLACE" : "IGNORE", kLayerColumns));
  Statement remove = connection_->prepare(
      "DELETE FROM layers WHERE machine = ? AND threads = ? AND problem = ? AND option = ? AND "
      "(core_latency = 0 OR core_latency > ?) AND ? > 0");
  for (const LayerFigure& f : figures) {
    remove.bind(machine)
        .bind(f.threads)
        .bind(f.problem)
        .bind(plan::to_text(f.option))
        .bind(kLowCoreLatency * f.core_latency)
        .bind(f.core_latency)
        .run();
    insert.bind(machine)
        .bind(f.problem)
        .bind(plan::to_text(f.option))
        .bind(f.implementation)
        .bind(f.threads)
        .bind(f.seconds)
        .bind(f.spread)
        .bind(f.reference)
        .bind(samples_text(f.samples))
        .bind(f.passes)
        .bind(f.how)
        .bind(f.date)
        .bind(f.core_latency)
        .bind(std::string(plan::name_of(f.origin)))
        .run();
  }
  guard.commit(*connection_);
}

std::vector<NetworkCheck> LatencyDb::checks(int machine, int threads) const {
  Statement rows = connection_->prepare(fmt::format(
      "SELECT {} FROM checks WHERE machine = ?1 AND (?2 = 0 OR threads = ?2)", kCheckColumns));
  rows.bind(machine).bind(threads);
  std::vector<NetworkCheck> checks;
  while (rows.step()) checks.push_back(check_of(rows));
  return checks;
}

void LatencyDb::save_check(int machine, const NetworkCheck& c) {
  connection_
      ->prepare(fmt::format(
          "INSERT OR REPLACE INTO checks (machine, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          kCheckColumns))
      .bind(machine)
      .bind(c.network)
      .bind(c.threads)
      .bind(c.macs)
      .bind(c.seconds)
      .bind(c.spread)
      .bind(c.reference)
      .bind(c.composed)
      .bind(c.unseen)
      .bind(c.how)
      .bind(c.date)
      .bind(c.core_latency)
      .run();
}

double LatencyDb::lowest_core_latency(int machine, int threads) const {
  std::vector<double> core_latencies;
  for (const char* table : {"layers", "checks"}) {
    Statement least = connection_->prepare(fmt::format(
        "SELECT min(core_latency) FROM {} WHERE machine = ? AND threads = ? AND core_latency > 0",
        table));
    least.bind(machine).bind(threads);
    if (least.step()) core_latencies.push_back(least.number(0));
  }
  return latency::lowest_core_latency(core_latencies);
}

std::int64_t LatencyDb::prune(int machine, const std::string& before, bool keep_kernels) {
  Transaction guard(*connection_);
  std::int64_t removed = 0;
  const auto remove = [&](const std::string& sql, bool dated) {
    Statement statement = connection_->prepare(sql);
    statement.bind(machine);
    if (dated) statement.bind(before);
    statement.run();
    removed += sqlite3_changes(connection_->handle);
  };
  for (const char* table : {"layers", "checks"}) {
    remove(fmt::format("DELETE FROM {} WHERE machine = ?1 AND (?2 = '' OR date < ?2)", table),
           true);
  }
  if (before.empty() && !keep_kernels) {
    remove("DELETE FROM kernels WHERE machine = ?1", false);
    remove("DELETE FROM machines WHERE id = ?1", false);
  }
  guard.commit(*connection_);
  return removed;
}

}  // namespace archcost::latency
