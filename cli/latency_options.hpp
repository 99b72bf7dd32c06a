// Options of the commands that read the database of latencies.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "measure/latency_predictor.hpp"

namespace archcost {

struct LatencyOptions {
  std::string db;
  int of = 0;  ///< number of the machine in the database; 0: this one
  int threads = 1;
};

/// --db, and unless `writes` --of; --threads.
void declare_latency_options(CLI::App& app, LatencyOptions& options);
/// The figures for them. Throws Error with the remedy.
LatencyPredictor open_predictor(const LatencyOptions& options);

}  // namespace archcost
