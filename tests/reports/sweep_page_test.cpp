// SPDX-License-Identifier: Apache-2.0
// Sweeps on pages, from invented costs: which picture is drawn, budgets, colours, names of tables.
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "core/diagnostic.hpp"
#include "reports/pages/page_parts.hpp"
#include "support/catch.hpp"
#include "support/page_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using SweptNames = std::vector<std::string>;

sweep::SweepJob page_sweep_job(const std::string& label, const SweptNames& columns,
                               const SweptNames& vary) {
  sweep::SweepJob job;
  job.label = label;
  job.spec = spec::read_spec_text(
      "net.yaml",
      "name: net\nparams:\n  alpha: {default: 1, symbol: α}\n  beta: {default: 2, min: 1}\n"
      "  act: {default: relu, choices: [relu, tanh]}\n"
      "input: {channels: 3, height: 8, width: 6}\nlayers:\n"
      "  - conv: {name: a, out: 8 * alpha * beta}\n  - activation: {name: b, kind: act}\n",
      ".");
  job.wants.columns = columns;
  job.space = space::sweep_space(job.spec, vary);
  return job;
}

// Each job's points in their order, with these costs.
pages::ReportSweep page_sweep(std::vector<sweep::SweepJob> jobs,
                              const std::vector<std::vector<std::vector<std::int64_t>>>& costs) {
  pages::ReportSweep sweep;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    for (std::size_t p = 0; p < costs[j].size(); ++p)
      sweep.rows.push_back({.job = j, .point = p, .costs = costs[j][p]});
  }
  sweep.laws.resize(jobs.size());
  sweep.jobs = std::move(jobs);
  sweep.summary.points = sweep.summary.rows = sweep.summary.shown = sweep.rows.size();
  return sweep;
}

std::optional<document::Picture> first_picture(const std::vector<document::PagePart>& parts) {
  for (const document::PagePart& part : parts) {
    if (const auto* picture = std::get_if<document::Picture>(&part)) return *picture;
  }
  return {};
}

// The budgets on the map of a sweep between these multiply-adds.
SweptNames map_budgets(std::int64_t low, std::int64_t high) {
  const pages::ReportSweep sweep =
      page_sweep({page_sweep_job("net", {"macs"}, {"alpha=1,2", "beta=1,2"})},
                 {{{(low + high) / 2}, {high}, {low}, {(low + high) / 2}}});
  SweptNames budgets;
  const auto picture = first_picture(pages::sweep_parts(sweep, "s"));
  for (const document::ChartLine& line : picture->chart.lines)
    budgets.push_back(fmt::format("{} {:.10g}", line.title, line.value));
  return budgets;
}

}  // namespace

TEST_CASE("budgets of a sweep's map are round numbers at 40 and 75 % of the decades", "[report]") {
  struct Case {
    std::int64_t low, high;
    SweptNames budgets;
  };
  // Places: low * (high / low)^0.4 and ^0.75.
  for (const Case& each : {
           Case{100, 10'000, {"500 multiply-adds 500", "2K multiply-adds 2000"}},  // 631, 3162
           Case{1'000, 1'000'000, {"20K multiply-adds 20000", "200K multiply-adds 200000"}},
           Case{100'000, 10'000'000, {"500K multiply-adds 500000", "2M multiply-adds 2000000"}},
           // 25.1M and 1.26G
           Case{100'000,
                100'000'000'000'000,
                {"500M multiply-adds 500000000", "500G multiply-adds 5e+11"}},
           Case{1, 1'000'000'000'000, {"50K multiply-adds 50000", "1G multiply-adds 1000000000"}},
           Case{1'000, 2'000, {}},  // 1320 and 1682: 1000 is not inside, nor is 2000
           Case{1'000, 2'001, {"2K multiply-adds 2000"}},
           Case{999, 2'000, {"1K multiply-adds 1000"}},
           Case{1'001, 1'900, {}},
           Case{100, 150, {}},
           Case{94, 142, {"100 multiply-adds 100"}},
           Case{100, 149, {}},
           Case{96, 144, {}},
           Case{450, 800, {"500 multiply-adds 500"}},    // both places give the same
           Case{600, 1'200, {"1K multiply-adds 1000"}},  // 792 and 1009
           Case{0, 1'000, {}},
           Case{7, 7, {}},
       }) {
    CAPTURE(each.low, each.high);
    CHECK(map_budgets(each.low, each.high) == each.budgets);
  }
}

TEST_CASE("a budget is the nearest of 1, 2 and 5 times a power of ten", "[report]") {
  int budgets = 0;
  for (double low = 11; low < 1e6; low *= 1.37) {
    for (const double factor : {1.6, 3.1, 17.0, 230.0}) {
      const auto a = static_cast<std::int64_t>(low), b = static_cast<std::int64_t>(low * factor);
      SweptNames expected;
      for (const double part : {0.4, 0.75}) {
        const double place = static_cast<double>(a) *
                             std::pow(static_cast<double>(b) / static_cast<double>(a), part);
        double power = 1;
        while (power * 10 <= place) power *= 10;
        const double digit = place / power;
        const double value = power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
        if (value <= static_cast<double>(a) || value >= static_cast<double>(b)) continue;
        const std::string text = value >= 1e6   ? fmt::format("{}M", std::llround(value / 1e6))
                                 : value >= 1e3 ? fmt::format("{}K", std::llround(value / 1e3))
                                                : fmt::format("{}", std::llround(value));
        const std::string line = fmt::format("{} multiply-adds {:.10g}", text, value);
        if (expected.empty() || expected.back() != line) expected.push_back(line);
      }
      budgets += static_cast<int>(expected.size());
      CAPTURE(a, b);
      CHECK(map_budgets(a, b) == expected);
    }
  }
  CHECK(budgets > 100);
}

TEST_CASE("a sweep over one parameter has bars of the first three costs", "[report]") {
  const pages::ReportSweep sweep =
      page_sweep({page_sweep_job("net:beta=3", {"macs", "peak_memory", "params", "activations"},
                                 {"alpha=1/2,4/7,2"})},
                 {{{50, 400, 0, 9}, {200, 100, 0, 8}, {160, 200, 0, 7}}});
  CHECK(whole_text(pages::sweep_parts(sweep, "s")[0]) ==
        R"(picture s_costs: Costs of net:beta=3 over alpha, as shares of the largest.
x '% of the largest', y '' decimals 1 unit ' %'
alpha "alpha" text; macs "macs" number; peak_memory "peak memory" number; params "params" number
| 'α = 0.5' | 25.0 | 100.0 | 0.0 |
| 'α = 4/7' | 100.0 | 25.0 | 0.0 |
| 'α = 2' | 80.0 | 50.0 | 0.0 |
)");
}

TEST_CASE("a cost of one multiply-add is all of itself, and has a place on logarithmic axes",
          "[report]") {
  const pages::ReportSweep bars =
      page_sweep({page_sweep_job("net", {"macs"}, {"alpha=1,2"})}, {{{1}, {0}}});
  CHECK(contains(whole_text(pages::sweep_parts(bars, "s")[0]),
                 "| 'α = 1' | 100.0 |\n| 'α = 2' | 0.0 |\n"));
  const sweep::SweepJob job = page_sweep_job("net", {"macs", "params"}, {"alpha=1,2"});
  const pages::ReportSweep cloud = page_sweep({job, job}, {{{1, 1}, {5, 5}}, {{3, 3}, {4, 4}}});
  const auto picture = std::get<document::Picture>(pages::sweep_parts(cloud, "s")[0]);
  CHECK(picture.chart.log_x);
  CHECK(picture.data.rows.size() == 4);
  // Of several networks, the map is of the first one.
  const pages::ReportSweep two =
      page_sweep({page_sweep_job("a", {"macs"}, {"alpha=3,4", "beta=1,2"}),
                  page_sweep_job("b", {"macs"}, {"beta=1,2", "alpha=3,4"})},
                 {{{1}, {5}, {7}, {9}}, {}});
  CHECK(pages::sweep_map(two, "macs", {"m", "A."}, {}).chart.x == "α");
}

TEST_CASE("which picture a sweep has", "[report]") {
  const auto name_of = [](const pages::ReportSweep& sweep) {
    const auto picture = first_picture(pages::sweep_parts(sweep, "p"));
    return !picture ? std::string() : picture->name;
  };
  const auto points = [](std::size_t n, const std::vector<std::int64_t>& costs) {
    return std::vector<std::vector<std::int64_t>>(n, costs);
  };
  const SweptNames both = {"params", "macs"};
  CHECK(name_of(page_sweep({page_sweep_job("a", both, {"alpha=1:24:1"})}, {points(24, {1, 2})})) ==
        "p_costs");
  CHECK(name_of(page_sweep({page_sweep_job("a", both, {"alpha=1:25:1"})}, {points(25, {1, 2})})) ==
        "p_cloud");
  CHECK(name_of(page_sweep({page_sweep_job("a", {"params"}, {"alpha=1:25:1"})},
                           {points(25, {1})})) == "");
  CHECK(name_of(page_sweep({page_sweep_job("a", {"params"}, {"alpha=1,2"})}, {points(2, {1})})) ==
        "p_costs");
  CHECK(name_of(page_sweep({page_sweep_job("a", both, {"alpha=1,2"})}, {{}})) == "");
  CHECK(name_of(page_sweep({page_sweep_job("a", both, {"alpha=1,2", "beta=1,2"})},
                           {points(4, {1, 2})})) == "p_macs");
  CHECK(name_of(page_sweep({page_sweep_job("a", {"params"}, {"alpha=1,2", "beta=1,2"})},
                           {points(4, {1})})) == "");
  CHECK(name_of(page_sweep({page_sweep_job("a", {"macs"}, {"alpha=1,2"}),
                            page_sweep_job("b", {"macs"}, {"alpha=1,2"})},
                           {points(2, {1}), points(2, {1})})) == "");
  CHECK(name_of(page_sweep(
            {page_sweep_job("a", both, {"alpha=1,2"}), page_sweep_job("b", both, {"alpha=1,2"})},
            {points(2, {1, 2}), points(2, {1, 2})})) == "p_cloud");
  CHECK(name_of(page_sweep({page_sweep_job("a", both, {"alpha=1,2", "beta=1,2"}),
                            page_sweep_job("b", both, {"alpha=1,2", "beta=1,2"})},
                           {points(4, {1, 2}), points(4, {1, 2})})) == "p_cloud");
  CHECK(name_of(page_sweep(
            {page_sweep_job("a", both, {"alpha=1,2"}), page_sweep_job("b", both, {"alpha=1,2"})},
            {{}, {}})) == "");
  CHECK(name_of(page_sweep({page_sweep_job("a", both,
                                           {"alpha=1,2", "beta=1,2",
                                            "act"
                                            "=relu,tanh"})},
                           {points(8, {1, 2})})) == "p_cloud");
}

TEST_CASE("the cloud of a sweep of several networks has a colour for each", "[report]") {
  const pages::ReportSweep sweep = page_sweep(
      {page_sweep_job("one", {"params", "macs"}, {"alpha=1/2,1"}),
       page_sweep_job("two", {"params", "macs"}, {"beta=1,3", "alpha=2"})},
      {{{7'000'000, 30'000'000}, {5'000'000, 20'000'000}}, {{2'500'000, 900'000'000}, {4, 8}}});
  auto picture = std::get<document::Picture>(pages::sweep_parts(sweep, "s")[0]);
  CHECK(picture.alt ==
        "Parameters against multiply-adds of 4 points of the sweep, with budgets as lines.");
  picture.alt = "alt";
  CHECK(whole_text(picture) == R"(picture s_cloud: alt
x 'million multiply-adds', y 'million parameters' log x points of s line '10K multiply-adds' 0.01 line '10M multiply-adds' 10
group "" text; label "" text; macs_million "macs_million" number; params_million "params_million" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'one' | 'alpha=0.5' | 30.0 | 7.0 | 0 | 0.0 | 0 |
| 'one' | 'alpha=1' | 20.0 | 5.0 | 0 | 0.0 | 0 |
| 'two' | 'beta=1 alpha=2' | 900.0 | 2.5 | 0 | 0.0 | 0 |
| 'two' | 'beta=3 alpha=2' | 8e-06 | 4e-06 | 0 | 0.0 | 0 |
)");
}

TEST_CASE("the cloud of one network is coloured by a parameter with few values", "[report]") {
  const auto groups = [](const SweptNames& vary, std::size_t points) {
    std::vector<std::vector<std::int64_t>> costs;
    for (std::size_t k = 0; k < points; ++k)
      costs.push_back({static_cast<std::int64_t>(k), static_cast<std::int64_t>(k)});
    const pages::ReportSweep sweep =
        page_sweep({page_sweep_job("net", {"macs", "params"}, vary)}, {costs});
    const auto picture = first_picture(pages::sweep_parts(sweep, "s"));
    std::map<std::string, int> counts;
    for (const auto& row : picture->data.rows) ++counts[std::get<std::string>(row[0])];
    // A cost of 0 has no place on a logarithmic axis, and leaves no room for budgets.
    CHECK_FALSE(picture->chart.log_x);
    CHECK(picture->chart.lines.empty());
    CHECK(picture->alt ==
          fmt::format("Parameters against multiply-adds of {} points of the sweep.", points));
    return counts;
  };
  using Counts = std::map<std::string, int>;
  CHECK(groups({"alpha=1:7:1", "beta=1", "act=relu,tanh"}, 14) ==
        Counts{{"act = relu", 7}, {"act = tanh", 7}});
  CHECK(
      groups({"beta=1:5:1", "alpha=1:6:1", "act=relu"}, 30) ==
      Counts{{"beta = 1", 6}, {"beta = 2", 6}, {"beta = 3", 6}, {"beta = 4", 6}, {"beta = 5", 6}});
  CHECK(groups({"beta=1:8:1", "alpha=1:6:1", "act=relu"}, 48) ==
        Counts{{"α = 1", 8}, {"α = 2", 8}, {"α = 3", 8}, {"α = 4", 8}, {"α = 5", 8}, {"α = 6", 8}});
  CHECK(groups({"beta=1:7:1", "alpha=1:7:1", "act=relu"}, 49) == Counts{{"net", 49}});
}

TEST_CASE("the map of a sweep: the first parameter across, the second up", "[report]") {
  const pages::ReportSweep sweep =
      page_sweep({page_sweep_job("net", {"params", "macs"}, {"alpha=1/2,4/7,1", "beta=1,2"})},
                 {{{1, 110}, {2, 120}, {3, 210}, {4, 220}, {5, 310}}});
  CHECK(whole_text(pages::sweep_parts(sweep, "s")[0]) ==
        R"(picture s_macs: Multiply-adds of net over alpha and beta, with budgets as lines.
x 'α', y 'beta' line '200 multiply-adds' 200
alpha "" text; beta "" text; macs "macs" number; column "column" integer; row "row" integer; text "" text
| '0.5' | '1' | 110.0 | 0 | 0 | '110' |
| 4/7=0.5714285714 | '1' | 210.0 | 1 | 0 | '210' |
| '1' | '1' | 310.0 | 2 | 0 | '310' |
| '0.5' | '2' | 120.0 | 0 | 1 | '120' |
| 4/7=0.5714285714 | '2' | 220.0 | 1 | 1 | '220' |
| '1' | '2' |  | 2 | 1 | '–' |
)");
  CHECK(whole_text(pages::sweep_map(sweep, "params", {"m", "A.", "width", ""}, {{"b", 3}})) ==
        R"(picture m: A.
x 'width', y 'beta' line 'b' 3
alpha "" text; beta "" text; params "params" number; column "column" integer; row "row" integer; text "" text
| '0.5' | '1' | 1.0 | 0 | 0 | '1' |
| 4/7=0.5714285714 | '1' | 3.0 | 1 | 0 | '3' |
| '1' | '1' | 5.0 | 2 | 0 | '5' |
| '0.5' | '2' | 2.0 | 0 | 1 | '2' |
| 4/7=0.5714285714 | '2' | 4.0 | 1 | 1 | '4' |
| '1' | '2' |  | 2 | 1 | '–' |
)");
  CHECK(pages::sweep_map(sweep, "params", {"m", "A.", "", "up"}, {}).chart.x == "α");
  CHECK(pages::sweep_map(sweep, "params", {"m", "A.", "", "up"}, {}).chart.y == "up");
}

TEST_CASE("tables of a sweep: names, accuracies, laws by network", "[report]") {
  pages::ReportSweep one = page_sweep({page_sweep_job("net", {"macs"}, {"alpha=1:25:1"})},
                                      {std::vector<std::vector<std::int64_t>>(25, {3})});
  const std::vector<document::PagePart> parts = pages::sweep_parts(one, "s");
  CHECK(std::get<document::PageTable>(parts.at(0)).folded == "The table of all 25 points");
  const auto names = [](const std::vector<document::PagePart>& of) {
    SweptNames all;
    for (const document::PagePart& part : of) {
      if (const auto* table = std::get_if<document::PageTable>(&part)) {
        all.push_back(table->name);
        for (const document::Column& column : table->table.columns) CHECK(column.key != "");
      }
      if (const auto* heading = std::get_if<document::Subheading>(&part))
        all.push_back("### " + heading->text);
    }
    return all;
  };
  pages::RowAccuracy known;
  known.figure.emplace();
  known.figure->top1 = 70.5;
  known.figure->error = 0.25;
  known.recipe = "paper";
  one.accuracies.assign(25, {});
  one.accuracies[23] = known;
  std::string last_rows = whole_text(pages::sweep_parts(one, "s").at(0));
  last_rows.erase(0, last_rows.find("| '24'"));
  CHECK(last_rows == "| '24' | 3 | 70.5 | 0.25 | 'paper' |\n| '25' | 3 |  |  |  |\n");
  one.laws = {{{"macs", {"alpha"}, {{2, 0.5}}, 1.5, 25}}};
  CHECK(names(pages::sweep_parts(one, "s")) ==
        SweptNames{"s", "### scaling laws of net", "s_laws"});
  pages::ReportSweep two = page_sweep(
      {page_sweep_job("a", {"macs"}, {"alpha=1,2"}), page_sweep_job("b", {"macs"}, {"beta=1,2"})},
      {{{3}, {4}}, {{5}, {6}}});
  two.laws = {one.laws[0], {{"macs", {"beta"}, {{1, 0.5}}, 1.5, 2}}};
  CHECK(names(pages::sweep_parts(two, "s")) ==
        SweptNames{"s", "### scaling laws of a", "s_laws_1", "### scaling laws of b", "s_laws_2"});
}

TEST_CASE("a report's sweep has every point that can be built, with the laws of its costs",
          "[report]") {
  const pages::ReportSweep sweep =
      pages::make_sweep({page_sweep_job("a", {"params", "macs"}, {"alpha=1,1/3,2", "beta=1,4"}),
                         page_sweep_job("b", {"params", "macs"}, {"beta=3,6"})});
  std::string rows;
  for (const tables::SweepRow& row : sweep.rows)
    rows += fmt::format("{}.{}: {} {}\n", row.job, row.point, row.costs[0], row.costs[1]);
  // A 1x1 convolution of 3 channels to 8·α·β at 8x6; 8/3 is no number of channels.
  std::string expected;
  for (const auto& [job, point, channels] : std::vector<std::array<int, 3>>{
           {0, 0, 8}, {0, 1, 32}, {0, 4, 16}, {0, 5, 64}, {1, 0, 24}, {1, 1, 48}})
    expected += fmt::format("{}.{}: {} {}\n", job, point, 3 * channels, 48 * 3 * channels);
  CHECK(rows == expected);
  CHECK(sweep.summary.points == 8);
  CHECK(sweep.summary.rows == 6);
  CHECK(sweep.summary.shown == 6);
  CHECK(sweep.summary.unbuildable == 2);
  REQUIRE(sweep.laws.size() == 2);
  REQUIRE(sweep.laws[0].size() == 2);
  CHECK(sweep.laws[0][1].params == SweptNames{"alpha", "beta"});
  CHECK(sweep.laws[0][1].points == 4);
  CHECK(sweep.laws[0][1].exponents[1].value == Approx(1).epsilon(1e-9));
  CHECK(sweep.laws[1][0].params == SweptNames{"beta"});
}

TEST_CASE("a report holds 10,000 points and no more", "[report]") {
  CHECK(pages::make_sweep({page_sweep_job("a", {"macs"}, {"alpha=1:100:1", "beta=1:100:1"})})
            .rows.size() == 10'000);
  std::string message;
  try {
    pages::make_sweep({page_sweep_job("a", {"macs"}, {"alpha=1:100:1", "beta=1:100:1"}),
                       page_sweep_job("b", {"macs"}, {"alpha=1"})});
  } catch (const Error& error) {
    message = error.what();
  }
  CHECK(message ==
        "error: --sweep: 10,001 points are more than a report can hold (10,000); vary less, or use "
        "'archcost sweep'");
}
