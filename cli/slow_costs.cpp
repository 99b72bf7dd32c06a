// SPDX-License-Identifier: Apache-2.0
#include "cli/slow_costs.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <mutex>

#include "cli/latency_options.hpp"
#include "runner/cache_folder.hpp"
#include "runner/measurement.hpp"

namespace archcost::cli {

std::optional<latency::LatencyPredictor> user_predictor() {
  const LatencyOptions options{.db = runner::default_latency_db()};
  if (!std::filesystem::exists(options.db)) return std::nullopt;
  latency::LatencyPredictor predictor = open_predictor(options);
  if (predictor.figures() == 0) return std::nullopt;
  return predictor;
}

std::optional<space::Uncertain> predicted_latency(const latency::LatencyPredictor& predictor,
                                                  const graph::Network& network) {
  const latency::Predicted prediction = predictor.predict(network, {.estimate = true});
  if (!prediction.complete()) return std::nullopt;
  return space::Uncertain{prediction.seconds,
                          prediction.seconds * predictor.error_of(prediction).value_or(0)};
}

std::optional<space::Uncertain> measured_latency(const graph::Network& network) {
  runner::MeasureOptions options;
  options.blocks = 5;
  options.seconds = 0.1;
  const runner::Measurement measurement =
      runner::measure_network(network, options, [](const std::string&) {});
  if (!measurement.complete()) return std::nullopt;
  return space::Uncertain{measurement.seconds, measurement.seconds * measurement.spread};
}

std::vector<space::SlowCost> slow_costs() {
  // The database is opened, or the first network measured, by the one thread that asks first.
  struct Source {
    std::mutex mutex;
    bool asked = false;
    std::optional<latency::LatencyPredictor> predictor;
  };
  const auto source = std::make_shared<Source>();
  const auto latency = [source](const graph::Network& network) -> std::optional<space::Uncertain> {
    std::unique_lock lock(source->mutex);
    if (!source->asked) {
      source->asked = true;
      source->predictor = user_predictor();
    }
    if (!source->predictor) return measured_latency(network);  // one at a time
    lock.unlock();
    return predicted_latency(*source->predictor, network);
  };
  const auto how = [source]() -> std::string {
    if (!source->predictor)
      return "measured on this machine, one thread; 'archcost profile' fills a database that "
             "predicts it at once";
    const latency::ExpectedError& expected = source->predictor->expected();
    return fmt::format("predicted by '{}', one thread; {}", runner::default_latency_db(),
                       expected.checks > 0
                           ? fmt::format("off by {:.1f} % in {} checks (root mean square)",
                                         100 * expected.composed, expected.checks)
                           : "its error is unknown: 'archcost db check' tells");
  };
  return {{"latency", "s", latency, how}};
}

}  // namespace archcost::cli
