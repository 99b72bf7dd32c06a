// SPDX-License-Identifier: Apache-2.0
#include "cli/latency.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>

#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "runner/this_machine.hpp"

namespace archcost::cli {
namespace {

std::vector<int> allowed_processors() {
  // The kernel refuses a set that is too small for the machine; one cpu_set_t has 1024 processors.
  std::array<cpu_set_t, 8> set = {};
  sched_getaffinity(0, sizeof(set), set.data());
  std::vector<int> processors;
  for (int i = 0; i < static_cast<int>(8 * sizeof(set)); ++i) {
    if (CPU_ISSET_S(i, sizeof(set), set.data())) processors.push_back(i);
  }
  if (processors.empty()) throw Error("the processors that this process may use are not known");
  return processors;
}

}  // namespace

latency::LatencyPredictor open_predictor(const LatencyOptions& options) {
  const latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kRead);
  return {db, runner::find_machine(db, options.machine), options.threads};
}

std::string profile_command(const std::string& spec, const SpecOptions& network,
                            const LatencyOptions& latency) {
  std::string command = network_command("profile", {spec}, network);
  command += runner::database_option(latency.db);
  if (!latency.machine.engine.empty()) command += " --engine " + latency.machine.engine;
  if (latency.threads > 1) command += fmt::format(" --threads {}", latency.threads);
  return command;
}

std::string missing_text(const latency::Predicted& predicted,
                         const latency::PredictOptions& options) {
  return fmt::format(
      "{} kernel{} no figure{}; 'archcost profile' measures them{}", predicted.missing,
      predicted.missing == 1 ? " has" : "s have",
      options.estimate ? ", and the database no similar layers to estimate them from" : "",
      options.estimate ? "" : ", --estimate uses similar layers");
}

bool set_latency(const graph::Network& network, const latency::LatencyPredictor& predictor,
                 const latency::PredictOptions& options, cost::CountOptions& counting) {
  const latency::Predicted predicted = predictor.predict(network, options);
  if (!predicted.complete()) {
    print_note("warning: the latency of '{}' is incomplete: {}", network.name,
               missing_text(predicted, options));
  }
  counting.latency.assign(network.layers.size(), 0);
  for (const latency::PredictedRow& row : predicted.rows) {
    if (row.label)
      counting.latency_between += row.seconds;
    else
      counting.latency[static_cast<std::size_t>(row.main)] +=
          row.kind == latency::FigureKind::kMissing ? std::numeric_limits<double>::quiet_NaN()
                                                    : row.seconds;
  }
  return predicted.complete();
}

std::optional<latency::LatencyPredictor> user_predictor(const LatencyOptions& options) {
  if (options.db == LatencyOptions().db && options.machine.is_this_machine() &&
      !std::filesystem::exists(options.db))
    return std::nullopt;
  latency::LatencyPredictor predictor = open_predictor(options);
  if (predictor.figures() == 0) return std::nullopt;
  return predictor;
}

std::optional<space::Uncertain> predicted_latency(const latency::LatencyPredictor& predictor,
                                                  const graph::Network& network,
                                                  const latency::PredictOptions& options) {
  const latency::Predicted prediction = predictor.predict(network, options);
  if (!prediction.complete()) return std::nullopt;
  std::optional<double> error = predictor.error_of(prediction);
  if (error) *error *= prediction.seconds;
  return space::Uncertain{prediction.seconds, error, prediction.estimated > 0};
}

std::optional<space::Uncertain> measured_latency(const graph::Network& network,
                                                 const LatencyOptions& latency) {
  runner::MeasureOptions options;
  options.engine = latency.machine.engine_name();
  options.threads = latency.threads;
  options.blocks = 5;
  options.seconds = kMeasuredLatencySeconds / options.blocks;
  const runner::Measurement measurement =
      runner::measure_network(network, options, [](const std::string&) {});
  for (const runner::MeasuredRow& row : measurement.rows) {
    if (row.fault.empty()) continue;
    print_note("warning: {}: '{}' did not run: {}", network.name, network.layers[row.main].name,
               row.fault);
  }
  if (!measurement.complete()) return std::nullopt;
  if (const std::string unstable = measurement.instability(); !unstable.empty()) {
    print_note("warning: {}: {}", network.name, unstable);
    return std::nullopt;
  }
  return space::Uncertain{measurement.seconds, measurement.seconds * measurement.spread};
}

void LatencySource::open() {
  std::call_once(opened_, [&] {
    predictor_ = user_predictor(options_.latency);
    if (predictor_) return;
    const std::string& db = options_.latency.db;
    if (!options_.latency.machine.is_this_machine())
      throw Error(fmt::format("'{}' has no figures of machine {} with --kernel-threads {}", db,
                              options_.latency.machine.of, options_.latency.threads));
    if (options_.predict.estimate)
      throw Error(
          "--estimate",
          fmt::format("'{}' has no figures of this machine to estimate from; 'archcost profile "
                      "SPEC{}' measures some; without --estimate the networks themselves are run",
                      db, runner::database_option(db)));
  });
}

bool LatencySource::measures() {
  open();
  return !predictor_;
}

std::optional<space::Uncertain> LatencySource::of(const graph::Network& network) {
  open();
  if (predictor_) return predicted_latency(*predictor_, network, options_.predict);
  const std::lock_guard lock(measuring_);
  return measured_latency(network, options_.latency);
}

std::string LatencySource::how() {
  open();
  const int count = options_.latency.threads;
  const std::string threads = count == 1 ? "one thread" : fmt::format("{} threads", count);
  const std::string& engine = options_.latency.machine.engine;
  if (!predictor_) {
    return fmt::format(
        "measured on this machine, {}{}; 'archcost profile' fills a database that predicts it at "
        "once",
        engine.empty() ? "" : engine + ", ", threads);
  }
  const latency::ExpectedError& expected = predictor_->expected();
  return fmt::format("predicted by '{}', {}{}; {}", options_.latency.db, threads,
                     options_.predict.estimate ? ", layers without a figure estimated" : "",
                     expected.checks > 0
                         ? fmt::format("off by {:.1f} % in {} checks (root mean square)",
                                       100 * expected.composed, expected.checks)
                         : "its error is unknown: 'archcost db check' tells");
}

std::string LatencySource::missing() {
  open();
  if (!predictor_)
    return "a layer did not run, or the machine was too busy for a figure, as the warnings say";
  if (options_.predict.estimate)
    return "some of its layers have no figure in the database, nor similar ones; 'archcost "
           "profile' measures them";
  return "some of its layers have no figure in the database; 'archcost profile' measures them, "
         "--estimate estimates them from similar layers";
}

std::vector<space::SlowCost> slow_costs(const std::shared_ptr<LatencySource>& source) {
  return {{"latency", "s", [source](const graph::Network& network) { return source->of(network); },
           [source] { return source->how(); }, [source] { return source->missing(); },
           [source] { return source->measures(); }}};
}

std::string unwritable(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  std::string failed = status ? status.message() : std::string();
  if (!std::filesystem::is_directory(folder, status)) return failed;
  return access(folder.c_str(), W_OK) == 0 ? "" : std::strerror(errno);
}

int processors_for(int threads) {
  const int processors = static_cast<int>(allowed_processors().size());
  if (threads > processors) {
    throw Error(fmt::format("--threads {}: this process may use {} processor{}", threads,
                            processors, processors == 1 ? "" : "s"));
  }
  return processors;
}

int processor_for(int threads, const std::optional<int>& pin) {
  processors_for(threads);
  const std::vector<int> processors = allowed_processors();
  if (!pin) return threads == 1 ? processors.back() : -1;
  if (std::find(processors.begin(), processors.end(), *pin) == processors.end()) {
    throw Error(fmt::format("--pin {}: this process may use processors {} to {}", *pin,
                            processors.front(), processors.back()));
  }
  if (threads > 1) throw Error("--pin is for one thread; omit --threads");
  return *pin;
}

std::optional<latency::Machine> machine_of_file(const std::string& file) {
  if (!file.empty()) return latency::read_machine(file);
  const std::string saved = runner::cache_folder() + "/machine.json";
  if (!std::filesystem::exists(saved)) return {};
  latency::Machine machine = latency::read_machine(saved);
  if (machine.cpu != latency::cpu_name()) return {};
  return machine;
}

}  // namespace archcost::cli
