// SPDX-License-Identifier: Apache-2.0
// What --vary means, value by value, and how the points of a space are counted through.
#include "search/space/sweep_space.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// "alpha: 0.25 0.5; widths(3): 8".
std::string axes_of(const std::string& spec, const std::vector<std::string>& texts) {
  std::vector<std::string> axes;
  for (const space::SweepAxis& axis : space::sweep_space(shipped_spec(spec), texts).axes) {
    std::string text = axis.label() + ":";
    for (const spec::Value& value : axis.values) text += " " + spec::to_string(value);
    axes.push_back(text);
  }
  return join(axes, "; ");
}

std::string error_of_space(const std::string& text, long double most = 1000) {
  try {
    space::sweep_space(shipped_spec("mobilenet_v1"), {text}, {}, most);
  } catch (const Error& error) {
    return error.diagnostics().front().message;
  }
  return "";
}

}  // namespace

TEST_CASE("ranges, lists and subsets of values", "[search]") {
  CHECK(axes_of("mobilenet_v1", {"alpha=0.25:1:0.25"}) == "alpha: 0.25 0.5 0.75 1");
  CHECK(axes_of("mobilenet_v1", {"alpha=0.25:0.99:0.25"}) == "alpha: 0.25 0.5 0.75");
  CHECK(axes_of("mobilenet_v1", {"alpha=0.5:0.5:1"}) == "alpha: 0.5");
  CHECK(axes_of("mobilenet_v1", {"alpha=1,0.25:0.5:0.25", "rho=4/7,1"}) ==
        "alpha: 1 0.25 0.5; rho: 4/7 1");
  CHECK(axes_of("resnet", {"se_stages=subsets([2,4,5])"}) ==
        "se_stages: [] [2] [4] [2, 4] [5] [2, 5] [4, 5] [2, 4, 5]");
  CHECK(axes_of("mobilenet_v1", {"widths(2)=8:24:8", "widths(14)=5"}) ==
        "widths(2): 8 16 24; widths(14): 5");
  // All elements but those that have values of their own.
  std::string rest;
  for (int k = 1; k <= 14; ++k) {
    if (k != 2) rest += fmt::format("widths({0}): {0} 99; ", k);
  }
  CHECK(axes_of("mobilenet_v1", {"widths(i)=i,99", "widths(2)=5"}) == rest + "widths(2): 5");
}

TEST_CASE("ranges that give nothing, too much or no numbers", "[search]") {
  CHECK(error_of_space("alpha=0.25:1:0") ==
        "the step is 0; write FROM:TO:STEP with a step above 0");
  CHECK(error_of_space("alpha=0.25:1:-1") ==
        "the step -1 is negative; write the smaller end first");
  CHECK(error_of_space("alpha=1:0.25:0.5") ==
        "the range is empty: 1 is above 0.25; write 0.25:1:0.5");
  CHECK(error_of_space("alpha=0.25:1:0.25", 4).empty());
  CHECK(error_of_space("alpha=0.25:1:0.25", 3) ==
        "the sweep has 4 points, and at most 3 are swept; vary less, or in larger steps");
  CHECK(error_of_space("alpha=0:1000000:0.1", 1e12L) ==
        "more than 10,000,000 values; take a larger step");
  CHECK(error_of_space("alpha=0.5,0.25,0.5") == "the value 0.5 stands twice");
  CHECK(error_of_space("widths(0)=8") ==
        "'widths' has elements 1 to 14; write widths(1)=VALUES, or widths(i)=VALUES for all of "
        "them");
  CHECK(error_of_space("widths(15)=8") == error_of_space("widths(0)=8"));
  CHECK(error_of_space("widths(14)=8").empty());
  CHECK(error_of_space("alpha=0.5,0.25,1", 2) ==
        "the sweep has 3 points, and at most 2 are swept; vary less, or in larger steps");
  CHECK(error_of_space("se_stages=subsets([1, 2])").find("'mobilenet_v1' has no parameter") == 0);
}

TEST_CASE("what is varied twice is refused, a list and its elements too", "[search]") {
  const auto error = [](const std::vector<std::string>& vary) -> std::string {
    try {
      space::sweep_space(shipped_spec("mobilenet_v1"), vary);
      return "";
    } catch (const Error& found) {
      return found.diagnostics().front().message;
    }
  };
  const std::string twice = " is varied twice; put its values into one --vary";
  CHECK(error({"alpha=1", "alpha=0.5"}) == "'alpha'" + twice);
  CHECK(error({"widths(1)=8", "widths(1)=16"}) == "'widths(1)'" + twice);
  CHECK(error({"widths(1)=8", "widths(2)=16"}).empty());
  const std::string list =
      "widths=[32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]";
  CHECK(error({list, "widths(1)=8"}) == "'widths(1)'" + twice);
  CHECK(error({"widths(1)=8", list}) == "'widths'" + twice);
}

TEST_CASE("the last axis changes fastest", "[search]") {
  const space::SweepSpace space =
      space::sweep_space(shipped_spec("mobilenet_v1"), {"alpha=0.25,0.5,1", "rho=1", "se=0,1"});
  using Indices = std::vector<std::size_t>;
  CHECK(space.points() == 6);
  CHECK(space.size() == 6);
  CHECK(space.indices(0) == Indices{0, 0, 0});
  CHECK(space.indices(1) == Indices{0, 0, 1});
  CHECK(space.indices(2) == Indices{1, 0, 0});
  CHECK(space.indices(5) == Indices{2, 0, 1});
  const Indices at = {1, 0, 1};
  const auto settings = space.settings(at);
  REQUIRE(settings.size() == 3);
  CHECK(settings[0].name + "=" + spec::to_string(settings[0].value) == "alpha=0.5");
  CHECK(settings[2].name + "=" + spec::to_string(settings[2].value) == "se=1");
}
