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
#include "core/json_line.hpp"
#include "core/statistics.hpp"
#include "core/text.hpp"
#include "latency/core_latency.hpp"
#include "latency/latency_db.hpp"
#include "latency/machine.hpp"
#include "runner/engine.hpp"
#include "runner/network_json.hpp"

namespace archcost::runner {
namespace {

using nlohmann::json;

/// Runs the processes of a measurement.
class Session {
 public:
  Session(const graph::Network& network, const MeasureOptions& options,
          const MeasureProgress& progress)
      : options_(options), progress_(progress), network_json_(to_json(network)) {}

  Measurement run() {
    measurement_.options = options_;
    const latency::MachineId machine = ask_machine(options_);
    measurement_.machine = machine;
    measurement_.cpu = machine.cpu;
    measurement_.library = machine.library();
    measurement_.isa = machine.isa;
    measurement_.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    if (!options_.db.empty()) {
      db_.emplace(options_.db, latency::LatencyDb::Mode::kWrite);
      machine_ = db_->add_machine(machine);
      if (options_.use_stored_choices) choices_ = db_->choices(machine_);
      measurement_.usual_core_latency = db_->lowest_core_latency(machine_, options_.threads);
    }
    if (!options_.dump.empty()) write_dump("network.json", network_json_);
    run_processes(
        options_.processes, measurement_,
        [&](int process, std::vector<MeasuredBlock>& blocks) { run_process(process, blocks); });
    measurement_.wait_left = options_.wait_seconds;
    try {
      // With the choices: the same kernels run again.
      if (!options_.dump.empty()) write_dump("request.json", request());
    } catch (const Error& error) {  // what was measured is not lost
      progress_(error.diagnostics().front().message);
    }
    return std::move(measurement_);
  }

 private:
  void write_dump(const char* name, const json& content) const {
    const std::string path = options_.dump + "/" + name;
    std::ofstream stream(path);
    stream << json_line(content);
    if (!stream.flush()) throw Error(fmt::format("'{}' can't be written", path));
  }

  json request() const {
    json request = request_of("measure", options_, choices_, measurement_.usual_core_latency);
    request["network"] = network_json_;
    request["check"] = options_.check;
    if (!options_.weights.empty()) request["weights"] = options_.weights;
    if (!options_.dump.empty()) request["dump"] = options_.dump;
    return request;
  }

  void run_process(int process, std::vector<MeasuredBlock>& blocks) {
    const std::size_t before = blocks.size();
    run_to_the_end(
        {.options = options_,
         .name = fmt::format("the kernels of '{}'", network_json_.value("name", "")),
         .choices = choices_,
         .request = [&] { return request(); },
         .on_event = [&](const json& event) { handle(event, blocks); },
         .after_attempt =
             [&] {
               if (db_) db_->save_choices(machine_, choices_);
             },
         .on_failed_kernel =
             [&](const std::string&, const plan::KernelOption&, const std::string& reason) {
               blocks.resize(before);
               progress_(
                   fmt::format("a kernel failed ({}); continuing with the next best, process {}",
                               reason, process + 1));
             }});
  }

  void handle(const json& event, std::vector<MeasuredBlock>& blocks) {
    const std::string kind = event.value("event", "");
    if (kind == "tried") {
      plan::add_trial(event, choices_);
      progress_(trial_text(event));
    } else if (kind == "program") {
      read_program(event);
    } else if (kind == "core_latency") {
      options_.wait_seconds = event.at("left").get<double>() - 1;
      progress_(latency::core_latency_text(event.at("core_latency"), event.at("usual"),
                                           event.at("left")));
    } else if (kind == "checked") {
      measurement_.error = event.at("error").get<double>();
    } else if (kind == "block") {
      blocks.push_back(event);
      progress_(fmt::format("block {} of {}", blocks.size(), options_.blocks * options_.processes));
    }
  }

  void read_program(const json& event) {
    measurement_.arena_bytes = event.at("arena_bytes");
    measurement_.weight_bytes = event.at("weight_bytes");
    measurement_.rows = event.at("rows");
    for (MeasuredRow& row : measurement_.rows) {
      if (!row.fault.empty()) row.fault = faults_of(row.problem);
    }
  }

  /// "nhwc>nhwc: SIGFPE; nChwc>nChwc: hang", for a step without a kernel.
  std::string faults_of(const std::string& problem) const {
    std::vector<std::string> faults;
    const auto found = choices_.find(problem);
    if (found == choices_.end()) return "no kernel";
    for (const auto& [option, trial] : found->second) {
      if (!trial.works() && trial.result != plan::TrialResult::kUnimplemented)
        faults.push_back(fmt::format("{}: {}", plan::to_text(option), trial.fault()));
    }
    return faults.empty() ? "no kernel" : join(faults, "; ");
  }

  MeasureOptions options_;
  const MeasureProgress& progress_;
  json network_json_;
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

namespace {

constexpr double kMostChange = 0.1;  // of the reference layer's time

/// "the process was interrupted in 5, the core-to-core latency rose in 2".
std::string reasons_of(const RejectedBlocks& rejected) {
  std::vector<std::string> reasons;
  const auto add = [&](int count, const std::string& what) {
    if (count > 0) reasons.push_back(fmt::format("{} in {}", what, count));
  };
  add(rejected.interrupted, "the process was interrupted");
  add(rejected.reference,
      fmt::format("the time of the reference layer changed by more than {} %", 100 * kMostChange));
  add(rejected.core_latency, "the core-to-core latency rose");
  add(rejected.other_kernels, "other kernels ran");
  return join(reasons, ", ");
}

}  // namespace

namespace {

constexpr double kMostSpread = 0.1, kMostSlowdown = 1.5;

}  // namespace

bool Measurement::unstable() const {
  return blocks == 0 || spread > kMostSpread || slowdown > kMostSlowdown;
}

std::string Measurement::instability() const {
  if (!unstable()) return {};
  return fmt::format(
      "unstable: {}; on a quiet machine it takes at most {:.4g} ms, the fastest of {} "
      "passes",
      blocks == 0 ? fmt::format("no good block of {}: {}", rejected.sum(), reasons_of(rejected))
      : spread > kMostSpread
          ? fmt::format("the blocks differ by ± {:.1f} %", spread * 100)
          : fmt::format("the passes took {:.1f} times as long as the fastest", slowdown),
      fastest_seconds * 1e3, passes);
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
  if (unstable()) return {};
  const int left_out = rejected.sum(), all = blocks + left_out;
  if (left_out > 0) {
    return fmt::format(
        "the machine was busy: {} of {} blocks {} left out: {}; stop other programs, or try "
        "--blocks {}",
        left_out, all, left_out == 1 ? "is" : "are", reasons_of(rejected), 2 * all);
  }
  if (spread > 0.03) {
    return fmt::format(
        "the blocks differ by ± {:.1f} %; try --pin CPU, --blocks {}, or a quiet machine",
        spread * 100, 2 * all);
  }
  return {};
}

Measurement measure_network(const graph::Network& network, const MeasureOptions& options,
                            const MeasureProgress& progress) {
  return engine_named(options.engine).measure(network, options, progress);
}

Measurement measure_with_kernels(const graph::Network& network, const MeasureOptions& options,
                                 const MeasureProgress& progress) {
  return Session(network, options, progress).run();
}

MeasuredMachine measure_machine(int threads) {
  std::vector<int> counts = {1};
  if (threads > 1) counts.push_back(threads);
  std::string text;
  std::vector<latency::RateSamples> samples;
  const KernelsEnd end = run_kernels({.threads = threads}, {{"do", "machine"}, {"threads", counts}},
                                     [&](const json& event) {
                                       if (event.value("event", "") != "machine") return;
                                       text = json_line(event.at("machine"));
                                       samples = event.at("samples");
                                     });
  if (!end.done) throw EngineError("the machine could not be measured: " + end.reason);
  MeasuredMachine measured = {latency::machine_from_json(text, "archcost-kernels"),
                              latency::instability(samples)};
  measured.machine.stable = measured.instability.empty();
  return measured;
}

void run_processes(int processes, Measurement& measurement,
                   const std::function<void(int process, std::vector<MeasuredBlock>&)>& run) {
  std::vector<MeasuredBlock> blocks;
  for (int process = 0; process < processes; ++process) {
    const std::size_t before = blocks.size();
    run(process, blocks);
    std::vector<double> totals, references;
    for (std::size_t i = before; i < blocks.size(); ++i) {
      totals.push_back(blocks[i].stamped);
      references.push_back(blocks[i].reference);
    }
    measurement.process_seconds.push_back(median(totals));
    measurement.process_references.push_back(median(references));
  }
  summarise(blocks, measurement);
}

namespace {

using BlockList = std::vector<const MeasuredBlock*>;

std::vector<double> of_each(const BlockList& blocks, double MeasuredBlock::*figure) {
  std::vector<double> figures;
  for (const MeasuredBlock* block : blocks) figures.push_back(block->*figure);
  return figures;
}

/// The blocks that count; the others are counted by the first reason against them.
BlockList good_blocks(const BlockList& all, Measurement& m) {
  const double usual = median(of_each(all, &MeasuredBlock::reference));
  const double lowest = latency::lowest_core_latency(of_each(all, &MeasuredBlock::core_latency));
  BlockList good;
  for (const MeasuredBlock* block : all) {
    // A process in which a kernel failed may have run others, so that rows aren't the same.
    if (block->rows.size() != m.rows.size())
      ++m.rejected.other_kernels;
    else if (block->disturbed)
      ++m.rejected.interrupted;
    else if (std::abs(block->reference - usual) > kMostChange * usual)
      ++m.rejected.reference;
    else if (!latency::is_low_core_latency(block->core_latency, lowest))
      ++m.rejected.core_latency;
    else
      good.push_back(block);
  }
  return good;
}

/// Medians and spreads of the blocks; rows get their spreads.
void set_medians(const BlockList& blocks, Measurement& m) {
  m.core_latency = median(of_each(blocks, &MeasuredBlock::core_latency));
  m.spread = half_range(of_each(blocks, &MeasuredBlock::stamped));
  m.plain_seconds = median(of_each(blocks, &MeasuredBlock::plain));
  if (m.fastest_seconds > 0) m.slowdown = m.plain_seconds / m.fastest_seconds;
  m.kernel_seconds = median(of_each(blocks, &MeasuredBlock::kernels));
  m.profiled_seconds = median(of_each(blocks, &MeasuredBlock::profiled));
  const std::vector<double> references = of_each(blocks, &MeasuredBlock::reference);
  m.reference_seconds = median(references);
  m.reference_spread = half_range(references);
  for (std::size_t r = 0; r < m.rows.size(); ++r) {
    std::vector<double> row;
    for (const MeasuredBlock* block : blocks) row.push_back(block->rows[r]);
    m.rows[r].spread = half_range(row);
  }
}

/// The total and its rows: the mean over the middle half of the blocks.
void set_seconds(BlockList blocks, Measurement& m) {
  std::sort(blocks.begin(), blocks.end(),
            [](const MeasuredBlock* a, const MeasuredBlock* b) { return a->stamped < b->stamped; });
  const std::size_t drop = blocks.size() / 4;
  const std::size_t count = blocks.size() - 2 * drop;
  for (std::size_t i = drop; i < drop + count; ++i) {
    for (std::size_t r = 0; r < m.rows.size(); ++r) {
      m.rows[r].seconds += blocks[i]->rows[r] / static_cast<double>(count);
    }
    m.seconds += blocks[i]->stamped / static_cast<double>(count);
  }
}

/// Blocks of a busy machine tell how the time is shared out, not how long it is.
void scale_to_fastest(Measurement& m) {
  if (m.seconds <= 0 || m.fastest_seconds <= 0) return;
  const double factor = m.fastest_seconds / m.seconds;
  for (MeasuredRow& row : m.rows) row.seconds *= factor;
  m.kernel_seconds *= factor;
  m.profiled_seconds *= factor;
  m.seconds = m.plain_seconds = m.fastest_seconds;
}

}  // namespace

void summarise(const std::vector<MeasuredBlock>& blocks, Measurement& m) {
  BlockList all;
  for (const MeasuredBlock& block : blocks) {
    all.push_back(&block);
    m.passes += block.passes;
    m.fastest_seconds =
        m.fastest_seconds > 0 ? std::min(m.fastest_seconds, block.fastest) : block.fastest;
  }
  BlockList kept = good_blocks(all, m);
  m.blocks = static_cast<int>(kept.size());
  if (kept.empty()) {  // upper bounds
    for (const MeasuredBlock* block : all) {
      if (block->rows.size() == m.rows.size()) kept.push_back(block);
    }
  }
  if (kept.empty()) return;
  set_medians(kept, m);
  set_seconds(std::move(kept), m);
  if (m.unstable()) scale_to_fastest(m);
}

}  // namespace archcost::runner
