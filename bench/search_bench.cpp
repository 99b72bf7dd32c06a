// SPDX-License-Identifier: Apache-2.0
// How good and how fast searches are, on spaces that can still be counted through.
//
//   build/release/search_bench            NSGA-II and random search beside the exact front, 20
//   seeds build/release/search_bench --seeds 5 build/release/search_bench --speed    candidates a
//   second on one core build/release/search_bench --chain    the widths of MobileNet v1: the most
//   entropy, proved
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string_view>

#include "bench/search_spaces.hpp"
#include "core/clock.hpp"
#include "search/methods/candidate_pool.hpp"
#include "search/sweep/estimate.hpp"

using namespace archcost;

namespace {

// Numbers below `n` < 2^32, two of each number of the generator.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : bits_(seed) {}
  std::size_t below(std::size_t n) {
    const std::uint64_t half = second_ ? last_ >> 32 : (last_ = bits_()) & 0xffffffff;
    second_ = !second_;
    return half * n >> 32;
  }

 private:
  std::mt19937_64 bits_;
  std::uint64_t last_ = 0;
  bool second_ = false;
};

std::vector<std::vector<double>> random_front(const methods::SearchPlan& plan,
                                              std::uint64_t evaluations, std::uint64_t seed) {
  Draws random(seed);
  methods::Collector collector(plan, 10);
  methods::CandidatePool pool(plan, 0, 1);
  const std::vector<space::SweepAxis>& axes = plan.jobs[0].space.axes;
  std::vector<methods::Individual> batch;
  for (std::uint64_t done = 0; done < evaluations; done += batch.size()) {
    batch.resize(std::min<std::uint64_t>(1000, evaluations - done));
    for (methods::Individual& one : batch) {
      one.at.resize(axes.size());
      do {
        for (std::size_t k = 0; k < axes.size(); ++k)
          one.at[k] = random.below(axes[k].values.size());
      } while (!pool.in_space(one.at));
    }
    pool.evaluate(batch, collector);
  }
  return keys_of(collector.best_of(0));
}

std::string spread(std::vector<double> shares) {
  std::sort(shares.begin(), shares.end());
  const std::size_t n = shares.size();
  return fmt::format("{:7.3f} {:7.3f}", 50 * (shares[(n - 1) / 2] + shares[n / 2]),
                     100 * shares[0]);
}

void quality(int seeds) {
  fmt::print("hypervolume in % of the exact front's, {} seeds, 1 % of the evaluations\n", seeds);
  fmt::print("{:13} {:>10} {:>8} {:>7} {:>6}   {:>7} {:>7}   {:>7} {:>7}   {:>6} {:>8}\n", "space",
             "points", "feasible", "front", "evals", "NSGA-II", "worst", "random", "worst",
             "exact s", "NSGA-II s");
  for (const SearchSpaceCase& space : search_space_cases()) {
    const methods::SearchPlan plan = plan_of(space);
    double start = seconds_now();
    const methods::SearchResult exact = exact_front(plan, 1);
    const double exact_seconds = seconds_now() - start;
    const auto front = keys_of(exact.designs);
    const double whole = methods::normalised_hypervolume(front, front);
    const auto evaluations = static_cast<std::uint64_t>(exact.space / 100);
    std::vector<double> evolved, random;
    start = seconds_now();
    for (int seed = 1; seed <= seeds; ++seed) {
      const methods::SearchResult result =
          evolved_front(plan, evaluations, static_cast<std::uint64_t>(seed), 1);
      evolved.push_back(methods::normalised_hypervolume(keys_of(result.designs), front) / whole);
    }
    const double seconds = (seconds_now() - start) / seeds;
    for (int seed = 1; seed <= seeds; ++seed)
      random.push_back(
          methods::normalised_hypervolume(
              random_front(plan, evaluations, static_cast<std::uint64_t>(seed)), front) /
          whole);
    fmt::print("{:13} {:>10} {:>8} {:>7} {:>6}   {}   {}   {:>6.2f} {:>8.2f}\n", space.spec,
               static_cast<std::uint64_t>(exact.space), exact.tally.feasible, front.size(),
               evaluations, spread(evolved), spread(random), exact_seconds, seconds);
    std::fflush(stdout);
  }
}

void speed() {
  const SearchSpaceCase grid = {"mobilenet_v1",
                                {"alpha=0.25:1:0.00025", "rho=0.5:1:0.0005"},
                                {"macs <= 300M", "params <= 3M"},
                                {"macs"},
                                {"params"}};
  SearchSpaceCase entropy = grid;
  entropy.maximize = {"entropy"};
  SearchSpaceCase widths = grid;
  widths.vary = {"widths(i)=8:widths(i):8"};
  widths.maximize = {"entropy"};
  for (const auto& [name, space] : {std::pair{"counted through: macs, params", grid},
                                    std::pair{"counted through: macs, params, entropy", entropy}}) {
    const methods::SearchPlan plan = plan_of(space);
    const double start = sweep::processor_seconds();
    const methods::SearchResult result = exact_front(plan, 1);
    const double seconds = sweep::processor_seconds() - start;
    fmt::print("{:42} {:>9} candidates {:7.3f} s {:6.2f} M/s\n", name, result.tally.points, seconds,
               static_cast<double>(result.tally.points) / seconds / 1e6);
  }
  for (const auto& [name, space] :
       {std::pair{"anywhere: macs, params, entropy, 14 widths", widths}}) {
    const methods::SearchPlan plan = plan_of(space);
    const double start = sweep::processor_seconds();
    random_front(plan, 1'000'000, 1);
    const double seconds = sweep::processor_seconds() - start;
    fmt::print("{:42} {:>9} candidates {:7.3f} s {:6.2f} M/s\n", name, 1'000'000, seconds,
               1 / seconds);
  }
  const methods::SearchPlan plan = plan_of(widths);
  const double start = sweep::processor_seconds();
  const methods::SearchResult result = evolved_front(plan, 1'000'000, 1, 1);
  const double seconds = sweep::processor_seconds() - start;
  fmt::print("{:42} {:>9} candidates {:7.3f} s {:6.2f} M/s\n", "NSGA-II as a whole",
             result.tally.points, seconds,
             static_cast<double>(result.tally.points) / seconds / 1e6);
}

void chain() {
  const methods::SearchPlan plan = plan_of(
      {"mobilenet_v1", {"widths(i)=8:widths(i):8"}, {"macs <= 293870000"}, {}, {"entropy"}});
  methods::SearchOptions options;
  options.method = methods::SearchMethod::kChain;
  const double start = seconds_now();
  const methods::SearchResult result = methods::run_search(plan, options);
  const methods::Design& best = result.designs.at(0);
  fmt::print("{:.3f} s: entropy {:.6f}, {} macs\n{}\nwidths {}\n", seconds_now() - start,
             best.values[0], best.values[1], result.proof,
             spec::to_string(plan.jobs[0].space.settings(best.at)[0].value));
}

}  // namespace

int main(int argc, char** argv) {
  int seeds = 20;
  for (int k = 1; k < argc; ++k) {
    const std::string_view argument = argv[k];
    if (argument == "--speed") return speed(), 0;
    if (argument == "--chain") return chain(), 0;
    if (argument == "--seeds" && k + 1 < argc) seeds = std::max(1, std::atoi(argv[++k]));
  }
  quality(seeds);
}
