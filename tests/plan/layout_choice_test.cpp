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

const std::vector<std::string> kNames = {"nchw>nhwc",  "nhwc>nhwc",   "nhwc>nChwc",
                                         "nChwc>nhwc", "nChwc>nChwc", "nhwc own"};

/// Random times for everything that could be chosen.
Choices made_up(const StepProblems& problems, std::mt19937& random) {
  std::uniform_real_distribution<double> seconds(1, 10);
  Choices choices;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    for (const std::string& name : kNames) {
      if (name == "nchw>nhwc" && i > 0) continue;
      if (i == 0 && name != "nchw>nhwc" && name != "nhwc own") continue;
      if (random() % 4 != 0) choices[problems.key(i)][name] = {seconds(random), "kernel", ""};
    }
    choices[problems.key(i)]["nhwc>nhwc second"] = {i == 0 ? 5.0 : 9.0, "kernel", ""};
  }
  std::uniform_real_distribution<double> little(0.1, 3);
  for (LayerId v = kNetworkInput; v < static_cast<LayerId>(problems.network().layers.size()); ++v) {
    for (const char* name : {"nchw>nhwc", "nchw>nChwc", "nhwc>nChwc", "nChwc>nhwc"}) {
      choices[reorder_key(dims_of(problems.network(), v), 1)][name] = {little(random), "r", ""};
    }
  }
  return choices;
}

double total(const StepProblems& problems, const Choices& choices,
             const std::vector<std::string>& chosen) {
  double seconds = 0;
  for (const PlannedRow& row : planned_rows(problems, chosen)) {
    if (!row.option.empty()) seconds += choices.at(row.problem).at(row.option).seconds;
  }
  return seconds;
}

double least_of_all(const StepProblems& problems, const Choices& choices, const OptionNames& names,
                    std::vector<std::string>& chosen, std::size_t step) {
  if (step == problems.size()) return total(problems, choices, chosen);
  double least = std::numeric_limits<double>::infinity();
  for (const std::string& name : names[step]) {
    chosen[step] = name;
    least = std::min(least, least_of_all(problems, choices, names, chosen, step + 1));
  }
  return least;
}

}  // namespace

TEST_CASE("layouts are chosen as well as by trying everything", "[latency][property]") {
  const Network network = network_of(spec_with(kLayers, "8x12x12"));
  const ExecutionPlan plan = plan_execution(network);
  const StepProblems problems(network, plan, 1);
  REQUIRE(problems.size() >= 5);
  for (unsigned seed = 1; seed <= 25; ++seed) {
    std::mt19937 random(seed);
    const Choices choices = made_up(problems, random);
    OptionNames names = known_options(problems, choices, true);
    const std::vector<std::string> chosen = choose_options(problems, choices, names);
    std::vector<std::string> each(problems.size());
    INFO("seed " << seed);
    CHECK(total(problems, choices, chosen) ==
          Approx(least_of_all(problems, choices, names, each, 0)));
    // The order in which options are named doesn't matter.
    for (auto& of : names) std::reverse(of.begin(), of.end());
    CHECK(choose_options(problems, choices, names) == chosen);
  }
}

TEST_CASE("a step that nothing runs leaves the others their choice", "[latency]") {
  const Network network = network_of(spec_with(kLayers, "8x12x12"));
  const ExecutionPlan plan = plan_execution(network);
  const StepProblems problems(network, plan, 1);
  std::mt19937 random(3);
  Choices choices = made_up(problems, random);
  for (auto& [option, tried] : choices[problems.key(2)]) tried.fault = "SIGFPE";
  const std::vector<std::string> chosen =
      choose_options(problems, choices, known_options(problems, choices, true));
  for (std::size_t i = 0; i < chosen.size(); ++i) CHECK(chosen[i].empty() == (i == 2));
}

TEST_CASE("Winograd is left out where it isn't wanted", "[latency]") {
  const Network network = network_of(spec_with("  - conv: {out: 16, kernel: 3}\n", "16x8x8"));
  const ExecutionPlan plan = plan_execution(network);
  const StepProblems problems(network, plan, 1);
  Choices choices;
  choices[problems.key(0)]["nChwc>nChwc winograd"] = {1, "w", ""};
  choices[problems.key(0)]["nhwc>nhwc"] = {2, "k", ""};
  const auto chosen = [&](bool winograd) {
    return choose_options(problems, choices, known_options(problems, choices, winograd))[0];
  };
  CHECK(chosen(false) == "nhwc>nhwc");
  CHECK(layouts_of_option("nChwc>nhwc winograd").in == Layout::kBlocked);
  CHECK(layouts_of_option("nChwc>nhwc winograd").out == Layout::kLast);
  CHECK(layouts_of_option("nhwc own").out == Layout::kLast);
  CHECK_THROWS_AS(layouts_of_option("own"), std::logic_error);
}

TEST_CASE("what a problem's key says about its size", "[latency]") {
  const Network network = network_of(spec_with(
      "  - conv: {out: 16, kernel: 3, stride: 2, pad: 1}\n  - batch_norm\n  - relu\n"
      "  - conv: {out: 16, kernel: 3, groups: in}\n  - conv: {out: 32}\n  - global_avg_pool\n"
      "  - flatten\n  - linear: {out: 10}\n",
      "8x12x12"));
  const ExecutionPlan plan = plan_execution(network);
  const StepProblems problems(network, plan, 1);
  REQUIRE(problems.size() == 5);
  const char* const kinds[] = {"conv 3x3 /2 image", "conv 3x3 /1 depthwise", "conv 1x1 /1",
                               "global_avg_pool", "linear"};
  for (std::size_t i = 0; i < 5; ++i) {
    const ProblemSize size = problem_size(problems.key(i));
    INFO(problems.key(i));
    CHECK(size.kind == kinds[i]);
    CHECK(size.macs == static_cast<double>(macs_of(network, problems.step(i)).value()));
  }
}

TEST_CASE("estimates follow a law that their neighbours follow", "[latency]") {
  // Time in proportion to the work: any size is foretold to within a percent.
  std::vector<TimedProblem> known;
  for (const int channels : {16, 32, 64, 128, 256}) {
    for (const int size : {7, 14, 28, 56}) {
      const std::string problem =
          fmt::format("conv 1x{0}x{1}x{1} > 1x{0}x{1}x{1} {0} 1 1 1 1 1 1 1 0 0 0 0 w0 w0 f32 1T",
                      channels, size);
      const ProblemSize s = problem_size(problem);
      known.push_back({problem, 1e-10 * (s.macs + 4 * s.numbers)});
    }
  }
  const LatencyEstimator estimator(known);
  CHECK(estimator.leave_one_out_error() < 1e-3);
  const std::string wanted = "conv 1x96x20x20 > 1x96x20x20 96 1 1 1 1 1 1 1 0 0 0 0 w0 w0 f32 1T";
  const ProblemSize s = problem_size(wanted);
  CHECK(estimator.estimate(wanted).value() ==
        Approx(1e-10 * (s.macs + 4 * s.numbers)).epsilon(0.01));
  CHECK(!estimator.estimate("linear 1x16x1x1 > 1x8x1x1 8 w0 f32 1T").has_value());
}
