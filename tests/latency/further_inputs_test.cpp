// SPDX-License-Identifier: Apache-2.0
// Predictions of networks with further inputs, whose kernels read nothing.
#include <string_view>

#include "latency/latency_predictor.hpp"
#include "plan/step_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

latency::Predicted predicted_by(const char* engine, bool estimate) {
  const graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 8}\n"
                           "- input: {name: i, channels: 8, height: 6, width: 5}\n"
                           "- relu: {name: r}\n- add: {name: s, from: [a, r]}\n",
                           "8x6x5"));
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  latency::LatencyDb db(":memory:", latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine({"a CPU", "avx2", engine, "2.14"});
  latency::LayerFigure figure;
  figure.problem = problems.key(0);
  figure.option = {plan::Layout::kPlain, plan::Layout::kLast};
  figure.seconds = 1e-3;
  figure.date = "2026-01-01T00:00:00Z";
  db.save_layers(machine, std::vector{figure});
  return latency::LatencyPredictor(db, machine, 1).predict(network, {.estimate = estimate});
}

}  // namespace

TEST_CASE("a network with a further input is predicted as far as there are figures", "[latency]") {
  for (const char* engine : {"tflite", "onednn"}) {
    for (const bool estimate : {false, true}) {
      INFO(engine << (estimate ? ", with estimates" : ""));
      const latency::Predicted predicted = predicted_by(engine, estimate);
      CHECK(predicted.missing > 0);
      const bool onednn = std::string_view(engine) == "onednn";  // a machine without any choices
      CHECK(predicted.measured == (onednn ? 0 : 1));
      CHECK(predicted.seconds == Approx(onednn && !estimate ? 0 : 1e-3));
    }
  }
}
