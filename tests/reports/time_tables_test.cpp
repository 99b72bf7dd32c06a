// SPDX-License-Identifier: Apache-2.0
// Tables of measured and predicted times, whole, from invented times whose results are computed by
// hand.
#include <fmt/core.h>

#include <cmath>

#include "core/text.hpp"
#include "reports/document/json.hpp"
#include "reports/tables/engines_report.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/writers/writers.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

tables::CheckedNetwork checked(const std::string& family, const std::string& name, int threads,
                               double macs, double seconds, double composed, double unseen) {
  tables::CheckedNetwork network;
  network.family = family;
  network.check.network = name;
  network.check.threads = threads;
  network.check.macs = macs;
  network.check.seconds = seconds;
  network.check.composed = composed;
  network.check.unseen = unseen;
  return network;
}

using Rows = std::vector<std::string>;

// The cells of each row, real numbers with five digits.
Rows rows_of(const document::Table& table) {
  Rows rows;
  for (const std::vector<document::Cell>& row : table.rows) {
    std::vector<std::string> cells;
    for (const document::Cell& cell : row) {
      if (const auto* real = std::get_if<double>(&cell))
        cells.push_back(fmt::format("{:.5g}", std::abs(*real) < 1e-9 ? 0 : *real));
      else if (const auto* whole = std::get_if<std::int64_t>(&cell))
        cells.push_back(std::to_string(*whole));
      else if (const auto* text = std::get_if<std::string>(&cell))
        cells.push_back(*text);
      else
        cells.emplace_back();
    }
    rows.push_back(join(cells, " "));
  }
  return rows;
}

Rows keys_of(const document::Table& table) {
  Rows keys;
  for (const document::Column& column : table.columns) keys.push_back(column.key);
  return keys;
}

}  // namespace

TEST_CASE("checks of predictions: errors, and how many are within 5 and 10 %", "[latency]") {
  // Seconds for a multiply-add: 1e-11 and 4e-11, of which 2e-11 is the geometric mean; the network
  // without multiply-adds has none.
  std::vector<tables::CheckedNetwork> networks = {
      checked("a", "one", 1, 1e8, 1e-3, 1.08e-3, 0.5e-3),
      checked("a", "two", 1, 2e8, 8e-3, 8e-3, 0),
      checked("b", "none", 1, 0, 2e-3, 1.5e-3, 2.04e-3),
      checked("b", "pair", 2, 1e8, 1e-3, 0, 1.2e-3),
  };
  networks[0].unfused = 2e-3;
  networks[3].estimated = 0.96e-3;
  const document::Document report = tables::checks_report(networks, "a machine");
  REQUIRE(report.sections.size() == 3);
  CHECK(rows_of(report.sections[0].table) ==
        Rows{"a one 1 100000000 0.001 0.00108 8 0.0005 -50", "a two 1 200000000 0.008 0.008 0  ",
             "b none 1 0 0.002 0.0015 -25 0.00204 2", "b pair 2 100000000 0.001   0.0012 20"});
  // RMSPE, bias, percent within 5 and 10 %, Spearman. Groups are too small for more.
  CHECK(report.sections[1].heading == "1 thread");
  CHECK(rows_of(report.sections[1].table) ==
        Rows{"composed 3 15.155 -5.6667 33.333 66.667 1    ", "unseen 2 35.384 -24 50 50 1    ",
             "sum of unfused layers 1 100 100 0 0 0    ", "linear in macs 2 79.057 25 0 0 1    "});
  CHECK(report.sections[2].heading == "2 threads");
  CHECK(rows_of(report.sections[2].table) ==
        Rows{"composed, estimates where no figure is 1 4 -4 100 100 0    ",
             "unseen 1 20 20 0 0 0    ", "linear in macs 1 0 0 100 100 0    "});
}

TEST_CASE("rank correlations of predictions within families and bands of macs", "[latency]") {
  // Five of family a have 1.0 to 1.9 million, so one band; the fifth of b has twice as many.
  std::vector<tables::CheckedNetwork> networks;
  const double predicted[] = {1, 2, 3, 4, 5, 2, 1, 3, 4};
  for (int k = 0; k < 9; ++k)
    networks.push_back(checked(k < 5 ? "a" : "b", "n" + std::to_string(k), 1,
                               k == 8 ? 2.2e6 : 1.05e6 + 1e5 * k, 1e-3 * (k < 5 ? k + 1 : k - 4),
                               1e-3 * predicted[k], 0));
  const document::Document report = tables::checks_report(networks, "");
  // Families: 1 and 1 - 6 * 2 / (4 * 15). The band of eight: 1 - 8 / (2 * 40.5), with its ties.
  CHECK(rows_of(report.sections[1].table) ==
        Rows{"composed 9 37.268 5.5556 77.778 77.778 0.93103 0.9 0.8 0.90123 0.90123",
             "linear in macs 9 64.71 14.368 22.222 33.333 0.33903 1 1 0.20609 0.20609"});
}

TEST_CASE("engines side by side, by kind and in all", "[engines]") {
  tables::NetworkOnEngines network = {"net", 1000, {}};
  network.engines.push_back({"onednn",
                             "",
                             5e-3,
                             true,
                             {{"conv", 600, 1e-3}, {"linear", 200, 3e-3}, {"conv", 200, 1e-3}}});
  network.engines.push_back(
      {"onnxruntime", "", 6e-3, true, {{"conv", 800, 4e-3}, {"reorder", 0, 2e-3}}});
  network.engines.push_back({"other", "", 1e-3, true, {{"linear", 200, 1e-3}}});
  const document::Table kinds = tables::engine_kinds_table(network);
  CHECK(keys_of(kinds) == Rows{"kind", "macs_share", "onednn_seconds", "onednn_share",
                               "onnxruntime_seconds", "onnxruntime_share", "other_seconds",
                               "other_share", "onnxruntime/onednn", "other/onednn"});
  CHECK(rows_of(kinds) ==
        Rows{"conv 80 0.002 40 0.004 66.667   2 ", "linear 20 0.003 60   0.001 100  0.33333",
             "reorder    0.002 33.333    ", "total  0.005  0.006  0.001  1.2 0.2"});
  CHECK(kinds.last_is_total);
  tables::NetworkOnEngines small = {"small", 10, {}};
  for (const auto& engine : network.engines) small.engines.push_back({engine.engine, "", 1e-3});
  small.engines[1].seconds = 0;
  const document::Table totals = tables::engine_totals_table({network, small});
  CHECK(keys_of(totals) == Rows{"network", "macs", "onednn_seconds", "onnxruntime_seconds",
                                "other_seconds", "onnxruntime/onednn", "other/onednn"});
  CHECK(rows_of(totals) == Rows{"net 1000 0.005 0.006 0.001 1.2 0.2", "small 10 0.001  0.001  1"});
}

TEST_CASE("what is said below a measurement", "[measure]") {
  const graph::Network network = network_of(spec_with("- conv: {out: 4}\n"));
  runner::Measurement m;
  runner::MeasuredRow row;
  row.layers = {0};
  row.implementation = "jit";
  row.seconds = 1e-3;
  m.rows = {row};
  m.seconds = m.fastest_seconds = 1e-3;
  m.plain_seconds = 0.8e-3;
  m.profiled_seconds = 1e-3;
  m.kernel_seconds = 0.9e-3;
  m.blocks = 1;
  m.passes = 12;
  const auto notes = [&] { return tables::measure_report(network, m, {}).sections[0].notes; };
  const std::string profiler =
      " ms; a pass takes 1 ms with it (+25.0 %) and 0.8 ms without, which is the total";
  const std::string origins =
      "0.0 % of the time in reference kernels of the library, 0.0 % in plain loops of archcost";
  const std::string no_roof = "no roof: archcost machine measures what this machine can do";
  CHECK(notes() == Rows{"12 passes in 1 block, caches as in the network; reference layer 0 ms; "
                        "weights 0.00 MiB",
                        "rows are of the engine's profiler: kernels 0.9" + profiler +
                            "; kernels took longer than that, so all rows are scaled to it",
                        origins, no_roof});
  m.blocks = 3;
  m.rejected.interrupted = 2;
  m.kernel_seconds = 0.7e-3;
  CHECK(notes() == Rows{"12 passes in 5 blocks, 3 of them good, caches as in the network; "
                        "reference layer 0 ms ± 0.0 %; weights 0.00 MiB",
                        "rows are of the engine's profiler: kernels 0.7" + profiler, origins,
                        no_roof,
                        "the machine was busy: 2 of 5 blocks are left out: the process was "
                        "interrupted in 2; stop other programs, or try --blocks 10"});
}

TEST_CASE("the change of a layer that only one side has is all of it", "[diff]") {
  const std::string conv = "- conv: {name: first, out: 4, bias: false}\n";
  const graph::Network less = network_of(spec_with(conv, "2x3x5"));
  const graph::Network more = network_of(
      spec_with(conv + "- conv: {name: second, out: 7, kernel: 3, bias: false}\n", "2x3x5"));
  tables::DiffOptions options;
  options.notes = {"a note of the command"};
  const auto diff = [&](const graph::Network& left, const graph::Network& right) {
    return tables::diff_report(left, cost::count(left, {}), right, cost::count(right, {}), options);
  };
  // 4 * 9 * 7 weights, each for 15 positions.
  const document::Document longer = diff(less, more), shorter = diff(more, less);
  CHECK(rows_of(longer.sections[1].table) ==
        Rows{"= 1 equal layer   ", "+ second conv 3x3 252 3780"});
  CHECK(rows_of(shorter.sections[1].table) ==
        Rows{"= 1 equal layer   ", "- second conv 3x3 -252 -3780"});
  CHECK(rows_of(shorter.sections[0].table) ==
        Rows{"params 260 8 -252 0.030769", "weights 260 8 -252 0.030769",
             "macs 3900 120 -3780 0.030769", "activations 165 60 -105 0.36364"});
  CHECK(longer.sections[0].notes.back() == "a note of the command");
}

TEST_CASE("shapes and lists in JSON and in text", "[json]") {
  CHECK(document::to_json(TensorShape{3, 4, 5}, 2).dump() == "[2,3,4,5]");
  CHECK(document::decimal_text(spec::Value(
            spec::List{spec::Value(spec::Number(Rational(1, 4))), spec::Value(spec::Number(3)),
                       spec::Value(spec::Word{"relu"})})) == "[0.25, 3, relu]");
}
