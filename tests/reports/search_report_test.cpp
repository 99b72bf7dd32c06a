// SPDX-License-Identifier: Apache-2.0
// What a search says of invented results: counts, shares, the nearest design of a limit.
#include "reports/tables/search_report.hpp"

#include <fmt/core.h>

#include <variant>

#include "search/methods/plan.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
using methods::Design;

namespace {

using Lines = std::vector<std::string>;

methods::SearchPlan invented_plan(const Lines& limits, const Lines& minimized = {"macs"}) {
  std::vector<methods::OpenedSpec> specs;
  const std::string text =
      "name: two\nparams: {alpha: {default: 1, symbol: α, sweep: [0.25, 0.5, 1]}}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers: [conv: {out: round(8 * alpha)}]\n";
  specs.push_back({"two", spec::read_spec_text("two.yaml", text, "."), {}});
  methods::SearchPlan plan =
      methods::plan_search({.limits = limits, .minimize = minimized}, std::move(specs));
  plan.notes.clear();
  return plan;
}

Design design_at(std::size_t at, std::vector<double> values, std::vector<double> missed = {}) {
  Design design;
  design.at = {at};
  design.key = design.values = std::move(values);
  design.errors.resize(design.values.size(), 0.0);
  design.missed = std::move(missed);
  return design;
}

std::string text_of(const document::Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
  return "-";
}

}  // namespace

TEST_CASE("what a search looked at, in words", "[report]") {
  const methods::SearchPlan plan = invented_plan({"params <= 30", "macs <= 2K"});
  methods::SearchResult result;
  result.space = 5000;
  result.tally.points = 4321;
  result.tally.outside = 21;
  result.tally.unbuildable = 300;
  result.tally.unanswered = 6;
  result.tally.unanswered_why = {{"a", 1}, {"b", 3}, {"c", 2}};
  result.tally.without_figure = 11;
  result.tally.without_figure_why = {
      {"d of a: 1", 1}, {"d of b: 2", 2}, {"d of b: 3", 1}, {"f", 3}, {"g", 4}};
  result.tally.feasible = 1234;
  result.tally.infeasible = 2750;
  result.tally.limits = {{2000, 0, {}}, {751, 0, {}}};
  CHECK(tables::tally_lines(plan, result) ==
        Lines{"21 of 4,321 don't meet the conditions of the space.", "300 of 4,321 can't be built.",
              "6 of 4,321 were left out, because a condition has no answer: 3: b; 2: c; 1: "
              "a.",
              "11 of 4,321 have no figure for an objective or limit: 4: g; 3: f; 4: 3 other "
              "reasons (d of b, a).",
              "1,234 of 3,984 fit; params <= 30 rules out 2,000, macs <= 2K rules out 751."});
  CHECK(tables::request_text(plan) == "minimize macs under params <= 30 and macs <= 2K");
  result.method = methods::SearchMethod::kChain;
  CHECK(tables::tally_lines(plan, result).size() == 4);
}

TEST_CASE("where no design fits, the nearest of each limit is named", "[report]") {
  const methods::SearchPlan plan = invented_plan({"params <= 30", "macs <= 2K"});
  methods::SearchResult result;
  result.tally.points = result.tally.infeasible = 3;
  // Quantities: macs, then params.
  result.tally.limits = {{3, 0.12345, {1536, 24}}, {3, 0.5, {3000, 100'001}}};
  CHECK(tables::tally_lines(plan, result) ==
        Lines{"params <= 30 binds: the nearest misses it by 12.3 % (params 24).",
              "macs <= 2K binds: the nearest misses it by 50 % (macs 3,000)."});
  result.tally.limits[0].least_missed = 0;
  CHECK(tables::tally_lines(plan, result) ==
        Lines{"macs <= 2K binds: the nearest misses it by 50 % (macs 3,000)."});
  result.tally.limits[1].nearest.clear();
  CHECK(tables::tally_lines(plan, result) ==
        Lines{"Each limit can be met by some design, all together by none."});
  CHECK(tables::tally_lines(invented_plan({}), result).empty());
}

TEST_CASE("how far a method came", "[report]") {
  const methods::SearchPlan one = invented_plan({}), two = invented_plan({}, {"macs", "params"});
  methods::SearchResult result;
  result.space = 12'345;
  result.tally.points = 1000;
  CHECK(tables::method_lines(one, result) == Lines{"1,000 candidates, all evaluated."});
  result.designs = {design_at(0, {1, 2})};
  CHECK(tables::method_lines(one, result) ==
        Lines{"1,000 candidates, all evaluated: the order is exact."});
  CHECK(tables::method_lines(two, result) ==
        Lines{"1,000 candidates, all evaluated: the front is exact."});
  result.tally.without_figure = 979;
  result.tally.feasible = 20;
  result.tally.infeasible = 1;
  CHECK(tables::method_lines(one, result) ==
        Lines{"1,000 candidates, all evaluated: the order of the 21 with figures is exact."});
  result.tally.feasible = 0;
  CHECK(tables::method_lines(two, result) ==
        Lines{"1,000 candidates, all evaluated, one of them with figures."});
  result.tally = {};
  result.tally.points = 1;
  CHECK(tables::method_lines(one, result) ==
        Lines{"1 candidate, all evaluated: the order is exact."});
  result.whole = false;
  CHECK(tables::method_lines(one, result) ==
        Lines{"Enumeration, stopped after 1 of 12,345 candidates: better ones may be among the "
              "rest."});
  result.space = 1e15L;
  CHECK(contains(tables::method_lines(one, result)[0], " of 1e+15 candidates"));
  result.space = 999'999'999'999'999.0L;
  CHECK(contains(tables::method_lines(one, result)[0], " of 999,999,999,999,999 candidates"));
  result.method = methods::SearchMethod::kEvolve;
  result.stopped = "so";
  CHECK(tables::method_lines(one, result) ==
        Lines{"NSGA-II: 1 of 999,999,999,999,999 candidates evaluated. All rows meet the limits, "
              "and no evaluated candidate is better; others may be.",
              "Stop reason: so."});
  result.designs.clear();
  CHECK(tables::method_lines(one, result)[0] ==
        "NSGA-II: 1 of 999,999,999,999,999 candidates evaluated.");
}

TEST_CASE("a design's row: values, figures, what it is best in", "[report]") {
  const methods::SearchPlan plan = invented_plan({"params <= 30"}, {"params", "macs"});
  methods::SearchResult result;
  result.tally.feasible = 3;
  result.tally.limits.resize(1);
  // Quantities: params, macs. Equal ones are both the best.
  result.designs = {design_at(0, {6, 384}), design_at(1, {12, 384}), design_at(2, {24, 1536})};
  const document::Document document = tables::search_report(plan, result, false);
  const document::Table& table = document.sections[0].table;
  REQUIRE(table.rows.size() == 3);
  std::string text;
  for (const document::Column& column : table.columns) text += column.title + " ";
  for (const auto& row : table.rows) {
    text += "/ ";
    for (const document::Cell& cell : row) text += text_of(cell) + " ";
  }
  CHECK(text == "α params macs best / 0.25 6 384 params, macs / 0.5 12 384 macs / 1 24 1536  ");
  CHECK(document.title == "search of two");
  CHECK(document.subtitle == "minimize params, minimize macs under params <= 30");
  // In data a fraction is a decimal.
  const document::Document data = tables::search_report(plan, result, true);
  CHECK(text_of(data.sections[0].table.rows[0][0]) == "0.25");
  CHECK(data.sections[0].table.columns.back().key == "command");
}

TEST_CASE("what the nearest designs miss", "[report]") {
  const methods::SearchPlan plan = invented_plan({"params <= 30", "macs <= 2K"});
  methods::SearchResult result;
  result.tally.limits.resize(2);
  result.nearest = {design_at(0, {6, 384}, {0.25, 0}), design_at(2, {24, 1536}, {1.5, 0.0456}),
                    design_at(1, {24, 1536}, {0, methods::kNotAsked})};
  const document::Document document = tables::search_report(plan, result, false);
  const document::Table& table = document.sections[0].table;
  REQUIRE(table.rows.size() == 3);
  CHECK(table.columns.back().title == "misses");
  CHECK(text_of(table.rows[0].back()) == "params <= 30 by 25 %");
  CHECK(text_of(table.rows[1].back()) == "params <= 30 by 150 %, macs <= 2K by 4.56 %");
  CHECK(text_of(table.rows[2].back()) == "");
  CHECK(document.sections[0].heading == "no design meets the limits; these come nearest");
  result.nearest.clear();
  CHECK(tables::search_report(plan, result, false).sections[0].heading == "no design");
}

TEST_CASE("a latency is measured, predicted from measured layers, or estimated", "[report]") {
  std::vector<methods::OpenedSpec> specs;
  specs.push_back(
      {"two",
       spec::read_spec_text("two.yaml",
                            "name: two\nparams: {alpha: {default: 1, sweep: [0.5, 1]}}\n"
                            "input: {channels: 3, height: 8, width: 8}\n"
                            "layers: [conv: {out: round(8 * alpha)}]\n",
                            "."),
       {}});
  methods::SearchPlan plan = methods::plan_search(
      {.minimize = {"latency"}, .columns = ""}, std::move(specs),
      {{"latency",
        "s",
        [](const graph::Network&) { return std::optional<space::Uncertain>(); },
        {}}});
  methods::SearchResult result;
  result.designs = {design_at(0, {0.001}), design_at(0, {0.002}), design_at(1, {0.003})};
  result.designs[1].estimated = true;
  result.designs[2].measured = space::Uncertain{0.003};
  const auto kinds = [&] {
    const document::Document report = tables::search_report(plan, result, false);
    Lines lines;
    for (const auto& row : report.sections[0].table.rows) lines.push_back(text_of(row[2]));
    return lines;
  };
  CHECK(kinds() == Lines{"predicted", "estimated", "measured"});
  CHECK(contains(tables::search_json_lines(plan, result), "\"latency_figure\":\"predicted\""));
  plan.slow[0].measures = [] { return true; };  // without a database the networks are run
  CHECK(kinds() == Lines{"measured", "measured", "measured"});
}
