// SPDX-License-Identifier: Apache-2.0
// How long a prediction takes: every shipped spec, from a database of latencies.
//
//   latency_bench DB [THREADS]
#include <fmt/core.h>

#include <cstdlib>
#include <exception>

#include "core/clock.hpp"
#include "graph/build.hpp"
#include "latency/latency_predictor.hpp"
#include "spec/library.hpp"

namespace {

int run(const char* path, int threads) {
  using namespace archcost;
  const double begin = archcost::seconds_now();
  const latency::LatencyDb db(path, latency::LatencyDb::Mode::kRead);
  const latency::LatencyPredictor predictor(db, 1, threads);
  fmt::print("loading {} figures: {:.1f} ms\n", predictor.figures(),
             1e3 * (archcost::seconds_now() - begin));
  const spec::SpecLibrary library;
  double slowest = 0, total = 0;
  int networks = 0;
  for (const std::string& name : library.names()) {
    const graph::Network network = graph::build_network(spec::read_spec(*library.find(name)), {});
    double least = 1;
    latency::Predicted predicted;
    for (int k = 0; k < 5; ++k) {
      const double start = archcost::seconds_now();
      predicted = predictor.predict(network, {});
      least = std::min(least, archcost::seconds_now() - start);
    }
    fmt::print("{:20} {:4} kernels, {:3} missing: {:.3f} ms\n", name, predicted.rows.size(),
               predicted.missing, 1e3 * least);
    slowest = std::max(slowest, least);
    total += least;
    ++networks;
  }
  fmt::print("{} networks: mean {:.3f} ms, slowest {:.3f} ms\n", networks, 1e3 * total / networks,
             1e3 * slowest);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    fmt::print(stderr, "usage: latency_bench DB [THREADS]\n");
    return 2;
  }
  try {
    return run(argv[1], argc == 3 ? std::atoi(argv[2]) : 1);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
