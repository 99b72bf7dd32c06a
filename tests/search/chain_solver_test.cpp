// SPDX-License-Identifier: Apache-2.0
// The solver of chain models against plain enumeration: optimum, bound and the work it takes.
#include "search/methods/chain_solver.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>

#include "search/chain_models.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;
using methods::ChainModel;
using methods::ChainSolution;

namespace {

using ChainPoint = std::vector<std::size_t>;

void each_chain_point(const ChainModel& model, const std::function<void(const ChainPoint&)>& see) {
  ChainPoint at(model.sizes.size(), 0);
  for (bool more = true; more;) {
    see(at);
    more = false;
    for (std::size_t k = at.size(); k-- > 0 && !more;) {
      more = ++at[k] < model.sizes[k];
      if (!more) at[k] = 0;
    }
  }
}

// A point's figures as the header writes them.
struct ChainFigures {
  bool allowed = true;
  double value = 0, sum = 0;
  std::vector<double> used;
};

ChainFigures figures_by_hand(const ChainModel& m, const ChainPoint& at) {
  ChainFigures f;
  f.value = m.base;
  f.sum = m.start;
  f.used.resize(m.resources.size());
  std::size_t before = 0;
  for (std::size_t k = 0; k < at.size(); ++k) {
    const std::size_t x = at[k], place = k == 0 ? x : before * m.sizes[k] + x;
    f.allowed = f.allowed && m.allowed[k][place];
    f.value += m.a[k][x] * f.sum + m.b[k][x] + m.objective[k][place];
    f.sum += m.d[k][x];
    for (std::size_t r = 0; r < f.used.size(); ++r) f.used[r] += m.resources[r].use[k][place];
    before = x;
  }
  return f;
}

bool feasible_by_hand(const ChainModel& m, const ChainFigures& f) {
  for (std::size_t r = 0; r < f.used.size(); ++r) {
    if (f.used[r] > m.resources[r].budget) return false;
  }
  return f.allowed && (!m.least_sum || f.sum >= *m.least_sum - 1e-9);
}

double optimum_by_hand(const ChainModel& model) {
  double best = kNone;
  each_chain_point(model, [&](const ChainPoint& at) {
    const ChainFigures f = figures_by_hand(model, at);
    if (feasible_by_hand(model, f)) best = std::max(best, f.value);
  });
  return best;
}

// The least, over prices of the first resource, of what all points have at most at that price.
double dual_by_hand(const ChainModel& model) {
  std::map<double, double> best;  // value by what is left of the budget
  each_chain_point(model, [&](const ChainPoint& at) {
    const ChainFigures f = figures_by_hand(model, at);
    if (!f.allowed) return;
    const double left = model.resources[0].budget - f.used[0];
    best[left] = std::max(best.emplace(left, f.value).first->second, f.value);
  });
  const auto bound = [&](double price) {
    double most = kNone;
    for (const auto& [left, value] : best) most = std::max(most, value + price * left);
    return most;
  };
  double low = 0, high = 1e4;  // it is convex
  for (int step = 0; step < 200; ++step) {
    const double a = low + (high - low) / 3, b = high - (high - low) / 3;
    (bound(a) <= bound(b) ? high : low) = bound(a) <= bound(b) ? b : a;
  }
  return bound(low);
}

std::vector<std::size_t> random_sizes(std::mt19937& random, std::size_t most_stages,
                                      std::size_t most) {
  std::vector<std::size_t> sizes(1 + random() % most_stages);
  for (std::size_t& size : sizes) size = 1 + random() % most;
  return sizes;
}

void add_sums(std::mt19937& random, ChainModel& model, int least) {
  for (std::size_t k = 0; k < model.sizes.size(); ++k) {
    for (std::size_t x = 0; x < model.sizes[k]; ++x) {
      model.a[k][x] = whole_number(random, 0, 6);
      model.b[k][x] = whole_number(random, -9, 9);
      model.d[k][x] = whole_number(random, least, 5);
    }
  }
  model.start = whole_number(random, -2, 3);
}

void check_solution(const ChainModel& model, const ChainSolution& solution) {
  const double best = optimum_by_hand(model);
  CHECK(solution.proved);
  CHECK(solution.feasible == (best > kNone));
  if (!solution.feasible) return;
  CHECK(solution.value == Approx(best).margin(1e-6));
  CHECK(figures_by_hand(model, solution.at).value == Approx(solution.value));
  CHECK(feasible_by_hand(model, figures_by_hand(model, solution.at)));
  CHECK(solution.bound >= best - 1e-9);
}

}  // namespace

TEST_CASE("value and feasibility of a chain's choices are sums over its stages", "[search]") {
  std::mt19937 random(31);
  for (int round = 0; round < 60; ++round) {
    ChainModel model = plain_chain(random_sizes(random, 4, 4), random_pair(random, -20, 20));
    add_sums(random, model, -3);
    forbid_some(random, model);
    model.base = whole_number(random, -5, 5);
    for (int r = 0; r < round % 3; ++r)
      model.resources.push_back({chain_pairs(model, random_pair(random, -4, 9)), 8.0});
    if (round % 2 == 0) model.least_sum = whole_number(random, 0, 8);
    each_chain_point(model, [&](const ChainPoint& at) {
      const ChainFigures f = figures_by_hand(model, at);
      CHECK(methods::chain_value(model, at) == f.value);
      CHECK(methods::chain_feasible(model, at) == feasible_by_hand(model, f));
    });
  }
}

TEST_CASE("a budget and a least sum can be met exactly", "[search]") {
  ChainModel model = plain_chain({1, 1}, [](auto k, auto, auto) { return k == 0 ? 3.0 : 4.0; });
  const ChainPoint at = {0, 0};
  model.d = {{2}, {5}};
  model.start = 1;
  model.resources = {{{{10}, {20}}, 30}};
  const auto holds = [&] {
    const ChainSolution solution = methods::solve_chain(model);
    CHECK(solution.feasible == methods::chain_feasible(model, at));
    CHECK(solution.proved);
    return solution.feasible;
  };
  CHECK(holds());
  model.resources[0].budget = 29.999;
  CHECK(!holds());
  model.resources[0].budget = 30;
  // A sum may be short by what rounding does to it.
  REQUIRE(8.0 + 1e-9 - 1e-9 == 8.0);
  for (const auto& [least, met] :
       {std::pair(8.0, true), std::pair(8.0 + 5e-10, true), std::pair(8.0 + 1e-9, true),
        std::pair(8.0 + 1.5e-9, false), std::pair(8.001, false)}) {
    INFO(least);
    model.least_sum = least;
    CHECK(holds() == met);
  }
}

TEST_CASE("without limits the bound of a chain is its optimum, and few designs are examined",
          "[search]") {
  std::mt19937 random(41);
  for (int round = 0; round < 60; ++round) {
    INFO("round " << round);
    ChainModel model =
        plain_chain(random_sizes(random, 5, 5), [&](std::size_t, std::size_t, std::size_t) {
          return static_cast<double>(random() % 100'000) / 7;  // no two designs are equal
        });
    for (std::size_t k = 0; k < model.sizes.size(); ++k) {
      for (std::size_t x = 0; x < model.sizes[k]; ++x) model.b[k][x] = whole_number(random, -9, 9);
    }
    model.base = 17;
    // A sum that is the same for all choices, but for those of one stage.
    if (round % 2 == 0) {
      add_sums(random, model, 0);
      for (auto& row : model.d) std::fill(row.begin(), row.end(), whole_number(random, -3, 3));
      auto& one = model.d[random() % model.d.size()];
      for (std::size_t x = 0; x < one.size(); x += 2) one[x] += 4;
    }
    const ChainSolution solution = methods::solve_chain(model);
    check_solution(model, solution);
    CHECK(solution.bound == Approx(solution.value).epsilon(1e-12));
    if (round % 2 == 0) continue;
    // The first pass keeps one design for each choice, the second one in all.
    std::size_t labels = model.sizes.size(), before = 1;
    for (const std::size_t size : model.sizes) {
      labels += before * size;
      before = size;
    }
    CHECK(solution.labels == labels);
  }
}

TEST_CASE("the bound of a chain with one limit is that of the best price", "[search]") {
  std::mt19937 random(43);
  int priced = 0;
  for (int round = 0; round < 80; ++round) {
    INFO("round " << round);
    ChainModel model = plain_chain(random_sizes(random, 4, 5), random_pair(random, 0, 400));
    if (round % 3 == 0) forbid_some(random, model);
    if (round % 4 == 1) model.start = 3;
    if (round % 4 == 2) model.base = -40;
    const bool lower = round % 5 == 4;
    const auto stages = static_cast<int>(model.sizes.size());
    model.resources.push_back(
        {chain_pairs(model, random_pair(random, lower ? -90 : 5, lower ? -5 : 90)),
         whole_number(random, lower ? -60 * stages : 30 * stages,
                      lower ? -40 * stages : 60 * stages)});
    const ChainSolution solution = methods::solve_chain(model);
    check_solution(model, solution);
    if (!solution.feasible) continue;
    CHECK(solution.bound == Approx(dual_by_hand(model)).epsilon(1e-6));
    if (solution.bound > solution.value + 1) ++priced;
  }
  CHECK(priced > 20);
}

TEST_CASE("the optimum of a chain under up to four limits is that of all its points", "[search]") {
  std::mt19937 random(47);
  int feasible = 0, infeasible = 0;
  std::uint64_t labels = 0;
  double slack = 0;
  for (int round = 0; round < 240; ++round) {
    INFO("round " << round);
    // Few different numbers make many designs equal in one thing and not in another.
    const int values = round % 2 == 0 ? 3 : 60;
    ChainModel model = plain_chain(random_sizes(random, 5, 4), random_pair(random, 0, values));
    if (round % 3 != 0) add_sums(random, model, round % 3 == 1 ? 0 : -4);
    if (round % 4 == 0) forbid_some(random, model);
    const auto stages = static_cast<double>(model.sizes.size());
    for (int r = 0; r < round % 5; ++r) {
      const bool lower = random() % 4 == 0;
      const double share = static_cast<double>(20 + random() % 60) / 100;
      model.resources.push_back(
          {chain_pairs(model, random_pair(random, lower ? -values : 0, lower ? 0 : values)),
           std::floor(stages * values * (lower ? -share / 2 : share))});
    }
    if (round % 7 < 3) model.least_sum = whole_number(random, 0, 4) * stages / 2;
    model.base = whole_number(random, -5, 5);
    const ChainSolution solution = methods::solve_chain(model);
    check_solution(model, solution);
    ++(solution.feasible ? feasible : infeasible);
    labels += solution.labels;
    if (solution.feasible) slack += solution.bound - solution.value;
  }
  CHECK(feasible > 120);
  CHECK(infeasible > 25);
  // How many partial designs are examined, and how far the bounds lie above the optima.
  CHECK(static_cast<double>(labels) == Approx(1520).epsilon(0.01));
  CHECK(slack == Approx(537.265).epsilon(1e-3));
}

TEST_CASE("the bound of a chain is right up to the end of its sums", "[search]") {
  // The second choice is worth something above a sum of 254.5 alone, and sums go up to 255.
  ChainModel model = plain_chain({2, 2}, [](auto, auto, auto) { return 0.0; });
  model.d[0] = {0, 255};
  model.a[1] = {0, 1000};
  model.b[1] = {0, -1000 * 254.5};
  const ChainSolution solution = methods::solve_chain(model);
  CHECK(solution.at == ChainPoint{1, 1});
  CHECK(solution.value == 500);
  CHECK(solution.bound == Approx(500));
  model.d[0] = {255, 0};
  model.a[1] = {1000, 0};
  model.b[1] = {-1000 * 254.5, 0};
  CHECK(methods::solve_chain(model).at == ChainPoint{0, 0});
}

TEST_CASE("a chain search that is stopped has what it found, and no proof", "[search]") {
  // The better the choices, the more they use: the relaxation has designs to offer at once.
  ChainModel model = plain_chain(
      {4, 5, 6}, [](auto k, auto y, auto x) { return static_cast<double>(7 * x + 2 * y + k); });
  model.resources.push_back(
      {chain_pairs(model, [](auto, auto y, auto x) { return static_cast<double>(x * x + y); }),
       14});
  const ChainSolution whole = methods::solve_chain(model);
  check_solution(model, whole);
  const std::atomic<bool> stop = true;
  const ChainSolution stopped = methods::solve_chain(model, &stop);
  CHECK(!stopped.proved);
  CHECK(stopped.labels == 0);
  CHECK(stopped.bound == whole.bound);
  REQUIRE(stopped.feasible);
  CHECK(methods::chain_feasible(model, stopped.at));
  CHECK(methods::chain_value(model, stopped.at) == stopped.value);
  CHECK(stopped.value <= whole.value);
  const std::atomic<bool> go = false;
  CHECK(methods::solve_chain(model, &go).labels == whole.labels);
}
