// SPDX-License-Identifier: Apache-2.0
// The sweep's engine against the same network built and counted by itself: exactly, everywhere.
#include "search/engine/sweep_engine.hpp"

#include <fmt/core.h>

#include <array>
#include <random>

#include "core/diagnostic.hpp"
#include "property/random_spec.hpp"
#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const std::vector<std::string> kColumns = {
    "params",       "macs", "flops",    "activations", "peak_memory", "peak_memory_in_place",
    "traffic",      "thop", "benchdnn", "size_int4",   "train_flops", "entropy",
    "effectiveness"};

// All points by the engine, in chunks of an odd size, against some of them one by one.
void check_sweep(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                 const std::vector<std::string>& vary, std::size_t samples, std::uint32_t seed,
                 const std::vector<std::string>& names = kColumns) {
  const space::SweepSpace space = space::sweep_space(spec, vary);
  engine::SweepEngine engine(spec, options, space, {.columns = names});
  std::vector<engine::PointState> states;
  std::vector<std::vector<std::int64_t>> columns(names.size());
  engine::SweepRows rows;
  std::uint64_t failed = 0;
  for (std::uint64_t first = 0; first < space.points(); first += 333) {
    engine.evaluate(first, std::min<std::uint64_t>(333, space.points() - first), rows);
    states.insert(states.end(), rows.states.begin(), rows.states.end());
    for (std::size_t c = 0; c < columns.size(); ++c)
      columns[c].insert(columns[c].end(), rows.columns[c].begin(), rows.columns[c].end());
    for (const auto& [reason, failure] : rows.failures) failed += failure.count;
  }
  CHECK(failed == static_cast<std::uint64_t>(
                      std::count(states.begin(), states.end(), engine::PointState::kUnbuildable)));
  std::mt19937 random(seed);
  for (std::size_t k = 0; k < samples; ++k) {
    const std::uint64_t point = samples >= space.points() ? k : random() % space.points();
    if (point >= space.points()) break;
    INFO("point " << point);
    std::vector<std::int64_t> costs, swept;
    std::string failure;
    REQUIRE(states[point] == engine.evaluate_exactly(point, costs, failure));
    if (states[point] != engine::PointState::kRow) continue;
    for (const auto& column : columns) swept.push_back(column[point]);
    CHECK(swept == costs);
  }
}

// A whole number of at least 1 by u, v and small constants.
std::string random_expression(std::mt19937& random, int depth = 0) {
  const auto pick = [&](std::size_t count) { return random() % count; };
  if (depth > 2 || pick(10) < 3) return pick(2) == 0 ? "u" : "v";
  if (pick(8) == 0) return std::to_string(1 + pick(12));
  const std::string a = random_expression(random, depth + 1),
                    b = random_expression(random, depth + 1);
  const std::array forms = {
      fmt::format("({} + {})", a, b),         fmt::format("({} * {})", a, b),
      fmt::format("({} * {})", a, a),         fmt::format("max(1, {} // {})", a, b),
      fmt::format("max({}, {})", a, b),       fmt::format("min({}, {})", a, b),
      fmt::format("ceil({} / {})", a, b),     fmt::format("max(1, round({} * 3 / {}))", a, b),
      fmt::format("divisible({}, 4)", a),     fmt::format("(1 + {} % {})", a, b),
      fmt::format("(1 + abs({} - {}))", a, b)};
  return forms[pick(forms.size())];
}

// Of a, b and constants of up to 12 digits.
std::string long_expression(std::mt19937& random, int depth = 0) {
  const auto pick = [&](std::size_t count) { return random() % count; };
  if (depth > 3 || pick(10) < 2) return pick(2) == 0 ? "a" : "b";
  if (pick(4) == 0) return std::to_string(1 + pick(std::size_t{1} << (10 * (1 + pick(3)))) * 1000);
  const std::string x = long_expression(random, depth + 1), y = long_expression(random, depth + 1);
  const std::array forms = {fmt::format("({} + {})", x, y),  fmt::format("({} - {})", x, y),
                            fmt::format("({} - {})", x, y),  fmt::format("({} * {})", x, y),
                            fmt::format("({} % 1009)", x),   fmt::format("({} // 7)", x),
                            fmt::format("max({}, {})", x, y)};
  return forms[pick(forms.size())];
}

spec::ArchSpec one_layer_spec(const std::string& out) {
  return spec::read_spec_text("one",
                              "name: one\nparams: {a: 1, b: 1}\n"
                              "input: {channels: 1, height: 1 + 0 * a, width: 1 + 0 * b}\n"
                              "layers:\n  - conv: {out: \"" +
                                  out + "\"}\n",
                              ".");
}

// Branches that are joined: their products of widths and sizes share factors.
std::string spec_by_expressions(std::mt19937& random) {
  std::string text = fmt::format(
      "name: random\nparams: {{u: {{default: 8}}, v: {{default: 3}}}}\n"
      "input: {{channels: {}, height: \"{}\", width: \"{}\"}}\nlayers:\n  - concat:\n",
      random() % 2 == 0 ? "3" : "v", random() % 2 == 0 ? "u" : "u + " + random_expression(random),
      random() % 2 == 0 ? "u" : "v + 4");
  for (std::size_t branch = 0; branch < 2 + random() % 3; ++branch) {
    text += fmt::format("      - - conv: {{out: \"{}\", kernel: {}}}\n", random_expression(random),
                        1 + 2 * (random() % 2));
    if (random() % 3 == 0) text += "        - swish\n";
    if (random() % 3 == 0) text += "        - multiply: [[], [global_avg_pool, sigmoid]]\n";
  }
  return text + "  - batch_norm\n  - max_pool: {kernel: 3, stride: 2, pad: 1}\n" +
         fmt::format("  - conv: {{out: \"v * {}\", name: last}}\n", random_expression(random));
}

void check_shipped(const std::string& name, const std::vector<std::string>& vary,
                   std::size_t samples = 60) {
  INFO(name);
  graph::BuildOptions options;
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  const auto path = library.find(name);
  if (!path) options.preset = name;
  check_sweep(spec::read_spec(path ? *path : *library.find_with_preset(name)), options, vary,
              samples, 7);
}

}  // namespace

TEST_CASE("a sweep gives what analyze gives: random specs", "[search]") {
  const std::vector<std::vector<std::string>> spaces = {
      {"alpha=0.5:3:0.25", "rho=0.5:1.5:0.125"},
      {"alpha=1/3,0.7,1,9/7,2", "deep=0,1", "rho=5/7,1,13/11"},
      {"times=0:3:1", "alpha=1:4:1", "deep=0,1"},
      {"rho=1/8:2:1/8", "alpha=0.1:2:0.1"},
  };
  for (std::uint32_t seed = 0; seed < 120; ++seed) {
    INFO("seed " << seed);
    const spec::ArchSpec spec = spec::read_spec_text("random", random_spec(seed), ".");
    check_sweep(spec, {}, spaces[seed % spaces.size()], 40, seed);
  }
}

TEST_CASE("a sweep gives what analyze gives: sizes and widths by the same axes", "[search]") {
  const std::vector<std::vector<std::string>> spaces = {{"u=5:20:1", "v=2,3"},
                                                        {"u=4:11:1", "v=1:9:1"},
                                                        {"v=1:12:1", "u=7,16"},
                                                        {"v=2,5", "u=6:40:2"}};
  for (std::uint32_t seed = 0; seed < 250; ++seed) {
    std::mt19937 random(seed);
    const std::string text = spec_by_expressions(random);
    INFO("seed " << seed << "\n" << text);
    std::vector<std::string> names = kColumns;
    std::shuffle(names.begin(), names.end(), random);
    names.resize(1 + random() % names.size());
    check_sweep(spec::read_spec_text("random", text, "."), {}, spaces[seed % spaces.size()], 24,
                seed, names);
  }
}

TEST_CASE("a sweep gives what analyze gives: numbers that doubles hold only in some orders",
          "[search]") {
  const auto check = [](const std::string& out, const std::vector<std::string>& vary) {
    INFO(out);
    check_sweep(one_layer_spec(out), {}, vary, 100, 1, {"params"});
  };
  check("1000003 * (a - 10000000000)", {"a=10000000001:10000000010:1"});
  check("(a - 1000000000000) % 65536 * 100003", {"a=1:16:1"});
  check("a % 1001 * 100003", {"a=99999999999:100000000008:1"});
  std::string differences = "1 + abs(0";
  for (int k = 1; k <= 5; ++k)
    differences += fmt::format(" + max(a, b + {0}) * {1} - max(a + {0}, b) * {1}", k, 2049 - 2 * k);
  check(differences + ")", {"a=1:2000000000000:200000000000", "b=5:1000000000005:100000000000"});
  // Fractions that are shortened only where they are not traced.
  check("floor(a / 1e12 + 1e7)", {"a=10:80:10"});
  check("floor(4000000000 / a * 4000000000 / 1e18)", {"a=2:10:1"});
  check("floor(1e10 / a * 2147483648 / 1e15)", {"a=1:9:1"});
}

TEST_CASE("a sweep gives what analyze gives: random numbers of many digits", "[search]") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const std::string out = "1 + abs(" + long_expression(random) + ") % 1000003";
    INFO("seed " << seed << "\n" << out);
    check_sweep(one_layer_spec(out), {}, {"a=1:9:1", "b=999999999990:999999999999:3"}, 20, seed,
                {"params"});
  }
}

TEST_CASE("a sweep gives what analyze gives: shipped specs", "[search]") {
  check_shipped("mobilenet_v1", {"alpha=0.05:4:0.05", "rho=96/224:2:1/56"});
  check_shipped("mobilenet_v1", {"shallow=0,1", "separable=0,1", "alpha=0.1:1:0.1"}, 40);
  check_shipped("mobilenet_v2", {"alpha=0.1:2:0.01", "rho=0.5,4/7,1"});
  check_shipped("mobilenet_v3", {"alpha=0.35:1.25:0.05", "rho=0.5:1:0.1"}, 30);
  check_shipped("shufflenet_v1", {"g=1,2,3,4,8", "s=0.25:2:0.125", "se=0,1", "shuffle=0,1"});
  check_shipped("shufflenet_v2_x1_0", {"rho=0.4:2:0.05"}, 20);
  check_shipped("se_resnet50", {"reduction=1:40:1", "rho=0.3:1.2:0.1"}, 30);
  check_shipped("efficientnet_b0", {"rho=0.3:1.2:0.05"}, 15);
  check_shipped("inception_v3", {"rho=0.5:1.2:0.05"}, 10);
  check_shipped("densenet121", {"rho=0.5:1:0.1"}, 6);
}

TEST_CASE("a sweep gives what analyze gives: axes of any length in any place", "[search]") {
  check_shipped("mobilenet_v1", {"alpha=0.5,1", "rho=96/224:2:1/224"});             // parts
  check_shipped("mobilenet_v1", {"alpha=0.1:1.3:0.001", "rho=96/224:1:1/7"});       // strides
  check_shipped("mobilenet_v1", {"rho=0.5,1", "alpha=0.1:3:0.01", "shallow=0,1"});  // groups
  check_shipped("mobilenet_v1", {"rho=0.5:1:0.25", "alpha=0.1:1:0.25", "shallow=0,1"});
  check_shipped("mobilenet_v1", {"alpha=0.5,1", "rho=0.5:1.5:1/40000"});  // more than is kept
  check_shipped("shufflenet_v1", {"g=1,2,3", "s=0.25:2:0.25", "rho=1/2:1:1/56"}, 30);
}

TEST_CASE("conditions on real costs: the engine and one by one agree", "[search]") {
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  const spec::ArchSpec spec = spec::read_spec(*library.find("shufflenet_v1"));
  const space::SweepSpace space =
      space::sweep_space(spec, {"g=1,2,3,4", "s=0.25:2:0.05", "rho=0.5:1.5:1/50"});
  engine::SweepWants wants = {.columns = {"effectiveness", "params"}};
  for (const char* text :
       {"entropy >= 15K or params < 1M", "effectiveness <= 1.2", "g != 3 or stem < 20",
        "macs / (1 if effectiveness > 0.8 else 0) > 0", "s * effectiveness < 1.3"})
    wants.filters.push_back(space::parse_filter(spec, text));
  // The fourth divides by zero for some, so that these points can't be built.
  for (std::size_t filters = 1; filters <= wants.filters.size(); ++filters) {
    engine::SweepWants some = wants;
    some.filters.resize(filters);
    if (filters == 5) some.filters.erase(some.filters.begin() + 3);
    engine::SweepEngine engine(spec, {}, space, some);
    engine::SweepRows rows;
    engine.evaluate(0, space.points(), rows);
    std::array<std::uint64_t, 3> states{};
    std::uint64_t wrong = 0;
    for (std::uint64_t p = 0; p < space.points(); p += 7) {
      std::vector<std::int64_t> costs;
      std::string failure;
      const engine::PointState state = engine.evaluate_exactly(p, costs, failure);
      ++states[static_cast<std::size_t>(state)];
      wrong += state != rows.states[p];
      if (state == engine::PointState::kRow)
        wrong += costs[0] != rows.columns[0][p] || costs[1] != rows.columns[1][p];
    }
    INFO(filters << " filters");
    CHECK(wrong == 0);
    CHECK(states[0] > 0);
    CHECK(states[1] > 0);
    CHECK((states[2] > 0) == (filters == 4));
  }
}

TEST_CASE("rows don't depend on where a call begins", "[search]") {
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  const spec::ArchSpec spec = spec::read_spec(*library.find("shufflenet_v1"));
  const space::SweepSpace space =
      space::sweep_space(spec, {"s=0.25:2:0.05", "g=1,2,3,4", "rho=0.5:1.5:1/50"});
  const engine::SweepWants wants = {.columns = {"params", "macs"}};
  const std::size_t points = space.points();
  engine::SweepRows whole;
  engine::SweepEngine(spec, {}, space, wants).evaluate(0, points, whole);
  for (const std::size_t chunk : {1, 7, 50, 51, 1000}) {
    INFO("chunk " << chunk);
    engine::SweepEngine engine(spec, {}, space, wants);
    engine::SweepRows rows;
    std::uint64_t wrong = 0;
    for (std::size_t first = 0; first < points; first += chunk) {
      engine.evaluate(first, std::min(chunk, points - first), rows);
      for (std::size_t p = 0; p < rows.states.size(); ++p) {
        wrong += rows.states[p] != whole.states[first + p] ? 1 : 0;
        for (std::size_t c = 0; c < 2 && rows.states[p] == engine::PointState::kRow; ++c)
          wrong += rows.columns[c][p] != whole.columns[c][first + p] ? 1 : 0;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("one engine takes points in a row, listed ones, and a row again", "[search]") {
  const spec::ArchSpec& spec = shipped_spec("shufflenet_v1");
  const space::SweepSpace space =
      space::sweep_space(spec, {"g=1,2,3,4", "rho=0.5:1.5:1/50", "s=0.25:2:0.05"});
  const engine::SweepWants wants = {.columns = {"params", "macs"}};
  const std::size_t points = space.points();
  engine::SweepRows whole, rows;
  engine::SweepEngine(spec, {}, space, wants).evaluate(0, points, whole);
  engine::SweepEngine engine(spec, {}, space, wants);
  const auto wrong = [&](const std::vector<std::uint64_t>& taken) {
    std::size_t count = 0;
    for (std::size_t k = 0; k < taken.size(); ++k) {
      count += rows.states[k] != whole.states[taken[k]] ? 1 : 0;
      for (std::size_t c = 0; c < 2 && rows.states[k] == engine::PointState::kRow; ++c)
        count += rows.columns[c][k] != whole.columns[c][taken[k]] ? 1 : 0;
    }
    return count;
  };
  std::mt19937 random(3);
  for (int turn = 0; turn < 3; ++turn) {
    std::vector<std::uint64_t> row, listed;
    const std::uint64_t first = random() % (points - 500);
    for (std::uint64_t k = 0; k < 500; ++k) row.push_back(first + k);
    engine.evaluate(first, row.size(), rows);
    CHECK(wrong(row) == 0);
    engine::PointList list(space.axes.size());
    for (int k = 0; k < 700; ++k) {
      listed.push_back(random() % points);
      const std::vector<std::size_t> at = space.indices(listed.back());
      for (std::size_t axis = 0; axis < at.size(); ++axis)
        list[axis].push_back(static_cast<std::uint32_t>(at[axis]));
    }
    engine.evaluate(list, rows);
    CHECK(wrong(listed) == 0);
  }
}

TEST_CASE("the sixteen published MobileNets in one sweep", "[search]") {
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  const spec::ArchSpec spec = spec::read_spec(*library.find("mobilenet_v1"));
  const space::SweepSpace space =
      space::sweep_space(spec, {"alpha=1,0.75,0.5,0.25", "rho=1,192/224,160/224,128/224"});
  engine::SweepEngine engine(spec, {}, space, {.columns = {"macs"}});
  engine::SweepRows rows;
  engine.evaluate(0, 16, rows);
  std::size_t found = 0;
  for (const auto& row : read_csv(source_dir() / "tests/golden/published/mobilenet_v1.csv")) {
    if (row[0] != "tf-slim") continue;
    const double alpha = std::stod(row[2]), resolution = std::stod(row[3]);
    const std::vector<double> alphas = {1, 0.75, 0.5, 0.25}, resolutions = {224, 192, 160, 128};
    const auto a = std::find(alphas.begin(), alphas.end(), alpha) - alphas.begin();
    const auto r =
        std::find(resolutions.begin(), resolutions.end(), resolution) - resolutions.begin();
    CHECK(std::to_string(rows.columns[0][a * 4 + r]) == row[9]);
    ++found;
  }
  CHECK(found == 16);
  CHECK(engine.structures() == 1);
}

TEST_CASE("the published reductions of SE-ResNet-50 in one sweep", "[search]") {
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  graph::BuildOptions options;
  options.preset = "se_resnet50";
  const spec::ArchSpec spec = spec::read_spec(*library.find_with_preset("se_resnet50"));
  const space::SweepSpace space = space::sweep_space(spec, {"reduction=2,4,8,16,32"});
  engine::SweepEngine engine(spec, options, space, {.columns = {"params"}});
  engine::SweepRows rows;
  engine.evaluate(0, 5, rows);
  // arXiv:1709.01507 table 10: 45.7M, 35.7M, 30.7M, 28.1M, 26.9M.
  const std::vector<double> printed = {45.7, 35.7, 30.7, 28.1, 26.9};
  for (std::size_t k = 0; k < 5; ++k)
    CHECK(std::abs(static_cast<double>(rows.columns[0][k]) / 1e6 - printed[k]) < 0.1);
  CHECK(rows.columns[0][3] == 28088024);
}

TEST_CASE("what can't be built is counted and explained", "[search]") {
  const spec::ArchSpec spec =
      spec::read_spec_text("g",
                           "name: g\nparams: {g: 1}\ninput: {channels: 12, height: 8, "
                           "width: 8}\nlayers:\n  - conv: {out: 24, groups: g}\n",
                           ".");
  const space::SweepSpace space = space::sweep_space(spec, {"g=1:12:1"});
  engine::SweepEngine engine(spec, {}, space, {.columns = {"params"}});
  engine::SweepRows rows;
  engine.evaluate(0, 12, rows);
  CHECK(rows.columns[0][11] == 24);  // g = 12: 24 outputs of one input each
  std::uint64_t failed = 0;
  for (const auto& [reason, failure] : rows.failures) {
    CHECK(reason.find("must divide the # input channels") != std::string::npos);
    failed += failure.count;
  }
  CHECK(failed == 6);  // 5, 7, 8, 9, 10, 11
}

TEST_CASE("conditions over costs and parameters", "[search]") {
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  const spec::ArchSpec spec = spec::read_spec(*library.find("mobilenet_v1"));
  const space::SweepSpace space = space::sweep_space(spec, {});
  engine::SweepEngine engine(spec, {}, space,
                             {.columns = {"macs"},
                              .filters = {space::parse_filter(spec, "macs <= 150M and params > 1M"),
                                          space::parse_filter(spec, "rho > 0.6")}});
  engine::SweepRows rows;
  engine.evaluate(0, 16, rows);
  std::vector<std::int64_t> left;
  for (std::size_t k = 0; k < 16; ++k) {
    if (rows.states[k] == engine::PointState::kRow) left.push_back(rows.columns[0][k]);
  }
  CHECK(left == std::vector<std::int64_t>{76524800, 109970432, 149497088});
}

TEST_CASE("costs beyond what doubles hold are counted one by one", "[search]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "big",
      "name: big\nparams: {c: 1, k: 1}\ninput: {channels: c, height: 100000, width: "
      "100000}\nlayers:\n  - conv: {out: c, kernel: k}\n",
      ".");
  check_sweep(spec, {}, {"c=1000,1001,3000", "k=1:7:2"}, 12, 1);
}
