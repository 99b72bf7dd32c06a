// SPDX-License-Identifier: Apache-2.0
// Predictions from kernels that were timed one by one: rows, layouts, estimates, expected errors.
#include <fmt/core.h>

#include <cmath>

#include "latency/latency_predictor.hpp"
#include "plan/step_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const plan::KernelOption kFromPlain{plan::Layout::kPlain, plan::Layout::kLast},
    kInLast{plan::Layout::kLast, plan::Layout::kLast},
    kInBlocks{plan::Layout::kBlocked, plan::Layout::kBlocked},
    kToBlocks{plan::Layout::kLast, plan::Layout::kBlocked},
    kByWinograd{plan::Layout::kLast, plan::Layout::kLast, plan::Method::kWinograd};

/// Kernels and figures of one machine, in memory.
class KernelsDatabase {
 public:
  KernelsDatabase()
      : db(":memory:", latency::LatencyDb::Mode::kWrite),
        machine(db.add_machine({"a CPU", "avx2", "onednn", "2.6.3"})) {}

  /// What the choice of layouts knows.
  void tried(const std::string& problem, const plan::KernelOption& option, double seconds) {
    db.save_choices(machine, {{problem, {{option, {seconds, "tried"}}}}});
  }
  /// What was measured.
  void timed(const std::string& problem, const plan::KernelOption& option, double seconds,
             double reference = 0, double core_latency = 0) {
    latency::LayerFigure figure;
    figure.problem = problem;
    figure.option = option;
    figure.implementation = fmt::format("takes {}", seconds);
    figure.origin = plan::KernelOrigin::kPlainLoops;
    figure.seconds = seconds;
    figure.spread = seconds / 2;
    figure.reference = reference;
    figure.core_latency = core_latency;
    figure.date = "2026-01-01T00:00:00Z";
    db.save_layers(machine, std::vector{figure});
  }
  void both(const std::string& problem, const plan::KernelOption& option, double seconds) {
    tried(problem, option, seconds);
    timed(problem, option, seconds);
  }
  /// A network that was measured as a whole.
  void checked(const std::string& name, double macs, double seconds, double composed, double unseen,
               double core_latency = 0) {
    db.save_check(machine,
                  {name, 1, macs, seconds, 0, 0, composed, unseen, "", "2026-01-01", core_latency});
  }
  latency::LatencyPredictor predictor() const { return {db, machine, 1}; }
  latency::Predicted predict(const graph::Network& network,
                             const latency::PredictOptions& options = {}) const {
    return predictor().predict(network, options);
  }

  latency::LatencyDb db;
  int machine;
};

graph::Network fused_network() {
  return network_of(
      spec_with("- conv: {name: a, out: 16}\n- batch_norm: {name: n}\n- relu: {name: r}\n"
                "- conv: {name: b, out: 24, kernel: 3}\n- softmax: {name: s}\n",
                "8x6x4"));
}

std::vector<std::string> kernel_keys(const graph::Network& network,
                                     plan::Fusion fusion = plan::Fusion::kAll) {
  const plan::StepProblems problems(network, plan::plan_execution(network, fusion), 1);
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < problems.size(); ++i) keys.push_back(problems.key(i));
  return keys;
}

double work_of_problem(const std::string& key) {
  const latency::ProblemSize size = latency::problem_size(*plan::problem_from_text(key));
  return size.macs + 4 * size.elements;
}

}  // namespace

TEST_CASE("a prediction's rows are its kernels and the changes of layout between them",
          "[latency]") {
  const graph::Network network = fused_network();
  const std::vector<std::string> keys = kernel_keys(network);
  REQUIRE(keys.size() == 3);
  KernelsDatabase database;
  database.both(keys[0], kFromPlain, 1e-3);
  database.both(keys[1], kInBlocks, 2e-3);
  database.both(keys[2], kInLast, 4e-3);
  const std::string to_blocks = "reorder 1x16x6x4 1T", to_last = "reorder 1x24x6x4 1T";
  database.both(to_blocks, kToBlocks, 0.25e-3);
  database.both(to_last, {plan::Layout::kBlocked, plan::Layout::kLast}, 0.5e-3);
  const latency::Predicted predicted = database.predict(network);
  struct Row {
    std::vector<graph::LayerId> layers;
    graph::LayerId main, value;
    std::string problem;
    double seconds;
  };
  const std::vector<Row> expected = {{{0, 1, 2}, 0, 2, keys[0], 1e-3},
                                     {{}, 3, 2, to_blocks, 0.25e-3},
                                     {{3}, 3, 3, keys[1], 2e-3},
                                     {{}, 4, 3, to_last, 0.5e-3},
                                     {{4}, 4, 4, keys[2], 4e-3}};
  REQUIRE(predicted.rows.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const latency::PredictedRow& row = predicted.rows[i];
    CHECK(row.layers == expected[i].layers);
    CHECK(row.reorder == expected[i].layers.empty());
    CHECK(row.main == expected[i].main);
    CHECK(row.value == expected[i].value);
    CHECK(row.problem == expected[i].problem);
    CHECK(row.kind == latency::FigureKind::kMeasured);
    CHECK(row.seconds == expected[i].seconds);
    CHECK(row.spread == expected[i].seconds / 2);
    CHECK(row.implementation == fmt::format("takes {}", expected[i].seconds));
    CHECK(row.origin == plan::KernelOrigin::kPlainLoops);
    CHECK(row.option.has_value());
  }
  CHECK(predicted.measured == 5);
  CHECK(predicted.estimated == 0);
  CHECK(predicted.missing == 0);
  CHECK(predicted.seconds == Approx(7.75e-3));
  CHECK(predicted.estimated_seconds == 0);
  CHECK(database.predictor().threads() == 1);
  CHECK(database.predictor().machine().version == "2.6.3");
}

TEST_CASE("a chosen kernel without a figure is missing, estimated, or known in another layout",
          "[latency]") {
  const graph::Network network = fused_network();
  const std::vector<std::string> keys = kernel_keys(network);
  KernelsDatabase database;
  database.both(keys[0], kFromPlain, 1e-3);
  database.tried(keys[1], kInLast, 1e-3);
  database.both(keys[2], kInLast, 4e-3);
  const latency::Predicted missing = database.predict(network);
  CHECK(missing.measured == 2);
  CHECK(missing.missing == 1);
  CHECK(missing.rows[1].kind == latency::FigureKind::kMissing);
  CHECK(missing.rows[1].option == kInLast);
  CHECK(missing.seconds == Approx(5e-3));
  // Nothing similar is known.
  const latency::Predicted still = database.predict(network, {.estimate = true});
  CHECK(still.estimated == 1);  // of a kind that is known, of another group
  const std::string similar = "conv 1x20x5x5 > 1x30x5x5 30 3 3 1 1 1 1 1 w2 w0 f32 1T";
  database.timed(similar, kInBlocks, 3e-3);
  const latency::Predicted estimated = database.predict(network, {.estimate = true});
  const double expected = 3e-3 * work_of_problem(keys[1]) / work_of_problem(similar);
  CHECK(estimated.measured == 2);
  CHECK(estimated.estimated == 1);
  CHECK(estimated.missing == 0);
  CHECK(estimated.rows[1].kind == latency::FigureKind::kEstimated);
  CHECK(estimated.rows[1].seconds == Approx(expected).epsilon(1e-6));
  CHECK(estimated.rows[1].implementation.empty());
  CHECK(estimated.estimated_seconds == Approx(expected).epsilon(1e-6));
  CHECK(estimated.seconds == Approx(5e-3 + expected).epsilon(1e-6));
  // The quickest figure of the same problem in other layouts.
  database.timed(keys[1], kInBlocks, 6e-3);
  database.timed(keys[1], kToBlocks, 2e-3);
  database.timed(keys[1], kByWinograd, 7e-3);
  const latency::Predicted same = database.predict(network, {.estimate = true});
  CHECK(same.rows[1].kind == latency::FigureKind::kEstimated);
  CHECK(same.rows[1].seconds == Approx(2e-3));
  CHECK(same.estimated_seconds == Approx(2e-3));
  CHECK(same.seconds == Approx(7e-3));
}

TEST_CASE("a change of layout without a figure is estimated from others", "[latency]") {
  const graph::Network network = fused_network();
  const std::vector<std::string> keys = kernel_keys(network);
  KernelsDatabase database;
  database.both(keys[0], kFromPlain, 1e-3);
  database.both(keys[1], kInBlocks, 2e-3);
  database.both(keys[2], kInBlocks, 4e-3);
  const latency::Predicted none = database.predict(network, {.estimate = true});
  CHECK(none.missing == 1);
  CHECK(none.measured == 3);
  database.timed("reorder 1x16x12x4 1T", kToBlocks, 3e-3);
  const latency::Predicted half = database.predict(network, {.estimate = true});
  REQUIRE(half.rows.size() == 4);
  CHECK(half.rows[1].reorder);
  CHECK(half.rows[1].seconds == Approx(1.5e-3).epsilon(1e-6));
  CHECK(half.estimated == 1);
}

TEST_CASE("an unseen network is predicted without layouts and figures of its own", "[latency]") {
  const graph::Network network =
      network_of(spec_with("- concat: [[conv: {out: 16}], [conv: {out: 24}]]\n", "8x6x4"));
  const std::vector<std::string> keys = kernel_keys(network);
  REQUIRE(keys.size() == 3);
  KernelsDatabase database;
  for (const std::string& key : keys) database.both(key, kInLast, 1000);
  const std::string concat = "concat 1x20x5x5 1x4x5x5 > 1x24x5x5 f32 1T",
                    conv = "conv 1x20x5x5 > 1x30x5x5 30 1 1 1 1 1 1 1 w2 w0 image f32 1T";
  database.timed(concat, kInBlocks, 1e-3);
  database.timed(conv, kInBlocks, 3e-3);
  const latency::Predicted predicted = database.predict(network, {.unseen = true});
  REQUIRE(predicted.rows.size() == 3);
  CHECK(predicted.estimated == 3);
  CHECK(predicted.measured == 0);
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string& from = i == 2 ? concat : conv;
    const double expected =
        (i == 2 ? 1e-3 : 3e-3) * work_of_problem(keys[i]) / work_of_problem(from);
    CHECK(predicted.rows[i].seconds == Approx(expected).epsilon(1e-6));
    CHECK_FALSE(predicted.rows[i].option);
    sum += expected;
  }
  CHECK(predicted.seconds == Approx(sum).epsilon(1e-6));
  CHECK(predicted.estimated_seconds == Approx(sum).epsilon(1e-6));
}

TEST_CASE("predictions with and without Winograd's algorithm and fusion", "[latency]") {
  const graph::Network network =
      network_of(spec_with("- conv: {out: 8, kernel: 3}\n- relu\n", "8x6x4"));
  const std::string fused = kernel_keys(network).at(0);
  const std::vector<std::string> single = kernel_keys(network, plan::Fusion::kNone);
  REQUIRE(single.size() == 2);
  KernelsDatabase database;
  database.both(fused, kFromPlain, 3e-3);
  database.both(fused, {plan::Layout::kPlain, plan::Layout::kLast, plan::Method::kWinograd}, 1e-3);
  database.both(single[0], kFromPlain, 5e-3);
  database.both(single[1], kInLast, 7e-3);
  CHECK(database.predict(network).seconds == Approx(1e-3));
  CHECK(database.predict(network, {.winograd = false}).seconds == Approx(3e-3));
  const latency::Predicted each = database.predict(network, {.fusion = plan::Fusion::kNone});
  CHECK(each.rows.size() == 2);
  CHECK(each.seconds == Approx(12e-3));
}

TEST_CASE("figures are normalised to the median reference", "[latency]") {
  const graph::Network network = fused_network();
  const std::vector<std::string> keys = kernel_keys(network);
  KernelsDatabase database;
  const std::vector<plan::KernelOption> options = {kFromPlain, kInLast, kInLast};
  const std::vector<double> references = {2e-3, 0, 8e-3};
  for (std::size_t i = 0; i < 3; ++i) {
    database.tried(keys[i], options[i], 1);
    database.timed(keys[i], options[i], 1e-3, references[i]);
  }
  const latency::LatencyPredictor predictor = database.predictor();
  CHECK(predictor.reference() == 2e-3);
  const latency::Predicted predicted = predictor.predict(network, {});
  CHECK(predicted.rows[0].seconds == Approx(1e-3));
  CHECK(predicted.rows[1].seconds == Approx(1e-3));
  CHECK(predicted.rows[2].seconds == Approx(0.25e-3));
}

TEST_CASE("which checks tell the error to expect", "[latency]") {
  KernelsDatabase database;
  CHECK(database.predictor().expected().checks == 0);
  CHECK(database.predictor().expected().networks.empty());
  // Names are in the order of the database; by multiply-adds b is least and c is most.
  database.checked("a", 5e8, 1e-3, 1.1e-3, 0);
  database.checked("b", 1e8, 1e-3, 0.8e-3, 1.5e-3);
  database.checked("c", 9e8, 1e-3, 1.4e-3, 0.7e-3);
  database.checked("d", 7e8, 1e-3, 0, 1.2e-3);     // not composed
  database.checked("e", 2e7, 0, 1e-3, 1e-3);       // no time
  database.checked("f", 3e10, -1e-3, 1e-3, 1e-3);  // no time
  const latency::ExpectedError expected = database.predictor().expected();
  CHECK(expected.checks == 3);
  CHECK(expected.unseen_checks == 3);
  CHECK(expected.networks == std::vector<std::string>{"a", "b", "c"});
  CHECK(expected.least_macs == 1e8);
  CHECK(expected.most_macs == 9e8);
  CHECK(expected.composed == Approx(std::sqrt((0.01 + 0.04 + 0.16) / 3)));
  CHECK(expected.unseen == Approx(std::sqrt((0.25 + 0.09 + 0.04) / 3)));
}

TEST_CASE("checks and figures with a high core-to-core latency tell nothing", "[latency]") {
  KernelsDatabase database;
  database.timed("conv 1x8x4x4 > 1x8x4x4 f32 1T", kInLast, 1e-3, 1e-3, 100e-9);
  database.timed("conv 1x9x4x4 > 1x8x4x4 f32 1T", kInLast, 1e-3, 7e-3, 251e-9);
  database.timed("conv 1x7x4x4 > 1x8x4x4 f32 1T", kInLast, 1e-3, 3e-3, 250e-9);
  database.checked("a", 5e8, 1e-3, 1.1e-3, 1.2e-3, 240e-9);
  database.checked("b", 6e8, 1e-3, 1.9e-3, 1.9e-3, 400e-9);
  database.checked("c", 6e8, 1e-3, 1.9e-3, 1.9e-3, 0);  // not known
  const latency::LatencyPredictor predictor = database.predictor();
  CHECK(predictor.figures() == 2);
  CHECK(predictor.high_core_latency_figures() == 1);
  CHECK(predictor.reference() == Approx(2e-3));
  CHECK(predictor.expected().networks == std::vector<std::string>{"a"});
  CHECK(predictor.expected().composed == Approx(0.1));
  CHECK(predictor.expected().unseen == Approx(0.2));
}

TEST_CASE("of which predictions an error is known", "[latency]") {
  const auto predicted = [](double seconds, double estimated) {
    latency::Predicted one;
    one.seconds = seconds;
    one.estimated_seconds = estimated;
    return one;
  };
  KernelsDatabase composed_only;
  composed_only.checked("a", 1e6, 1e-3, 1.3e-3, 0);
  const latency::LatencyPredictor measured = composed_only.predictor();
  CHECK(measured.error_of(predicted(2e-3, 0)).value() == Approx(0.3));
  CHECK_FALSE(measured.error_of(predicted(2e-3, 1e-3)));
  CHECK_FALSE(measured.error_of(predicted(0, 0)));
  CHECK_FALSE(measured.error_of(predicted(-1, 0)));
  KernelsDatabase unseen_only;
  unseen_only.checked("a", 1e6, 1e-3, 0, 1.3e-3);
  CHECK_FALSE(unseen_only.predictor().error_of(predicted(2e-3, 0)));
  KernelsDatabase with_both;
  with_both.checked("a", 1e6, 1e-3, 1.3e-3, 1.5e-3);
  const latency::LatencyPredictor known = with_both.predictor();
  CHECK(known.error_of(predicted(2e-3, 0)).value() == Approx(0.3));
  CHECK(known.error_of(predicted(2e-3, 2e-3)).value() == Approx(0.5));
  CHECK(known.error_of(predicted(2e-3, 1e-3)).value() == Approx(std::hypot(0.15, 0.25)));
  CHECK(known.error_of(predicted(2, 0.5)).value() == Approx(std::hypot(0.225, 0.125)));
}
