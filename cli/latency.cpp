// SPDX-License-Identifier: Apache-2.0
#include "cli/latency.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>

#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "runner/this_machine.hpp"

namespace archcost::cli {
namespace {

std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof(set), &set);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  }
  return processors;
}

}  // namespace

latency::LatencyPredictor open_predictor(const LatencyOptions& options) {
  const latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kRead);
  return {db, runner::find_machine(db, options.machine), options.threads};
}

std::string missing_text(const latency::Predicted& predicted) {
  return fmt::format(
      "{} kernel{} no figure; 'archcost profile' measures them, --estimate uses similar layers",
      predicted.missing, predicted.missing == 1 ? " has" : "s have");
}

std::vector<double> latency_by_layer(const graph::Network& network,
                                     const latency::LatencyPredictor& predictor,
                                     const latency::PredictOptions& options, bool& complete) {
  const latency::Predicted predicted = predictor.predict(network, options);
  complete = predicted.complete();
  if (!complete) {
    print_note("warning: the latency of '{}' is incomplete: {}", network.name,
               missing_text(predicted));
  }
  std::vector<double> seconds(network.layers.size(), 0);
  for (const latency::PredictedRow& row : predicted.rows) seconds[row.main] += row.seconds;
  return seconds;
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
                                                  const graph::Network& network) {
  const latency::Predicted prediction = predictor.predict(network, {.estimate = true});
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
  options.seconds = 0.1;
  const runner::Measurement measurement =
      runner::measure_network(network, options, [](const std::string&) {});
  if (!measurement.complete()) return std::nullopt;
  if (const std::string unstable = measurement.instability(); !unstable.empty()) {
    print_note("warning: {}: {}", network.name, unstable);
    return std::nullopt;
  }
  return space::Uncertain{measurement.seconds, measurement.seconds * measurement.spread};
}

std::vector<space::SlowCost> slow_costs(const LatencyOptions& options) {
  // The database is opened, or the first network measured, by the one thread that asks first.
  struct Source {
    std::mutex mutex;
    bool asked = false;
    std::optional<latency::LatencyPredictor> predictor;
  };
  const auto source = std::make_shared<Source>();
  const auto latency = [source,
                        options](const graph::Network& network) -> std::optional<space::Uncertain> {
    std::unique_lock lock(source->mutex);
    if (!source->asked) {
      source->asked = true;
      source->predictor = user_predictor(options);
    }
    if (!source->predictor) return measured_latency(network, options);  // one at a time
    lock.unlock();
    return predicted_latency(*source->predictor, network);
  };
  const auto how = [source, options]() -> std::string {
    const std::string threads =
        options.threads == 1 ? "one thread" : fmt::format("{} threads", options.threads);
    if (!source->predictor) {
      return fmt::format(
          "measured on this machine, {}{}; 'archcost profile' fills a database that predicts it at "
          "once",
          options.machine.engine.empty() ? "" : options.machine.engine + ", ", threads);
    }
    const latency::ExpectedError& expected = source->predictor->expected();
    return fmt::format("predicted by '{}', {}; {}", options.db, threads,
                       expected.checks > 0
                           ? fmt::format("off by {:.1f} % in {} checks (root mean square)",
                                         100 * expected.composed, expected.checks)
                           : "its error is unknown: 'archcost db check' tells");
  };
  return {{"latency", "s", latency, how,
           "the database has no figures for all of its layers; 'archcost profile' measures them"}};
}

std::string unwritable(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  const std::string failed = status ? status.message() : std::string();
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
