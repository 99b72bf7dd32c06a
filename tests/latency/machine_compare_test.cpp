// SPDX-License-Identifier: Apache-2.0
// Two machines of a database beside each other.
#include "latency/machine_compare.hpp"

#include <tuple>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

latency::LayerFigure timed_layer(const std::string& problem, double seconds, bool blocked = false) {
  latency::LayerFigure figure;
  figure.problem = problem;
  const auto layout = blocked ? plan::Layout::kBlocked : plan::Layout::kLast;
  figure.option = {layout, layout};
  figure.seconds = seconds;
  figure.date = "2026-01-01T00:00:00Z";
  return figure;
}

void fill_two_machines(latency::LatencyDb& db) {
  const int a = db.add_machine({"CPU A", "avx2", "oneDNN 2.6.3"}),
            b = db.add_machine({"CPU B", "avx512", "oneDNN 2.6.3"});
  // What is no layer, and a time that the clock didn't see, tell nothing.
  for (const int machine : {a, b}) {
    db.save_layers(machine, std::vector{timed_layer("remainder 5 3f2a1b4c9d3e7f01 f32 1T", -1e-6),
                                        timed_layer("p0", machine == a ? 0 : 1e-3)});
  }
  // Twice as fast in general; four times in one layer, slower in another.
  db.save_layers(a, std::vector{timed_layer("p1", 1e-3), timed_layer("p2", 2e-3),
                                timed_layer("p3", 3e-3), timed_layer("p3", 9e-3, true),
                                timed_layer("p4", 4e-3), timed_layer("p5", 8e-3)});
  db.save_layers(
      b, std::vector{timed_layer("p1", 0.5e-3), timed_layer("p2", 1e-3), timed_layer("p3", 1.5e-3),
                     timed_layer("p4", 1e-3), timed_layer("p5", 12e-3), timed_layer("q", 1)});
  for (const int machine : {a, b}) {
    db.save_check(machine, {"net1", 1, 1e9, machine * 1e-3, 0, 1, 0, 0, "", "2026", 0});
    db.save_check(machine, {"net2", 1, 2e9, machine * 3e-3, 0, 1, 0, 0, "", "2026", 0});
  }
}

}  // namespace

TEST_CASE("layers that differ most between machines come first", "[latency]") {
  const TestFolder folder;
  latency::LatencyDb db(folder / "two.db", latency::LatencyDb::Mode::kWrite);
  fill_two_machines(db);
  const latency::MachineComparison compared = latency::compare_machines(db, 1, 2, 1);
  CHECK(compared.median_ratio == Approx(0.5));
  REQUIRE(compared.layers.size() == 5);
  CHECK(compared.layers[0].name == "p5");
  CHECK(compared.layers[0].deviation == Approx(3));
  CHECK(compared.layers[1].name == "p4");
  CHECK(compared.layers[1].deviation == Approx(0.5));
  CHECK(compared.only_a == 0);
  CHECK(compared.only_b == 2);
  // Ranks 1 2 3 4 5 and 1 2.5 4 2.5 5.
  CHECK(*compared.layers_correlation == Approx(0.8208).margin(1e-4));
  CHECK(compared.networks.size() == 2);
  CHECK(*compared.networks_correlation == Approx(1));
  CHECK(latency::compare_machines(db, 1, 2, 2).layers.empty());
}

TEST_CASE("what two machines have in common, from the largest deviation on", "[latency]") {
  latency::LatencyDb db(":memory:", latency::LatencyDb::Mode::kWrite);
  const int a = db.add_machine({"CPU A"}), b = db.add_machine({"CPU B"});
  const latency::MachineComparison nothing = latency::compare_machines(db, a, b, 1);
  CHECK(nothing.layers.empty());
  CHECK(nothing.networks.empty());
  CHECK(nothing.only_a == 0);
  CHECK(nothing.only_b == 0);
  CHECK(nothing.median_ratio == 1);
  CHECK_FALSE(nothing.layers_correlation);
  CHECK_FALSE(nothing.networks_correlation);
  // Ratios 1, 2, 4, 2, 2; the first and the third are as far from 2.
  db.save_layers(a, std::vector{timed_layer("p1", 4e-3), timed_layer("p2", 2e-3),
                                timed_layer("p3", 1e-3), timed_layer("p4", 5e-3),
                                timed_layer("p4", 3e-3, true), timed_layer("p5", 7e-3),
                                timed_layer("a1", 1), timed_layer("a2", 1), timed_layer("a3", 1)});
  db.save_layers(
      b, std::vector{timed_layer("p1", 4e-3), timed_layer("p2", 4e-3), timed_layer("p3", 4e-3),
                     timed_layer("p4", 6e-3), timed_layer("p4", 8e-3, true),
                     timed_layer("p5", 14e-3), timed_layer("b1", 1)});
  // Ratios 3, 1, 2 of the networks.
  const std::vector<std::pair<std::string, double>> checks = {
      {"n1", 3e-3}, {"n2", 1e-3}, {"n3", 8e-3}};
  double seconds_a = 1e-3;
  for (const auto& [network, seconds] : checks) {
    db.save_check(a, {network, 1, 1e9, seconds_a, 0, 1, 0, 0, "", "2026", 0});
    db.save_check(b, {network, 1, 1e9, seconds, 0, 1, 0, 0, "", "2026", 0});
    seconds_a = seconds_a == 1e-3 ? 1.0001e-3 : 4e-3;
  }
  db.save_check(a, {"only a", 1, 1e9, 1, 0, 1, 0, 0, "", "2026", 0});
  const latency::MachineComparison compared = latency::compare_machines(db, a, b, 1);
  CHECK(compared.only_a == 3);
  CHECK(compared.only_b == 1);
  CHECK(compared.median_ratio == Approx(2));
  const std::vector<std::tuple<std::string, double, double, double>> expected = {
      {"p1", 4e-3, 4e-3, 0.5},
      {"p3", 1e-3, 4e-3, 2},
      {"p2", 2e-3, 4e-3, 1},
      {"p4", 3e-3, 6e-3, 1},
      {"p5", 7e-3, 14e-3, 1}};
  REQUIRE(compared.layers.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, in_a, in_b, deviation] = expected[i];
    CHECK(compared.layers[i].name == name);
    CHECK(compared.layers[i].seconds_a == in_a);
    CHECK(compared.layers[i].seconds_b == in_b);
    CHECK(compared.layers[i].deviation == Approx(deviation));
  }
  REQUIRE(compared.networks.size() == 3);
  CHECK(compared.networks[0].name == "n2");
  CHECK(compared.networks[0].deviation == Approx(0.5).epsilon(1e-3));
  CHECK(compared.networks[1].name == "n1");
  CHECK(compared.networks[1].deviation == Approx(1.5));
  CHECK(compared.networks[2].name == "n3");
  CHECK(compared.networks[2].deviation == Approx(1));
  CHECK(*compared.networks_correlation == Approx(0.5));
}

TEST_CASE("db compare prints layers, networks and rank correlations", "[latency]") {
  const TestFolder folder;
  const std::string db = folder / "two.db";
  {
    latency::LatencyDb fresh(db, latency::LatencyDb::Mode::kWrite);
    fill_two_machines(fresh);
  }
  const Run run = run_program("db compare --top 2 --db " + db);
  INFO(run.err);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "A: CPU A, avx2, oneDNN 2.6.3"));
  CHECK(contains(run.out, "B: CPU B, avx512, oneDNN 2.6.3"));
  CHECK(contains(run.out, "p5 "));
  CHECK(contains(run.out, "p4 "));
  CHECK(!contains(run.out, "p1 "));  // --top 2
  CHECK(contains(run.out, "5 layers have figures of both, 0 of A alone, 2 of B alone."));
  CHECK(contains(run.out, "Median of B / A: 0.500. Spearman's rank correlation of the layers'"));
  CHECK(contains(run.out, "Spearman's rank correlation of the 2 networks' times: 1.000."));
  CHECK(contains(run_program("db compare 1 --db " + db).err,
                 "error: db compare needs two of the 2 machines of"));
}
