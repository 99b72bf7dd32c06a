// SPDX-License-Identifier: Apache-2.0
// Configurations a second: the sweep's engine beside loops that someone wrote by hand for MobileNet
// v1, both in one run, one thread, by processor time. The figures are ratios: the machine's speed
// changes, both sides share it.
//
//   build/release/sweep_bench            engine and hand-written loops
//   build/release/sweep_bench --growth   time for each configuration, 10^4 to 10^7, threads 1 and 2
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "search/engine/sweep_engine.hpp"
#include "search/sweep/estimate.hpp"
#include "spec/library.hpp"

using namespace archcost;

namespace {

// ---- by hand: arXiv:1704.04861 table 1, 27 times convolution, batch norm and ReLU, pool,
// classifier -----

struct Node {
  std::int64_t params, macs, elements;
  int channels, height, width;
};
struct Row {
  int in, out, stride;
};
constexpr Row kRows[] = {{32, 64, 1},    {64, 128, 2},  {128, 128, 1}, {128, 256, 2},
                         {256, 256, 1},  {256, 512, 2}, {512, 512, 1}, {512, 512, 1},
                         {512, 512, 1},  {512, 512, 1}, {512, 512, 1}, {512, 1024, 2},
                         {1024, 1024, 1}};

int widened(int channels, double alpha) { return static_cast<int>(channels * alpha + 0.5); }
int strided(int size, int stride) { return (size - 1) / stride + 1; }

__attribute__((noinline)) int nodes_by_hand(double alpha, int resolution, Node* out) {
  int n = 0, size = strided(resolution, 2), channels = widened(32, alpha);
  const auto conv_norm_relu = [&](std::int64_t weights, int c) {
    const std::int64_t area = static_cast<std::int64_t>(size) * size, elements = area * c;
    out[n++] = {weights, weights * area, elements, c, size, size};
    out[n++] = {2 * static_cast<std::int64_t>(c), 0, elements, c, size, size};
    out[n++] = {0, 0, elements, c, size, size};
  };
  conv_norm_relu(27 * static_cast<std::int64_t>(channels), channels);
  for (const Row& row : kRows) {
    const int in = widened(row.in, alpha), wide = widened(row.out, alpha);
    size = strided(size, row.stride);
    conv_norm_relu(9 * static_cast<std::int64_t>(in), in);
    conv_norm_relu(static_cast<std::int64_t>(in) * wide, wide);
    channels = wide;
  }
  out[n++] = {0, 0, channels, channels, 1, 1};
  out[n++] = {channels * 1000LL + 1000, channels * 1000LL, 1000, 1000, 1, 1};
  return n;
}

__attribute__((noinline)) void totals_by_hand(double alpha, int resolution, std::int64_t& params,
                                              std::int64_t& macs) {
  int size = strided(resolution, 2), channels = widened(32, alpha);
  std::int64_t p = 29LL * channels, m = 27LL * channels * size * size;
  for (const Row& row : kRows) {
    const std::int64_t in = widened(row.in, alpha), wide = widened(row.out, alpha);
    size = strided(size, row.stride);
    const std::int64_t area = static_cast<std::int64_t>(size) * size;
    p += 11 * in + in * wide + 2 * wide;
    m += area * (9 * in + in * wide);
    channels = static_cast<int>(wide);
  }
  params = p + channels * 1000LL + 1000;
  macs = m + channels * 1000LL;
}

// ---- timing
// -----------------------------------------------------------------------------------------------

constexpr double kSeconds = 0.4;

template <class Work>
double rate(Work work) {  // work() returns how many configurations it did
  const double start = sweep::processor_seconds();
  double done = 0, end = start;
  for (; end - start < kSeconds; end = sweep::processor_seconds())
    done += static_cast<double>(work());
  return done / (end - start);
}

std::int64_t sink = 0;

double nodes_rate_by_hand() {
  Node nodes[96];
  return rate([&] {
    for (int a = 0; a < 91; ++a) {
      for (int r = 0; r < 129; ++r)
        sink += nodes[nodes_by_hand(0.1 + a * 0.01, 96 + r, nodes) - 1].macs;
    }
    return 91 * 129;
  });
}

double totals_rate_by_hand() {
  std::int64_t params = 0, macs = 0;
  return rate([&] {
    for (int a = 0; a < 91; ++a) {
      for (int r = 0; r < 129; ++r) {
        totals_by_hand(0.1 + a * 0.01, 96 + r, params, macs);
        sink += params + macs;
      }
    }
    return 91 * 129;
  });
}

double engine_rate(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                   const std::vector<std::string>& vary, bool layers) {
  const space::SweepSpace space = space::sweep_space(spec, vary);
  engine::SweepWants wants;
  wants.columns = {"params", "macs"};
  if (layers) {
    wants.columns.clear();
    wants.on_layers = [](const engine::LayerArrays& arrays) {
      sink +=
          static_cast<std::int64_t>(arrays.of(arrays.layers - 1, engine::LayerNumber::kMacs).at(0));
    };
  }
  engine::SweepEngine engine(spec, options, space, wants);
  engine::SweepRows rows;
  constexpr std::size_t kChunk = engine::SweepEngine::kChunk;
  const std::uint64_t points = space.points();
  engine.evaluate(0, std::min<std::uint64_t>(points, kChunk), rows);
  return rate([&] {
    for (std::uint64_t first = 0; first < points; first += kChunk) {
      const std::size_t count = std::min<std::uint64_t>(kChunk, points - first);
      engine.evaluate(first, count, rows);
      if (!rows.columns.empty()) sink += rows.columns[0][count - 1];
    }
    return points;
  });
}

spec::ArchSpec shipped(const std::string& name, graph::BuildOptions& options) {
  const spec::SpecLibrary library;
  if (!library.find(name) && !library.find_with_preset(name)) {
    fmt::print(stderr, "no spec '{}': the program looks for arch_specs beside itself\n", name);
    std::exit(1);
  }
  if (const auto path = library.find(name)) return spec::read_spec(*path);
  options.preset = name;
  return spec::read_spec(*library.find_with_preset(name));
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare_with_hand() {
  graph::BuildOptions options;
  const spec::ArchSpec mobilenet = shipped("mobilenet_v1", options);
  const std::vector<std::string> grid = {"alpha=0.1:1:0.01", "rho=96/224:1:1/224"};
  std::int64_t params = 0, macs = 0;
  totals_by_hand(1, 224, params, macs);
  if (params != 4231976 || macs != 568740352) {
    fmt::print("the hand-written loops are wrong\n");
    std::exit(1);
  }
  std::vector<double> hand_nodes, nodes, hand_totals, totals;
  for (int round = 0; round < 5; ++round) {
    hand_nodes.push_back(nodes_rate_by_hand());
    nodes.push_back(engine_rate(mobilenet, options, grid, true));
    hand_totals.push_back(totals_rate_by_hand());
    totals.push_back(engine_rate(mobilenet, options, grid, false));
  }
  const auto line = [](const char* what, const std::vector<double>& hand,
                       const std::vector<double>& engine) {
    std::vector<double> ratios;
    for (std::size_t k = 0; k < hand.size(); ++k) ratios.push_back(engine[k] / hand[k]);
    fmt::print("{:<28} by hand {:7.2f} M/s   engine {:7.2f} M/s   ratio {:.2f}\n", what,
               median(hand) / 1e6, median(engine) / 1e6, median(ratios));
  };
  line("mobilenet_v1, every layer", hand_nodes, nodes);
  line("mobilenet_v1, totals", hand_totals, totals);
  const auto alone = [](const char* name, const std::vector<std::string>& vary) {
    graph::BuildOptions own;
    const spec::ArchSpec spec = shipped(name, own);
    fmt::print("{:<28} every layer {:7.2f} M/s   totals {:7.2f} M/s\n", name,
               engine_rate(spec, own, vary, true) / 1e6, engine_rate(spec, own, vary, false) / 1e6);
  };
  alone("shufflenet_v1", {"g=1,2,3,4,8", "s=0.25:2:0.05", "rho=128/224:1:4/224"});
  alone("se_resnet50", {"reduction=2:32:1", "rho=128/224:1:1/224"});
}

// Of one configuration, all of them again and again for a while; starting the threads and finding
// the structure is left out.
double seconds_each(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                    const space::SweepSpace& space, int threads) {
  constexpr std::uint64_t kChunk = engine::SweepEngine::kChunk;
  std::atomic<int> ready = 0;
  std::atomic<bool> go = false;
  std::vector<double> seconds(static_cast<std::size_t>(threads)),
      done(static_cast<std::size_t>(threads));
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      engine::SweepWants wants;
      wants.columns = {"params", "macs"};
      engine::SweepEngine engine(spec, options, space, wants);
      engine::SweepRows rows;
      engine.evaluate(0, std::min(kChunk, space.points()), rows);
      ++ready;
      while (!go) std::this_thread::yield();
      const double start = seconds_now();
      do {
        for (std::uint64_t first = static_cast<std::uint64_t>(t) * kChunk; first < space.points();
             first += static_cast<std::uint64_t>(threads) * kChunk) {
          const std::uint64_t count = std::min(kChunk, space.points() - first);
          engine.evaluate(first, count, rows);
          done[t] += static_cast<double>(count);
        }
      } while (seconds_now() - start < kSeconds);
      seconds[t] = seconds_now() - start;
    });
  }
  while (ready < threads) std::this_thread::yield();
  go = true;
  for (std::thread& worker : workers) worker.join();
  double rate = 0;
  for (int t = 0; t < threads; ++t) rate += done[t] / seconds[t];
  return 1 / rate;
}

// Rounds go over all sizes and both numbers of threads, so that what else the machine does falls on
// all of them.
void growth() {
  graph::BuildOptions options;
  const spec::ArchSpec spec = shipped("mobilenet_v1", options);
  constexpr int kSizes = 4;
  const char* const names[kSizes] = {"10^4", "10^5", "10^6", "10^7"};
  const char* const alphas[kSizes] = {"alpha=0.1:1.09:1/100", "alpha=0.1:1.099:1/1000",
                                      "alpha=0.1:1.0999:1/10000", "alpha=0.1:1.09999:1/100000"};
  std::vector<double> alone[kSizes], both[kSizes], gains[kSizes];
  for (int round = 0; round < 7; ++round) {
    for (int k = 0; k < kSizes; ++k) {
      const space::SweepSpace space =
          space::sweep_space(spec, {alphas[k], "rho=100/224:199/224:1/224"});
      alone[k].push_back(seconds_each(spec, options, space, 1));
      both[k].push_back(seconds_each(spec, options, space, 2));
      gains[k].push_back(alone[k].back() / both[k].back());
    }
  }
  for (int k = 0; k < kSizes; ++k) {
    fmt::print("{} points: {:.2f} ns a configuration; two threads {:.2f} ns, {:.2f} times one\n",
               names[k], median(alone[k]) * 1e9, median(both[k]) * 1e9, median(gains[k]));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--growth")
    growth();
  else
    compare_with_hand();
  return sink == 42 ? 1 : 0;
}
