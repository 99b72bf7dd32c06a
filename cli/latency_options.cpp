// SPDX-License-Identifier: Apache-2.0
#include "cli/latency_options.hpp"

#include <fmt/core.h>

#include "cli/checks.hpp"
#include "runner/cache_folder.hpp"
#include "runner/this_machine.hpp"

namespace archcost {

void declare_latency_options(CLI::App& app, LatencyOptions& options) {
  options.db = default_latency_db();
  app.add_option("--db", options.db, "latency database (default: " + options.db + ")")
      ->type_name("FILE");
  app.add_option("--of", options.of,
                 "use the figures of machine N of the database (default: this machine)")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--threads,--kernel-threads", options.threads, "kernel threads (default: 1)")
      ->check(at_least_one())
      ->type_name("N");
}

void declare_latency_cost(CLI::App& app, LatencyCostOptions& options) {
  LatencyOptions& latency = options.latency;
  latency.db = default_latency_db();
  app.add_option("--db", latency.db,
                 "latency database, for the column latency (default: " + latency.db + ")")
      ->type_name("FILE");
  app.add_option("--of", latency.of, "latency on machine N of the database (default: this machine)")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--kernel-threads", latency.threads, "latency at N kernel threads (default: 1)")
      ->check(at_least_one())
      ->type_name("N");
  app.add_flag("--estimate", options.predict.estimate,
               "latency: estimate layers without a figure from similar layers");
}

std::string missing_text(const Predicted& predicted) {
  return fmt::format(
      "{} kernel{} no figure; 'archcost profile' measures them, --estimate uses similar layers",
      predicted.missing, predicted.missing == 1 ? " has" : "s have");
}

std::vector<double> latency_by_layer(const Network& network, const LatencyPredictor& predictor,
                                     const PredictOptions& options, bool& complete) {
  const Predicted predicted = predictor.predict(network, options);
  complete = predicted.complete();
  if (!complete) {
    fmt::print(stderr, "warning: the latency of '{}' is incomplete: {}\n", network.name,
               missing_text(predicted));
  }
  std::vector<double> seconds(network.layers.size(), 0);
  for (const PredictedRow& row : predicted.rows) seconds[row.main] += row.seconds;
  return seconds;
}

LatencyPredictor open_predictor(const LatencyOptions& options) {
  const LatencyDb db(options.db, LatencyDb::Mode::kRead);
  return {db, find_machine(db, options.of), options.threads};
}

}  // namespace archcost
