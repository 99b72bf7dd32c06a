// SPDX-License-Identifier: Apache-2.0
// The choice of layouts, against trying everything on several networks, and in single cases.
#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "plan/layout_choice.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using plan::Layout;
constexpr Layout kNchw = Layout::kPlain, kNhwc = Layout::kLast, kBlocks = Layout::kBlocked;

/// The time of the kernels in the chosen layouts, and the changes of layout as texts: each value
/// is changed from the layout in which it was computed, once for each other one.
struct PlainRun {
  double seconds = 0;
  std::vector<std::string> reorders;
};

PlainRun plain_run(const plan::StepProblems& problems, const plan::KernelChoices& choices,
                   const plan::ChosenOptions& chosen) {
  PlainRun run;
  std::map<graph::LayerId, std::vector<Layout>> there;
  const graph::Dims image = graph::dims_of(problems.network(), graph::kNetworkInput);
  there[graph::kNetworkInput] = {image.height * image.width == 1 ? kNhwc : kNchw};
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const plan::Step& step = problems.step(i);
    if (!chosen[i]) {
      there[step.output] = {kNhwc, kNchw, kBlocks};
      continue;
    }
    run.seconds += choices.at(problems.key(i)).at(*chosen[i]).seconds;
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      std::vector<Layout>& have = there.at(problems.plan().value_of(step.inputs[k]));
      const Layout wanted = problems.layouts(i, *chosen[i]).inputs[k];
      if (std::find(have.begin(), have.end(), wanted) != have.end()) continue;
      const plan::KernelOption change{have.front(), wanted};
      const std::string key =
          plan::reorder_key(graph::dims_of(problems.network(), step.inputs[k]), 1);
      const auto known = choices.find(key);
      const bool timed = known != choices.end() && known->second.contains(change) &&
                         known->second.at(change).works();
      run.seconds += timed ? known->second.at(change).seconds : 1000;
      run.reorders.push_back(fmt::format("{}: {} {}", i, key, plan::to_text(change)));
      have.push_back(wanted);
    }
    there[step.output] = {problems.layouts(i, *chosen[i]).output};
  }
  return run;
}

double least_seconds(const plan::StepProblems& problems, const plan::KernelChoices& choices,
                     const plan::StepOptions& options, plan::ChosenOptions& chosen,
                     std::size_t step = 0) {
  if (step == problems.size()) return plain_run(problems, choices, chosen).seconds;
  double least = std::numeric_limits<double>::infinity();
  bool any = false;
  for (const plan::KernelOption& option : options[step]) {
    if (!choices.at(problems.key(step)).at(option).works()) continue;
    any = true;
    chosen[step] = option;
    least = std::min(least, least_seconds(problems, choices, options, chosen, step + 1));
  }
  if (any) return least;
  chosen[step] = {};
  return least_seconds(problems, choices, options, chosen, step + 1);
}

/// The changes of layout of the planned rows, as of plain_run.
std::vector<std::string> reorders_of(const std::vector<plan::PlannedRow>& rows) {
  std::vector<std::string> texts;
  for (const plan::PlannedRow& row : rows) {
    if (row.reorder)
      texts.push_back(fmt::format("{}: {} {}", row.step, row.problem, plan::to_text(*row.option)));
  }
  return texts;
}

/// One that reads and writes plain, a plain and a blocked kernel, the second one after it.
struct TwoSteps {
  graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 16}\n- softmax: {name: s}\n", "8x6x5"));
  plan::StepProblems problems{network, plan::plan_execution(network), 1};
  plan::KernelChoices choices;

  void first(const plan::KernelOption& option, double seconds) {
    choices[problems.key(0)][option] = {seconds, "k"};
  }
  void second(const plan::KernelOption& option, double seconds) {
    choices[problems.key(1)][option] = {seconds, "k"};
  }
  void change(Layout from, Layout to, double seconds) {
    choices["reorder 1x16x6x5 1T"][{from, to}] = {seconds, "r"};
  }
  std::string chosen() const {
    const plan::ChosenOptions options =
        plan::choose_options(problems, choices, plan::known_options(problems, choices, true));
    std::string text;
    for (const auto& option : options)
      text += (text.empty() ? "" : ", ") + (option ? plan::to_text(*option) : "none");
    return text;
  }
};

}  // namespace

TEST_CASE("no other choice of layouts is quicker, whatever the network", "[plan][property]") {
  const std::vector<std::string> networks = {
      // The input is read again at the end.
      "- conv: {name: a, out: 16}\n- softmax: {name: b}\n- concat: {name: c, from: [b, input]}\n"
      "- max_pool: {kernel: 2}\n",
      // Values that end at once, and one that lives long.
      "- conv: {name: a, out: 16}\n- softmax: {name: b}\n- max_pool: {name: c, kernel: 1}\n"
      "- conv: {name: d, out: 16}\n- add: {from: [d, a]}\n",
      // A gate of a single position.
      "- conv: {name: a, out: 16}\n- global_avg_pool: {name: g}\n"
      "- multiply: {name: m, from: [a, g]}\n- softmax: {name: s}\n- concat: {from: [s, m]}\n",
  };
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const graph::Network network = network_of(spec_with(networks[seed % 3], "8x6x5"));
    const plan::StepProblems problems(network, plan::plan_execution(network), 1);
    REQUIRE(problems.size() >= 4);
    const auto seconds = [&] { return static_cast<double>(1 + random() % 64) / 8; };
    plan::KernelChoices choices;
    for (std::size_t i = 0; i < problems.size(); ++i) {
      for (const plan::KernelOption& option :
           {plan::KernelOption{kNhwc, kNhwc},
            plan::KernelOption{seed % 2 == 0 ? kNhwc : kNchw, kBlocks},
            plan::KernelOption{kBlocks, seed % 2 == 0 ? kNhwc : kNchw},
            plan::KernelOption{kBlocks, kBlocks},
            plan::KernelOption{kNhwc, kNhwc, plan::Method::kPrimitive, 1}}) {
        if (random() % 5 == 0) continue;
        plan::Trial& trial = choices[problems.key(i)][option];
        trial.seconds = seconds();
        // Some don't work; all of a step now and then.
        if (random() % 6 == 0 || (seed % 7 == 0 && i == 1)) trial.set_fault("SIGFPE");
      }
    }
    for (graph::LayerId v = graph::kNetworkInput;
         v < static_cast<graph::LayerId>(network.layers.size()); ++v) {
      auto& of = choices[plan::reorder_key(graph::dims_of(network, v), 1)];
      for (const plan::KernelOption& change :
           {plan::KernelOption{kNchw, kNhwc}, plan::KernelOption{kNchw, kBlocks},
            plan::KernelOption{kNhwc, kBlocks}, plan::KernelOption{kBlocks, kNhwc},
            plan::KernelOption{kNhwc, kNchw}, plan::KernelOption{kBlocks, kNchw}})
        if (random() % 8 != 0) of[change] = {seconds() / 2, "r"};
    }
    INFO("seed " << seed);
    const plan::StepOptions options = plan::known_options(problems, choices, true);
    const plan::ChosenOptions chosen = plan::choose_options(problems, choices, options);
    plan::ChosenOptions each(problems.size());
    const PlainRun run = plain_run(problems, choices, chosen);
    CHECK(run.seconds == Approx(least_seconds(problems, choices, options, each)));
    const std::vector<plan::PlannedRow> rows = plan::planned_rows(problems, chosen);
    CHECK(reorders_of(rows) == run.reorders);
    // And the steps in their order.
    std::size_t step = 0;
    for (const plan::PlannedRow& row : rows) {
      CHECK(row.step == static_cast<int>(step));
      if (row.reorder) continue;
      CHECK(row.problem == problems.key(step));
      CHECK(row.option == chosen[step]);
      CHECK(row.value == problems.step(step).output);
      ++step;
    }
    CHECK(step == problems.size());
  }
}

TEST_CASE("a choice weighs kernels against changes of layout", "[plan]") {
  TwoSteps steps;
  CHECK(steps.chosen() == "none, none");
  steps.first({kNchw, kNhwc}, 1);
  CHECK(steps.chosen() == "nchw>nhwc, none");
  steps.second({kNhwc, kNhwc}, 4);
  steps.second({kBlocks, kBlocks}, 1);
  // A change that was never timed is the last resort.
  CHECK(steps.chosen() == "nchw>nhwc, nhwc>nhwc");
  steps.change(kNhwc, kBlocks, 2.5);
  CHECK(steps.chosen() == "nchw>nhwc, nChwc>nChwc");
  steps.change(kNhwc, kBlocks, 3.5);
  CHECK(steps.chosen() == "nchw>nhwc, nhwc>nhwc");
  steps.first({kNchw, kBlocks}, 3);
  CHECK(steps.chosen() == "nchw>nChwc, nChwc>nChwc");
  // To plain, too.
  TwoSteps plain;
  plain.first({kNchw, kNhwc}, 1);
  plain.second({kNchw, kNhwc}, 0.5);
  plain.second({kNhwc, kNhwc}, 2);
  plain.change(kNhwc, kNchw, 5);
  CHECK(plain.chosen() == "nchw>nhwc, nhwc>nhwc");
  plain.change(kNhwc, kNchw, 1);
  CHECK(plain.chosen() == "nchw>nhwc, nchw>nhwc");
}

TEST_CASE("a quick kernel whose result has to be changed is not preferred", "[plan]") {
  TwoSteps steps;
  steps.first({kNchw, kNchw}, 1);
  steps.first({kNchw, kNhwc}, 1.5);
  steps.second({kNhwc, kNhwc}, 1);
  steps.change(kNchw, kNhwc, 10);
  steps.change(kNchw, kBlocks, 10);
  steps.change(kNhwc, kBlocks, 0.1);
  CHECK(steps.chosen() == "nchw>nhwc, nhwc>nhwc");
}

TEST_CASE("of kernels in the same layouts the quickest is chosen, of equal ones the first",
          "[plan]") {
  TwoSteps steps;
  const auto numbered = [](int number) {
    return plan::KernelOption{kNchw, kNhwc, plan::Method::kPrimitive, number};
  };
  steps.first(numbered(1), 3);
  steps.first(numbered(3), 2);
  steps.first(numbered(2), 2);
  CHECK(steps.chosen() == "nchw>nhwc third, none");
  steps.first(numbered(0), 2);
  CHECK(steps.chosen() == "nchw>nhwc, none");
  steps.choices[steps.problems.key(0)][numbered(0)].set_fault("SIGILL");
  CHECK(steps.chosen() == "nchw>nhwc third, none");
}

TEST_CASE("a layout that only a later step wants is worth a slower kernel", "[plan]") {
  TwoSteps steps;
  steps.first({kNchw, kNchw}, 5);
  steps.first({kNchw, kBlocks}, 1);
  steps.second({kNchw, kNchw}, 1);
  for (const Layout from : {kNchw, kBlocks}) steps.change(from, kNhwc, 0.1);
  steps.change(kNchw, kBlocks, 0.1);
  steps.change(kBlocks, kNchw, 10);
  CHECK(steps.chosen() == "nchw>nchw, nchw>nchw");
  steps.change(kBlocks, kNchw, 3);
  CHECK(steps.chosen() == "nchw>nChwc, nchw>nchw");
}

TEST_CASE("the result of a step without a kernel is there in every layout", "[plan]") {
  for (const Layout wanted : {kNchw, kNhwc, kBlocks}) {
    TwoSteps steps;
    for (const Layout in : {kNchw, kNhwc, kBlocks}) {
      steps.second({in, kNhwc}, in == wanted ? 1 : 1.5);
      // No change to the wanted one would pay.
      for (const Layout from : {kNchw, kNhwc, kBlocks})
        steps.change(from, in, in == wanted ? 20 : 0);
    }
    CHECK(steps.chosen() == "none, " + plan::to_text(plan::KernelOption{wanted, kNhwc}));
    const auto rows = plan::planned_rows(steps.problems, {{}, plan::KernelOption{wanted, kNhwc}});
    REQUIRE(rows.size() == 2);
    CHECK_FALSE(rows[0].reorder);
    CHECK_FALSE(rows[0].option);
    CHECK(rows[0].value == 0);
    CHECK(rows[0].problem == steps.problems.key(0));
    CHECK(rows[1].option == plan::KernelOption{wanted, kNhwc});
  }
}

TEST_CASE("many values alive at once are no trouble", "[plan]") {
  // 36 branches with two layouts each: as many ways as nobody can try.
  std::string layers, names;
  for (int k = 0; k < 36; ++k) {
    layers += fmt::format("- conv: {{name: c{}, out: {}, from: input}}\n", k, k + 1);
    names += fmt::format("{}c{}", k == 0 ? "" : ", ", k);
  }
  const graph::Network network =
      network_of(spec_with(layers + "- concat: {from: [" + names + "]}\n", "8x2x2"));
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  plan::KernelChoices choices;
  for (std::size_t i = 0; i < 36; ++i) {
    choices[problems.key(i)][{kNchw, kNhwc}] = {i % 2 == 0 ? 1.0 : 3.0, "k"};
    choices[problems.key(i)][{kNchw, kBlocks}] = {i % 2 == 0 ? 3.0 : 1.0, "k"};
    auto& change = choices[plan::reorder_key({1, static_cast<int>(i) + 1, 2, 2}, 1)];
    change[{kNhwc, kBlocks}] = change[{kBlocks, kNhwc}] = {1.0 / 64, "r"};
  }
  choices[problems.key(36)][{kBlocks, kBlocks}] = {1, "k"};
  const plan::ChosenOptions chosen =
      plan::choose_options(problems, choices, plan::known_options(problems, choices, true));
  for (std::size_t i = 0; i < 36; ++i)
    CHECK(chosen[i] == plan::KernelOption{kNchw, i % 2 == 0 ? kNhwc : kBlocks});
  CHECK(plain_run(problems, choices, chosen).seconds == Approx(36 + 18.0 / 64 + 1));
}

TEST_CASE("known options are those of each step's problem", "[plan]") {
  TwoSteps steps;
  const plan::KernelOption winograd{kNchw, kNhwc, plan::Method::kWinograd};
  steps.first(winograd, 1);
  steps.first({kNchw, kNhwc}, 2);
  steps.change(kNhwc, kBlocks, 1);
  using Options = std::vector<plan::KernelOption>;
  const auto all = plan::known_options(steps.problems, steps.choices, true);
  REQUIRE(all.size() == 2);
  CHECK(all[0] == Options{{kNchw, kNhwc}, winograd});
  CHECK(all[1].empty());
  CHECK(plan::known_options(steps.problems, steps.choices, false)[0] == Options{{kNchw, kNhwc}});
}
