// SPDX-License-Identifier: Apache-2.0
// Tables of measured kernels, from invented times: rates, shares, sums.
#include "reports/tables/kernel_tables.hpp"

#include <variant>

#include "reports/tables/kernel_rows.hpp"
#include "reports/writers/writers.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The number in a row's cell; nothing where it is empty.
std::optional<double> number(const document::Table& table, std::size_t row,
                             const std::string& key) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].key != key) continue;
    const document::Cell& cell = table.rows[row][c];
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    return std::nullopt;
  }
  FAIL("no column " + key);
  return std::nullopt;
}

runner::MeasuredRow measured_row(graph::LayerId layer, double seconds, double spread) {
  runner::MeasuredRow row;
  row.layers = {layer};
  row.main = row.value = layer;
  row.implementation = "jit";
  row.seconds = seconds;
  row.spread = spread;
  return row;
}

}  // namespace

TEST_CASE("measured kernels: rates, shares and sums", "[measure]") {
  // 3*3*8*16*256 = 294,912 and 16*4*256 = 16,384 multiply-adds, two images.
  graph::Network network =
      network_of(spec_with("- conv: {out: 16, kernel: 3}\n- conv: {out: 4}\n- relu"));
  network.batch = 2;
  runner::Measurement measurement;
  measurement.rows = {measured_row(0, 3e-4, 0.02), measured_row(1, 1e-4, 0.03)};
  measurement.seconds = measurement.plain_seconds = measurement.fastest_seconds = 4e-4;
  measurement.blocks = 7;
  measurement.passes = 84;
  const document::Document report = tables::measure_report(network, measurement, {});
  const document::Table& table = report.sections[0].table;
  REQUIRE(table.rows.size() == 3);
  CHECK(table.last_is_total);
  CHECK(number(table, 0, "macs") == 589'824);
  CHECK(number(table, 1, "macs") == 32'768);
  CHECK(number(table, 2, "macs") == 622'592);
  CHECK(*number(table, 0, "macs_share") == Approx(100 * 589'824.0 / 622'592));
  CHECK(*number(table, 0, "seconds") == Approx(3e-4));
  CHECK(*number(table, 2, "seconds") == Approx(4e-4));
  CHECK(*number(table, 0, "seconds_share") == Approx(75));
  CHECK(*number(table, 1, "seconds_share") == Approx(25));
  CHECK(*number(table, 0, "spread_percent") == Approx(2));
  // A multiply-add is two operations.
  CHECK(*number(table, 0, "gflops") == Approx(2 * 589'824 / 3e-4 / 1e9));
  CHECK(*number(table, 2, "gflops") == Approx(2 * 622'592 / 4e-4 / 1e9));
  // The total is all of itself.
  CHECK(!number(table, 2, "macs_share"));
  CHECK(!number(table, 2, "seconds_share"));

  tables::MeasureReportOptions by_kind;
  by_kind.grouping = cost::Grouping::kKind;
  const document::Document kinds = tables::measure_report(network, measurement, by_kind);
  REQUIRE(kinds.sections[0].table.rows.size() == 3);
  CHECK(number(kinds.sections[0].table, 0, "kernels") == 1);
  CHECK(number(kinds.sections[0].table, 2, "kernels") == 2);
}

TEST_CASE("a narrow table of measured kernels keeps what bounds them", "[measure]") {
  const graph::Network network =
      network_of(spec_with("- conv: {out: 16, kernel: 3}\n- conv: {out: 4}\n- relu"));
  runner::Measurement measurement;
  measurement.rows = {measured_row(0, 3e-4, 0.02), measured_row(1, 1e-4, 0.03)};
  for (runner::MeasuredRow& row : measurement.rows)
    row.implementation = "jit_1x1:avx512_core_and_more";
  measurement.seconds = measurement.plain_seconds = measurement.fastest_seconds = 4e-4;
  measurement.blocks = 7;
  tables::MeasureReportOptions options;
  options.machine.emplace();
  options.machine->peaks = {{"f32", 1, 100}};
  options.machine->bandwidths = {{"memory", 1, 20, 1e8}};
  options.grouping = cost::Grouping::kKind;
  const std::string kinds =
      writers::write_text(tables::measure_report(network, measurement, options), {80, 80});
  CHECK(contains(kinds, "  of roof %  bound by"));
  CHECK(contains(kinds, "Left out for lack of width: macs, ops/byte, kernel; a wider terminal"));
  options.grouping = cost::Grouping::kLayer;
  CHECK(
      contains(writers::write_text(tables::measure_report(network, measurement, options), {80, 80}),
               "  of roof %  bound by"));
}

TEST_CASE("kernels in an order, the others summed", "[measure]") {
  const auto row = [](const char* name, double macs, double seconds) {
    tables::KernelRow one;
    one.name = name;
    one.kernels = 1;
    one.macs = macs;
    one.seconds = seconds;
    return one;
  };
  const std::vector<tables::KernelRow> rows = {row("a", 10, 3e-4), row("b", 30, 1e-4),
                                               row("c", 20, 5e-4), row("d", 0, 1e-5)};
  using Places = std::vector<std::size_t>;
  CHECK(tables::order_of_rows(rows, {}) == Places{0, 1, 2, 3});
  CHECK(tables::order_of_rows(rows, {"time", 0}) == Places{2, 0, 1, 3});
  CHECK(tables::order_of_rows(rows, {"seconds:asc", 3}) == Places{3, 1, 0});
  CHECK(tables::order_of_rows(rows, {"macs:desc", 0}) == Places{1, 2, 0, 3});
  CHECK(tables::order_of_rows(rows, {"", 1}) == Places{2});
  const std::vector<tables::KernelRow> shown = tables::ordered_rows(rows, {"", 1});
  REQUIRE(shown.size() == 2);
  CHECK(shown[0].name == "c");
  CHECK(shown[1].name == "3 others");
  CHECK(shown[1].kernels == 3);
  CHECK(shown[1].macs == 40);
  CHECK(shown[1].seconds == Approx(4.1e-4));
  CHECK_THROWS_WITH(tables::order_of_rows(rows, {"kind", 0}),
                    "--sort kind: error: it sorts by kernels, macs, macs_share, time, "
                    "seconds_share, spread_percent, gflops, intensity or roof_share");
  CHECK_THROWS_WITH(tables::order_of_rows(rows, {"time:down", 0}),
                    "--sort time:down: error: write NAME, NAME:asc or NAME:desc");
}

TEST_CASE("the share of time outside of the library's optimised code", "[measure]") {
  tables::OriginSeconds seconds;
  seconds.add(plan::KernelOrigin::kLibrary, 6e-3);
  seconds.add(plan::KernelOrigin::kReference, 3e-3);
  seconds.add(plan::KernelOrigin::kPlainLoops, 1e-3);
  CHECK(
      seconds.note() ==
      "30.0 % of the time in reference kernels of the library, 10.0 % in plain loops of archcost");
}
