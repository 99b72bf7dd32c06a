// SPDX-License-Identifier: Apache-2.0
// The rewrites width and resolution: what they refuse, and the networks that they give.
#include "rewrite/rewrites.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The error for a layer of that many channels, beside values whose growth is known.
std::string growth_error(const std::string& out) {
  const std::string yaml =
      "name: net\ninput: {channels: 8, height: 4, width: 4}\n"
      "let: {wide: 8, area: wide * wide}\n"
      "layers:\n"
      "  - conv: {out: wide}\n"
      "  - conv: {out: \"" +
      out +
      "\"}\n"
      "  - conv: {out: area // wide}\n"
      "  - conv: {out: 10}\n";
  return rewrite_error(open_text(yaml), "+width:alpha=0.5");
}

std::string rewritten_input(const std::string& rewrites, const std::string& yaml) {
  return to_string(rewritten(open_text(yaml), rewrites).network().input);
}

}  // namespace

TEST_CASE("what grows with the width in no clear way is refused", "[rewrite]") {
  for (const char* known :
       {"wide", "area // wide + in", "min(wide, 64)", "round(in * wide / wide)"}) {
    INFO(known);
    CHECK(growth_error(known).empty());
  }
  const auto refused = [](const std::string& out) {
    CHECK(growth_error(out) == "net.yaml:6:18: error: width: how '" + out +
                                   "' grows with the width isn't clear; write a parameter alpha "
                                   "into the spec");
  };
  refused("wide + 8");
  refused("8 + wide");
  refused("wide - 2");
  refused("wide * in");
  refused("wide // 8 + 1");
  refused("8 if h == 4 else wide");
  // Parts that are not clear don't become so beside others.
  refused("(wide + 8) * wide * wide // ((wide + 8) * wide)");
  refused("wide * (wide * (wide + 8)) // (wide * (wide + 8))");
  refused("((wide + 8) / wide) / ((wide + 8) / wide / wide)");
  refused("(wide / (wide + 8)) / (8 / (wide + 8))");
}

TEST_CASE("lists of widths are refused where their elements have no place", "[rewrite]") {
  const auto refusal = [](const std::string& widths) {
    return rewrite_error(
        open_text("name: net\ninput: {channels: 8, height: 4, width: 4}\n"
                  "params: {sizes: {default: \"[4, 6]\"}, p: 4}\n"
                  "blocks: {unit: {args: {ws: required}, layers: [conv: {out: max(ws)}]}}\n"
                  "layers: [unit: {ws: \"" +
                  widths + "\"}, conv: {out: p * sizes(1)}, conv: {out: 10}]\n"),
        "+width");
  };
  const auto unclear = [](const std::string& widths) {
    return "net.yaml:5:22: error: width: how '" + widths +
           "' grows with the width isn't clear; write a parameter alpha into the spec";
  };
  CHECK(refusal("[4, 6]") == unclear("[4, 6]"));
  CHECK(refusal("[p, 6]") == unclear("[p, 6]"));
  CHECK(refusal("sizes") == unclear("sizes"));
}

TEST_CASE("a spec that multiplies its resolution already keeps its parameter", "[rewrite]") {
  const std::string own =
      "name: net\nparams: {rho: {default: 1, min: 0.25}}\n"
      "input: {channels: 8, height: 16 * rho, width: 12 * rho}\nlayers: [conv: {out: 8}]\n";
  CHECK(rewritten_input("+resolution:rho=0.5", own) == "8x8x6");
  CHECK(rewritten_input("+resolution", own) == "8x16x12");
  CHECK(rewrite_error(open_text(own), "+resolution:rho=0.125") ==
        "+resolution:rho=0.125: error: 'rho' must be at least 0.25, not 0.125");
  CHECK(rewrite_error(open_text(own, {"rho=0.5"}), "+resolution:rho=0.75") ==
        "+resolution:rho=0.75: error: 'rho' is 0.5 already, by a setting or the preset of the "
        "network; change it there");
  const std::string symbol =
      "name: net\nparams: {size: {default: 1, symbol: ρ}}\n"
      "input: {channels: 8, height: 16 * size, width: 12 * size}\nlayers: [conv: {out: 8}]\n";
  CHECK(rewritten_input("+resolution:rho=0.25", symbol) == "8x4x3");
  const std::string none =
      "name: net\ninput: {channels: 8, height: 7 + 7, width: 10}\nlayers: [conv: {out: 8}]\n";
  CHECK(rewritten_input("+resolution:rho=0.5", none) == "8x7x5");
  CHECK(contains(spec::write_spec(rewritten(open_text(none), "+resolution").spec),
                 "\ninput: {channels: 8, height: round((7 + 7) * rho), width: round(10 * rho)}\n"));
  // One of two sides is enough.
  for (const char* flat :
       {"{channels: 8, height: 1, width: 6}", "{channels: 8, height: 6, width: 1}"}) {
    const Opened opened =
        open_text("name: net\ninput: " + std::string(flat) + "\nlayers: [conv: {out: 8}]\n");
    CHECK(rewrite_error(opened, "+resolution").empty());
  }
}

TEST_CASE("a spec with a multiplier of width takes its divisor too", "[rewrite]") {
  const std::string own =
      "name: net\nparams: {alpha: {default: 1, max: 2}, divisor: 4}\n"
      "input: {channels: 8, height: 4, width: 4}\n"
      "layers: [conv: {out: \"divisible(24 * alpha, divisor)\"}]\n";
  const auto params = [&](const std::string& rewrites,
                          const std::vector<std::string>& settings = {}) {
    return totals(rewritten(open_text(own, settings), rewrites).network()).params;
  };
  CHECK(params("+width") == 8 * 24);
  CHECK(params("+width:alpha=0.5") == 8 * 12);
  CHECK(params("+width:alpha=0.5,divisor=8") == 8 * 16);
  CHECK(params("+width:divisor=16") == 8 * 32);
  CHECK(params("+width:divisor=16", {"alpha=0.5"}) == 8 * 16);
  CHECK(rewrite_error(open_text(own), "+width:alpha=3") ==
        "+width:alpha=3: error: 'alpha' must be at most 2, not 3");
  CHECK(rewrite_error(open_text(own), "+width:widths=[8]") ==
        "+width:widths=[8]: error: 'widths' has nothing to set in 'net'");
}

TEST_CASE("channels that add to those of the layer before are no multiple of a width",
          "[rewrite]") {
  const auto error = [](const std::string& out) {
    return rewrite_error(open_text("name: net\ninput: {channels: 8, height: 4, width: 4}\nlayers:\n"
                                   "  - conv: {out: 16}\n  - conv: {out: \"" +
                                   out + "\"}\n  - conv: {out: 10}\n"),
                         "+width:alpha=0.5");
  };
  for (const char* out : {"in + 16", "in if in > 4 else 4", "in * in", "64 // in"}) {
    CHECK(error(out) == "net.yaml:5:18: error: width: how '" + std::string(out) +
                            "' grows with the width isn't clear; write a parameter alpha into the "
                            "spec");
  }
  for (const char* out : {"in", "max(in, 4)", "2 * in", "round(in * 0.75)", "16", "4 * 4"})
    CHECK(error(out).empty());
}
