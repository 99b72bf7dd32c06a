// SPDX-License-Identifier: Apache-2.0
// States with all that they can hold, parts that are joined, and designs of several specs.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/diagnostic.hpp"
#include "search/methods/collector.hpp"
#include "search/methods/plan.hpp"
#include "search/methods/search_state.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using methods::Design;
using methods::SearchState;
using EstimateKind = accuracy::AccuracyEstimate::Kind;

namespace {

std::string parts_spec(const std::string& name, const std::string& out = "a") {
  return fmt::format(
      "name: {}\nparams: {{a: {{default: 1, sweep: [1, 2, 3]}}, b: {{default: 1}}}}\n"
      "input: {{channels: 3, height: 2, width: 2}}\n"
      "layers: [conv: {{out: {}}}, conv: {{out: b}}]\n",
      name, out);
}

// Two specs with three points each.
methods::SearchPlan parts_plan(methods::SearchRequest request, int specs = 2) {
  std::vector<methods::OpenedSpec> opened;
  for (int k = 0; k < specs; ++k) {
    const std::string name = k == 0 ? "one" : "two";
    opened.push_back({name, spec::read_spec_text(name + ".yaml", parts_spec(name), "."), {}});
  }
  const auto none = [](const graph::Network&) { return std::optional<space::Uncertain>(); };
  request.columns = "";
  return methods::plan_search(request, std::move(opened), {{"pain", "", none, {}}});
}

// Of two specs: accuracy and pain behind a cost, and two limits.
methods::SearchPlan rich_plan(const test::TestFolder& folder) {
  folder.write("acc.csv", "spec,a,accuracy\none,1,60\none,2,65\ntwo,3,66\n");
  methods::SearchRequest request;
  request.maximize = {"accuracy"};
  request.minimize = {"macs,pain"};
  request.limits = {"macs >= 1", "accuracy >= 62"};
  request.accuracy.file = folder / "acc.csv";
  return parts_plan(request);
}

SearchState rich_state() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  SearchState state;
  state.range = {1, 6};
  state.done = 4;
  Design good;
  good.job = 1;
  good.at = {2};
  good.values = {36, 66, 0.1};
  good.errors = {0.0, 0.05, std::nullopt};
  good.estimated = true;
  good.key = {-66, 36, 0.1};
  good.accuracy = {EstimateKind::kPublished, 66, 0.05, 1, 7, 0};
  good.missed = {0, 0};
  Design near;
  near.at = {1};
  near.values = {12.5, 60, kNan};
  near.errors = {std::nullopt, 0.25, 1.0};
  near.accuracy = {EstimateKind::kTooFew, 60, 0.25, -1, 3, -1};
  near.violation = 0.375;
  near.missed = {0.375, methods::kNotAsked};
  state.designs = {good, good};
  state.designs[1].job = 0;
  state.designs[1].accuracy.row = 1;
  state.designs[1].missed.clear();
  state.nearest = {near};
  methods::SearchTally& tally = state.tally;
  tally.points = 21;
  tally.unbuildable = 1;
  tally.outside = 2;
  tally.without_figure = 3;
  tally.unanswered = 4;
  tally.infeasible = 5;
  tally.feasible = 6;
  tally.equal = 7;
  tally.limits = {{8, kInf, {}}, {9, 0.5, {1, 2, kNan}}};
  tally.failures = {{{"odd", {11, 12}}, {"wide", {13, 14}}}, {{"tall", {15, 16}}}};
  tally.unanswered_why = {{"zero", 17}};
  tally.without_figure_why = {{"rare", 18}, {"new", 19}};
  return state;
}

bool is_accepted(const methods::SearchPlan& plan, const SearchState& state) {
  try {
    methods::read_search_state(plan, {methods::to_text(state)}, "part");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

TEST_CASE("all that a state can hold comes back", "[search]") {
  const test::TestFolder folder;
  const methods::SearchPlan plan = rich_plan(folder);
  const SearchState state = rich_state();
  const SearchState back = methods::read_search_state(plan, {methods::to_text(state)}, "part");
  CHECK(methods::to_text(back) == methods::to_text(state));
  CHECK(back.range.first == 1);
  CHECK(back.range.last == 6);
  CHECK(back.done == 4);
  CHECK(back.parts == 0);
  REQUIRE(back.designs.size() == 2);
  const Design& good = back.designs[0];
  CHECK(good.job == 1);
  CHECK(good.at == std::vector<std::size_t>{2});
  CHECK(good.values == std::vector<double>{36, 66, 0.1});
  CHECK(good.key == std::vector<double>{-66, 36, 0.1});
  CHECK(good.missed == std::vector<double>{0, 0});
  CHECK(good.errors == std::vector<std::optional<double>>{0.0, 0.05, std::nullopt});
  CHECK(good.estimated);
  CHECK(good.accuracy.kind == EstimateKind::kPublished);
  CHECK(good.accuracy.top1 == 66);
  CHECK(good.accuracy.error == 0.05);
  CHECK(good.accuracy.parameter == 1);
  CHECK(good.accuracy.models == 7);
  CHECK(good.accuracy.row == 0);
  CHECK(back.designs[1].accuracy.row == 1);
  CHECK(back.designs[1].missed.empty());
  REQUIRE(back.nearest.size() == 1);
  const Design& near = back.nearest[0];
  CHECK(near.job == 0);
  CHECK(near.values[0] == 12.5);
  CHECK(std::isnan(near.values[2]));
  CHECK(near.violation == 0.375);
  CHECK(near.missed == std::vector<double>{0.375, methods::kNotAsked});
  CHECK(!near.estimated);
  CHECK(near.accuracy.kind == EstimateKind::kTooFew);
  const methods::SearchTally& tally = back.tally;
  CHECK(std::array{tally.points, tally.unbuildable, tally.outside, tally.without_figure,
                   tally.unanswered, tally.infeasible, tally.feasible,
                   tally.equal} == std::array<std::uint64_t, 8>{21, 1, 2, 3, 4, 5, 6, 7});
  REQUIRE(tally.limits.size() == 2);
  CHECK(tally.limits[0].broken == 8);
  CHECK(std::isinf(tally.limits[0].least_missed));
  CHECK(tally.limits[0].nearest.empty());
  CHECK(tally.limits[1].broken == 9);
  CHECK(tally.limits[1].least_missed == 0.5);
  CHECK(tally.limits[1].nearest[1] == 2);
  CHECK(std::isnan(tally.limits[1].nearest[2]));
  REQUIRE(tally.failures.size() == 2);
  CHECK(tally.failures[0].size() == 2);
  CHECK(tally.failures[0].at("wide").count == 13);
  CHECK(tally.failures[0].at("wide").first == 14);
  CHECK(tally.failures[1].at("tall").first == 16);
  CHECK(tally.unanswered_why.at("zero") == 17);
  CHECK(tally.without_figure_why.at("rare") == 18);
  CHECK(tally.without_figure_why.size() == 2);
}

TEST_CASE("a state is of a plan when its numbers can be the plan's", "[search][hostile]") {
  const test::TestFolder folder;
  const methods::SearchPlan plan = rich_plan(folder);
  struct Change {
    bool accepted;
    std::function<void(SearchState&)> make;
  };
  const auto near = [](SearchState& s) -> Design& { return s.nearest[0]; };
  const auto good = [](SearchState& s) -> Design& { return s.designs[0]; };
  const std::vector<Change> changes = {
      {true, [](SearchState&) {}},
      {true, [&](auto& s) { near(s).accuracy.kind = EstimateKind::kPublished; }},
      {false, [&](auto& s) { near(s).accuracy.kind = static_cast<EstimateKind>(5); }},
      {true, [&](auto& s) { near(s).accuracy.parameter = 0; }},
      {false, [&](auto& s) { near(s).accuracy.parameter = 2; }},
      {false, [&](auto& s) { near(s).accuracy.parameter = -2; }},
      {true, [&](auto& s) { near(s).accuracy.row = 1; }},  // of two rows
      {false, [&](auto& s) { near(s).accuracy.row = 2; }},
      {false, [&](auto& s) { near(s).accuracy.row = -2; }},
      {false, [&](auto& s) { good(s).accuracy.row = 1; }},  // of one row
      {false, [&](auto& s) { good(s).job = 2; }},
      {false, [&](auto& s) { good(s).at = {3}; }},
      {false,
       [&](auto& s) {
         good(s).at = {0, 0};
       }},
      {false, [&](auto& s) { good(s).values.push_back(1); }},
      {false, [&](auto& s) { good(s).errors.pop_back(); }},
      {false, [&](auto& s) { good(s).key.clear(); }},
      {true,
       [&](auto& s) {
         near(s).key = {1, 2, 3};
       }},
      {false,
       [&](auto& s) {
         near(s).key = {1, 2};
       }},
      {false, [&](auto& s) { near(s).missed.clear(); }},
      {false, [&](auto& s) { near(s).missed.pop_back(); }},
      {false, [&](auto& s) { good(s).missed.pop_back(); }},
      {true, [](auto& s) { s.done = 5; }},
      {false, [](auto& s) { s.done = 6; }},
      {false, [](auto& s) { s.range.last = 7; }},
      {true, [](auto& s) { s.parts = 6; }},
      {false, [](auto& s) { s.parts = 5; }},
      {false,
       [](auto& s) {
         s.parts = 1, s.range = {0, 2};
       }},
      {true,
       [](auto& s) {
         s.range = {3, 3}, s.done = 0;
       }},
      {false, [](auto& s) { s.tally.limits.pop_back(); }},
      {false,
       [](auto& s) {
         s.tally.limits[0].nearest = {1, 2};
       }},
      {true,
       [](auto& s) {
         s.tally.limits[0].nearest = {1, 2, 3};
       }},
      {false, [](auto& s) { s.tally.failures.pop_back(); }},
  };
  for (std::size_t k = 0; k < changes.size(); ++k) {
    INFO("change " << k);
    SearchState state = rich_state();
    changes[k].make(state);
    CHECK(is_accepted(plan, state) == changes[k].accepted);
  }
  // Without accuracies no design has a row of one.
  const methods::SearchPlan plain = parts_plan({.minimize = {"macs"}}, 1);
  SearchState found;
  methods::run_search(plain, {.checkpoint = [&](const SearchState& last) { found = last; }});
  CHECK(is_accepted(plain, found));
  found.designs[0].accuracy.row = 0;
  CHECK(!is_accepted(plain, found));
}

TEST_CASE("parts that do not make up a whole are not joined", "[search]") {
  const methods::SearchPlan plan = parts_plan({.minimize = {"macs"}});  // six points
  const auto part = [](std::uint64_t first, std::uint64_t last, std::uint64_t parts = 0) {
    SearchState state;
    state.range = {first, last};
    state.done = last - first;
    state.parts = parts;
    state.tally.points = 1000 + first;
    state.tally.failures.resize(2);
    return state;
  };
  const auto joined = [&](const std::vector<SearchState>& parts) -> std::string {
    try {
      const methods::SearchResult result = methods::join_parts(plan, {}, parts);
      CHECK(result.space == 6);
      return fmt::format("{} {} {}", static_cast<int>(result.method), result.tally.points,
                         result.stopped);
    } catch (const Error& error) {
      return error.what();
    }
  };
  const std::string join = "error: --join: ";
  CHECK(joined({part(0, 2), part(2, 6)}) == "1 2002 ");
  CHECK(joined({part(4, 6), part(0, 2), part(2, 4)}) == "1 3006 ");
  CHECK(joined({part(0, 2), part(4, 6)}) == join + "a part is missing: points 2 to 4");
  CHECK(joined({part(2, 6)}) == join + "a part is missing: points 0 to 2");
  CHECK(joined({part(0, 4)}) == join + "a part is missing: points 4 to 6");
  CHECK(joined({}) == join + "a part is missing: points 0 to 6");
  CHECK(joined({part(0, 4), part(2, 6)}) == join + "two parts have the same points 2 to 4");
  SearchState open = part(2, 6);
  open.done = 3;
  CHECK(joined({part(0, 2), open}) == join + "a part isn't finished; go on with it by --resume");
  CHECK(joined({part(0, 1, 2), part(1, 2, 2)}) ==
        "3 2001 all 2 parts ended, after 2,001 evaluations");
  CHECK(joined({part(0, 1, 1)}).starts_with("3 1000 "));
  CHECK(joined({part(1, 6), part(2, 3, 4)}) == join + "a part is missing: points 0 to 1");
  CHECK(joined({part(1, 2, 2)}) == join + "a part is missing: part 0 to 1");
  CHECK(joined({part(0, 1, 3), part(1, 2, 3)}) == join + "a part is missing: part 2 to 3");
  CHECK(joined({part(0, 1, 2), part(0, 1, 2)}) == join + "two parts have the same part 0 to 1");
  CHECK(joined({part(0, 1, 2), part(1, 2, 3)}) == join + "the parts are of different divisions");
  CHECK(joined({part(0, 1, 1), part(1, 6)}) == join + "the parts are of different divisions");
}

namespace {

Design keyed(std::size_t job, std::vector<double> key, std::size_t at = 0) {
  Design design;
  design.job = job;
  design.at = {at};
  design.values = design.key = std::move(key);
  design.errors.resize(design.values.size(), 0.0);
  return design;
}

std::vector<std::vector<double>> family_keys(const std::vector<Design>& designs) {
  std::vector<std::vector<double>> keys;
  for (const Design& design : designs) {
    keys.push_back(design.key);
    keys.back().push_back(static_cast<double>(design.job));
  }
  return keys;
}

using FamilyKeys = std::vector<std::vector<double>>;

}  // namespace

TEST_CASE("designs of one spec give way to those of another that dominate them", "[search]") {
  const methods::SearchPlan two = parts_plan({.minimize = {"macs,params"}});
  const std::vector<Design> designs = {keyed(0, {5, 5}), keyed(0, {6, 6}), keyed(1, {7, 7}),
                                       keyed(1, {4, 9}), keyed(0, {4, 9}), keyed(1, {5, 6})};
  CHECK(family_keys(methods::join_families(two, designs)) ==
        FamilyKeys{{4, 9, 1}, {4, 9, 0}, {5, 5, 0}});
  // Within one spec all stay, and with one objective.
  const methods::SearchPlan alone = parts_plan({.minimize = {"macs,params"}}, 1);
  CHECK(methods::join_families(alone, {keyed(0, {5, 5}), keyed(0, {6, 6})}).size() == 2);
  const methods::SearchPlan single = parts_plan({.minimize = {"macs"}});
  CHECK(
      family_keys(methods::join_families(single, {keyed(1, {5}), keyed(0, {3}), keyed(0, {5})})) ==
      FamilyKeys{{3, 0}, {5, 1}, {5, 0}});
}

TEST_CASE("accuracies of different specs must be apart by more than their errors", "[search]") {
  const test::TestFolder folder;
  folder.write("acc.csv", "spec,a,accuracy\none,1,60\none,2,65\ntwo,3,66\n");
  for (const bool first : {true, false}) {
    methods::SearchRequest request;
    request.accuracy.file = folder / "acc.csv";
    request.maximize = {first ? "accuracy,params" : "params,accuracy"};
    const methods::SearchPlan plan = parts_plan(request);
    const auto with = [&](std::size_t job, double top1, double params) {
      Design design = keyed(job, {first ? -top1 : -params, first ? -params : -top1});
      design.accuracy = {EstimateKind::kPublished, top1, 0.25, -1, 0, -1};
      return design;
    };
    const auto joined = [&](const std::vector<Design>& designs) {
      std::vector<std::pair<std::size_t, double>> kept;  // job and accuracy
      for (const Design& design : methods::join_families(plan, designs))
        kept.emplace_back(design.job, design.accuracy.top1);
      std::sort(kept.begin(), kept.end());
      return kept;
    };
    using Kept = std::vector<std::pair<std::size_t, double>>;
    CHECK(joined({with(0, 66, 9), with(1, 65, 9)}) == Kept{{0, 66}});
    CHECK(joined({with(0, 65, 9), with(1, 66, 9)}) == Kept{{1, 66}});
    CHECK(joined({with(0, 66, 9), with(1, 65, 10)}) == Kept{{0, 66}, {1, 65}});
    CHECK(joined({with(0, 66, 9), with(1, 65.75, 8)}) == Kept{{0, 66}, {1, 65.75}});
    CHECK(joined({with(0, 66, 9), with(0, 65, 8)}) == Kept{{0, 65}, {0, 66}});
  }
}

TEST_CASE("designs that build one network are one design, and are counted", "[search]") {
  const auto search = [](bool maximize, std::size_t top) {
    std::vector<methods::OpenedSpec> opened;
    const std::string text = parts_spec("one", "\"min(a, 4)\"");
    opened.push_back({"one", spec::read_spec_text("one.yaml", text, "."), {}});
    methods::SearchRequest request{.vary = {"a=1:10:1"}};
    (maximize ? request.maximize : request.minimize) = {"macs"};
    const methods::SearchPlan plan = methods::plan_search(request, std::move(opened));
    const methods::SearchResult result = methods::run_search(plan, {.top = top});
    std::string text_of = fmt::format("{} equal:", result.tally.equal);
    for (const Design& design : result.designs) text_of += fmt::format(" {}", design.at[0] + 1);
    return text_of;
  };
  CHECK(search(false, 10) == "6 equal: 1 2 3 4");
  CHECK(search(false, 4) == "6 equal: 1 2 3 4");
  CHECK(search(false, 3) == "0 equal: 1 2 3");  // the fourth does not come out
  CHECK(search(true, 10) == "6 equal: 4 3 2 1");
  CHECK(search(true, 1) == "6 equal: 4");
}

TEST_CASE("of more designs than are kept the worst goes", "[search]") {
  const methods::SearchPlan plan = parts_plan({.minimize = {"macs"}}, 1);
  methods::Collector collector(plan, 2);
  const auto add = [&](double key, std::size_t at) {
    return collector.add(methods::Verdict::kFeasible, keyed(0, {key}), std::vector{at});
  };
  for (std::size_t k = 0; k < 10; ++k) CHECK(add(2.0 * static_cast<double>(k), k) == (k == 0));
  CHECK(!add(18, 20));  // as good as the last
  CHECK(!add(19, 21));
  CHECK(!add(5, 22));
  CHECK(add(-1, 23));
  std::vector<std::size_t> kept;
  for (std::size_t k = 0; k < collector.best_size(0); ++k)
    kept.push_back(collector.best_at(0, k)[0]);
  CHECK(kept == std::vector<std::size_t>{23, 0, 1, 2, 22, 3, 4, 5, 6, 7});
}

TEST_CASE("of one objective as many designs come out of all specs as are asked for", "[search]") {
  for (const std::size_t top : {2, 5, 6, 9})
    CHECK(methods::run_search(parts_plan({.minimize = {"macs"}}), {.top = top}).designs.size() ==
          std::min<std::size_t>(top, 6));
  // Six points that all have other figures.
  CHECK(
      methods::run_search(parts_plan({.minimize = {"macs"}, .maximize = {"params"}}, 1), {.top = 1})
          .designs.size() == 3);
}

TEST_CASE("a front stays right when many designs were dominated", "[search]") {
  const methods::SearchPlan plan = parts_plan({.minimize = {"macs,params"}}, 1);
  methods::Collector collector(plan, 1);
  for (std::size_t k = 0; k < 5000; ++k) {
    const auto a = static_cast<double>(k % 3), level = 6000 - static_cast<double>(k);
    CHECK(collector.add(methods::Verdict::kFeasible, keyed(0, {level + 9 * a, level - 9 * a}),
                        std::vector{k}));
    bool newest = true;
    for (std::size_t i = 0; i < collector.best_size(0); ++i)
      newest = newest && collector.best_at(0, i)[0] + 3 > k;
    if (!newest) CHECK(newest);
  }
  const std::vector<Design> best = collector.best_of(0);
  REQUIRE(best.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(best[k].at[0] >= 4997);
    CHECK(collector.best_at(0, k) == best[k].at);
    CHECK(best[k].key[1] ==
          6000 - static_cast<double>(best[k].at[0]) - 9 * static_cast<double>(best[k].at[0] % 3));
  }
}

TEST_CASE("what joined parts found adds up", "[search]") {
  const methods::SearchPlan plan = parts_plan({.limits = {"params <= 5"}, .minimize = {"macs"}}, 1);
  const auto part = [&](double key, bool feasible) {
    methods::Collector collector(plan, 2);
    Design miss = keyed(0, {key});
    miss.missed = {0.5};
    miss.violation = 0.5;
    collector.add(methods::Verdict::kInfeasible, miss, std::vector<std::size_t>{0});
    if (feasible)
      collector.add(methods::Verdict::kFeasible, keyed(0, {key}), std::vector<std::size_t>{1});
    collector.tally().equal = static_cast<std::uint64_t>(key);
    return collector;
  };
  methods::Collector none = part(30, false);
  none.join(part(20, false).state());
  CHECK(none.tally().equal == 50);
  CHECK(none.tally().limits[0].nearest == std::vector<double>{30});  // the first of equal ones
  CHECK(none.nearest().size() == 2);
  methods::Collector both = part(30, true);
  both.join(part(20, true).state());
  CHECK(both.tally().feasible == 2);
  CHECK(both.nearest().empty());
  CHECK(both.tally().limits[0].broken == 2);
}
