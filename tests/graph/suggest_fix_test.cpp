// SPDX-License-Identifier: Apache-2.0
// The setting that a message names where another one than the given would work.
#include "graph/suggest_fix.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/rational.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// What the message of a wrong network says of another setting, as "alpha = 2"; empty if nothing.
std::string suggested(const std::string& yaml, const std::vector<std::string>& settings = {}) {
  const std::string message = error_of(yaml, settings);
  REQUIRE(!message.empty());
  const std::string line = message.substr(0, message.find('\n'));
  const std::size_t start = line.rfind("; "), end = line.rfind(" works");
  if (start == std::string::npos || end == std::string::npos) return {};
  return line.substr(start + 2, end - start - 2);
}

// Works only where `channels` gives `wanted`.
std::string exact_channels(const std::string& params, const std::string& channels, int wanted) {
  return fmt::format(
      "name: t\nparams: {{{}}}\ninput: {{channels: {}, height: 1, width: 1}}\nlayers:\n"
      "  - reshape: {{channels: {}}}\n",
      params, wanted, channels);
}

// The same for alpha, with alpha * factor = wanted.
std::string of_alpha(const std::string& alpha, int factor, int wanted) {
  return suggested(exact_channels("alpha: " + alpha, fmt::format("{} * alpha", factor), wanted));
}

}  // namespace

TEST_CASE("of the values that work the nearest is named", "[graph]") {
  const auto width = [](const std::string& alpha, int factor) {
    return suggested(
        fmt::format("name: t\nparams: {{alpha: {}}}\n"
                    "input: {{channels: 3, height: 2, width: 2}}\n"
                    "layers:\n  - conv: {{out: {} * alpha}}\n",
                    alpha, factor));
  };
  CHECK(width("0.33", 32) == "alpha = 0.34375");
  CHECK(width("0.32", 32) == "alpha = 0.3125");
  CHECK(width("0.33", 64) == "alpha = 0.328125");
  CHECK(width("0.33", 63) == "alpha = 1/3");
  CHECK(width("0.33", 61) == "alpha = 20/61");
  CHECK(width("0.33", 65) == "alpha = 4/13");  // denominators up to 64
  CHECK(width("1.25", 2) == "alpha = 1");      // as near as 1.5, and simpler
  CHECK(width("0.375", 4) == "alpha = 0.5");   // as near as 0.25
  CHECK(width("1.5", 1) == "alpha = 1");       // as near as 2: the smaller one
  CHECK(width("0.5", 1) == "alpha = 1");       // 0 channels are none
  CHECK(width("{default: 2.5, min: 2.5}", 1) == "alpha = 3");
  CHECK(width("{default: 2.6, max: 2.8}", 1) == "alpha = 2");
  CHECK(width("{default: 2.6, max: 3}", 1) == "alpha = 3");
  CHECK(width("{default: 2.4, min: 2}", 1) == "alpha = 2");
}

TEST_CASE("of two values that are as near the one of the smaller denominator is named", "[graph]") {
  for (const int k : {1, 2, 4, 8}) {  // distances that doubles hold
    for (int m = 1; m <= 2 * k + 1; ++m) {
      const int below = k / std::gcd(m, k), above = k / std::gcd(m + 1, k);  // denominators
      const Rational expected = below <= above ? Rational(m, k) : Rational(m + 1, k);
      const std::string yaml = fmt::format(
          "name: t\nparams: {{alpha: {}/{}}}\ninput: {{channels: 3, height: 2, width: 2}}\n"
          "layers:\n  - conv: {{out: {} * alpha}}\n",
          2 * m + 1, 2 * k, k);
      INFO(yaml);
      CHECK(suggested(yaml) == "alpha = " + to_string(expected));
    }
  }
}

TEST_CASE("whole numbers are tried in both directions", "[graph]") {
  CHECK(of_alpha("100", 1, 132) == "alpha = 132");
  CHECK(of_alpha("100", 1, 133).empty());
  CHECK(of_alpha("100", 1, 68) == "alpha = 68");
  CHECK(of_alpha("100", 1, 67).empty());
  CHECK(of_alpha("100.5", 1, 132) == "alpha = 132");
  CHECK(of_alpha("100.5", 1, 68) == "alpha = 68");
  CHECK(of_alpha("100", 2, 201).empty());  // a whole number stays one
  CHECK(of_alpha("100", 2, 202) == "alpha = 101");
}

TEST_CASE("fractions next to a broken number are tried", "[graph]") {
  CHECK(of_alpha("1.25", 2, 1) == "alpha = 0.5");
  CHECK(of_alpha("0.75", 2, 3) == "alpha = 1.5");
  CHECK(of_alpha("1.5", 3, 4) == "alpha = 4/3");
  CHECK(of_alpha("0.8", 3, 4) == "alpha = 4/3");
  CHECK(of_alpha("0.8", 3, 5).empty());
  CHECK(of_alpha("0.8", 7, 4) == "alpha = 4/7");
  CHECK(of_alpha("0.8", 7, 3).empty());
  CHECK(of_alpha("0.8", 64, 52) == "alpha = 0.8125");
  CHECK(of_alpha("0.8", 64, 51) == "alpha = 0.796875");
  CHECK(of_alpha("0.8", 65, 53).empty());
}

TEST_CASE("a sweep of fractions makes sense of fractions", "[graph]") {
  CHECK(of_alpha("{default: 1, sweep: [1, 2]}", 2, 3).empty());
  CHECK(of_alpha("{default: 1, sweep: [1, 1.25]}", 2, 3) == "alpha = 1.5");
  CHECK(of_alpha("{default: 1, sweep: [0.5, 1, 2]}", 4, 3) == "alpha = 0.75");
}

TEST_CASE("of choices only these are tried", "[graph]") {
  CHECK(of_alpha("{default: 1, choices: [1, 2.5, 8]}", 2, 5) == "alpha = 2.5");
  CHECK(of_alpha("{default: 1, choices: [1, 2.5, 800]}", 1, 800) == "alpha = 800");
  CHECK(of_alpha("{default: 1, choices: [1, 2.5, 8]}", 1, 2).empty());
}

TEST_CASE("a number below 0 is never named", "[graph]") {
  const auto alpha = [](int wanted) {
    return suggested(exact_channels("alpha: 2", "5 - alpha", wanted));
  };
  CHECK(alpha(4) == "alpha = 1");
  CHECK(alpha(5) == "alpha = 0");
  CHECK(alpha(6).empty());
}

TEST_CASE("of several parameters the one is named that changes by the smallest share", "[graph]") {
  const auto of_two = [](const std::string& params, int wanted,
                         const std::vector<std::string>& settings = {}) {
    return suggested(exact_channels(params, "a + b", wanted), settings);
  };
  CHECK(of_two("a: 10, b: 1", 12) == "a = 11");
  CHECK(of_two("a: 1, b: 10", 12) == "b = 11");
  CHECK(of_two("a: 10, b: 1", 10) == "a = 9");
  CHECK(of_two("a: 1, b: 10", 10) == "b = 9");
  CHECK(of_two("a: 0, b: 10", 12) == "b = 12");
  CHECK(of_two("a: 10, b: 0", 12) == "a = 12");
  // What was set from outside is what may be set otherwise.
  CHECK(of_two("a: 10, b: 1", 13, {"b=2"}) == "b = 3");
  CHECK(of_two("a: 10, b: 1", 13, {"a=11"}) == "a = 12");
  CHECK(of_two("a: 1, b: 1", 13, {"b=2", "a=10"}) == "a = 11");
  CHECK(of_two("a: {default: 10, choices: [10]}, b: 1", 12) == "b = 2");
  CHECK(of_two("a: 10, b: 1", 300).empty());
}

TEST_CASE("words, lists and roots aren't replaced", "[graph]") {
  CHECK(suggested(exact_channels(
            "act: {default: relu, choices: [relu, tanh]}, sizes: {default: [3, "
            "4]}, r: sqrt(2), a: 2",
            "\"a + sizes(1) + floor(r) + (1 if act == relu else 2)\"", 9)) == "a = 4");
  CHECK(suggested(exact_channels("sizes: {default: [3, 4]}, r: sqrt(2)", "sizes(1) + floor(r)", 5))
            .empty());
}

TEST_CASE("the named value works for the whole network", "[graph]") {
  const std::string yaml =
      "name: t\nparams: {alpha: 0.7}\ninput: {channels: 8, height: 2, width: 2}\nlayers:\n"
      "  - conv: {out: 16 * alpha}\n  - group_norm: {groups: 6}\n";
  CHECK(suggested(yaml) == "alpha = 0.75");
  CHECK(error_of(yaml, {"alpha=0.75"}).empty());
}

TEST_CASE("the parameters that may change are those of the main file", "[graph]") {
  const TestFolder folder;
  folder.write(
      "blocks.yaml",
      "params: {first: 1000, second: 1}\nblocks:\n  unit: [conv: {out: first + second}]\n");
  folder.write("net.yaml",
               "name: net\ninclude: blocks.yaml\nparams: {alpha: 199}\n"
               "input: {channels: 1, height: 1, width: 1}\nlayers:\n  - unit\n"
               "  - reshape: {channels: 5 * alpha + 1}\n");
  const spec::ArchSpec spec = spec::read_spec(folder / "net.yaml");
  const auto message = [&](const graph::BuildOptions& options) {
    try {
      graph::build_network(spec, options);
      return std::string();
    } catch (const Error& error) {
      return error.diagnostics().front().message;
    }
  };
  CHECK(message({}) ==
        "reshape 'reshape': 1001x1x1 (1001 elements) can't become 996x1x1 (996 elements); alpha = "
        "200 "
        "works");
  graph::BuildOptions silent;
  silent.suggest_fix = false;
  CHECK(message(silent) ==
        "reshape 'reshape': 1001x1x1 (1001 elements) can't become 996x1x1 (996 elements)");
}

TEST_CASE("where no setting helps, the divisors next to the number are named", "[graph]") {
  // The two nearest on each side that are less than 1000 away.
  const auto nearest_divisors = [](int parts, int channels) {
    std::vector<int> below, above;
    for (int n = 1; n <= channels; ++n) {
      if (channels % n != 0) continue;
      if (n <= parts && std::min(parts, channels) - n < 1000) below.push_back(n);
      if (n > parts && n - parts < 1000) above.push_back(n);
    }
    if (below.size() > 2) below.erase(below.begin(), below.end() - 2);
    if (above.size() > 2) above.resize(2);
    below.insert(below.end(), above.begin(), above.end());
    std::string text;
    for (std::size_t k = 0; k < below.size(); ++k)
      text += (k == 0 ? "" : k + 1 == below.size() ? " or " : ", ") + std::to_string(below[k]);
    return text;
  };
  const auto works = [](int parts, int channels) {
    return suggested(spec_with(fmt::format("  - split: {{parts: {}, take: 1}}", parts),
                               fmt::format("{}x1x1", channels)));
  };
  CHECK(works(5, 12) == "3, 4, 6 or 12");
  CHECK(works(7, 12) == "4, 6 or 12");
  CHECK(works(20, 12) == "6 or 12");
  CHECK(works(13, 12) == "6 or 12");
  CHECK(works(3, 13) == "1 or 13");
  CHECK(works(3, 1) == "1");
  CHECK(works(1000, 2003) == "1");
  CHECK(works(1001, 2003).empty());
  CHECK(works(1003, 2003).empty());
  CHECK(works(1004, 2003) == "2003");
  for (const int channels : {24, 30, 97, 360, 2520}) {
    for (int parts = 2; parts < channels + 3; parts += 1 + channels / 40) {
      if (channels % parts == 0) continue;
      INFO(parts << " of " << channels);
      CHECK(works(parts, channels) == nearest_divisors(parts, channels));
    }
  }
}

TEST_CASE("nothing is looked for where that is not asked", "[graph]") {
  const spec::ArchSpec spec =
      spec::read_spec_text("s.yaml", spec_with("  - split: {parts: 5, take: 1}", "12x1x1"), ".");
  graph::BuildOptions options;
  options.suggest_fix = false;
  try {
    graph::build_network(spec, options);
    FAIL("5 parts of 12");
  } catch (const Error& error) {
    CHECK(error.diagnostics().front().message ==
          "split 'split': parts 5 must divide the 12 input channels");
  }
}
