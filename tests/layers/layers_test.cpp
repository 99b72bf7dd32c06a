// SPDX-License-Identifier: Apache-2.0
// One row or more for each kind of layer: what it gives and costs, computed by hand.
#include <fmt/core.h>

#include <set>

#include "layers/layer_table.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct Row {
  std::string input;  // CxHxW
  std::string layer;  // one item; for merges a list
  std::string output;
  LayerCost cost;  // activations are checked against the output
};

// Designated: params, buffers, weights, macs, bias_adds, elementwise, compares, transcendentals,
// pool_ops.
const std::vector<Row> kRows = {
    // The article: 3x3 from [3,5,5] to [4,3,3].
    {"3x5x5",
     "conv: {out: 4, kernel: 3, pad: valid}",
     "4x3x3",
     {.params = 108, .weights = 108, .macs = 972}},
    {"3x5x5",
     "conv: {out: 3, kernel: 3, groups: in, pad: valid}",
     "3x3x3",
     {.params = 27, .weights = 27, .macs = 243}},
    {"3x3x3", "conv: {out: 4}", "4x3x3", {.params = 12, .weights = 12, .macs = 108}},
    {"3x224x224",
     "conv: {out: 64, kernel: 7, stride: 2, pad: 3, bias: true}",
     "64x112x112",
     {.params = 9472, .weights = 9408, .macs = 118013952, .bias_adds = 802816}},
    {"8x16x16",
     "conv: {out: 6, kernel: [1, 7], pad: [0, 3]}",
     "6x16x16",
     {.params = 336, .weights = 336, .macs = 86016}},
    {"8x16x16",
     "conv: {out: 6, kernel: 3, dilation: 2}",
     "6x16x16",
     {.params = 432, .weights = 432, .macs = 110592}},
    {"8x16x16",
     "conv: {out: 6, kernel: 3, stride: 2, groups: 2, pad: {top: 1}}",
     "6x8x7",
     {.params = 216, .weights = 216, .macs = 12096}},
    {"8x15x16",
     "conv: {out: 8, kernel: 3, stride: 2, pad: same_tf}",
     "8x8x8",
     {.params = 576, .weights = 576, .macs = 36864}},
    {"8x16x16",
     "conv: {out: 4, kernel: 3, stride: 2, pad: [0, 0, 1, 1]}",
     "4x8x8",
     {.params = 288, .weights = 288, .macs = 18432}},
    {"8x4x4",
     "conv_transpose: {out: 4, kernel: 4, stride: 2, pad: 1}",
     "4x8x8",
     {.params = 512, .weights = 512, .macs = 8192}},
    {"8x4x4",
     "conv_transpose: {out: 4, kernel: 3, stride: 2, pad: 1, output_pad: 1, groups: 2, bias: true}",
     "4x8x8",
     {.params = 148, .weights = 144, .macs = 2304, .bias_adds = 256}},
    // TensorFlow's: the output is input * stride, whatever the kernel.
    {"8x5x4",
     "conv_transpose: {out: 4, kernel: 3, stride: 2, pad: same_tf}",
     "4x10x8",
     {.params = 288, .weights = 288, .macs = 5760}},
    {"8x5x4",
     "conv_transpose: {out: 4, kernel: 1, stride: 3, pad: same_tf}",
     "4x15x12",
     {.params = 32, .weights = 32, .macs = 640}},
    {"512x1x1",
     "linear: {out: 1000}",
     "1000x1x1",
     {.params = 513000, .weights = 512000, .macs = 512000, .bias_adds = 1000}},
    {"16x7x7",
     "linear: {out: 4, bias: false, per_position: true}",
     "4x7x7",
     {.params = 64, .weights = 64, .macs = 3136}},
    {"8x16x16", "matmul: {transpose: true, a: [], b: []}", "8x16x16", {.macs = 32768}},
    {"8x6x4",
     "matmul: {a: [], b: [reshape: {channels: 8, height: 4, width: 6}]}",
     "8x6x6",
     {.macs = 1152}},
    {"64x197x1",
     "multi_head_attention: {heads: 4}",
     "64x197x1",
     {.params = 16640,
      .weights = 16384,
      .macs = 3227648 + 4967552,
      .bias_adds = 50432,
      .elementwise = 620944,
      .compares = 155236,
      .transcendentals = 155236}},
    // Grouped: 4 heads of the queries, 2 of the keys and values, of 8 channels each: projections of
    // 64x32, twice 64x16 and 32x64.
    {"64x10x1",
     "multi_head_attention: {heads: 4, kv_heads: 2, head_channels: 8}",
     "64x10x1",
     {.params = 6144 + 32 + 32 + 64,
      .weights = 6144,
      .macs = 61440 + 6400,
      .bias_adds = 1280,
      .elementwise = 1600,
      .compares = 400,
      .transcendentals = 400}},
    {"64x12x1",
     "multi_head_attention: {heads: 4, windows: 3, bias: false}",
     "64x12x1",
     {.params = 16384,
      .weights = 16384,
      .macs = 196608 + 6144,
      .elementwise = 768,
      .compares = 192,
      .transcendentals = 192}},
    {"8x16x16", "batch_norm", "8x16x16", {.params = 16, .buffers = 16, .elementwise = 4096}},
    {"8x16x16",
     "batch_norm: {affine: false}",
     "8x16x16",
     {.params = 0, .buffers = 16, .elementwise = 4096}},
    {"8x16x16",
     "layer_norm",
     "8x16x16",
     {.params = 16, .elementwise = 14336, .transcendentals = 256}},
    {"8x16x16",
     "layer_norm: {over: all, affine: false}",
     "8x16x16",
     {.elementwise = 10240, .transcendentals = 1}},
    {"8x16x16",
     "layer_norm: {over: all}",
     "8x16x16",
     {.params = 4096, .elementwise = 14336, .transcendentals = 1}},
    {"8x16x16",
     "group_norm: {groups: 2}",
     "8x16x16",
     {.params = 16, .elementwise = 14336, .transcendentals = 2}},
    {"8x16x16", "lrn", "8x16x16", {.elementwise = 16384, .transcendentals = 2048}},
    {"8x16x16", "relu", "8x16x16", {.compares = 2048}},
    {"8x16x16", "relu6", "8x16x16", {.compares = 4096}},
    {"8x16x16", "leaky_relu: {slope: 0.1}", "8x16x16", {.elementwise = 2048, .compares = 2048}},
    {"8x16x16", "prelu", "8x16x16", {.params = 8, .elementwise = 2048, .compares = 2048}},
    {"8x16x16",
     "prelu: {per_channel: false}",
     "8x16x16",
     {.params = 1, .elementwise = 2048, .compares = 2048}},
    {"8x16x16", "sigmoid", "8x16x16", {.elementwise = 4096, .transcendentals = 2048}},
    {"8x16x16", "hard_sigmoid", "8x16x16", {.elementwise = 4096, .compares = 4096}},
    {"8x16x16", "tanh", "8x16x16", {.transcendentals = 2048}},
    {"8x16x16", "swish", "8x16x16", {.elementwise = 6144, .transcendentals = 2048}},
    {"8x16x16", "hard_swish", "8x16x16", {.elementwise = 6144, .compares = 4096}},
    {"8x16x16", "gelu", "8x16x16", {.elementwise = 8192, .transcendentals = 2048}},
    {"8x16x16", "elu", "8x16x16", {.elementwise = 4096, .compares = 2048, .transcendentals = 2048}},
    {"8x16x16",
     "softmax",
     "8x16x16",
     {.elementwise = 6144, .compares = 2048, .transcendentals = 2048}},
    {"8x112x112", "max_pool: {kernel: 3, stride: 2, pad: 1}", "8x56x56", {.pool_ops = 225792}},
    {"8x112x112",
     "max_pool: {kernel: 3, stride: 2, ceil_mode: true}",
     "8x56x56",
     {.pool_ops = 225792}},
    {"8x112x112", "max_pool: {kernel: 3, stride: 2}", "8x55x55", {.pool_ops = 217800}},
    // PyTorch's rule: a window may not start in the trailing padding. 5 + 2 in steps of 2 from -1:
    // 3 fit; rounded up, a 4th
    // would start at 5, in the padding.
    {"1x5x5",
     "max_pool: {kernel: 2, stride: 2, pad: 1, ceil_mode: true}",
     "1x3x3",
     {.pool_ops = 36}},
    {"1x7x7", "max_pool: {kernel: 3, dilation: 2, stride: 1}", "1x3x3", {.pool_ops = 81}},
    {"8x28x28", "avg_pool: {kernel: 3, stride: 2, pad: 1}", "8x14x14", {.pool_ops = 14112}},
    {"8x7x7", "global_avg_pool", "8x1x1", {.pool_ops = 392}},
    {"8x7x7", "global_max_pool", "8x1x1", {.pool_ops = 392}},
    {"8x14x14", "adaptive_avg_pool: {size: 7}", "8x7x7", {.pool_ops = 1568}},
    // 7 to 3: windows 0-3, 2-5, 4-7: 9 rows.
    {"2x7x7", "adaptive_avg_pool: {size: 3}", "2x3x3", {.pool_ops = 162}},
    {"2x7x7", "adaptive_max_pool: {size: 3}", "2x3x3", {.pool_ops = 162}},
    {"8x16x16", "add: [[], [], []]", "8x16x16", {.elementwise = 4096}},
    {"8x16x16", "multiply: {value: [], gate: [global_avg_pool]}", "8x16x16", {.elementwise = 2048}},
    {"8x16x16", "add: [[], [global_avg_pool]]", "8x16x16", {.elementwise = 2048}},
    {"8x16x16",
     "multiply: [[], [reduce: {channels: true}], [global_avg_pool]]",
     "8x16x16",
     {.elementwise = 4096}},
    {"8x16x16",
     "multiply: [[reduce: {height: true}], [reduce: {width: true}]]",
     "8x16x16",
     {.elementwise = 2048}},
    {"8x16x16", "concat: [[], [split: {take: 2}]]", "12x16x16", {}},
    {"8x16x16", "channel_shuffle: {groups: 4}", "8x16x16", {}},
    {"8x16x16", "split: {parts: 4, take: 3}", "2x16x16", {}},
    {"8x16x16", "split: {parts: [5, in - 5], take: 2}", "3x16x16", {}},
    {"8x16x16", "slice: {channels: 3, start: 5}", "3x16x16", {}},
    {"8x16x16", "crop: {size: [10, 16]}", "8x10x16", {}},
    {"8x16x16", "flatten", "2048x1x1", {}},
    {"8x16x16", "reshape: {channels: in, height: h * w}", "8x256x1", {}},
    {"8x16x16", "dropout: {p: 0.2}", "8x16x16", {}},
    {"8x16x16", "upsample: {factor: [2, 3]}", "8x32x48", {}},
    {"8x16x16", "upsample: {size: [20, 31]}", "8x20x31", {}},
    {"8x16x16", "upsample: {mode: bilinear}", "8x32x32", {.elementwise = 57344}},
    {"8x16x16", "pad: {pad: [1, 2]}", "8x18x20", {}},
    {"8x16x16", "scale", "8x16x16", {.params = 8, .elementwise = 2048}},
    {"8x16x16",
     "scale: {bias: true}",
     "8x16x16",
     {.params = 16, .bias_adds = 2048, .elementwise = 2048}},
    {"64x196x1", "class_token", "64x197x1", {.params = 64}},
    {"64x197x1", "take_token", "64x1x1", {}},
    {"64x197x1", "position_embedding", "64x197x1", {.params = 12608, .elementwise = 12608}},
    {"8x16x16", "pointwise", "8x16x16", {.elementwise = 2048}},
    {"8x16x16",
     "pointwise: {elementwise: 2, compares: 1, transcendentals: 3, learned: channels, params: 5}",
     "8x16x16",
     {.params = 13, .elementwise = 4096, .compares = 2048, .transcendentals = 6144}},
    {"8x16x16", "pointwise: {learned: all}", "8x16x16", {.params = 2048, .elementwise = 2048}},
    {"8x16x16", "pointwise: {learned: one}", "8x16x16", {.params = 1, .elementwise = 2048}},
    {"8x16x16", "reduce: {channels: true}", "1x16x16", {.elementwise = 2048}},
    {"8x16x16", "reduce: {height: true, width: true}", "8x1x1", {.elementwise = 2048}},
    {"8x16x16", "rearrange: {channels: 4, height: 8, width: 3}", "4x8x3", {}},
    // Height and width differ everywhere.
    {"8x6x4", "slice: {channels: 3, start: 5}", "3x6x4", {}},
    {"8x6x4", "split: {parts: 4, take: 3}", "2x6x4", {}},
    {"8x6x4", "channel_shuffle: {groups: 2}", "8x6x4", {}},
    {"8x6x4", "concat: [[], [split: {take: 2}]]", "12x6x4", {}},
    {"8x6x4", "pad: {pad: [1, 2, 3, 0]}", "8x10x6", {}},
    {"8x6x4", "upsample: {factor: [3, 1]}", "8x18x4", {}},
    {"8x6x4", "crop: {size: [5, 2]}", "8x5x2", {}},
    {"8x6x4", "reshape: {channels: in * 2, height: h, width: w / 2}", "16x6x2", {}},
    {"8x6x4", "reduce: {channels: true}", "1x6x4", {.elementwise = 192}},
    {"8x6x4", "reduce: {height: true}", "8x1x4", {.elementwise = 192}},
    {"8x6x4", "reduce: {width: true}", "8x6x1", {.elementwise = 192}},
    {"8x6x4", "global_avg_pool", "8x1x1", {.pool_ops = 192}},
    {"8x6x4", "adaptive_avg_pool: {size: [3, 1]}", "8x3x1", {.pool_ops = 192}},
    {"8x6x4", "adaptive_avg_pool: {size: [4, 3]}", "8x4x3", {.pool_ops = 384}},
    {"8x6x4",
     "avg_pool: {kernel: [3, 1], stride: [2, 1], pad: [1, 0]}",
     "8x3x4",
     {.pool_ops = 288}},
    {"8x6x4",
     "max_pool: {kernel: [1, 3], stride: [1, 2], pad: [0, 1]}",
     "8x6x2",
     {.pool_ops = 288}},
    {"8x6x4",
     "conv: {out: 4, kernel: [3, 1], stride: [1, 2], pad: [1, 0]}",
     "4x6x2",
     {.params = 96, .weights = 96, .macs = 1152}},
    {"8x6x4",
     "conv_transpose: {out: 4, kernel: [4, 3], stride: [2, 1], pad: [1, 0]}",
     "4x12x6",
     {.params = 384, .weights = 384, .macs = 9216}},
    {"8x6x4", "position_embedding", "8x6x4", {.params = 192, .elementwise = 192}},
    {"64x10x1",
     "multi_head_attention: {heads: 3, head_channels: 8, bias: false}",
     "64x10x1",
     {.params = 6144,
      .weights = 6144,
      .macs = 61440 + 4800,
      .elementwise = 1200,
      .compares = 300,
      .transcendentals = 300}},
    {"8x16x16", "input: {name: mask, channels: 4, width: 3}", "4x1x3", {}},
    {"8x16x16", "unsupported: {channels: 4, width: 3}", "4x1x3", {}},
    {"8x16x16", "unsupported: {channels: 4, height: 2, params: 7}", "4x2x1", {.params = 7}},
    {"8x16x16", "custom: {channels: 4}", "4x1x1", {}},
    {"8x6x4",
     "custom: {channels: 5, height: h * 2, width: w - 1, params: 3 * in, weights: in, macs: 2, "
     "bias_adds: 3, "
     "elementwise: 4, compares: 5, transcendentals: 6, pool_ops: 7}",
     "5x12x3",
     {.params = 24,
      .weights = 8,
      .macs = 2,
      .bias_adds = 3,
      .elementwise = 4,
      .compares = 5,
      .transcendentals = 6,
      .pool_ops = 7}},
};

std::string kind_of(const Row& row) { return row.layer.substr(0, row.layer.find(':')); }

std::string shown(const LayerCost& c) {
  return fmt::format(
      "params {} buffers {} weights {} macs {} bias_adds {} elementwise {} compares {} "
      "transcendentals {} pool_ops {}",
      c.params.value(), c.buffers.value(), c.weights.value(), c.macs.value(), c.bias_adds.value(),
      c.elementwise.value(), c.compares.value(), c.transcendentals.value(), c.pool_ops.value());
}

}  // namespace

TEST_CASE("each kind of layer gives and costs what the hand computes", "[layers]") {
  for (const Row& row : kRows) {
    INFO(row.layer << " on " << row.input);
    const graph::Network network = network_of(spec_with("  - " + row.layer, row.input));
    const graph::Layer& layer = network.layers.back();
    CHECK(layer.kind->name == kind_of(row));
    CHECK(to_string(layer.output) == row.output);
    CHECK(shown(layer.cost) == shown(row.cost));
    CHECK(layer.cost.activations == layer.output.elements());
  }
}

TEST_CASE("no kind of layer is without a row", "[layers]") {
  std::set<std::string> covered;
  for (const Row& row : kRows) covered.insert(kind_of(row));
  for (const layers::LayerKind* kind : layers::layer_table()) {
    INFO(kind->name);
    CHECK(covered.contains(std::string(kind->name)));
    CHECK(!kind->help.empty());
    CHECK(!kind->source.empty());
  }
}

TEST_CASE("layers are called what people call them", "[layers]") {
  struct Name {
    std::string layer, name;
  };
  const auto row = GENERATE(values<Name>({
      {"conv: {out: 4}", "conv 1x1"},
      {"conv: {out: 4, kernel: [1, 7]}", "conv 1x7"},
      {"conv: {out: 8, kernel: 3, groups: in}", "depthwise 3x3"},
      {"conv: {out: 16, kernel: 3, groups: 8}", "depthwise 3x3"},
      {"conv: {out: 8, groups: 4}", "grouped 1x1"},
      {"conv_transpose: {out: 8, kernel: 2, stride: 2}", "conv transpose 2x2"},
      {"conv_transpose: {out: 8, kernel: 4, groups: in}", "depthwise transpose 4x4"},
      {"conv_transpose: {out: 8, kernel: 4, groups: 2}", "grouped transpose 4x4"},
      {"max_pool: {kernel: 3}", "max pool 3x3"},
      {"batch_norm", "batch norm"},
  }));
  const graph::Network network = network_of(spec_with("  - " + row.layer));
  CHECK(graph::class_name(network, network.layers[0]) == row.name);
}

TEST_CASE("sizes that a layer can't have are refused", "[layers]") {
  const auto refused = [](const std::string& layer, const std::string& why,
                          const std::string& input = "8x6x4") {
    INFO(layer);
    CHECK(contains(error_of(spec_with("  - " + layer, input)), why));
  };
  const std::string whole = "the padding removes the whole output";
  refused("conv_transpose: {out: 4, kernel: 2, pad: [0, 4, 0, 1]}", whole);
  refused("conv_transpose: {out: 4, kernel: 2, pad: [0, 1, 0, 4]}", whole);
  refused("conv_transpose: {out: 4, kernel: 2, pad: [4, 0, 3, 0]}", whole);
  refused("conv_transpose: {out: 4, kernel: 2, pad: [3, 0, 4, 0]}", whole);
  CHECK(error_of(spec_with("  - conv_transpose: {out: 4, kernel: 2, pad: [3, 2, 3, 2]}", "8x6x4"))
            .empty());
  refused("multi_head_attention: {heads: 3}", "heads", "64x10x1");
  refused("multi_head_attention: {heads: 4, kv_heads: 3}", "kv_heads", "64x10x1");
  refused("multi_head_attention: {heads: 4, windows: 3}", "windows", "64x10x1");
  refused("slice: {channels: 4, start: 6}", "channels 7 to 10 are more than the 8 of the input");
}
