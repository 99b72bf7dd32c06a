#include "cli/latency_options.hpp"

#include "cli/checks.hpp"
#include "measure/cache_folder.hpp"

namespace archcost {

void declare_latency_options(CLI::App& app, LatencyOptions& options) {
  options.db = default_latency_db();
  app.add_option("--db", options.db, "database of latencies (" + options.db + ")")
      ->type_name("FILE");
  app.add_option("--of", options.of,
                 "take the figures of the database's machine N instead of this one's")
      ->check(at_least_one())
      ->type_name("N");
  app.add_option("--threads", options.threads, "threads of the kernels (1)")
      ->check(at_least_one())
      ->type_name("N");
}

LatencyPredictor open_predictor(const LatencyOptions& options) {
  const LatencyDb db(options.db, LatencyDb::Mode::kRead);
  return {db, find_machine(db, options.of), options.threads};
}

}  // namespace archcost
