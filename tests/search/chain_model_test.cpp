// SPDX-License-Identifier: Apache-2.0
// Chain models of networks against each network counted by itself, and the reasons where there is
// none; chain searches against their solver.
#include "search/methods/chain_model.hpp"

#include <fmt/core.h>

#include <functional>

#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "search/methods/chain_solver.hpp"
#include "search/methods/method_runs.hpp"
#include "search/methods/plan.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;

namespace {

// Four widths in a row, with strides, so that every width meets its neighbours alone.
std::string widths_spec(const std::string& where = "", const std::string& name = "net") {
  return fmt::format(
      "name: {}\nparams: {{n: {{default: [4, 6, 8, 5]}}, kind: {{default: x, choices: [x, y]}}, "
      "r: {{default: 3}}}}\ninput: {{channels: 3, height: 12, width: 8}}\nlayers:\n"
      "  - conv: {{out: n(1), kernel: 3, stride: 2}}\n"
      "  - conv: {{out: n(2), kernel: 1 if kind == x else 3, bias: true}}\n"
      "  - conv: {{out: n(3), kernel: 3, stride: 2}}\n  - conv: {{out: n(4), kernel: r}}\n{}",
      name, where.empty() ? "" : "search: {where: [" + where + "]}\n");
}

const std::vector<std::string> kWidths = {"n(1)=2:6:2", "n(2)=3,5", "n(3)=1:4:1", "n(4)=7,9,4"};

struct ChainRequest {
  std::string spec = widths_spec();
  std::vector<std::string> vary = kWidths;
  std::vector<std::string> limits;
  std::vector<std::string> minimize, maximize;
  int batch = 1;
};

methods::SearchPlan chain_plan(const ChainRequest& request) {
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"net", spec::read_spec_text("net.yaml", request.spec, "."), {}});
  specs[0].options.batch = request.batch;
  const auto figure = [](const graph::Network&) { return std::optional<space::Uncertain>(); };
  return methods::plan_search({.vary = request.vary,
                               .limits = request.limits,
                               .minimize = request.minimize,
                               .maximize = request.maximize,
                               .columns = ""},
                              std::move(specs), {{"pain", "", figure, {}}});
}

std::string no_chain(const ChainRequest& request) {
  std::string why;
  const methods::SearchPlan plan = chain_plan(request);
  const bool found = methods::chain_model(plan, 0, why).has_value();
  CHECK(found == why.empty());
  CHECK(methods::chain_applies(plan, why) == found);
  return why;
}

}  // namespace

TEST_CASE("a chain's model has the costs of the networks themselves", "[search]") {
  const std::vector<ChainRequest> requests = {
      {.limits = {"macs <= 3000", "params >= 200"}, .minimize = {"params"}},
      {.limits = {"params <= 320", "activations <= 600"}, .maximize = {"macs"}},
      {.limits = {"macs >= 2500", "params <= 100 + 2 * 130"}, .maximize = {"params"}, .batch = 3},
      {.limits = {"macs <= 4000"}, .maximize = {"entropy"}},
      {.limits = {"effectiveness <= 0.3", "effectiveness <= 0.35", "size_f32 <= 1.5KB"},
       .maximize = {"entropy"}},
      {.spec = widths_spec("n(2) >= n(1), n(1) != 4, n(3) != 3, 2 > 1"), .minimize = {"macs"}},
      {.spec = widths_spec("n(3) + n(4) != 11, n(2) - n(3) <= 2, r == 3, n(4) < 9"),
       .limits = {"params <= 300"},
       .maximize = {"entropy"}},
      {.spec = widths_spec("2 * n(1) <= n(2) or n(1) == 6"),
       .vary = {"n(2)=3,5,8", "n(1)=1:6:1"},
       .limits = {"macs <= 6000"},
       .maximize = {"macs"}},
      // A value that is the same everywhere is no choice; a word too.
      {.vary = {"n(1)=2:6:2", "kind=y", "n(2)=3,5", "n(3)=3", "n(4)=7,9"}, .maximize = {"params"}},
      {.spec = "name: net\nparams: {k: {default: 1}}\ninput: {channels: 3, height: 9, width: 8}\n"
               "layers: [conv: {out: 4, kernel: k}, conv: {out: 5, kernel: 1}]\n"
               "search: {where: [2 > 1]}\n",
       .vary = {"k=1,3,5,7"},
       .limits = {"macs <= 4000"},
       .maximize = {"entropy"}},
      // Layers without a choice before the first, between and behind.
      {.spec = "name: net\nparams: {a: {default: 1}, b: {default: 1}}\n"
               "input: {channels: 3, height: 9, width: 8}\nlayers:\n"
               "  - conv: {out: 5, stride: 2}\n  - conv: {out: a}\n  - conv: {out: 4}\n"
               "  - conv: {out: 6, stride: 2}\n  - conv: {out: b}\n  - conv: {out: 2}\n"
               "  - conv: {out: 3, kernel: 1, stride: 2}\n  - conv: {out: 7}\n",
       .vary = {"a=2:9:1", "b=1:5:2"},
       .limits = {"params <= 130"},
       .maximize = {"entropy"}},
      {.limits = {"params >= 250"}, .minimize = {"macs"}, .batch = 5},
  };
  for (std::size_t number = 0; number < requests.size(); ++number) {
    INFO("request " << number);
    const methods::SearchPlan plan = chain_plan(requests[number]);
    std::string why;
    const auto model = methods::chain_model(plan, 0, why);
    INFO(why);
    REQUIRE(model.has_value());
    const sweep::SweepJob& job = plan.jobs[0];
    REQUIRE(model->sizes.size() == job.space.axes.size());
    methods::CandidateEvaluator evaluator(plan, 0);
    int met = 0, unmet = 0;
    for (std::uint64_t p = 0; p < job.space.points(); ++p) {
      const std::vector<std::size_t> at = job.space.indices(p);
      const graph::Network network =
          graph::build_network(job.spec, job.space.options(job.options, at));
      cost::CostReader costs(network, job.wants.types);
      for (std::size_t q = 0; q < plan.quantities.size(); ++q)
        evaluator.values()[q] =
            methods::figure_of(plan.quantities[q], costs.cost(plan.quantities[q].name)->value());
      const auto goal = static_cast<std::size_t>(plan.objectives[0].quantity);
      const double value = evaluator.values()[goal];
      CHECK(methods::chain_value(*model, at) ==
            Approx(plan.objectives[0].maximize ? value : -value).epsilon(1e-6));
      const bool meets = evaluator.evaluate(at) == methods::Verdict::kFeasible;
      CHECK(methods::chain_feasible(*model, at) == meets);
      ++(meets ? met : unmet);
    }
    CHECK(met > 0);
    if (!requests[number].limits.empty()) CHECK(unmet > 0);
  }
}

TEST_CASE("the reason is told where costs do not add up along a chain", "[search]") {
  CHECK(no_chain({.minimize = {"macs"}}) == "");
  CHECK(no_chain({.minimize = {"macs"}, .maximize = {"params"}}) == "it takes one objective");
  CHECK(no_chain({.minimize = {"pain"}}) == "pain doesn't add up along the layers");
  CHECK(no_chain({.limits = {"pain <= 3"}, .minimize = {"macs"}}) ==
        "pain doesn't add up along the layers");
  // Forms of limits.
  for (const std::string limit :
       {"macs < 3000", "3000 >= macs", "macs <= params", "macs == 3000", "macs <= 10 * r",
        "n(1) <= 3", "r <= 3", "2 * macs <= 3000", "macs <= 3000 and params <= 9"}) {
    INFO(limit);
    CHECK(no_chain({.limits = {limit}, .minimize = {"macs"}}) ==
          "the limit '" + limit + "' isn't of the form COST <= NUMBER");
  }
  CHECK(no_chain({.limits = {"macs <= 4 / (2 - 2)"}, .minimize = {"macs"}}) ==
        "division by zero in 'macs <= 4 / (2 - 2)'");
  const std::string four = "macs <= 3001,macs <= 3002,macs <= 3003,macs <= 3004";
  ChainRequest limited{.limits = split(four, ','), .minimize = {"macs"}};
  CHECK(no_chain(limited) == "");
  limited.limits.push_back("params <= 3000");
  std::string why;
  CHECK(!methods::chain_applies(chain_plan(limited), why));
  CHECK(why == "more than 4 limits");
  // Conditions of the space.
  CHECK(no_chain({.spec = widths_spec("n(1) <= n(3)"), .minimize = {"macs"}}) ==
        "the condition 'n(1) <= n(3)' is over values that are no neighbours");
  CHECK(no_chain({.spec = widths_spec("n(2) + n(3) <= n(4)"), .minimize = {"macs"}}) ==
        "the condition 'n(2) + n(3) <= n(4)' is over values that are no neighbours");
  // Entropy and effectiveness.
  const std::string maximum = "of entropy and effectiveness only the entropy's maximum is found";
  CHECK(no_chain({.minimize = {"entropy"}}) == maximum);
  CHECK(no_chain({.maximize = {"effectiveness"}}) == maximum);
  CHECK(no_chain({.minimize = {"effectiveness"}}) == maximum);
  const std::string limits =
      "of limits on entropy and effectiveness only effectiveness <= NUMBER is a sum along the "
      "chain, and only where entropy is maximized";
  CHECK(no_chain({.limits = {"effectiveness <= 0.5"}, .minimize = {"macs"}}) == limits);
  CHECK(no_chain({.limits = {"effectiveness >= 0.5"}, .maximize = {"entropy"}}) == limits);
  CHECK(no_chain({.limits = {"entropy <= 5"}, .maximize = {"entropy"}}) == limits);
  CHECK(no_chain({.limits = {"entropy >= 5"}, .minimize = {"macs"}}) == limits);
  for (const std::string number : {"0", "-1", "-0.5"})
    CHECK(no_chain({.limits = {"effectiveness <= " + number}, .maximize = {"entropy"}}) ==
          "effectiveness is above 0 for every network: its limit must be a number above 0");
  CHECK(no_chain({.limits = {"effectiveness <= 0.5"}, .maximize = {"entropy"}}) == "");
}

TEST_CASE("the reason is told where values of a space meet beyond neighbours", "[search]") {
  const auto spec = [](const std::string& params, const std::string& layers,
                       const std::string& height = "8") {
    return fmt::format(
        "name: net\nparams: {{{}}}\ninput: {{channels: 3, height: {}, width: 8}}\nlayers:\n{}",
        params, height, layers);
  };
  // A multiplier of all widths.
  CHECK(no_chain({.spec = spec("a: {default: 1}, b: {default: 1}, c: {default: 1}",
                               "  - conv: {out: a}\n  - conv: {out: b}\n  - conv: {out: c * a}\n"),
                  .vary = {"a=1:5:1", "b=1:5:1", "c=1:5:1"},
                  .minimize = {"macs"}}) == "macs isn't a sum over neighbouring layers");
  // A layer's entropy that depends on two choices, and layers in another order than the choices.
  CHECK(no_chain({.spec = spec("a: {default: 1}, b: {default: 1}",
                               "  - conv: {out: a * b}\n  - conv: {out: 4}\n"),
                  .vary = {"a=1:5:1", "b=1:5:1"},
                  .maximize = {"entropy"}}) ==
        "a layer's part in the entropy depends on two choices");
  const ChainRequest reversed{
      .spec = spec("a: {default: 1}, b: {default: 1}", "  - conv: {out: b}\n  - conv: {out: a}\n"),
      .vary = {"a=1:5:1", "b=1:5:1"},
      .maximize = {"entropy"}};
  CHECK(no_chain(reversed) == "its layers aren't in the order of the choices");
  ChainRequest macs = reversed;
  macs.maximize = {"macs"};
  CHECK(no_chain(macs) == "");
  // What is built differently.
  CHECK(no_chain({.spec = spec("a: {default: 1}", "  - conv: {out: 3 if a > 3 else a}\n"),
                  .vary = {"a=1:5:1"},
                  .minimize = {"macs"}}) == "'a' changes the structure");
  for (const std::string values : {"a=1:3:1", "a=4:6:1"})
    CHECK(no_chain({.spec = spec("a: {default: 1}", "  - conv: {out: 3 if a > 3 else a}\n"),
                    .vary = {values},
                    .minimize = {"macs"}}) == "");
  CHECK(no_chain({.vary = {"n(1)=3,4", "kind=x,y"}, .minimize = {"macs"}}) ==
        "'kind' changes the structure");
  const std::string sum =
      "  - conv: {name: one, out: a}\n  - conv: {name: two, out: b}\n  - add: {from: [one, two]}\n";
  CHECK(no_chain({.spec = spec("a: {default: 3}, b: {default: 3}", sum),
                  .vary = {"a=3,4", "b=3,4"},
                  .minimize = {"macs"}}) ==
        "'a' and 'b' together change the structure, as a shortcut that needs equal widths");
  CHECK(no_chain({.spec = spec("a: {default: 3}, c: {default: 2}, b: {default: 3}",
                               sum + "  - conv: {out: c}\n"),
                  .vary = {"a=3,4", "c=1,2", "b=3,4"},
                  .minimize = {"macs"}}) ==
        "its structure depends on values that are no neighbours");
  CHECK(no_chain({.vary = {"n(1)=1,1000000000000", "n(2)=1,10000"}, .minimize = {"macs"}}) ==
        "its numbers are too large");
  CHECK(no_chain({.vary = {"n(1)=1,1000000000000", "n(2)=1,300000"},
                  .minimize = {"macs"},
                  .batch = 3}) == "'net': the total of a cost needs more than 64 bits (batch 3)");
}

TEST_CASE("a chain has at most 64 choices, and 2^18 pairs of two neighbours", "[search]") {
  const auto many = [](int count) {
    std::string widths = "1", layers;
    for (int k = 2; k <= count; ++k) widths += ", 1";
    for (int k = 1; k <= count; ++k) layers += fmt::format("  - conv: {{out: n({})}}\n", k);
    return fmt::format(
        "name: net\nparams: {{n: {{default: [{}]}}}}\n"
        "input: {{channels: 3, height: 4, width: 4}}\nlayers:\n{}",
        widths, layers);
  };
  CHECK(no_chain({.spec = many(64), .vary = {"n(i)=1,2"}, .minimize = {"params"}}) == "");
  CHECK(no_chain({.spec = many(65), .vary = {"n(i)=1,2"}, .minimize = {"params"}}) ==
        "it takes at most 64 varied values");
  CHECK(no_chain({.vary = {"n(1)=1:512:1", "n(2)=1:512:1"}, .minimize = {"params"}}) == "");
  CHECK(no_chain({.vary = {"n(1)=1:140000:1"}, .minimize = {"params"}}) == "");
  CHECK(no_chain({.vary = {"n(1)=1:511:1", "n(2)=1:514:1"}, .minimize = {"params"}}) ==
        "two neighbours have too many values");
}

TEST_CASE("a chain search tells optimum and proof of each spec", "[search]") {
  std::vector<methods::OpenedSpec> specs;
  for (const std::string name : {"one", "two"})
    specs.push_back({name,
                     spec::read_spec_text(name + ".yaml",
                                          widths_spec(name == "one" ? "" : "n(3) >= 2", name), "."),
                     {}});
  methods::SearchRequest request{
      .vary = kWidths, .limits = {"params >= 150"}, .minimize = {"macs"}};
  const methods::SearchPlan plan = methods::plan_search(request, std::move(specs));
  methods::SearchOptions options;
  options.method = methods::SearchMethod::kChain;
  const methods::SearchResult result = methods::run_search(plan, options);
  std::string proof, why;
  for (std::size_t j = 0; j < 2; ++j) {
    const methods::ChainSolution solution =
        methods::solve_chain(*methods::chain_model(plan, j, why));
    REQUIRE(solution.feasible);
    proof += fmt::format(
        "{}{}: the first is the optimum, which is proved ({} partial designs examined, the bound "
        "before branching is {:.8g}).",
        j == 0 ? "" : " ", plan.jobs[j].label,
        with_commas(static_cast<std::int64_t>(solution.labels)), -solution.bound);
  }
  CHECK(result.proof == proof);
  CHECK(result.method == methods::SearchMethod::kChain);
  CHECK(result.whole);
  options.method = methods::SearchMethod::kEnumerate;
  const methods::SearchResult exact = methods::run_search(plan, options);
  CHECK(result.designs.size() == 2);
  CHECK(result.designs[0].key == exact.designs[0].key);
  CHECK(result.tally.feasible == 2);
  // Stopped before it is proved.
  options.method = methods::SearchMethod::kChain;
  const std::atomic<bool> stop = true;
  options.stop = &stop;
  const methods::SearchResult stopped = methods::run_search(plan, options);
  CHECK(test::contains(stopped.proof,
                       "the first is the best that was found, no optimum is proved (0 partial"));
  CHECK(!stopped.whole);
}

TEST_CASE("where nothing meets the limits a chain search shows what comes nearest", "[search]") {
  ChainRequest request{.vary = {"n(1)=1:10:1", "n(2)=1:10:1", "n(3)=1:10:1", "n(4)=1:10:1"},
                       .limits = {"params <= 10"},
                       .minimize = {"macs"}};
  methods::SearchOptions options;
  options.method = methods::SearchMethod::kChain;
  const methods::SearchPlan plan = chain_plan(request);
  const methods::SearchResult result = methods::run_search(plan, options);
  CHECK(result.proof == "no design meets the limits, which is proved.");
  CHECK(result.designs.empty());
  CHECK(result.whole);
  CHECK(result.tally.points == 5000);
  REQUIRE(!result.nearest.empty());
  CHECK(result.nearest[0].at == std::vector<std::size_t>{0, 0, 0, 0});
  const std::atomic<bool> stop = true;
  options.stop = &stop;
  CHECK(methods::run_search(plan, options).proof == "no design was found that meets the limits.");
}
