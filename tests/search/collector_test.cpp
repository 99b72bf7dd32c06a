// SPDX-License-Identifier: Apache-2.0
// What a search keeps of the designs that it sees, and what it counts.
#include "search/methods/collector.hpp"

#include <fmt/core.h>

#include "search/methods/plan.hpp"
#include "search/methods/remeasure_top.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
using methods::Design;
using methods::Verdict;

namespace {

methods::SearchPlan plan_for(std::vector<std::string> minimized,
                             std::vector<std::string> limits = {}) {
  std::vector<methods::OpenedSpec> specs;
  const std::string text =
      "name: two\nparams: {alpha: {default: 1, sweep: [0.5, 1]}}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers: [conv: {out: round(8 * alpha)}]\n";
  specs.push_back({"two", spec::read_spec_text("two.yaml", text, "."), {}});
  return methods::plan_search({.limits = std::move(limits), .minimize = std::move(minimized)},
                              std::move(specs));
}

Design design_of(std::vector<double> key, std::vector<double> missed = {}) {
  Design design;
  design.key = design.values = std::move(key);
  design.errors.resize(design.values.size(), 0.0);
  for (const double share : missed) design.violation += std::max(0.0, share);
  design.missed = std::move(missed);
  return design;
}

bool add(methods::Collector& to, const Design& design, std::size_t at,
         Verdict verdict = Verdict::kFeasible) {
  const std::size_t point[] = {at};
  return to.add(verdict, design, point);
}

// "3 4 @0, 5 1 @2": the keys and points of the best.
std::string best(const methods::Collector& collector) {
  std::string text;
  for (const Design& design : collector.best_of(0)) {
    text += text.empty() ? "" : ", ";
    for (const double number : design.key) text += fmt::format("{} ", number);
    text += fmt::format("@{}", design.at.front());
  }
  return text;
}

std::string counts(const methods::SearchTally& t) {
  return fmt::format(
      "points {} unbuildable {} outside {} without {} unanswered {} infeasible {} "
      "feasible {}",
      t.points, t.unbuildable, t.outside, t.without_figure, t.unanswered, t.infeasible, t.feasible);
}

}  // namespace

TEST_CASE("of one objective the best are kept, the first of equal ones first", "[search]") {
  const methods::SearchPlan plan = plan_for({"macs"});
  methods::Collector collector(plan, 3);
  CHECK(add(collector, design_of({5}), 0));
  CHECK(!add(collector, design_of({5}), 1));  // no better than the best
  CHECK(add(collector, design_of({4}), 2));
  CHECK(!add(collector, design_of({4}), 2));  // the same point again
  CHECK(best(collector) == "4 @2, 5 @0, 5 @1");
  CHECK(!add(collector, design_of({6}), 3));
  CHECK(best(collector) == "4 @2, 5 @0, 5 @1");
  CHECK(!add(collector, design_of({4.5}), 4));
  CHECK(best(collector) == "4 @2, 4.5 @4, 5 @0");
  // Ten can be parents, whatever number comes out.
  CHECK(collector.best_size(0) == 5);
  CHECK(collector.best_at(0, 1) == std::vector<std::size_t>{4});
  CHECK(collector.best_at(0, 4) == std::vector<std::size_t>{3});
  for (std::size_t at = 5; at < 15; ++at)
    CHECK(!add(collector, design_of({6.0 + static_cast<double>(at)}), at));
  CHECK(collector.best_size(0) == 10);
  CHECK(best(collector) == "4 @2, 4.5 @4, 5 @0");
  methods::Collector many(plan, 12);
  for (std::size_t at = 0; at < 15; ++at) add(many, design_of({static_cast<double>(at)}), at);
  CHECK(many.best_of(0).size() == 12);
  CHECK(many.best_size(0) == 10);
}

TEST_CASE("a front keeps the first of equal designs, and none that is dominated", "[search]") {
  const methods::SearchPlan two = plan_for({"macs", "params"});
  methods::Collector front(two, 1);
  CHECK(add(front, design_of({3, 4}), 0));
  CHECK(!add(front, design_of({3, 4}), 1));
  CHECK(!add(front, design_of({3, 5}), 2));
  CHECK(!add(front, design_of({4, 4}), 3));
  CHECK(add(front, design_of({5, 1}), 4));
  CHECK(add(front, design_of({1, 9}), 5));
  CHECK(best(front) == "1 9 @5, 3 4 @0, 5 1 @4");
  CHECK(add(front, design_of({3, 1}), 6));  // dominates two of them
  CHECK(best(front) == "1 9 @5, 3 1 @6");
  const methods::SearchPlan three = plan_for({"macs", "params", "weights"});
  methods::Collector solid(three, 1);
  CHECK(add(solid, design_of({1, 2, 3}), 0));
  CHECK(add(solid, design_of({3, 1, 2}), 1));
  CHECK(!add(solid, design_of({3, 1, 2}), 2));
  CHECK(!add(solid, design_of({3, 2, 3}), 3));
  CHECK(add(solid, design_of({2, 3, 1}), 4));
  CHECK(add(solid, design_of({2, 1, 2}), 5));
  CHECK(solid.best_size(0) == 3);
}

TEST_CASE("each verdict is counted as what it is", "[search]") {
  const methods::SearchPlan plan = plan_for({"macs"}, {"params <= 5", "macs <= 9"});
  methods::Collector collector(plan, 1);
  Design unknown = design_of({0, 0});
  unknown.why = "none";
  for (int k = 0; k < 1; ++k) add(collector, design_of({0, 0}), 0, Verdict::kOutside);
  for (int k = 0; k < 2; ++k) add(collector, unknown, 0, Verdict::kWithoutFigure);
  for (int k = 0; k < 3; ++k) add(collector, unknown, 0, Verdict::kUnanswered);
  // Distances of the two limits; the second is not asked of the last.
  const std::vector<std::vector<double>> missed = {{0.5, 0}, {0.25, 0.75}, {0, 0.5}, {0.125, -1}};
  for (std::size_t k = 0; k < missed.size(); ++k)
    add(collector, design_of({double(k), 0}, missed[k]), k, Verdict::kInfeasible);
  collector.add_unbuildable(0, {{"why", {7, 3}}}, 5);
  CHECK(counts(collector.tally()) ==
        "points 15 unbuildable 5 outside 1 without 2 unanswered 3 infeasible 4 feasible 0");
  CHECK(collector.tally().without_figure_why.at("none") == 2);
  CHECK(collector.tally().unanswered_why.at("none") == 3);
  const auto& limits = collector.tally().limits;
  CHECK(limits[0].broken == 3);
  CHECK(limits[0].least_missed == 0);
  CHECK(limits[0].nearest == std::vector<double>{2, 0});
  CHECK(limits[1].broken == 2);
  CHECK(limits[1].least_missed == 0);
  CHECK(limits[1].nearest == std::vector<double>{0, 0});
  // The nearest ones by their distance in all.
  std::vector<std::size_t> nearest;
  for (const Design& design : collector.nearest()) nearest.push_back(design.at.front());
  CHECK(nearest == std::vector<std::size_t>{3, 0, 2, 1});
  for (std::size_t k = 4; k < 7; ++k)
    add(collector, design_of({double(k), 0}, {0.5, 0}), k, Verdict::kInfeasible);
  nearest.clear();
  for (const Design& design : collector.nearest()) nearest.push_back(design.at.front());
  CHECK(nearest == std::vector<std::size_t>{3, 0, 2, 4, 5});  // five, earlier ones first
  // Equal figures are one design, the first in the space: in order and out of it.
  add(collector, design_of({3, 0}, {0.125, -1}), 7, Verdict::kInfeasible);
  add(collector, design_of({5, 0}, {0.5, 0}), 1, Verdict::kInfeasible);
  nearest.clear();
  for (const Design& design : collector.nearest()) nearest.push_back(design.at.front());
  CHECK(nearest == std::vector<std::size_t>{3, 0, 2, 4, 1});
  add(collector, design_of({1, 0}, {0, 0}), 9);
  CHECK(collector.nearest().empty());
  CHECK(collector.tally().limits[1].least_missed == 0);
  add(collector, design_of({1, 0}, {0.5, 0}), 8, Verdict::kInfeasible);
  CHECK(collector.nearest().empty());
  CHECK(collector.tally().infeasible == 10);
}

TEST_CASE("parts of a search add up", "[search]") {
  const methods::SearchPlan plan = plan_for({"macs"}, {"params <= 5"});
  const auto part = [&](std::size_t from, double missed) {
    methods::Collector one(plan, 2);
    Design unknown = design_of({0, 0});
    unknown.why = "none";
    add(one, design_of({0, 0}), 0, Verdict::kOutside);
    for (std::size_t k = 0; k < 2; ++k) add(one, unknown, 0, Verdict::kWithoutFigure);
    for (std::size_t k = 0; k < 3; ++k) add(one, unknown, 0, Verdict::kUnanswered);
    for (std::size_t k = 0; k < 4; ++k)
      add(one, design_of({double(from + k), 1}, {missed}), from + k, Verdict::kInfeasible);
    one.add_unbuildable(0, {{"why", {6, from}}}, 6);
    return one;
  };
  methods::Collector all = part(10, 0.5);
  all.join(part(20, 0.25).state());
  CHECK(counts(all.tally()) ==
        "points 32 unbuildable 12 outside 2 without 4 unanswered 6 infeasible 8 feasible 0");
  CHECK(all.tally().without_figure_why.at("none") == 4);
  CHECK(all.tally().unanswered_why.at("none") == 6);
  CHECK(all.tally().limits[0].broken == 8);
  CHECK(all.tally().limits[0].least_missed == 0.25);
  CHECK(all.tally().limits[0].nearest == std::vector<double>{20, 1});
  CHECK(all.tally().failures[0].at("why").count == 12);
  CHECK(all.tally().failures[0].at("why").first == 10);
  REQUIRE(all.nearest().size() == 5);
  CHECK(all.nearest()[0].at.front() == 20);
  CHECK(all.nearest()[3].at.front() == 23);
  CHECK(all.nearest()[4].at.front() == 10);
  methods::Collector met(plan, 2);
  add(met, design_of({3, 1}, {0}), 30);
  all.join(met.state());
  CHECK(all.nearest().empty());
  CHECK(all.tally().feasible == 1);
  CHECK(all.tally().limits[0].least_missed == 0);
  CHECK(best(all) == "3 1 @30");
}

namespace {

// Designs by their alpha; the latency of a plan's only limit and objective beside params.
methods::SearchPlan timed_plan(const std::vector<std::string>& minimize = {"latency", "params"}) {
  std::vector<methods::OpenedSpec> specs;
  const std::string text =
      "name: two\nparams: {alpha: {default: 1, sweep: [0.25, 0.5, 1]}}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers: [conv: {out: round(8 * alpha)}]\n";
  specs.push_back({"two", spec::read_spec_text("two.yaml", text, "."), {}});
  return methods::plan_search(
      {.limits = {"latency <= 5ms"}, .minimize = minimize}, std::move(specs),
      {{"latency",
        "s",
        [](const graph::Network&) { return std::optional<space::Uncertain>(); },
        {}}});
}

}  // namespace

TEST_CASE("measured designs have their measured times, limits and front", "[search]") {
  const methods::SearchPlan plan = timed_plan();
  const auto latency = static_cast<std::size_t>(space::find_quantity(plan.quantities, "latency")),
             params = static_cast<std::size_t>(space::find_quantity(plan.quantities, "params"));
  methods::SearchResult result;
  const auto design = [&](std::size_t at, double milliseconds, double weights) {
    Design one;
    one.at = {at};
    one.values.resize(plan.quantities.size());
    one.errors.resize(plan.quantities.size(), 1e-4);
    one.missed.resize(1);
    one.values[latency] = 1e-3 * milliseconds;
    one.values[params] = weights;
    one.estimated = true;
    one.key = {1e-3 * milliseconds, weights};
    return one;
  };
  result.designs = {design(0, 1, 24), design(1, 2, 12), design(2, 3.5, 6), design(1, 4, 1),
                    design(2, 4.5, 0)};
  // By channels: 2 takes 3 ms, 4 takes 6, 8 can't be measured.
  const auto measure = [](const graph::Network& network) -> std::optional<space::Uncertain> {
    const std::int64_t out = network.layers[0].output.channels.value();
    if (out == 8) return {};
    return space::Uncertain{1.5e-3 * static_cast<double>(out), 2e-4, false};
  };
  methods::SearchResult some = result;
  methods::remeasure_top(plan, some, 3, "latency", measure);
  // 4 channels break the limit, so that a further design is measured.
  CHECK(some.corrected ==
        "Measured: 3 designs; 2 break a limit by their measured latency (the first: 6 ms instead "
        "of 2). 2 could not be measured, as on a busy machine, and keep what was predicted.");
  CHECK(some.unmeasured == 2);
  REQUIRE(some.designs.size() == 3);
  CHECK(some.designs[0].values[latency] == Approx(3e-3));
  CHECK(some.designs[0].errors[latency] == Approx(2e-4));
  CHECK(!some.designs[0].estimated);
  CHECK(some.designs[0].key == std::vector<double>{3e-3, 24});
  CHECK(some.designs[0].measured->value == Approx(3e-3));
  // Two of the same time: the one with more params is dominated.
  result.designs = {design(0, 1, 24), design(0, 2, 12)};
  methods::remeasure_top(plan, result, 10, "latency", measure);
  REQUIRE(result.designs.size() == 1);
  CHECK(result.designs[0].values[params] == 12);
  CHECK(
      contains(result.corrected,
               "Measured: 2 designs; 0 break a limit by their measured latency, 1 is dominated by "
               "others."));
  CHECK(result.unmeasured == 0);
  // What breaks a limit is shown where nothing else is left.
  result.designs = {design(1, 2, 12)};
  methods::remeasure_top(plan, result, 1, "latency", measure);
  CHECK(result.designs.empty());
  REQUIRE(result.nearest.size() == 1);
  CHECK(result.nearest[0].values[latency] == Approx(6e-3));
  CHECK(result.corrected ==
        "Measured: 1 design; 1 breaks a limit by its measured latency (the first: 6 ms instead of "
        "2). 0 of the 1 that were asked for meet the limits: a lower limit has a front of other "
        "designs to measure.");
}

TEST_CASE("designs that are not measured follow with what was predicted", "[search]") {
  const methods::SearchPlan plan = timed_plan({"params"});
  const auto latency = static_cast<std::size_t>(space::find_quantity(plan.quantities, "latency"));
  methods::SearchResult result;
  for (std::size_t at = 0; at < 3; ++at) {
    methods::Design& design = result.designs.emplace_back();
    design.at = {at};
    design.values.resize(plan.quantities.size(), 1e-3);
    design.errors.resize(plan.quantities.size());
    design.key = {static_cast<double>(at)};
  }
  const auto measure = [](const graph::Network&) -> std::optional<space::Uncertain> {
    return space::Uncertain{2e-3, 1e-4, false};
  };
  methods::SearchResult two = result;
  methods::remeasure_top(plan, result, 1, "latency", measure);
  CHECK(result.corrected ==
        "Measured: 1 design; 0 break a limit by their measured latency. 2 more are not measured "
        "and keep what was predicted.");
  REQUIRE(result.designs.size() == 3);
  CHECK(result.designs[0].values[latency] == Approx(2e-3));
  CHECK(result.designs[0].measured.has_value());
  CHECK(result.designs[1].at == std::vector<std::size_t>{1});
  CHECK(result.designs[2].values[latency] == Approx(1e-3));
  CHECK(!result.designs[2].measured.has_value());
  methods::remeasure_top(plan, two, 1, "latency",
                         [](const graph::Network&) { return std::optional<space::Uncertain>(); });
  CHECK(two.corrected ==
        "Measured: 0 designs; 0 break a limit by their measured latency. 1 could not be measured, "
        "as on a busy machine, and keeps what was predicted. 2 more are not measured and keep what "
        "was predicted.");
  CHECK(two.unmeasured == 1);
  CHECK(two.designs.size() == 3);
  // All of --top are measured, and fewer than were asked for meet the limit of 5 ms.
  for (const std::size_t at : {0, 1}) result.designs[at].at = {0};
  result.designs[2].at = {1};
  methods::remeasure_top(plan, result, 3, "latency", [](const graph::Network& network) {
    const bool narrow = network.layers[0].output.channels == Count(2);
    return std::optional<space::Uncertain>({narrow ? 2e-3 : 6e-3, 1e-4, false});
  });
  CHECK(result.corrected ==
        "Measured: 3 designs; 1 breaks a limit by its measured latency (the first: 6 ms instead of "
        "1). 2 of the 3 that were asked for meet the limits: a larger --top has more designs to "
        "measure, a lower limit others.");
  CHECK(result.designs.size() == 2);
}
