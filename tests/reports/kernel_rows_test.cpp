// SPDX-License-Identifier: Apache-2.0
// Rows of kernels: every column, sums by name, orders, and what is left out, from invented figures.
#include "reports/tables/kernel_rows.hpp"

#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Names = std::vector<std::string>;

tables::KernelRow invented_kernel(const std::string& name, double macs, double bytes,
                                  double seconds) {
  tables::KernelRow row;
  row.name = name;
  row.what = "kind of " + name;
  row.kernels = 1;
  row.macs = macs;
  row.bytes = bytes;
  row.seconds = seconds;
  row.spread = seconds * 10;
  row.roof_seconds = seconds / 4;
  row.bounds = {"compute"};
  row.figures = {"measured"};
  row.implementations = {"jit " + name};
  return row;
}

// Two of one name, one that failed, one without multiply-adds and one without anything.
std::vector<tables::KernelRow> invented_kernels() {
  std::vector<tables::KernelRow> rows = {invented_kernel("a", 3e6, 2e5, 4e-3),
                                         invented_kernel("b", 1e6, 5e4, 2e-3),
                                         invented_kernel("a", 4e6, 1e5, 1e-3),
                                         invented_kernel("c", 0, 3e5, 3e-3),
                                         {.name = "d"}};
  rows[1].bounds = {"L2 bandwidth"};
  rows[1].figures = {"estimated"};
  rows[1].faults = {"SIGFPE", "hang"};
  rows[2].bounds = {"memory bandwidth", "compute"};
  rows[2].figures = {"estimated", "measured"};
  rows[2].implementations = {"ref", "jit a"};
  rows[3].spread = 0;
  rows[3].roof_seconds = 0;
  return rows;
}

const std::vector<tables::ShownColumn> kAllColumns = {
    {"kind", 9},       {"macs", 8},           {"macs_share"}, {"seconds", 1},
    {"seconds_share"}, {"spread_percent", 2}, {"gflops", 3},  {"intensity", 4},
    {"roof_share", 5}, {"bound", 6},          {"figure", 7},  {"implementation", 10}};

}  // namespace

TEST_CASE("a table of kernels has every figure of a row", "[measure]") {
  const std::vector<tables::KernelRow> rows = invented_kernels();
  tables::KernelRow total = tables::total_of(rows, false);
  total.spread = 0.125;
  CHECK(
      whole_text(tables::kernel_table(rows, total, cost::Grouping::kLayer, kAllColumns)) ==
      R"(layer "layer" text n28; kind "kind" text e9; macs "macs" count e8; macs_share "macs %" percent; seconds "time" seconds e1; seconds_share "time %" percent; spread_percent "± %" percent e2; gflops "GFLOP/s" number e3; intensity "ops/byte" number e4; roof_share "of roof %" percent e5; bound "bound by" text e6 wrap; figure "figure" text e7; implementation "kernel" text e10 cut
| 'a' | 'kind of a' | 3000000 | 37.5 | 0.004 | 40.0 | 4.0 | 1.5 | 30.0 | 25.0 | 'compute' | 'measured' | 'jit a' |
| 'b' | 'kind of b' | 1000000 | 12.5 |  | 20.0 |  |  | 40.0 |  | 'L2 bandwidth' | 'estimated' | 'failed: SIGFPE, hang' |
| 'a' | 'kind of a' | 4000000 | 50.0 | 0.001 | 10.0 | 1.0 | 8.0 | 80.0 | 25.0 | 'compute, memory bandwidth' | 'estimated, measured' | 'ref, jit a' |
| 'c' | 'kind of c' |  |  | 0.003 | 30.0 |  |  |  |  | 'compute' | 'measured' | 'jit c' |
| 'd' | '' |  |  |  |  |  |  |  |  | '' | '' | '' |
= 'total (incomplete)' | '' | 8000000 |  | 0.01 |  | 12.5 | 1.6 | 24.61538462 | 17.5 | '' | 'estimated, measured' | '' |
)");
  const std::vector<tables::KernelRow> sums = tables::sum_by_name(rows);
  CHECK(
      whole_text(tables::kernel_table(sums, tables::total_of(sums, true), cost::Grouping::kKind,
                                      kAllColumns)) ==
      R"(kind "kind" text n28; kernels "kernels" integer e9; macs "macs" count e8; macs_share "macs %" percent; seconds "time" seconds e1; seconds_share "time %" percent; gflops "GFLOP/s" number e3; intensity "ops/byte" number e4; roof_share "of roof %" percent e5; bound "bound by" text e6 wrap; figure "figure" text e7; implementation "kernel" text e10 cut
| 'a' | 2 | 7000000 | 87.5 | 0.005 | 50.0 | 2.8 | 46.66666667 | 25.0 | 'compute, memory bandwidth' | 'estimated, measured' | 'jit a, ref' |
| 'b' | 1 | 1000000 | 12.5 |  | 20.0 |  | 40.0 |  | 'L2 bandwidth' | 'estimated' | 'failed: SIGFPE, hang' |
| 'c' | 1 |  |  | 0.003 | 30.0 |  |  |  | 'compute' | 'measured' | 'jit c' |
| 'd' | 0 |  |  |  |  |  |  |  | '' | '' | '' |
= 'total' | 4 | 8000000 |  | 0.01 |  | 1.6 | 24.61538462 | 17.5 | '' | 'estimated, measured' | '' |
)");
  CHECK(tables::kernel_table({}, {}, cost::Grouping::kStage, {}).columns[0].title == "stage");
  CHECK(tables::kernel_table({}, {}, cost::Grouping::kKind, {}).columns[0].key == "kind");
  CHECK(tables::kernel_table({}, {}, cost::Grouping::kLayer, {}).columns[0].key == "layer");
}

TEST_CASE("kernels of one name are summed, their bounds and implementations once", "[measure]") {
  const std::vector<tables::KernelRow> sums = tables::sum_by_name(invented_kernels());
  REQUIRE(sums.size() == 4);
  CHECK(sums[0].name == "a");
  CHECK(sums[0].kernels == 2);
  CHECK(sums[0].macs == 7e6);
  CHECK(sums[0].bytes == 3e5);
  CHECK(sums[0].seconds == Approx(5e-3));
  CHECK(sums[0].roof_seconds == Approx(1.25e-3));
  CHECK(sums[0].bounds == std::set<std::string>{"compute", "memory bandwidth"});
  CHECK(sums[0].figures == std::set<std::string>{"estimated", "measured"});
  CHECK(sums[0].implementations == Names{"jit a", "ref"});
  CHECK(sums[1].name == "b");
  CHECK(sums[1].faults == Names{"SIGFPE", "hang"});
  CHECK_FALSE(sums[1].ran());
  CHECK(sums[0].ran());
  CHECK_FALSE(sums[3].ran());
  const tables::KernelRow total = tables::total_of(invented_kernels(), true);
  CHECK(total.name == "total");
  CHECK(total.kernels == 4);
  CHECK(total.macs == 8e6);
  CHECK(total.bytes == 6.5e5);
  CHECK(total.seconds == Approx(10e-3));
  CHECK(total.roof_seconds == Approx(1.75e-3));
  CHECK(total.bounds.empty());
  CHECK(total.implementations.empty());
  CHECK(total.faults.empty());
  CHECK(total.figures == std::set<std::string>{"estimated", "measured"});
  CHECK(total.ran());
}

TEST_CASE("kernels sort by any number, in both directions, equal ones in their order",
          "[measure]") {
  using Places = std::vector<std::size_t>;
  const std::vector<tables::KernelRow> rows = invented_kernels();
  const auto order = [&](const std::string& sort, std::size_t top = 0) {
    return tables::order_of_rows(rows, {sort, top});
  };
  CHECK(order("kernels") == Places{0, 1, 2, 3, 4});
  CHECK(order("kernels:asc") == Places{4, 0, 1, 2, 3});
  CHECK(order("macs:asc") == Places{3, 4, 1, 0, 2});
  CHECK(order("macs_share") == Places{2, 0, 1, 3, 4});
  CHECK(order("macs %") == Places{2, 0, 1, 3, 4});
  // A failed kernel has a share of the time but no time.
  CHECK(order("latency") == Places{0, 3, 2, 1, 4});
  CHECK(order("time:desc") == Places{0, 3, 2, 1, 4});
  CHECK(order("seconds_share:asc") == Places{4, 2, 1, 3, 0});
  CHECK(order("spread_percent") == Places{0, 2, 1, 3, 4});
  CHECK(order("gflops") == Places{2, 0, 1, 3, 4});
  CHECK(order("GFLOP/s:asc") == Places{1, 3, 4, 0, 2});
  CHECK(order("intensity") == Places{2, 1, 0, 3, 4});
  CHECK(order("", 5) == Places{0, 3, 2, 1, 4});
  CHECK(order("", 6) == Places{0, 3, 2, 1, 4});
  CHECK(order("", 4) == Places{0, 3, 2, 1});
  CHECK(order("macs:asc", 2) == Places{3, 4});
  CHECK_THROWS_WITH(order("latencies"),
                    "--sort latencies: error: it sorts by kernels, macs, macs_share, time, "
                    "seconds_share, spread_percent, gflops, intensity or roof_share");
  CHECK_THROWS_WITH(order("implementation"), Catch::Matchers::StartsWith("--sort implementation"));
  CHECK_THROWS_WITH(order("time:", 1), "--sort time:: error: write NAME, NAME:asc or NAME:desc");
}

TEST_CASE("kernels that are left out are one row", "[measure]") {
  const std::vector<tables::KernelRow> rows = invented_kernels();
  const auto names = [&](const tables::KernelOrder& order) {
    Names found;
    for (const tables::KernelRow& row : tables::ordered_rows(rows, order))
      found.push_back(row.name);
    return found;
  };
  CHECK(names({"", 0}) == Names{"a", "b", "a", "c", "d"});
  CHECK(names({"time", 5}) == Names{"a", "c", "a", "b", "d"});
  CHECK(names({"macs", 9}) == Names{"a", "a", "b", "c", "d"});
  CHECK(names({"macs", 2}) == Names{"a", "a", "3 others"});
  const std::vector<tables::KernelRow> shown = tables::ordered_rows(rows, {"time", 2});
  REQUIRE(shown.size() == 3);
  CHECK(shown[0].bytes == 2e5);
  CHECK(shown[1].name == "c");
  CHECK(
      whole_text(tables::kernel_table({shown[2]}, {}, cost::Grouping::kLayer, kAllColumns)) ==
      R"(layer "layer" text n28; kind "kind" text e9; macs "macs" count e8; macs_share "macs %" percent; seconds "time" seconds e1; seconds_share "time %" percent; spread_percent "± %" percent e2; gflops "GFLOP/s" number e3; intensity "ops/byte" number e4; roof_share "of roof %" percent e5; bound "bound by" text e6 wrap; figure "figure" text e7; implementation "kernel" text e10 cut
| '3 others' | '' | 5000000 |  |  |  |  |  | 66.66666667 |  | 'L2 bandwidth, compute, memory bandwidth' | 'estimated, measured' | 'failed: SIGFPE, hang' |
= '' | '' |  |  |  |  |  |  |  |  | '' | '' | '' |
)");
}

TEST_CASE("the row of the kernels that are left out names no implementation", "[measure]") {
  std::vector<tables::KernelRow> rows = invented_kernels();
  rows[1].faults.clear();
  const std::vector<tables::KernelRow> shown = tables::ordered_rows(rows, {"macs:asc", 3});
  REQUIRE(shown.size() == 4);
  CHECK(shown[3].name == "2 others");
  CHECK(shown[3].what.empty());
  CHECK(shown[3].implementations.empty());
  // Both of the name a.
  CHECK(shown[3].kernels == 2);
  CHECK(shown[3].macs == 7e6);
  CHECK(shown[3].bytes == 3e5);
  CHECK(shown[3].seconds == Approx(5e-3));
  CHECK(shown[3].roof_seconds == Approx(1.25e-3));
}

TEST_CASE("a kernel's name, class, group and multiply-adds", "[measure]") {
  graph::Network network = network_of(spec_with(
      "- conv: {out: 4, kernel: 3, bias: false}\n- conv: {out: 2, bias: false}\n- relu", "3x5x7"));
  network.batch = 3;
  network.layers[0].name = "stage1.first.conv";
  network.layers[1].name = "stage2.second";
  network.layers[2].name = "last";
  using cost::Grouping;
  const auto group = [&](int id, bool reorder, Grouping grouping) {
    return tables::kernel_group(network, id, reorder, grouping);
  };
  CHECK(group(0, false, Grouping::kLayer) == "stage1.first.conv");
  CHECK(group(0, true, Grouping::kLayer) == "reorder for stage1.first.conv");
  CHECK(group(0, false, Grouping::kKind) == "conv 3x3");
  CHECK(group(1, false, Grouping::kKind) == "conv 1x1");
  CHECK(group(1, true, Grouping::kKind) == "reorder");
  CHECK(group(0, false, Grouping::kStage) == "stage1");
  CHECK(group(1, true, Grouping::kStage) == "stage2");
  CHECK(group(2, false, Grouping::kStage) == "last");
  runner::MeasuredRow row;
  row.main = 1;
  CHECK(tables::kernel_name(network, row) == "stage2.second");
  CHECK(tables::kernel_class(network, row) == "conv 1x1");
  CHECK(tables::kernel_group(network, row, Grouping::kStage) == "stage2");
  row.reorder = true;
  CHECK(tables::kernel_name(network, row) == "reorder for stage2.second");
  CHECK(tables::kernel_class(network, row) == "reorder");
  row.label = latency::RowLabel{"node 7", "no layer"};
  CHECK(tables::kernel_name(network, row) == "node 7");
  CHECK(tables::kernel_class(network, row) == "no layer");
  CHECK(tables::kernel_group(network, row, Grouping::kLayer) == "node 7");
  CHECK(tables::kernel_group(network, row, Grouping::kKind) == "no layer");
  CHECK(tables::kernel_group(network, row, Grouping::kStage) == "no layer");
  // 9 * 3 * 4 and 4 * 2 for each of 35 positions of three images.
  CHECK(tables::kernel_macs(network, {0}) == 3 * 35 * 108);
  CHECK(tables::kernel_macs(network, {0, 1, 2}) == 3 * 35 * (108 + 8));
  CHECK(tables::kernel_macs(network, {}) == 0);
  CHECK(tables::kernel_text("jit", plan::KernelOrigin::kLibrary) == "jit");
  CHECK(tables::kernel_text("ref:any", plan::KernelOrigin::kReference) == "ref:any (reference)");
  CHECK(tables::kernel_text("pad", plan::KernelOrigin::kPlainLoops) == "pad (plain loops)");
}

TEST_CASE("shares of no time at all are 0", "[measure]") {
  CHECK(tables::OriginSeconds().note() ==
        "0.0 % of the time in reference kernels of the library, 0.0 % in plain loops of archcost");
  tables::OriginSeconds seconds;
  seconds.add(plan::KernelOrigin::kReference, 0.5);
  CHECK(contains(seconds.note(), "100.0 % of the time in reference kernels"));
  seconds.add(plan::KernelOrigin::kPlainLoops, 0.25);
  seconds.add(plan::KernelOrigin::kLibrary, 0.75);
  CHECK(
      seconds.note() ==
      "33.3 % of the time in reference kernels of the library, 16.7 % in plain loops of archcost");
}
