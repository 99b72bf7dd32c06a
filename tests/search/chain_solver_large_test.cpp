// SPDX-License-Identifier: Apache-2.0
// The solver of chain models where it has much to look at: optimum, bound and the work it takes.
#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "search/chain_models.hpp"
#include "search/methods/chain_solver.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;
using methods::ChainModel;
using methods::ChainSolution;

namespace {

// The optimum under one limit, by the best value for each choice, use and sum: whole numbers.
double optimum_by_states(const ChainModel& m) {
  std::map<std::array<double, 3>, double> states = {{{0, 0, m.start}, m.base}};
  for (std::size_t k = 0; k < m.sizes.size(); ++k) {
    std::map<std::array<double, 3>, double> next;
    for (const auto& [state, value] : states) {
      const auto before = static_cast<std::size_t>(state[0]);
      for (std::size_t x = 0; x < m.sizes[k]; ++x) {
        const std::size_t place = k == 0 ? x : before * m.sizes[k] + x;
        const double used = state[1] + m.resources[0].use[k][place];
        if (!m.allowed[k][place] || used > m.resources[0].budget) continue;
        const double worth = value + m.objective[k][place] + m.a[k][x] * state[2] + m.b[k][x];
        const auto known =
            next.try_emplace({static_cast<double>(x), used, state[2] + m.d[k][x]}, worth).first;
        known->second = std::max(known->second, worth);
      }
    }
    states = std::move(next);
  }
  double best = kNone;
  for (const auto& [state, value] : states) {
    if (!m.least_sum || state[2] >= *m.least_sum) best = std::max(best, value);
  }
  return best;
}

}  // namespace

TEST_CASE("the optimum of a chain of more designs than can be counted through", "[search]") {
  std::mt19937 random(53);
  std::uint64_t labels = 0;
  double slack = 0;
  for (int round = 0; round < 8; ++round) {
    INFO("round " << round);
    ChainModel model = plain_chain(
        std::vector<std::size_t>(11, 6), [&](std::size_t, std::size_t y, std::size_t x) {
          return static_cast<double>(3 * x + y) + whole_number(random, 0, 4);
        });
    if (round % 3 != 0) {
      for (std::size_t k = 0; k < model.sizes.size(); ++k) {
        for (std::size_t x = 0; x < model.sizes[k]; ++x) {
          model.a[k][x] = whole_number(random, 0, 1);
          model.d[k][x] = whole_number(random, 0, round % 3);
        }
      }
    }
    if (round % 4 == 3) model.least_sum = 5;
    if (round % 2 == 1) forbid_some(random, model);
    model.resources.push_back({chain_pairs(model,
                                           [&](std::size_t, std::size_t y, std::size_t x) {
                                             return static_cast<double>(2 * x + y) +
                                                    whole_number(random, 0, 2);
                                           }),
                               50.0 + 5 * round});
    const double best = optimum_by_states(model);
    const ChainSolution solution = methods::solve_chain(model);
    CHECK(solution.proved);
    REQUIRE(solution.feasible == (best > kNone));
    if (!solution.feasible) continue;
    CHECK(solution.value == best);
    CHECK(methods::chain_value(model, solution.at) == best);
    CHECK(methods::chain_feasible(model, solution.at));
    CHECK(solution.bound >= best - 1e-9);
    labels += solution.labels;
    slack += solution.bound - solution.value;
  }
  CHECK(static_cast<double>(labels) == Approx(26767).epsilon(0.01));
  CHECK(slack == Approx(13.9029).epsilon(1e-3));
}

namespace {

// The best value behind a stage, depth first.
double best_behind(const ChainModel& m, std::size_t k, std::size_t before, double value, double sum,
                   const std::vector<double>& used) {
  if (k == m.sizes.size()) {
    for (std::size_t r = 0; r < used.size(); ++r) {
      if (used[r] > m.resources[r].budget) return kNone;
    }
    return !m.least_sum || sum >= *m.least_sum ? value : kNone;
  }
  double best = kNone;
  for (std::size_t x = 0; x < m.sizes[k]; ++x) {
    const std::size_t place = k == 0 ? x : before * m.sizes[k] + x;
    if (!m.allowed[k][place]) continue;
    std::vector<double> more = used;
    for (std::size_t r = 0; r < used.size(); ++r) more[r] += m.resources[r].use[k][place];
    best = std::max(
        best, best_behind(m, k + 1, x, value + m.objective[k][place] + m.a[k][x] * sum + m.b[k][x],
                          sum + m.d[k][x], more));
  }
  return best;
}

}  // namespace

TEST_CASE("the optimum of a chain that has many designs next to it", "[search]") {
  std::mt19937 random(59);
  struct Work {
    double labels, slack;  // partial designs examined, and how far the bound lies above the optimum
  };
  const std::vector<Work> expected = {{6643, 0.143033}, {5151, 24.9973}, {644, 564.914},
                                      {967, 459.53},    {427, 4380.14},  {782, 4057.07}};
  for (int round = 0; round < 6; ++round) {
    INFO("round " << round);
    // What is worth more uses more: the relaxation says little.
    ChainModel model =
        plain_chain(std::vector<std::size_t>(8, 4), [](auto, auto, auto) { return 0.0; });
    const std::size_t limits = 1 + round % 3;
    for (std::size_t r = 0; r < limits; ++r)
      model.resources.push_back({chain_pairs(model, random_pair(random, 1, 9999)), 30000.0});
    for (std::size_t k = 0; k < model.sizes.size(); ++k) {
      for (std::size_t x = 0; x < model.objective[k].size(); ++x) {
        for (std::size_t r = 0; r < limits; ++r)
          model.objective[k][x] += model.resources[r].use[k][x] / 7;
      }
      if (round < 3) continue;
      for (std::size_t x = 0; x < model.sizes[k]; ++x) {
        model.a[k][x] = whole_number(random, 0, 9);
        model.d[k][x] = whole_number(random, 0, 99);
      }
    }
    const double best = best_behind(model, 0, 0, 0, 0, std::vector<double>(limits));
    const ChainSolution solution = methods::solve_chain(model);
    CHECK(solution.proved);
    REQUIRE(solution.feasible);
    CHECK(solution.value == Approx(best).epsilon(1e-12));
    CHECK(methods::chain_value(model, solution.at) == solution.value);
    CHECK(methods::chain_feasible(model, solution.at));
    CHECK(solution.bound >= best - 1e-9);
    const Work& work = expected[static_cast<std::size_t>(round)];
    CHECK(static_cast<double>(solution.labels) == Approx(work.labels).epsilon(0.01));
    CHECK(solution.bound - solution.value == Approx(work.slack).epsilon(1e-3));
  }
}
