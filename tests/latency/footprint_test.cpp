// SPDX-License-Identifier: Apache-2.0
// Kernels take longer in networks whose memory does not stay in the caches.
#include <cmath>

#include "latency/imported_figures.hpp"
#include "latency/latency_predictor.hpp"
#include "latency/network_footprint.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const plan::KernelOption kOption = {plan::Layout::kLast, plan::Layout::kLast};

/// A figure with one sample of each network: a footprint and seconds.
void store_samples(latency::LatencyDb& db, int machine, const std::string& problem,
                   const std::vector<latency::FootprintTime>& samples) {
  for (std::size_t k = 0; k < samples.size(); ++k) {
    latency::NetworkFigures network;
    network.network = "network" + std::to_string(k) + std::to_string(samples.size());
    network.rows = {{problem, kOption, "kernel", samples[k].seconds}};
    network.footprint = samples[k].footprint;
    latency::store_figures(db, machine, network);
  }
}

}  // namespace

TEST_CASE("the footprint: parameters once, and the layer with most activations", "[latency]") {
  // 3x3x2x4 + 4 parameters of the first, 4x5 + 5 of the last; 2x6x6 + 4x6x6 of the first layer.
  const graph::Network network =
      network_of(spec_with("- conv: {out: 4, bias: true, kernel: 3}\n- global_avg_pool\n"
                           "- linear: {out: 5}\n",
                           "2x6x6"));
  CHECK(latency::network_footprint(network) == 4.0 * (76 + 25 + 216));
  // A sum has two inputs; parameters that two layers have count once.
  const graph::Network shared = network_of(
      spec_with("- conv: {name: a, out: 2, kernel: 1}\n"
                "- conv: {name: b, out: 2, kernel: 1, weights_of: a}\n- add: {from: [a, b]}\n",
                "2x6x6"));
  CHECK(latency::network_footprint(shared) == 4.0 * (4 + 216));
}

TEST_CASE("times by footprint: similar ones are one, by their geometric means", "[latency]") {
  const auto times = latency::times_by_footprint({1e-3, 4e-3, 9e-3}, {1e6, 1.21e6, 64e6});
  REQUIRE(times.size() == 2);
  CHECK(times[0].footprint == Approx(1.1e6));
  CHECK(times[0].seconds == Approx(2e-3));
  CHECK(times[1].footprint == Approx(64e6));
  CHECK(times[1].seconds == Approx(9e-3));
  CHECK(latency::times_by_footprint({1e-3, 2e-3}, {1e6}).empty());
  CHECK(latency::times_by_footprint({1e-3, 2e-3}, {1e6, 0}).empty());
  CHECK(latency::times_by_footprint({1e-3, -2e-3}, {1e6, 1e6}).empty());
  CHECK(latency::times_by_footprint({}, {}).empty());
}

TEST_CASE("the time at a footprint: near ones count most", "[latency]") {
  CHECK(latency::seconds_at({{1e6, 3e-3}}, 5e9) == Approx(3e-3));
  CHECK(latency::seconds_at({{1e6, 1e-3}, {4e6, 4e-3}}, 2e6) == Approx(2e-3));
  // Weights of 1 / 0.1 and of 1 / (0.1 + ln² 4).
  const double far = 1 / (0.1 + std::log(4.0) * std::log(4.0));
  CHECK(latency::seconds_at({{1e6, 1e-3}, {4e6, 4e-3}}, 1e6) ==
        Approx(1e-3 * std::pow(4, far / (10 + far))));
}

TEST_CASE("each sample of a figure has the footprint of its network", "[latency]") {
  latency::LatencyDb db(":memory:", latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine({"a CPU", "avx2", "tflite", "2.14"});
  store_samples(db, machine, "a", {{0, 1e-3}, {5e6, 2e-3}});
  const latency::LayerFigure figure = db.layers(machine, 1).at(0);
  REQUIRE(figure.problem == "a");
  CHECK(figure.samples == std::vector<double>{1e-3, 2e-3});
  CHECK(figure.footprints == std::vector<double>{0, 5e6});
  // Of an earlier version, whose samples have none.
  latency::LayerFigure old = figure;
  old.problem = "b";
  old.footprints.clear();
  db.save_layers(machine, std::vector<latency::LayerFigure>{old});
  store_samples(db, machine, "b", {{6e6, 3e-3}});
  CHECK(db.layers(machine, 1).at(1).footprints == std::vector<double>{0, 0, 6e6});
}

TEST_CASE("predictions take the figures of networks with a similar footprint", "[latency]") {
  latency::LatencyDb db(":memory:", latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine({"a CPU", "avx2", "tflite", "2.14"});
  const graph::Network network = network_of(spec_with("- conv: {out: 4, kernel: 3}\n", "2x6x6"));
  const double footprint = latency::network_footprint(network);
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  const std::string problem = problems.key(0);
  const auto predicted = [&](bool unseen) {
    latency::PredictOptions options;
    options.unseen = unseen;
    const auto rows = latency::LatencyPredictor(db, machine, 1).predict(network, options).rows;
    return rows.at(0).seconds;
  };
  store_samples(db, machine, problem, {{footprint, 1e-3}, {footprint * 1024, 8e-3}});
  CHECK(predicted(false) == Approx(1e-3).epsilon(0.02));
  // Estimates too: the same kernel with other fused operations, in a small and a large network.
  std::string fused = problem;
  fused.insert(fused.find(" image"), " relu");
  store_samples(db, machine, fused, {{footprint, 2e-3}, {footprint * 1024, 16e-3}});
  CHECK(predicted(true) < 4e-3);
  CHECK(predicted(true) > 1e-3);
}
