// SPDX-License-Identifier: Apache-2.0
#include "cli/db_check.hpp"

#include <fmt/core.h>

#include <map>
#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "cli/part_output.hpp"
#include "cli/terminal.hpp"
#include "cli/work_estimate.hpp"
#include "core/diagnostic.hpp"
#include "core/partition.hpp"
#include "latency/core_latency.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "runner/latency_check.hpp"
#include "runner/this_machine.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::cli {
namespace {

struct DbCheckArguments : NetworkListArguments {
  std::string db, shard;
  runner::MachineChoice machine;
  runner::MeasureOptions measure;
  OutputOptions output;
  std::optional<int> pin;
  bool again = false, stored = false;
  bool allow_unstable = false;  // the times of a busy machine are stored
};

// Where the work is to be divided, how long it takes.
WorkEstimate estimate_of_checks(const NetworkList& list) {
  constexpr double kSecondsEach = 7;  // loading, trying kernels, and the blocks
  const std::size_t networks = list.networks.size();
  return {kSecondsEach * static_cast<double>(networks), networks,
          fmt::format("{} networks", networks)};
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

// How networks are measured; without a processor where another machine's checks are shown.
runner::MeasureOptions measure_options(const DbCheckArguments& options) {
  runner::MeasureOptions measure = options.measure;
  const bool here = options.machine.is_this_machine();
  measure.cpu = here ? processor_for(measure.threads, options.pin) : -1;
  measure.db = options.db;
  return measure;
}

runner::MachineChoice checked_machine(const DbCheckArguments& options) {
  runner::MachineChoice choice = options.machine;
  if (options.measure.engine != "onednn") choice.engine = options.measure.engine;
  return choice;
}

/// The checks of one machine: measures networks without one, predicts all, stores and shows both.
class CheckRun {
 public:
  CheckRun(const DbCheckArguments& options, NetworkList list)
      : options_(options),
        list_(std::move(list)),
        threads_(options.measure.threads),
        measure_(measure_options(options)),
        db_(options.db, latency::LatencyDb::Mode::kWrite),
        machine_(runner::find_machine(db_, checked_machine(options))) {}

  int run() {
    catch_interrupts();
    if (!options_.shard.empty()) begin_part();
    for (latency::NetworkCheck& check : db_.checks(machine_, threads_))
      known_[check.network] = std::move(check);
    measure_networks();
    if (interrupted()) {
      print_note("stopped; the same command continues");
      return kInterrupted;
    }
    const latency::LatencyPredictor predictor(db_, machine_, threads_);
    const bool all_stored = list_.networks.empty() && options_.shard.empty();
    const std::vector<tables::CheckedNetwork> checked =
        all_stored ? stored_checks() : predicted_checks(predictor);
    write_document(tables::checks_report(checked, predictor.machine().text()), options_.output);
    note_left_out();
    if (unstable_ > 0) return kMeasurementFailed;
    if (part_) finish_part();
    return kFine;
  }

 private:
  // The part of --shard is remembered in the database, and its networks are kept.
  void begin_part() {
    std::string text = fmt::format("{}\n", threads_);
    for (const latency::MachineRow& row : db_.machines())
      if (row.id == machine_) text += row.machine.text() + "\n";
    for (const ListedNetwork& network : list_.networks) text += network.label + "\n";
    const std::string request = sweep::fingerprint(text);
    const sweep::Shard shard = sweep::parse_shard(options_.shard);
    part_ =
        latency::PartRecord{request, static_cast<int>(shard.number),
                            sweep::to_json_text(part_head_of_run("check", request, shard)), false};
    db_.save_part(*part_);
    keep_part(shard, list_);
  }

  void finish_part() {
    part_->finished = true;
    part_->figures = db_.figures_hash();
    db_.save_part(*part_);
  }

  void measure_networks() {
    const runner::MeasureProgress progress = progress_line();
    std::size_t done = 0;
    for (const ListedNetwork& network : list_.networks) {
      ++done;
      if (interrupted()) break;
      if (!lacks_check(network) || options_.stored) continue;
      if (!options_.machine.is_this_machine())
        throw Error("db check measures on this machine; omit --of");
      measure(network, [&](const std::string& text) {
        progress(text.empty() ? text
                              : fmt::format("{} of {}: {}: {}", done, list_.networks.size(),
                                            network.label, text));
      });
    }
    progress("");
  }

  // Whether the network is to be measured: never, or not well enough.
  bool lacks_check(const ListedNetwork& network) const {
    constexpr double kUnstable = 0.03;
    const auto there = known_.find(network.label);
    return there == known_.end() || options_.again || there->second.spread > kUnstable ||
           !latency::is_low_core_latency(there->second.core_latency,
                                         db_.lowest_core_latency(machine_, threads_));
  }

  // Stores the check, unless the machine was too busy.
  void measure(const ListedNetwork& network, const runner::MeasureProgress& progress) {
    runner::MeasuredCheck fresh =
        runner::measure_check(network.label, network.network, measure_, progress);
    if (!fresh.instability.empty()) {
      progress("");
      print_note("{}: {}: {}", options_.allow_unstable ? "warning" : "error", network.label,
                 fresh.instability);
      if (!options_.allow_unstable) {
        ++unstable_;
        return;
      }
    }
    db_.save_check(machine_, fresh.check);
    known_[network.label] = std::move(fresh.check);
  }

  // What is stored, as it is stored.
  std::vector<tables::CheckedNetwork> stored_checks() const {
    std::vector<tables::CheckedNetwork> checked;
    for (const auto& [label, check] : known_)
      checked.push_back({label.substr(0, label.find_first_of(": ")), check, 0});
    return checked;
  }

  // The networks that have a check, with new predictions, which are stored.
  std::vector<tables::CheckedNetwork> predicted_checks(const latency::LatencyPredictor& predictor) {
    std::vector<tables::CheckedNetwork> checked;
    lowest_ = db_.lowest_core_latency(machine_, threads_);
    for (const ListedNetwork& network : list_.networks) {
      const auto there = known_.find(network.label);
      if (there == known_.end()) continue;
      latency::NetworkCheck& check = there->second;
      if (!latency::is_low_core_latency(check.core_latency, lowest_)) {
        ++high_;
        continue;
      }
      const runner::OtherPredictions others =
          runner::predict_check(check, network.network, predictor, true);
      db_.save_check(machine_, check);
      checked.push_back({network.family, check, others.unfused, others.estimated});
    }
    return checked;
  }

  void note_left_out() const {
    if (high_ > 0) {
      print_note(
          "{} of {} networks are omitted: their core-to-core latency was higher than usual "
          "({:.0f} ns); "
          "the same command measures them again",
          high_, list_.networks.size(), lowest_ * 1e9);
    }
    if (unstable_ > 0) {
      print_note(
          "error: {} of {} networks could not be measured on so busy a machine, and nothing is "
          "stored of them; stop other programs, or accept the times with --allow-unstable",
          unstable_, list_.networks.size());
    }
  }

  const DbCheckArguments& options_;
  NetworkList list_;
  int threads_;
  runner::MeasureOptions measure_;
  latency::LatencyDb db_;
  int machine_;                                         // in it
  std::optional<latency::PartRecord> part_;             // of --shard
  std::map<std::string, latency::NetworkCheck> known_;  // by label
  double lowest_ = 0;                                   // core-to-core latency
  std::int64_t high_ = 0;     // networks that are omitted for a higher one
  std::size_t unstable_ = 0;  // networks that could not be measured
};

int check_networks(const DbCheckArguments& options) {
  NetworkList list = list_networks(options);
  const bool estimated = wanted_estimate() != nullptr;
  if ((!options.shard.empty() || estimated) && list.networks.empty())
    throw Error("--shard divides networks: name a SPEC or --networks FILE");
  if (estimated) {
    *wanted_estimate() = estimate_of_checks(list);
    return kFine;
  }
  return CheckRun(options, std::move(list)).run();
}

}  // namespace

std::function<int()> declare_db_check(CLI::App& app, const std::string& db) {
  auto options = std::make_shared<DbCheckArguments>();
  declare_network_list(app, *options);
  option_of(app, "SPEC").description("shipped specs, presets or files (default: stored checks)");
  options->measure.blocks = 5;
  options->measure.wait_seconds = 600;
  declare_timing(app, options->measure, options->pin);
  app.add_flag("--again", options->again,
               "measure stored networks again too; a spread above ± 3 % is always measured again");
  app.add_flag("--stored", options->stored, "measure nothing; compare stored measurements");
  app.add_flag("--allow-unstable", options->allow_unstable,
               "store the times, and exit 0, also where the machine was too busy for a figure");
  declare_machine_choice(app, options->machine);
  declare_shard(app, options->shard,
                "only the networks of the I-th of N parts; 'archcost join' joins the databases");
  declare_output(app, options->output);
  return [options, &db] {
    options->db = db;
    return check_networks(*options);
  };
}

}  // namespace archcost::cli
