// SPDX-License-Identifier: Apache-2.0
// The walk of an evolution through a space: which points it looks at, in which order, and when it
// ends. It is the same for a seed on every machine.
#include <fmt/core.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "search/methods/method_runs.hpp"
#include "search/methods/plan.hpp"
#include "search/methods/search_journal.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;

namespace {

using WalkPoint = std::vector<std::string>;  // values of the parameters

std::string walk_spec(const std::string& name, int size, const std::string& more = "") {
  return fmt::format(
      "name: {}\nparams: {{a: {{default: 1, min: 1, max: {}}}, b: {{default: 1, min: 1, max: 9}},"
      " kind: {{default: x, choices: [x, y, z]}}}}\n"
      "input: {{channels: 1, height: 4, width: 4}}\n"
      "layers: [conv: {{out: \"a + b * (3 if kind == x else 1)\"}}]\n{}",
      name, size, more);
}

// Of specs with parameters a, b and kind; it notes the points that are asked for a figure.
struct Walk {
  std::vector<WalkPoint> points;

  methods::SearchPlan plan(const std::vector<std::string>& specs,
                           const std::vector<std::string>& vary,
                           const std::vector<std::string>& minimize,
                           const std::vector<std::string>& limits = {}) {
    std::vector<methods::OpenedSpec> opened;
    for (const std::string& text : specs) {
      const std::string label = text.substr(6, text.find('\n') - 6);
      opened.push_back({label, spec::read_spec_text(label + ".yaml", text, "."), {}});
    }
    const auto figure = [this](const graph::Network& network) {
      WalkPoint& point = points.emplace_back();
      double rugged = 0;
      for (const graph::Parameter& parameter : network.parameters) {
        point.push_back(spec::to_string(parameter.value));
        for (const char c : point.back()) rugged = std::fmod(rugged * 31 + c, 101);
      }
      return std::optional(space::Uncertain{rugged});
    };
    return methods::plan_search(
        {.vary = vary, .limits = limits, .minimize = minimize, .columns = ""}, std::move(opened),
        {{"rugged", "", figure, {}}});
  }

  // A number of the sequence of points.
  std::uint32_t digest() const {
    std::uint32_t hash = 2166136261U;
    for (const WalkPoint& point : points) {
      for (const std::string& value : point) {
        for (const char c : value + " ") hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
      }
    }
    return hash;
  }
};

const std::vector<std::string> kWalkAxes = {"a=1:60:1", "b=1:9:1", "kind=x,y,z"};

struct Walked {
  std::string ended;
  bool whole = true;
  methods::SearchTally tally;
  std::size_t best = 0;
};

Walked evolve_along(const methods::SearchPlan& plan, const methods::SearchOptions& options) {
  methods::Collector collector(plan, 3);
  Walked walked;
  walked.ended = methods::evolve(plan, options, collector, walked.whole);
  walked.tally = collector.tally();
  walked.best = collector.best_size(0);
  return walked;
}

}  // namespace

TEST_CASE("an evolution begins along the diagonal and looks at no point twice", "[search]") {
  Walk walk;
  const methods::SearchPlan plan =
      walk.plan({walk_spec("one", 60)}, kWalkAxes, {"rugged", "params"});
  const Walked walked = evolve_along(plan, {.evaluations = 1000});
  CHECK(walked.ended == "after 1,000 evaluations, as many as were allowed");
  CHECK(walked.whole);
  CHECK(walked.tally.points == 1000);
  REQUIRE(walk.points.size() == 1000);
  CHECK(std::set<WalkPoint>(walk.points.begin(), walk.points.end()).size() == 1000);
  // From the first values of what has an order to the last, in 50 steps.
  for (std::size_t k = 0; k < 50; ++k) {
    const double share = static_cast<double>(k) / 49;
    CHECK(walk.points[k][0] == fmt::format("{}", 1 + std::lround(share * 59)));
    CHECK(walk.points[k][1] == fmt::format("{}", 1 + std::lround(share * 8)));
  }
  // All kinds, and what is off the diagonal.
  std::set<std::string> kinds, of_last;
  for (std::size_t k = 0; k < 50; ++k) kinds.insert(walk.points[k][2]);
  CHECK(kinds.size() == 3);
  for (std::size_t k = 50; k < 100; ++k) of_last.insert(walk.points[k][0]);
  CHECK(of_last.size() > 25);
  CHECK(walk.digest() == 924543712U);
}

TEST_CASE("an evolution ends when a small space has no other points", "[search]") {
  Walk walk;
  const methods::SearchPlan plan =
      walk.plan({walk_spec("one", 60)}, {"a=1:60:1", "b=4", "kind=x,y"}, {"rugged"});
  const Walked walked = evolve_along(plan, {});
  CHECK(walked.ended == "no new points were found, after 120 evaluations");
  CHECK(walked.whole);
  CHECK(std::set<WalkPoint>(walk.points.begin(), walk.points.end()).size() == 120);
  CHECK(walk.points.size() == 120);
  CHECK(walk.digest() == 126610205U);
}

TEST_CASE("an evolution ends when nothing gets better, unless so many points are asked for",
          "[search]") {
  Walk walk;
  const methods::SearchPlan plan =
      walk.plan({walk_spec("one", 100'000)}, {"a=1:100000:1", "b=1:9:1"}, {"params"});
  const Walked walked = evolve_along(plan, {});
  CHECK(walked.ended == "60 generations of 100 brought nothing new, after 6,100 evaluations");
  const Walked asked = evolve_along(plan, {.evaluations = 8000});
  CHECK(asked.ended == "after 8,000 evaluations, as many as were allowed");
  CHECK(asked.tally.points == 8000);
}

TEST_CASE("jobs and parts of an evolution share its evaluations and walk on their own",
          "[search]") {
  Walk walk;
  const methods::SearchPlan plan = walk.plan({walk_spec("one", 60), walk_spec("two", 60)},
                                             kWalkAxes, {"rugged", "params"}, {"params <= 60"});
  const auto digest_of = [&](std::uint64_t seed, sweep::Shard part) {
    walk.points.clear();
    const Walked walked = evolve_along(plan, {.seed = seed, .evaluations = 902, .part = part});
    const std::uint64_t share = 902 / part.of / 2;
    CHECK(walked.ended ==
          fmt::format("one: after {0} evaluations, as many as were allowed; two: after {0} "
                      "evaluations, as many as were allowed",
                      share));
    CHECK(walked.tally.points == 2 * share);
    CHECK(walked.tally.infeasible + walk.points.size() == 2 * share);
    return walk.digest();
  };
  CHECK(digest_of(1, {1, 1}) == 2171353573U);
  CHECK(digest_of(7, {1, 1}) == 2464907258U);
  CHECK(digest_of(7, {2, 3}) == 1162031055U);
  CHECK(digest_of(7, {3, 3}) == 2481218144U);
  // Each job has a point at least.
  CHECK(evolve_along(plan, {.evaluations = 1}).tally.points == 2);
}

TEST_CASE("an evolution that is stopped says so", "[search]") {
  Walk walk;
  const methods::SearchPlan plan =
      walk.plan({walk_spec("one", 60), walk_spec("two", 60)}, kWalkAxes, {"rugged", "params"});
  std::atomic<bool> stop = false;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
  methods::SearchOptions options;
  options.evaluations = 1000;
  options.stop = &stop;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    progress.emplace_back(done, total);
    stop = progress.size() == 3;
  };
  const Walked walked = evolve_along(plan, options);
  CHECK(!walked.whole);
  CHECK(walked.ended == "one: it was stopped");
  REQUIRE(progress.size() == 3);
  CHECK(progress[0] == std::pair<std::uint64_t, std::uint64_t>(100, 500));
  CHECK(progress[2].first == walk.points.size());
}

TEST_CASE("an evolution over more axes than a number has bits", "[search]") {
  std::string text = "name: many\nparams: {a: {default: [4";
  std::string layers;
  for (int k = 2; k <= 70; ++k) text += ", 4";
  for (int k = 1; k <= 70; ++k) layers += fmt::format("  - conv: {{out: a({})}}\n", k);
  text += "]}}\ninput: {channels: 1, height: 1, width: 1}\nlayers:\n" + layers;
  Walk walk;
  const methods::SearchPlan plan = walk.plan({text}, {"a(i)=1:4:1"}, {"rugged", "params"});
  const Walked walked = evolve_along(plan, {.evaluations = 400});
  CHECK(walked.tally.points == 400);
  CHECK(walk.digest() == 706679347U);
}

TEST_CASE("an evolution where few points are in the space, can be built or meet the limits",
          "[search]") {
  // Every 97th value of a is in the space: few are found before the first generation.
  Walk rare;
  const methods::SearchPlan in_space =
      rare.plan({walk_spec("one", 5000, "search: {where: [a == 97 * (a // 97)]}\n")},
                {"a=1:5000:1", "b=1,2", "kind=x,y"}, {"rugged", "params"});
  CHECK(evolve_along(in_space, {.evaluations = 300}).tally.outside == 0);
  CHECK(rare.digest() == 3246858227U);
  // Two of three widths can't be built, and few designs are pleasant.
  Walk broken;
  const std::string grouped =
      "name: one\nparams: {a: {default: 3, min: 1, max: 900}, b: {default: 1, min: 1, max: 9}}\n"
      "input: {channels: 3, height: 4, width: 4}\nlayers: [conv: {out: a + b, groups: 3}]\n";
  const methods::SearchPlan built =
      broken.plan({grouped}, {"a=1:900:1", "b=1:9:1"}, {"params", "rugged"}, {"rugged < 4"});
  const Walked some = evolve_along(built, {.evaluations = 1500});
  CHECK(some.tally.unbuildable > 300);
  CHECK(some.tally.unbuildable + broken.points.size() == 1500);
  CHECK(some.tally.feasible > 5);
  CHECK(broken.digest() == 258003282U);
  // Nothing is pleasant enough.
  Walk none;
  const methods::SearchPlan unmet =
      none.plan({grouped}, {"a=1:900:1", "b=1:9:1"}, {"params"}, {"rugged < 0"});
  CHECK(evolve_along(unmet, {}).ended ==
        "60 generations of 100 brought nothing new, after 6,000 evaluations");
  CHECK(none.digest() == 950409037U);
}

namespace {

// One run, and one that is stopped after `every` generations each time, and goes on from its files.
struct Resumed {
  std::string state, ended;
  std::vector<WalkPoint> points;
  int stops = 0;
};

Resumed run_to_end(Walk& walk, const methods::SearchPlan& plan, methods::SearchOptions options,
                   int every, const std::filesystem::path& file = {}) {
  walk.points.clear();
  Resumed run;
  for (bool whole = false; !whole;) {
    whole = true;
    REQUIRE(run.stops < 100);
    std::optional<methods::SearchJournal> journal;
    if (every > 0) {
      journal.emplace(plan, file, "request", run.stops > 0);
      CHECK((journal->before() != nullptr) == (run.stops > 0));
      options.before = journal->before();
    }
    std::atomic<bool> stop = false;
    int generations = 0;
    options.stop = &stop;
    options.progress = [&](std::uint64_t, std::uint64_t) { stop = ++generations == every; };
    options.checkpoint = [&](const methods::SearchState& state) {
      if (state.done == 0)
        journal.value().save(state);
      else
        run.state = methods::to_text(state);
    };
    methods::Collector collector(plan, options.top);
    run.ended = methods::evolve(plan, options, collector, whole);
    if (!whole)
      ++run.stops;
    else if (journal)
      journal->remove();
  }
  run.points = walk.points;
  return run;
}

}  // namespace

TEST_CASE("an evolution that is stopped again and again ends as one that is not", "[search]") {
  const std::string many =
      "name: many\nparams: {a: {default: [4, 4, 4, 4, 4]}, g: {default: 1, choices: [1, 2, 3]}}\n"
      "input: {channels: 6, height: 4, width: 4}\nlayers:\n  - conv: {out: a(1)}\n"
      "  - conv: {out: a(2) + a(3), groups: g}\n  - conv: {out: a(4) * a(5)}\n";
  const std::vector<std::string> kManyAxes = {"a(i)=1:20:1", "g=1,2,3"};
  struct Case {
    const char* what;
    std::vector<std::string> specs, vary, minimize, limits;
    methods::SearchOptions options;
  };
  const std::vector<std::string> one = {walk_spec("one", 60)}, two = {one[0], walk_spec("two", 60)};
  for (const Case& c : {
           Case{"two objectives", one, kWalkAxes, {"rugged", "params"}, {}, {.evaluations = 900}},
           {"one objective", one, kWalkAxes, {"rugged"}, {}, {.evaluations = 900, .top = 2}},
           {"until nothing gets better", one, kWalkAxes, {"params"}, {}, {}},
           {"no design meets the limits", one, kWalkAxes, {"params"}, {"params < 0"}, {.seed = 3}},
           {"several specs", two, kWalkAxes, {"rugged", "params"}, {}, {.evaluations = 1500}},
           {"a part of several specs",
            two,
            kWalkAxes,
            {"rugged", "params"},
            {"params < 50"},
            {.seed = 5, .evaluations = 3000, .part = {2, 3}}},
           {"three objectives and points that can't be built",
            {many},
            kManyAxes,
            {"rugged", "params", "macs"},
            {},
            {.evaluations = 1600}},
       }) {
    Walk walk;
    const methods::SearchPlan plan = walk.plan(c.specs, c.vary, c.minimize, c.limits);
    const Resumed whole = run_to_end(walk, plan, c.options, 0);
    for (const int every : {1, 2, 5}) {
      INFO(c.what << ", stopped after " << every << " generations");
      const test::TestFolder folder;
      const Resumed resumed = run_to_end(walk, plan, c.options, every, folder / "best.csv");
      CHECK(resumed.stops > (every == 5 ? 0 : 3));
      CHECK(resumed.ended == whole.ended);
      CHECK(resumed.points == whole.points);
      CHECK(resumed.state == whole.state);
      CHECK(std::filesystem::is_empty(folder.text()));
    }
  }
}
