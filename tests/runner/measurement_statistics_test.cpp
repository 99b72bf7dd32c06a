// SPDX-License-Identifier: Apache-2.0
// The figures of blocks against a plain computation of them, and their limits.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "runner/latency_check.hpp"
#include "runner/measurement.hpp"
#include "runner/recorded_kernels.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Numbers = std::vector<double>;
using Blocks = std::vector<runner::MeasuredBlock>;

double middle(Numbers numbers) {
  std::sort(numbers.begin(), numbers.end());
  const std::size_t n = numbers.size();
  return n == 0 ? 0 : (numbers[(n - 1) / 2] + numbers[n / 2]) / 2;
}

double half_width(const Numbers& numbers) {
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  return (*most - *least) / 2 / middle(numbers);
}

Numbers column(const Blocks& blocks, double runner::MeasuredBlock::*of) {
  Numbers numbers;
  for (const runner::MeasuredBlock& block : blocks) numbers.push_back(block.*of);
  return numbers;
}

runner::MeasuredBlock even_block(double seconds) {
  return {{0.25 * seconds, 0.75 * seconds}, seconds, seconds, 1e-3, 10, false, 0, seconds, 0, 0};
}

runner::Measurement summed(const Blocks& blocks) {
  runner::Measurement m;
  m.rows.resize(2);
  runner::summarise(blocks, m);
  return m;
}

nlohmann::json event_of(const runner::MeasuredBlock& block) {
  nlohmann::json event = block;
  event["event"] = "block";
  return event;
}

/// What a process of the kernels' program answers that measures these blocks.
std::vector<nlohmann::json> answer_of(const Blocks& blocks, const std::string& fault = "") {
  std::vector<runner::MeasuredRow> rows(2);
  rows[1].fault = fault;
  std::vector<nlohmann::json> events = {
      {{"event", "program"}, {"rows", rows}, {"arena_bytes", 1}, {"weight_bytes", 1}}};
  for (const runner::MeasuredBlock& block : blocks) events.push_back(event_of(block));
  events.push_back(RecordedKernels::done_event());
  return events;
}

}  // namespace

TEST_CASE("figures of random blocks are those of a plain computation", "[measure]") {
  std::mt19937 random(7);
  const auto uniform = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  int rejected = 0, stable = 0;
  for (int round = 0; round < 300; ++round) {
    INFO(round);
    Blocks blocks(1 + random() % 9);
    for (runner::MeasuredBlock& block : blocks) {
      const double a = uniform(1, 1.1), b = uniform(2, 2.1);
      block = {{a, b},
               a + b,
               uniform(3.2, 3.4),
               random() % 8 == 0 ? uniform(1.2, 1.4) : uniform(1, 1.05),
               static_cast<int>(1 + random() % 20),
               random() % 8 == 0,
               random() % 8 == 0 ? 9e-7 : uniform(1e-7, 2e-7),
               uniform(2.8, 3),
               uniform(2.5, 2.7),
               uniform(3.5, 3.7)};
      if (random() % 10 == 0) block.rows.push_back(1);
    }
    const runner::Measurement m = summed(blocks);
    const double usual = middle(column(blocks, &runner::MeasuredBlock::reference));
    Numbers latencies = column(blocks, &runner::MeasuredBlock::core_latency);
    const double lowest = *std::min_element(latencies.begin(), latencies.end());
    Blocks kept;
    runner::RejectedBlocks counts;
    int passes = 0;
    for (const runner::MeasuredBlock& block : blocks) {
      passes += block.passes;
      if (block.rows.size() != 2)
        ++counts.other_kernels;
      else if (block.disturbed)
        ++counts.interrupted;
      else if (std::abs(block.reference / usual - 1) > 0.1)
        ++counts.reference;
      else if (block.core_latency > 2.5 * lowest)
        ++counts.core_latency;
      else
        kept.push_back(block);
    }
    CHECK(m.passes == passes);
    CHECK(m.blocks == static_cast<int>(kept.size()));
    CHECK(m.rejected.other_kernels == counts.other_kernels);
    CHECK(m.rejected.interrupted == counts.interrupted);
    CHECK(m.rejected.reference == counts.reference);
    CHECK(m.rejected.core_latency == counts.core_latency);
    CHECK(m.blocks + m.rejected.sum() == static_cast<int>(blocks.size()));
    const Numbers fastest = column(blocks, &runner::MeasuredBlock::fastest);
    CHECK(m.fastest_seconds == *std::min_element(fastest.begin(), fastest.end()));
    rejected += m.rejected.sum();
    const bool none = kept.empty();
    if (none) {
      for (const runner::MeasuredBlock& block : blocks)
        if (block.rows.size() == 2) kept.push_back(block);
    }
    CHECK(m.counted_blocks() == (none ? m.rejected.sum() : m.blocks));
    if (kept.empty()) {
      CHECK(m.seconds == 0);
      continue;
    }
    const Numbers totals = column(kept, &runner::MeasuredBlock::stamped);
    const double plain = middle(column(kept, &runner::MeasuredBlock::plain));
    CHECK(m.core_latency == middle(column(kept, &runner::MeasuredBlock::core_latency)));
    CHECK(m.reference_seconds == middle(column(kept, &runner::MeasuredBlock::reference)));
    CHECK(m.reference_spread ==
          Approx(half_width(column(kept, &runner::MeasuredBlock::reference))));
    CHECK(m.spread == Approx(half_width(totals)));
    CHECK(m.slowdown == Approx(plain / m.fastest_seconds));
    std::sort(kept.begin(), kept.end(),
              [](const auto& a, const auto& b) { return a.stamped < b.stamped; });
    const std::size_t drop = kept.size() / 4;
    double sum = 0, rows[2] = {0, 0};
    for (std::size_t i = drop; i < kept.size() - drop; ++i) {
      sum += kept[i].stamped;
      for (int r = 0; r < 2; ++r) rows[r] += kept[i].rows[static_cast<std::size_t>(r)];
    }
    const double count = static_cast<double>(kept.size() - 2 * drop);
    const double scale = none ? m.fastest_seconds / (sum / count) : 1;
    stable += none ? 0 : 1;
    CHECK(m.unstable() == none);
    CHECK(m.seconds == Approx(sum / count * scale));
    CHECK(m.rows[0].seconds == Approx(rows[0] / count * scale));
    CHECK(m.rows[1].seconds == Approx(rows[1] / count * scale));
    for (std::size_t r = 0; r < 2; ++r) {
      Numbers times;
      for (const runner::MeasuredBlock& block : kept) times.push_back(block.rows[r]);
      CHECK(m.rows[r].spread == Approx(half_width(times)));
    }
    CHECK(m.plain_seconds == Approx(none ? m.fastest_seconds : plain));
    CHECK(m.kernel_seconds ==
          Approx(middle(column(kept, &runner::MeasuredBlock::kernels)) * scale));
    CHECK(m.profiled_seconds ==
          Approx(middle(column(kept, &runner::MeasuredBlock::profiled)) * scale));
  }
  CHECK(rejected > 100);
  CHECK(stable > 100);
}

TEST_CASE("a measurement is unstable above its limits, not at them", "[measure]") {
  runner::Measurement m;
  m.blocks = 1;
  m.spread = 0.1;
  m.slowdown = 1.5;
  CHECK_FALSE(m.unstable());
  m.spread = 0.1001;
  CHECK(m.unstable());
  m.spread = 0.03;
  CHECK_FALSE(m.unstable());
  CHECK(m.warning().empty());
  m.spread = 0.031;
  CHECK(m.warning() ==
        "the blocks differ by ± 3.1 %; try --pin CPU, --blocks 2, or a quiet machine");
  m.slowdown = 1.501;
  CHECK(m.unstable());
  CHECK(m.warning().empty());
  m.slowdown = 1;
  m.blocks = 0;
  CHECK(m.unstable());
  // Of one thread no core-to-core latency is known.
  m = {};
  m.blocks = 3;
  m.usual_core_latency = 1e-7;
  CHECK(m.warning().empty());
  m.core_latency = 2.5e-7;
  CHECK(m.warning().empty());
  m.core_latency = 2.6e-7;
  CHECK(contains(m.warning(), "core-to-core latency is 260 ns, and was 100 ns"));
}

TEST_CASE("without a fastest pass times of an unstable measurement stay", "[measure]") {
  Blocks blocks = {even_block(1), even_block(2), even_block(3)};
  CHECK(summed(blocks).seconds == 1);  // the fastest pass
  for (runner::MeasuredBlock& block : blocks) block.fastest = 0;
  const runner::Measurement m = summed(blocks);
  CHECK(m.unstable());
  CHECK(m.seconds == Approx(2));
  CHECK(m.rows[1].seconds == Approx(1.5));
  CHECK(m.slowdown == 1);
  for (runner::MeasuredBlock& block : blocks) {
    block = even_block(0);
    block.disturbed = true;
    block.fastest = 5;
  }
  CHECK(summed(blocks).seconds == 0);
  CHECK(summed(blocks).rows[0].seconds == 0);
  CHECK(summed(blocks).plain_seconds == 0);
  CHECK(summed({}).blocks == 0);
  CHECK(summed({}).seconds == 0);
}

TEST_CASE("each process has the median of its own blocks", "[measure]") {
  runner::Measurement m;
  m.rows.resize(2);
  std::vector<int> numbers;
  runner::run_processes(3, m, [&](int process, Blocks& blocks) {
    numbers.push_back(process);
    CHECK(blocks.size() == static_cast<std::size_t>(3 * process));
    for (const double seconds : {3.0, 1.0, 1.5}) {
      blocks.push_back(even_block(seconds + process));
      blocks.back().reference = 1 + process / 64.0;
    }
  });
  CHECK(numbers == std::vector<int>{0, 1, 2});
  CHECK(m.process_seconds == Numbers{1.5, 2.5, 3.5});
  CHECK(m.process_references == Numbers{1, 1 + 1 / 64.0, 1 + 2 / 64.0});
  CHECK(m.blocks == 9);
}

TEST_CASE("a check is measured again while its blocks differ, three times at most", "[measure]") {
  const graph::Network network = network_of(
      "name: pair\ninput: {channels: 3, height: 5, width: 7}\nlayers:\n"
      "  - conv: {name: a, out: 4, kernel: 3}\n  - conv: {name: b, out: 2}\n");
  const Blocks calm = {even_block(1), even_block(1.01)}, wide = {even_block(2), even_block(2.125)};
  runner::MeasuredBlock lost = even_block(3);
  lost.disturbed = true;
  struct Case {
    std::vector<Blocks> answers;
    std::size_t tries;
    double seconds, spread;
    std::string how;
  };
  for (const Case& c : std::vector<Case>{
           {{calm}, 1, 1.005, 0.005 / 1.005, "20 passes in 2 blocks"},
           {{wide, calm, calm}, 2, 1.005, 0.005 / 1.005, "20 passes in 2 blocks"},
           {{wide, wide, wide, calm}, 3, 2.0625, 0.0625 / 2.0625, "20 passes in 2 blocks"},
           // At ± 2 % they are calm; of two that are as good the first counts.
           {{{even_block(49), even_block(51)}}, 1, 50, 0.02, "20 passes in 2 blocks"},
           {{wide, {even_block(4), even_block(4.25)}, {even_block(8), even_block(8.5)}},
            3,
            2.0625,
            0.0625 / 2.0625,
            "20 passes in 2 blocks"},
           // More good blocks are better than a smaller spread.
           {{wide, {even_block(1)}, {even_block(1)}},
            3,
            2.0625,
            0.0625 / 2.0625,
            "20 passes in 2 blocks"},
           {{wide, {even_block(4), even_block(4.5), even_block(4)}, wide},
            3,
            4,
            0.0625,
            "30 passes in 3 blocks"},
           // As many blocks with a smaller spread.
           {{wide, {even_block(4), even_block(4.2)}, wide},
            3,
            4.1,
            0.1 / 4.1,
            "20 passes in 2 blocks"},
           // As many rejected as good ones are enough; more are not.
           {{{even_block(1), lost}}, 1, 1, 0, "20 passes in 1 blocks"},
           {{{even_block(1), lost, lost}, {even_block(1.5), lost, lost}, calm},
            3,
            1.005,
            0.005 / 1.005,
            "20 passes in 2 blocks"},
           {{{lost}, {lost}, {lost}}, 3, 3, 1, "10 passes in 0 blocks"},
       }) {
    const RecordedKernels kernels;
    for (std::size_t k = 0; k < c.answers.size(); ++k)
      kernels.answer("measure", static_cast<int>(k + 1), answer_of(c.answers[k]));
    runner::MeasureOptions options;
    options.threads = 2;
    options.wait_seconds = 50;
    const runner::MeasuredCheck measured =
        runner::measure_check("label", network, options, [](const std::string&) {});
    INFO(fmt::format("{} {}", c.tries, c.seconds));
    CHECK(kernels.requests("measure").size() == c.tries);
    CHECK(measured.check.seconds == Approx(c.seconds));
    CHECK(measured.check.spread == Approx(c.spread).margin(1e-12));
    CHECK(measured.check.how == c.how);
    CHECK(measured.check.network == "label");
    CHECK(measured.check.threads == 2);
    CHECK(measured.check.reference == 1e-3);
    CHECK(measured.check.macs == 3 * 4 * 9 * 35 + 4 * 2 * 35);
    CHECK(measured.check.date.size() == 20);
    CHECK(measured.instability.empty() == (c.spread < 0.1));
    CHECK(options.wait_seconds == 50);
  }
}

TEST_CASE("a check counts the batch and names the processor, and its waiting is over",
          "[measure]") {
  const RecordedKernels kernels;
  graph::Network network = network_of(
      "name: one\ninput: {channels: 3, height: 5, width: 7}\nlayers:\n  - conv: {name: a, out: "
      "4}\n");
  network.batch = 5;
  runner::MeasuredBlock block = even_block(1);
  block.core_latency = 2e-7;
  std::vector<nlohmann::json> events = answer_of({block});
  events.insert(
      events.begin(),
      nlohmann::json{
          {"event", "core_latency"}, {"core_latency", 4e-7}, {"usual", 1e-7}, {"left", 20.0}});
  kernels.answer("measure", 1, events);
  runner::MeasureOptions options;
  options.cpu = 0;
  options.wait_seconds = 50;
  const auto silent = [](const std::string&) {};
  const runner::MeasuredCheck measured = runner::measure_check("x", network, options, silent);
  CHECK(measured.check.core_latency == 2e-7);
  CHECK(measured.check.macs == 5 * 3 * 4 * 35);
  CHECK(measured.check.how == "10 passes in 1 blocks; processor 0");
  CHECK(options.wait_seconds == 19);
  // What can't be run is not measured again.
  kernels.answer("measure", 1, answer_of({even_block(1), even_block(2)}, "SIGFPE"));
  CHECK_THROWS_WITH(runner::measure_check("x", network, options, silent),
                    "error: 'x': some layers can't be run");
  CHECK(kernels.requests("measure").size() == 2);
}
