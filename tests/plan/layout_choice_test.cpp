// SPDX-License-Identifier: Apache-2.0
// The choice of layouts against trying everything, with made-up times.
#include "plan/layout_choice.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <random>

#include "latency/latency_estimate.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// Branches, a sum and a concat: values that live on beside each other.
const char* const kLayers =
    "  - conv: {name: stem, out: 16, kernel: 3}\n"
    "  - conv: {name: a, out: 16, kernel: 1, from: stem}\n"
    "  - conv: {name: b, out: 16, kernel: 3, from: stem}\n"
    "  - concat: {name: c, from: [a, b]}\n"
    "  - conv: {name: d, out: 16, kernel: 1}\n"
    "  - add: {name: e, from: [d, stem]}\n"
    "  - global_avg_pool\n";

constexpr plan::Layout kPlain = plan::Layout::kPlain, kLast = plan::Layout::kLast,
                       kBlocked = plan::Layout::kBlocked;
const plan::KernelOption kFromImage{kPlain, kLast},
    kSecond{kLast, kLast, plan::Method::kPrimitive, 1},
    kThird{kLast, kLast, plan::Method::kPrimitive, 2},
    kWinograd{kBlocked, kBlocked, plan::Method::kWinograd};
const std::vector<plan::KernelOption> kOptions = {
    kFromImage, {kLast, kLast}, {kLast, kBlocked}, {kBlocked, kLast}, {kBlocked, kBlocked}, kThird};

/// Random times for everything that could be chosen.
plan::KernelChoices made_up(const plan::StepProblems& problems, std::mt19937& random) {
  std::uniform_real_distribution<double> seconds(1, 10);
  plan::KernelChoices choices;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    for (const plan::KernelOption& option : kOptions) {
      if (option == kFromImage && i > 0) continue;
      if (i == 0 && option != kFromImage && option != kThird) continue;
      if (random() % 4 != 0) choices[problems.key(i)][option] = {seconds(random), "kernel"};
    }
    choices[problems.key(i)][kSecond] = {i == 0 ? 5.0 : 9.0, "kernel"};
  }
  std::uniform_real_distribution<double> little(0.1, 3);
  for (graph::LayerId v = graph::kNetworkInput;
       v < static_cast<graph::LayerId>(problems.network().layers.size()); ++v) {
    for (const plan::KernelOption& option :
         {kFromImage, plan::KernelOption{kPlain, kBlocked}, plan::KernelOption{kLast, kBlocked},
          plan::KernelOption{kBlocked, kLast}}) {
      choices[plan::reorder_key(graph::dims_of(problems.network(), v), 1)][option] = {
          little(random), "r"};
    }
  }
  return choices;
}

double total(const plan::StepProblems& problems, const plan::KernelChoices& choices,
             const plan::ChosenOptions& chosen) {
  double seconds = 0;
  for (const plan::PlannedRow& row : plan::planned_rows(problems, chosen)) {
    if (row.option) seconds += choices.at(row.problem).at(*row.option).seconds;
  }
  return seconds;
}

double least_of_all(const plan::StepProblems& problems, const plan::KernelChoices& choices,
                    const plan::StepOptions& options, plan::ChosenOptions& chosen,
                    std::size_t step) {
  if (step == problems.size()) return total(problems, choices, chosen);
  double least = std::numeric_limits<double>::infinity();
  for (const plan::KernelOption& option : options[step]) {
    chosen[step] = option;
    least = std::min(least, least_of_all(problems, choices, options, chosen, step + 1));
  }
  return least;
}

}  // namespace

TEST_CASE("layouts are chosen as well as by trying everything", "[latency][property]") {
  const graph::Network network = network_of(spec_with(kLayers, "8x12x12"));
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  REQUIRE(problems.size() >= 5);
  for (unsigned seed = 1; seed <= 25; ++seed) {
    std::mt19937 random(seed);
    const plan::KernelChoices choices = made_up(problems, random);
    plan::StepOptions options = plan::known_options(problems, choices, true);
    const plan::ChosenOptions chosen = plan::choose_options(problems, choices, options);
    plan::ChosenOptions each(problems.size());
    INFO("seed " << seed);
    CHECK(total(problems, choices, chosen) ==
          Approx(least_of_all(problems, choices, options, each, 0)));
    // The order of the options doesn't matter.
    for (auto& of : options) std::reverse(of.begin(), of.end());
    CHECK(plan::choose_options(problems, choices, options) == chosen);
  }
}

TEST_CASE("a step without a kernel does not change the choice of the others", "[latency]") {
  const graph::Network network = network_of(spec_with(kLayers, "8x12x12"));
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  std::mt19937 random(3);
  plan::KernelChoices choices = made_up(problems, random);
  for (auto& [option, trial] : choices[problems.key(2)]) trial.set_fault("SIGFPE");
  const plan::ChosenOptions chosen =
      plan::choose_options(problems, choices, plan::known_options(problems, choices, true));
  for (std::size_t i = 0; i < chosen.size(); ++i) CHECK(!chosen[i] == (i == 2));
}

TEST_CASE("Winograd's algorithm can be excluded", "[latency]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {out: 16, kernel: 3}\n", "16x8x8"));
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  plan::KernelChoices choices;
  choices[problems.key(0)][kWinograd] = {1, "w"};
  choices[problems.key(0)][{kLast, kLast}] = {2, "k"};
  const auto chosen = [&](bool winograd) {
    return plan::choose_options(problems, choices,
                                plan::known_options(problems, choices, winograd))[0];
  };
  CHECK(chosen(false) == plan::KernelOption{kLast, kLast});
  CHECK(chosen(true) == kWinograd);
}

TEST_CASE("options are written and read as text", "[latency]") {
  CHECK(plan::to_text(kFromImage) == "nchw>nhwc");
  CHECK(plan::to_text(kSecond) == "nhwc>nhwc second");
  CHECK(plan::to_text(kWinograd) == "nChwc>nChwc winograd");
  CHECK(plan::to_text({kBlocked, kLast, plan::Method::kInnerProduct}) ==
        "nChwc>nhwc inner product");
  for (int method = 0; method <= static_cast<int>(plan::Method::kSeparate); ++method) {
    for (int alternative = 0; alternative < (method == 0 ? 4 : 1); ++alternative) {
      const plan::KernelOption option{kLast, kBlocked, static_cast<plan::Method>(method),
                                      alternative};
      CHECK(plan::option_from_text(plan::to_text(option)) == option);
    }
  }
  for (const char* text : {"", "nhwc", "nhwc>", "nhwc>nhwcc", "nhwc>nhwc own", "nhwc>nhwc ", "own"})
    CHECK(!plan::option_from_text(text));
}

TEST_CASE("problems are written and read as text", "[latency]") {
  for (const std::string spec : {"mobilenet_v1", "se_resnet50", "shufflenet_v2_x1_0", "vit_b_16"}) {
    const graph::Network network = shipped(spec);
    const plan::StepProblems problems(network, plan::plan_execution(network), 2);
    for (std::size_t i = 0; i < problems.size(); ++i) {
      INFO(problems.key(i));
      CHECK(plan::problem_from_text(problems.key(i)) == problems.problem(i));
    }
  }
  const graph::Dims dims{1, 32, 112, 112};
  CHECK(plan::reorder_key(dims, 1) == "reorder 1x32x112x112 1T");
  CHECK(plan::problem_from_text(plan::reorder_key(dims, 1)) == plan::reorder_problem(dims, 1));
  for (const char* text :
       {"", "conv", "conv 1x2x3x4 > 1x2x3x4 3 f32 1T ", "conv 1x2x3x4 > 1x2x3x4 3 f32 ",
        "conv  1x2x3x4 > 1x2x3x4 3 f32 1T", "conv 1x2x3 > 1x2x3x4 f32 1T", "conv 1x2x3x4 f32 1T",
        "conv 1x2x3x4 > 1x2x3x4 3 shuffled3 f32 1T", "relu 1x1x1x1 > 1x1x1x1 f32"})
    CHECK(!plan::problem_from_text(text));
}

TEST_CASE("sizes of problems", "[latency]") {
  const graph::Network network = network_of(spec_with(
      "  - conv: {out: 16, kernel: 3, stride: 2, pad: 1}\n  - batch_norm\n  - relu\n"
      "  - conv: {out: 16, kernel: 3, groups: in}\n  - conv: {out: 32}\n  - global_avg_pool\n"
      "  - flatten\n  - linear: {out: 10}\n",
      "8x12x12"));
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  REQUIRE(problems.size() == 5);
  const char* const kinds[] = {"conv 3x3 /2 image", "conv 3x3 /1 depthwise", "conv 1x1 /1",
                               "global_avg_pool", "linear"};
  for (std::size_t i = 0; i < 5; ++i) {
    const latency::ProblemSize size = latency::problem_size(problems.problem(i));
    INFO(problems.key(i));
    CHECK(size.group == kinds[i]);
    CHECK(size.macs == static_cast<double>(plan::macs_of(network, problems.step(i)).value()));
  }
}

TEST_CASE("estimates follow the law of their neighbours", "[latency]") {
  // Time in proportion to the work: any size is estimated to within a percent.
  std::vector<latency::TimedProblem> known;
  for (const int channels : {16, 32, 64, 128, 256}) {
    for (const int size : {7, 14, 28, 56}) {
      const std::string problem =
          fmt::format("conv 1x{0}x{1}x{1} > 1x{0}x{1}x{1} {0} 1 1 1 1 1 1 1 0 0 0 0 w0 w0 f32 1T",
                      channels, size);
      const latency::ProblemSize s =
          latency::problem_size(plan::problem_from_text(problem).value());
      known.push_back({problem, 1e-10 * (s.macs + 4 * s.elements)});
    }
  }
  const latency::LatencyEstimator estimator(known);
  CHECK(estimator.leave_one_out_error() < 1e-3);
  const std::string wanted = "conv 1x96x20x20 > 1x96x20x20 96 1 1 1 1 1 1 1 0 0 0 0 w0 w0 f32 1T";
  const latency::ProblemSize s = latency::problem_size(plan::problem_from_text(wanted).value());
  CHECK(estimator.estimate(plan::problem_from_text(wanted).value()).value() ==
        Approx(1e-10 * (s.macs + 4 * s.elements)).epsilon(0.01));
  CHECK(!estimator.estimate(*plan::problem_from_text("linear 1x16x1x1 > 1x8x1x1 8 w0 f32 1T"))
             .has_value());
}
