// SPDX-License-Identifier: Apache-2.0
// Networks on several engines: times taken over, whole reports, what is worth a sentence.
#include "reports/tables/engines_report.hpp"

#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Lines = std::vector<std::string>;

tables::EngineTimes times_on(const std::string& engine, double seconds,
                             std::vector<tables::EngineKernel> kernels) {
  return {engine, engine + " 1", seconds, true, std::move(kernels)};
}

// Half of the multiply-adds are of convolutions; no engine but the first has all kinds.
tables::NetworkOnEngines invented_engines(const std::string& label, double macs) {
  return {label,
          macs,
          {times_on("onednn", 8e-3, {{"conv", macs / 2, 3e-3}, {"linear", macs / 4, 4e-3}}),
           times_on("ort", 10e-3, {{"linear", macs / 4, 1e-3}, {"copy", 0, 7e-3}}),
           times_on("third", 4e-3, {{"conv", macs / 2, 2e-3}, {"conv", macs / 4, 1e-3}})}};
}

}  // namespace

TEST_CASE("an engine's times are those of the kernels, for the whole batch", "[engines]") {
  graph::Network network = network_of(
      spec_with("- conv: {name: a, out: 4, kernel: 3}\n- conv: {name: b, out: 2}\n", "3x5x7"));
  network.batch = 3;
  // 35 positions of 3 images.
  CHECK(tables::on_engines("x", network).macs == 105 * (108 + 8));
  CHECK(tables::on_engines("x", network).label == "x");
  CHECK(tables::on_engines("x", network).engines.empty());
  runner::Measurement m;
  m.machine = {"a CPU", "avx2", "onnxruntime", "1.2", "gpu"};
  m.seconds = 9;
  m.plain_seconds = 7;
  m.rows.resize(2);
  m.rows[0].layers = {0, 1};
  m.rows[0].main = 1;
  m.rows[0].seconds = 2;
  m.rows[1].reorder = true;
  m.rows[1].seconds = 3;
  const tables::EngineTimes measured = tables::engine_times(network, m);
  CHECK(measured.engine == "onnxruntime");
  CHECK(measured.library == "ONNX Runtime 1.2 on gpu");
  CHECK(measured.seconds == 7);
  CHECK(measured.complete);
  REQUIRE(measured.kernels.size() == 2);
  CHECK(measured.kernels[0].kind == "conv 1x1");
  CHECK(measured.kernels[0].macs == 105 * 116);
  CHECK(measured.kernels[0].seconds == 2);
  CHECK(measured.kernels[1].kind == "reorder");
  CHECK(measured.kernels[1].macs == 0);
  m.rows[1].fault = "hang";
  CHECK_FALSE(tables::engine_times(network, m).complete);
  latency::Predicted predicted;
  predicted.rows.resize(1);
  predicted.rows[0].layers = {0};
  predicted.rows[0].seconds = 4;
  predicted.seconds = 5;
  predicted.missing = 1;
  const tables::EngineTimes times = tables::engine_times(network, predicted, m.machine);
  CHECK(times.engine == "onnxruntime");
  CHECK(times.library == "ONNX Runtime 1.2 on gpu");
  CHECK(times.seconds == 5);
  CHECK_FALSE(times.complete);
  REQUIRE(times.kernels.size() == 1);
  CHECK(times.kernels[0].kind == "conv 3x3");
  CHECK(times.kernels[0].macs == 105 * 108);
  CHECK(times.kernels[0].seconds == 4);
}

TEST_CASE("a report of networks on three engines", "[engines]") {
  std::vector<tables::NetworkOnEngines> networks = {
      invented_engines("small", 100), invented_engines("big", 400), invented_engines("mid", 200)};
  networks[0].engines[0].seconds = 2e-3;
  networks[0].engines[1].seconds = 30e-3;
  networks[0].engines[2].seconds = 5e-3;
  networks[2].engines[1].complete = false;
  networks[2].engines[2].complete = false;
  networks[1].engines[2].kernels.clear();
  CHECK(whole_text(tables::engines_report(networks, "how they were got")) == R"(
engines side by side
how they were got
== 
network "network" text; macs "macs" count; onednn_seconds "onednn" seconds; ort_seconds "ort" seconds; third_seconds "third" seconds; ort/onednn "ort/onednn" ratio; third/onednn "third/onednn" ratio
| 'small' | 100 | 0.002 | 0.03 | 0.005 | 15.0 | 2.5 |
| 'big' | 400 | 0.008 | 0.01 | 0.004 | 1.25 | 0.5 |
| 'mid' | 200 | 0.008 | 0.01 | 0.004 | 1.25 | 0.5 |
== rank correlations
ranked_by "ranked by" text; and_by "and by" text; spearman "Spearman" ratio
| 'macs' | 'onednn' | 0.8660254038 |
| 'macs' | 'ort' | -0.8660254038 |
| 'macs' | 'third' | -0.8660254038 |
| 'onednn' | 'ort' | -1.0 |
| 'onednn' | 'third' | -1.0 |
| 'ort' | 'third' | 1.0 |
== small
kind "kind" text; macs_share "macs %" percent; onednn_seconds "onednn" seconds e1; onednn_share "time %" percent; ort_seconds "ort" seconds e1; ort_share "time %" percent; third_seconds "third" seconds e1; third_share "time %" percent; ort/onednn "ort/onednn" ratio; third/onednn "third/onednn" ratio
| 'conv' | 50.0 | 0.003 | 42.85714286 |  |  | 0.003 | 100.0 |  | 1.0 |
| 'linear' | 25.0 | 0.004 | 57.14285714 | 0.001 | 12.5 |  |  | 0.25 |  |
| 'copy' |  |  |  | 0.007 | 87.5 |  |  |  |  |
= 'total' |  | 0.007 |  | 0.008 |  | 0.003 |  | 1.142857143 | 0.4285714286 |
== big
kind "kind" text; macs_share "macs %" percent; onednn_seconds "onednn" seconds e1; onednn_share "time %" percent; ort_seconds "ort" seconds e1; ort_share "time %" percent; third_seconds "third" seconds e1; third_share "time %" percent; ort/onednn "ort/onednn" ratio; third/onednn "third/onednn" ratio
| 'conv' | 50.0 | 0.003 | 42.85714286 |  |  |  |  |  |  |
| 'linear' | 25.0 | 0.004 | 57.14285714 | 0.001 | 12.5 |  |  | 0.25 |  |
| 'copy' |  |  |  | 0.007 | 87.5 |  |  |  |  |
= 'total' |  | 0.007 |  | 0.008 |  |  |  | 1.142857143 |  |
== mid
kind "kind" text; macs_share "macs %" percent; onednn_seconds "onednn" seconds e1; onednn_share "time %" percent; ort_seconds "ort" seconds e1; ort_share "time %" percent; third_seconds "third" seconds e1; third_share "time %" percent; ort/onednn "ort/onednn" ratio; third/onednn "third/onednn" ratio
| 'conv' | 50.0 | 0.003 | 42.85714286 |  |  | 0.003 | 100.0 |  | 1.0 |
| 'linear' | 25.0 | 0.004 | 57.14285714 | 0.001 | 12.5 |  |  | 0.25 |  |
| 'copy' |  |  |  | 0.007 | 87.5 |  |  |  |  |
= 'total' |  | 0.007 |  | 0.008 |  | 0.003 |  | 1.142857143 | 0.4285714286 |
* small: ort 1 is faster at linear (4.00 times)
* big: ort 1 is faster at linear (4.00 times)
* mid: ort 1 is faster at linear (4.00 times)
* mid on ort is incomplete: kernels without a figure; 'archcost profile --engine ort' measures them, --estimate estimates them
* mid on third is incomplete: kernels without a figure; 'archcost profile --engine third' measures them, --estimate estimates them
)");
  networks.pop_back();
  CHECK(tables::engine_ranks_table(networks).columns.empty());
  CHECK(tables::engines_report(networks, "").sections.size() == 3);
  // What is not known has no ratio.
  networks[0].engines[2].seconds = 0;
  networks[1].engines[0].seconds = 0;
  const document::Table totals = tables::engine_totals_table(networks);
  CHECK(whole_text(document::Table{{}, totals.rows}) ==
        R"(| 'small' | 100 | 0.002 | 0.03 |  | 15.0 |  |
| 'big' | 400 |  | 0.01 | 0.004 |  |  |
)");
}

TEST_CASE("ranks of engines and multiply-adds against each other", "[engines]") {
  std::vector<tables::NetworkOnEngines> networks;
  const double first[] = {1, 2, 3}, second[] = {2, 1, 3}, third[] = {5, 5, 5};
  for (std::size_t k = 0; k < 3; ++k)
    networks.push_back(
        {"n",
         30.0 - 10 * static_cast<double>(k),
         {times_on("a", first[k], {}), times_on("b", second[k], {}), times_on("c", third[k], {})}});
  CHECK(whole_text(tables::engine_ranks_table(networks)) ==
        R"(ranked_by "ranked by" text; and_by "and by" text; spearman "Spearman" ratio
| 'macs' | 'a' | -1.0 |
| 'macs' | 'b' | -0.5 |
| 'macs' | 'c' |  |
| 'a' | 'b' | 0.5 |
| 'a' | 'c' |  |
| 'b' | 'c' |  |
)");
  // Networks whose time one of them doesn't know have no rank.
  const auto ranks = tables::engine_ranks_table(networks).rows;
  networks.insert(networks.begin(),
                  {"n", 99, {times_on("a", 9, {}), times_on("b", 0, {}), times_on("c", 1, {})}});
  CHECK(tables::engine_ranks_table(networks).rows == ranks);
  networks.pop_back();
  CHECK(tables::engine_ranks_table(networks).rows.empty());
  CHECK(tables::engine_ranks_table({}).rows.empty());
}

TEST_CASE("which kinds an engine is faster at, and which are not worth a sentence", "[engines]") {
  const auto findings = [](std::vector<tables::EngineKernel> a, std::vector<tables::EngineKernel> b,
                           double seconds_a = 1, double seconds_b = 1) {
    return tables::engine_findings(
        {{"net",
          0,
          {times_on("one", seconds_a, std::move(a)), times_on("two", seconds_b, std::move(b))}}});
  };
  CHECK(findings({{"conv", 0, 0.5}}, {{"conv", 0, 0.25}}) ==
        Lines{"net: two 1 is faster at conv (2.00 times)"});
  CHECK(findings({{"conv", 0, 0.25}}, {{"conv", 0, 0.5}}) ==
        Lines{"net: one 1 is faster at conv (2.00 times)"});
  CHECK(findings({{"conv", 0, 0.1}, {"linear", 0, 0.3}, {"pool", 0, 0.4}, {"relu", 0, 0.1}},
                 {{"conv", 0, 0.3}, {"linear", 0, 0.1}, {"pool", 0, 0.1}, {"relu", 0, 0.125}}) ==
        Lines{"net: two 1 is faster at linear (3.00 times), pool (4.00 times); one 1 is faster at "
              "conv (3.00 times), relu (1.25 times)"});
  // As good as equal.
  CHECK(findings({{"conv", 0, 0.114}}, {{"conv", 0, 0.1}}).empty());
  CHECK(findings({{"conv", 0, 0.1}}, {{"conv", 0, 0.114}}).empty());
  CHECK(findings({{"conv", 0, 0.116}}, {{"conv", 0, 0.1}}).size() == 1);
  CHECK(findings({{"conv", 0, 0.1}}, {{"conv", 0, 0.116}}).size() == 1);
  // A small share of the time on both.
  CHECK(findings({{"conv", 0, 0.01}}, {{"conv", 0, 0.029}}).empty());
  CHECK(findings({{"conv", 0, 0.01}}, {{"conv", 0, 0.031}}).size() == 1);
  CHECK(findings({{"conv", 0, 0.031}}, {{"conv", 0, 0.01}}).size() == 1);
  CHECK(findings({{"conv", 0, 0.01}}, {{"conv", 0, 0.031}}, 1, 2).empty());
  CHECK(findings({{"conv", 0, 0.031}}, {{"conv", 0, 0.01}}, 2, 1).empty());
  // Not known on one of them.
  CHECK(findings({{"conv", 0, 0.5}}, {{"linear", 0, 0.5}}).empty());
  CHECK(findings({{"conv", 0, 0.5}, {"linear", 0, 0.5}}, {{"linear", 0, 0.1}}).size() == 1);
  CHECK(findings({{"conv", 0, 0.5}}, {{"conv", 0, 0.25}}, 0, 1).empty());
  CHECK(findings({{"conv", 0, 0.5}}, {{"conv", 0, 0.25}}, 1, 0).empty());
  CHECK(findings({}, {}).empty());
  // The first is held against each of the others.
  CHECK(tables::engine_findings(
            {{"net",
              0,
              {times_on("one", 1, {{"conv", 0, 0.5}}), times_on("two", 0, {}),
               times_on("three", 1, {{"conv", 0, 0.25}})}},
             {"other",
              0,
              {times_on("one", 1, {{"conv", 0, 0.5}}), times_on("two", 1, {{"conv", 0, 0.5}}),
               times_on("three", 1, {{"conv", 0, 1}})}}}) ==
        Lines{"net: three 1 is faster at conv (2.00 times)",
              "other: one 1 is faster at conv (2.00 times)"});
}
