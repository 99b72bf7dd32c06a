// SPDX-License-Identifier: Apache-2.0
// A profile of another program as figures of a network's kernels, and what matches no layer.
#include <fmt/core.h>

#include "core/text.hpp"
#include "latency/imported_figures.hpp"
#include "runner/import_profile.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Strings = std::vector<std::string>;

/// A row of a profile, with the microseconds of its runs.
runner::ProfileRow timed_row(const std::string& name, const std::vector<double>& microseconds,
                             const std::string& type = "") {
  runner::ProfileRow row{{.name = name, .type = type}, {}};
  for (const double time : microseconds) row.seconds.push_back(time * 1e-6);
  return row;
}

/// "conv 12": the kind of the problem and microseconds, by row; then what is beside the kernels.
Strings figure_texts(const runner::ImportedFigures& imported) {
  Strings texts;
  for (const latency::TimedRow& row : imported.figures.rows)
    texts.push_back(fmt::format("{} {} {:g}", row.problem.substr(0, row.problem.find(' ')),
                                row.implementation, row.seconds * 1e6));
  texts.push_back(fmt::format("rest {:g}", imported.figures.remainder * 1e6));
  return texts;
}

/// Two convolutions beside each other, with names as an ONNX file may have them.
graph::Network named(const std::string& a, const std::string& b) {
  graph::Network network = network_of(spec_with(
      "- concat: [[conv: {name: a, out: 6, kernel: 3}], [conv: {name: b, out: 4}]]", "3x7x9"));
  network.layers[0].name = a;
  network.layers[1].name = b;
  return network;
}

/// The layers' names that the rows' names match: "a -".
std::string layers_matched(const graph::Network& network, const Strings& names) {
  Strings words;
  for (const std::string& name : names) {
    const runner::ImportedFigures imported =
        runner::figures_of_profile(network, {.format = "CSV", .rows = {timed_row(name, {1})}}, 1);
    if (imported.matched == 0) {
      words.emplace_back("-");
      continue;
    }
    REQUIRE(imported.figures.rows.size() == 1);
    words.emplace_back(
        imported.figures.rows[0].problem.starts_with("conv 1x3x7x9 > 1x6x7x9 ") ? "a" : "b");
  }
  return join(words, " ");
}

}  // namespace

TEST_CASE("names of rows match layers with other separators too", "[engines]") {
  const graph::Network network = named("s1.u-2.a", "head_b");
  CHECK(layers_matched(network, {"s1.u-2.a", "s1/u_2/a", "s1_u_2_a", "s1:u:2:a", "s1-u-2.a",
                                 "head_b", "head/b", "head.b"}) == "a a a a a b b b");
  CHECK(layers_matched(network, {"s1 u 2 a", "s1u2a", "headb", "head+b", "s1.u-2", ""}) ==
        "- - - - - -");
  // A name that two layers have with other separators is neither's, but for their own.
  const graph::Network alike = named("x.y", "x_y");
  CHECK(layers_matched(alike, {"x.y", "x_y", "x-y"}) == "a b b");
}

TEST_CASE("of the parts of a fused operator's name the first that is known counts", "[engines]") {
  const graph::Network network = named("a", "b.c");
  CHECK(layers_matched(network, {"a;b.c", "b.c;a", "z;b/c;a", "z;y;a", "z;y", ";a", "b/c;b.d"}) ==
        "a b b a - a b");
}

TEST_CASE("figures are medians over the runs, and the rest is time beside the kernels",
          "[engines]") {
  const graph::Network network = network_of(
      spec_with("- conv: {name: a, out: 6, kernel: 3}\n- relu: {name: r}\n"
                "- conv: {name: b, out: 6, kernel: 3}\n- max_pool: {name: p, kernel: 3}\n"
                "- flatten: {name: f}\n- linear: {name: fc, out: 4}",
                "3x7x9"));
  runner::ImportedProfile profile = {
      .format = "some table",
      .rows = {timed_row("a", {10, 14, 12}, "CONV_2D"), timed_row("warp", {3, 5}, "WARP"),
               timed_row("b", {20}, "CONV_2D"), timed_row("p", {4, 6, 5, 100}, "POOL"),
               timed_row("f", {0.5}, "RESHAPE"), timed_row("fc", {2}, "FC"),
               timed_row("b/tail", {1.5}, "ADD"),
               timed_row(std::string(70, 'x') + "\x01", {0.04}, "X")}};
  runner::ImportedFigures imported = runner::figures_of_profile(network, profile, 3);
  CHECK(figure_texts(imported) == Strings{"conv CONV_2D 12", "conv CONV_2D+ADD 21.5",
                                          "max_pool POOL 5.5", "linear FC 2", "rest 4.54"});
  CHECK(imported.figures.rows[0].problem.ends_with(" relu image f32 3T"));
  CHECK(imported.figures.rows[1].problem.ends_with(" f32 3T"));
  CHECK(imported.matched == 6);
  REQUIRE(imported.unmatched.size() == 2);
  CHECK(imported.unmatched[0] == "warp (4.0 us)");
  CHECK(imported.unmatched[1] ==
        std::string(29, 'x') + "…" + std::string(29, 'x') + "\\u{1} (0.0 us)");
  CHECK(imported.combined.empty());
  CHECK(imported.figures.threads == 3);
  CHECK(imported.figures.passes == 4);
  CHECK(imported.figures.reference == 0);
  CHECK(imported.figures.network == latency::network_hash(network));
  CHECK(imported.figures.how == "imported: some table, 4 runs");
  // The time of a run without a profiler: kernels keep theirs, and the rest is more or less.
  profile.total = 50e-6;
  imported = runner::figures_of_profile(network, profile, 3);
  CHECK(imported.figures.rows.size() == 4);
  CHECK(imported.figures.remainder == Approx(50e-6 - 12e-6 - 21.5e-6 - 5.5e-6 - 2e-6));
  profile.total = 30e-6;
  CHECK(runner::figures_of_profile(network, profile, 3).figures.remainder == Approx(-11e-6));
}

TEST_CASE("a row of layers that no kernel computes together counts beside the kernels",
          "[engines]") {
  const graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 6, kernel: 3}\n- conv: {name: b, out: 6}\n"
                           "- conv: {name: c, out: 6}",
                           "3x7x9"));
  runner::ProfileRow both = timed_row("b", {7});
  both.node.outputs = {"a"};
  both.node.type = "BIG";
  const runner::ImportedFigures imported = runner::figures_of_profile(
      network,
      {.format = "CSV", .rows = {both, timed_row("b", {1}, "ADD"), timed_row("c", {2}, "CONV")}},
      1);
  CHECK(figure_texts(imported) == Strings{"conv CONV 2", "rest 8"});
  CHECK(imported.combined == Strings{"b (8.0 us)"});
  CHECK(imported.unmatched.empty());
  CHECK(imported.matched == 3);
  CHECK(imported.figures.how == "imported: CSV, 1 run");
}

TEST_CASE("a profile of whole networks alone is all beside the kernels", "[engines]") {
  const runner::ImportedFigures imported =
      runner::figures_of_profile(named("a", "b"), {.format = "benchncnn", .total = 5e-3}, 2);
  CHECK(figure_texts(imported) == Strings{"rest 5000"});
  CHECK(imported.figures.passes == 0);
  CHECK(imported.figures.how == "imported: benchncnn, 0 runs");
  CHECK(imported.matched == 0);
}

TEST_CASE("nodes of the exported file name layers too, where the network can be exported",
          "[engines]") {
  const std::string layers =
      "- conv: {name: a, out: 6, kernel: 3}\n- max_pool: {name: p, kernel: 3}\n"
      "- swish: {name: act}\n";
  const Strings rows = {"q;act/Sigmoid", "act/Sigmoid", "q;act", "q;act/Tanh"};
  const auto matched = [&](const graph::Network& network) {
    std::string digits;
    for (const std::string& name : rows)
      digits += std::to_string(
          runner::figures_of_profile(network, {.format = "CSV", .rows = {timed_row(name, {1})}}, 1)
              .matched);
    return digits;
  };
  CHECK(matched(network_of(spec_with(layers, "3x7x9"))) == "1110");
  CHECK(matched(network_of(
            spec_with(layers + "- pointwise: {name: odd, params: 40}\n", "3x7x9"))) == "0110");
}
