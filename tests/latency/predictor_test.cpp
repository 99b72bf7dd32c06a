// SPDX-License-Identifier: Apache-2.0
// Predictions from a database of invented figures: sums, normalisation and expected errors.
#include <fmt/core.h>

#include <cmath>
#include <variant>

#include "core/statistics.hpp"
#include "latency/latency_predictor.hpp"
#include "plan/step_problem.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "runner/latency_check.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const latency::MachineId kInventedMachine{"a CPU", "avx2", "onednn", "2.6.3"};

/// The network's input is plain; nothing is reordered.
plan::KernelOption option_of(std::size_t step) {
  return {step == 0 ? plan::Layout::kPlain : plan::Layout::kLast, plan::Layout::kLast};
}

graph::Network three_convolutions() {
  return network_of(spec_with(
      "- conv: {out: 16, kernel: 3}\n- conv: {out: 24, kernel: 3}\n- conv: {out: 32, kernel: 5}"));
}

/// The i-th step of a network takes `seconds[i]`, measured while the reference layer took
/// `references[i]`; 0 seconds: it has no figure.
struct InventedDatabase {
  InventedDatabase(const graph::Network& network, const std::vector<double>& seconds,
                   const std::vector<double>& references)
      : db(folder / "latency.db", latency::LatencyDb::Mode::kWrite) {
    machine = db.add_machine(kInventedMachine);
    const plan::StepProblems problems(network, plan::plan_execution(network), 1);
    REQUIRE(problems.size() == seconds.size());
    plan::KernelChoices choices;
    std::vector<latency::LayerFigure> figures;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      if (seconds[i] == 0) continue;
      plan::Trial trial;
      trial.result = plan::TrialResult::kTimed;
      trial.seconds = seconds[i];
      choices[problems.key(i)][option_of(i)] = trial;
      latency::LayerFigure figure;
      figure.problem = problems.key(i);
      figure.option = option_of(i);
      figure.implementation = "jit";
      figure.seconds = seconds[i];
      figure.reference = references[i];
      figure.samples = {seconds[i]};
      figure.date = "2026-01-01T00:00:00Z";
      figures.push_back(figure);
    }
    db.save_choices(machine, choices);
    db.save_layers(machine, figures);
  }

  void check(const std::string& network, double seconds, double composed, double unseen) {
    latency::NetworkCheck check;
    check.network = network;
    check.macs = 1e6;
    check.seconds = seconds;
    check.reference = 1e-3;
    check.composed = composed;
    check.unseen = unseen;
    check.date = "2026-01-01T00:00:00Z";
    db.save_check(machine, check);
  }

  latency::LatencyPredictor predictor() const { return {db, machine, 1}; }

  TestFolder folder;
  latency::LatencyDb db;
  int machine = 0;
};

}  // namespace

TEST_CASE("a prediction is the sum of its kernels, at the usual speed of the machine",
          "[latency]") {
  const graph::Network network = three_convolutions();
  // While the second was measured the machine was at half its usual speed.
  const InventedDatabase database(network, {1e-3, 8e-3, 4e-3}, {1e-3, 2e-3, 1e-3});
  const latency::LatencyPredictor predictor = database.predictor();
  CHECK(predictor.reference() == Approx(1e-3));
  CHECK(predictor.figures() == 3);
  const latency::Predicted predicted = predictor.predict(network, {});
  REQUIRE(predicted.rows.size() >= 3);
  CHECK(predicted.complete());
  CHECK(predicted.measured == 3);
  CHECK(predicted.estimated == 0);
  CHECK(predicted.seconds == Approx(1e-3 + 4e-3 + 4e-3));
  CHECK(predicted.estimated_seconds == 0);
  CHECK(predicted.rows[1].seconds == Approx(4e-3));
}

TEST_CASE("a row without a figure is missing, or estimated and counted as such", "[latency]") {
  const graph::Network network = three_convolutions();
  const InventedDatabase database(network, {1e-3, 0, 4e-3}, {1e-3, 0, 1e-3});
  const latency::LatencyPredictor predictor = database.predictor();
  const latency::Predicted predicted = predictor.predict(network, {});
  CHECK(!predicted.complete());
  CHECK(predicted.missing == 1);
  CHECK(predicted.measured == 2);
  CHECK(predicted.seconds == Approx(5e-3));
}

TEST_CASE("the expected error weighs what is measured and what is estimated", "[latency]") {
  const graph::Network network = three_convolutions();
  InventedDatabase database(network, {1e-3, 2e-3, 3e-3}, {1e-3, 1e-3, 1e-3});
  latency::Predicted half;
  half.seconds = 4e-3;
  half.estimated_seconds = 1e-3;
  CHECK(!database.predictor().error_of(half));  // nothing was checked
  database.check("a", 10e-3, 10.3e-3, 12e-3);   // 3 % and 20 % off
  database.check("b", 10e-3, 9.6e-3, 9e-3);     // 4 % and 10 %
  const latency::LatencyPredictor predictor = database.predictor();
  CHECK(predictor.expected().checks == 2);
  CHECK(predictor.expected().composed == Approx(std::sqrt((0.03 * 0.03 + 0.04 * 0.04) / 2)));
  CHECK(predictor.expected().unseen == Approx(std::sqrt((0.2 * 0.2 + 0.1 * 0.1) / 2)));
  // Three quarters are measured, one quarter is estimated.
  CHECK(*predictor.error_of(half) == Approx(std::hypot(0.75 * predictor.expected().composed,
                                                       0.25 * predictor.expected().unseen)));
  half.estimated_seconds = 0;
  CHECK(*predictor.error_of(half) == Approx(predictor.expected().composed));
}

TEST_CASE("the table of checks: errors, shares within limits, ranks", "[latency]") {
  std::vector<tables::CheckedNetwork> networks;
  // Errors of 0, +4, -6, +9, -12 % and one network without an unseen figure.
  const std::vector<double> errors = {0, 0.04, -0.06, 0.09, -0.12};
  for (std::size_t i = 0; i < errors.size(); ++i) {
    tables::CheckedNetwork network;
    network.family = "family";
    network.check.network = fmt::format("n{}", i);
    network.check.threads = 1;
    network.check.macs = 1e6 * std::pow(4.0, static_cast<double>(i));
    network.check.seconds = 1e-3 * std::pow(3.0, static_cast<double>(i));
    network.check.composed = network.check.seconds * (1 + errors[i]);
    network.check.unseen = i == 0 ? 0 : network.check.seconds * 0.98;
    networks.push_back(network);
  }
  const document::Document report = tables::checks_report(networks, "a machine");
  REQUIRE(report.sections.size() == 2);
  const document::Table& table = report.sections[1].table;
  const auto number = [&](std::size_t row, const std::string& key) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].key != key) continue;
      const document::Cell& cell = table.rows[row][c];
      const auto* whole = std::get_if<std::int64_t>(&cell);
      return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(cell);
    }
    FAIL("no column " + key);
    return 0.0;
  };
  CHECK(number(0, "networks") == 5);
  CHECK(number(0, "rmspe") == Approx(100 * root_mean_square(errors)));
  CHECK(number(0, "bias") == Approx(-1.0));
  CHECK(number(0, "within_5") == Approx(40));   // 0 and 4 %
  CHECK(number(0, "within_10") == Approx(80));  // all but 12 %
  CHECK(number(0, "spearman") == Approx(1));
  CHECK(number(1, "networks") == 4);
  CHECK(number(1, "rmspe") == Approx(2));
  CHECK(number(1, "bias") == Approx(-2));
  CHECK(number(1, "within_5") == Approx(100));
}

TEST_CASE("a check's predictions are brought to the check's reference", "[latency]") {
  const graph::Network network = three_convolutions();
  const InventedDatabase database(network, {1e-3, 2e-3, 4e-3}, {1e-3, 1e-3, 1e-3});
  latency::NetworkCheck check;
  check.reference = 3e-3;  // the machine was at a third of its usual speed
  const runner::OtherPredictions others =
      runner::predict_check(check, network, database.predictor(), true);
  CHECK(check.composed == Approx(3 * 7e-3));
  CHECK(others.estimated == Approx(3 * 7e-3));
  check.reference = 0;  // not known
  runner::predict_check(check, network, database.predictor(), true);
  CHECK(check.composed == Approx(7e-3));
  const InventedDatabase some(network, {1e-3, 0, 4e-3}, {1e-3, 0, 1e-3});
  const runner::OtherPredictions of_some =
      runner::predict_check(check, network, some.predictor(), true);
  CHECK(check.composed == 0);
  CHECK(of_some.estimated > 5e-3);
  CHECK(check.unseen == 0);  // of three convolutions of its own nothing is left
}

TEST_CASE("an estimate is a row's, and its time is counted apart", "[latency]") {
  const graph::Network network = three_convolutions();
  const InventedDatabase database(network, {1e-3, 0, 4e-3}, {1e-3, 0, 1e-3});
  const latency::Predicted predicted = database.predictor().predict(network, {.estimate = true});
  CHECK(predicted.complete());
  CHECK(predicted.measured == 2);
  CHECK(predicted.estimated == 1);
  CHECK(predicted.rows[1].kind == latency::FigureKind::kEstimated);
  CHECK(predicted.estimated_seconds == predicted.rows[1].seconds);
  CHECK(predicted.seconds == Approx(5e-3 + predicted.estimated_seconds));
  CHECK(std::string(latency::name_of(latency::FigureKind::kMeasured)) == "measured");
  CHECK(std::string(latency::name_of(latency::FigureKind::kEstimated)) == "estimated");
  CHECK(std::string(latency::name_of(latency::FigureKind::kMissing)) == "missing");
}
