// SPDX-License-Identifier: Apache-2.0
#include "cli/latency_options.hpp"

#include <fmt/core.h>

#include "cli/checks.hpp"
#include "runner/cache_folder.hpp"
#include "runner/this_machine.hpp"

namespace archcost::cli {

void declare_latency_options(CLI::App& app, LatencyOptions& options) {
  options.db = runner::default_latency_db();
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
  latency.db = runner::default_latency_db();
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
    fmt::print(stderr, "warning: the latency of '{}' is incomplete: {}\n", network.name,
               missing_text(predicted));
  }
  std::vector<double> seconds(network.layers.size(), 0);
  for (const latency::PredictedRow& row : predicted.rows) seconds[row.main] += row.seconds;
  return seconds;
}

latency::LatencyPredictor open_predictor(const LatencyOptions& options) {
  const latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kRead);
  return {db, runner::find_machine(db, options.of), options.threads};
}

}  // namespace archcost::cli
