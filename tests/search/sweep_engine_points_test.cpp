// SPDX-License-Identifier: Apache-2.0
// The sweep's engine on a small network: every point of spaces of many forms, rows, lists, late
// conditions and figures of points, against each network counted by itself.
#include <fmt/core.h>

#include <random>

#include "core/diagnostic.hpp"
#include "search/engine/axis_effect.hpp"
#include "search/engine/sweep_engine.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

spec::ArchSpec small_engine_spec() {
  return spec::read_spec_text(
      "small",
      "name: small\nparams:\n  u: 8\n  v: 3\n  gate: {default: relu, choices: [relu, swish]}\n"
      "  n: {default: 1, choices: [1, 2, 3]}\n"
      "input: {channels: v, height: u, width: u + 2}\nlayers:\n"
      "  - conv: {out: 4 * u + v, kernel: 3}\n"
      "  - conv: {out: 6, groups: 2, when: u % 3 == 0}\n  - activation: {kind: gate}\n"
      "  - conv: {repeat: n, out: v if u < 20 else u}\n",
      ".");
}

using Listed = std::vector<std::uint64_t>;

// Rows of points against each by itself: how many are wrong.
std::size_t wrong_points(const engine::SweepEngine& engine, const engine::SweepRows& rows,
                         const Listed& points) {
  std::size_t wrong = rows.states.size() == points.size() ? 0 : 1;
  std::uint64_t failed = 0, unbuildable = 0;
  for (std::size_t k = 0; k < points.size(); ++k) {
    std::vector<std::int64_t> costs;
    std::string failure;
    const engine::PointState state = engine.evaluate_exactly(points[k], costs, failure);
    if (rows.states[k] != state) ++wrong;
    if (state == engine::PointState::kUnbuildable) ++unbuildable;
    for (std::size_t c = 0; state == engine::PointState::kRow && c < costs.size(); ++c)
      if (rows.columns[c][k] != costs[c]) ++wrong;
  }
  for (const auto& [message, failure] : rows.failures) failed += failure.count;
  return wrong + (failed == unbuildable ? 0 : 1);
}

Listed row_of_points(std::uint64_t first, std::uint64_t count) {
  Listed points;
  for (std::uint64_t k = 0; k < count; ++k) points.push_back(first + k);
  return points;
}

const std::vector<std::string> kPointColumns = {"params", "macs", "peak_memory", "entropy",
                                                "effectiveness"};

void check_all_points(const std::vector<std::string>& vary,
                      const std::vector<std::string>& filters = {},
                      const std::vector<std::string>& columns = kPointColumns,
                      const spec::ArchSpec& spec = small_engine_spec()) {
  const space::SweepSpace space = space::sweep_space(spec, vary);
  engine::SweepWants wants;
  wants.columns = columns;
  for (const std::string& text : filters) wants.filters.push_back(space::parse_filter(spec, text));
  const std::uint64_t points = space.points();
  std::mt19937 random(static_cast<std::uint32_t>(points));
  engine::SweepRows rows;
  {
    engine::SweepEngine engine(spec, {}, space, wants);
    engine.evaluate(0, points, rows);
    CHECK(wrong_points(engine, rows, row_of_points(0, points)) == 0);
  }
  engine::SweepEngine engine(spec, {}, space, wants);
  for (std::uint64_t first = 0; first < points;) {
    const std::uint64_t count = std::min<std::uint64_t>(points - first, 1 + random() % 400);
    engine.evaluate(first, count, rows);
    CHECK(wrong_points(engine, rows, row_of_points(first, count)) == 0);
    first += count;
  }
  for (const std::size_t count : {1u, 7u, 129u, 40u}) {
    engine::PointList list(space.axes.size());
    Listed listed;
    for (std::size_t k = 0; k < count; ++k) {
      listed.push_back(random() % points);
      const std::vector<std::size_t> at = space.indices(listed.back());
      for (std::size_t axis = 0; axis < at.size(); ++axis)
        list[axis].push_back(static_cast<std::uint32_t>(at[axis]));
    }
    engine.evaluate(list, rows);
    CHECK(rows.first == 0);
    CHECK(wrong_points(engine, rows, listed) == 0);
  }
}

}  // namespace

TEST_CASE("every point of small spaces is as it is by itself", "[search]") {
  check_all_points({"u=4:11:1"});
  check_all_points({"v=1:9:1", "u=5,6"});
  check_all_points({"u=5,6,7", "v=1:7:1"});
  check_all_points({"u=4:70:1", "v=2,3"});
  check_all_points({"v=2,4", "u=3:67:1"});
  check_all_points({"v=1:300:1"});
  check_all_points({"gate=relu,swish", "u=12:30:1", "n=1,2"});
  check_all_points({"u=12:30:1", "n=1,3", "v=1,2"});
  check_all_points({"u=17:21:1", "gate=relu,swish", "v=1:10:1"});
  check_all_points({"n=1,2,3", "gate=relu,swish"});
  check_all_points({"u=6:12:1/2", "v=1,2"});
  check_all_points({"v=1:40:1", "gate=relu,swish"});
  check_all_points({"gate=relu,swish", "v=1:40:1"});
  // Weights that no size changes: some columns are the same in all lanes.
  const spec::ArchSpec sized = spec::read_spec_text(
      "sized",
      "name: sized\nparams: {u: 8, v: 3}\ninput: {channels: v, height: u, width: u}\n"
      "layers:\n  - conv: {out: 5, kernel: 3}\n  - relu\n",
      ".");
  check_all_points({"v=1:5:1", "u=4:40:1"}, {}, kPointColumns, sized);
  check_all_points({"u=4:40:1", "v=1:5:1"}, {}, kPointColumns, sized);
}

TEST_CASE("every point under conditions is as it is by itself", "[search]") {
  check_all_points({"u=4:40:1", "v=1,2,3"}, {"params < 5K"});
  check_all_points({"u=4:40:1", "v=1,2,3"}, {"macs > 20K", "u != 9 and v < 3"});
  check_all_points({"u=4:40:1", "v=1,2,3"}, {"entropy > 20"});
  check_all_points({"v=1,2,3", "u=4:40:1"}, {"params < 9K", "entropy > 15 or u == 7"});
  check_all_points({"v=1,2,3", "gate=relu,swish", "u=4:20:1"},
                   {"effectiveness > 0.2 and macs > 1", "gate == swish or params < 4K"});
  check_all_points({"u=4:40:1", "v=1,2"}, {"macs / (1 if entropy > 20 else 0) > 0"});
  check_all_points({"u=4:40:1", "v=1,2"}, {"macs / (u - 9) != 1"});
  for (const int least : {30, 100, 300, 1000, 3000}) {
    check_all_points({"v=1,2", "u=4:30:1"}, {fmt::format("u * entropy > {}", least)}, {"macs"});
    check_all_points({"u=4:30:1", "v=1,2"}, {fmt::format("macs * effectiveness > {}", 9 * least)},
                     {});
    check_all_points({"u=4:30:1"}, {fmt::format("macs + 0 * entropy > {}", 99 * least)},
                     {"entropy"});
  }
}

TEST_CASE("a structure is traced once for all points that have it", "[search]") {
  const spec::ArchSpec spec = small_engine_spec();
  const auto structures = [&](const std::vector<std::string>& vary) {
    const space::SweepSpace space = space::sweep_space(spec, vary);
    engine::SweepEngine engine(spec, {}, space, {.columns = {"macs"}});
    engine::SweepRows rows;
    for (int turn = 0; turn < 3; ++turn) engine.evaluate(0, space.points(), rows);
    return engine.structures();
  };
  CHECK(structures({"v=1:40:1"}) == 1);
  CHECK(structures({"v=1:40:1", "gate=relu,swish"}) == 2);
  CHECK(structures({"v=1:40:1", "gate=relu,swish", "n=1,2,3"}) == 6);
  CHECK(structures({"u=4:18:1"}) <= 4);
}

TEST_CASE("figures of points: known, missing, and asked for by conditions", "[search]") {
  const spec::ArchSpec spec = small_engine_spec();
  const space::SweepSpace space = space::sweep_space(spec, {"v=1:4:1", "u=5,7,9"});
  engine::SweepWants wants;
  wants.columns = {"latency", "params"};
  CHECK_THROWS_WITH(engine::SweepEngine(spec, {}, space, wants),
                    "error: no figures for 'latency' here");
  wants.point_cost = [](std::string_view name, const graph::Network& network,
                        const graph::BuildOptions& options) -> std::int64_t {
    CHECK(name == "latency");
    CHECK(!options.suggest_fix);
    const std::int64_t height = network.input.height.value();
    if (height == 7) throw Error("no figure of 7 and " + std::to_string(options.settings.size()));
    return 1000 * height + network.input.channels.value();
  };
  engine::SweepRows rows;
  engine::SweepEngine engine(spec, {}, space, wants);
  for (int turn = 0; turn < 2; ++turn) engine.evaluate(1, 10, rows);
  CHECK(rows.first == 1);
  // u = 9 needs an even number of channels: 36 + v.
  std::vector<std::string> found;
  for (std::size_t k = 0; k < rows.states.size(); ++k) {
    if (rows.states[k] == engine::PointState::kUnbuildable)
      found.emplace_back("unbuildable");
    else
      found.push_back(rows.columns[0][k] == engine::kNoFigure ? "none"
                                                              : std::to_string(rows.columns[0][k]));
  }
  CHECK(found == std::vector<std::string>{"none", "unbuildable", "5002", "none", "9002", "5003",
                                          "none", "unbuildable", "5004", "none"});
  REQUIRE(rows.missing.size() == 1);
  CHECK(rows.missing.begin()->first == "no figure of # and #");
  CHECK(rows.missing.begin()->second.count == 4);
  CHECK(rows.missing.begin()->second.first == 1);
  REQUIRE(rows.failures.size() == 1);
  CHECK(rows.failures.begin()->second.count == 2);
  CHECK(rows.failures.begin()->second.first == 2);
  CHECK(contains(rows.failures.begin()->first, "must divide"));
  std::vector<std::int64_t> costs = {7, 7, 7};
  std::string failure = "of another point";
  CHECK(engine.evaluate_exactly(0, costs, failure) == engine::PointState::kRow);
  CHECK(costs.size() == 2);
  CHECK(failure.empty());
  CHECK(engine.evaluate_exactly(1, costs, failure) == engine::PointState::kRow);
  CHECK(failure == "no figure of 7 and 2");
  CHECK(engine.evaluate_exactly(2, costs, failure) == engine::PointState::kUnbuildable);
  CHECK(contains(failure, "must divide"));
  // Without the column: a condition has no answer where there is no figure.
  wants.columns = {"params"};
  wants.filters = {space::parse_filter(spec, "latency <= 5.003 us")};
  engine::SweepEngine asking(spec, {}, space, wants);
  asking.evaluate(0, 12, rows);
  using State = engine::PointState;
  const State r = State::kRow, f = State::kFiltered, x = State::kUnbuildable;
  CHECK((rows.states == std::vector<State>{r, x, x, r, x, f, r, x, x, f, x, f}));
  CHECK(rows.count(r) == 3);
  CHECK(rows.count(f) == 3);
  CHECK(rows.count(x) == 6);
}

TEST_CASE("failures are counted by their message without its numbers", "[search]") {
  engine::SweepRows rows;
  rows.add_failure(7, "12 of 345 a7b, 0");
  rows.add_failure(9, "1 of 2 a33b, 9");
  rows.add_failure(5, "0 of 0 a9b, 10");
  rows.add_failure(6, "of 3");
  rows.add_missing(4, "/:;");
  REQUIRE(rows.failures.size() == 2);
  CHECK(rows.failures.at("# of # a#b, #").count == 3);
  CHECK(rows.failures.at("# of # a#b, #").first == 5);
  CHECK(rows.failures.at("of #").first == 6);
  CHECK(rows.missing.at("/:;").count == 1);
  CHECK(rows.missing.at("/:;").first == 4);
}

TEST_CASE("axes that change nothing are found, others are not", "[search]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "idle",
      "name: idle\nparams: {a: 1, b: 2, idle: 3, other: 4, on: 0, m: 1, g: 1, rare: 1, act: 0}\n"
      "input: {channels: 6, height: 8, width: 8}\nlayers:\n"
      "  - conv: {out: 6 * a, kernel: 3}\n  - conv: {out: 6 * b + (1 if m == 2 else 0)}\n"
      "  - conv: {out: idle + other, when: on == 1}\n"
      "  - conv: {out: 8, groups: 5 if g == 2 else 1}\n"
      "  - conv: {out: rare, when: a == 7 and b == 13}\n  - avg_pool: {kernel: 3, pad: 1, "
      "count_include_pad: act}\n",
      ".");
  using Axes = std::vector<std::size_t>;
  const auto without_effect = [&](const std::vector<std::string>& vary) {
    return engine::axes_without_effect(spec, {}, space::sweep_space(spec, vary));
  };
  CHECK(without_effect({"idle=1:4:1"}) == Axes{0});
  CHECK(without_effect({"idle=5"}).empty());
  CHECK(without_effect({"a=1,2"}).empty());
  CHECK(without_effect({"a=1,2", "idle=1:4:1"}) == Axes{1});
  CHECK(without_effect({"idle=1,2", "a=1,2,3"}) == Axes{0});
  CHECK(without_effect({"a=1,2,3", "idle=1,2", "b=1:4:1"}) == Axes{1});
  CHECK(without_effect({"idle=1,2", "a=1,2,3", "other=1,2,3", "b=5"}) == Axes{0, 2});
  CHECK(without_effect({"idle=1:4:1", "on=0,1"}).empty());
  CHECK(without_effect({"on=0,1", "idle=1:4:1", "other=1,2"}).empty());
  // An effect of a value between the first and the last, and of few combinations.
  CHECK(without_effect({"m=1,2,3"}).empty());
  CHECK(without_effect({"m=1,3,4"}) == Axes{0});
  CHECK(without_effect({"g=1,2,3"}).empty());
  CHECK(without_effect({"g=1,3,4"}) == Axes{0});
  CHECK(without_effect({"a=1:20:1", "rare=1:3:1", "b=1:20:1"}).empty());
  CHECK(without_effect({"a=1:6:1", "rare=1:3:1", "b=1:20:1"}) == Axes{1});
  CHECK(without_effect({"a=8,9", "rare=1:3:1", "m=1,2,3"}) == Axes{1});
  CHECK(without_effect({"idle=1:200001:1"}).empty());
  // Another layer of the same costs.
  CHECK(without_effect({"act=0,1"}).empty());
  CHECK(without_effect({"act=1,0"}).empty());
  CHECK(without_effect({"a=1,2", "act=0,1", "idle=1,2"}) == Axes{2});
}
