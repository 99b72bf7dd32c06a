// SPDX-License-Identifier: Apache-2.0
// Convolutions and matrix products of ONNX files: the layers that they become, with all attributes.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Ints = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;
using MakeGraph = std::function<std::string(GraphWriter&)>;

// With a bias of that many numbers, 0: none.
MakeGraph with_kernel(const std::string& type, Sizes kernel, Ints ints = {},
                      const std::string& auto_pad = "", std::int64_t bias = 0) {
  return [=](GraphWriter& g) {
    std::vector<std::string> inputs = {"x", g.weight(kernel)};
    if (bias > 0) inputs.push_back(g.weight({bias}));
    const std::string out = g.node(type, inputs, ints);
    if (!auto_pad.empty()) g.model.nodes.back().texts = {{"auto_pad", auto_pad}};
    return out;
  };
}

MakeGraph conv_over(Sizes kernel, Ints ints = {}, const std::string& auto_pad = "",
                    std::int64_t bias = 0) {
  return with_kernel("Conv", std::move(kernel), std::move(ints), auto_pad, bias);
}

MakeGraph transposed_over(Sizes kernel, Ints ints = {}, const std::string& auto_pad = "",
                          std::int64_t bias = 0) {
  return with_kernel("ConvTranspose", std::move(kernel), std::move(ints), auto_pad, bias);
}

}  // namespace

TEST_CASE("windows of convolutions are written as short as they can be", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 20, 23};
  check_items({
      {image, conv_over({4, 6, 1, 1}), "conv: {out: 4} -> 4x20x23"},
      {image, conv_over({4, 6, 1, 1}, {}, "", 4), "conv: {out: 4, bias: true} -> 4x20x23"},
      {image, conv_over({4, 6, 3, 3}), "conv: {out: 4, kernel: 3, pad: valid} -> 4x18x21"},
      {image, conv_over({4, 6, 3, 3}, {{"pads", {1, 1, 1, 1}}}),
       "conv: {out: 4, kernel: 3} -> 4x20x23"},
      {image, conv_over({4, 6, 3, 5}, {{"pads", {1, 2, 1, 2}}}),
       "conv: {out: 4, kernel: [3, 5]} -> 4x20x23"},
      {image, conv_over({4, 6, 3, 5}, {{"pads", {2, 1, 2, 1}}}),
       "conv: {out: 4, kernel: [3, 5], pad: [2, 1]} -> 4x22x21"},
      {image, conv_over({4, 6, 3, 3}, {{"pads", {2, 2, 2, 2}}, {"dilations", {2, 2}}}),
       "conv: {out: 4, kernel: 3, dilation: 2} -> 4x20x23"},
      {image, conv_over({4, 6, 3, 3}, {{"pads", {2, 3, 2, 3}}, {"dilations", {2, 3}}}),
       "conv: {out: 4, kernel: 3, dilation: [2, 3]} -> 4x20x23"},
      {image, conv_over({4, 6, 3, 3}, {{"dilations", {1, 2}}}),
       "conv: {out: 4, kernel: 3, dilation: [1, 2], pad: valid} -> 4x18x19"},
      {image, conv_over({4, 6, 3, 3}, {{"strides", {1, 2}}, {"pads", {1, 1, 1, 1}}}),
       "conv: {out: 4, kernel: 3, stride: [1, 2]} -> 4x20x12"},
      {image, conv_over({4, 6, 3, 3}, {{"strides", {2, 1}}, {"pads", {1, 1, 1, 1}}}),
       "conv: {out: 4, kernel: 3, stride: [2, 1]} -> 4x10x23"},
      {image, conv_over({4, 6, 3, 3}, {{"pads", {0, 1, 2, 3}}}),
       "conv: {out: 4, kernel: 3, pad: [0, 1, 2, 3]} -> 4x20x25"},
      {image, conv_over({4, 6, 3, 3}, {{"pads", {1, 1, 1, 2}}}),
       "conv: {out: 4, kernel: 3, pad: [1, 1, 1, 2]} -> 4x20x24"},
      {image, conv_over({4, 6, 3, 3}, {{"pads", {1, 1, 2, 1}}}),
       "conv: {out: 4, kernel: 3, pad: [1, 1, 2, 1]} -> 4x21x23"},
      {image, conv_over({4, 6, 2, 2}, {{"pads", {0, 0, 1, 1}}}),
       "conv: {out: 4, kernel: 2, pad: [0, 0, 1, 1]} -> 4x20x23"},
      {image, conv_over({4, 6, 1, 3}, {{"pads", {0, 1, 0, 1}}}),
       "conv: {out: 4, kernel: [1, 3]} -> 4x20x23"},
      {image, conv_over({4, 6, 3, 1}), "conv: {out: 4, kernel: [3, 1], pad: valid} -> 4x18x23"},
      {image, conv_over({4, 6, 3, 3}, {{"strides", {2, 2}}}, "SAME_UPPER"),
       "conv: {out: 4, kernel: 3, stride: 2, pad: same_tf} -> 4x10x12"},
      {image, conv_over({4, 6, 3, 3}, {{"strides", {2, 2}}}, "SAME_LOWER"),
       "conv: {out: 4, kernel: 3, stride: 2, pad: [1, 1, 0, 1]} -> 4x10x12"},
      {image, conv_over({4, 6, 3, 3}, {{"pads", {0, 0, -1, 0}}}),
       "custom: {channels: 4, height: h - 3, width: w - 2, params: 9 * in * 4, weights: 9 * in * "
       "4, "
       "macs: 9 * in * 4 * ((h - 3) * (w - 2))} -> 4x17x21"},
  });
}

TEST_CASE("groups of convolutions", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  const auto conv_then = [](Sizes kernel, std::int64_t groups, std::int64_t bias = 0) {
    return [=](GraphWriter& g) {
      const std::string map = g.conv("x", 6, kernel[1] * groups);
      std::vector<std::string> inputs = {map, g.weight(kernel)};
      if (bias > 0) inputs.push_back(g.weight({bias}));
      return g.conv(g.node("Conv", inputs, {{"group", {groups}}}), kernel[0], 7);
    };
  };
  const std::string end = "; conv: {name: conv_3, out: 7} -> 7x4x5";
  check_items({
      {image, conv_then({9, 8, 1, 1}, 1), "conv: {out: w1}; conv: {name: conv_2, out: w2}" + end},
      {image, conv_then({9, 4, 1, 1}, 3),
       "w1 % 3; w2 % 3; conv: {out: w1}; conv: {name: conv_2, out: w2, groups: 3}" + end},
      {image, conv_then({8, 1, 1, 1}, 8, 8),
       "conv: {out: w1}; conv: {name: conv_2, out: in, groups: in, bias: true}" + end},
      {image, conv_then({24, 1, 1, 1}, 8),
       "conv: {out: w1}; conv: {name: conv_2, out: 3 * w1, groups: in}" + end},
      {image, conv_then({9, 1, 1, 1}, 1), "conv: {out: w1}; conv: {name: conv_2, out: w2}" + end},
      // A bias of another number of elements is none of the layer; one number is a constant.
      {image,
       [](GraphWriter& g) {
         g.model.weights.emplace_back("one", std::vector<std::int64_t>{1});
         const std::string map = g.node("Conv", {g.conv("x", 6, 8), g.weight({9, 8, 1, 1}), "one"});
         return g.conv(map, 9, 7);
       },
       "conv: {out: 8}; custom: {channels: 9, height: h, width: w, params: 72, weights: 72, macs: "
       "in * 9 * (h * w), bias_adds: 9 * (h * w)}; conv: {name: conv_2, out: 7} -> 7x4x5"},
  });
}

TEST_CASE("transposed convolutions", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  check_items({
      {image, transposed_over({6, 4, 1, 1}), "conv_transpose: {out: 4, kernel: 1} -> 4x4x5"},
      {image, transposed_over({6, 4, 2, 3}, {{"strides", {2, 3}}}, "", 4),
       "conv_transpose: {out: 4, kernel: [2, 3], stride: [2, 3], bias: true} -> 4x8x15"},
      {image, transposed_over({6, 4, 3, 3}, {{"strides", {2, 2}}, {"pads", {1, 1, 1, 1}}}),
       "conv_transpose: {out: 4, kernel: 3, stride: 2, pad: 1} -> 4x7x9"},
      {image, transposed_over({6, 4, 3, 3}, {{"pads", {1, 0, 1, 0}}}),
       "conv_transpose: {out: 4, kernel: 3, pad: [1, 0]} -> 4x4x7"},
      {image, transposed_over({6, 4, 3, 3}, {{"pads", {0, 1, 2, 0}}}),
       "conv_transpose: {out: 4, kernel: 3, pad: [0, 1, 2, 0]} -> 4x4x6"},
      {image, transposed_over({6, 4, 3, 3}, {{"strides", {2, 2}}, {"output_padding", {1, 0}}}),
       "conv_transpose: {out: 4, kernel: 3, stride: 2, output_pad: [1, 0]} -> 4x10x11"},
      {image, transposed_over({6, 4, 3, 3}, {{"strides", {2, 2}}, {"output_padding", {0, 1}}}),
       "conv_transpose: {out: 4, kernel: 3, stride: 2, output_pad: [0, 1]} -> 4x9x12"},
      {image, transposed_over({6, 4, 3, 3}, {{"strides", {2, 2}}, {"output_padding", {1, 1}}}),
       "conv_transpose: {out: 4, kernel: 3, stride: 2, output_pad: 1} -> 4x10x12"},
      {image, transposed_over({6, 4, 3, 3}, {{"dilations", {2, 1}}}),
       "conv_transpose: {out: 4, kernel: 3, dilation: [2, 1]} -> 4x8x7"},
      {image, transposed_over({6, 4, 3, 3}, {{"strides", {2, 2}}}, "SAME_UPPER"),
       "conv_transpose: {out: 4, kernel: 3, stride: 2, pad: [0, 0, 1, 1]} -> 4x8x10"},
      {image, transposed_over({6, 4, 2, 2}, {{"strides", {3, 2}}}, "SAME_UPPER"),
       "conv_transpose: {out: 4, kernel: 2, stride: [3, 2], output_pad: [1, 0]} -> 4x12x10"},
      {image, transposed_over({6, 4, 3, 3}, {{"strides", {2, 2}}, {"output_shape", {8, 12}}}),
       "conv_transpose: {out: 4, kernel: 3, stride: 2, pad: [0, 0, 1, 0], output_pad: [0, 1]} -> "
       "4x8x12"},
      {image, transposed_over({6, 4, 3, 3}, {{"strides", {2, 2}}, {"output_shape", {7, 9}}}),
       "conv_transpose: {out: 4, kernel: 3, stride: 2, pad: 1} -> 4x7x9"},
      {image, transposed_over({6, 2, 3, 3}, {{"group", {3}}}),
       "conv_transpose: {out: 6, kernel: 3, groups: 3} -> 6x6x7"},
      {image,
       [](GraphWriter& g) {
         const std::string map =
             g.node("ConvTranspose", {g.conv("x", 6, 8), g.weight({8, 9, 1, 1})});
         return g.conv(map, 9, 7);
       },
       "conv: {out: w1}; conv_transpose: {out: w2, kernel: 1}; conv: {name: conv_2, out: 7} -> "
       "7x4x5"},
      {image,
       [](GraphWriter& g) {
         const std::string map =
             g.node("ConvTranspose", {g.conv("x", 6, 8), g.weight({8, 3, 1, 1})}, {{"group", {2}}});
         return g.conv(map, 6, 7);
       },
       "conv: {out: 8}; conv_transpose: {out: 6, kernel: 1, groups: 2}; conv: {name: conv_2, out: "
       "7} -> 7x4x5"},
  });
}

TEST_CASE("matrix products with and without weights", "[onnx]") {
  const auto gemm = [](Sizes kernel, Ints ints, std::int64_t bias = 0) {
    return [=](GraphWriter& g) {
      std::vector<std::string> inputs = {"x", g.weight(kernel)};
      if (bias > 0) inputs.push_back(g.weight({bias}));
      return g.node("Gemm", inputs, ints);
    };
  };
  check_items({
      {{1, 6}, gemm({6, 4}, {}), "linear: {out: 4, bias: false} -> 4x1x1"},
      {{1, 6}, gemm({6, 4}, {}, 4), "linear: {out: 4} -> 4x1x1"},
      {{1, 6}, gemm({4, 6}, {{"transB", {1}}}, 4), "linear: {out: 4} -> 4x1x1"},
      {{1, 6},
       [](GraphWriter& g) {
         return g.node("Gemm", {"x", g.weight({6, 4}), g.weight({1, 4})});
       },
       "linear: {out: 4} -> 4x1x1"},
      {{1, 6},
       gemm({1, 4}, {{"transA", {1}}}, 4),
       "custom: {channels: 4, height: 6, params: 8, weights: 4, macs: 4 * in * h * w, bias_adds: "
       "24} "
       "-> 4x6x1"},
      {{1, 5, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({6, 4})});
       },
       "linear: {out: 4, bias: false, per_position: true} -> 4x5x1"},
      {{1, 1, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({6, 4})});
       },
       "linear: {out: 4, bias: false} -> 4x1x1"},
      // Rows as channels.
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({5, 7})});
       },
       "rearrange: {channels: 5, height: h, width: 6}; linear: {out: 7, bias: false, per_position: "
       "true} -> 7x4x6"},
      // Two activations.
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string turned = g.node("Transpose", {"x"}, {{"perm", {0, 1, 3, 2}}});
         return g.node("MatMul", {"x", turned});
       },
       "rearrange: {channels: 3, height: 5, width: 4}; matmul: {from: [input, rearrange]} -> "
       "3x4x4"},
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string part =
             g.node("Slice", {"x", g.vector({0}), g.vector({1}), g.vector({1})});
         return g.node("MatMul", {part, g.node("Transpose", {"x"}, {{"perm", {0, 1, 3, 2}}})});
       },
       "split: {parts: 3, take: 1}; custom: {channels: 3, height: h, width: 4, macs: 12 * in * h * "
       "w, "
       "from: "
       "[split, input]} -> 3x4x4"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {g.weight({2, 4}), "x"});
       },
       "custom: {channels: 6, height: 2, params: 8, weights: 8, macs: 2 * in * h * w} -> 6x2x1"},
  });
}

TEST_CASE("a product's width is tied to that of its other factor", "[onnx]") {
  check_items({
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string a = g.conv("x", 3, 8), b = g.conv("x", 3, 8);
         const std::string turned = g.node("Transpose", {b}, {{"perm", {0, 1, 3, 2}}});
         return g.conv(g.node("MatMul", {a, turned}), 8, 7);
       },
       "conv: {out: w1}; conv: {name: conv_2, out: w1, from: input}; rearrange: {channels: w1, "
       "height: 5, width: 4}; matmul: {from: [conv, rearrange]}; conv: {name: conv_3, out: 7} -> "
       "7x4x4"},
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string a = g.conv("x", 3, 8), b = g.conv("x", 3, 8);
         return g.conv(g.einsum("nchw,nchv->ncwv", {a, b}), 8, 7);
       },
       "conv: {out: w1}; conv: {name: conv_2, out: w1, from: input}; rearrange: {channels: w1, "
       "height: 5, width: 4, from: conv}; rearrange: {name: rearrange_2, channels: w1, height: 5, "
       "width: 4, from: conv_2}; matmul: {transpose: true, from: [rearrange, rearrange_2]}; conv: "
       "{name: conv_3, out: 7} -> 7x5x5"},
  });
}

TEST_CASE("convolutions that no layer of the specs is", "[onnx]") {
  const auto custom = [](const std::string& type, Sizes kernel, Ints ints, std::int64_t bias = 0,
                         const std::string& auto_pad = "") {
    return with_kernel(type, std::move(kernel), std::move(ints), auto_pad, bias);
  };
  const std::vector<TestDimension> video = {1, 3, 4, 6, 5};
  check_items({
      {video, custom("Conv", {7, 3, 1, 1, 1}, {}),
       "custom: {channels: 7, height: h, width: w, params: in * 7, weights: in * 7, macs: in * 7 * "
       "(h * w)} -> 7x24x5"},
      {video, custom("Conv", {7, 3, 1, 1, 1}, {}, 7),
       "custom: {channels: 7, height: h, width: w, params: (in + 1) * 7, weights: in * 7, macs: in "
       "* 7 * (h * w), bias_adds: 7 * (h * w)} -> 7x24x5"},
      {video, custom("Conv", {7, 3, 3, 2, 2}, {}),
       "custom: {channels: 7, height: 2 * (h // 4 - 1), width: w - 1, params: 12 * in * 7, "
       "weights: 12 * in * 7, macs: 12 * in * 7 * ((2 * (h // 4 - 1)) * (w - 1))} -> 7x10x4"},
      {video, custom("Conv", {7, 3, 3, 3, 2}, {{"pads", {1, 1, 0, 1, 1, 0}}}),
       "custom: {channels: 7, height: h, width: w - 1, params: 18 * in * 7, weights: 18 * in * 7, "
       "macs: 18 * in * 7 * (h * (w - 1))} -> 7x24x4"},
      {video,
       custom("Conv", {7, 3, 3, 2, 3}, {{"strides", {1, 2, 3}}, {"pads", {1, 0, 1, 1, 1, 2}}}),
       "custom: {channels: 7, height: 4 * ((h // 4 - 1) // 2 + 1), width: (w) // 3 + 1, params: 18 "
       "* in * 7, weights: 18 * in * 7, macs: 18 * in * 7 * ((4 * ((h // 4 - 1) // 2 + 1)) * ((w) "
       "// 3 + 1))} -> 7x12x2"},
      {video, custom("Conv", {6, 1, 1, 2, 1}, {{"group", {3}}}, 6),
       "custom: {channels: 6, height: 4 * (h // 4 - 1), width: w, params: (2 + 1) * 6, weights: 2 "
       "* 6, macs: 2 * 6 * ((4 * (h // 4 - 1)) * w), bias_adds: 6 * ((4 * (h // 4 - 1)) * w)} -> "
       "6x20x5"},
      {video, custom("Conv", {7, 3, 3, 3, 2}, {{"strides", {2, 2, 1}}}, 0, "SAME_UPPER"),
       "custom: {channels: 7, height: 2 * ((h // 4 + 1) // 2), width: w, params: 18 * in * 7, "
       "weights: 18 * in * 7, macs: 18 * in * 7 * ((2 * ((h // 4 + 1) // 2)) * w)} -> 7x6x5"},
      {video, custom("ConvTranspose", {3, 7, 1, 2, 3}, {{"strides", {1, 2, 1}}}, 7),
       "custom: {channels: 7, height: 4 * (2 * (h // 4)), width: w + 2, params: (6 * in + 1) * 7, "
       "weights: 6 * in * 7, macs: 6 * in * 7 * h * w, bias_adds: 7 * ((4 * (2 * (h // 4))) * (w + "
       "2))} -> 7x48x7"},
      {video, custom("ConvTranspose", {3, 2, 2, 2, 3}, {{"strides", {2, 2, 1}}, {"group", {3}}}),
       "custom: {channels: 6, height: 8 * (2 * (h // 4)), width: w + 2, params: 12 * 6, weights: "
       "12 * 6, macs: 12 * 6 * h * w} -> 6x96x7"},
      {{1, 4, 7},
       custom("ConvTranspose", {4, 6, 3}, {{"strides", {2}}}, 6),
       "rearrange: {channels: 4, height: 7}; custom: {channels: 6, height: 2 * (h) + 1, params: (3 "
       "* in + 1) * 6, weights: 3 * in * 6, macs: 3 * in * 6 * h * w, bias_adds: 6 * (2 * (h) + "
       "1)} -> 6x15x1"},
  });
}
