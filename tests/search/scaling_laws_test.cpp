// SPDX-License-Identifier: Apache-2.0
// Exponents of costs, fitted to numbers whose fit is computed by hand.
#include "search/sweep/scaling_laws.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a power comes out exact, with a factor for each word", "[search]") {
  const space::SweepSpace space =
      space::sweep_space(shipped_spec("mobilenet_v1"), {"alpha=0.25,0.5,1", "se=0,1"});
  sweep::ScalingFit fit(space, {"macs", "params"});
  for (std::size_t alpha = 0; alpha < 3; ++alpha) {
    for (std::size_t se = 0; se < 2; ++se) {
      const std::int64_t x = std::int64_t{1} << alpha;  // alpha doubles
      fit.add({alpha, se}, {(se == 0 ? 7 : 21) * x * x, se == 0 ? 5 * x : 0});
    }
  }
  const auto laws = fit.laws();
  REQUIRE(laws.size() == 2);
  CHECK(laws[0].cost == "macs");
  CHECK(laws[0].params == std::vector<std::string>{"alpha"});
  CHECK(laws[0].points == 6);
  CHECK(laws[0].exponents[0].value == Approx(2));
  CHECK(laws[0].exponents[0].error == Approx(0).margin(1e-9));
  CHECK(laws[0].worst_ratio == Approx(1));
  CHECK(laws[1].exponents[0].value == Approx(1));
  CHECK(laws[1].points == 3);  // a cost of 0 has no logarithm
}

TEST_CASE("exponents have a standard error, and the worst ratio is said", "[search]") {
  const space::SweepSpace space =
      space::sweep_space(shipped_spec("mobilenet_v1"), {"alpha=0.25,0.5,1"});
  sweep::ScalingFit fit(space, {"macs"});
  // In powers of 2: 0, 1 and 3 above the first. The slope is 3/2, residuals 1/6, -1/3, 1/6.
  fit.add({0}, {100});
  fit.add({1}, {200});
  fit.add({2}, {800});
  const sweep::ScalingLaw law = fit.laws().at(0);
  CHECK(law.exponents[0].value == Approx(1.5));
  CHECK(law.exponents[0].error == Approx(std::sqrt(1.0 / 6 / 2)));
  CHECK(law.worst_ratio == Approx(std::pow(2, 1.0 / 3)));
}

TEST_CASE("which axes have an exponent", "[search]") {
  const auto axis = [](const std::string& text) {
    return space::sweep_space(shipped_spec("mobilenet_v1"), {text}).axes[0];
  };
  CHECK(sweep::has_exponent(axis("alpha=0.25,0.5")));
  CHECK(!sweep::has_exponent(axis("alpha=0.5")));
  CHECK(!sweep::has_exponent(axis("se=0,1")));
}

TEST_CASE("of many points every second, fourth, eighth counts", "[search]") {
  const space::SweepSpace space =
      space::sweep_space(shipped_spec("mobilenet_v1"), {"alpha=0.25,0.5,1"});
  sweep::ScalingFit fit(space, {"macs"});
  constexpr std::size_t kKept = 100'000;
  // Twice as many are thinned to these, then twice as many of every second, of every fourth.
  for (std::size_t k = 0; k < 8 * kKept + 17; ++k) {
    const std::int64_t x = std::int64_t{1} << (k / 8 % 3);
    fit.add({k / 8 % 3}, {k % 8 == 0 ? 5 * x : 1});  // what is left out is no power
  }
  const sweep::ScalingLaw law = fit.laws().at(0);
  CHECK(law.points == kKept + 3);
  CHECK(law.exponents[0].value == Approx(1));
  CHECK(law.worst_ratio == Approx(1));
}

TEST_CASE("layers have laws of their own, for params and macs", "[search]") {
  const std::string text =
      "name: test\ninput: {channels: 3, height: round(16 * rho), width: 16}\n"
      "params:\n  alpha: {default: 1}\n  rho: {default: 1}\n"
      "layers:\n  - conv: {out: round(8 * alpha), kernel: 1, bias: false}\n  - relu\n"
      "  - conv: {out: round(4 * alpha), kernel: 1, bias: false}\n";
  sweep::SweepJob job;
  job.spec = spec::read_spec_text("spec.yaml", text, source_dir());
  job.space = space::sweep_space(job.spec, {"alpha=1,2,4", "rho=1,2"});
  const std::vector<sweep::ScalingLaw> laws = sweep::layer_laws(job);
  std::vector<std::string> names;
  std::vector<std::vector<double>> exponents;
  for (const sweep::ScalingLaw& law : laws) {
    CHECK(law.points == 6);
    CHECK(law.params == std::vector<std::string>{"alpha", "rho"});
    names.push_back(law.cost);
    exponents.emplace_back();
    for (const auto& exponent : law.exponents)
      exponents.back().push_back(std::round(exponent.value * 1e6) / 1e6 + 0.0);
  }
  CHECK(names ==
        std::vector<std::string>{"conv1 params", "conv1 macs", "conv2 params", "conv2 macs"});
  CHECK(exponents == std::vector<std::vector<double>>{{1, 0}, {1, 1}, {2, 0}, {2, 1}});
}
