// SPDX-License-Identifier: Apache-2.0
// Searches against brute force: fronts, exact methods, the same result for a seed.
#include <algorithm>
#include <cmath>
#include <random>

#include "bench/search_spaces.hpp"
#include "cost/named_cost.hpp"
#include "search/methods/chain_solver.hpp"
#include "search/methods/method_runs.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using archcost::test::source_dir;

namespace {

methods::SearchPlan shipped_plan(const SearchSpaceCase& space) {
  return plan_of(space, spec::SpecLibrary(source_dir() / "arch_specs"));
}

std::vector<std::vector<double>> sorted(std::vector<std::vector<double>> keys) {
  std::sort(keys.begin(), keys.end());
  return keys;
}

// What no other key dominates, each once.
std::vector<std::vector<double>> dominated_by_none(std::vector<std::vector<double>> keys) {
  keys = sorted(std::move(keys));
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<std::vector<double>> kept;
  for (const auto& key : keys) {
    if (std::none_of(keys.begin(), keys.end(),
                     [&](const auto& other) { return methods::dominates(other, key); }))
      kept.push_back(key);
  }
  return kept;
}

// Keys of all points that meet the limits, each network built and counted by itself.
std::vector<std::vector<double>> keys_by_hand(const methods::SearchPlan& plan) {
  std::vector<std::vector<double>> keys;
  const sweep::SweepJob& job = plan.jobs[0];
  methods::CandidateEvaluator evaluator(plan, 0);
  for (std::uint64_t p = 0; p < job.space.points(); ++p) {
    const std::vector<std::size_t> at = job.space.indices(p);
    graph::BuildOptions options = job.options;
    options.suggest_fix = false;
    for (graph::ParameterSetting& setting : job.space.settings(at))
      options.settings.push_back(setting);
    try {
      const graph::Network network = graph::build_network(job.spec, options);
      cost::CostReader costs(network, job.wants.types);
      for (std::size_t q = 0; q < plan.quantities.size(); ++q)
        evaluator.values()[q] = static_cast<double>(costs.cost(plan.quantities[q].name)->value()) /
                                plan.quantities[q].parts;
    } catch (const Error&) {
      continue;
    }
    if (evaluator.evaluate(at) != methods::Verdict::kFeasible) continue;
    keys.emplace_back(evaluator.key().begin(), evaluator.key().end());
  }
  return keys;
}

double uniform(std::mt19937& random, double low, double high) {
  return low + (high - low) * static_cast<double>(random() % 10'000) / 9'999;
}

methods::PairTable random_pairs(std::mt19937& random, const std::vector<std::size_t>& sizes,
                                double low, double high) {
  methods::PairTable table;
  std::size_t before = 1;
  for (std::size_t size : sizes) {
    auto& numbers = table.emplace_back();
    for (std::size_t k = 0; k < before * size; ++k)
      numbers.push_back(std::floor(uniform(random, low, high)));
    before = size;
  }
  return table;
}

methods::ChainModel random_chain(std::mt19937& random) {
  methods::ChainModel model;
  const std::size_t stages = 2 + random() % 5;
  for (std::size_t k = 0; k < stages; ++k) model.sizes.push_back(1 + random() % 6);
  const bool products = random() % 3 != 0;
  for (std::size_t size : model.sizes) {
    for (auto* table : {&model.a, &model.b, &model.d}) {
      auto& numbers = table->emplace_back();
      for (std::size_t x = 0; x < size; ++x)
        numbers.push_back(products ? uniform(random, 0, 9) : 0);
    }
  }
  model.objective = random_pairs(random, model.sizes, -20, 40);
  for (const auto& numbers : model.objective) {
    auto& allowed = model.allowed.emplace_back();
    for (std::size_t k = 0; k < numbers.size(); ++k) allowed.push_back(random() % 10 != 0);
  }
  const std::size_t resources = random() % 4;
  for (std::size_t r = 0; r < resources; ++r) {
    const bool lower = random() % 4 == 0;
    const auto n = static_cast<double>(stages);
    model.resources.push_back(
        {random_pairs(random, model.sizes, lower ? -50 : 0, lower ? 0 : 50),
         std::floor(uniform(random, lower ? -30 * n : 10 * n, lower ? -10 * n : 35 * n))});
  }
  if (products && random() % 3 == 0)
    model.least_sum = uniform(random, 0, 6) * static_cast<double>(stages);
  model.base = uniform(random, -5, 5);
  model.start = uniform(random, 0, 3);
  return model;
}

}  // namespace

TEST_CASE("a front holds what nothing dominates, each point once") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::size_t objectives = 1 + random() % 4, count = 1 + random() % 60;
    const int range = 2 + static_cast<int>(random() % 12);
    std::vector<std::vector<double>> keys;
    for (std::size_t k = 0; k < count; ++k) {
      auto& key = keys.emplace_back();
      for (std::size_t g = 0; g < objectives; ++g)
        key.push_back(static_cast<double>(random() % range));
    }
    methods::ParetoFront front(objectives);
    for (std::size_t k = 0; k < count; ++k) {
      if (front.takes(keys[k])) front.add(keys[k], k);
    }
    std::vector<std::vector<double>> held;
    for (std::size_t k = 0; k < front.size(); ++k) {
      held.emplace_back(front.key(k).begin(), front.key(k).end());
      CHECK(held.back() == keys[front.tag(k)]);
      CHECK(std::find(keys.begin(), keys.end(), held.back()) - keys.begin() ==
            static_cast<std::ptrdiff_t>(front.tag(k)));  // the first of equal ones
    }
    CHECK(sorted(held) == dominated_by_none(keys));
  }
}

TEST_CASE("hypervolumes of boxes") {
  CHECK(methods::hypervolume({{1, 1}}, {3, 4}) == 6);
  CHECK(methods::hypervolume({{1, 2}, {2, 1}, {2, 2}}, {3, 3}) == 3);
  CHECK(methods::hypervolume({{5, 1}}, {3, 3}) == 0);
  CHECK(methods::hypervolume({{1, 1, 1}, {0, 2, 2}}, {2, 3, 3}) == 4 + 2 - 1);
  CHECK(methods::normalised_hypervolume({{0, 10}, {4, 0}}, {{0, 10}, {4, 0}}) ==
        Approx(1.1 * 0.1 + 0.1 * 1.0));
}

TEST_CASE("enumeration agrees with networks built one by one") {
  const std::vector<SearchSpaceCase> cases = {
      {"mobilenet_v1",
       {"alpha=0.25:1:0.125", "rho=128/224,1", "se=0,1", "reduction=4,16"},
       {"macs <= 300M", "alpha >= rho / 2"},
       {"macs"},
       {"entropy"}},
      {"mobilenet_v1",
       {"widths(3)=64:128:16", "widths(14)=512,1024", "rho=128/224,1"},
       {"widths(14) >= 6 * widths(3)", "macs + 100 * params <= 1G"},
       {"macs,params"},
       {"entropy"}},
      {"shufflenet_v1",
       {"g", "s=0.25:1:0.25", "shallow=0,1"},
       {"g == 3 or s < 1", "params <= 1.5M"},
       {"macs"},
       {"params"}},
      {"resnet",
       {"depth=18,50", "se_stages=subsets([2,5])", "se=0,1", "stride_in=k1,k3"},
       {"not (stride_in == k1 and se == 1)"},
       {"macs"},
       {"params"}},
  };
  for (const SearchSpaceCase& space : cases) {
    INFO(space.spec);
    const methods::SearchPlan plan = shipped_plan(space);
    const auto by_hand = keys_by_hand(plan);
    REQUIRE(by_hand.size() > 3);
    for (int threads : {1, 3}) {
      const methods::SearchResult result = exact_front(plan, threads);
      CHECK(result.tally.feasible == by_hand.size());
      CHECK(result.tally.points == plan.jobs[0].space.points());
      CHECK(sorted(keys_of(result.designs)) == dominated_by_none(by_hand));
    }
  }
}

TEST_CASE("evolution: feasible, dominated by none, the same for a seed and any number of threads") {
  for (std::size_t c = 0; c < search_space_cases().size(); ++c) {
    const methods::SearchPlan plan = shipped_plan(search_space_cases()[c]);
    INFO(search_space_cases()[c].spec);
    const methods::SearchResult one = evolved_front(plan, 1500, 5, 1),
                                four = evolved_front(plan, 1500, 5, 4),
                                other = evolved_front(plan, 1500, 6, 1);
    CHECK(keys_of(one.designs) == keys_of(four.designs));
    CHECK(keys_of(one.designs) != keys_of(other.designs));
    CHECK(one.tally.points == 1500);
    CHECK(one.stopped == "after 1,500 evaluations, as many as were allowed");
    REQUIRE(!one.designs.empty());
    const auto keys = keys_of(one.designs);
    CHECK(sorted(keys) == dominated_by_none(keys));
    methods::CandidateEvaluator evaluator(plan, 0);
    engine::SweepEngine engine(plan.jobs[0].spec, plan.jobs[0].options, plan.jobs[0].space,
                               plan.jobs[0].wants);
    for (const methods::Design& design : one.designs) {  // held against the network itself
      const graph::Network network =
          graph::build_network(plan.jobs[0].spec, methods::options_of(plan, design));
      cost::CostReader costs(network, {});
      for (std::size_t q = 0; q < plan.quantities.size(); ++q)
        CHECK(design.values[q] ==
              Approx(static_cast<double>(costs.cost(plan.quantities[q].name)->value()) /
                     plan.quantities[q].parts));
      std::copy(design.values.begin(), design.values.end(), evaluator.values());
      CHECK(evaluator.evaluate(design.at) == methods::Verdict::kFeasible);
    }
  }
}

TEST_CASE("chains: the optimum is that of brute force on random models") {
  std::mt19937 random(11);
  int feasible = 0, infeasible = 0;
  for (int round = 0; round < 400; ++round) {
    const methods::ChainModel model = random_chain(random);
    double best = -1e300;
    std::vector<std::size_t> at(model.sizes.size(), 0);
    for (bool more = true; more;) {
      if (methods::chain_feasible(model, at))
        best = std::max(best, methods::chain_value(model, at));
      more = false;
      for (std::size_t k = at.size(); k-- > 0 && !more;) {
        more = ++at[k] < model.sizes[k];
        if (!more) at[k] = 0;
      }
    }
    const methods::ChainSolution solution = methods::solve_chain(model);
    INFO("round " << round);
    CHECK(solution.proved);
    CHECK(solution.feasible == (best > -1e300));
    ++(solution.feasible ? feasible : infeasible);
    if (!solution.feasible) continue;
    CHECK(solution.value == Approx(best).margin(2 * methods::kChainGap));
    CHECK(methods::chain_feasible(model, solution.at));
    CHECK(methods::chain_value(model, solution.at) == solution.value);
    CHECK(solution.bound >= best - 1e-9);
  }
  CHECK(feasible > 100);
  CHECK(infeasible > 20);
}

TEST_CASE("chains: the same optimum as enumeration on small spaces of MobileNet v1") {
  std::mt19937 random(3);
  const std::vector<int> full = {32,  64,  128, 128, 256, 256,  512,
                                 512, 512, 512, 512, 512, 1024, 1024};
  for (int round = 0; round < 12; ++round) {
    SearchSpaceCase space;
    space.spec = "mobilenet_v1";
    for (int k = 0; k < 5; ++k) {
      const int element = 1 + static_cast<int>(random() % 14), width = full[element - 1];
      const std::string text = "widths(" + std::to_string(element) +
                               ")=" + std::to_string(width / 4) + ":" + std::to_string(width) +
                               ":" + std::to_string(width / 4);
      if (std::find(space.vary.begin(), space.vary.end(), text) == space.vary.end())
        space.vary.push_back(text);
    }
    std::sort(space.vary.begin(), space.vary.end(), [](const std::string& a, const std::string& b) {
      return std::stoi(a.substr(7)) < std::stoi(b.substr(7));
    });
    const bool entropy = random() % 3 != 0;
    (entropy ? space.maximize : space.minimize) = {entropy ? "entropy" : "params"};
    space.limits = {"macs <= " + std::to_string(350 + random() % 200) + "M"};
    if (random() % 2 == 0)
      space.limits.push_back(entropy ? "effectiveness <= 0.6" : "activations >= 4M");
    INFO("round " << round);
    const methods::SearchPlan plan = shipped_plan(space);
    std::string why;
    const bool applies = methods::chain_applies(plan, why);
    INFO(why);
    REQUIRE(applies);
    methods::SearchOptions options;
    const methods::SearchResult exact = methods::run_search(plan, options);
    options.method = methods::SearchMethod::kChain;
    const methods::SearchResult chain = methods::run_search(plan, options);
    REQUIRE(exact.designs.empty() == chain.designs.empty());
    if (exact.designs.empty()) continue;
    CHECK(chain.designs[0].key[0] == Approx(exact.designs[0].key[0]).epsilon(1e-12));
    CHECK(chain.proof.find("which is proved") != std::string::npos);
  }
}

TEST_CASE("chains: the most entropy of MobileNet v1's widths under AMC's multiply-adds") {
  const methods::SearchPlan plan = shipped_plan(
      {"mobilenet_v1", {"widths(i)=8:widths(i):8"}, {"macs <= 293870000"}, {}, {"entropy"}});
  CHECK(plan.jobs[0].space.size() > 1e12L);
  const methods::SearchResult result = methods::run_search(plan, {});
  CHECK(result.method == methods::SearchMethod::kChain);
  CHECK(result.proof.find("which is proved") != std::string::npos);
  REQUIRE(result.designs.size() == 1);
  CHECK(result.designs[0].values[1] <= 293870000);
  CHECK(result.designs[0].values[0] > 10178.61);
}

TEST_CASE("where a chain doesn't hold, the reason is told") {
  std::string why;
  CHECK(!methods::chain_applies(
      shipped_plan({"mobilenet_v1", {"alpha=0.25:1:0.01"}, {"macs <= 100M"}, {"macs"}, {"params"}}),
      why));
  CHECK(why == "it takes one objective");
  CHECK(!methods::chain_applies(
      shipped_plan(
          {"mobilenet_v1", {"widths(3)=8:128:8", "se=0,1"}, {"macs <= 100M"}, {}, {"params"}}),
      why));
  CHECK(why == "'se' changes the structure");
  CHECK(!methods::chain_applies(
      shipped_plan({"mobilenet_v1", {"widths(3)=8:128:8"}, {"macs < 100M"}, {}, {"params"}}), why));
  CHECK(why == "the limit 'macs < 100M' isn't of the form COST <= NUMBER");
}

TEST_CASE("evolution reaches 99 % of the exact front's hypervolume", "[long]") {
  for (const SearchSpaceCase& space : search_space_cases()) {
    INFO(space.spec);
    const methods::SearchPlan plan = shipped_plan(space);
    const methods::SearchResult exact = exact_front(plan, 2);
    REQUIRE(exact.space >= 1e6L);
    const auto front = keys_of(exact.designs);
    const double whole = methods::normalised_hypervolume(front, front);
    std::vector<double> shares;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const methods::SearchResult result =
          evolved_front(plan, static_cast<std::uint64_t>(exact.space / 100), seed, 2);
      shares.push_back(methods::normalised_hypervolume(keys_of(result.designs), front) / whole);
    }
    std::sort(shares.begin(), shares.end());
    CHECK(shares.front() >= 0.97);
    CHECK((shares[9] + shares[10]) / 2 >= 0.99);
  }
}

TEST_CASE("an objective that is the same everywhere keeps its scale in a hypervolume", "[search]") {
  const std::vector<std::vector<double>> exact = {{1, 5}, {3, 5}};
  CHECK(methods::normalised_hypervolume(exact, exact) == Approx(1.1 * 1.1));
  // At (2/2, 1): what is left up to 1.1 in both.
  CHECK(methods::normalised_hypervolume({{3, 6}}, exact) == Approx(0.1 * 0.1));
  CHECK(methods::normalised_hypervolume({{2, 5.6}}, exact) == Approx(0.6 * 0.5));
  CHECK(methods::normalised_hypervolume(exact, {}) == 0);
}
