// SPDX-License-Identifier: Apache-2.0
// What candidates are worth, one by one and by several threads, against networks built by hand.
#include <fmt/core.h>

#include <cmath>
#include <random>

#include "cost/named_cost.hpp"
#include "search/methods/candidate_pool.hpp"
#include "search/methods/plan.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using methods::Verdict;

namespace {

const char* const kCandidateSpec =
    "name: net\nparams: {c: {default: 4}, g: {default: 1}}\n"
    "input: {channels: 6, height: 4, width: 2}\nlayers: [conv: {out: c, groups: g, bias: true}]\n"
    "search:\n  vary: {c: \"1:18:1\", g: [1, 2, 3]}\n"
    "  where: [c != 11, 12 / (c - 5) < 100]\n";

// A tenth of the width; unknown for 7 channels, an estimate for odd ones.
std::optional<space::Uncertain> candidate_pain(const graph::Network& network) {
  const std::int64_t c = network.layers[0].output.channels.value();
  if (c == 7) return {};
  space::Uncertain figure{static_cast<double>(c) / 8, std::nullopt, c % 2 == 1};
  if (c > 3) figure.error = 0.25;
  return figure;
}

methods::SearchPlan candidate_plan(std::vector<std::string> limits,
                                   std::vector<std::string> minimize,
                                   std::vector<std::string> maximize = {},
                                   const std::string& columns = "") {
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"net", spec::read_spec_text("net.yaml", kCandidateSpec, "."), {}});
  return methods::plan_search({.limits = std::move(limits),
                               .minimize = std::move(minimize),
                               .maximize = std::move(maximize),
                               .columns = columns},
                              std::move(specs), {{"pain", "", candidate_pain, {}}});
}

// The network's costs by the plan's quantities; nothing where it can't be built.
std::optional<std::vector<double>> costs_by_hand(const methods::SearchPlan& plan,
                                                 const std::vector<std::size_t>& at) {
  graph::BuildOptions options = plan.jobs[0].space.options(plan.jobs[0].options, at);
  options.suggest_fix = false;
  try {
    const graph::Network network = graph::build_network(plan.jobs[0].spec, options);
    cost::CostReader reader(network, {});
    std::vector<double> costs;
    for (const space::Quantity& quantity : plan.quantities) {
      if (quantity.kind == space::QuantityKind::kCost)
        costs.push_back(static_cast<double>(reader.cost(quantity.name)->value()) / quantity.parts);
    }
    return costs;
  } catch (const Error&) {
    return std::nullopt;
  }
}

struct Candidate {
  Verdict verdict;
  methods::Design design;
};

// Judged after another candidate, of which nothing may be left.
Candidate judge_candidate(methods::CandidateEvaluator& evaluator, const methods::SearchPlan& plan,
                          std::size_t c, std::size_t g = 1) {
  const std::vector<std::size_t> at = {c - 1, g - 1};
  const auto costs = costs_by_hand(plan, at);
  REQUIRE(costs.has_value());
  std::copy(costs->begin(), costs->end(), evaluator.values());
  const Verdict verdict = evaluator.evaluate(at);
  return {verdict, evaluator.design()};
}

}  // namespace

TEST_CASE("a candidate is asked step by step: space, limits, slow figures, their limits",
          "[search]") {
  // Of c channels: params are 7 c.
  const methods::SearchPlan plan = candidate_plan(
      {"params <= 70", "pain <= 1", "params / (c - 9) > -1000000", "pain / (c - 2) < 100"},
      {"pain"}, {"params"}, "macs,entropy");
  REQUIRE(plan.quantities.size() == 4);
  CHECK(plan.quantities[3].name == "pain");
  methods::CandidateEvaluator evaluator(plan, 0);
  const auto judge = [&](std::size_t c) { return judge_candidate(evaluator, plan, c); };

  const Candidate good = judge(6);
  CHECK(good.verdict == Verdict::kFeasible);
  CHECK(good.design.job == 0);
  CHECK(good.design.key == std::vector<double>{-42, 0.75});
  CHECK(good.design.missed == std::vector<double>{0, 0, 0, 0});
  CHECK(good.design.violation == 0);
  CHECK(good.design.values[3] == 0.75);
  CHECK(good.design.errors == std::vector<std::optional<double>>{0, 0, 0, 0.25});
  CHECK(!good.design.estimated);
  CHECK(good.design.why.empty());

  const Candidate estimated = judge(3);
  CHECK(estimated.verdict == Verdict::kFeasible);
  CHECK(estimated.design.estimated);
  CHECK(!estimated.design.errors[3]);
  CHECK(!judge(4).design.estimated);

  const Candidate wide = judge(14);  // its pain is not asked for
  CHECK(wide.verdict == Verdict::kInfeasible);
  CHECK(wide.design.missed[0] == Approx((98 - 70) / 70.0));
  CHECK(wide.design.missed[1] == methods::kNotAsked);
  CHECK(wide.design.missed[2] == 0);
  CHECK(wide.design.missed[3] == methods::kNotAsked);
  CHECK(wide.design.violation == wide.design.missed[0]);
  CHECK(std::isnan(wide.design.values[3]));
  CHECK(!wide.design.errors[3]);
  CHECK(!wide.design.estimated);

  const Candidate painful = judge(10);
  CHECK(painful.verdict == Verdict::kInfeasible);
  CHECK(painful.design.missed == std::vector<double>{0, 0.25, 0, 0});
  CHECK(painful.design.violation == 0.25);
  CHECK(painful.design.values[3] == 1.25);

  const Candidate unknown = judge(7);
  CHECK(unknown.verdict == Verdict::kWithoutFigure);
  CHECK(unknown.design.why == "pain: no figure");
  const Candidate nothing = judge(9);
  CHECK(nothing.verdict == Verdict::kUnanswered);
  CHECK(nothing.design.why ==
        "--limit params / (c - 9) > -1000000: division by zero in 'params / (c - 9) > -1000000'");
  const Candidate later = judge(2);
  CHECK(later.verdict == Verdict::kUnanswered);
  CHECK(later.design.why ==
        "--limit pain / (c - 2) < 100: division by zero in 'pain / (c - 2) < 100'");
  CHECK(judge(11).verdict == Verdict::kOutside);
  CHECK(judge(11).design.why.empty());
  const Candidate nowhere = judge(5);
  CHECK(nowhere.verdict == Verdict::kUnanswered);
  CHECK(test::contains(nowhere.design.why, "division by zero in '12 / (c - 5) < 100'"));
  // The conditions of the space alone.
  for (std::size_t c = 1; c <= 18; ++c)
    CHECK(evaluator.in_space(std::vector<std::size_t>{c - 1, 0}) == (c != 5 && c != 11));
  CHECK(judge(6).design.key == good.design.key);
}

TEST_CASE("a slow figure is asked for where an objective or a limit needs it alone", "[search]") {
  const methods::SearchPlan beside = candidate_plan({"params <= 70"}, {"macs"}, {}, "pain");
  methods::CandidateEvaluator shown(beside, 0);
  CHECK(judge_candidate(shown, beside, 7).verdict == Verdict::kFeasible);
  CHECK(std::isnan(judge_candidate(shown, beside, 6).design.values[2]));
  CHECK(judge_candidate(shown, beside, 12).verdict == Verdict::kInfeasible);
  methods::SearchPlan limited = candidate_plan({"pain <= 1"}, {"macs"});
  limited.slow[0].missing = [] { return std::string("ask later"); };
  methods::CandidateEvaluator limit(limited, 0);
  CHECK(judge_candidate(limit, limited, 7).design.why == "pain: ask later");
  CHECK(judge_candidate(limit, limited, 8).verdict == Verdict::kFeasible);
  CHECK(judge_candidate(limit, limited, 12).verdict == Verdict::kInfeasible);
}

TEST_CASE("figures of an entropy are in its own unit", "[search]") {
  CHECK(methods::figure_of({"entropy", space::QuantityKind::kCost, -1, 1e6}, 2'500'000) == 2.5);
  CHECK(methods::figure_of({"macs", space::QuantityKind::kCost, -1, 1}, -7) == -7);
}

namespace {

struct PoolRun {
  std::vector<methods::Individual> all;
  std::size_t kept = 0;
  methods::SearchState state;
};

std::string pool_text(const PoolRun& run) {
  std::string text = fmt::format("{}\n", run.kept);
  for (const methods::Individual& one : run.all) {
    text += fmt::format("{} {} {} {}", one.built, static_cast<int>(one.verdict), one.violation,
                        one.feasible() ? 1 : 0);
    for (const double number : one.key) text += fmt::format(" {}", number);
    text += "\n";
  }
  return text + methods::to_text(run.state);
}

// One after the other, by a network of each.
PoolRun pool_by_hand(const methods::SearchPlan& plan, std::vector<methods::Individual> all) {
  PoolRun run;
  run.all = std::move(all);
  methods::CandidateEvaluator evaluator(plan, 0);
  methods::Collector collector(plan, 3);
  for (methods::Individual& one : run.all) {
    const auto costs = costs_by_hand(plan, one.at);
    one.built = costs.has_value();
    if (!costs) {
      collector.add_unbuildable(0, {}, 1);
      continue;
    }
    std::copy(costs->begin(), costs->end(), evaluator.values());
    one.verdict = evaluator.evaluate(one.at);
    one.violation = evaluator.violation();
    if (one.verdict == Verdict::kWithoutFigure || one.verdict == Verdict::kUnanswered)
      one.violation = 1e6;
    if (one.feasible()) one.key.assign(evaluator.key().begin(), evaluator.key().end());
    run.kept += collector.add(one.verdict, evaluator.design(), one.at) ? 1 : 0;
  }
  run.state = collector.state();
  return run;
}

}  // namespace

TEST_CASE("a pool's candidates are those of one network each, by any number of threads",
          "[search]") {
  std::mt19937 random(61);
  const std::vector<std::vector<std::string>> objectives = {{"macs"}, {"pain", "macs"}, {"pain"}};
  for (const std::vector<std::string>& minimize : objectives) {
    const methods::SearchPlan plan =
        candidate_plan({"params >= 60", "macs / (c - 3) <= 600"}, minimize);
    for (const int threads : {0, 1, 2, 5}) {
      methods::CandidatePool pool(plan, 0, threads);
      for (const std::size_t count : {200, 1, 0, 3, 130, 64}) {
        INFO(minimize[0] << ", " << threads << " threads, " << count);
        PoolRun run;
        run.all.resize(count);
        for (methods::Individual& one : run.all) one.at = {random() % 18, random() % 3};
        const PoolRun expected = pool_by_hand(plan, run.all);
        methods::Collector collector(plan, 3);
        run.kept = pool.evaluate(run.all, collector);
        run.state = collector.state();
        CHECK(pool_text(run) == pool_text(expected));
      }
    }
  }
}

TEST_CASE("what a thread of a pool throws comes out of it", "[search]") {
  methods::SearchPlan plan = candidate_plan({}, {"pain"});
  plan.slow[0].of = [](const graph::Network& network) -> std::optional<space::Uncertain> {
    const std::int64_t c = network.layers[0].output.channels.value();
    if (c > 14) throw Error(fmt::format("width {}", c));
    return space::Uncertain{1};
  };
  methods::CandidatePool pool(plan, 0, 4);
  std::vector<methods::Individual> all(16);
  for (std::size_t k = 0; k < all.size(); ++k) all[k].at = {k + 2, 0};
  all[2].at = all[8].at = {0, 0};
  methods::Collector collector(plan, 3);
  try {
    pool.evaluate(all, collector);
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.diagnostics().front().message == "width 15");
  }
  const auto whole = std::span(all).subspan(0, 12);
  methods::Collector fresh(plan, 3);
  CHECK(pool.evaluate(whole, fresh) == 1);
  CHECK(fresh.tally().feasible == 12);
}
