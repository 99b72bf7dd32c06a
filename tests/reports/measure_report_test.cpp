// SPDX-License-Identifier: Apache-2.0
// Reports of measurements, whole, from invented times: what is read and written, roofs, notes.
#include "reports/tables/kernel_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Two branches from one convolution, added; 7 rows of 5, batch 2.
graph::Network branching_network() {
  graph::Network network = network_of(spec_with(
      "- conv: {name: a, out: 4, kernel: 3}\n- relu: {name: r}\n"
      "- conv: {name: b, out: 6, stride: 2}\n- conv: {name: c, from: a, out: 6, stride: 2}\n"
      "- add: {name: s, from: [b, c]}",
      "3x7x5"));
  network.batch = 2;
  network.layers[2].name = "stage.b";
  return network;
}

runner::MeasuredRow measured_step(std::vector<graph::LayerId> layers, double seconds,
                                  double spread) {
  runner::MeasuredRow row;
  row.layers = std::move(layers);
  if (!row.layers.empty()) {
    row.main = row.layers.front();
    row.value = row.layers.back();
  }
  row.problem = fmt::format("problem {}", row.main);
  row.implementation = "jit:avx2";
  row.seconds = seconds;
  row.spread = spread;
  return row;
}

// Fused rows, a reorder, one of the engine's own and one that failed.
runner::Measurement invented_measurement() {
  runner::Measurement m;
  m.cpu = "a CPU";
  m.library = "oneDNN 9";
  m.isa = "avx2";
  m.date = "2026-05-04";
  m.machine.engine = "onednn";
  m.machine.version = "9";
  m.options.threads = 2;
  m.rows = {measured_step({0, 1}, 4e-6, 0.04), measured_step({2, 4}, 3e-6, 0.03),
            measured_step({3}, 2e-6, 0.02), measured_step({}, 1e-6, 0.01),
            measured_step({}, 6e-6, 0.05)};
  m.rows[1].implementation = "ref:any";
  m.rows[1].origin = plan::KernelOrigin::kReference;
  m.rows[3].reorder = true;
  m.rows[3].main = 2;
  m.rows[3].value = 0;
  m.rows[3].implementation = "copy";
  m.rows[3].origin = plan::KernelOrigin::kPlainLoops;
  m.rows[4].label = latency::RowLabel{"between", "between kernels"};
  m.rows[4].implementation = "";
  m.seconds = 16e-6;
  m.spread = 0.096;
  m.plain_seconds = 15e-6;
  m.fastest_seconds = 12e-6;
  m.reference_seconds = 7e-3;
  m.reference_spread = 0.011;
  m.passes = 84;
  m.blocks = 6;
  m.arena_bytes = 3 << 20;
  m.weight_bytes = 5 << 19;
  return m;
}

latency::Machine invented_machine() {
  latency::Machine machine;
  machine.peaks = {{"f32", 1, 1}, {"f32", 2, 10}};
  machine.bandwidths = {{"L1", 2, 3, 0}, {"memory", 2, 2, 0}, {"memory", 1, 1, 0}};
  machine.caches = {{"L1", 600}};
  return machine;
}

}  // namespace

TEST_CASE("a measurement by kernel: roofs, shares and notes", "[measure]") {
  const graph::Network network = branching_network();
  tables::MeasureReportOptions options;
  options.machine = invented_machine();
  CHECK(whole_text(tables::measure_report(network, invented_measurement(), options)) == R"(
test   3x7x5   batch 2   0.016 ms ± 9.6 %
f32   2 threads   oneDNN 9   avx2   a CPU
== 
layer "layer" text n28; kind "kind" text e4; macs "macs" count e6; macs_share "macs %" percent; seconds "time" seconds; seconds_share "time %" percent; spread_percent "± %" percent e5; gflops "GFLOP/s" number; intensity "ops/byte" number e7; roof_share "of roof %" percent e2; bound "bound by" text e1 wrap; implementation "kernel" text e3 cut
| 'a' | 'conv 3x3' | 7560 | 86.7768595 | 4e-06 | 25.0 | 4.0 | 3.78 | 6.321070234 | 37.8 | 'compute' | 'jit:avx2' |
| 'stage.b' | 'conv 1x1' | 576 | 6.611570248 | 3e-06 | 18.75 | 3.0 | 0.384 | 0.4864864865 | 39.46666667 | 'memory bandwidth' | 'ref:any (reference)' |
| 'c' | 'conv 1x1' | 576 | 6.611570248 | 2e-06 | 12.5 | 2.0 | 0.576 | 0.6428571429 | 44.8 | 'memory bandwidth' | 'jit:avx2' |
| 'reorder for stage.b' | 'reorder' |  |  | 1e-06 | 6.25 | 1.0 |  |  | 112.0 | 'memory bandwidth' | 'copy (plain loops)' |
| 'between' | 'between kernels' |  |  | 6e-06 | 37.5 | 5.0 |  |  |  | '' | '' |
= 'total' | '' | 8712 |  | 1.6e-05 |  | 9.6 | 1.089 | 1.981801638 | 29.45 | '' | '' |
* 84 passes in 6 blocks, caches as in the network; without time stamps 0.015 ms; reference layer 7 ms ± 1.1 %; activations and scratch 3.00 MiB, weights 2.50 MiB
* 18.8 % of the time in reference kernels of the library, 6.2 % in plain loops of archcost
* the blocks differ by ± 9.6 %; try --pin CPU, --blocks 12, or a quiet machine
)");
}

TEST_CASE("a measurement by kind and by stage", "[measure]") {
  const graph::Network network = branching_network();
  runner::Measurement m = invented_measurement();
  m.options.threads = 1;
  m.options.cpu = 0;
  m.options.processes = 2;
  m.rows[2].option.method = plan::Method::kWinograd;
  m.rejected.reference = 1;
  m.arena_bytes = 0;
  m.core_latency = 41.6e-9;
  m.usual_core_latency = 41e-9;
  m.process_seconds = {4e-3, 6e-3};
  m.process_references = {2e-3, 4e-3};
  m.error = 2.5e-6;
  tables::MeasureReportOptions options;
  options.grouping = cost::Grouping::kKind;
  CHECK(whole_text(tables::measure_report(network, m, options)) == R"(
test   3x7x5   batch 2   0.016 ms ± 9.6 %
f32   1 thread, processor 0   oneDNN 9   avx2   a CPU
== 
kind "kind" text n28; kernels "kernels" integer e4; macs "macs" count e6; macs_share "macs %" percent; seconds "time" seconds; seconds_share "time %" percent; gflops "GFLOP/s" number; implementation "kernel" text e8 cut
| 'conv 3x3' | 1 | 7560 | 86.7768595 | 4e-06 | 25.0 | 3.78 | 'jit:avx2' |
| 'conv 1x1' | 2 | 1152 | 13.2231405 | 5e-06 | 31.25 | 0.4608 | 'ref:any (reference), jit:avx2' |
| 'reorder' | 1 |  |  | 1e-06 | 6.25 |  | 'copy (plain loops)' |
| 'between kernels' | 1 |  |  | 6e-06 | 37.5 |  | '' |
= 'total' | 5 | 8712 |  | 1.6e-05 |  | 1.089 | '' |
* 84 passes in 7 blocks of 2 processes, 6 of them good, caches as in the network; without time stamps 0.015 ms; reference layer 7 ms ± 1.1 %; weights 2.50 MiB
* core-to-core latency 42 ns
* between 2 processes the time varies by 28.28 %, as a ratio to the reference layer by 20.20 % (standard deviation)
* 18.8 % of the time in reference kernels of the library, 6.2 % in plain loops of archcost
* some 3x3 convolutions use the library's Winograd algorithm, with 2.25 to 4 times fewer multiplications than are counted, so they may exceed the roof; its rounding error is larger (up to 1e-3 of the largest output); --no-winograd excludes it
* checked against plain loops: largest error 2.5e-06 of the largest output
* no roof: archcost machine measures what this machine can do
* the machine was busy: 1 of 7 blocks is left out: the time of the reference layer changed by more than 10 % in 1; stop other programs, or try --blocks 14
)");
  options.grouping = cost::Grouping::kStage;
  options.order = {"time:asc", 1};
  options.machine = invented_machine();
  options.machine->stable = false;
  m.machine.engine = "onnxruntime";
  m.rejected = {};
  m.process_seconds = {4e-3};
  CHECK(whole_text(tables::measure_report(network, m, options)) == R"(
test   3x7x5   batch 2   0.016 ms ± 9.6 %
f32   1 thread, processor 0   oneDNN 9   avx2   a CPU
== 
stage "stage" text n28; kernels "kernels" integer e4; macs "macs" count e6; macs_share "macs %" percent; seconds "time" seconds; seconds_share "time %" percent; gflops "GFLOP/s" number; intensity "ops/byte" number e7; roof_share "of roof %" percent e2; bound "bound by" text e1 wrap; implementation "kernel" text e8 cut
| 'c' | 1 | 576 | 6.611570248 | 2e-06 | 12.5 | 0.576 | 0.6428571429 | 89.6 | 'memory bandwidth' | 'jit:avx2' |
| '3 others' | 4 | 8136 | 93.38842975 | 1.4e-05 | 87.5 | 1.162285714 | 2.324571429 | 140.9142857 | 'compute, memory bandwidth' | '' |
= 'total' | 5 | 8712 |  | 1.6e-05 |  | 1.089 | 1.981801638 | 134.5 | '' | '' |
* 84 passes in 6 blocks of 2 processes, caches as in the network; without time stamps 0.015 ms; reference layer 7 ms ± 1.1 %; weights 2.50 MiB
* core-to-core latency 42 ns
* some 3x3 convolutions use the library's Winograd algorithm, with 2.25 to 4 times fewer multiplications than are counted, so they may exceed the roof; its rounding error is larger (up to 1e-3 of the largest output); --no-winograd excludes it
* checked against plain loops: largest error 2.5e-06 of the largest output
* the roofs were measured on a busy machine: 'archcost machine' measures again
* the blocks differ by ± 9.6 %; try --pin CPU, --blocks 12, or a quiet machine
)");
}

TEST_CASE("a measurement of a busy machine, and one of a step that did not run", "[measure]") {
  const graph::Network network = branching_network();
  runner::Measurement m = invented_measurement();
  m.rows[2].fault = "SIGFPE";
  m.rows[2].seconds = 0;
  m.blocks = 0;
  m.rejected.interrupted = 1;
  tables::MeasureReportOptions options;
  options.machine = invented_machine();
  const document::Document one = tables::measure_report(network, m, options);
  CHECK(one.title == "test   3x7x5   batch 2   unstable, at most 0.012 ms   incomplete");
  CHECK(one.sections[0].table.columns[6].key == "gflops");
  CHECK(whole_text(one.sections[0]) == R"(== 
layer "layer" text n28; kind "kind" text e4; macs "macs" count e6; macs_share "macs %" percent; seconds "time" seconds; seconds_share "time %" percent; gflops "GFLOP/s" number; intensity "ops/byte" number e7; roof_share "of roof %" percent e2; bound "bound by" text e1 wrap; implementation "kernel" text e3 cut
| 'a' | 'conv 3x3' | 7560 | 86.7768595 | 4e-06 | 28.57142857 | 3.78 | 6.321070234 | 37.8 | 'compute' | 'jit:avx2' |
| 'stage.b' | 'conv 1x1' | 576 | 6.611570248 | 3e-06 | 21.42857143 | 0.384 | 0.4864864865 | 39.46666667 | 'memory bandwidth' | 'ref:any (reference)' |
| 'c' | 'conv 1x1' | 576 | 6.611570248 |  |  |  | 0.6428571429 |  | '' | 'failed: SIGFPE' |
| 'reorder for stage.b' | 'reorder' |  |  | 1e-06 | 7.142857143 |  |  | 112.0 | 'memory bandwidth' | 'copy (plain loops)' |
| 'between' | 'between kernels' |  |  | 6e-06 | 42.85714286 |  |  |  | '' | '' |
= 'total (incomplete)' | '' | 8712 |  | 1.4e-05 |  | 1.244571429 | 1.981801638 | 27.25714286 | '' | '' |
* unstable: the total is the fastest pass, an upper bound of the time on a quiet machine; rows share it out as the mean over the blocks does
* 84 passes in 1 block, none of them good, caches as in the network; reference layer 7 ms; activations and scratch 3.00 MiB, weights 2.50 MiB
* 21.4 % of the time in reference kernels of the library, 7.1 % in plain loops of archcost
* 'c' did not run (SIGFPE): the total is incomplete
)");
  m.rejected.interrupted = 2;
  CHECK(tables::measure_report(network, m, options).sections[0].table.columns[6].key ==
        "spread_percent");
  m.blocks = 2;
  m.rejected.interrupted = 0;
  m.spread = 0.2;
  m.profiled_seconds = 30e-6;
  m.kernel_seconds = 15e-6;
  CHECK(whole_text(tables::measure_report(network, m, options)) == R"(
test   3x7x5   batch 2   unstable, at most 0.012 ms   incomplete
f32   2 threads   oneDNN 9   avx2   a CPU
== 
layer "layer" text n28; kind "kind" text e4; macs "macs" count e6; macs_share "macs %" percent; seconds "time" seconds; seconds_share "time %" percent; spread_percent "± %" percent e5; gflops "GFLOP/s" number; intensity "ops/byte" number e7; roof_share "of roof %" percent e2; bound "bound by" text e1 wrap; implementation "kernel" text e3 cut
| 'a' | 'conv 3x3' | 7560 | 86.7768595 | 4e-06 | 28.57142857 | 4.0 | 3.78 | 6.321070234 | 37.8 | 'compute' | 'jit:avx2' |
| 'stage.b' | 'conv 1x1' | 576 | 6.611570248 | 3e-06 | 21.42857143 | 3.0 | 0.384 | 0.4864864865 | 39.46666667 | 'memory bandwidth' | 'ref:any (reference)' |
| 'c' | 'conv 1x1' | 576 | 6.611570248 |  |  |  |  | 0.6428571429 |  | '' | 'failed: SIGFPE' |
| 'reorder for stage.b' | 'reorder' |  |  | 1e-06 | 7.142857143 | 1.0 |  |  | 112.0 | 'memory bandwidth' | 'copy (plain loops)' |
| 'between' | 'between kernels' |  |  | 6e-06 | 42.85714286 | 5.0 |  |  |  | '' | '' |
= 'total (incomplete)' | '' | 8712 |  | 1.4e-05 |  | 20.0 | 1.244571429 | 1.981801638 | 27.25714286 | '' | '' |
* unstable: the total is the fastest pass, an upper bound of the time on a quiet machine; rows share it out as the mean over the blocks does
* 84 passes in 2 blocks, caches as in the network; reference layer 7 ms ± 1.1 %; activations and scratch 3.00 MiB, weights 2.50 MiB
* rows are of the engine's profiler: kernels 0.015 ms; a pass takes 0.03 ms with it (+100.0 %) and 0.015 ms without, which is the total
* 21.4 % of the time in reference kernels of the library, 7.1 % in plain loops of archcost
* 'c' did not run (SIGFPE): the total is incomplete
)");
  m.plain_seconds = 0;
  CHECK(contains(tables::measure_report(network, m, options).sections[0].notes[2], "(+0.0 %)"));
}

TEST_CASE("a measurement as JSON", "[measure]") {
  const graph::Network network = branching_network();
  runner::Measurement m = invented_measurement();
  tables::MeasureReportOptions options;
  options.order = {"time", 4};
  options.machine = invented_machine();
  const std::string text = tables::measure_json(network, m, options);
  CHECK(
      short_json(text) ==
      R"({"arena_bytes":3145728,"batch":2,"blocks":6,"caches":"as in the network","complete":true,"core_latency_seconds":0.0,"cpu":"a CPU","data_type":"f32","date":"2026-05-04","engine":"onednn","fastest_seconds":1.2e-05,"input":"3x7x5","isa":"avx2","library":"oneDNN 9","network":"test","passes":84,"plain_seconds":1.5e-05,"process_reference_seconds":[],"process_seconds":[],"provider":"cpu","reference_seconds":0.007,"reference_spread":0.011,"rejected_blocks":0,"rows":[{"bound":"","bytes":0.0,"implementation":"","kind":"between kernels","layers":[],"macs":0.0,"name":"between","option":"nhwc>nhwc","origin":"library","problem":"problem 0","roof_seconds":0.0,"seconds":6e-06,"spread":0.05},{"bound":"compute","bytes":2392.0,"implementation":"jit:avx2","kind":"conv 3x3","layers":["a","r"],"macs":7560.0,"name":"a","option":"nhwc>nhwc","origin":"library","problem":"problem 0","roof_seconds":1.512e-06,"seconds":4e-06,"spread":0.04},{"bound":"memory bandwidth","bytes":2368.0,"implementation":"ref:any","kind":"conv 1x1","layers":["stage.b","s"],"macs":576.0,"name":"stage.b","option":"nhwc>nhwc","origin":"reference","problem":"problem 2","roof_seconds":1.184e-06,"seconds":3e-06,"spread":0.03},{"bound":"memory bandwidth","bytes":1792.0,"implementation":"jit:avx2","kind":"conv 1x1","layers":["c"],"macs":576.0,"name":"c","option":"nhwc>nhwc","origin":"library","problem":"problem 3","roof_seconds":8.96e-07,"seconds":2e-06,"spread":0.02}],"seconds":1.6e-05,"spread":0.096,"stable":true,"threads":2,"version":"9","warning":"the blocks differ by ± 9.6 %; try --pin CPU, --blocks 12, or a quiet machine","weight_bytes":2621440})");
  CHECK(text == nlohmann::json::parse(text).dump(2) + "\n");
  m.rows.resize(1);
  m.rows[0].fault = "hang";
  m.blocks = 1;
  m.spread = 0.2;
  m.options.cpu = 0;
  m.error = 0;
  m.profiled_seconds = 17e-6;
  m.kernel_seconds = 13e-6;
  m.process_seconds = {1, 2};
  m.process_references = {3, 4};
  CHECK(
      short_json(tables::measure_json(network, m, {})) ==
      R"({"arena_bytes":3145728,"batch":2,"blocks":1,"caches":"as in the network","complete":false,"core_latency_seconds":0.0,"cpu":"a CPU","data_type":"f32","date":"2026-05-04","engine":"onednn","error":0.0,"fastest_seconds":1.2e-05,"input":"3x7x5","isa":"avx2","kernel_seconds":1.3e-05,"library":"oneDNN 9","network":"test","passes":84,"plain_seconds":1.5e-05,"process_reference_seconds":[3.0,4.0],"process_seconds":[1.0,2.0],"processor":0,"profiled_seconds":1.7e-05,"provider":"cpu","reference_seconds":0.007,"reference_spread":null,"rejected_blocks":0,"rows":[{"bytes":2392.0,"fault":"hang","implementation":"jit:avx2","kind":"conv 3x3","layers":["a","r"],"macs":7560.0,"name":"a","option":"nhwc>nhwc","origin":"library","problem":"problem 0","seconds":4e-06,"spread":null}],"seconds":1.6e-05,"spread":null,"stable":false,"threads":2,"version":"9","warning":"unstable: the blocks differ by ± 20.0 %; on a quiet machine it takes at most 0.012 ms, the fastest of 84 passes","weight_bytes":2621440})");
}

TEST_CASE("a fused kernel writes what its last layer gives", "[measure]") {
  runner::Measurement m = invented_measurement();
  m.rows = {measured_step({1, 2}, 1e-3, 0.01)};
  m.blocks = 2;
  m.profiled_seconds = 1e-3;
  m.spread = 0.03;
  const graph::Network network = branching_network();
  const auto json = nlohmann::json::parse(tables::measure_json(network, m, {}));
  // 4 * 35 numbers of two images, 24 weights, 6 * 12 numbers of two images.
  CHECK(json["rows"][0]["bytes"] == 4 * (280 + 24 + 144));
  CHECK(json["rows"][0]["spread"] == 0.01);
  CHECK(json["spread"] == 0.03);
  CHECK_FALSE(json.contains("warning"));
  CHECK_FALSE(
      contains(tables::measure_report(network, m, {}).sections[0].notes[0], "without time stamps"));
}

TEST_CASE("the roof of a kernel is the slower of arithmetic and memory", "[measure]") {
  const graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 4, kernel: 3, bias: false}", "2x3x5"));
  // 72 weights for each of 15 positions: 2,160 operations; 30 + 72 + 60 numbers: 648 bytes.
  runner::Measurement m;
  m.rows = {measured_step({0}, 1e-3, 0)};
  m.blocks = 1;
  const auto bound = [&](double gflops, double gbs, double cache) {
    tables::MeasureReportOptions options;
    options.machine.emplace();
    options.machine->peaks = {{"f32", 1, gflops}};
    options.machine->bandwidths = {{"L2", 1, gbs, 0}, {"memory", 1, gbs / 2, 0}};
    options.machine->caches = {{"L2", cache}};
    const auto json = nlohmann::json::parse(tables::measure_json(network, m, options));
    return fmt::format("{} {:.5g}", json["rows"][0]["bound"].get<std::string>(),
                       json["rows"][0]["roof_seconds"].get<double>());
  };
  CHECK(bound(2.16, 0.6481, 648) == "compute 1e-06");
  CHECK(bound(2.16, 0.648, 648) == "compute 1e-06");
  CHECK(bound(2.16, 0.324, 648) == "L2 bandwidth 2e-06");
  CHECK(bound(2.16, 0.324, 647) == "memory bandwidth 4e-06");
  CHECK(bound(0, 0.324, 648) == "L2 bandwidth 2e-06");
  CHECK(bound(2.16, 0, 648) == "compute 1e-06");
  CHECK(bound(0, 0, 648) == "compute 0");
}
