// SPDX-License-Identifier: Apache-2.0
// Each kind of layer on a few numbers, with results computed by hand from PyTorch's definitions.
#include <fmt/core.h>

#include <cmath>

#include "interpreter/reference.hpp"
#include "layers/layer_table.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The last output of a spec of one item over an input of CxHxW. Weights, if given, are those of the
// only layer.
interpreter::Tensor result_of(const std::string& item, const std::string& shape,
                              const interpreter::Tensor& input,
                              const interpreter::LayerWeights& weights = {}) {
  const graph::Network network = network_of(spec_with("  - " + item, shape));
  std::vector<interpreter::LayerWeights> all(network.layers.size());
  all.back() = weights;
  return interpreter::run_reference(network, all, input)[network.outputs.front()];
}

void check(const std::string& item, const std::string& shape, const interpreter::Tensor& input,
           const interpreter::Tensor& expected, const interpreter::LayerWeights& weights = {}) {
  INFO(item);
  const interpreter::Tensor result = result_of(item, shape, input, weights);
  CHECK(interpreter::largest_error(result, expected) < 1e-6);
  if (interpreter::largest_error(result, expected) >= 1e-6)
    CHECK(result == expected);  // shows the numbers
}

// The function of a kind without weights at some places.
void check_function(const std::string& item, const interpreter::Tensor& places,
                    double (*function)(double)) {
  interpreter::Tensor expected;
  for (float place : places) expected.push_back(static_cast<float>(function(place)));
  check(item, fmt::format("{}x1x1", places.size()), places, expected);
}

const interpreter::Tensor kNine = {1, 2, 3, 4, 5, 6, 7, 8, 9};

}  // namespace

TEST_CASE("convolution: dilation, strides, padding, groups, bias", "[measure]") {
  check("conv: {out: 1, kernel: 2, dilation: 2, pad: valid}", "1x3x3", kNine, {1 + 30 + 700 + 9000},
        {.kernel = {1, 10, 100, 1000}});
  // Rows are added at the top and left only: windows at (-1, -1), (-1, 1), (1, -1), (1, 1).
  check("conv: {out: 1, kernel: 2, stride: 2, pad: {top: 1, left: 1}}", "1x3x3", kNine,
        {1000, 3200, 7040, 9865}, {.kernel = {1, 10, 100, 1000}});
  // 3 in steps of 2 with same_tf: a kernel of 2 wants one row more, at the end.
  check("conv: {out: 1, kernel: 2, stride: 2, pad: same_tf}", "1x3x3", kNine, {5421, 603, 87, 9},
        {.kernel = {1, 10, 100, 1000}});
  check("conv: {out: 4, groups: 2, bias: true}", "4x1x1", {1, 2, 3, 4},
        {21.5f, 43.5f, 650 + 0.25f, 870},
        {.kernel = {1, 10, 3, 20, 150, 50, 50, 180}, .bias = {0.5f, 0.5f, 0.25f, 0}});
  check("conv: {out: 1, kernel: [1, 3]}", "1x1x4", {1, 2, 3, 4}, {210, 321, 432, 43},
        {.kernel = {1, 10, 100}});
}

TEST_CASE("transposed convolution: overlaps, cropping, output padding, groups", "[measure]") {
  check("conv_transpose: {out: 1, kernel: 2}", "1x2x2", {1, 2, 3, 4},
        {1, 4, 4, 6, 20, 16, 9, 24, 16}, {.kernel = {1, 2, 3, 4}});
  // Uncropped 1 2 5 4 6. One is taken off on each side, and output_pad brings the last one back.
  const std::string row = "conv_transpose: {out: 1, kernel: [1, 3], stride: [1, 2], pad: [0, 1]";
  check(row + "}", "1x1x2", {1, 2}, {2, 5, 4}, {.kernel = {1, 2, 3}});
  check(row + ", output_pad: [0, 1]}", "1x1x2", {1, 2}, {2, 5, 4, 6}, {.kernel = {1, 2, 3}});
  // Without padding, output_pad adds what no input reaches: the bias alone.
  check("conv_transpose: {out: 1, kernel: 1, stride: 2, output_pad: [0, 1], bias: true}", "1x1x2",
        {1, 2}, {3.5f, 0.5f, 6.5f, 0.5f}, {.kernel = {3}, .bias = {0.5f}});
  check("conv_transpose: {out: 1, kernel: [1, 2], dilation: [1, 2]}", "1x1x2", {1, 2},
        {1, 2, 10, 20}, {.kernel = {1, 10}});
  check("conv_transpose: {out: 4, kernel: 1, groups: 2}", "4x1x1", {1, 2, 3, 4},
        {1 + 2 * 3, 2 + 2 * 4, 3 * 5 + 4 * 7, 3 * 6 + 4 * 8}, {.kernel = {1, 2, 3, 4, 5, 6, 7, 8}});
}

TEST_CASE("linear layers and products of inputs", "[measure]") {
  check("linear: {out: 2}", "2x1x1", {1, 2}, {21.5f, 43},
        {.kernel = {1, 10, 3, 20}, .bias = {0.5f, 0}});
  check("linear: {out: 1, bias: false, per_position: true}", "2x1x2", {1, 2, 3, 4}, {31, 42},
        {.kernel = {1, 10}});
  // [1 2; 3 4] by itself, and by its transpose.
  check("matmul: {a: [], b: []}", "1x2x2", {1, 2, 3, 4}, {7, 10, 15, 22});
  check("matmul: {transpose: true, a: [], b: []}", "1x2x2", {1, 2, 3, 4}, {5, 11, 11, 25});
  // Two channels, [1 2 3] by the column [1 2 3] and [4 5 6] by [4 5 6].
  check("matmul: {a: [], b: [reshape: {channels: 2, height: 3}]}", "2x1x3", {1, 2, 3, 4, 5, 6},
        {14, 77});
}

TEST_CASE("attention: heads, scale, projections, biases", "[measure]") {
  const float ln3 = std::log(3.0f);
  // Two heads of one channel; keys are ln 3 times the input, so that a key of 1 weighs 3. Head 1:
  // tokens 0 and 1, values 10 more: 10.5 and 10.75. Head 2: tokens 1 and 0, values 20 more.
  // The output's projection swaps them and doubles the second.
  check("multi_head_attention: {heads: 2}", "2x2x1", {0, 1, 1, 0},
        {20.75f + 0.5f, 20.5f + 0.5f, 21, 21.5f},
        {.kernel = {1, 0, 0, 1, ln3, 0, 0, ln3, 1, 0, 0, 1, 0, 1, 2, 0},
         .bias = {0, 0, 0, 0, 10, 20, 0.5f, 0}});
  // One head of four channels: scores are halved. Only the first channel is looked at, with keys of
  // 2 ln 3: token 0 sees both alike, token 1 itself three times as much.
  std::vector<float> kernel(64);
  kernel[0] = 1;
  kernel[16] = 2 * ln3;
  kernel[32] = 1;
  kernel[48] = 1;
  check("multi_head_attention: {heads: 1, bias: false}", "4x1x2", {0, 1, 5, 5, 6, 6, 7, 7},
        {0.5f, 0.75f, 0, 0, 0, 0, 0, 0}, {.kernel = kernel});
}

TEST_CASE("normalisations", "[measure]") {
  const auto root = [](double variance) { return static_cast<float>(std::sqrt(variance + 1e-5)); };
  check("batch_norm: {affine: false}", "2x1x1", {3, 5}, {2 / root(4), 4 / root(9)},
        {.mean = {1, 1}, .variance = {4, 9}});
  // A variance near epsilon shows that it's added.
  check("batch_norm", "1x1x2", {0, 2}, {-1 / root(1e-5) * 3 + 7, 1 / root(1e-5) * 3 + 7},
        {.scale = {3}, .shift = {7}, .mean = {1}, .variance = {1e-5f}});
  check("layer_norm: {affine: false}", "2x1x2", {1, 10, 3, 30},
        {-1 / root(1), -10 / root(100), 1 / root(1), 10 / root(100)});
  check("layer_norm", "2x1x1", {1, 3}, {-2 / root(1) + 5, 3 / root(1) + 7},
        {.scale = {2, 3}, .shift = {5, 7}});
  check("layer_norm: {over: all}", "2x1x2", {1, 3, 5, 7},
        {-3 / root(5), -2 / root(5) + 1, 3 / root(5), 12 / root(5)},
        {.scale = {1, 2, 3, 4}, .shift = {0, 1, 0, 0}});
  check("group_norm: {groups: 2}", "4x1x1", {1, 3, 10, 30},
        {-1 / root(1), 2 / root(1), -30 / root(100), 40 / root(100) + 1},
        {.scale = {1, 2, 3, 4}, .shift = {0, 0, 0, 1}});
  const auto lrn = [](double x, double squares, double size) {
    return static_cast<float>(x / std::pow(1 + 1e-4 * squares / size, 0.75));
  };
  check("lrn: {size: 3}", "3x1x1", {100, 200, 300},
        {lrn(100, 50000, 3), lrn(200, 140000, 3), lrn(300, 130000, 3)});
  // Of an even number, one more lies before.
  check("lrn: {size: 2}", "3x1x1", {100, 200, 300},
        {lrn(100, 10000, 2), lrn(200, 50000, 2), lrn(300, 130000, 2)});
}

TEST_CASE("activations", "[measure]") {
  check("relu", "4x1x1", {-2, 0, 3, 7}, {0, 0, 3, 7});
  check("relu6", "4x1x1", {-2, 0, 3, 7}, {0, 0, 3, 6});
  check("leaky_relu: {slope: 0.5}", "3x1x1", {-2, 0, 3}, {-1, 0, 3});
  check("leaky_relu", "2x1x1", {-100, 3}, {-1, 3});
  check("prelu", "2x1x2", {-2, 3, -2, 4}, {-1, 3, -4, 4}, {.scale = {0.5f, 2}});
  check("prelu: {per_channel: false}", "2x1x2", {-2, 3, -2, 4}, {-1, 3, -1, 4}, {.scale = {0.5f}});
  check("hard_sigmoid", "5x1x1", {-4, -3, 0, 1.5f, 4}, {0, 0, 0.5f, 0.75f, 1});
  check("hard_swish", "5x1x1", {-4, -3, -1.5f, 1.5f, 4}, {0, 0, -0.375f, 1.125f, 4});
  // Tables: sigmoid(1), tanh(1), the normal distribution's Phi(1).
  check("sigmoid", "3x1x1", {-1, 0, 1}, {0.26894142f, 0.5f, 0.73105858f});
  check("tanh", "3x1x1", {-1, 0, 1}, {-0.76159416f, 0, 0.76159416f});
  check("swish", "3x1x1", {-1, 0, 1}, {-0.26894142f, 0, 0.73105858f});
  check("gelu", "3x1x1", {-1, 0, 1}, {-0.15865525f, 0, 0.84134475f});
  check_function("sigmoid", {-90, 90, 3}, [](double x) { return 1 / (1 + std::exp(-x)); });
  // Over channels, position by position; large numbers don't overflow.
  check("softmax", "2x1x2", {1000, 0, 1000 + std::log(3.0f), 0},
        {1 / (1 + std::exp(1000 + std::log(3.0f) - 1000)), 0.5f,
         1 - 1 / (1 + std::exp(1000 + std::log(3.0f) - 1000)), 0.5f});
  const float nan = std::nanf("");
  for (const char* kind : {"relu", "relu6", "hard_swish", "global_max_pool", "sigmoid"})
    CHECK(std::isnan(result_of(kind, "1x1x1", {nan})[0]));
}

TEST_CASE("pools: padding, dilation, sizes rounded up", "[measure]") {
  // Padding is never the maximum, even of negative numbers.
  check("max_pool: {kernel: 3, stride: 2, pad: 1}", "1x3x3", {-1, -2, -3, -4, -5, -6, -7, -8, -9},
        {-1, -2, -4, -5});
  check("max_pool: {kernel: [1, 2], stride: 1, dilation: [1, 2]}", "1x1x5", {1, 9, 3, 2, 1},
        {3, 9, 3});
  check("max_pool: {kernel: [1, 2], dilation: [1, 2], stride: 1, pad: [0, 1]}", "1x1x4",
        {1, 9, 3, 2}, {9, 3, 9, 3});
  check("max_pool: {kernel: [1, 2], ceil_mode: true}", "1x1x5", {1, 2, 3, 4, -5}, {2, 4, -5});
  check("max_pool: {kernel: [1, 2]}", "1x1x5", {1, 2, 3, 4, -5}, {2, 4});

  check("avg_pool: {kernel: 2}", "1x2x4", {1, 2, 3, 4, 5, 6, 7, 8}, {3.5f, 5.5f});
  const std::string padded = "avg_pool: {kernel: [1, 3], stride: [1, 2], pad: [0, 1]";
  check(padded + "}", "1x1x5", {1, 2, 3, 4, 5}, {1, 3, 3});
  check(padded + ", count_include_pad: false}", "1x1x5", {1, 2, 3, 4, 5}, {1.5f, 3, 4.5f});
  // The last window begins at 5 and ends with the padding at 6: two of its three numbers count.
  check(padded + ", ceil_mode: true}", "1x1x6", {1, 2, 3, 4, 5, 6}, {1, 3, 5, 3});
  check(padded + ", ceil_mode: true, count_include_pad: false}", "1x1x6", {1, 2, 3, 4, 5, 6},
        {1.5f, 3, 5, 6});
  // No padding: what stands out beyond the end never counts.
  check("avg_pool: {kernel: [1, 2], ceil_mode: true}", "1x1x5", {1, 2, 3, 4, 5}, {1.5f, 3.5f, 5});

  // Windows 0-3, 2-5, 4-7.
  check("adaptive_avg_pool: {size: [1, 3]}", "1x1x7", {1, 2, 3, 4, 50, 6, 7}, {2, 19, 21});
  check("adaptive_avg_pool: {size: [1, 4]}", "1x1x2", {1, 3}, {1, 1, 3, 3});
  check("global_avg_pool", "2x2x2", {1, 2, 3, 4, -1, -2, -3, -4}, {2.5f, -2.5f});
  check("global_max_pool", "2x2x2", {1, 2, 4, 3, -1, -2, -3, -4}, {4, -1});
}

TEST_CASE("merges", "[measure]") {
  check("add: [[], [], []]", "2x1x1", {1, -2}, {3, -6});
  check("multiply: [[], [], []]", "2x1x1", {2, -3}, {8, -27});
  check("multiply: [[], [global_max_pool]]", "2x1x2", {1, 2, 3, 4}, {2, 4, 12, 16});
  check("multiply: [[global_max_pool], []]", "2x1x2", {1, 2, 3, 4}, {2, 4, 12, 16});
  check("concat: [[], [split: {take: 2}], [relu6]]", "2x1x2", {1, 2, 8, 9},
        {1, 2, 8, 9, 8, 9, 1, 2, 6, 6});
}

TEST_CASE("rearrangements", "[measure]") {
  // (0 1 2)(3 4 5) become 0 3 1 4 2 5.
  check("channel_shuffle: {groups: 2}", "6x1x2", {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 50},
        {0, 0, 3, 3, 1, 1, 4, 4, 2, 2, 5, 50});
  check("split: {parts: 3, take: 1}", "3x1x2", {1, 2, 3, 4, 5, 6}, {1, 2});
  check("split: {parts: 3, take: 3}", "3x1x2", {1, 2, 3, 4, 5, 6}, {5, 6});
  check("flatten", "2x1x2", {1, 2, 3, 4}, {1, 2, 3, 4});
  check("reshape: {channels: 4, width: 1}", "2x1x2", {1, 2, 3, 4}, {1, 2, 3, 4});
  check("dropout", "2x1x2", {1, 2, 3, 4}, {1, 2, 3, 4});
  check("pad: {pad: {top: 1, right: 2}}", "1x2x2", {1, 2, 3, 4},
        {0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0});
  check("pad: {pad: [0, 2, 0, 1], mode: reflect}", "1x1x3", {1, 2, 3}, {3, 2, 1, 2, 3, 2});
  check("pad: {pad: [0, 2, 0, 1], mode: replicate}", "1x1x3", {1, 2, 3}, {1, 1, 1, 2, 3, 3});
  check("pad: {pad: [1, 0, 0, 0], mode: reflect}", "1x2x2", {1, 2, 3, 4}, {3, 4, 1, 2, 3, 4});
  check("upsample", "1x1x2", {1, 2}, {1, 1, 2, 2, 1, 1, 2, 2});
  check("upsample: {factor: [1, 3]}", "1x1x2", {1, 2}, {1, 1, 1, 2, 2, 2});
  check("upsample: {factor: [1, 2], mode: bilinear}", "1x1x2", {0, 4}, {0, 1, 3, 4});
  check("upsample: {factor: [2, 1], mode: bilinear}", "1x2x1", {0, 4}, {0, 1, 3, 4});
  // Centres of thirds: -1/3, 0, 1/3, 2/3, 1, 4/3.
  check("upsample: {factor: [1, 3], mode: bilinear}", "1x1x2", {0, 3}, {0, 0, 1, 2, 3, 3});
}

TEST_CASE("learned factors and tokens", "[measure]") {
  check("scale", "2x1x2", {1, 2, 3, 4}, {10, 20, 300, 400}, {.scale = {10, 100}});
  check("scale: {bias: true}", "2x1x1", {1, 2}, {15, 206}, {.scale = {10, 100}, .shift = {5, 6}});
  check("class_token", "2x2x1", {1, 2, 3, 4}, {8, 1, 2, 9, 3, 4}, {.kernel = {8, 9}});
  check("take_token", "2x2x1", {1, 2, 3, 4}, {1, 3});
  check("position_embedding", "2x2x1", {1, 2, 3, 4}, {11, 22, 33, 44},
        {.kernel = {10, 20, 30, 40}});
}

TEST_CASE("sizes of 1 are spread in sums and products", "[interpreter]") {
  // Two channels of 1x2; [C,1,1] is their mean, [1,H,W] the mean over the channels.
  const interpreter::Tensor input = {1, 3, 5, 9};
  check("add: [[], [global_avg_pool]]", "2x1x2", input, {3, 5, 12, 16});
  check("multiply: [[], [reduce: {channels: true}]]", "2x1x2", input, {3, 18, 15, 54});
  check("add: [[global_avg_pool], [reduce: {channels: true}]]", "2x1x2", input, {5, 8, 10, 13});
}

TEST_CASE("parts, slices and crops copy what they name", "[interpreter]") {
  check("split: {parts: [1, 2], take: 2}", "3x1x2", {1, 2, 3, 4, 5, 6}, {3, 4, 5, 6});
  check("slice: {channels: 1, start: 1}", "3x1x2", {1, 2, 3, 4, 5, 6}, {3, 4});
  const interpreter::Tensor grid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  check("crop: {size: [1, 2]}", "1x3x4", grid, {6, 7});
  check("crop: {size: [2, 2], align: start}", "1x3x4", grid, {1, 2, 5, 6});
  check("crop: {size: [2, 3], align: end}", "1x3x4", grid, {6, 7, 8, 10, 11, 12});
}

TEST_CASE("upsampling to a size takes the position that PyTorch takes", "[interpreter]") {
  check("upsample: {size: [1, 5]}", "1x1x3", {1, 2, 3}, {1, 1, 2, 2, 3});
  // Position x lies at (x + 1/2) 2/3 - 1/2.
  check("upsample: {size: [1, 3], mode: bilinear}", "1x1x2", {1, 3}, {1, 2, 3});
}

TEST_CASE("adaptive maxima and elu", "[interpreter]") {
  check("adaptive_max_pool: {size: [1, 2]}", "1x1x3", {1, 5, 2}, {5, 5});
  check("elu: {alpha: 2}", "1x1x3", {-1, 0, 2}, {static_cast<float>(2 * std::expm1(-1.0)), 0, 2});
}

// Both heads take the mean of channel 1.
TEST_CASE("a head of the keys serves several heads of the queries", "[interpreter]") {
  interpreter::LayerWeights weights;
  // Queries of zero: equal weights.
  weights.kernel = {0, 0, 0, 0, /*key*/ 1, 0, /*value*/ 1, 0, /*output*/ 1, 0, 0, 1};
  check("multi_head_attention: {heads: 2, kv_heads: 1, bias: false}", "2x2x1", {1, 3, 5, 7},
        {2, 2, 2, 2}, weights);
  check("multi_head_attention: {heads: 2, kv_heads: 1, windows: 2, bias: false}", "2x2x1",
        {1, 3, 5, 7}, {1, 3, 1, 3}, weights);
}
