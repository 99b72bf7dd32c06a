// SPDX-License-Identifier: Apache-2.0
// Reports of predictions, whole, from invented figures: rows, expected errors, what is missing.
#include "plan/step_problem.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A database of one machine with checks of networks, and no figures of layers.
struct CheckedMachine {
  explicit CheckedMachine(const std::vector<latency::NetworkCheck>& checks)
      : db(folder / "l.db", latency::LatencyDb::Mode::kWrite),
        machine(db.add_machine({"a CPU", "avx2", "onednn", "2.6.3"})) {
    for (const latency::NetworkCheck& check : checks) db.save_check(machine, check);
  }
  latency::LatencyPredictor predictor(int threads = 2) const { return {db, machine, threads}; }

  TestFolder folder;
  latency::LatencyDb db;
  int machine;
};

latency::NetworkCheck network_check(const std::string& name, double macs, double seconds,
                                    double composed, double unseen) {
  latency::NetworkCheck check;
  check.network = name;
  check.threads = 2;
  check.macs = macs;
  check.seconds = seconds;
  check.reference = 1;
  check.composed = composed;
  check.unseen = unseen;
  check.date = "2026";
  return check;
}

// 7,560 and 1,152 multiply-adds for two images.
graph::Network predicted_network() {
  graph::Network network = network_of(
      spec_with("- conv: {name: a, out: 4, kernel: 3}\n- relu: {name: r}\n"
                "- conv: {name: b, out: 12, stride: 2}\n- conv: {name: c, out: 3, stride: 2}\n",
                "3x7x5"));
  network.batch = 2;
  network.layers[2].name = "stage.b";
  return network;
}

latency::PredictedRow predicted_step(std::vector<graph::LayerId> layers, double seconds,
                                     latency::FigureKind kind) {
  latency::PredictedRow row;
  row.layers = std::move(layers);
  if (!row.layers.empty()) row.main = row.layers.front();
  row.problem = fmt::format("problem {}", row.main);
  row.kind = kind;
  row.seconds = seconds;
  row.spread = 0.0625;
  if (kind == latency::FigureKind::kMeasured) row.implementation = "jit";
  return row;
}

latency::Predicted invented_prediction() {
  using enum latency::FigureKind;
  latency::Predicted predicted;
  predicted.rows = {predicted_step({0, 1}, 4e-6, kMeasured), predicted_step({2}, 3e-6, kEstimated),
                    predicted_step({3}, 0, kMissing), predicted_step({}, 1e-6, kMeasured),
                    predicted_step({}, 2e-6, kMeasured)};
  predicted.rows[0].option = plan::KernelOption{};
  predicted.rows[3].reorder = true;
  predicted.rows[3].main = 3;
  predicted.rows[3].implementation = "copy";
  predicted.rows[3].origin = plan::KernelOrigin::kPlainLoops;
  predicted.rows[4].label = latency::between_kernels();
  predicted.rows[4].implementation = "";
  predicted.seconds = 10e-6;
  predicted.estimated_seconds = 3e-6;
  predicted.measured = 3;
  predicted.estimated = 1;
  predicted.missing = 1;
  return predicted;
}

}  // namespace

TEST_CASE("a prediction by layer, with what is missing", "[latency]") {
  const CheckedMachine machine({network_check("one", 8e3, 1e-3, 1.1e-3, 0.8e-3)});
  const latency::LatencyPredictor predictor = machine.predictor();
  const tables::PredictionReportOptions options = {.command = "archcost profile x"};
  CHECK(whole_text(tables::prediction_report(predicted_network(), invented_prediction(), predictor,
                                             options)) == R"(
test   3x7x5   batch 2   0.01 ms ± 9.2 %   predicted, incomplete
f32   2 threads   a CPU, avx2, oneDNN 2.6.3
== 
layer "layer" text n28; kind "kind" text e3; macs "macs" count e4; macs_share "macs %" percent; seconds "time" seconds; seconds_share "time %" percent; figure "figure" text; implementation "kernel" text e1 cut
| 'a' | 'conv 3x3' | 7560 | 84.0 | 4e-06 | 40.0 | 'measured' | 'jit' |
| 'stage.b' | 'conv 1x1' | 1152 | 12.8 | 3e-06 | 30.0 | 'estimated' | '' |
| 'c' | 'conv 1x1' | 288 | 3.2 |  |  | 'missing' | '' |
| 'reorder for c' | 'reorder' |  |  | 1e-06 | 10.0 | 'measured' | 'copy (plain loops)' |
| 'between kernels' | 'between kernels' |  |  | 2e-06 | 20.0 | 'measured' | '' |
= 'total (incomplete)' | '' | 9000 |  | 1e-05 |  | 'estimated, measured, missing' | '' |
* 5 kernels: 3 measured, 1 estimated, 1 missing
* 0.0 % of the time in reference kernels of the library, 10.0 % in plain loops of archcost
* expected error: 10.0 % (of one network that was predicted and measured: one); 20.0 % where all layers are estimated (1 network)
* 30.0 % of the time is estimated from similar layers; a layer of the database is estimated from the others with an error of 0 % (root mean square)
* incomplete: 1 kernel has no figure; 'archcost profile x' measures what is missing, --measure-missing does so at once, --estimate estimates it from similar layers
)");
  CHECK(
      short_json(tables::prediction_json(predicted_network(), invented_prediction(), predictor,
                                         {"time", 4})) ==
      R"({"batch":2,"checked_networks":["one"],"checks":1,"complete":false,"cpu":"a CPU","data_type":"f32","estimated":1,"estimated_seconds":3e-06,"expected_error":0.09219544457,"input":"3x7x5","isa":"avx2","library":"oneDNN 2.6.3","measured":3,"missing":1,"network":"test","reference_seconds":0.0,"rows":[{"figure":"measured","implementation":"jit","kind":"conv 3x3","layers":["a","r"],"macs":7560.0,"name":"a","option":"nhwc>nhwc","origin":"library","problem":"problem 0","seconds":4e-06,"spread":0.0625},{"figure":"estimated","implementation":"","kind":"conv 1x1","layers":["stage.b"],"macs":1152.0,"name":"stage.b","option":"","problem":"problem 2","seconds":3e-06},{"figure":"measured","implementation":"","kind":"between kernels","layers":[],"macs":0.0,"name":"between kernels","option":"","origin":"library","problem":"problem 0","seconds":2e-06,"spread":0.0625},{"figure":"measured","implementation":"copy","kind":"reorder","layers":[],"macs":0.0,"name":"reorder for c","option":"","origin":"plain loops","problem":"problem 0","seconds":1e-06,"spread":0.0625}],"seconds":1e-05,"threads":2})");
}

TEST_CASE("a prediction by kind and by stage", "[latency]") {
  const CheckedMachine machine({});
  const latency::LatencyPredictor predictor = machine.predictor(1);
  latency::Predicted predicted = invented_prediction();
  predicted.rows.erase(predicted.rows.begin() + 2);
  predicted.missing = 0;
  predicted.rows[1].kind = latency::FigureKind::kMeasured;
  predicted.rows[1].implementation = "a first one";
  predicted.rows[1].origin = plan::KernelOrigin::kReference;
  predicted.rows[1].layers = {0};
  predicted.rows[1].main = 0;
  predicted.estimated = 0;
  predicted.estimated_seconds = 0;
  tables::PredictionReportOptions options;
  options.grouping = cost::Grouping::kKind;
  CHECK(whole_text(tables::prediction_report(predicted_network(), predicted, predictor, options)) ==
        R"(
test   3x7x5   batch 2   0.01 ms   predicted
f32   1 thread   a CPU, avx2, oneDNN 2.6.3
== 
kind "kind" text n28; kernels "kernels" integer e3; macs "macs" count e4; macs_share "macs %" percent; seconds "time" seconds; seconds_share "time %" percent; figure "figure" text; implementation "kernel" text e1 cut
| 'conv 3x3' | 2 | 15120 | 100.0 | 7e-06 | 70.0 | 'measured' | 'a first one (reference), jit' |
| 'reorder' | 1 |  |  | 1e-06 | 10.0 | 'measured' | 'copy (plain loops)' |
| 'between kernels' | 1 |  |  | 2e-06 | 20.0 | 'measured' | '' |
= 'total' | 4 | 15120 |  | 1e-05 |  | 'measured' | '' |
* 4 kernels: 3 measured, 0 estimated, 0 missing
* 30.0 % of the time in reference kernels of the library, 10.0 % in plain loops of archcost
* expected error: unknown; 'archcost db check SPEC ...' measures networks and compares
)");
  options.grouping = cost::Grouping::kStage;
  options.order = {"time:asc", 0};
  CHECK(
      whole_text(tables::prediction_report(predicted_network(), predicted, predictor, options)
                     .sections[0]
                     .table) ==
      R"(stage "stage" text n28; kernels "kernels" integer e3; macs "macs" count e4; macs_share "macs %" percent; seconds "time" seconds; seconds_share "time %" percent; figure "figure" text; implementation "kernel" text e1 cut
| 'c' | 1 |  |  | 1e-06 | 10.0 | 'measured' | 'copy (plain loops)' |
| 'between kernels' | 1 |  |  | 2e-06 | 20.0 | 'measured' | '' |
| 'a' | 2 | 15120 | 100.0 | 7e-06 | 70.0 | 'measured' | 'a first one (reference), jit' |
= 'total' | 4 | 15120 |  | 1e-05 |  | 'measured' | '' |
)");
  const auto json =
      nlohmann::json::parse(tables::prediction_json(predicted_network(), predicted, predictor, {}));
  CHECK_FALSE(json.contains("expected_error"));
  CHECK(json["complete"] == true);
}

TEST_CASE("a prediction without any figure has no table", "[latency]") {
  const CheckedMachine machine({});
  latency::Predicted predicted = invented_prediction();
  for (latency::PredictedRow& row : predicted.rows) row.kind = latency::FigureKind::kMissing;
  predicted.measured = predicted.estimated = 0;
  predicted.missing = 5;
  CHECK(whole_text(tables::prediction_report(predicted_network(), predicted, machine.predictor(),
                                             {.estimate = true})) == R"(
test   3x7x5   batch 2   not predicted: the database has no figure of its kernels
f32   2 threads   a CPU, avx2, oneDNN 2.6.3
== 
* 5 kernels: 0 measured, 0 estimated, 5 missing
* 0.0 % of the time in reference kernels of the library, 10.0 % in plain loops of archcost
* expected error: unknown; 'archcost db check SPEC ...' measures networks and compares
* incomplete: 5 kernels have no figure, and the database no similar layers to estimate them from; 'archcost db import' adds figures of that machine
)");
  predicted.missing = 1;
  const document::Document one = tables::prediction_report(
      predicted_network(), predicted, machine.predictor(), {.command = "archcost profile x"});
  CHECK(one.sections[0].table.columns.empty());
  CHECK(one.sections[0].notes.back() ==
        "incomplete: 1 kernel has no figure; 'archcost profile x' measures what is missing, "
        "--measure-missing does so at once, --estimate estimates it from similar layers");
  predicted.measured = 1;
  CHECK_FALSE(tables::prediction_report(predicted_network(), predicted, machine.predictor(), {})
                  .sections[0]
                  .table.columns.empty());
}

TEST_CASE("the error to expect, and of which networks it is", "[latency]") {
  const graph::Network network = predicted_network();  // 9,000 multiply-adds
  const latency::Predicted predicted = invented_prediction();
  const auto told = [&](const std::vector<latency::NetworkCheck>& checks) {
    const CheckedMachine machine(checks);
    return tables::prediction_report(network, predicted, machine.predictor(), {})
        .sections[0]
        .notes[2];
  };
  double macs = 0;
  for (const graph::Layer& layer : network.layers)
    macs += 2 * static_cast<double>(layer.cost.macs.value());
  CHECK(told({}) ==
        "expected error: unknown; 'archcost db check SPEC ...' measures networks and compares");
  CHECK(told({network_check("one", macs, 1e-3, 1.25e-3, 0)}) ==
        "expected error: 25.0 % (of one network that was predicted and measured: one)");
  CHECK(told({network_check("one", macs, 1e-3, 1.25e-3, 0.3e-3)}) ==
        "expected error: 25.0 % (of one network that was predicted and measured: one); 70.0 % "
        "where all layers are estimated (1 network)");
  std::vector<latency::NetworkCheck> checks;
  for (const char* name : {"a", "b", "c", "d"})
    checks.push_back(network_check(name, macs, 1e-3, 0.5e-3, 2e-3));
  const std::string four =
      "expected error: 50.0 % (root mean square over 4 networks that were predicted and measured: "
      "a, b, c, d); 100.0 % where all layers are estimated (4 networks)";
  CHECK(told(checks) == four);
  // Within a factor of 2 of those that were checked nothing is said.
  for (latency::NetworkCheck& check : checks) check.macs = 2 * macs;
  CHECK(told(checks) == four);
  for (latency::NetworkCheck& check : checks) check.macs = macs / 2;
  CHECK(told(checks) == four);
  checks[1].macs = macs / 3;
  checks[2].macs = macs / 4;
  CHECK(told(checks) == four);
  checks[0].macs = checks[3].macs = macs / 3;
  CHECK(told(checks) ==
        four +
            "; this network has 9,000 macs, more than they have (2,250 to 3,000): its error may "
            "be larger, and 'archcost db check' of networks of its size tells");
  for (latency::NetworkCheck& check : checks) check.macs = 3 * macs;
  checks.push_back(network_check("e", 4 * macs, 1e-3, 0.5e-3, 2e-3));
  CHECK(told(checks) ==
        "expected error: 50.0 % (root mean square over 5 networks that were predicted and "
        "measured: a, b, c and 2 others); 100.0 % where all layers are estimated (5 networks); "
        "this network has 9,000 macs, fewer than they have (27,000 to 36,000): its error may be "
        "larger, and 'archcost db check' of networks of its size tells");
}

TEST_CASE("figures with a high core-to-core latency are told of where figures are missing",
          "[latency]") {
  CheckedMachine machine({});
  std::vector<latency::LayerFigure> figures(3);
  for (std::size_t k = 0; k < figures.size(); ++k) {
    figures[k].problem = fmt::format("p{}", k);
    figures[k].implementation = "jit";
    figures[k].threads = 2;
    figures[k].seconds = figures[k].reference = 1e-3;
    figures[k].samples = {1e-3};
    figures[k].core_latency = k == 0 ? 50e-9 : 500e-9;
    figures[k].date = "2026-01-01T00:00:00Z";
  }
  machine.db.save_layers(machine.machine, figures);
  latency::Predicted predicted = invented_prediction();
  const auto notes = [&] {
    return tables::prediction_report(predicted_network(), predicted, machine.predictor(), {})
        .sections[0]
        .notes;
  };
  CHECK(notes()[4] ==
        "2 figures of the database are ignored: their core-to-core latency was higher than that of "
        "others; 'archcost profile' measures them again");
  predicted.missing = 0;
  CHECK(notes().size() == 4);
}

TEST_CASE("how well a layer is estimated from the others is told of estimates", "[latency]") {
  CheckedMachine machine({});
  const graph::Network layers = network_of(
      spec_with("- conv: {out: 16, kernel: 3}\n- conv: {out: 24, kernel: 3}\n- conv: {out: 32, "
                "kernel: 5}\n- conv: {out: 40}\n- conv: {out: 24, kernel: 3}"));
  const plan::StepProblems problems(layers, plan::plan_execution(layers), 2);
  std::vector<latency::LayerFigure> figures;
  for (std::size_t k = 0; k < problems.size(); ++k) {
    latency::LayerFigure& figure = figures.emplace_back();
    figure.problem = problems.key(k);
    figure.implementation = "jit";
    figure.threads = 2;
    figure.seconds = 1e-3 * static_cast<double>(1 + k * k);
    figure.reference = 1e-3;
    figure.samples = {figure.seconds};
    figure.date = "2026-01-01T00:00:00Z";
  }
  machine.db.save_layers(machine.machine, figures);
  const latency::LatencyPredictor predictor = machine.predictor();
  REQUIRE(predictor.estimate_error() > 0.1);
  CHECK(tables::prediction_report(predicted_network(), invented_prediction(), predictor, {})
            .sections[0]
            .notes[3] ==
        fmt::format("30.0 % of the time is estimated from similar layers; a layer of the database "
                    "is estimated from the others with an error of {:.0f} % (root mean square)",
                    100 * predictor.estimate_error()));
}

TEST_CASE("checks of predictions: columns, titles and notes", "[latency]") {
  // Without multiply-adds there is no rate. Those of two threads take 1 and 4 s for a million, of
  // which 2 s is the geometric mean.
  std::vector<tables::CheckedNetwork> networks(3);
  const double seconds[] = {1, 2, 8}, macs[] = {1e6, 0, 2e6};
  for (std::size_t k = 0; k < networks.size(); ++k) {
    networks[k].family = "f";
    networks[k].check = network_check(fmt::format("n{}", k), macs[k], seconds[k], 0, 3);
    networks[k].estimated = 1.0625 * seconds[k];
  }
  networks[1].check.threads = 1;
  networks[1].check.composed = 1.9375;
  CHECK(whole_text(tables::checks_report(networks, "the machine")) == R"(
predictions against networks that were measured as a whole
the machine
== 
family "family" text e1; network "network" text; threads "threads" integer e2; macs "macs" count e3; seconds "measured" seconds; composed_seconds "composed" seconds; composed_error "error %" percent; unseen_seconds "unseen" seconds; unseen_error "error %" percent
| 'f' | 'n0' | 2 | 1000000 | 1.0 |  |  | 3.0 | 200.0 |
| 'f' | 'n1' | 1 | 0 | 2.0 | 1.9375 | -3.125 | 3.0 | 50.0 |
| 'f' | 'n2' | 2 | 2000000 | 8.0 |  |  | 3.0 | -62.5 |
== 1 thread
method "method" text; networks "networks" integer e4; rmspe "RMSPE %" percent; bias "bias %" percent; within_5 "in 5 %" percent; within_10 "in 10 %" percent; spearman "Spearman" ratio; family_mean "families" ratio e2; family_least "least" ratio e1; band_mean "bands" ratio e2; band_least "least" ratio e1
| 'composed' | 1 | 3.125 | -3.125 | 100.0 | 100.0 | 0.0 |  |  |  |  |
| 'unseen' | 1 | 50.0 | 50.0 | 0.0 | 0.0 | 0.0 |  |  |  |  |
* in 5 %, in 10 %: share of the networks; Spearman's rank correlation over all, and mean and least within families and within bands of a factor of 2 in macs, of four networks at least; linear in macs: at the rate that suits these networks best; sum of unfused layers: each layer timed by itself, norms and activations too (archcost profile --unfused)
== 2 threads
method "method" text; networks "networks" integer e4; rmspe "RMSPE %" percent; bias "bias %" percent; within_5 "in 5 %" percent; within_10 "in 10 %" percent; spearman "Spearman" ratio; family_mean "families" ratio e2; family_least "least" ratio e1; band_mean "bands" ratio e2; band_least "least" ratio e1
| 'composed, estimates where no figure is' | 2 | 6.25 | 6.25 | 0.0 | 100.0 | 1.0 |  |  |  |  |
| 'unseen' | 2 | 148.1658699 | 68.75 | 0.0 | 0.0 | 0.0 |  |  |  |  |
| 'linear in macs' | 2 | 79.0569415 | 25.0 | 0.0 | 0.0 | 1.0 |  |  |  |  |
* in 5 %, in 10 %: share of the networks; Spearman's rank correlation over all, and mean and least within families and within bands of a factor of 2 in macs, of four networks at least; linear in macs: at the rate that suits these networks best; sum of unfused layers: each layer timed by itself, norms and activations too (archcost profile --unfused)
)");
}

TEST_CASE("a family whose predictions are all equal has a rank correlation of 0", "[latency]") {
  std::vector<tables::CheckedNetwork> networks(8);
  for (std::size_t k = 0; k < networks.size(); ++k) {
    networks[k].family = k < 4 ? "equal" : "ordered";
    const auto seconds = static_cast<double>(1 + k % 4);
    networks[k].check = network_check(fmt::format("n{}", k), 0, seconds, k < 4 ? 1 : seconds, 0);
  }
  const document::Table table = tables::checks_report(networks, "").sections[1].table;
  REQUIRE(table.columns[7].key == "family_mean");
  CHECK(whole_text(table.rows[0][7]) == "0.5");
  CHECK(whole_text(table.rows[0][8]) == "0.0");
}

TEST_CASE("two machines beside each other", "[latency]") {
  latency::MachineComparison compared;
  compared.layers = {{"p1", 1e-3, 4e-3, 2}, {"p2", 2e-3, 3e-3, 0.75}, {"p3", 5e-3, 1e-3, 0.1}};
  compared.only_a = 1234;
  compared.only_b = 5;
  compared.median_ratio = 1.5;
  compared.layers_correlation = 0.25;
  CHECK(whole_text(tables::machine_compare_report(compared, "one", "two", 0)) == R"(
layers of two machines, the largest differences first
A: one   B: two
== 
problem "problem" text n30; seconds_a "A" seconds; seconds_b "B" seconds; ratio "B / A" ratio; deviation "to the median" ratio
| 'p1' | 0.001 | 0.004 | 4.0 | 2.0 |
| 'p2' | 0.002 | 0.003 | 1.5 | 0.75 |
| 'p3' | 0.005 | 0.001 | 0.2 | 0.1 |
* 3 layers have figures of both, 1,234 of A alone, 5 of B alone.
* Median of B / A: 1.500. Spearman's rank correlation of the layers' times: 0.250.
)");
  compared.networks = {{"n1", 2, 1, 0.5}, {"n2", 3, 6, 2}};
  compared.layers_correlation = {};
  compared.networks_correlation = -1;
  CHECK(whole_text(tables::machine_compare_report(compared, "one", "two", 1)) == R"(
layers of two machines, the largest differences first
A: one   B: two
== 
problem "problem" text n30; seconds_a "A" seconds; seconds_b "B" seconds; ratio "B / A" ratio; deviation "to the median" ratio
| 'p1' | 0.001 | 0.004 | 4.0 | 2.0 |
* 3 layers have figures of both, 1,234 of A alone, 5 of B alone.
* Median of B / A: 1.500. Spearman's rank correlation of the layers' times: not known.
== networks that were measured as a whole on both
network "network" text n30; seconds_a "A" seconds; seconds_b "B" seconds; ratio "B / A" ratio; deviation "to the median" ratio
| 'n1' | 2.0 | 1.0 | 0.5 | 0.5 |
* Spearman's rank correlation of the 2 networks' times: -1.000.
)");
  CHECK(tables::machine_compare_report(compared, "", "", 3).sections[0].table.rows.size() == 3);
  compared.layers.clear();
  compared.networks.clear();
  CHECK(whole_text(tables::machine_compare_report(compared, "one", "two", 0)) == R"(
layers of two machines, the largest differences first
A: one   B: two
== 
problem "problem" text n30; seconds_a "A" seconds; seconds_b "B" seconds; ratio "B / A" ratio; deviation "to the median" ratio
* No layer has figures of both machines: 1,234 of A alone, 5 of B alone. Profiles of the same networks on both give some.
)");
}

TEST_CASE("the rates of a machine by threads", "[measure]") {
  latency::Machine machine;
  machine.cpu = "a CPU";
  machine.isa = "avx2";
  machine.library = "oneDNN 9";
  machine.measured = "2026-05-04";
  machine.threads = 8;
  machine.peaks = {{"f32", 1, 100}, {"f32", 4, 390}, {"u8s8", 4, 800}};
  machine.bandwidths = {{"L1", 4, 900, 0}, {"memory", 1, 0.5, 0}, {"L1", 2, 450, 0}};
  CHECK(whole_text(tables::machine_report(machine, "")) == R"(
a CPU
8 processors   avx2   oneDNN 9   measured 2026-05-04
== peak rate of multiply-adds, 10^9 operations a second (a multiply-add is two)
type "type" text; threads_1 "1 thread" number; threads_2 "2 threads" number; threads_4 "4 threads" number
| 'f32' | 100.0 |  | 390.0 |
| 'u8s8' |  |  | 800.0 |
== bandwidth, 10^9 bytes a second
level "level" text; threads_1 "1 thread" number; threads_2 "2 threads" number; threads_4 "4 threads" number
| 'L1' |  | 450.0 | 900.0 |
| 'memory' | 0.5 |  |  |
)");
  machine.stable = false;
  const document::Document saved = tables::machine_report(machine, "m.json");
  CHECK(saved.title == "a CPU   unstable, at least these rates");
  CHECK(saved.sections[1].notes ==
        std::vector<std::string>{"saved in m.json: archcost measure takes its roofs from there, "
                                 "archcost analyze by --machine"});
}
