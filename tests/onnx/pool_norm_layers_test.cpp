// SPDX-License-Identifier: Apache-2.0
// Pools, reductions and norms of ONNX files: the layers that they become.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Ints = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;
using MakeGraph = std::function<std::string(GraphWriter&)>;

MakeGraph pooled(const std::string& type, Ints ints, const std::string& auto_pad = "") {
  return [=](GraphWriter& g) {
    const std::string out = g.node(type, {"x"}, ints);
    if (!auto_pad.empty()) g.model.nodes.back().texts = {{"auto_pad", auto_pad}};
    return out;
  };
}

// A norm over "x" with a weight of each of these shapes.
MakeGraph normed(const std::string& type, std::vector<Sizes> weights, Ints ints = {}) {
  return [=](GraphWriter& g) {
    std::vector<std::string> inputs = {"x"};
    for (const Sizes& shape : weights) inputs.push_back(g.weight(shape));
    return g.node(type, inputs, ints);
  };
}

}  // namespace

TEST_CASE("windows of pools are written as short as they can be", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 10, 13};
  const std::pair<std::string, std::vector<std::int64_t>> k2 = {"kernel_shape", {2, 2}},
                                                          k3 = {"kernel_shape", {3, 2}};
  check_items({
      {image, pooled("MaxPool", {k2, {"strides", {2, 2}}}), "max_pool: {kernel: 2} -> 6x5x6"},
      {image, pooled("MaxPool", {k2}), "max_pool: {kernel: 2, stride: 1} -> 6x9x12"},
      {image, pooled("MaxPool", {k3, {"strides", {3, 2}}}), "max_pool: {kernel: [3, 2]} -> 6x3x6"},
      {image, pooled("MaxPool", {k3, {"strides", {3, 1}}}),
       "max_pool: {kernel: [3, 2], stride: [3, 1]} -> 6x3x12"},
      {image, pooled("MaxPool", {k3, {"strides", {1, 2}}}),
       "max_pool: {kernel: [3, 2], stride: [1, 2]} -> 6x8x6"},
      {image, pooled("MaxPool", {k2, {"dilations", {2, 1}}}),
       "max_pool: {kernel: 2, stride: 1, dilation: [2, 1]} -> 6x8x12"},
      {image, pooled("MaxPool", {k2, {"dilations", {1, 3}}}),
       "max_pool: {kernel: 2, stride: 1, dilation: [1, 3]} -> 6x9x10"},
      {image, pooled("MaxPool", {k2, {"dilations", {3, 3}}}),
       "max_pool: {kernel: 2, stride: 1, dilation: 3} -> 6x7x10"},
      {image, pooled("MaxPool", {k2, {"pads", {1, 1, 1, 1}}}),
       "max_pool: {kernel: 2, stride: 1, pad: 1} -> 6x11x14"},
      {image, pooled("MaxPool", {k2, {"pads", {0, 1, 0, 1}}}),
       "max_pool: {kernel: 2, stride: 1, pad: [0, 1]} -> 6x9x14"},
      {image, pooled("MaxPool", {k2, {"pads", {1, 0, 1, 0}}}),
       "max_pool: {kernel: 2, stride: 1, pad: [1, 0]} -> 6x11x12"},
      {image, pooled("MaxPool", {k2, {"pads", {0, 1, 0, 0}}}),
       "max_pool: {kernel: 2, stride: 1, pad: [0, 1, 0, 0]} -> 6x9x13"},
      {image, pooled("MaxPool", {k2, {"pads", {0, 0, 1, 0}}}),
       "max_pool: {kernel: 2, stride: 1, pad: [0, 0, 1, 0]} -> 6x10x12"},
      {image, pooled("MaxPool", {k2, {"strides", {4, 4}}, {"ceil_mode", {1}}}),
       "max_pool: {kernel: 2, stride: 4, ceil_mode: true} -> 6x3x4"},
      {image, pooled("MaxPool", {k3, {"strides", {2, 2}}}, "SAME_UPPER"),
       "max_pool: {kernel: [3, 2], stride: 2, pad: same_tf} -> 6x5x7"},
      {image, pooled("MaxPool", {k3, {"strides", {2, 2}}}, "SAME_LOWER"),
       "max_pool: {kernel: [3, 2], stride: 2, pad: [1, 1, 0, 0]} -> 6x5x7"},
      {image, pooled("AveragePool", {k2}), "avg_pool: {kernel: 2, stride: 1} -> 6x9x12"},
      {image, pooled("AveragePool", {k2, {"pads", {1, 1, 1, 1}}}),
       "avg_pool: {kernel: 2, stride: 1, pad: 1, count_include_pad: false} -> 6x11x14"},
      {image, pooled("AveragePool", {k2, {"pads", {0, 0, 0, 1}}}),
       "avg_pool: {kernel: 2, stride: 1, pad: [0, 0, 0, 1], count_include_pad: false} -> 6x9x13"},
      {image, pooled("AveragePool", {k2, {"pads", {0, 0, 1, 0}}}),
       "avg_pool: {kernel: 2, stride: 1, pad: [0, 0, 1, 0], count_include_pad: false} -> 6x10x12"},
      {image, pooled("AveragePool", {k2, {"pads", {0, 1, 0, 0}}}),
       "avg_pool: {kernel: 2, stride: 1, pad: [0, 1, 0, 0], count_include_pad: false} -> 6x9x13"},
      {image, pooled("AveragePool", {k2, {"pads", {1, 0, 0, 0}}}),
       "avg_pool: {kernel: 2, stride: 1, pad: [1, 0, 0, 0], count_include_pad: false} -> 6x10x12"},
      {image, pooled("AveragePool", {k2, {"pads", {1, 1, 1, 1}}, {"count_include_pad", {1}}}),
       "avg_pool: {kernel: 2, stride: 1, pad: 1} -> 6x11x14"},
      {image, pooled("AveragePool", {k3, {"dilations", {1, 2}}}),
       "custom: {channels: 6, height: h - 2, width: w - 2, pool_ops: 6 * 6 * ((h - 2) * (w - 2))} "
       "-> 6x8x11"},
      {image, pooled("MaxPool", {k2, {"pads", {0, -1, 0, 0}}}),
       "custom: {channels: 6, height: h - 1, width: w - 2, pool_ops: 4 * 6 * ((h - 1) * (w - 2))} "
       "-> 6x9x11"},
      {image, pooled("MaxPool", {k2, {"pads", {0, 0, -1, 0}}}),
       "custom: {channels: 6, height: h - 2, width: w - 1, pool_ops: 4 * 6 * ((h - 2) * (w - 1))} "
       "-> 6x8x12"},
      {image, pooled("MaxPool", {k2, {"pads", {0, 0, 0, -1}}}),
       "custom: {channels: 6, height: h - 1, width: w - 2, pool_ops: 4 * 6 * ((h - 1) * (w - 2))} "
       "-> 6x9x11"},
      {image, pooled("GlobalAveragePool", {}), "global_avg_pool -> 6x1x1"},
      {image, pooled("GlobalMaxPool", {}), "global_max_pool -> 6x1x1"},
      {{1, 3, 4, 6, 5}, pooled("GlobalMaxPool", {}), "global_max_pool -> 3x1x1"},
      {{1, 6, 9},
       pooled("MaxPool", {{"kernel_shape", {3}}}),
       "rearrange: {channels: 6, height: 9}; max_pool: {kernel: [3, 1], stride: 1} -> 6x7x1"},
      {{1, 6, 9},
       pooled("MaxPool", {{"kernel_shape", {3}}, {"strides", {3}}}),
       "rearrange: {channels: 6, height: 9}; max_pool: {kernel: [3, 1]} -> 6x3x1"},
      {{1, 6, 9},
       pooled("GlobalMaxPool", {}),
       "rearrange: {channels: 6, height: 9}; global_max_pool -> 6x1x1"},
      {{1, 2, 3, 4, 5, 6}, pooled("GlobalMaxPool", {}), "unsupported: {channels: 2} -> 2x1x1"},
  });
}

TEST_CASE("reductions of channels, rows and columns", "[onnx]") {
  const auto reduced = [](const std::string& type, std::vector<std::int64_t> axes,
                          std::int64_t keep = 1) {
    return operator_of(type, {{"axes", axes}, {"keepdims", {keep}}});
  };
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  check_items({
      {image, reduced("ReduceMean", {2, 3}), "global_avg_pool -> 6x1x1"},
      {image, reduced("ReduceMax", {2, 3}, 0), "global_max_pool -> 6x1x1"},
      {image, reduced("ReduceSum", {2, 3}), "reduce: {height: true, width: true} -> 6x1x1"},
      {image, reduced("ReduceMean", {2}), "reduce: {height: true} -> 6x1x5"},
      {image, reduced("ReduceMean", {3}, 0), "reduce: {width: true} -> 6x4x1"},
      {image, reduced("ReduceMean", {1}), "reduce: {channels: true} -> 1x4x5"},
      {image, reduced("ReduceMean", {1, 2, 3}),
       "reduce: {channels: true, height: true, width: true} -> 1x1x1"},
      {image, reduced("ReduceL2", {1, 3}, 0), "reduce: {channels: true, width: true} -> 1x4x1"},
      {{1, 6, 1, 5}, reduced("ReduceMean", {3}), "global_avg_pool -> 6x1x1"},
      {{1, 3, 4, 1}, reduced("ReduceMean", {2}), "global_avg_pool -> 3x1x1"},
      {{1, 4, 6}, reduced("ReduceMean", {1}), "global_avg_pool -> 6x1x1"},
      {{1, 4, 6}, reduced("ReduceMin", {1}), "reduce: {height: true} -> 6x1x1"},
      {{2, 4, 6},
       reduced("ReduceSum", {0}),
       "unsupported: {channels: 1, height: h, width: 6} -> 1x4x6"},
      {image, operator_of("ArgMax", {{"axis", {1}}}), "reduce: {channels: true} -> 1x4x5"},
      {image, operator_of("ArgMin", {{"axis", {-1}}, {"keepdims", {0}}}),
       "reduce: {width: true} -> 6x4x1"},
      {image, operator_of("ReduceMean"),
       "reduce: {channels: true, height: true, width: true} -> 1x1x1"},
      // A part of the channels, as of branches.
      {{1, 12, 4, 5},
       [](GraphWriter& g) {
         const std::string parts = g.node("Reshape", {"x", g.vector({1, 3, 4, 4, 5})});
         return g.node("ReduceSum", {parts, g.vector({1})}, {{"keepdims", {0}}});
       },
       "reshape: {channels: 3, height: 4 * h, width: w}; reduce: {channels: true}; reshape: {name: "
       "reshape_2, channels: 4, height: h // 4, width: w} -> 4x4x5"},
      {{1, 12, 4, 5},
       [](GraphWriter& g) {
         const std::string parts = g.node("Reshape", {"x", g.vector({1, 3, 4, 4, 5})});
         return g.node("ReduceSum", {parts, g.vector({2})}, {{"keepdims", {0}}});
       },
       "rearrange: {channels: 4, height: 3 * h, width: w}; reduce: {channels: true}; reshape: "
       "{channels: 3, height: h // 3, width: w} -> 3x4x5"},
      {{1, 12, 6, 10},
       [](GraphWriter& g) {
         const std::string parts = g.node("Reshape", {"x", g.vector({1, 12, 2, 3, 2, 5})});
         return g.node("ReduceMax", {parts}, {{"axes", {3, 5}}, {"keepdims", {0}}});
       },
       "rearrange: {channels: 15, height: 12 * h // 3, width: w // 5}; reduce: {channels: true}; "
       "reshape: {channels: 12, height: h // 12, width: w} -> 12x2x2"},
      {{1, 12, 6, 10},
       [](GraphWriter& g) {
         const std::string parts = g.node("Reshape", {"x", g.vector({1, 4, 3, 6, 2, 5})});
         return g.node("ReduceSum", {parts, g.vector({2, 5})}, {{"keepdims", {0}}});
       },
       "rearrange: {channels: 15, height: 4 * h, width: w // 5}; reduce: {channels: true}; "
       "reshape: {channels: 4, height: h // 4, width: w} -> 4x6x2"},
      {{1, 12, 4, 6},
       [](GraphWriter& g) {
         const std::string parts = g.node("Reshape", {"x", g.vector({1, 12, 2, 2, 3, 2})});
         return g.node("ReduceMax", {parts}, {{"axes", {3, 5}}, {"keepdims", {0}}});
       },
       "rearrange: {channels: 4, height: 12 * h // 2, width: w // 2}; reduce: {channels: true}; "
       "reshape: {channels: 12, height: h // 12, width: w} -> 12x2x3"},
  });
}

TEST_CASE("norms of channels, groups and positions", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  const auto constant_norm = [](const std::string& type, std::vector<float> factors,
                                std::vector<float> offsets) {
    return [=](GraphWriter& g) {
      TestNode f = {"Constant", {}, {"f"}}, o = {"Constant", {}, {"o"}};
      f.reals = {{"value_floats", factors}};
      o.reals = {{"value_floats", offsets}};
      g.model.nodes = {f, o};
      return g.node(type, {"x", "f", "o"});
    };
  };
  check_items({
      {image, normed("BatchNormalization", {{6}, {6}, {6}, {6}}), "batch_norm -> 6x4x5"},
      {image, normed("InstanceNormalization", {{6}, {6}}), "group_norm: {groups: in} -> 6x4x5"},
      {image,
       constant_norm("InstanceNormalization", std::vector<float>(6, 1), std::vector<float>(6, 0)),
       "group_norm: {groups: in, affine: false} -> 6x4x5"},
      {image,
       constant_norm("InstanceNormalization", std::vector<float>(6, 2), std::vector<float>(6, 0)),
       "group_norm: {groups: in} -> 6x4x5"},
      {image,
       constant_norm("InstanceNormalization", std::vector<float>(6, 1), std::vector<float>(6, 1)),
       "group_norm: {groups: in} -> 6x4x5"},
      {{1, 6},
       normed("InstanceNormalization", {{6}, {6}}),
       "unsupported: {channels: 6, params: 12} -> 6x1x1"},
      {image, normed("GroupNormalization", {{6}, {6}}, {{"num_groups", {2}}}),
       "group_norm: {groups: 2} -> 6x4x5"},
      {image, normed("GroupNormalization", {{6}, {6}}, {{"num_groups", {6}}}),
       "group_norm: {groups: in} -> 6x4x5"},
      {image, normed("GroupNormalization", {{6}, {6}}, {{"num_groups", {1}}}),
       "group_norm: {groups: 1} -> 6x4x5"},
      {image, normed("GroupNormalization", {{6}, {6}}), "group_norm: {groups: 1} -> 6x4x5"},
      {image, normed("GroupNormalization", {{3}, {3}}, {{"num_groups", {3}}}),
       "group_norm: {groups: 3, affine: false}; pointwise: {elementwise: 2, params: 6} -> 6x4x5"},
      {image, normed("GroupNormalization", {{6}, {6}}, {{"num_groups", {4}}}),
       "unsupported: {channels: 6, height: h, width: w, params: 12} -> 6x4x5"},
      {image, normed("GroupNormalization", {{6}, {6}}, {{"num_groups", {0}}}),
       "unsupported: {channels: 6, height: h, width: w, params: 12} -> 6x4x5"},
      {image, normed("LRN", {}), "lrn -> 6x4x5"},
      {image, normed("LRN", {}, {{"size", {5}}}), "lrn -> 6x4x5"},
      {image, normed("LRN", {}, {{"size", {3}}}), "lrn: {size: 3} -> 6x4x5"},
      {image, normed("LRN", {}, {{"size", {0}}}),
       "unsupported: {channels: 6, height: h, width: w} -> 6x4x5"},
      {{1, 4, 6}, normed("LayerNormalization", {{6}, {6}}), "layer_norm -> 6x4x1"},
      {{1, 4, 6},
       normed("LayerNormalization", {{6}}),
       "layer_norm: {affine: false}; scale -> 6x4x1"},
      {{1, 4, 6},
       normed("LayerNormalization", {{4, 6}, {4, 6}}, {{"axis", {1}}}),
       "layer_norm: {over: all} -> 6x4x1"},
      {{1, 4, 6},
       normed("LayerNormalization", {{4, 6}}, {{"axis", {-2}}}),
       "layer_norm: {over: all, affine: false}; pointwise: {learned: all} -> 6x4x1"},
      {image, normed("LayerNormalization", {{5}, {5}}),
       "unsupported: {channels: 6, height: h, width: w, params: 10} -> 6x4x5"},
      {image, normed("LayerNormalization", {{6, 4, 5}, {6, 4, 5}}, {{"axis", {1}}}),
       "layer_norm: {over: all} -> 6x4x5"},
      {{1, 4, 6},
       constant_norm("LayerNormalization", std::vector<float>(6, 1), std::vector<float>(6, 0)),
       "layer_norm: {affine: false} -> 6x4x1"},
      {{1, 4, 6},
       constant_norm("LayerNormalization", std::vector<float>(6, 2), std::vector<float>(6, 0)),
       "layer_norm: {affine: false}; scale -> 6x4x1"},
      {{1, 4, 6},
       constant_norm("LayerNormalization", std::vector<float>(6, 1), std::vector<float>(6, 2)),
       "layer_norm -> 6x4x1"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("LayerNormalization",
                       {"x", g.node("ReduceMean", {"x"}, {{"axes", {0, 1}}, {"keepdims", {0}}})});
       },
       "global_avg_pool; unsupported: {channels: 6, height: h, from: [input, global_avg_pool]} -> "
       "6x4x1"},
      // Channels of several frames share their factors.
      {{1, 4, 6, 3, 5},
       [](GraphWriter& g) {
         const std::string frames = g.node("Reshape", {"x", g.vector({4, 6, 3, 5})});
         return g.node("BatchNormalization",
                       {frames, g.weight({6}), g.weight({6}), g.weight({6}), g.weight({6})});
       },
       "custom: {channels: 4, height: h, width: w, params: 12, elementwise: 2 * in * h * w} -> "
       "4x18x5"},
      {{1, 4, 6, 3, 5},
       [](GraphWriter& g) {
         const std::string frames = g.node("Reshape", {"x", g.vector({4, 6, 3, 5})});
         return g.node("InstanceNormalization", {frames, g.weight({6}), g.weight({6})});
       },
       "custom: {channels: 4, height: h, width: w, params: 12, elementwise: 7 * in * h * w} -> "
       "4x18x5"},
      {{1, 4, 6, 3, 5},
       [](GraphWriter& g) {
         const std::string frames = g.node("Reshape", {"x", g.vector({4, 6, 3, 5})});
         return g.node("GroupNormalization", {frames, g.weight({6}), g.weight({6})},
                       {{"num_groups", {2}}});
       },
       "custom: {channels: 4, height: h, width: w, params: 12, elementwise: 7 * in * h * w} -> "
       "4x18x5"},
      {{1, 4, 6, 3, 5},
       [](GraphWriter& g) {
         const std::string frames = g.node("Reshape", {"x", g.vector({4, 6, 3, 5})});
         return g.node("LRN", {frames}, {{"size", {3}}});
       },
       "custom: {channels: 4, height: h, width: w, elementwise: 6 * in * h * w, transcendentals: "
       "in * h * w} -> 4x18x5"},
      // Groups divide a free width.
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string norm =
             g.node("GroupNormalization", {g.conv("x", 3, 8), g.weight({8}), g.weight({8})},
                    {{"num_groups", {4}}});
         return g.conv(norm, 8, 7);
       },
       "w1 % 4; conv: {out: w1}; group_norm: {groups: 4}; conv: {name: conv_2, out: 7} -> 7x4x5"},
  });
}
