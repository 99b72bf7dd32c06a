// SPDX-License-Identifier: Apache-2.0
// Blocks of the sweep's engine: runs that are cut where the structure changes, listed points, and
// every layer's numbers, against each network built and counted by itself.
#include <numeric>
#include <random>
#include <set>

#include "search/engine/sweep_engine.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const std::vector<std::string> kBlockColumns = {"params", "macs", "peak_memory", "entropy",
                                                "effectiveness"};

// Widths change their structure at every third value, at two thresholds, and by both axes.
spec::ArchSpec changing_spec() {
  return spec::read_spec_text(
      "changing",
      "name: changing\nparams: {n: 4, r: 8}\ninput: {channels: 3, height: r, width: r}\n"
      "layers:\n"
      "  - conv: {out: 8 * n, kernel: 3}\n"
      "  - conv: {out: 24, when: n % 3 == 0}\n"
      "  - conv: {out: 16 if n < 20 else 32 if n < 50 else n, kernel: 3}\n"
      "  - max_pool: {kernel: 2, stride: 2, when: n + r < 40}\n"
      "  - conv: {out: 10, groups: 2 if n < 31 else 1}\n",
      ".");
}

std::uint64_t wrong_rows(const engine::SweepEngine& engine, const engine::SweepRows& rows,
                         const std::vector<std::uint64_t>& points) {
  std::uint64_t wrong = 0;
  for (std::size_t place = 0; place < points.size(); ++place) {
    std::vector<std::int64_t> costs;
    std::string failure;
    const engine::PointState state = engine.evaluate_exactly(points[place], costs, failure);
    wrong += state != rows.states[place] ? 1 : 0;
    for (std::size_t c = 0; c < costs.size() && state == engine::PointState::kRow; ++c)
      wrong += rows.columns[c][place] != costs[c] ? 1 : 0;
  }
  return wrong;
}

void check_runs_and_lists(const spec::ArchSpec& spec, const std::vector<std::string>& vary) {
  const space::SweepSpace space = space::sweep_space(spec, vary);
  engine::SweepEngine engine(spec, {}, space, {.columns = kBlockColumns});
  std::vector<std::uint64_t> points(space.points());
  std::iota(points.begin(), points.end(), std::uint64_t{0});
  engine::SweepRows rows;
  engine.evaluate(0, points.size(), rows);
  CHECK(wrong_rows(engine, rows, points) == 0);
  std::mt19937 random(1);
  engine::SweepEngine listing(spec, {}, space, {.columns = kBlockColumns});
  for (const std::size_t count : {1, 100, 128, 300}) {
    engine::PointList list(space.axes.size());
    points.clear();
    for (std::size_t k = 0; k < count; ++k) {
      points.push_back(random() % space.points());
      const std::vector<std::size_t> at = space.indices(points.back());
      for (std::size_t a = 0; a < at.size(); ++a)
        list[a].push_back(static_cast<std::uint32_t>(at[a]));
    }
    listing.evaluate(list, rows);
    CHECK(wrong_rows(engine, rows, points) == 0);
  }
}

}  // namespace

TEST_CASE("structures that change along the lanes, or from list to list", "[search]") {
  check_runs_and_lists(changing_spec(), {"n=1:70:1"});
  check_runs_and_lists(changing_spec(), {"n=1:70:1", "r=8,16"});
  check_runs_and_lists(changing_spec(), {"n=1,2,3", "r=2:60:1"});
  check_runs_and_lists(changing_spec(), {"r=4:40:4", "n=1:70:1"});
  check_runs_and_lists(shipped_spec("shufflenet_v1"), {"g=2,3", "s=0.25:2:0.01"});
  check_runs_and_lists(shipped_spec("shufflenet_v1"), {"s=0.25:2:0.05", "rho=0.5,1", "g=1,8"});
  check_runs_and_lists(shipped_spec("mobilenet_v2"), {"alpha=0.1:1.4:0.01"});
}

TEST_CASE("every layer's numbers are those of the network", "[search]") {
  for (const auto& [spec, vary] :
       {std::pair{changing_spec(), std::vector<std::string>{"n=1:40:1", "r=16,32"}},
        std::pair{changing_spec(), std::vector<std::string>{"n=5,40", "r=8:40:1"}},
        std::pair{shipped_spec("mobilenet_v1"),
                  std::vector<std::string>{"alpha=0.25,1", "rho=0.5:1:1/32"}}}) {
    const space::SweepSpace space = space::sweep_space(spec, vary);
    // Blocks come in any order, so that networks are told apart by all their numbers.
    std::multiset<std::vector<std::int64_t>> computed, expected;
    engine::SweepWants wants;
    wants.on_layers = [&](const engine::LayerArrays& arrays) {
      for (int l = 0; l < arrays.lanes; ++l) {
        if (arrays.take != nullptr && arrays.take[l] == 0) continue;
        std::vector<std::int64_t> numbers;
        for (std::size_t layer = 0; layer < arrays.layers; ++layer) {
          for (int n = 0; n < engine::kLayerNumbers; ++n)
            numbers.push_back(static_cast<std::int64_t>(
                arrays.of(layer, static_cast<engine::LayerNumber>(n)).at(l)));
        }
        computed.insert(numbers);
      }
    };
    engine::SweepEngine engine(spec, {}, space, wants);
    engine::SweepRows rows;
    engine.evaluate(0, space.points(), rows);
    for (std::uint64_t point = 0; point < space.points(); ++point) {
      const graph::Network network =
          graph::build_network(spec, space.options({}, space.indices(point)));
      std::vector<std::int64_t> numbers;
      for (const graph::Layer& layer : network.layers) {
        for (const Count number :
             {layer.output.channels, layer.output.height, layer.output.width,
              graph::added_cost(layer).params, layer.cost.macs, layer.cost.activations})
          numbers.push_back(number.value());
      }
      expected.insert(numbers);
    }
    CHECK(computed == expected);
  }
}

TEST_CASE("runs of one structure are computed together, wherever a call begins and ends",
          "[search]") {
  const std::vector<std::string> columns = {"params", "macs", "peak_memory"};
  std::mt19937 random(2);
  for (const std::vector<std::string>& vary : {std::vector<std::string>{"r=20:43:1", "n=1:40:1"},
                                               {"n=1:40:1", "r=8:75:1"},
                                               {"n=1:400:1", "r=8:17:1"},
                                               {"r=20:23:1", "n=1:300:1"}}) {
    // The structure changes with r alone.
    const spec::ArchSpec spec = spec::read_spec_text(
        "even",
        "name: even\nparams: {n: 4, r: 8}\ninput: {channels: 3, height: r, width: r}\n"
        "layers:\n  - conv: {out: 8 * n, kernel: 3}\n"
        "  - max_pool: {kernel: 2, stride: 2, when: r % 5 >= 2}\n  - conv: {out: n + 3}\n",
        ".");
    const space::SweepSpace space = space::sweep_space(spec, vary);
    const std::uint64_t size = space.axes.back().values.size();
    engine::SweepEngine engine(spec, {}, space, {.columns = columns});
    // Two halves of runs that are as long but lie elsewhere; a run and a bit; anything.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> calls = {
        {0, space.points()}, {size / 2, size}, {size / 2, 2 * size}, {size - 1, size + 2}};
    for (int k = 0; k < 6; ++k) {
      const std::uint64_t first = random() % space.points();
      calls.emplace_back(first, 1 + random() % (space.points() - first));
    }
    for (const auto& [first, count] : calls) {
      engine::SweepRows rows;
      engine.evaluate(first, count, rows);
      std::vector<std::uint64_t> points(count);
      std::iota(points.begin(), points.end(), first);
      CHECK(wrong_rows(engine, rows, points) == 0);
    }
  }
}
