// SPDX-License-Identifier: Apache-2.0
// Operators that become layers which state their costs: videos, computed kernels, Einstein sums.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Ints = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

}  // namespace

TEST_CASE("pools over frames, rows and columns", "[onnx]") {
  const auto pool = [](Ints ints, const std::string& auto_pad = "") {
    return [=](GraphWriter& g) {
      const std::string out = g.node("AveragePool", {"x"}, ints);
      if (!auto_pad.empty()) g.model.nodes.back().texts = {{"auto_pad", auto_pad}};
      return out;
    };
  };
  const std::vector<TestDimension> video = {1, 3, 4, 6, 5};
  check_items({
      {video, pool({{"kernel_shape", {1, 2, 2}}, {"strides", {1, 2, 2}}}),
       "custom: {channels: 3, height: 4 * ((h // 4 - 2) // 2 + 1), width: (w - 2) // 2 + 1, "
       "pool_ops: 4 * 3 * ((4 * ((h // 4 - 2) // 2 + 1)) * ((w - 2) // 2 + 1))} -> 3x12x2"},
      {video, pool({{"kernel_shape", {2, 3, 1}}}),
       "custom: {channels: 3, height: 3 * (h // 4 - 2), width: w, pool_ops: 6 * 3 * ((3 * (h // 4 "
       "- 2)) * w)} -> 3x12x5"},
      {video, pool({{"kernel_shape", {2, 2, 2}}, {"strides", {2, 4, 2}}, {"ceil_mode", {1}}}),
       "custom: {channels: 3, height: 2 * 2, width: (w - 1) // 2 + 1, pool_ops: 8 * 3 * ((2 * 2) * "
       "((w - 1) // 2 + 1))} -> 3x4x3"},
      {video, pool({{"kernel_shape", {2, 2, 2}}, {"strides", {2, 2, 2}}, {"ceil_mode", {1}}}),
       "custom: {channels: 3, height: 2 * ((h // 4 - 1) // 2 + 1), width: (w - 1) // 2 + 1, "
       "pool_ops: 8 * 3 * ((2 * ((h // 4 - 1) // 2 + 1)) * ((w - 1) // 2 + 1))} -> 3x6x3"},
      {video,
       pool({{"kernel_shape", {2, 3, 3}},
             {"strides", {2, 2, 2}},
             {"ceil_mode", {1}},
             {"pads", {0, 1, 1, 0, 1, 1}}}),
       "custom: {channels: 3, height: 2 * 4, width: 3, pool_ops: 18 * 3 * ((2 * 4) * 3)} -> 3x8x3"},
      {video,
       pool({{"kernel_shape", {2, 3, 3}}, {"strides", {2, 2, 2}}, {"ceil_mode", {1}}},
            "SAME_UPPER"),
       "custom: {channels: 3, height: 2 * ((h // 4 + 1) // 2), width: (w + 1) // 2, pool_ops: 18 * "
       "3 * ((2 * ((h // 4 + 1) // 2)) * ((w + 1) // 2))} -> 3x6x3"},
      {{1, 6, 7, 9},
       pool({{"kernel_shape", {2, 2}}, {"dilations", {3, 2}}}),
       "custom: {channels: 6, height: h - 3, width: w - 2, pool_ops: 4 * 6 * ((h - 3) * (w - 2))} "
       "-> 6x4x7"},
      {{1, 6, 7, 9},
       pool({{"kernel_shape", {2, 2}}, {"pads", {-1, 0, 0, 0}}}),
       "custom: {channels: 6, height: h - 2, width: w - 1, pool_ops: 4 * 6 * ((h - 2) * (w - 1))} "
       "-> 6x5x8"},
  });
}

TEST_CASE("kernels that are computed from activations, and shared by images", "[onnx]") {
  check_items({
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.conv("x", 3, 6);
         const std::string pooled = g.node("GlobalAveragePool", {g.conv("x", 3, 72)});
         const std::string kernel = g.node("Reshape", {pooled, g.vector({12, 6, 1, 1})});
         return g.node("Conv", {map, kernel, g.weight({12})});
       },
       "conv: {out: 6}; conv: {name: conv_2, out: 72, from: input}; global_avg_pool; custom: "
       "{channels: 12, height: h, width: w, params: 12, macs: in * 12 * (h * w), bias_adds: 12 * "
       "(h * w), from: [conv, global_avg_pool]} -> 12x4x5"},
      {{1, 4, 3, 6, 5},
       [](GraphWriter& g) {
         const std::string frames = g.node("Reshape", {"x", g.vector({4, 3, 6, 5})});
         return g.node("Conv", {frames, g.weight({8, 3, 2, 2}), g.weight({8})});
       },
       "rearrange: {channels: 12, height: 6, width: w}; custom: {channels: 32, height: h - 1, "
       "width: w - 1, params: (4 * in // 4 + 1) * 8, weights: 4 * in // 4 * 8, macs: 4 * in // 4 * "
       "32 * ((h - 1) * (w - 1)), bias_adds: 32 * ((h - 1) * (w - 1))} -> 32x5x4"},
      {{1, 4, 6, 6, 5},
       [](GraphWriter& g) {
         const std::string frames = g.node("Reshape", {"x", g.vector({4, 6, 6, 5})});
         return g.node("Conv", {frames, g.weight({8, 3, 2, 2})}, {{"group", {2}}});
       },
       "rearrange: {channels: 24, height: 6, width: w}; custom: {channels: 32, height: h - 1, "
       "width: w - 1, params: 4 * in // 8 * 8, weights: 4 * in // 8 * 8, macs: 4 * in // 8 * 32 * "
       "((h - 1) * (w - 1))} -> 32x5x4"},
      {{1, 4, 3, 6, 5},
       [](GraphWriter& g) {
         const std::string frames = g.node("Reshape", {"x", g.vector({4, 3, 6, 5})});
         return g.node("Conv", {frames, g.weight({6, 1, 2, 2})}, {{"group", {3}}});
       },
       "rearrange: {channels: 12, height: 6, width: w}; custom: {channels: 24, height: h - 1, "
       "width: w - 1, params: 24, weights: 24, macs: 4 * 24 * ((h - 1) * (w - 1))} -> 24x5x4"},
      {{1, 4, 3, 6, 5},
       [](GraphWriter& g) {
         const std::string frames = g.node("Reshape", {"x", g.vector({4, 3, 6, 5})});
         return g.node("ConvTranspose", {frames, g.weight({3, 8, 2, 2})}, {{"strides", {2, 2}}});
       },
       "rearrange: {channels: 12, height: 6, width: w}; custom: {channels: 32, height: 2 * (h), "
       "width: 2 * (w), params: 4 * in // 4 * 8, weights: 4 * in // 4 * 8, macs: 4 * in // 4 * 32 "
       "* h * w} -> 32x12x10"},
  });
}

TEST_CASE("Einstein sums of activations and of weights", "[onnx]") {
  const auto by_weight = [](const std::string& equation, Sizes weight) {
    return [=](GraphWriter& g) { return g.einsum(equation, {"x", g.weight(weight)}); };
  };
  const auto two = [](const std::string& equation) {
    return [=](GraphWriter& g) { return g.einsum(equation, {"x", g.node("Relu", {"x"})}); };
  };
  check_items({
      {{1, 4, 6},
       by_weight("btd,de->bte", {6, 7}),
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x1"},
      {{1, 4, 6},
       by_weight("btd,de->bet", {6, 7}),
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x1"},
      {{1, 4, 5, 6},
       by_weight("bhwd,de->bhwe", {6, 7}),
       "rearrange: {channels: 6, height: 4, width: 5}; linear: {out: 7, bias: false, per_position: "
       "true} -> 7x4x5"},
      {{1, 4, 5, 6},
       by_weight("bhwd,hwe->be", {4, 5, 7}),
       "custom: {channels: 7, params: 140, weights: 140, macs: 7 * in * h * w} -> 7x1x1"},
      {{1, 4, 5, 6},
       by_weight("bhwd,hwe->bde", {4, 5, 7}),
       "rearrange: {channels: 20, height: 6}; linear: {out: 7, bias: false, per_position: true} -> "
       "7x6x1"},
      {{1, 1, 6}, by_weight("btd,de->bte", {6, 7}), "linear: {out: 7, bias: false} -> 7x1x1"},
      {{3, 4, 6},
       by_weight("btd,de->bte", {6, 7}),
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x1"},
      {{1, 4, 6},
       by_weight("btd,bde->bte", {1, 6, 7}),
       "custom: {channels: 7, height: h, params: 42, weights: 42, macs: 7 * in * h * w} -> 7x4x1"},
      {{1, 4, 6},
       two("btd,bsd->bts"),
       "relu; rearrange: {channels: 1, height: h, width: 6, from: input}; rearrange: {name: "
       "rearrange_2, channels: 1, height: h, width: 6, from: relu}; matmul: {transpose: true, "
       "from: [rearrange, rearrange_2]} -> 1x4x4"},
      {{1, 4, 6},
       two("btd,bte->bde"),
       "relu; rearrange: {channels: 1, height: 6, width: 4, from: input}; rearrange: {name: "
       "rearrange_2, channels: 1, height: 6, width: 4, from: relu}; matmul: {transpose: true, "
       "from: [rearrange, rearrange_2]} -> 1x6x6"},
      {{1, 3, 4, 6},
       two("bhtd,bhsd->bhts"),
       "relu; matmul: {transpose: true, from: [input, relu]} -> 3x4x4"},
      {{1, 3, 4, 6},
       two("bthd,bshd->bhts"),
       "relu; rearrange: {channels: 4, height: 3, width: w, from: input}; rearrange: {name: "
       "rearrange_2, channels: 4, height: 3, width: w, from: relu}; matmul: {transpose: true, "
       "from: [rearrange, rearrange_2]} -> 4x3x3"},
      {{2, 4, 6},
       two("btd,bsd->bts"),
       "relu; rearrange: {channels: 1, height: h, width: 6, from: input}; rearrange: {name: "
       "rearrange_2, channels: 1, height: h, width: 6, from: relu}; matmul: {transpose: true, "
       "from: [rearrange, rearrange_2]} -> 1x4x4"},
      {{1, 4, 6},
       two("btd,std->bts"),
       "relu; rearrange: {channels: 4, width: 6, from: input}; rearrange: {name: rearrange_2, "
       "channels: 4, width: 6, from: relu}; matmul: {transpose: true, from: [rearrange, "
       "rearrange_2]} -> 4x1x1"},
      {{1, 4, 4},
       two("btt,bst->bs"),
       "relu; unsupported: {channels: 4, from: [input, relu]} -> 4x1x1"},
      {{1, 4, 6},
       [](GraphWriter& g) { return g.einsum("btd->bdt", {"x"}); },
       "unsupported: {channels: 4, height: 6} -> 4x6x1"},
  });
}

TEST_CASE("products of several images and of weights of several", "[onnx]") {
  check_items({
      {{2, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {g.weight({3, 4}), "x"});
       },
       "custom: {channels: 6, height: 3, params: 12, weights: 12, macs: 3 * in * h * w} -> 6x3x1"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({5, 6, 7})});
       },
       "custom: {channels: 5, height: h, width: 7, params: 210, weights: 210, macs: 35 * in * h * "
       "w} -> 5x4x7"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         const std::string flat =
             g.node("ReduceMean", {"x"}, {{"axes", {0, 2}}, {"keepdims", {0}}});
         return g.node("MatMul", {flat, "x"});
       },
       "reduce: {channels: true}; custom: {channels: 6, macs: 6 * in * h * w, from: [reduce, "
       "input]} -> 6x1x1"},
  });
}
