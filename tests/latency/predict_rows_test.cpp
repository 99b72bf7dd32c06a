// SPDX-License-Identifier: Apache-2.0
// Predictions for engines whose kernels were timed in whole networks, from invented figures.
#include <fmt/core.h>

#include "latency/latency_predictor.hpp"
#include "plan/run_order.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

constexpr plan::Layout kRowsPlain = plan::Layout::kPlain, kRowsLast = plan::Layout::kLast,
                       kRowsBlocked = plan::Layout::kBlocked;
const plan::KernelOption kFirstRow{kRowsPlain, kRowsLast}, kInnerRow{kRowsLast, kRowsLast};

/// A sum whose second operand is computed first: kernels are a and r, right, left and sum, last.
/// No two of its kernels are of one group.
graph::Network residual_of(int channels, const std::string& input) {
  return network_of(
      spec_with(fmt::format("- conv: {{name: a, out: {0}}}\n- relu: {{name: r}}\n"
                            "- conv: {{name: left, out: {0}, kernel: 3}}\n"
                            "- conv: {{name: right, out: {0}, kernel: [1, 5], from: r}}\n"
                            "- add: {{name: sum, from: [left, right]}}\n"
                            "- conv: {{name: last, out: {1}}}\n",
                            channels, channels + 8),
                input));
}

graph::Network wanted_network() { return residual_of(16, "8x6x4"); }

/// The keys of its kernels, fused or layer by layer.
std::vector<std::string> row_keys(const graph::Network& network, bool fused = true) {
  const plan::OrderedNetwork ordered = plan::in_run_order(network);
  const plan::StepProblems problems(
      ordered.network,
      plan::plan_execution(ordered.network, [&](const plan::Step&) { return fused; }), 1);
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < problems.size(); ++i) keys.push_back(problems.key(i));
  return keys;
}

/// In memory.
class RowsDatabase {
 public:
  RowsDatabase()
      : db_(":memory:", latency::LatencyDb::Mode::kWrite),
        machine_(db_.add_machine({"a CPU", "avx2", "tflite", "2.14"})) {}

  void add(const std::string& problem, const plan::KernelOption& option, double seconds,
           double reference = 0) {
    latency::LayerFigure figure;
    figure.problem = problem;
    figure.option = option;
    figure.implementation = fmt::format("takes {}", seconds);
    figure.seconds = seconds;
    figure.spread = seconds / 2;
    figure.reference = reference;
    figure.date = "2026-01-01T00:00:00Z";
    db_.save_layers(machine_, std::vector{figure});
  }
  /// One figure for each kernel; 0: none.
  void add_kernels(const std::vector<std::string>& keys, const std::vector<double>& seconds) {
    REQUIRE(keys.size() == seconds.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (seconds[i] > 0) add(keys[i], i == 0 ? kFirstRow : kInnerRow, seconds[i]);
    }
  }
  latency::Predicted predict(const graph::Network& network,
                             const latency::PredictOptions& options = {}) const {
    return latency::LatencyPredictor(db_, machine_, 1).predict(network, options);
  }

 private:
  latency::LatencyDb db_;
  int machine_;
};

/// "a+r: a > r", "reorder: left > input": layers, main layer and value of a row.
std::string predicted_text(const graph::Network& network, const latency::PredictedRow& row) {
  const auto name = [&](graph::LayerId id) {
    return id == graph::kNetworkInput ? "input" : network.layers[id].name;
  };
  std::string text = row.reorder ? "reorder" : "";
  for (const graph::LayerId id : row.layers) text += (text.empty() ? "" : "+") + name(id);
  return text + ": " + name(row.main) + " > " + name(row.value);
}

std::vector<std::string> predicted_texts(const graph::Network& network,
                                         const latency::Predicted& predicted) {
  std::vector<std::string> rows;
  for (const latency::PredictedRow& row : predicted.rows)
    rows.push_back(row.label ? row.label->name : predicted_text(network, row));
  return rows;
}

/// What a kernel's time is in proportion to.
double work_of_key(const std::string& key) {
  const latency::ProblemSize size = latency::problem_size(*plan::problem_from_text(key));
  return size.macs + 4 * size.elements;
}

const std::vector<std::string> kFusedRows = {"a+r: a > r", "right: right > right",
                                             "left+sum: left > sum", "last: last > last"};

}  // namespace

TEST_CASE("an engine's prediction is the sum of its fused kernels", "[latency]") {
  const graph::Network network = wanted_network();
  const std::vector<std::string> keys = row_keys(network);
  RowsDatabase database;
  database.add_kernels(keys, {1e-3, 2e-3, 4e-3, 8e-3});
  const latency::Predicted predicted = database.predict(network);
  CHECK(predicted_texts(network, predicted) == kFusedRows);
  double seconds = 1e-3;
  for (std::size_t i = 0; i < predicted.rows.size(); ++i, seconds *= 2) {
    const latency::PredictedRow& row = predicted.rows[i];
    CHECK(row.kind == latency::FigureKind::kMeasured);
    CHECK(row.seconds == Approx(seconds));
    CHECK(row.spread == Approx(seconds / 2));
    CHECK(row.implementation == fmt::format("takes {}", seconds));
    CHECK(row.problem == keys[i]);
    CHECK(row.option == (i == 0 ? kFirstRow : kInnerRow));
  }
  CHECK(predicted.seconds == Approx(15e-3));
  CHECK(predicted.estimated_seconds == 0);
  CHECK(predicted.measured == 4);
  CHECK(predicted.estimated == 0);
  CHECK(predicted.missing == 0);
}

TEST_CASE("of an engine's kernels for a problem the quickest one counts", "[latency]") {
  const graph::Network network = wanted_network();
  const std::vector<std::string> keys = row_keys(network);
  RowsDatabase database;
  database.add_kernels(keys, {1e-3, 2e-3, 4e-3, 8e-3});
  const plan::KernelOption second{kRowsLast, kRowsLast, plan::Method::kPrimitive, 1},
      third{kRowsLast, kRowsLast, plan::Method::kPrimitive, 2};
  database.add(keys[3], second, 5e-3);
  database.add(keys[3], third, 6e-3);
  database.add(keys[1], second, 3e-3);
  const latency::Predicted predicted = database.predict(network);
  CHECK(predicted.rows[3].option == second);
  CHECK(predicted.rows[3].seconds == Approx(5e-3));
  CHECK(predicted.rows[1].option == kInnerRow);
  CHECK(predicted.seconds == Approx(12e-3));
}

TEST_CASE("without fusion an engine runs every layer by itself", "[latency]") {
  const graph::Network network = wanted_network();
  RowsDatabase database;
  database.add_kernels(row_keys(network), {9, 9, 9, 9});
  database.add_kernels(row_keys(network, false), {1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 0});
  const latency::Predicted predicted = database.predict(network, {.fusion = plan::Fusion::kNone});
  CHECK(predicted_texts(network, predicted) ==
        std::vector<std::string>{"a: a > a", "r: r > r", "right: right > right",
                                 "left: left > left", "sum: sum > sum", "last: last > last"});
  // The last one is the same fused or not, as is the right one, whose figure was there before.
  CHECK(predicted.seconds == Approx(1e-3 + 2e-3 + 9 + 4e-3 + 5e-3 + 9));
}

TEST_CASE("a kernel without a figure is missing", "[latency]") {
  const graph::Network network = wanted_network();
  const std::vector<std::string> keys = row_keys(network);
  RowsDatabase database;
  database.add_kernels(keys, {1e-3, 2e-3, 4e-3, 0});
  database.add("conv 1x16x9x9 > 1x40x9x9 40 1 1 1 1 1 1 1 w2 w0 f32 1T", kInnerRow, 1e-3);
  const latency::Predicted predicted = database.predict(network);
  CHECK(predicted_texts(network, predicted) == kFusedRows);
  CHECK(predicted.rows[3].kind == latency::FigureKind::kMissing);
  CHECK(predicted.rows[3].seconds == 0);
  CHECK(predicted.rows[3].problem == keys[3]);
  CHECK_FALSE(predicted.rows[3].option);
  CHECK(predicted.missing == 1);
  CHECK(predicted.measured == 3);
  CHECK(predicted.estimated == 0);
  CHECK(predicted.seconds == Approx(7e-3));
}

TEST_CASE("a kernel without a figure is estimated from similar ones", "[latency]") {
  const graph::Network network = wanted_network();
  const std::vector<std::string> keys = row_keys(network);
  const std::string similar = "conv 1x16x9x9 > 1x40x9x9 40 1 1 1 1 1 1 1 w2 w0 f32 1T";
  RowsDatabase database;
  database.add_kernels(keys, {1e-3, 2e-3, 4e-3, 0});
  database.add(similar, kInnerRow, 1e-3);
  const latency::Predicted predicted = database.predict(network, {.estimate = true});
  const double estimated = 1e-3 * work_of_key(keys[3]) / work_of_key(similar);
  const latency::PredictedRow& row = predicted.rows.at(3);
  CHECK(row.kind == latency::FigureKind::kEstimated);
  CHECK(row.seconds == Approx(estimated).epsilon(1e-6));
  CHECK(row.option == kInnerRow);
  CHECK(row.spread == 0);
  CHECK(row.implementation.empty());
  CHECK(predicted.measured == 3);
  CHECK(predicted.estimated == 1);
  CHECK(predicted.missing == 0);
  CHECK(predicted.estimated_seconds == Approx(estimated).epsilon(1e-6));
  CHECK(predicted.seconds == Approx(7e-3 + estimated).epsilon(1e-6));
}

TEST_CASE("a kernel with a figure isn't estimated in other layouts", "[latency]") {
  const graph::Network network = wanted_network();
  const std::vector<std::string> keys = row_keys(network);
  RowsDatabase database;
  database.add_kernels(keys, {1e-3, 2e-3, 4e-3, 8e-3});
  const plan::KernelOption second{kRowsLast, kRowsLast, plan::Method::kPrimitive, 1};
  database.add("conv 1x16x9x9 > 1x40x9x9 40 1 1 1 1 1 1 1 w2 w0 f32 1T", second, 1e-6);
  const latency::Predicted predicted = database.predict(network, {.estimate = true});
  CHECK(predicted.rows.at(3).kind == latency::FigureKind::kMeasured);
  CHECK(predicted.rows.at(3).option == kInnerRow);
  CHECK(predicted.seconds == Approx(15e-3));
}

TEST_CASE("an unseen network's kernels are no figures for each other", "[latency]") {
  const graph::Network network =
      network_of(spec_with("- concat: [[conv: {out: 16}], [conv: {out: 24}]]\n", "8x6x4"));
  const std::vector<std::string> keys = row_keys(network);
  REQUIRE(keys.size() == 3);
  const std::string similar = "conv 1x8x9x9 > 1x40x9x9 40 1 1 1 1 1 1 1 w2 w0 image f32 1T",
                    concat = "concat 1x20x5x5 1x4x5x5 > 1x24x5x5 f32 1T";
  RowsDatabase database;
  const plan::KernelOption second{kRowsPlain, kRowsLast, plan::Method::kPrimitive, 1};
  for (const std::string& key : keys) database.add(key, second, 1e-9);
  database.add(similar, kFirstRow, 3e-3);
  database.add(concat, kInnerRow, 1e-3);
  const latency::Predicted predicted = database.predict(network, {.unseen = true});
  REQUIRE(predicted.rows.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(predicted.rows[i].option == kFirstRow);
    CHECK(predicted.rows[i].seconds ==
          Approx(3e-3 * work_of_key(keys[i]) / work_of_key(similar)).epsilon(1e-6));
  }
}

TEST_CASE("an unseen network is estimated without any figure of its own kernels", "[latency]") {
  const graph::Network network = wanted_network(), other = residual_of(20, "5x7x3");
  const std::vector<std::string> keys = row_keys(network), others = row_keys(other);
  RowsDatabase database;
  database.add_kernels(keys, {1000, 2000, 3000, 4000});
  database.add_kernels(others, {1e-3, 2e-3, 4e-3, 8e-3});
  const latency::Predicted predicted = database.predict(network, {.unseen = true});
  CHECK(predicted_texts(network, predicted) == kFusedRows);
  double sum = 0, seconds = 1e-3;
  for (std::size_t i = 0; i < keys.size(); ++i, seconds *= 2) {
    const double expected = seconds * work_of_key(keys[i]) / work_of_key(others[i]);
    CHECK(predicted.rows[i].kind == latency::FigureKind::kEstimated);
    CHECK(predicted.rows[i].seconds == Approx(expected).epsilon(1e-6));
    sum += expected;
  }
  CHECK(predicted.measured == 0);
  CHECK(predicted.estimated == 4);
  CHECK(predicted.seconds == Approx(sum).epsilon(1e-6));
  CHECK(predicted.estimated_seconds == Approx(sum).epsilon(1e-6));
  // Seen, it is what was measured.
  CHECK(database.predict(network, {.estimate = true}).seconds == Approx(10000));
}

TEST_CASE("changes of layout are kernels where the engine's profiles name any", "[latency]") {
  const graph::Network network = wanted_network();
  const std::vector<std::string> keys = row_keys(network);
  RowsDatabase database;
  for (std::size_t i = 0; i < keys.size(); ++i) database.add(keys[i], kInnerRow, 1e-3);
  // None is named: the kernels contain them.
  const latency::Predicted within = database.predict(network);
  CHECK(predicted_texts(network, within) == kFusedRows);
  CHECK(within.complete());
  CHECK(within.seconds == Approx(4e-3));
  // Of another size.
  database.add("reorder 1x10x6x4 1T", kFirstRow, 0.5e-3);
  const latency::Predicted missing = database.predict(network);
  std::vector<std::string> rows = {"reorder: a > input"};
  rows.insert(rows.end(), kFusedRows.begin(), kFusedRows.end());
  CHECK(predicted_texts(network, missing) == rows);
  CHECK(missing.missing == 1);
  CHECK(missing.rows[0].option == kFirstRow);
  const latency::Predicted estimated = database.predict(network, {.estimate = true});
  CHECK(predicted_texts(network, estimated) == rows);
  CHECK(estimated.estimated == 1);
  CHECK(estimated.rows[0].problem == "reorder 1x8x6x4 1T");
  CHECK(estimated.rows[0].seconds == Approx(0.4e-3).epsilon(1e-6));
  database.add("reorder 1x8x6x4 1T", kFirstRow, 0.25e-3);
  const latency::Predicted measured = database.predict(network);
  CHECK(measured.measured == 5);
  CHECK(measured.rows[0].kind == latency::FigureKind::kMeasured);
  CHECK(measured.seconds == Approx(4.25e-3));
}

TEST_CASE("a change of layout in one direction is estimated beside a measured other one",
          "[latency]") {
  const graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 16}\n- conv: {name: b, out: 16, kernel: 3}\n"
                           "- conv: {name: c, out: 16, kernel: [1, 3]}\n",
                           "8x6x4"));
  const std::vector<std::string> keys = row_keys(network);
  RowsDatabase database;
  database.add(keys[0], {kRowsPlain, kRowsLast}, 1e-3);
  database.add(keys[1], {kRowsBlocked, kRowsBlocked}, 2e-3);
  database.add(keys[2], {kRowsLast, kRowsLast}, 4e-3);
  // Of the same size in one direction, twice as large in the other one.
  database.add("reorder 1x16x6x4 1T", {kRowsLast, kRowsBlocked}, 0.1e-3);
  database.add("reorder 1x32x6x4 1T", {kRowsBlocked, kRowsLast}, 0.6e-3);
  database.add("reorder 1x32x6x4 1T", {kRowsLast, kRowsBlocked}, 90);
  const latency::Predicted predicted = database.predict(network, {.estimate = true});
  CHECK(predicted_texts(network, predicted) ==
        std::vector<std::string>{"a: a > a", "reorder: b > a", "b: b > b", "reorder: c > b",
                                 "c: c > c"});
  CHECK(predicted.rows[1].kind == latency::FigureKind::kMeasured);
  CHECK(predicted.rows[1].seconds == Approx(0.1e-3));
  CHECK(predicted.rows[3].kind == latency::FigureKind::kEstimated);
  CHECK(predicted.rows[3].seconds == Approx(0.3e-3).epsilon(1e-6));
  CHECK(predicted.measured == 4);
  CHECK(predicted.estimated == 1);
  CHECK(predicted.seconds == Approx(7.4e-3).epsilon(1e-6));
  // Without estimates it is missing.
  const latency::Predicted known = database.predict(network);
  CHECK(known.missing == 1);
  CHECK(known.seconds == Approx(7.1e-3));
}

TEST_CASE("the time between kernels follows from how many kernels there are", "[latency]") {
  const graph::Network network = wanted_network();
  RowsDatabase database;
  database.add("remainder 3 3f2a1b4c9d3e7f01 f32 1T", {}, 1e-3);
  database.add("remainder 7 3f2a1b4c9d3e7f02 f32 1T", {}, 3e-3);
  // Of a network of which nothing is known, no row.
  const latency::Predicted unknown = database.predict(network);
  CHECK(unknown.rows.size() == 6);
  CHECK(unknown.missing == 6);
  CHECK(unknown.measured == 0);
  CHECK(unknown.seconds == 0);
  const std::vector<std::string> others = row_keys(residual_of(20, "5x7x3"));
  database.add_kernels(others, {1e-3, 2e-3, 4e-3, 8e-3});
  // Four kernels.
  const latency::Predicted estimated = database.predict(network, {.unseen = true});
  REQUIRE(estimated.rows.size() == 5);
  CHECK(estimated.rows[4].seconds == Approx(1.5e-3));
  CHECK(estimated.measured == 1);
  CHECK(estimated.estimated == 4);
  // As many measured as estimated.
  database.add_kernels(row_keys(network), {1e-3, 2e-3, 0, 0});
  const latency::Predicted half = database.predict(network, {.estimate = true});
  CHECK(half.measured == 3);
  CHECK(half.estimated == 2);
  CHECK(half.rows.size() == 5);
  database.add_kernels(row_keys(network), {1e-3, 2e-3, 4e-3, 8e-3});
  const latency::Predicted measured = database.predict(network);
  std::vector<std::string> rows = kFusedRows;
  rows.push_back("between kernels");
  CHECK(predicted_texts(network, measured) == rows);
  CHECK(measured.rows[4].kind == latency::FigureKind::kMeasured);
  CHECK(measured.rows[4].seconds == Approx(1.5e-3));
  CHECK(measured.rows[4].layers.empty());
  CHECK_FALSE(measured.rows[4].reorder);
  CHECK(measured.measured == 5);
  CHECK(measured.seconds == Approx(16.5e-3));
}

TEST_CASE("an engine's figures are brought to the usual speed of the machine", "[latency]") {
  const graph::Network network = wanted_network();
  const std::vector<std::string> keys = row_keys(network);
  RowsDatabase database;
  database.add(keys[0], kFirstRow, 1e-3, 1e-3);
  database.add(keys[1], kInnerRow, 2e-3, 2e-3);  // at half the speed
  database.add(keys[2], kInnerRow, 4e-3, 1e-3);
  database.add(keys[3], kInnerRow, 8e-3, 0);  // not known
  database.add("remainder 4 3f2a1b4c9d3e7f01 f32 1T", {}, 6e-3, 2e-3);
  const latency::Predicted predicted = database.predict(network);
  std::vector<double> seconds;
  for (const latency::PredictedRow& row : predicted.rows) seconds.push_back(1e3 * row.seconds);
  REQUIRE(seconds.size() == 5);
  const std::vector<double> expected = {1, 1, 4, 8, 3};
  for (std::size_t i = 0; i < 5; ++i) CHECK(seconds[i] == Approx(expected[i]));
}
