// SPDX-License-Identifier: Apache-2.0
#include "runner/measurement.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/diagnostic.hpp"
#include "core/statistics.hpp"
#include "latency/core_latency.hpp"
#include "latency/latency_db.hpp"
#include "latency/machine.hpp"
#include "runner/kernels_process.hpp"
#include "runner/network_json.hpp"

namespace archcost::runner {
namespace {

using nlohmann::json;

/// Starts processes until one finishes.
class Session {
 public:
  Session(const graph::Network& network, const MeasureOptions& options,
          const MeasureProgress& progress)
      : options_(options), progress_(progress), network_json_(to_json(network)) {
    kernels_.program = find_kernels_program();
    kernels_.threads = options.threads;
    kernels_.cpu = options.cpu;
    kernels_.patience_seconds = options.patience_seconds;
  }

  Measurement run() {
    measurement_.options = options_;
    const latency::MachineId machine = ask_machine(kernels_);
    measurement_.cpu = machine.cpu;
    measurement_.library = machine.library;
    measurement_.isa = machine.isa;
    measurement_.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    if (!options_.db.empty()) {
      db_.emplace(options_.db, latency::LatencyDb::Mode::kWrite);
      machine_ = db_->add_machine(machine);
      if (options_.use_stored_choices) choices_ = db_->choices(machine_);
      measurement_.usual_core_latency = db_->lowest_core_latency(machine_, options_.threads);
    }
    std::vector<MeasuredBlock> blocks;
    for (int process = 0; process < options_.processes; ++process) {
      const std::size_t before = blocks.size();
      run_process(process, blocks);
      std::vector<double> totals, references;
      for (std::size_t i = before; i < blocks.size(); ++i) {
        totals.push_back(blocks[i].stamped);
        references.push_back(blocks[i].reference);
      }
      measurement_.process_seconds.push_back(median(totals));
      measurement_.process_references.push_back(median(references));
    }
    summarise(blocks, measurement_);
    measurement_.wait_left = options_.wait_seconds;
    if (!options_.dump.empty()) {
      std::ofstream(options_.dump + "/network.json") << network_json_.dump();
      // With the choices: the same kernels run again.
      std::ofstream(options_.dump + "/request.json") << request().dump();
    }
    return std::move(measurement_);
  }

 private:
  void store_choices() {
    if (db_) db_->save_choices(machine_, choices_);
  }

  json request() const {
    json request = {{"do", "measure"},
                    {"network", network_json_},
                    {"threads", options_.threads},
                    {"seed", options_.seed},
                    {"winograd", options_.winograd},
                    {"choices", plan::to_json(choices_)},
                    {"blocks", options_.blocks},
                    {"seconds", options_.seconds},
                    {"passes", options_.passes},
                    {"check", options_.check},
                    {"core_latency", measurement_.usual_core_latency},
                    {"wait", options_.wait_seconds}};
    if (!options_.dump.empty()) request["dump"] = options_.dump;
    return request;
  }

  void run_process(int process, std::vector<MeasuredBlock>& blocks) {
    // Each failure removes one kernel, so this ends.
    for (int attempt = 0; attempt < 200; ++attempt) {
      const std::size_t before = blocks.size();
      const KernelsEnd end = run_kernels(kernels_, request(),
                                         [&](const json& event) { return handle(event, blocks); });
      store_choices();
      if (end.done) return;
      blocks.resize(before);
      if (!mark_failed_kernel(end, choices_)) {
        throw Error(fmt::format("the kernels of '{}' could not be run: {}{}",
                                network_json_.value("name", ""), end.reason,
                                end.doing.empty() ? "" : fmt::format(" (while: {})", end.doing)));
      }
      progress_(fmt::format("a kernel failed ({}); continuing with the next best, process {}",
                            end.reason, process + 1));
    }
    throw Error("too many kernels fail");
  }

  std::string handle(const json& event, std::vector<MeasuredBlock>& blocks) {
    const std::string kind = event.value("event", "");
    if (kind == "tried") {
      add_trial(event, choices_);
      progress_("trying kernels: " + event.at("problem").get<std::string>());
    } else if (kind == "program") {
      read_program(event);
    } else if (kind == "core_latency") {
      options_.wait_seconds = event.at("left").get<double>() - 1;
      progress_(latency::core_latency_text(event.at("core_latency"), event.at("usual"),
                                           event.at("left")));
    } else if (kind == "checked") {
      measurement_.error = event.at("error").get<double>();
    } else if (kind == "block") {
      blocks.push_back({event.at("rows").get<std::vector<double>>(), event.at("stamped"),
                        event.at("plain"), event.at("reference"), event.at("passes"),
                        event.value("disturbed", false), event.value("core_latency", 0.0)});
      progress_(fmt::format("block {} of {}", blocks.size(), options_.blocks * options_.processes));
    }
    return {};
  }

  void read_program(const json& event) {
    measurement_.rows.clear();
    measurement_.arena_bytes = event.at("arena_bytes");
    measurement_.weight_bytes = event.at("weight_bytes");
    for (const json& row : event.at("rows")) {
      MeasuredRow measured;
      measured.layers = row.at("layers").get<std::vector<graph::LayerId>>();
      measured.main = row.at("main");
      measured.reorder = row.at("reorder");
      measured.value = row.at("value");
      measured.problem = row.at("problem");
      measured.option = plan::option_from_text(row.at("option").get<std::string>()).value();
      measured.origin = plan::origin_from_name(row.at("origin").get<std::string>());
      measured.implementation = row.at("implementation");
      measured.fault = row.at("fault");
      if (!measured.fault.empty()) measured.fault = faults_of(measured.problem);
      measurement_.rows.push_back(std::move(measured));
    }
  }

  /// "nhwc>nhwc: SIGFPE; nChwc>nChwc: hang", for a step without a kernel.
  std::string faults_of(const std::string& problem) const {
    std::string text;
    const auto found = choices_.find(problem);
    if (found == choices_.end()) return "no kernel";
    for (const auto& [option, trial] : found->second) {
      if (trial.fault.empty() || trial.fault == "unimplemented") continue;
      if (!text.empty()) text += "; ";
      text += plan::to_text(option) + ": " + trial.fault;
    }
    return text.empty() ? "no kernel" : text;
  }

  MeasureOptions options_;
  const MeasureProgress& progress_;
  json network_json_;
  KernelsOptions kernels_;
  plan::KernelChoices choices_;
  std::optional<latency::LatencyDb> db_;  // where choices are stored
  int machine_ = 0;                       // in it
  Measurement measurement_;
};

}  // namespace

bool Measurement::complete() const {
  return std::all_of(rows.begin(), rows.end(),
                     [](const MeasuredRow& row) { return row.fault.empty(); });
}

std::string Measurement::warning() const {
  if (!latency::is_low_core_latency(core_latency, usual_core_latency) && core_latency > 0) {
    return fmt::format(
        "core-to-core latency is {:.0f} ns, and was {:.0f} ns when the database was filled; a "
        "virtual "
        "machine that was moved causes this, and small kernels then take up to twice as long; try "
        "again later, or pin the threads with OMP_PLACES",
        core_latency * 1e9, usual_core_latency * 1e9);
  }
  if (rejected > 0) {
    return fmt::format(
        "the machine was busy: in {} of {} blocks the process was interrupted, the time of the "
        "reference layer changed by more than 10 %, or the core-to-core latency rose; such blocks "
        "are "
        "left out where there are others; stop other programs, or try --blocks {}",
        rejected, blocks + rejected, 2 * (blocks + rejected));
  }
  if (spread > 0.03) {
    return fmt::format(
        "unstable: the blocks differ by +-{:.1f} %; try --pin CPU, --blocks {}, or a quiet machine",
        spread * 100, 2 * (blocks + rejected));
  }
  return {};
}

Measurement measure_network(const graph::Network& network, const MeasureOptions& options,
                            const MeasureProgress& progress) {
  return Session(network, options, progress).run();
}

latency::Machine measure_machine(int threads) {
  KernelsOptions kernels;
  kernels.program = find_kernels_program();
  kernels.threads = threads;
  std::vector<int> counts = {1};
  if (threads > 1) counts.push_back(threads);
  std::string text;
  const KernelsEnd end = run_kernels(kernels, {{"do", "machine"}, {"threads", counts}},
                                     [&](const nlohmann::json& event) {
                                       if (event.value("event", "") == "machine")
                                         text = event.at("machine").dump();
                                       return std::string();
                                     });
  if (!end.done) throw Error("the machine could not be measured: " + end.reason);
  return latency::machine_from_json(text, "archcost-kernels");
}

void summarise(const std::vector<MeasuredBlock>& all, Measurement& m) {
  std::vector<double> references;
  std::vector<double> core_latencies;
  for (const MeasuredBlock& block : all) {
    references.push_back(block.reference);
    core_latencies.push_back(block.core_latency);
  }
  const double usual = median(references), lowest = latency::lowest_core_latency(core_latencies);
  std::vector<const MeasuredBlock*> kept;
  for (const MeasuredBlock& block : all) {
    m.passes += block.passes;
    if (std::abs(block.reference - usual) <= 0.1 * usual && !block.disturbed &&
        latency::is_low_core_latency(block.core_latency, lowest))
      kept.push_back(&block);
  }
  const std::size_t calm = kept.size();
  if (kept.empty()) {  // the figures are what they are, and the warning says so
    for (const MeasuredBlock& block : all) kept.push_back(&block);
  }
  m.blocks = static_cast<int>(calm);
  m.rejected = static_cast<int>(all.size() - calm);
  if (kept.empty()) return;
  std::vector<double> totals, plains;
  references.clear();
  core_latencies.clear();
  for (const MeasuredBlock* block : kept) {
    totals.push_back(block->stamped);
    plains.push_back(block->plain);
    references.push_back(block->reference);
    core_latencies.push_back(block->core_latency);
  }
  m.core_latency = median(core_latencies);
  m.spread = half_range(totals);
  m.plain_seconds = median(plains);
  m.reference_seconds = median(references);
  m.reference_spread = half_range(references);
  for (std::size_t r = 0; r < m.rows.size(); ++r) {
    std::vector<double> row;
    for (const MeasuredBlock* block : kept) row.push_back(block->rows[r]);
    m.rows[r].spread = half_range(row);
  }
  std::sort(kept.begin(), kept.end(),
            [](const MeasuredBlock* a, const MeasuredBlock* b) { return a->stamped < b->stamped; });
  const std::size_t drop = kept.size() / 4;
  const std::size_t count = kept.size() - 2 * drop;
  for (std::size_t i = drop; i < drop + count; ++i) {
    for (std::size_t r = 0; r < m.rows.size(); ++r) {
      m.rows[r].seconds += kept[i]->rows[r] / static_cast<double>(count);
    }
    m.seconds += kept[i]->stamped / static_cast<double>(count);
  }
}

}  // namespace archcost::runner
