// SPDX-License-Identifier: Apache-2.0
// Estimates of kernels without figures, and sums over whole networks, in numbers.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/statistics.hpp"
#include "latency/core_latency.hpp"
#include "latency/imported_figures.hpp"
#include "latency/latency_estimate.hpp"
#include "latency/remainder.hpp"
#include "plan/step_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Of the last step of a network of these layers.
plan::KernelProblem last_problem(const std::string& layers, const std::string& input = "8x16x12") {
  const graph::Network network = network_of(spec_with(layers, input));
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  return problems.problem(problems.size() - 1);
}

struct SizeRow {
  std::string layers, group;
  double macs, elements;
  std::vector<double> sizes;  // whose logarithms are the coordinates; then 1: it adds
};

latency::TimedProblem timed(const plan::KernelProblem& problem, double seconds) {
  return {plan::to_text(problem), seconds};
}

}  // namespace

TEST_CASE("what an estimate compares of a problem", "[latency]") {
  for (const SizeRow& row : {
           SizeRow{"- conv: {out: 16, kernel: 3, stride: 2}",
                   "conv 3x3 /2 image",
                   8 * 16 * 9 * 48,
                   8 * 16 * 9 + 16 * 48 + 8 * 192,
                   {8, 16, 48, 1, 0}},
           SizeRow{"- relu\n- conv: {out: 16, kernel: [1, 5]}",
                   "conv 1x5 /1",
                   8 * 16 * 5 * 192,
                   8 * 16 * 5 + 16 * 192 + 8 * 192,
                   {8, 16, 192, 1, 0}},
           SizeRow{"- relu\n- conv: {out: 8, kernel: 3, groups: in}",
                   "conv 3x3 /1 depthwise",
                   8 * 9 * 192,
                   8 * 9 + 2 * 8 * 192,
                   {1, 1, 192, 8, 0}},
           SizeRow{"- relu\n- conv: {out: 12, groups: 4}",
                   "conv 1x1 /1 grouped",
                   2 * 12 * 192,
                   2 * 12 + 12 * 192 + 8 * 192,
                   {2, 3, 192, 4, 0}},
           // Each input element meets each tap.
           SizeRow{"- relu\n- conv_transpose: {out: 4, kernel: 2, stride: 2}",
                   "conv_transpose 2x2 /2",
                   8 * 4 * 4 * 192,
                   8 * 4 * 4 + 4 * 768 + 8 * 192,
                   {8, 4, 768, 1, 0}},
           SizeRow{"- global_avg_pool\n- linear: {out: 10}",
                   "linear",
                   80,
                   80 + 10 + 8,
                   {8, 10, 1, 1, 0}},
           SizeRow{"- max_pool: {kernel: 3, stride: 2}",
                   "max_pool 3x3 /2 w1 w0",
                   0,
                   8 * 7 * 5 + 8 * 192,
                   {8, 8, 35, 1, 0}},
           SizeRow{"- softmax", "softmax", 0, 2 * 8 * 192, {8, 8, 192, 1, 0}},
           // A sum that is fused reads a second tensor.
           SizeRow{"- relu: {name: r}\n- conv: {out: 8}\n- add: {from: [conv, r]}",
                   "conv 1x1 /1",
                   64 * 192,
                   64 + 3 * 8 * 192,
                   {8, 8, 192, 1, 1}},
       }) {
    INFO(row.layers);
    const latency::ProblemSize size = latency::problem_size(last_problem(row.layers));
    CHECK(size.group == row.group);
    CHECK(size.kind == row.group.substr(0, row.group.find(' ')));
    CHECK(size.macs == row.macs);
    CHECK(size.elements == row.elements);
    REQUIRE(size.coordinates.size() == 5);
    for (std::size_t k = 0; k < 4; ++k)
      CHECK(size.coordinates[k] == Approx(std::log(row.sizes[k])).margin(1e-12));
    CHECK(size.coordinates[4] == Approx(0.3 * row.sizes[4]));
  }
}

TEST_CASE("one neighbour gives its time for the work, several a line through them", "[latency]") {
  const auto conv = [](int out) {
    return last_problem(fmt::format("- relu\n- conv: {{out: {}, kernel: 3}}", out));
  };
  const auto work = [](const plan::KernelProblem& problem) {
    const latency::ProblemSize size = latency::problem_size(problem);
    return size.macs + 4 * size.elements;
  };
  const latency::LatencyEstimator one({timed(conv(8), 3e-3)});
  CHECK(*one.estimate(conv(32)) == Approx(3e-3 * work(conv(32)) / work(conv(8))));
  CHECK(!one.estimate(conv(8)));  // not from itself
  const std::vector<std::string> without = {plan::to_text(conv(8))};
  CHECK(!one.estimate(conv(32), without));
  // Another kernel size is of another group, but of the same kind.
  CHECK(*one.estimate(last_problem("- relu\n- conv: {out: 8}")) ==
        Approx(3e-3 * work(last_problem("- relu\n- conv: {out: 8}")) / work(conv(8))));
  CHECK(!one.estimate(last_problem("- softmax")));
  CHECK(!latency::LatencyEstimator({timed(conv(8), 0), timed(conv(9), -1), {"no problem", 1}})
             .estimate(conv(32)));
  // The same time for the same work everywhere: any fit gives that.
  std::vector<latency::TimedProblem> even;
  for (const int out : {4, 8, 16, 24, 48, 64})
    even.push_back(timed(conv(out), 1e-9 * work(conv(out))));
  const latency::LatencyEstimator line(even);
  CHECK(*line.estimate(conv(32)) == Approx(1e-9 * work(conv(32))));
  CHECK(line.leave_one_out_error() == Approx(0).margin(1e-6));
  // Of two, each is estimated from the other: twice as much and half.
  const latency::LatencyEstimator two(
      {timed(conv(8), 1e-9 * work(conv(8))), timed(conv(16), 2e-9 * work(conv(16)))});
  CHECK(two.leave_one_out_error() == Approx(std::sqrt((1.0 + 0.25) / 2)));
  CHECK(one.leave_one_out_error() == 0);
}

TEST_CASE("what is left of networks beside their kernels is a line over the kernels", "[latency]") {
  using Known = std::vector<std::pair<int, double>>;
  CHECK(latency::remainder_seconds({}, 5) == 0);
  CHECK(latency::remainder_seconds({{10, 2.0}}, 50) == Approx(2));
  const Known three = {{10, 1.0}, {20, 2.0}, {30, 3.5}};  // slopes 0.1, 0.125, 0.15
  CHECK(latency::remainder_seconds(three, 40) == Approx(5 - 0.25));
  CHECK(latency::remainder_seconds(three, 20) == Approx(2.5 - 0.25));
  CHECK(latency::remainder_seconds(three, 1) == 0);
  CHECK(latency::remainder_seconds({{10, 2.0}, {20, 1.0}}, 100) == Approx(1.5));  // never falls
  CHECK(latency::remainder_seconds({{10, 2.0}, {10, 4.0}}, 10) == Approx(3));
  // One busy network among five makes no difference.
  CHECK(latency::remainder_seconds({{10, 1}, {20, 2}, {30, 3}, {40, 4}, {25, 99}}, 50) ==
        Approx(5));
}

TEST_CASE("the line of what is left is the median of all pairs' slopes", "[latency]") {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> kernels(1, 12);
  std::uniform_real_distribution<double> seconds(0, 10);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::pair<int, double>> all;
    for (int k = 0; k <= round % 7; ++k) {
      const int count = kernels(random);
      all.emplace_back(count, 0.7 * count + seconds(random));
    }
    std::vector<double> slopes, rests;
    for (const auto& [x, y] : all) {
      for (const auto& [further_x, further_y] : all) {
        if (x < further_x) slopes.push_back((further_y - y) / (further_x - x));
      }
    }
    const double slope = slopes.empty() ? 0 : std::max(median(slopes), 0.0);
    for (const auto& [x, y] : all) rests.push_back(y - slope * x);
    for (const int count : {0, 1, 5, 40}) {
      CHECK(latency::remainder_seconds(all, count) ==
            Approx(std::max(median(rests) + slope * count, 0.0)).margin(1e-12));
    }
  }
}

TEST_CASE("the text of a remainder", "[latency]") {
  const latency::Remainder remainder = {57, "3f2a", 2};
  CHECK(latency::to_text(remainder) == "remainder 57 3f2a f32 2T");
  const auto again = latency::remainder_from_text("remainder 57 3f2a f32 2T");
  REQUIRE(again);
  CHECK(again->kernels == 57);
  CHECK(again->network == "3f2a");
  CHECK(again->threads == 2);
  for (const char* text :
       {"", "remainder 57 3f2a f32", "remainder 57 3f2a f32 2", "reminder 57 3f2a f32 2T",
        "remainder x 3f2a f32 2T", "remainder 57 3f2a f32 xT", "remainder 5x 3f2a f32 2T",
        "remainder 57 3f2a f32 2xT", "remainder 57 3f2a f32 T", "remainder 57 3f2a f32 2T more"})
    CHECK(!latency::remainder_from_text(text));
}

TEST_CASE("which core-to-core latencies count as low", "[latency]") {
  CHECK(latency::lowest_core_latency({}) == 0);
  CHECK(latency::lowest_core_latency({0, 0}) == 0);
  CHECK(latency::lowest_core_latency({0, 3e-7, 1e-7, 2e-7}) == 1e-7);
  CHECK(latency::is_low_core_latency(0, 0));
  CHECK(latency::is_low_core_latency(5, 0));
  CHECK(!latency::is_low_core_latency(0, 1));
  CHECK(latency::is_low_core_latency(2.5, 1));
  CHECK(!latency::is_low_core_latency(2.5001, 1));
  CHECK(latency::is_low_core_latency(0.5, 1));
  CHECK(latency::core_latency_text(431e-9, 97.6e-9, 61.7) ==
        "core-to-core latency is 431 ns instead of 98 (a virtual machine was moved): waiting, 62 s "
        "at most");
}

TEST_CASE("figures of a network's rows: means, further samples, what is left", "[latency]") {
  const TestFolder folder;
  latency::LatencyDb db(folder / "figures.db", latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine({"a CPU", "avx2", "tflite", "2.14", "cpu", "f32", "phone"});
  const plan::KernelOption option = {plan::Layout::kLast, plan::Layout::kLast};
  latency::NetworkFigures network;
  network.network = "hash1";
  network.threads = 2;
  network.rows = {{"a", option, "k1", 1e-3}, {"b", option, "k2", 5e-3}, {"a", option, "k1", 3e-3}};
  network.remainder = 7e-3;
  network.reference = 1e-3;
  network.passes = 10;
  network.how = "first";
  network.date = "2026-01-01";
  CHECK(latency::store_figures(db, machine, network) == 3);
  // On a machine that is half as fast, as the reference layer says.
  network.rows = {{"a", option, "k1", 12e-3}};
  network.network = "hash2";
  network.remainder = 8e-3;
  network.reference = 2e-3;
  network.passes = 20;
  network.date = "2026-01-02";
  CHECK(latency::store_figures(db, machine, network) == 1);
  const auto figure = [&](const std::string& problem) {
    for (const latency::LayerFigure& one : db.layers(machine, 2)) {
      if (one.problem == problem) return one;
    }
    FAIL("no " + problem);
    return latency::LayerFigure();
  };
  const latency::LayerFigure a = figure("a"), b = figure("b");
  CHECK(a.samples == std::vector<double>{2e-3, 6e-3});
  CHECK(a.seconds == Approx(4e-3));
  CHECK(a.spread == Approx(0.5));
  CHECK(a.reference == 1e-3);
  CHECK(a.passes == 20);
  CHECK(a.date == "2026-01-02");
  CHECK(a.implementation == "k1");
  CHECK(b.seconds == Approx(5e-3));
  CHECK(b.spread == 0);
  CHECK(figure("remainder 3 hash1 f32 2T").seconds == Approx(7e-3));
  CHECK(figure("remainder 1 hash2 f32 2T").seconds == Approx(8e-3));
  CHECK(db.layers(machine, 1).empty());
  CHECK(latency::profiled_networks(db, machine, 2) == std::set<std::string>{"hash1", "hash2"});
  CHECK(latency::profiled_networks(db, machine, 1).empty());
  // The same file again: no further sample.
  CHECK(latency::store_figures(db, machine, network) == 0);
  CHECK(figure("a").samples.size() == 2);
}

TEST_CASE("the hash of a network is that of its layers, not of its name", "[latency]") {
  const auto hash = [](const std::string& layers) {
    return latency::network_hash(network_of(spec_with(layers)));
  };
  CHECK(hash("- conv: {out: 4}") == hash("- conv: {name: other, out: 4}"));
  CHECK(hash("- conv: {out: 4}") != hash("- conv: {out: 5}"));
  CHECK(hash("- conv: {out: 4}").size() == 16);
  // FNV-1a of the problems' lines: hashes are stored.
  const graph::Network network = network_of(spec_with("- conv: {out: 4}\n- relu\n- softmax\n"));
  std::string lines;
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  for (std::size_t k = 0; k < problems.size(); ++k) lines += problems.key(k) + "\n";
  std::uint64_t expected = 14695981039346656037u;
  for (const char c : lines) expected = (expected ^ static_cast<unsigned char>(c)) * 1099511628211u;
  CHECK(latency::network_hash(network) == fmt::format("{:016x}", expected));
}

TEST_CASE("samples are brought to the first one's reference where both are known", "[latency]") {
  struct Row {
    double first, second, expected;  // references; the second sample as it is stored
  };
  for (const Row& row :
       {Row{2e-3, 4e-3, 3e-3}, Row{4e-3, 2e-3, 12e-3}, Row{0, 2e-3, 6e-3}, Row{2e-3, 0, 6e-3},
        Row{0, 0, 6e-3}, Row{2e-3, -1, 6e-3}, Row{-1, 2e-3, 6e-3}}) {
    latency::LatencyDb db(":memory:", latency::LatencyDb::Mode::kWrite);
    const int machine = db.add_machine({"a CPU", "avx2", "tflite", "2.14"});
    latency::NetworkFigures network;
    network.rows = {{"a", {}, "k1", 1e-3}};
    network.reference = row.first;
    network.network = "first";
    network.how = "one way";
    CHECK(latency::store_figures(db, machine, network) == 2);
    network.rows = {{"a", {}, "k2", 6e-3}};
    network.reference = row.second;
    network.how = "another way";
    network.date = "2026-02-03";
    CHECK(latency::store_figures(db, machine, network) == 0);
    const latency::LayerFigure a = db.layers(machine, 1).at(0);
    REQUIRE(a.problem == "a");
    REQUIRE(a.samples.size() == 2);
    CHECK(a.samples[1] == Approx(row.expected));
    CHECK(a.seconds == Approx((1e-3 + row.expected) / 2));
    CHECK(a.spread == Approx((row.expected - 1e-3) / 2 / a.seconds));
    CHECK(a.reference == row.first);
    CHECK(a.implementation == "k1");
    CHECK(a.how == "another way");
    CHECK(a.date == "2026-02-03");
  }
}

TEST_CASE("rows of one problem in different layouts are figures of their own", "[latency]") {
  latency::LatencyDb db(":memory:", latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine({"a CPU", "avx2", "tflite", "2.14"});
  const plan::KernelOption last{plan::Layout::kLast, plan::Layout::kLast},
      blocked{plan::Layout::kBlocked, plan::Layout::kBlocked};
  latency::NetworkFigures network;
  network.network = "two";
  network.threads = 4;
  network.rows = {{"a", last, "k1", 1e-3},
                  {"a", blocked, "k2", 5e-3},
                  {"a", last, "k3", 2e-3},
                  {"a", last, "k4", 6e-3}};
  network.remainder = -1e-3;
  CHECK(latency::store_figures(db, machine, network) == 3);
  std::vector<std::string> figures;
  for (const latency::LayerFigure& one : db.layers(machine, 4))
    figures.push_back(fmt::format("{} {} {} {:.1f}", one.problem, plan::to_text(one.option),
                                  one.implementation, 1e3 * one.seconds));
  std::sort(figures.begin(), figures.end());
  CHECK(figures == std::vector<std::string>{"a nChwc>nChwc k2 5.0", "a nhwc>nhwc k1 3.0",
                                            "remainder 4 two f32 4T nhwc>nhwc  -1.0"});
}
