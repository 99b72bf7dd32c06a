// SPDX-License-Identifier: Apache-2.0
// Limits at every point of a space: numbers that are compared fast, and what is asked exactly.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/diagnostic.hpp"
#include "search/space/limit.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

spec::ArchSpec limited_spec() {
  return spec::read_spec_text(
      "limited.yaml",
      "name: limited\nparams:\n  alpha: 1\n  beta: {default: 2 * alpha}\n"
      "  gate: {default: relu, choices: [relu, swish]}\n  widths: [8, 16, 32]\n  fixed: 5\n"
      "  later: {default: beta + alpha}\n  shape: {default: same, choices: [same, valid]}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers:\n"
      "  - conv: {out: fixed * widths(1) + round(beta + later), kernel: 3, pad: shape}\n"
      "  - activation: {kind: gate}\n"
      "search:\n  vary: {alpha: [0.1, 0.5, 2]}\n  where:\n    - alpha < 1 or gate == relu\n"
      "    - widths(2) / (2 - alpha) < 5\n",
      ".");
}

// The point's values, and what a limit is missed by there.
using ExpectedMiss = std::function<double(double alpha, bool swish, double width)>;

double up_to(double value, double most) { return std::max(0.0, (value - most) / most); }
double broken_unless(bool holds) { return holds ? 0 : 1; }

const std::vector<double> kAlphas = {0.1, 0.5, 2}, kSecondWidths = {4, 16, 20, 40};

void check_everywhere(const space::Limit& limit, const ExpectedMiss& expected) {
  for (int turn = 0; turn < 2; ++turn) {  // the second time answers are remembered
    for (std::size_t p = 0; p < 24; ++p) {
      const std::size_t point = turn == 0 ? p : 23 - p;
      const std::size_t at[] = {point / 8, point / 4 % 2, point % 4};
      INFO("alpha " << kAlphas[at[0]] << ", swish " << at[1] << ", width " << kSecondWidths[at[2]]);
      CHECK(limit.violation(at, nullptr) ==
            Approx(expected(kAlphas[at[0]], at[1] == 1, kSecondWidths[at[2]])).margin(1e-11));
    }
  }
}

const std::vector<std::string> kLimitedAxes = {"alpha=0.1,0.5,2", "gate=relu,swish",
                                               "widths(2)=4,16,20,40"};

}  // namespace

TEST_CASE("limits over numbers, words, lists and what follows them", "[search]") {
  const spec::ArchSpec spec = limited_spec();
  const graph::BuildOptions options;
  const space::SweepSpace space = space::sweep_space(spec, kLimitedAxes);
  struct Row {
    const char* limit;
    ExpectedMiss missed;
  };
  for (const Row& row : {
           // By how much.
           Row{"alpha <= 0.4", [](double a, bool, double) { return up_to(a, 0.4); }},
           Row{"-alpha >= -0.4", [](double a, bool, double) { return up_to(a, 0.4); }},
           Row{"2 * alpha - 1 <= 1", [](double a, bool, double) { return up_to(2 * a - 1, 1); }},
           Row{"widths(2) <= 16", [](double, bool, double w) { return up_to(w, 16); }},
           Row{"widths(2) <= 10 * alpha",
               [](double a, bool, double w) { return up_to(w, 10 * a); }},
           Row{"widths(2) / alpha < 39", [](double a, bool, double w) { return up_to(w / a, 39); }},
           Row{"fixed <= alpha * 20", [](double a, bool, double) { return up_to(5, 20 * a); }},
           Row{"fixed == 5", [](double, bool, double) { return 0.0; }},
           Row{"alpha <= 0.4 and widths(2) <= 16",
               [](double a, bool, double w) { return up_to(a, 0.4) + up_to(w, 16); }},
           Row{"alpha <= 0.4 or widths(2) <= 16",
               [](double a, bool, double w) { return std::min(up_to(a, 0.4), up_to(w, 16)); }},
           Row{"not (alpha <= 0.4)", [](double a, bool, double) { return broken_unless(a > 0.4); }},
           Row{"not not (alpha <= 0.4)",
               [](double a, bool, double) { return broken_unless(a <= 0.4); }},
           Row{"not (alpha <= 0.4) and widths(2) <= 16",
               [](double a, bool, double w) { return broken_unless(a > 0.4) + up_to(w, 16); }},
           Row{"alpha != 0.5", [](double a, bool, double) { return broken_unless(a != 0.5); }},
           // What isn't made of varied numbers alone holds or does not.
           Row{"beta <= 0.8", [](double a, bool, double) { return broken_unless(2 * a <= 0.8); }},
           Row{"later <= 1", [](double a, bool, double) { return broken_unless(3 * a <= 1); }},
           Row{"gate == swish", [](double, bool swish, double) { return broken_unless(swish); }},
           Row{"shape == same and alpha < 2",
               [](double a, bool, double) { return broken_unless(a < 2); }},
           Row{"gate == swish or alpha < 1 and widths(2) > 4",
               [](double a, bool swish, double w) {
                 return broken_unless(swish || (a < 1 && w > 4));
               }},
           Row{"gate != swish and widths(2) <= 16",
               [](double, bool swish, double w) { return broken_unless(!swish && w <= 16); }},
           Row{"widths(1) <= 4", [](double, bool, double) { return 1.0; }},
           Row{"widths(3) >= widths(2)",
               [](double, bool, double w) { return broken_unless(32 >= w); }},
           Row{"widths(1 + 1) <= 16",
               [](double, bool, double w) { return broken_unless(w <= 16); }},
           Row{"widths == [8, 20, 32]",
               [](double, bool, double w) { return broken_unless(w == 20); }},
           Row{"16 in widths", [](double, bool, double w) { return broken_unless(w == 16); }},
           Row{"alpha in [0.1, 2]", [](double a, bool, double) { return broken_unless(a != 0.5); }},
           Row{"alpha not in [0.1, 2]",
               [](double a, bool, double) { return broken_unless(a == 0.5); }},
           Row{"max(alpha, 1) <= 1", [](double a, bool, double) { return broken_unless(a <= 1); }},
           Row{"round(widths(2) / 3) == 7",
               [](double, bool, double w) { return broken_unless(w == 20); }},
           Row{"widths(2) % 8 == 4",
               [](double, bool, double w) { return broken_unless(w == 4 || w == 20); }},
           Row{"widths(2) // 8 == 2",
               [](double, bool, double w) { return broken_unless(w == 16 || w == 20); }},
           Row{"alpha ** 2 < 1", [](double a, bool, double) { return broken_unless(a < 1); }},
           Row{"alpha < 1 if widths(2) > 8 else alpha > 1",
               [](double a, bool, double w) { return broken_unless(w > 8 ? a < 1 : a > 1); }},
           Row{"alpha < 1 if gate == relu else alpha > 1",
               [](double a, bool swish, double) { return broken_unless(swish ? a > 1 : a < 1); }},
       }) {
    INFO(row.limit);
    const space::Limit limit({&spec, &options, &space, {}}, row.limit);
    CHECK(limit.text() == row.limit);
    CHECK(limit.asks().empty());
    check_everywhere(limit, row.missed);
  }
}

TEST_CASE("conditions of the space itself have their place in the file", "[search]") {
  const spec::ArchSpec spec = limited_spec();
  const graph::BuildOptions options;
  const space::SweepSpace space = space::sweep_space(spec, kLimitedAxes);
  const space::LimitScope scope = {&spec, &options, &space, {}};
  check_everywhere(space::Limit(scope, spec.search->conditions[0]),
                   [](double a, bool swish, double) { return broken_unless(a < 1 || !swish); });
  const space::Limit divides(scope, spec.search->conditions[1]);
  const std::size_t fine[] = {1, 0, 2}, zero[] = {2, 0, 3};
  CHECK(divides.violation(fine, nullptr) == Approx(20 / 1.5 / 5 - 1));
  const std::string message = "division by zero in 'widths(2) / (2 - alpha) < 5'";
  try {
    divides.violation(zero, nullptr);
    FAIL("no error");
  } catch (const space::Unanswered& error) {
    CHECK(error.what() == "limited.yaml:18:7: error: " + message);
  }
  const space::Limit asked(scope, "widths(2) / (2 - alpha) < 5");
  CHECK(asked.violation(fine, nullptr) == Approx(20 / 1.5 / 5 - 1));
  CHECK_THROWS_WITH(asked.violation(zero, nullptr),
                    "--limit widths(2) / (2 - alpha) < 5: error: " + message);
  CHECK_THROWS_AS(asked.violation(zero, nullptr), space::Unanswered);
  const space::Limit no_truth(scope, "2 if gate == relu else 1");
  const std::size_t swish[] = {0, 1, 0};
  CHECK(no_truth.violation(swish, nullptr) == 0);
  CHECK_THROWS_WITH(no_truth.violation(fine, nullptr),
                    "--limit 2 if gate == relu else 1: error: neither true nor false");
}

TEST_CASE("limits over quantities of a candidate", "[search]") {
  const spec::ArchSpec spec = limited_spec();
  const graph::BuildOptions options;
  const space::SweepSpace space = space::sweep_space(spec, kLimitedAxes);
  const std::vector<space::Quantity> quantities = {{"params", space::QuantityKind::kCost},
                                                   {"macs", space::QuantityKind::kCost},
                                                   {"latency", space::QuantityKind::kSlow, 0},
                                                   {"power", space::QuantityKind::kSlow, 1}};
  CHECK(space::find_quantity(quantities, "params") == 0);
  CHECK(space::find_quantity(quantities, "power") == 3);
  CHECK(space::find_quantity(quantities, "flops") == -1);
  const space::LimitScope scope = {&spec, &options, &space, quantities};
  const std::size_t at[] = {1, 0, 2};  // alpha 0.5, relu, width 20
  constexpr double kHuge = 1e19;
  struct Row {
    const char* limit;
    std::vector<double> values;
    double missed;
    std::vector<int> asks;
  };
  using Asks = std::vector<int>;
  for (const Row& row : {
           Row{"macs <= 100", {0, 150}, 0.5, Asks{1}},
           Row{"power <= 4 and params <= 10", {15, 0, 0, 5}, 0.75, Asks{3, 0}},
           Row{"params + macs + params <= 10", {4, 7}, 0.5, Asks{0, 1}},
           Row{"params - macs <= 0", {4, 1}, 1, Asks{0, 1}},
           Row{"params <= 0", {7}, 1, Asks{0}},
           Row{"params < 7", {7}, 1e-12, Asks{0}},
           Row{"params > 7", {7}, 1e-12, Asks{0}},
           Row{"macs >= widths(2) * alpha", {0, 6}, 0.4, Asks{1}},
           Row{"macs == 8", {0, 6}, 0.25, Asks{1}},
           Row{"macs == 0", {0, 6}, 1, Asks{1}},
           Row{"macs == 8", {0, 9}, 0.125, Asks{1}},
           Row{"macs == 8", {0, 7}, 0.125, Asks{1}},
           Row{"macs / 49 * 49 == macs", {0, 1}, 0, Asks{1}},  // not so in doubles
           // Counts are whole numbers, and other quantities real ones.
           Row{"macs % 2 == 0", {0, 6}, 0, Asks{1}},
           Row{"macs % 2 == 0", {0, 7}, 1, Asks{1}},
           Row{"max(macs, params) == 6", {5, 6}, 0, Asks{1, 0}},
           Row{"max(macs, params) == 6", {8, 6}, 1, Asks{1, 0}},
           Row{"max(macs, params) > 2.4", {0, 2.5}, 0, Asks{1, 0}},
           Row{"max(macs, params) < 2.6 and gate == relu", {0, 2.5}, 0, Asks{1, 0}},
           Row{"max(macs, params) > 5T", {1, kHuge}, 0, Asks{1, 0}},
           Row{"max(latency, 0) < 2.6 s", {0, 0, 2.5}, 0, Asks{2}},
           Row{"max(latency, 0) < 2.4 s", {0, 0, 2.5}, 1, Asks{2}},
           Row{"macs > 5 or gate == relu", {0, 0}, 0, Asks{1}},
           Row{"macs > 5 or gate == swish", {0, 0}, 1, Asks{1}},
           Row{"macs > 5 or gate == swish", {0, 6}, 0, Asks{1}},
       }) {
    INFO(row.limit);
    std::vector<double> values = row.values;
    values.resize(4);
    const space::Limit limit(scope, row.limit);
    CHECK(limit.asks() == row.asks);
    CHECK(limit.violation(at, values.data()) == Approx(row.missed).margin(0).epsilon(1e-9));
  }
  // Answers about quantities aren't remembered.
  const space::Limit even(scope, "macs % 2 == 0");
  for (const double macs : {2.0, 3.0, 4.0, 5.0}) {
    const double values[] = {0, macs, 0, 0};
    CHECK(even.violation(at, values) == std::fmod(macs, 2));
  }
}

TEST_CASE("sides that are nearly equal are compared exactly", "[search]") {
  const spec::ArchSpec spec = limited_spec();
  const graph::BuildOptions options;
  const space::SweepSpace space = space::sweep_space(spec, {"alpha=0.1,0.7"});
  // 3 * 0.1 is more than 0.3 in doubles.
  const auto missed = [&](const std::string& text, std::size_t at = 0) {
    return space::Limit({&spec, &options, &space, {}}, text).violation({&at, 1}, nullptr);
  };
  CHECK(missed("alpha * 3 <= 0.3") == 0);
  CHECK(missed("alpha * 3 >= 0.3") == 0);
  CHECK(missed("alpha * 3 == 0.3") == 0);
  CHECK(missed("alpha * 3 < 0.3") == Approx(1e-12).epsilon(1e-9).margin(0));
  CHECK(missed("alpha * 3 > 0.3") == Approx(1e-12).epsilon(1e-9).margin(0));
  CHECK(missed("alpha * 3 != 0.3") == Approx(1e-12).epsilon(1e-9).margin(0));
  CHECK(missed("alpha * 3 * 10 <= 3") == 0);
  CHECK(missed("3 >= alpha * 3 * 10") == 0);
  CHECK(missed("alpha * 3 == 0.3 and alpha <= 0.08") == Approx(0.25));
  CHECK(missed("alpha <= 0.69999", 1) == Approx(0.00001 / 0.69999));
  CHECK(missed("alpha <= 0.6999999999999", 1) == Approx(1e-12).epsilon(1e-9).margin(0));
  CHECK_THROWS_AS(missed("1 / 0 > alpha"), space::Unanswered);
  CHECK_THROWS_AS(missed("0 / (alpha - 0.7) > 0", 1), space::Unanswered);
  CHECK_THROWS_AS(missed("alpha(0) <= 3"), Error);
}

TEST_CASE("limits of many terms, and in spaces that nobody can count through", "[search]") {
  const spec::ArchSpec& spec = shipped_spec("mobilenet_v1");
  const graph::BuildOptions options;
  const space::SweepSpace space = space::sweep_space(spec, {"widths(i)=1:100:1"}, {}, 1e30L);
  const std::vector<space::Quantity> quantities = {{"macs", space::QuantityKind::kCost}};
  const space::LimitScope scope = {&spec, &options, &space, quantities};
  std::vector<std::size_t> at(14, 9);
  at[13] = 41;
  const space::Limit exact(scope, "max(widths(14), widths(1)) <= 42");
  CHECK(exact.violation(at, nullptr) == 0);
  at[0] = 42;
  CHECK(exact.violation(at, nullptr) == 1);
  CHECK(space::Limit(scope, "widths(14) <= 40").violation(at, nullptr) == Approx(0.05));
  CHECK(space::Limit(scope, "widths(1) <= 40").violation(at, nullptr) == Approx(0.075));
  CHECK_THROWS_AS(space::Limit(scope, "widths == 43").violation(at, nullptr), Error);
  for (const int terms : {2, 20, 500}) {
    INFO(terms);
    std::string sum = "macs";
    for (int k = 1; k < terms; ++k) sum += " + macs";
    const space::Limit limit(scope, fmt::format("{} <= {}", sum, 10 * terms));
    for (const double macs : {10.0, 11.0, 15.0}) {
      const double missed = limit.violation(at, &macs);
      CHECK((missed == 0) == (macs == 10));
      if (terms <= 20) CHECK(missed == Approx(macs / 10 - 1));
    }
  }
}
