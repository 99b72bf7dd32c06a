// SPDX-License-Identifier: Apache-2.0
// Searches as they run: methods, ranges, what is told on the way; measured designs; slow figures.
#include <fmt/core.h>

#include <cmath>

#include "core/diagnostic.hpp"
#include "search/methods/figure_journal.hpp"
#include "search/methods/method_runs.hpp"
#include "search/methods/plan.hpp"
#include "search/methods/remeasure_top.hpp"
#include "search/methods/search_estimate.hpp"
#include "search/sweep/estimate.hpp"
#include "search/sweep/journal.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using methods::Design;
using methods::SearchMethod;

namespace {

struct RunRequest {
  std::vector<std::string> vary = {"a=1:7:1", "b=1:3:1"};
  std::vector<std::string> minimize = {"macs"}, limits = {};
  int specs = 1;
  bool pain = false;  // its figure is asked for
};

// One or two specs of 21 points.
methods::SearchPlan run_plan(const RunRequest& request) {
  std::vector<methods::OpenedSpec> specs;
  for (int k = 0; k < request.specs; ++k) {
    const std::string text = fmt::format(
        "name: {}\nparams: {{a: {{default: 1}}, b: {{default: 1}}, c: {{default: [1, 1, 1, 1]}}}}\n"
        "input: {{channels: 2, height: 3, width: 4}}\nlayers: [conv: {{out: a + {}}}, conv: {{out: "
        "b}}, conv: {{out: c(1)}}, conv: {{out: c(2)}}, conv: {{out: c(3)}}, conv: {{out: "
        "c(4)}}]\n",
        k == 0 ? "one" : "two", 2 * k);
    specs.push_back({k == 0 ? "one" : "two", spec::read_spec_text("net.yaml", text, "."), {}});
  }
  const auto figure = [](const graph::Network& network) {
    return std::optional(
        space::Uncertain{static_cast<double>(network.layers[0].output.channels.value())});
  };
  methods::SearchRequest asked{
      .vary = request.vary, .limits = request.limits, .minimize = request.minimize, .columns = ""};
  if (request.pain) asked.columns = "pain";
  return methods::plan_search(asked, std::move(specs), {{"pain", "s", figure, {}}});
}

std::size_t point_of(const methods::SearchPlan& plan, const Design& design) {
  std::size_t point = 0, first = 0;
  const auto& axes = plan.jobs[design.job].space.axes;
  for (std::size_t k = 0; k < axes.size(); ++k)
    point = point * axes[k].values.size() + design.at[k];
  for (std::size_t j = 0; j < design.job; ++j) first += plan.jobs[j].space.points();
  return first + point;
}

// Points of the designs, counted through all specs.
std::vector<std::size_t> points_of(const methods::SearchPlan& plan,
                                   const std::vector<Design>& designs) {
  std::vector<std::size_t> points;
  for (const Design& design : designs) points.push_back(point_of(plan, design));
  return points;
}

}  // namespace

TEST_CASE(
    "small spaces are counted through, of large ones the chain or an evolution finds the best",
    "[search]") {
  const auto method = [](const RunRequest& request, SearchMethod asked = SearchMethod::kAuto) {
    return methods::method_of(run_plan(request), {.method = asked});
  };
  CHECK(method({}) == SearchMethod::kEnumerate);
  for (const SearchMethod asked :
       {SearchMethod::kEnumerate, SearchMethod::kChain, SearchMethod::kEvolve})
    CHECK(method({}, asked) == asked);
  CHECK(method({.vary = {"c(i)=1:100:1"}}) == SearchMethod::kEnumerate);  // 100 million
  CHECK(method({.vary = {"c(i)=1:100:1", "a=1,2"}}) == SearchMethod::kChain);
  CHECK(method({.vary = {"c(i)=1:100:1", "a=1,2"}, .minimize = {"macs,params"}}) ==
        SearchMethod::kEvolve);
  // Where figures are slow.
  CHECK(method({.vary = {"a=1:2000:1"}, .pain = true}) == SearchMethod::kEnumerate);
  CHECK(method({.vary = {"a=1:2001:1"}, .pain = true}) == SearchMethod::kChain);
  CHECK(method({.vary = {"a=1:2001:1"}}) == SearchMethod::kEnumerate);
  CHECK(method({.vary = {"a=1:2001:1"}, .minimize = {"pain"}}) == SearchMethod::kEvolve);
  CHECK(method({.vary = {"a=1:1000:1"}, .specs = 2, .pain = true}) == SearchMethod::kEnumerate);
  CHECK(method({.vary = {"a=1:1001:1"}, .specs = 2, .pain = true}) == SearchMethod::kChain);
}

TEST_CASE("an evolution in place of a chain says why, one that was asked for does not",
          "[search]") {
  const auto stopped = [](const RunRequest& request, SearchMethod method = SearchMethod::kAuto) {
    const methods::SearchResult result =
        methods::run_search(run_plan(request), {.method = method, .evaluations = 50});
    CHECK(result.method == SearchMethod::kEvolve);
    CHECK(result.space == 2001);
    return result.stopped;
  };
  const std::string ended = "after 50 evaluations, as many as were allowed";
  const RunRequest painful{.vary = {"a=1:2001:1"}, .minimize = {"pain"}};
  CHECK(stopped(painful) ==
        ended + "; no optimum is proved, because pain doesn't add up along the layers");
  CHECK(stopped(painful, SearchMethod::kEvolve) == ended);
  CHECK(stopped({.vary = {"a=1:2001:1"}, .minimize = {"pain,macs"}}) == ended);
  const auto error = [](const RunRequest& request, SearchMethod method) -> std::string {
    try {
      methods::run_search(run_plan(request), {.method = method});
    } catch (const Error& wrong) {
      return wrong.what();
    }
    return "";
  };
  CHECK(error({.vary = {"c(i)=1:10000:1"}}, SearchMethod::kEnumerate) ==
        "error: --method enumerate: the space has 1e+16 points, and at most 1,000,000,000,000 are "
        "counted through; take --method evolve");
  CHECK(error({.minimize = {"pain"}}, SearchMethod::kChain) ==
        "error: --method chain: pain doesn't add up along the layers");
}

TEST_CASE("a range of an enumeration has its points, and goes on where it was stopped",
          "[search]") {
  const methods::SearchPlan plan = run_plan({.limits = {"params <= 40"}, .specs = 2});
  const methods::SearchResult whole = methods::run_search(plan, {.top = 100});
  CHECK(whole.tally.points == 42);
  CHECK(whole.space == 42);
  CHECK(whole.designs.size() == whole.tally.feasible);
  CHECK(whole.stopped.empty());
  for (const sweep::SweepRange range : {sweep::SweepRange{3, 30}, sweep::SweepRange{0, 21},
                                        sweep::SweepRange{25, 42}, sweep::SweepRange{7, 7}}) {
    INFO(range.first << " to " << range.last);
    const std::uint64_t count = range.last - range.first;
    std::vector<std::size_t> expected;
    for (const std::size_t point : points_of(plan, whole.designs)) {
      if (point >= range.first && point < range.last) expected.push_back(point);
    }
    for (const std::uint64_t before : {0, 5, 17}) {
      if (before > count) continue;
      methods::SearchState half, last;
      methods::SearchOptions options;
      options.top = 100;
      options.range = {range.first, range.first + before};
      options.checkpoint = [&](const methods::SearchState& state) { half = state; };
      CHECK(methods::run_search(plan, options).tally.points == before);
      CHECK(half.range.last == range.first + before);
      CHECK(half.done == before);
      half.range.last = range.last;
      std::uint64_t seen = before;
      options.range = range;
      options.threads = 2;
      options.before = before > 0 ? &half : nullptr;
      options.checkpoint = [&](const methods::SearchState& state) { last = state; };
      options.progress = [&](std::uint64_t done, std::uint64_t total) {
        CHECK(total == count);
        CHECK(done > seen);
        seen = done;
      };
      const methods::SearchResult result = methods::run_search(plan, options);
      CHECK(result.tally.points == count);
      CHECK(points_of(plan, result.designs) == expected);
      CHECK(result.whole);
      CHECK(seen == count);
      CHECK(last.range.first == range.first);
      CHECK(last.range.last == range.last);
      CHECK(last.done == count);
      CHECK(last.tally.points == count);
    }
  }
  const std::atomic<bool> stop = true;
  const methods::SearchResult stopped = methods::run_search(plan, {.stop = &stop});
  CHECK(!stopped.whole);
  CHECK(stopped.stopped == "it was stopped");
  CHECK(stopped.tally.points < 42);
}

TEST_CASE("an enumeration tells how far it is among its own points", "[search]") {
  const methods::SearchPlan plan = run_plan({.specs = 2});
  struct Range {
    std::optional<sweep::SweepRange> range;
    std::uint64_t points;
  };
  for (const Range& one :
       {Range{{}, 42}, Range{sweep::SweepRange{0, 42}, 42}, Range{sweep::SweepRange{20, 25}, 5}}) {
    methods::Collector collector(plan, 100);
    std::uint64_t progress = 0, after = 0;
    methods::SearchOptions options;
    options.range = one.range;
    options.progress = [&](std::uint64_t done, std::uint64_t total) {
      CHECK(total == one.points);
      progress = done;
    };
    CHECK(methods::enumerate(plan, options, collector, [&](std::uint64_t done) { after = done; }));
    CHECK(progress == one.points);
    CHECK(after == one.points);
    CHECK(collector.tally().points == one.points);
  }
}

TEST_CASE("what comes nearest is told when nothing is met", "[search]") {
  const methods::SearchPlan plan = run_plan({.limits = {"params <= 3", "macs >= 1"}});
  for (const SearchMethod method : {SearchMethod::kEnumerate, SearchMethod::kEvolve}) {
    const methods::SearchResult result = methods::run_search(plan, {.method = method});
    CHECK(result.designs.empty());
    REQUIRE(result.nearest.size() == 5);
    CHECK(result.nearest[0].at == std::vector<std::size_t>{0, 0});
    CHECK(result.tally.limits[0].broken == 21);
    CHECK(result.tally.limits[1].broken == 0);
  }
}

TEST_CASE("how long a search takes is estimated", "[search]") {
  const methods::SearchOptions evolve{.method = SearchMethod::kEvolve};
  const methods::SearchPlan slow = run_plan({.minimize = {"pain"}}), quick = run_plan({});
  CHECK(methods::search_seconds(slow, evolve, 3'000'000) == 3);
  CHECK(methods::search_seconds(slow, evolve, 500) == 0.0005);
  for (const std::uint64_t evaluations : {10, 64'000, 64'001, 2'000'000}) {
    methods::SearchOptions options = evolve;
    options.progress = [](std::uint64_t, std::uint64_t) { CHECK(false); };
    const double begin = sweep::processor_seconds();
    const double seconds = methods::search_seconds(quick, options, evaluations);
    CHECK(seconds > 0);
    if (evaluations <= 64'000) CHECK(seconds <= sweep::processor_seconds() - begin);
  }
  for (const methods::SearchPlan* plan : {&slow, &quick}) {
    const double seconds = methods::search_seconds(*plan, {}, 0);
    CHECK(seconds >= 0);
    CHECK(seconds < 600);
  }
}

namespace {

// The design of a point of run_plan(), with its figures; the pain is as predicted.
Design predicted_design(const methods::SearchPlan& plan, std::size_t a, double pain) {
  Design design = methods::design_beside(
      plan, 0, plan.jobs[0].space.options(plan.jobs[0].options, std::vector<std::size_t>{a, 0}));
  design.at = {a, 0};
  design.missed = {9};
  design.violation = 9;
  design.values[static_cast<std::size_t>(space::find_quantity(plan.quantities, "pain"))] = pain;
  for (const space::Objective& objective : plan.objectives)
    design.key.push_back(
        objective.key(design.values[static_cast<std::size_t>(objective.quantity)]));
  return design;
}

}  // namespace

TEST_CASE("a measured figure is that of the quantity, wherever that stands", "[search]") {
  // The pain is the only quantity.
  const methods::SearchPlan plan = run_plan({.minimize = {"pain"}, .limits = {"pain <= 5"}});
  REQUIRE(plan.quantities.size() == 1);
  methods::SearchResult result;
  for (const std::size_t a : {0, 1, 2, 3})
    result.designs.push_back(predicted_design(plan, a, 0.001 * static_cast<double>(a + 1)));
  // One channel takes 4 s, two take 6 and so on; of four nothing is known.
  const auto measure = [](const graph::Network& network) -> std::optional<space::Uncertain> {
    const auto channels = static_cast<double>(network.layers[0].output.channels.value());
    if (channels == 4) return {};
    return space::Uncertain{channels < 2 ? 4 : channels == 3 ? 2 : 6.0, 0.5, true};
  };
  methods::SearchResult all = result;
  methods::remeasure_top(plan, all, 4, "pain", measure);
  CHECK(all.corrected ==
        "Measured: 3 designs; 1 breaks a limit by its measured pain (the first: 6000 ms instead of "
        "2). 2 of the 4 that were asked for meet the limits: a larger --top has more designs to "
        "measure, a lower limit others. 1 could not be measured, as on a busy machine, and keeps "
        "what was predicted.");
  REQUIRE(all.designs.size() == 3);
  // In the order of what is known of them now; none is dominated, where there is one objective.
  CHECK(all.designs[0].at[0] == 3);
  CHECK(all.designs[1].at[0] == 2);
  CHECK(all.designs[1].key == std::vector<double>{2});
  CHECK(all.designs[1].errors[0] == 0.5);
  CHECK(all.designs[1].estimated);
  CHECK(all.designs[1].violation == 0);
  CHECK(all.designs[1].missed == std::vector<double>{0});
  CHECK(all.designs[2].at[0] == 0);
  CHECK(all.nearest.empty());
  // Two hold where two were asked for, and the last is not measured.
  methods::SearchResult two = result;
  methods::remeasure_top(plan, two, 2, "pain", measure);
  CHECK(two.corrected ==
        "Measured: 3 designs; 1 breaks a limit by its measured pain (the first: 6000 ms instead of "
        "2). 1 more is not measured and keeps what was predicted.");
  CHECK(two.designs.size() == 3);
  CHECK(two.designs[2].at[0] == 3);
  // As many hold as were asked for, and none is left.
  two.designs = {result.designs[1], result.designs[0], result.designs[2]};
  methods::remeasure_top(plan, two, 2, "pain", measure);
  CHECK(two.corrected ==
        "Measured: 3 designs; 1 breaks a limit by its measured pain (the first: 6000 ms instead of "
        "2).");
  // One of two holds.
  two.designs = {result.designs[1], result.designs[0]};
  methods::remeasure_top(plan, two, 2, "pain", measure);
  CHECK(two.corrected ==
        "Measured: 2 designs; 1 breaks a limit by its measured pain (the first: 6000 ms instead of "
        "2). 1 of the 2 that were asked for meets the limits: a larger --top has more designs to "
        "measure, a lower limit others.");
}

TEST_CASE("what is measured and is no quantity of the search changes no figure", "[search]") {
  const methods::SearchPlan plan = run_plan({.minimize = {"pain"}, .limits = {"macs <= 200"}});
  methods::SearchResult result;
  result.designs = {predicted_design(plan, 0, 1), predicted_design(plan, 6, 2)};
  const std::vector<double> before = result.designs[0].values;
  methods::remeasure_top(plan, result, 2, "heat", [](const graph::Network&) {
    return std::optional(space::Uncertain{7, 0.5, false});
  });
  CHECK(result.corrected ==
        "Measured: 2 designs; 1 breaks a limit by its measured heat. 1 of the 2 that were asked "
        "for meets the limits: a larger --top has more designs to measure, a lower limit others.");
  REQUIRE(result.designs.size() == 1);
  CHECK(result.designs[0].values == before);
  CHECK(result.designs[0].measured->value == 7);
  // The sum of what the limits are missed by.
  const methods::SearchPlan two =
      run_plan({.minimize = {"macs"}, .limits = {"macs <= 100", "params <= 10"}, .pain = true});
  Design design = predicted_design(two, 6, 1);
  const double macs = design.values[0], params = design.values[1];
  CHECK(!methods::meets_limits(two, design));
  REQUIRE(design.missed.size() == 2);
  CHECK(design.missed[0] == Approx(macs / 100 - 1));
  CHECK(design.missed[1] == Approx(params / 10 - 1));
  CHECK(design.violation == Approx(design.missed[0] + design.missed[1]));
}

TEST_CASE("records of a journal that are no figures are passed over", "[search]") {
  const test::TestFolder folder;
  const std::string file = folder / "figures";
  {
    sweep::Journal journal(file, "search", "request", false);
    for (const std::string record :
         {R"(["k1",1,null,false])", R"(["k2",1.5,2,true])", R"(["k3",null,null,false])",
          R"([4,1,null,false])", R"(["k5","x",null,false])", R"(["k6",1,"x",false])",
          R"(["k7",1,null,0])", R"(["k8",1,null])", R"(["k9",1,null,false,1])", R"({"k":1})",
          R"("k11")", "{"})
      journal.append(record);
  }
  methods::FigureJournal figures;
  figures.open(file, "request", true);
  CHECK(figures.known() == 3);
}

TEST_CASE("a journal that was removed is not written again", "[search]") {
  const test::TestFolder folder;
  const std::string file = folder / "figures";
  std::atomic<bool> stop = false;
  int asked = 0;
  const space::SlowCost cost{"pain",
                             "s",
                             [&](const graph::Network& network) {
                               ++asked;
                               if (network.batch == 7) throw Error("no figure");
                               return std::optional(space::Uncertain{1});
                             },
                             {}};
  methods::FigureJournal figures;
  const auto kept = figures.keep({cost}, stop)[0];
  figures.open(file, "request", false);
  graph::Network network = test::network_of(test::spec_with("  - conv: {out: 8}\n"));
  kept.of(network);
  CHECK(asked == 1);
  figures.remove();
  network.batch = 2;  // another network
  kept.of(network);
  kept.of(network);
  CHECK(asked == 2);
  CHECK(!std::filesystem::exists(file));
  figures.remove();
  // What it throws comes out; when the search was stopped meanwhile that counts.
  network.batch = 7;
  CHECK_THROWS_AS(kept.of(network), Error);
  const space::SlowCost ended{"pain",
                              "s",
                              [&](const graph::Network&) -> std::optional<space::Uncertain> {
                                stop = true;
                                throw Error("Ctrl-C");
                              },
                              {}};
  CHECK_THROWS_AS(figures.keep({ended}, stop)[0].of(network), methods::Interrupted);
}
