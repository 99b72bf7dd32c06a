// SPDX-License-Identifier: Apache-2.0
// Axes of a sweep: what is refused and why, lists and their elements, and the values that traces
// take in.
#include <fmt/core.h>

#include <numeric>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/space/sweep_space.hpp"
#include "search/space/traced_axis.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

spec::ArchSpec axes_spec() {
  return spec::read_spec_text(
      "axes.yaml",
      "name: axes\nparams:\n  alpha: {default: 1, sweep: [0.25, 1], min: 0.25, max: 5e18}\n"
      "  rho: {default: 2}\n  gate: {default: relu, choices: [relu, swish, sigmoid]}\n"
      "  stages: {default: [], choices: [2, 3, 5], sweep: [[], [2]]}\n"
      "  picked: {default: [3], choices: [3, 4]}\n"
      "  widths: {default: [8, 16, 32], min: 1, max: 90, sweep: [[8, 16, 32], [4, 8, 12]]}\n  "
      "rest: {default: []}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers:\n"
      "  - conv: {out: round(alpha) * rho * widths(1) + len(stages) + len(rest) + len(picked)}\n"
      "  - activation: {kind: gate}\n",
      ".");
}

std::string axes_text(const space::SweepSpace& space) {
  std::vector<std::string> axes;
  for (const space::SweepAxis& axis : space.axes) {
    std::vector<std::string> values;
    for (const spec::Value& value : axis.values) values.push_back(spec::to_string(value));
    axes.push_back(axis.label() + ": " + join(values, " "));
  }
  return join(axes, "; ");
}

// The axes, or the whole error.
std::string axes_or_error(const std::vector<std::string>& texts, long double most = 10'000) {
  try {
    return axes_text(space::sweep_space(axes_spec(), texts, {}, most));
  } catch (const Error& error) {
    return error.what();
  }
}

std::string refusal_of_axis(const std::string& text, long double most = 10'000) {
  const std::string found = axes_or_error({text}, most),
                    place = fmt::format("--vary {}: error: ", text);
  return found.starts_with(place) ? found.substr(place.size()) : "not refused: " + found;
}

space::SweepAxis axis_of_values(std::vector<spec::Value> values,
                                const std::string& param = "alpha") {
  return {param, std::move(values), 0, {}};
}

spec::Value exact_value(std::int64_t numerator, std::int64_t denominator = 1) {
  return spec::Value(spec::Number(Rational(numerator, denominator)));
}

}  // namespace

TEST_CASE("a name alone stands for the spec's own values", "[search]") {
  CHECK(axes_or_error({}) == "alpha: 0.25 1; stages: [] [2]; widths: [8, 16, 32] [4, 8, 12]");
  CHECK(axes_or_error({"alpha"}) == "alpha: 0.25 1");
  CHECK(axes_or_error({"gate", "alpha=1"}) == "gate: relu swish sigmoid; alpha: 1");
  CHECK(axes_or_error({"stages"}) == "stages: [] [2]");
  CHECK(refusal_of_axis("rho") == "the spec has no 'sweep' values for 'rho'; write rho=VALUES");
  CHECK(refusal_of_axis("picked") ==
        "the spec has no 'sweep' values for 'picked'; write picked=subsets([3, 4])");
  for (const char* element : {"widths(1)", "widths(2)", "picked(1)"})
    CHECK(refusal_of_axis(element) ==
          fmt::format("the spec has no 'sweep' values for '{0}'; write {0}=VALUES", element));
  CHECK(axes_or_error({"gate"}, 3) == "gate: relu swish sigmoid");
  CHECK(axes_or_error({"gate"}, 2) ==
        "error: the sweep has 3 points, and at most 2 are swept; vary less, or in larger steps");
  CHECK(axes_or_error({}, 7).starts_with("error: the sweep has 8 points"));
  CHECK(axes_or_error({"gate", "alpha=1:3:1"}, 8).starts_with("error: the sweep has 9 points"));
  const spec::ArchSpec plain = spec::read_spec_text(
      "plain", "name: plain\ninput: {channels: 1, height: 1, width: 1}\nlayers:\n  - relu\n", ".");
  CHECK_THROWS_WITH(space::sweep_space(plain, {}),
                    "error: 'plain' has no parameter with 'sweep' values; say what to vary: --vary "
                    "NAME=VALUES");
  CHECK_THROWS_WITH(space::sweep_space(plain, {"x=1"}),
                    "--vary x=1: error: 'plain' has no parameter 'x'; it has none");
}

TEST_CASE("values of an axis stand outside brackets", "[search]") {
  CHECK(axes_or_error({"stages=[2],[2,3],[]"}) == "stages: [2] [2, 3] []");
  CHECK(axes_or_error({"alpha=min(1,2),max(2,3)"}) == "alpha: 1 3");
  CHECK(axes_or_error({"alpha=max(1,2):min(4,9):1"}) == "alpha: 2 3 4");
  CHECK(axes_or_error({" alpha = 1 , 3/2 "}) == "alpha: 1 1.5");
  CHECK(axes_or_error({"stages=subsets([2, 5]),[3]"}) == "stages: [] [2] [5] [2, 5] [3]");
  // Elements may be computed from parameters, and from their number.
  CHECK(axes_or_error({"widths(2)=rho * 3,widths(3) - 1:widths(3):1"}) == "widths(2): 6 31 32");
  CHECK(axes_or_error({"widths(i)=i,widths(i)", "widths(2)=5"}) ==
        "widths(1): 1 8; widths(3): 3 32; widths(2): 5");
  std::string twelve = "[1";
  for (int k = 2; k <= 12; ++k) twelve += fmt::format(", {}", k);
  const space::SweepSpace space =
      space::sweep_space(axes_spec(), {fmt::format("rest=subsets({}])", twelve)});
  REQUIRE(space.axes[0].values.size() == 4096);
  CHECK(spec::to_string(space.axes[0].values[0]) == "[]");
  CHECK(spec::to_string(space.axes[0].values[2049]) == "[1, 12]");
  CHECK(spec::to_string(space.axes[0].values[4095]) == twelve + "]");
  const std::string too_long = "subsets() takes a list of at most 12 elements";
  CHECK(refusal_of_axis(fmt::format("rest=subsets({}, 13])", twelve)) == too_long);
  CHECK(refusal_of_axis("rest=subsets(3)") == too_long);
}

TEST_CASE("values that an axis can't have are refused", "[search]") {
  struct Row {
    const char *text, *message;
  };
  for (const Row& row : {
           Row{"alpha=", "no values; write FROM:TO:STEP, or values separated by commas"},
           Row{"alpha=1,,2", "a value is missing between two commas"},
           Row{"alpha=1,2,", "a value is missing between two commas"},
           Row{"alpha=1:2", "'1:2' is no range; write FROM:TO:STEP, as 0.25:1:0.05"},
           Row{"alpha=3,1:2:3:4", "'1:2:3:4' is no range; write FROM:TO:STEP, as 0.25:1:0.05"},
           Row{"alpha=0.25..1", "'0.25..1' is no range; write FROM:TO:STEP, as 0.25:1:0.05"},
           Row{"alpha=1:2:0", "the step is 0; write FROM:TO:STEP with a step above 0"},
           Row{"alpha=2:1:-1/2", "the step -0.5 is negative; write the smaller end first"},
           Row{"alpha=2:1:1/2", "the range is empty: 2 is above 1; write 1:2:0.5"},
           Row{"alpha=1:2e7:1", "more than 10,000,000 values; take a larger step"},
           Row{"alpha=1:1e18:1/1000000000", "more than 10,000,000 values; take a larger step"},
           Row{"rho=1/4000000007:2/4000000007:1/4000000009", "its values need more than 64 bits"},
           Row{"widths(2)=3,1/0", "division by zero in '1/0'"},
           Row{"alpha=sqrt(2):3:1", "'sqrt(2)' is no end of a range; it must be an exact number"},
           Row{"alpha=1,1/2,2/2", "the value 1 stands twice"},
           Row{"stages=[2],[3],[2]", "the value [2] stands twice"},
           Row{"widths(2)=0", "parameter 'widths' must be at least 1, not 0"},
           Row{"alpha=1/2,1/8", "parameter 'alpha' must be at least 0.25, not 0.125"},
           Row{"alpha=1/8,1/2", "parameter 'alpha' must be at least 0.25, not 0.125"},
           Row{"alpha=0.25-1",
               "parameter 'alpha' must be at least 0.25, not -0.75; '0.25-1' is a difference, and "
               "a range is "
               "FROM:TO:STEP"},
           Row{"alpha=1, 1/4 - 1 ",
               "parameter 'alpha' must be at least 0.25, not -0.75; '1/4 - 1' is a difference, and "
               "a range is "
               "FROM:TO:STEP"},
           Row{"alpha=-1", "parameter 'alpha' must be at least 0.25, not -1"},
           Row{"alpha=max(0, 0)-1", "parameter 'alpha' must be at least 0.25, not -1"},
           Row{"alpha(1)=3", "'alpha' is 1, not a list: it has no elements"},
           Row{"rest(i)=3", "'rest' has no elements"},
           Row{"alph=3", "'axes' has no parameter 'alph'; did you mean 'alpha'?"},
           Row{"alph(1)=3", "'axes' has no parameter 'alph'; did you mean 'alpha'?"},
       }) {
    INFO(row.text);
    CHECK(refusal_of_axis(row.text, 1e30L) == row.message);
  }
  for (const char* element : {"0", "4", "-1", "x", "1x", "99999999999"}) {
    INFO(element);
    CHECK(refusal_of_axis(fmt::format("widths({})=8", element)) ==
          "'widths' has elements 1 to 3; write widths(1)=VALUES, or widths(i)=VALUES for all of "
          "them");
  }
  CHECK(refusal_of_axis("widths=3") == "parameter 'widths' must be a list as [8, 16, 32], not 3");
  CHECK(!refusal_of_axis("gate=relu6").starts_with("not refused"));
  // A wrong name is said before a wrong size, but not in place of one of the others.
  CHECK(refusal_of_axis("unknown=1", 1).starts_with("'axes' has no parameter 'unknown'"));
  CHECK(axes_or_error({"alpha=1,2,3,4", "unknown=1"}, 3).starts_with("error: the sweep has 4 "));
  CHECK(axes_or_error({"widths(2)=16", "widths(1)=8"}) == "widths(2): 16; widths(1): 8");
  const spec::ArchSpec named = spec::read_spec_text(
      "named",
      "name: named\nparams: {macs: 1}\ninput: {channels: 1, height: 1, width: 1}\n"
      "layers:\n  - conv: {out: macs}\n",
      ".");
  CHECK_THROWS_AS(space::sweep_space(named, {"macs=1"}), Error);
}

TEST_CASE("elements of a list are set in it, the others stay", "[search]") {
  const space::SweepSpace space =
      space::sweep_space(axes_spec(), {"widths(1)=5,6", "alpha=1,3", "widths(3)=7,9"});
  const auto text = [](const std::vector<graph::ParameterSetting>& settings) {
    std::string all;
    for (const graph::ParameterSetting& setting : settings)
      all += setting.name + "=" + spec::to_string(setting.value) + ";";
    return all;
  };
  const std::size_t at[] = {1, 0, 1};
  CHECK(text(space.settings(at)) == "widths=[6, 16, 9];alpha=1;");
  graph::BuildOptions base;
  base.settings.push_back({"rho", spec::Value(3), ""});
  base.preset = "kept";
  const graph::BuildOptions options = space.options(base, at);
  CHECK(text(options.settings) == "rho=3;widths=[6, 16, 9];alpha=1;");
  CHECK(options.preset == "kept");
  CHECK(base.suggest_fix);
  CHECK(!options.suggest_fix);
  CHECK(text(space.settings({spec::Value(1), spec::Value(2), spec::Value(4)})) ==
        "widths=[1, 16, 4];alpha=2;");
}

TEST_CASE("parameters of a file that is included are none of a sweep", "[search]") {
  const TestFolder folder;
  folder.write("inner.yaml",
               "name: inner\nparams: {depth: {default: 2, sweep: [1, 2]}}\n"
               "blocks:\n  pair:\n    args: {out: required}\n    layers:\n"
               "      - conv: {out: out * depth}\n");
  folder.write("outer.yaml",
               "name: outer\ninclude: inner.yaml\nparams: {widths: [8, 16], alpha: 3}\n"
               "input: {channels: 3, height: 8, width: 8}\nlayers:\n"
               "  - pair: {out: widths(1) + widths(2) + alpha}\n");
  const spec::ArchSpec spec = spec::read_spec(folder / "outer.yaml");
  CHECK(axes_text(space::sweep_space(spec, {"widths(i)=widths(i),alpha", "alpha=1:2:1"})) ==
        "widths(1): 8 3; widths(2): 16 3; alpha: 1 2");
  CHECK_THROWS_AS(space::sweep_space(spec, {"depth=1"}), Error);
  CHECK_THROWS_AS(space::sweep_space(spec, {}), Error);
}

TEST_CASE("exact numbers are traced as whole numbers over what they have in common", "[search]") {
  const spec::ArchSpec spec = axes_spec();
  const auto traced = [&](std::vector<spec::Value> values) {
    return space::TracedAxis(spec, axis_of_values(std::move(values)));
  };
  using Numbers = std::vector<double>;
  const space::TracedAxis sixths = traced({exact_value(1, 2), exact_value(5, 3), exact_value(-4)});
  CHECK(sixths.traced);
  CHECK(sixths.size == 3);
  CHECK(sixths.stride == 1);
  CHECK(sixths.numerators == Numbers{3, 10, -24});
  CHECK(sixths.denominators == Numbers{6, 6, 6});
  CHECK(std::vector<std::int64_t>{sixths.low, sixths.high, sixths.least, sixths.most} ==
        std::vector<std::int64_t>{-24, 10, 6, 6});
  CHECK(sixths.inputs() == std::vector<const Numbers*>{&sixths.numerators});
  const space::TracedAxis whole = traced({exact_value(7), exact_value(2)});
  CHECK(whole.numerators == Numbers{7, 2});
  CHECK(whole.denominators == Numbers{1, 1});
  // 4 and 6 have the multiple 12.
  CHECK(traced({exact_value(1, 4), exact_value(1, 6)}).numerators == Numbers{3, 2});
  // A denominator of 2^20 is brought to, a larger one is not.
  constexpr std::int64_t kLargest = 1 << 20;
  CHECK(traced({exact_value(1, kLargest), exact_value(3)}).numerators ==
        Numbers{1, 3.0 * kLargest});
  for (const auto& [a, b] :
       {std::pair{kLargest, std::int64_t{3}}, {kLargest + 1, 1}, {1031, 1021}}) {
    INFO(a << " " << b);
    const space::TracedAxis apart = traced({exact_value(5, a), exact_value(2, b)});
    CHECK(apart.traced);
    CHECK(apart.numerators == Numbers{5, 2});
    CHECK(apart.denominators == Numbers{static_cast<double>(a), static_cast<double>(b)});
    CHECK(std::vector<std::int64_t>{apart.low, apart.high, apart.least, apart.most} ==
          std::vector<std::int64_t>{2, 5, b, a});
    CHECK(apart.inputs() == std::vector<const Numbers*>{&apart.numerators, &apart.denominators});
  }
  const space::TracedAxis only_below =
      traced({exact_value(1, kLargest + 1), exact_value(1, kLargest + 3)});
  CHECK(only_below.inputs() == std::vector<const Numbers*>{&only_below.denominators});
  constexpr std::int64_t kTerm = std::int64_t{1} << 40;
  CHECK(traced({exact_value(kTerm), exact_value(1)}).traced);
  CHECK(traced({exact_value(1), exact_value(1, kTerm)}).traced);
  CHECK(!traced({exact_value(1), exact_value(kTerm + 1)}).traced);
  CHECK(!traced({exact_value(-kTerm - 1), exact_value(1)}).traced);
  CHECK(!traced({exact_value(1, kTerm + 1), exact_value(1)}).traced);
  CHECK(!traced({exact_value(2)}).traced);
  CHECK(!traced({exact_value(2), spec::Value(spec::Number::inexact(0.3))}).traced);
  CHECK(!traced({spec::Value(spec::Word{"same"}), exact_value(2)}).traced);
  CHECK(!traced({spec::Value(spec::List{}), exact_value(2)}).traced);
  const space::TracedAxis choices(spec, axis_of_values({exact_value(3), exact_value(4)}, "picked"));
  CHECK(!choices.traced);
  CHECK(choices.size == 2);
  CHECK(choices.numerators.empty());
}

TEST_CASE("a traced number has its value and its bounds", "[search]") {
  const spec::ArchSpec spec = axes_spec();
  const space::TracedAxis axis(
      spec, axis_of_values({exact_value(1, 2), exact_value(5, 3), exact_value(4)}));
  Trace trace;
  const TraceScope scope(trace);
  const spec::Number number = axis.number(trace, 1);
  CHECK(number == spec::Number(Rational(5, 3)));
  REQUIRE(trace.nodes().size() > 1);
  const auto input = std::find_if(trace.nodes().begin(), trace.nodes().end(),
                                  [](const TraceNode& n) { return n.op == TraceOp::kInput; });
  REQUIRE(input != trace.nodes().end());
  CHECK(input->value == 10);
  CHECK(input->low == 3);
  CHECK(input->high == 24);
}

TEST_CASE("a value that stands twice is found among many", "[search]") {
  const spec::ArchSpec spec =
      spec::read_spec_text("net.yaml",
                           "name: net\nparams: {a: {default: 1, min: 1, max: 1000000}}\n"
                           "input: {channels: a, height: 1, width: 1}\nlayers: [relu]\n",
                           ".");
  CHECK_NOTHROW(space::sweep_space(spec, {"a=1:10001:1"}));
  CHECK_THROWS_WITH(space::sweep_space(spec, {"a=1:10001:1,5"}),
                    Catch::Contains("the value 5 stands twice"));
}
