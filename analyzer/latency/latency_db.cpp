#include "latency/latency_db.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "latency/handover.hpp"
#include "latency/latency_connection.hpp"

namespace archcost {
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
    "date, handover";
const char* const kCheckColumns =
    "network, threads, macs, seconds, spread, reference, composed, unseen, how, date, handover";

LayerFigure layer_of(const Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
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
    // One by one: what a damaged database can't count doesn't hide the machine.
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

Choices LatencyDb::choices(int machine) const {
  Statement rows = connection_->prepare(
      "SELECT problem, option, seconds, implementation, fault FROM kernels WHERE machine = ?");
  rows.bind(machine);
  Choices choices;
  while (rows.step()) {
    choices[rows.text(0)][rows.text(1)] = {rows.number(2), rows.text(3), rows.text(4)};
  }
  return choices;
}

void LatencyDb::save_choices(int machine, const Choices& choices) {
  Transaction guard(*connection_);
  Statement insert =
      connection_->prepare("INSERT OR REPLACE INTO kernels VALUES (?, ?, ?, ?, ?, ?)");
  for (const auto& [problem, options] : choices) {
    for (const auto& [option, tried] : options) {
      insert.bind(machine)
          .bind(problem)
          .bind(option)
          .bind(tried.seconds)
          .bind(tried.implementation)
          .bind(tried.fault)
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
  while (rows.step()) figures.push_back(layer_of(rows));
  return figures;
}

void LatencyDb::save_layers(int machine, std::span<const LayerFigure> figures, bool replace) {
  Transaction guard(*connection_);
  Statement insert = connection_->prepare(fmt::format(
      "INSERT OR {} INTO layers (machine, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      replace ? "REPLACE" : "IGNORE", kLayerColumns));
  Statement remove = connection_->prepare(
      "DELETE FROM layers WHERE machine = ? AND threads = ? AND problem = ? AND option = ? AND "
      "(handover = 0 OR handover > ?) AND ? > 0");
  for (const LayerFigure& f : figures) {
    remove.bind(machine)
        .bind(f.threads)
        .bind(f.problem)
        .bind(f.option)
        .bind(kNear * f.handover)
        .bind(f.handover)
        .run();
    insert.bind(machine)
        .bind(f.problem)
        .bind(f.option)
        .bind(f.implementation)
        .bind(f.threads)
        .bind(f.seconds)
        .bind(f.spread)
        .bind(f.reference)
        .bind(samples_text(f.samples))
        .bind(f.passes)
        .bind(f.how)
        .bind(f.date)
        .bind(f.handover)
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
      .bind(c.handover)
      .run();
}

double LatencyDb::nearest(int machine, int threads) const {
  std::vector<double> handovers;
  for (const char* table : {"layers", "checks"}) {
    Statement least = connection_->prepare(fmt::format(
        "SELECT min(handover) FROM {} WHERE machine = ? AND threads = ? AND handover > 0", table));
    least.bind(machine).bind(threads);
    if (least.step()) handovers.push_back(least.number(0));
  }
  return nearest_of(handovers);
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

}  // namespace archcost
