// SPDX-License-Identifier: Apache-2.0
// Tables of costs, whole: columns and how soon they give way, rows, sums, shares, notes.
#include "core/text.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Two branches of unlike sizes in stages and blocks, for two images.
graph::Network costed_network() {
  graph::Network network = network_of(spec_with(
      "- conv: {name: a, out: 4, kernel: [3, 1], bias: true}\n- batch_norm: {name: n}\n"
      "- sigmoid: {name: g}\n- conv: {name: b, out: 6, stride: 2}\n"
      "- max_pool: {name: p, from: n, kernel: 2}\n- conv: {name: c, out: 6}\n"
      "- add: {name: s, from: [b, c]}\n- global_avg_pool: {name: q}\n- linear: {name: l, out: 5}\n",
      "3x8x6"));
  const char* names[] = {"stem.conv",  "stem.norm", "one.x.gate", "one.x.conv", "one.y.pool",
                         "one.y.conv", "one.sum",   "head.pool",  "head.linear"};
  for (std::size_t k = 0; k < network.layers.size(); ++k) network.layers[k].name = names[k];
  network.batch = 2;
  network.parameters = {{"alpha", "α", spec::Value(spec::Number(1)), true},
                        {"kept", "kept", spec::Value(spec::Number(2)), true},
                        {"changed", "changed", spec::Value(spec::Number(3)), false}};
  return network;
}

std::string whole_costs(const graph::Network& network, const tables::CostReportOptions& options,
                        const cost::CountOptions& counted = {}) {
  return whole_text(tables::cost_report(network, cost::count(network, counted), options));
}

cost::CountOptions with_roofline() {
  cost::CountOptions options;
  options.roofline = cost::Roofline{0.5, 0.25, 3, false};
  return options;
}

}  // namespace

TEST_CASE("costs by layer", "[analyze]") {
  CHECK(whole_costs(costed_network(), {}) == R"(
test
α 1   changed 3   3x8x6   batch 2   convention: macs
== 
layer "layer" text n34; class "kind" text e8 n15; output "output" text e7 n15; params "params" count n15; params_share "%" percent e9 n15; cost "macs" count n15; cost_share "%" percent e1 n15
| 'stem.conv' | 'conv 3x1' | '4x8x6' | 40 | 30.53435115 | 3456 | 74.03598972 |
| 'stem.norm' | 'batch norm' | '4x8x6' | 8 | 6.106870229 | 0 | 0.0 |
| 'one.x.gate' | 'sigmoid' | '4x8x6' | 0 | 0.0 | 0 | 0.0 |
| 'one.x.conv' | 'conv 1x1' | '6x4x3' | 24 | 18.32061069 | 576 | 12.33933162 |
| 'one.y.pool' | 'max pool 2x2' | '4x4x3' | 0 | 0.0 | 0 | 0.0 |
| 'one.y.conv' | 'conv 1x1' | '6x4x3' | 24 | 18.32061069 | 576 | 12.33933162 |
| 'one.sum' | 'add' | '6x4x3' | 0 | 0.0 | 0 | 0.0 |
| 'head.pool' | 'global avg pool' | '6x1x1' | 0 | 0.0 | 0 | 0.0 |
| 'head.linear' | 'linear' | '5x1x1' | 35 | 26.71755725 | 60 | 1.285347044 |
= 'total' | '9 layers' |  | 131 |  | 4668 |  |
* 4 of the 9 layers have weights: the number that papers count.
* The longest chain of layers has 7 of them and 87.7 % of the macs.
)");
  CHECK(whole_costs(costed_network(), {.detail = tables::Detail::kData}) == R"(
test
α 1   changed 3   3x8x6   batch 2   convention: macs
== 
layer "layer" text n34; kind "kind" text n15; class "class" text n15; channels "channels" integer n15; height "height" integer n15; width "width" integer n15; params "params" count n15; weights "weights" count n15; buffers "buffers" count n15; macs "macs" count n15; bias_adds "bias adds" count n15; elementwise "elementwise" count n15; compares "compares" count n15; transcendentals "transcend." count n15; pool_ops "pool ops" count n15; activations "activations" count n15; cost "cost" count n15; flops "flops" count n15; train_flops "train flops" count n15; weight_bytes "weight bytes" bytes n15; input_bytes "input bytes" bytes n15; output_bytes "output bytes" bytes n15; traffic "traffic" bytes n15; intensity "ops/byte" number n15; receptive_field "sees" numbertext n15; effective_stride "stride" numbertext n15
| 'stem.conv' | 'conv' | 'conv 3x1' | 4 | 8 | 6 | 40 | 36 | 0 | 3456 | 384 | 0 | 0 | 0 | 0 | 384 | 3456 | 7296 | 14592 | 160 | 1152 | 1536 | 2848 | 2.561797753 | '3x1' | '1x1' |
| 'stem.norm' | 'batch_norm' | 'batch norm' | 4 | 8 | 6 | 8 | 0 | 8 | 0 | 0 | 768 | 0 | 0 | 0 | 384 | 0 | 768 | 1536 | 64 | 1536 | 1536 | 3136 | 0.2448979592 | '3x1' | '1x1' |
| 'one.x.gate' | 'sigmoid' | 'sigmoid' | 4 | 8 | 6 | 0 | 0 | 0 | 0 | 0 | 768 | 0 | 384 | 0 | 384 | 0 | 1152 | 2304 | 0 | 1536 | 1536 | 3072 | 0.375 | '3x1' | '1x1' |
| 'one.x.conv' | 'conv' | 'conv 1x1' | 6 | 4 | 3 | 24 | 24 | 0 | 576 | 0 | 0 | 0 | 0 | 0 | 144 | 576 | 1152 | 3456 | 96 | 1536 | 576 | 2208 | 0.5217391304 | '3x1' | '2x2' |
| 'one.y.pool' | 'max_pool' | 'max pool 2x2' | 4 | 4 | 3 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 384 | 96 | 0 | 384 | 768 | 0 | 1536 | 384 | 1920 | 0.2 | '4x2' | '2x2' |
| 'one.y.conv' | 'conv' | 'conv 1x1' | 6 | 4 | 3 | 24 | 24 | 0 | 576 | 0 | 0 | 0 | 0 | 0 | 144 | 576 | 1152 | 3456 | 96 | 384 | 576 | 1056 | 1.090909091 | '4x2' | '2x2' |
| 'one.sum' | 'add' | 'add' | 6 | 4 | 3 | 0 | 0 | 0 | 0 | 0 | 144 | 0 | 0 | 0 | 144 | 0 | 144 | 288 | 0 | 1152 | 576 | 1728 | 0.08333333333 | '4x2' | '2x2' |
| 'head.pool' | 'global_avg_pool' | 'global avg pool' | 6 | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 144 | 12 | 0 | 144 | 288 | 0 | 576 | 48 | 624 | 0.2307692308 | 'all' | '-' |
| 'head.linear' | 'linear' | 'linear' | 5 | 1 | 1 | 35 | 30 | 0 | 60 | 10 | 0 | 0 | 0 | 0 | 10 | 60 | 130 | 390 | 140 | 48 | 40 | 228 | 0.5701754386 | 'all' | '-' |
= 'total' |  |  |  |  |  | 131 | 114 | 8 | 4668 | 394 | 1680 | 0 | 384 | 528 | 1702 | 4668 | 12322 | 27078 | 556 | 9456 | 6808 | 16820 | 0.7325802616 |  |  |
* 4 of the 9 layers have weights: the number that papers count.
* The longest chain of layers has 7 of them and 87.7 % of the macs.
)");
}

TEST_CASE("costs by layer under a roofline, the largest first", "[analyze]") {
  graph::Network network = costed_network();
  network.input_given = true;
  network.notes = {"a note of the spec"};
  cost::CountOptions counted = with_roofline();
  counted.latency = {1e-3, 0, 0, 2e-3, 0, 5e-3, 0, 0, 0};
  counted.latency_between = 4e-3;
  CHECK(whole_costs(network, {.sort = "activations:asc", .top = 3}, counted) == R"(
test
α 1   changed 3   3x8x6 (given)   batch 2   convention: macs
== 
layer "layer" text n34; class "kind" text e8 n15; output "output" text e7 n15; params "params" count n15; params_share "%" percent e9 n15; cost "macs" count n15; cost_share "%" percent e1 n15; seconds "time" seconds n15; seconds_share "%" percent e2 n15; bound "bound by" text n15; activations "activations" count n15
| 'head.linear' | 'linear' | '5x1x1' | 35 | 26.71755725 | 60 | 1.285347044 | 9.12e-07 | 1.293984109 | 'memory' | 10 |
| 'head.pool' | 'global avg pool' | '6x1x1' | 0 | 0.0 | 0 | 0.0 | 2.496e-06 | 3.541430193 | 'memory' | 12 |
| 'one.y.pool' | 'max pool 2x2' | '4x4x3' | 0 | 0.0 | 0 | 0.0 | 7.68e-06 | 10.89670829 | 'memory' | 96 |
| '6 others' |  |  | 96 | 73.28244275 | 4608 | 98.71465296 | 5.9392e-05 | 84.26787741 |  | 1584 |
= 'total' | '9 layers' |  | 131 |  | 4668 |  | 7.048e-05 |  |  | 1702 |
* 4 of the 9 layers have weights: the number that papers count.
* The longest chain of layers has 7 of them and 87.7 % of the macs.
* Roofline of 0.5 GFLOP/s and 0.25 GB/s with 3 threads, f32, measured on a busy machine: attainable at best, 70.48 us in all.
* 4.000 ms of the total latency belong to no layer.
* a note of the spec
)");
  CHECK(whole_costs(network, {.detail = tables::Detail::kData}, counted) == R"(
test
α 1   changed 3   3x8x6 (given)   batch 2   convention: macs
== 
layer "layer" text n34; kind "kind" text n15; class "class" text n15; channels "channels" integer n15; height "height" integer n15; width "width" integer n15; params "params" count n15; weights "weights" count n15; buffers "buffers" count n15; macs "macs" count n15; bias_adds "bias adds" count n15; elementwise "elementwise" count n15; compares "compares" count n15; transcendentals "transcend." count n15; pool_ops "pool ops" count n15; activations "activations" count n15; cost "cost" count n15; flops "flops" count n15; train_flops "train flops" count n15; weight_bytes "weight bytes" bytes n15; input_bytes "input bytes" bytes n15; output_bytes "output bytes" bytes n15; traffic "traffic" bytes n15; intensity "ops/byte" number n15; receptive_field "sees" numbertext n15; effective_stride "stride" numbertext n15; seconds "time" seconds n15; bound "bound by" text n15
| 'stem.conv' | 'conv' | 'conv 3x1' | 4 | 8 | 6 | 40 | 36 | 0 | 3456 | 384 | 0 | 0 | 0 | 0 | 384 | 3456 | 7296 | 14592 | 160 | 1152 | 1536 | 2848 | 2.561797753 | '3x1' | '1x1' | 1.4592e-05 | 'compute' |
| 'stem.norm' | 'batch_norm' | 'batch norm' | 4 | 8 | 6 | 8 | 0 | 8 | 0 | 0 | 768 | 0 | 0 | 0 | 384 | 0 | 768 | 1536 | 64 | 1536 | 1536 | 3136 | 0.2448979592 | '3x1' | '1x1' | 1.2544e-05 | 'memory' |
| 'one.x.gate' | 'sigmoid' | 'sigmoid' | 4 | 8 | 6 | 0 | 0 | 0 | 0 | 0 | 768 | 0 | 384 | 0 | 384 | 0 | 1152 | 2304 | 0 | 1536 | 1536 | 3072 | 0.375 | '3x1' | '1x1' | 1.2288e-05 | 'memory' |
| 'one.x.conv' | 'conv' | 'conv 1x1' | 6 | 4 | 3 | 24 | 24 | 0 | 576 | 0 | 0 | 0 | 0 | 0 | 144 | 576 | 1152 | 3456 | 96 | 1536 | 576 | 2208 | 0.5217391304 | '3x1' | '2x2' | 8.832e-06 | 'memory' |
| 'one.y.pool' | 'max_pool' | 'max pool 2x2' | 4 | 4 | 3 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 384 | 96 | 0 | 384 | 768 | 0 | 1536 | 384 | 1920 | 0.2 | '4x2' | '2x2' | 7.68e-06 | 'memory' |
| 'one.y.conv' | 'conv' | 'conv 1x1' | 6 | 4 | 3 | 24 | 24 | 0 | 576 | 0 | 0 | 0 | 0 | 0 | 144 | 576 | 1152 | 3456 | 96 | 384 | 576 | 1056 | 1.090909091 | '4x2' | '2x2' | 4.224e-06 | 'memory' |
| 'one.sum' | 'add' | 'add' | 6 | 4 | 3 | 0 | 0 | 0 | 0 | 0 | 144 | 0 | 0 | 0 | 144 | 0 | 144 | 288 | 0 | 1152 | 576 | 1728 | 0.08333333333 | '4x2' | '2x2' | 6.912e-06 | 'memory' |
| 'head.pool' | 'global_avg_pool' | 'global avg pool' | 6 | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 144 | 12 | 0 | 144 | 288 | 0 | 576 | 48 | 624 | 0.2307692308 | 'all' | '-' | 2.496e-06 | 'memory' |
| 'head.linear' | 'linear' | 'linear' | 5 | 1 | 1 | 35 | 30 | 0 | 60 | 10 | 0 | 0 | 0 | 0 | 10 | 60 | 130 | 390 | 140 | 48 | 40 | 228 | 0.5701754386 | 'all' | '-' | 9.12e-07 | 'memory' |
= 'total' |  |  |  |  |  | 131 | 114 | 8 | 4668 | 394 | 1680 | 0 | 384 | 528 | 1702 | 4668 | 12322 | 27078 | 556 | 9456 | 6808 | 16820 | 0.7325802616 |  |  | 7.048e-05 |  |
* 4 of the 9 layers have weights: the number that papers count.
* The longest chain of layers has 7 of them and 87.7 % of the macs.
* Roofline of 0.5 GFLOP/s and 0.25 GB/s with 3 threads, f32, measured on a busy machine: attainable at best, 70.48 us in all.
* 4.000 ms of the total latency belong to no layer.
* a note of the spec
)");
  counted.roofline->threads = 1;
  counted.roofline->stable = true;
  CHECK(contains(whole_costs(network, {}, counted),
                 "* Roofline of 0.5 GFLOP/s and 0.25 GB/s with 1 thread, "));
  counted.roofline->threads = 0;
  CHECK(contains(whole_costs(network, {}, counted),
                 "* Roofline of 0.5 GFLOP/s and 0.25 GB/s, f32: attainable"));
}

TEST_CASE("costs by kind, stage, block and depth", "[analyze]") {
  const graph::Network network = costed_network();
  using cost::Grouping;
  CHECK(whole_costs(network, {.grouping = Grouping::kKind, .sort = "params_share"}) == R"(
test
α 1   changed 3   3x8x6   batch 2   convention: macs
== 
kind "kind" text n34; layers "layers" integer e6 n15; params "params" count n15; params_share "%" percent e9 n15; weights "weights" count e4 n15; weights_share "%" percent e4 n15; cost "macs" count n15; cost_share "%" percent e1 n15
| 'conv 1x1' | 2 | 48 | 36.64122137 | 48 | 42.10526316 | 1152 | 24.67866324 |
| 'conv 3x1' | 1 | 40 | 30.53435115 | 36 | 31.57894737 | 3456 | 74.03598972 |
| 'linear' | 1 | 35 | 26.71755725 | 30 | 26.31578947 | 60 | 1.285347044 |
| 'batch norm' | 1 | 8 | 6.106870229 | 0 | 0.0 | 0 | 0.0 |
| 'sigmoid' | 1 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 |
| 'max pool 2x2' | 1 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 |
| 'add' | 1 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 |
| 'global avg pool' | 1 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 |
= 'total' | 9 | 131 |  | 114 |  | 4668 |  |
* 4 of the 9 layers have weights: the number that papers count.
)");
  CHECK(whole_costs(network, {.grouping = Grouping::kStage, .top = 2}, with_roofline()) == R"(
test
α 1   changed 3   3x8x6   batch 2   convention: macs
== 
stage "stage" text n34; layers "layers" integer e6 n15; params "params" count n15; params_share "%" percent e9 n15; cost "macs" count n15; cost_share "%" percent e1 n15; seconds "time" seconds n15; seconds_share "%" percent e2 n15
| 'stem' | 2 | 48 | 36.64122137 | 3456 | 74.03598972 | 2.7136e-05 | 38.50170261 |
| 'one' | 5 | 48 | 36.64122137 | 1152 | 24.67866324 | 3.9936e-05 | 56.66288309 |
| '1 other' | 2 | 35 | 26.71755725 | 60 | 1.285347044 | 3.408e-06 | 4.835414302 |
= 'total' | 9 | 131 |  | 4668 |  | 7.048e-05 |  |
* 4 of the 9 layers have weights: the number that papers count.
* Roofline of 0.5 GFLOP/s and 0.25 GB/s with 3 threads, f32, measured on a busy machine: attainable at best, 70.48 us in all.
)");
  CHECK(whole_costs(network, {.grouping = Grouping::kBlock, .detail = tables::Detail::kData},
                    with_roofline()) == R"(
test
α 1   changed 3   3x8x6   batch 2   convention: macs
== 
block "block" text n34; layers "layers" integer n15; params "params" count n15; weights "weights" count n15; buffers "buffers" count n15; macs "macs" count n15; bias_adds "bias adds" count n15; elementwise "elementwise" count n15; compares "compares" count n15; transcendentals "transcend." count n15; pool_ops "pool ops" count n15; activations "activations" count n15; cost "cost" count n15; flops "flops" count n15; train_flops "train flops" count n15; weight_bytes "weight bytes" bytes n15; input_bytes "input bytes" bytes n15; output_bytes "output bytes" bytes n15; traffic "traffic" bytes n15; intensity "ops/byte" number n15; seconds "time" seconds n15
| 'stem' | 2 | 48 | 36 | 8 | 3456 | 384 | 768 | 0 | 0 | 0 | 768 | 3456 | 8064 | 16128 | 224 | 2688 | 3072 | 5984 | 1.347593583 | 2.7136e-05 |
| 'one.x' | 2 | 24 | 24 | 0 | 576 | 0 | 768 | 0 | 384 | 0 | 528 | 576 | 2304 | 5760 | 96 | 3072 | 2112 | 5280 | 0.4363636364 | 2.112e-05 |
| 'one.y' | 2 | 24 | 24 | 0 | 576 | 0 | 0 | 0 | 0 | 384 | 240 | 576 | 1536 | 4224 | 96 | 1920 | 960 | 2976 | 0.5161290323 | 1.1904e-05 |
| 'one' | 1 | 0 | 0 | 0 | 0 | 0 | 144 | 0 | 0 | 0 | 144 | 0 | 144 | 288 | 0 | 1152 | 576 | 1728 | 0.08333333333 | 6.912e-06 |
| 'head' | 2 | 35 | 30 | 0 | 60 | 10 | 0 | 0 | 0 | 144 | 22 | 60 | 274 | 678 | 140 | 624 | 88 | 852 | 0.3215962441 | 3.408e-06 |
= 'total' | 9 | 131 | 114 | 8 | 4668 | 394 | 1680 | 0 | 384 | 528 | 1702 | 4668 | 12322 | 27078 | 556 | 9456 | 6808 | 16820 | 0.7325802616 | 7.048e-05 |
* 4 of the 9 layers have weights: the number that papers count.
* Roofline of 0.5 GFLOP/s and 0.25 GB/s with 3 threads, f32, measured on a busy machine: attainable at best, 70.48 us in all.
)");
  CHECK(whole_costs(network, {.depth = 2, .columns = {"layers", "macs_share"}}) == R"(
test
α 1   changed 3   3x8x6   batch 2   convention: macs
== 
part "part" text n34; layers "layers" integer n15; macs_share "% of macs" percent e1 n15
| 'stem.conv' | 1 | 74.03598972 |
| 'stem.norm' | 1 | 0.0 |
| 'one.x' | 2 | 12.33933162 |
| 'one.y' | 2 | 12.33933162 |
| 'one.sum' | 1 | 0.0 |
| 'head.pool' | 1 | 0.0 |
| 'head.linear' | 1 | 1.285347044 |
= 'total' | 9 |  |
* 4 of the 9 layers have weights: the number that papers count.
)");
}

TEST_CASE("every column of a cost table", "[analyze]") {
  cost::CountOptions counted = with_roofline();
  counted.latency = {1e-3, 0, 0, 2e-3, 0, 5e-3, 0, 0, 0};
  tables::CostReportOptions options;
  for (const tables::CostColumn& column : tables::cost_columns())
    options.columns.emplace_back(column.name);
  CHECK(whole_costs(costed_network(), options, counted) == R"(
test
α 1   changed 3   3x8x6   batch 2   convention: macs
== 
layer "layer" text n34; class "class" text n15; kind "kind" text e1 n15; output "output" text e2 n15; channels "channels" integer e3 n15; height "height" integer e4 n15; width "width" integer e5 n15; layers "layers" integer e6 n15; params "params" count e7 n15; params_share "%" percent e8 n15; buffers "buffers" count e9 n15; weights "weights" count e10 n15; weights_share "%" percent e11 n15; cost "cost" count e12 n15; cost_share "%" percent e13 n15; macs "macs" count e14 n15; macs_share "%" percent e15 n15; bias_adds "bias adds" count e16 n15; elementwise "elementwise" count e17 n15; compares "compares" count e18 n15; transcendentals "transcend." count e19 n15; pool_ops "pool ops" count e20 n15; flops "flops" count e21 n15; train_flops "train flops" count e22 n15; activations "activations" count e23 n15; weight_bytes "weight bytes" bytes e24 n15; input_bytes "input bytes" bytes e25 n15; output_bytes "output bytes" bytes e26 n15; traffic "traffic" bytes e27 n15; intensity "ops/byte" number e28 n15; receptive_field "sees" numbertext e29 n15; effective_stride "stride" numbertext e30 n15; entropy "entropy" decimal e31 n15; effectiveness "effectiveness" ratio e32 n15; seconds "time" seconds e33 n15; seconds_share "%" percent e34 n15; latency "latency" seconds e35 n15; latency_share "%" percent e36 n15; bound "bound by" text e37 n15
| 'stem.conv' | 'conv 3x1' | 'conv' | '4x8x6' | 4 | 8 | 6 | 1 | 40 | 30.53435115 | 0 | 36 | 31.57894737 | 3456 | 74.03598972 | 3456 | 74.03598972 | 384 | 0 | 0 | 0 | 0 | 7296 | 14592 | 384 | 160 | 1152 | 1536 | 2848 | 2.561797753 | '3x1' | '1x1' |  |  | 1.4592e-05 | 20.70374574 | 0.001 | 12.5 | 'compute' |
| 'stem.norm' | 'batch norm' | 'batch_norm' | '4x8x6' | 4 | 8 | 6 | 1 | 8 | 6.106870229 | 8 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 | 0 | 768 | 0 | 0 | 0 | 768 | 1536 | 384 | 64 | 1536 | 1536 | 3136 | 0.2448979592 | '3x1' | '1x1' |  |  | 1.2544e-05 | 17.79795687 |  |  | 'memory' |
| 'one.x.gate' | 'sigmoid' | 'sigmoid' | '4x8x6' | 4 | 8 | 6 | 1 | 0 | 0.0 | 0 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 | 0 | 768 | 0 | 384 | 0 | 1152 | 2304 | 384 | 0 | 1536 | 1536 | 3072 | 0.375 | '3x1' | '1x1' |  |  | 1.2288e-05 | 17.43473326 |  |  | 'memory' |
| 'one.x.conv' | 'conv 1x1' | 'conv' | '6x4x3' | 6 | 4 | 3 | 1 | 24 | 18.32061069 | 0 | 24 | 21.05263158 | 576 | 12.33933162 | 576 | 12.33933162 | 0 | 0 | 0 | 0 | 0 | 1152 | 3456 | 144 | 96 | 1536 | 576 | 2208 | 0.5217391304 | '3x1' | '2x2' |  |  | 8.832e-06 | 12.53121453 | 0.002 | 25.0 | 'memory' |
| 'one.y.pool' | 'max pool 2x2' | 'max_pool' | '4x4x3' | 4 | 4 | 3 | 1 | 0 | 0.0 | 0 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 | 0 | 0 | 0 | 0 | 384 | 384 | 768 | 96 | 0 | 1536 | 384 | 1920 | 0.2 | '4x2' | '2x2' |  |  | 7.68e-06 | 10.89670829 |  |  | 'memory' |
| 'one.y.conv' | 'conv 1x1' | 'conv' | '6x4x3' | 6 | 4 | 3 | 1 | 24 | 18.32061069 | 0 | 24 | 21.05263158 | 576 | 12.33933162 | 576 | 12.33933162 | 0 | 0 | 0 | 0 | 0 | 1152 | 3456 | 144 | 96 | 384 | 576 | 1056 | 1.090909091 | '4x2' | '2x2' |  |  | 4.224e-06 | 5.993189557 | 0.005 | 62.5 | 'memory' |
| 'one.sum' | 'add' | 'add' | '6x4x3' | 6 | 4 | 3 | 1 | 0 | 0.0 | 0 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 | 0 | 144 | 0 | 0 | 0 | 144 | 288 | 144 | 0 | 1152 | 576 | 1728 | 0.08333333333 | '4x2' | '2x2' |  |  | 6.912e-06 | 9.807037457 |  |  | 'memory' |
| 'head.pool' | 'global avg pool' | 'global_avg_pool' | '6x1x1' | 6 | 1 | 1 | 1 | 0 | 0.0 | 0 | 0 | 0.0 | 0 | 0.0 | 0 | 0.0 | 0 | 0 | 0 | 0 | 144 | 144 | 288 | 12 | 0 | 576 | 48 | 624 | 0.2307692308 | 'all' | '-' |  |  | 2.496e-06 | 3.541430193 |  |  | 'memory' |
| 'head.linear' | 'linear' | 'linear' | '5x1x1' | 5 | 1 | 1 | 1 | 35 | 26.71755725 | 0 | 30 | 26.31578947 | 60 | 1.285347044 | 60 | 1.285347044 | 10 | 0 | 0 | 0 | 0 | 130 | 390 | 10 | 140 | 48 | 40 | 228 | 0.5701754386 | 'all' | '-' |  |  | 9.12e-07 | 1.293984109 |  |  | 'memory' |
= 'total' | '9 layers' |  |  |  |  |  | 9 | 131 |  | 8 | 114 |  | 4668 |  | 4668 |  | 394 | 1680 | 0 | 384 | 528 | 12322 | 27078 | 1702 | 556 | 9456 | 6808 | 16820 | 0.7325802616 |  |  | 181.5857553 | 0.5723571213 | 7.048e-05 |  | 0.008 |  |  |
* 4 of the 9 layers have weights: the number that papers count.
* The longest chain of layers has 7 of them and 87.7 % of the macs.
* Roofline of 0.5 GFLOP/s and 0.25 GB/s with 3 threads, f32, measured on a busy machine: attainable at best, 70.48 us in all.
)");
  std::string data = whole_costs(
      costed_network(), {.columns = options.columns, .detail = tables::Detail::kData}, counted);
  // The total's shares are for machines.
  CHECK(data.substr(data.find("\n= ")) == R"(
= 'total' | '9 layers' |  |  |  |  |  | 9 | 131 | 100.0 | 8 | 114 | 100.0 | 4668 | 100.0 | 4668 | 100.0 | 394 | 1680 | 0 | 384 | 528 | 12322 | 27078 | 1702 | 556 | 9456 | 6808 | 16820 | 0.7325802616 |  |  | 181.5857553 | 0.5723571213 | 7.048e-05 | 100.0 | 0.008 | 100.0 |  |
* 4 of the 9 layers have weights: the number that papers count.
* The longest chain of layers has 7 of them and 87.7 % of the macs.
* Roofline of 0.5 GFLOP/s and 0.25 GB/s with 3 threads, f32, measured on a busy machine: attainable at best, 70.48 us in all.
)");
}

TEST_CASE("titles of columns are unique", "[analyze]") {
  const auto titles = [](const std::vector<std::string>& columns) {
    const graph::Network network = costed_network();
    std::vector<std::string> found;
    const document::Document report =
        tables::cost_report(network, cost::count(network), {.columns = columns});
    for (const document::Column& column : report.sections[0].table.columns)
      found.push_back(column.title);
    return join(found, ", ");
  };
  CHECK(titles({"macs", "macs_share"}) == "layer, macs, %");
  CHECK(titles({"macs_share", "macs"}) == "layer, % of macs, macs");
  CHECK(titles({"params", "macs_share", "macs"}) == "layer, params, % of macs, macs");
  CHECK(titles({"cost", "cost_share", "macs", "macs_share"}) == "layer, cost, %, macs, %");
  CHECK(titles({"cost_share"}) == "layer, % of macs");
  CHECK(titles({"class", "kind", "output"}) == "layer, class, kind, output");
  CHECK(titles({"class", "output"}) == "layer, kind, output");
}

TEST_CASE("costs of a single layer, and of layers without any", "[analyze]") {
  const auto costs = [](const std::string& layers, const std::string& input,
                        const std::vector<std::string>& columns) {
    return whole_costs(network_of(spec_with(layers, input)), {.columns = columns});
  };
  const std::vector<std::string> shares = {"class",      "params",     "params_share", "macs",
                                           "macs_share", "cost_share", "weights_share"};
  CHECK(costs("- conv: {name: a, out: 1}", "1x1x1", shares) == R"(
test
1x1x1   batch 1   convention: macs
== 
layer "layer" text n34; class "kind" text n15; params "params" count e1 n15; params_share "%" percent e2 n15; macs "macs" count e3 n15; macs_share "%" percent e4 n15; cost_share "% of macs" percent e5 n15; weights_share "% of weights" percent e6 n15
| 'a' | 'conv 1x1' | 1 | 100.0 | 1 | 100.0 | 100.0 | 100.0 |
= 'total' | '1 layer' | 1 |  | 1 |  |  |  |
* The only layer has weights.
)");
  CHECK(costs("- max_pool: {name: a, kernel: 2}", "3x4x2", shares) == R"(
test
3x4x2   batch 1   convention: macs
== 
layer "layer" text n34; class "kind" text n15; params "params" count e1 n15; params_share "%" percent e2 n15; macs "macs" count e3 n15; macs_share "%" percent e4 n15; cost_share "% of macs" percent e5 n15; weights_share "% of weights" percent e6 n15
| 'a' | 'max pool 2x2' | 0 |  | 0 |  |  |  |
= 'total' | '1 layer' | 0 |  | 0 |  |  |  |
* The only layer has no weights.
)");
  CHECK(costs("- conv: {name: a, out: 1}\n- relu: {name: b}", "1x3x1", {"params", "macs"}) == R"(
test
1x3x1   batch 1   convention: macs
== 
layer "layer" text n34; params "params" count n15; macs "macs" count e1 n15
| 'a' | 1 | 3 |
| 'b' | 0 | 0 |
= 'total' | 1 | 3 |
* 1 of the 2 layers has weights: the number that papers count.
)");
  // No multiply-adds, though there is a branch.
  CHECK(
      costs(
          "- batch_norm: {name: a}\n- relu: {name: b, from: input}\n- add: {name: s, from: [a, b]}",
          "2x3x1", {"params"}) == R"(
test
2x3x1   batch 1   convention: macs
== 
layer "layer" text n34; params "params" count n15
| 'a' | 4 |
| 'b' | 0 |
| 's' | 0 |
= 'total' | 4 |
* 0 of the 3 layers have weights: the number that papers count.
)");
  // One multiply-add, in the longer branch.
  CHECK(costs("- conv: {name: a, out: 1}\n- relu: {name: b, from: input}\n- add: {name: s, from: "
              "[a, b]}",
              "1x1x1", {"macs"}) == R"(
test
1x1x1   batch 1   convention: macs
== 
layer "layer" text n34; macs "macs" count n15
| 'a' | 1 |
| 'b' | 0 |
| 's' | 0 |
= 'total' | 1 |
* 1 of the 3 layers has weights: the number that papers count.
* The longest chain of layers has 2 of them and 100.0 % of the macs.
)");
}

TEST_CASE("shared weights and unknown costs are told of", "[analyze]") {
  graph::Network network = network_of(spec_with(
      "- conv: {name: a, out: 8}\n- conv: {name: b, out: 8}\n- conv: {name: c, out: 8}\n"));
  network.layers[1].weights_of = 0;
  const auto notes = [&] {
    return tables::cost_report(network, cost::count(network), {}).sections[0].notes;
  };
  CHECK(notes()[1] == "1 layer uses the weights of others: their params count once.");
  network.layers[2].weights_of = 0;
  CHECK(notes()[1] == "2 layers use the weights of others: their params count once.");
}

TEST_CASE("ratios and shares of nothing are 0", "[analyze]") {
  CHECK(tables::ratio(Count(3), Count(4)) == 0.75);
  CHECK(tables::ratio(Count(3), Count(1)) == 3);
  CHECK(tables::ratio(Count(3), Count(0)) == 0);
  CHECK(tables::share(Count(3), Count(4)) == 75);
  CHECK(tables::share(Count(1), Count(1)) == 100);
  CHECK(tables::share(Count(3), Count(0)) == 0);
}

TEST_CASE("columns that a cost table can't show", "[analyze]") {
  const graph::Network network = costed_network();
  const auto refusal = [&](const tables::CostReportOptions& options) -> std::string {
    try {
      tables::cost_report(network, cost::count(network), options);
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  };
  using cost::Grouping;
  const std::string sum = ": a sum of layers has none; it is for tables without --by and --depth";
  const std::string machine =
      " needs a roofline: give --peak-gflops and --bandwidth-gbs, or --machine";
  CHECK(refusal({.columns = {"mac"}}) == "error: no column 'mac'; did you mean 'macs'?");
  CHECK(refusal({.columns = {"zzzzzzzz"}})
            .starts_with("error: no column 'zzzzzzzz'; columns are class, kind, output, channels, "
                         "height, width, "
                         "layers, params, params_share, buffers, "));
  CHECK(refusal({.columns = {"zzzzzzzz"}}).ends_with(", latency, latency_share, bound"));
  CHECK(refusal({.columns = {"acuracy"}}) ==
        "error: no column 'acuracy': a layer has no accuracy; a network has, in archcost accuracy "
        "SPEC and archcost compare A B --columns accuracy");
  CHECK(refusal({.columns = {"memory"}}) ==
        "error: no column 'memory': it is a figure of the whole network, of archcost memory SPEC");
  CHECK(refusal({.columns = {"latency-estimated"}}) ==
        "error: no column 'latency-estimated': it is a figure of the whole network, of archcost "
        "predict SPEC and archcost compare A B --columns latency_estimated");
  CHECK(refusal({.columns = {"peak-memory"}}) ==
        "error: no column 'peak-memory': it is a figure of the whole network, of archcost memory "
        "SPEC and archcost compare A B --columns peak_memory");
  CHECK(refusal({.columns = {"macs", "class"}}) == "");
  CHECK(refusal({.grouping = Grouping::kStage, .columns = {"macs", "class"}}) ==
        "error: column 'class'" + sum);
  CHECK(refusal({.depth = 1, .columns = {"output"}}) == "error: column 'output'" + sum);
  CHECK(refusal({.columns = {"seconds"}}) == "error: column 'seconds'" + machine);
  CHECK(refusal({.columns = {"bound"}}) == "error: column 'bound'" + machine);
  CHECK(refusal({.grouping = Grouping::kKind, .columns = {"bound"}}) ==
        "error: column 'bound'" + sum);
  CHECK(refusal({.sort = "seconds"}) == "error: column 'seconds'" + machine);
  CHECK(refusal({.grouping = Grouping::kKind, .sort = "height"}) == "error: column 'height'" + sum);
  CHECK(refusal({.sort = "height"}) == "");
  CHECK(refusal({.sort = "macs:down"}) ==
        "--sort macs:down: error: write NAME, NAME:asc or NAME:desc");
  CHECK(refusal({.sort = "macs:desc"}) == "");
  CHECK(refusal({.sort = "class:asc"}) ==
        "error: --sort class:asc: that column has no order; sort by a number");
  CHECK(refusal({.sort = "receptive_field"}) ==
        "error: --sort receptive_field: that column has no order; sort by a number");
  CHECK(refusal({.sort = "macz", .top = 2}) == "error: no column 'macz'; did you mean 'macs'?");
}

TEST_CASE("rows of costs in an order, the others summed", "[analyze]") {
  const graph::Network network = costed_network();
  const auto names = [&](const tables::CostReportOptions& options) {
    std::string found;
    const document::Document report = tables::cost_report(network, cost::count(network), options);
    for (const auto& row : report.sections[0].table.rows)
      found += std::get<std::string>(row[0]) + " ";
    return found;
  };
  CHECK(names({.sort = "height:asc"}) ==
        "head.pool head.linear one.x.conv one.y.pool one.y.conv one.sum stem.conv stem.norm "
        "one.x.gate total ");
  CHECK(names({.top = 0}) == "9 others total ");
  CHECK(names({.top = 8}) ==
        "stem.conv one.x.conv one.y.conv head.linear stem.norm one.x.gate one.y.pool one.sum 1 "
        "other total ");
  CHECK(names({.sort = "cost:asc", .top = 9}) ==
        "stem.norm one.x.gate one.y.pool one.sum head.pool head.linear one.x.conv one.y.conv "
        "stem.conv total ");
  CHECK(names({.grouping = cost::Grouping::kStage, .sort = "layers"}) == "one stem head total ");
  CHECK(names({.sort = "intensity", .top = 2}) == "stem.conv one.y.conv 7 others total ");
}
