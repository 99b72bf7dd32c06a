// SPDX-License-Identifier: Apache-2.0
// What joins, cuts, picks and pads in ONNX files: the layers that it becomes.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using MakeGraph = std::function<std::string(GraphWriter&)>;

MakeGraph sliced(Sizes starts, Sizes ends, Sizes axes, Sizes steps = {}) {
  return [=](GraphWriter& g) {
    std::vector<std::string> inputs = {"x", g.vector(starts), g.vector(ends), g.vector(axes)};
    if (!steps.empty()) inputs.push_back(g.vector(steps));
    return g.node("Slice", inputs);
  };
}

MakeGraph padded(Sizes pads, const std::string& mode = "") {
  return [=](GraphWriter& g) {
    const std::string out = g.node("Pad", {"x", g.vector(pads)});
    if (!mode.empty()) g.model.nodes.back().texts = {{"mode", mode}};
    return out;
  };
}

MakeGraph gathered(Sizes indices, std::int64_t axis, bool scalar = false) {
  return [=](GraphWriter& g) {
    if (!scalar) return g.node("Gather", {"x", g.vector(indices)}, {{"axis", {axis}}});
    g.model.scalars = {{"i", indices[0]}};
    return g.node("Gather", {"x", "i"}, {{"axis", {axis}}});
  };
}

// Parts of the second or another dimension of "x", of which some are joined again.
MakeGraph split_and(Sizes parts, std::int64_t axis, const std::vector<std::string>& used) {
  return [=](GraphWriter& g) {
    TestNode node = {"Split", {"x", g.vector(parts)}, {}, {{"axis", {axis}}}};
    for (std::size_t k = 0; k < parts.size(); ++k)
      node.outputs.push_back(std::string(1, "abcd"[k]));
    g.model.nodes.push_back(node);
    return g.node("Concat", used, {{"axis", {axis}}});
  };
}

}  // namespace

TEST_CASE("joins along channels, rows, columns and the batch", "[onnx]") {
  const auto joined = [](std::int64_t axis) {
    return [=](GraphWriter& g) {
      return g.node("Concat", {"x", g.node("Relu", {"x"})}, {{"axis", {axis}}});
    };
  };
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  check_items({
      {image, joined(1), "relu; concat: {from: [input, relu]} -> 12x4x5"},
      {image, joined(2),
       "relu; rearrange: {channels: 6, height: 2 * h, width: w, from: [input, relu]} -> 6x8x5"},
      {image, joined(-1),
       "relu; rearrange: {channels: 6, height: h, width: 2 * w, from: [input, relu]} -> 6x4x10"},
      {image,
       [](GraphWriter& g) {
         return g.node("Concat", {"x", g.node("Relu", {"x"})});
       },
       "relu; concat: {from: [input, relu]} -> 12x4x5"},
      // One alone is the same tensor.
      {image,
       [](GraphWriter& g) {
         return g.node("Relu", {g.node("Concat", {"x"}, {{"axis", {1}}})});
       },
       "relu -> 6x4x5"},
      // Positions of a transposed tensor, and its channels.
      {image,
       [](GraphWriter& g) {
         const std::string turned = g.node("Transpose", {"x"}, {{"perm", {0, 2, 3, 1}}});
         return g.node("Concat", {turned, g.node("Relu", {turned})}, {{"axis", {3}}});
       },
       "relu; concat: {from: [input, relu]} -> 12x4x5"},
      // One number for each of the images.
      {{1, 6},
       [](GraphWriter& g) {
         const std::string one = g.node("Unsqueeze", {"x", g.vector({1})});
         return g.node("Concat", {one, g.node("Relu", {one})}, {{"axis", {1}}});
       },
       "relu; rearrange: {channels: 6, height: 2, from: [input, relu]} -> 6x2x1"},
      // Learned channels before and behind.
      {image,
       [](GraphWriter& g) {
         return g.node("Concat", {"x", g.weight({1, 2, 4, 5})}, {{"axis", {1}}});
       },
       "custom: {channels: 8, height: h, width: w, params: 40} -> 8x4x5"},
      {image,
       [](GraphWriter& g) {
         return g.node("Concat", {g.weight({1, 6, 1, 5}), "x"}, {{"axis", {2}}});
       },
       "custom: {channels: 6, height: 5, width: w, params: 5 * 6} -> 6x5x5"},
      {image,
       [](GraphWriter& g) {
         return g.node("Concat", {"x", g.vector({1})}, {{"axis", {1}}});
       },
       "net.onnx: error: Concat: shapes 1x6x4x5 and 1 don't fit"},
  });
}

TEST_CASE("learned tokens before others, at other widths", "[onnx]") {
  const auto tokens = [](Sizes token, std::int64_t axis, bool last) {
    return [=](GraphWriter& g) {
      const std::string linear = g.node("MatMul", {"x", g.weight({6, 8})});
      const std::string weight = g.weight(token);
      const std::string all = last ? g.node("Concat", {linear, weight}, {{"axis", {axis}}})
                                   : g.node("Concat", {weight, linear}, {{"axis", {axis}}});
      return g.node("MatMul", {all, g.weight({8, 3})});
    };
  };
  const std::string linear = "linear: {out: w1, bias: false, per_position: true}; ",
                    pinned = "linear: {out: 8, bias: false, per_position: true}; ",
                    end = "linear: {name: linear_2, out: 3, bias: false, per_position: true} -> ";
  check_items({
      {{1, 4, 6}, tokens({1, 1, 8}, 1, false), linear + "class_token; " + end + "3x5x1"},
      {{1, 4, 6},
       tokens({1, 2, 8}, 1, false),
       linear + "custom: {channels: w1, height: 6, params: 2 * w1}; " + end + "3x6x1"},
      {{1, 4, 6},
       tokens({1, 1, 8}, 1, true),
       linear + "custom: {channels: w1, height: 5, params: 1 * w1}; " + end + "3x5x1"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         const std::string product = g.node("MatMul", {"x", g.weight({6, 8})});
         const std::string all = g.node("Concat", {product, g.weight({1, 4, 2})}, {{"axis", {2}}});
         return g.node("MatMul", {all, g.weight({10, 3})});
       },
       pinned + "custom: {channels: 10, height: h, params: 8}; " + end + "3x4x1"},
      // Equal tokens are stored once: they are of two layers.
      {{1, 4, 6},
       [](GraphWriter& g) {
         const std::string token = g.weight({1, 1, 6});
         const std::string one = g.node("Concat", {token, "x"}, {{"axis", {1}}});
         const std::string two = g.node("Concat", {token, g.node("Relu", {"x"})}, {{"axis", {1}}});
         return g.node("Add", {one, two});
       },
       "class_token; relu: {from: input}; class_token: {name: class_token_2}; "
       "add: {from: [class_token, class_token_2]} -> 6x5x1"},
  });
}

TEST_CASE("parts of channels, rows and columns", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  check_items({
      {image, split_and({3, 3}, 1, {"b", "a"}),
       "split: {take: 1}; split: {name: split_2, take: 2, from: input}; concat: {from: [split_2, "
       "split]} -> 6x4x5"},
      {image, split_and({2, 2, 2}, 1, {"c", "a"}),
       "split: {parts: 3, take: 1}; split: {name: split_2, parts: 3, take: 3, from: input}; "
       "concat: {from: [split_2, split]} -> 4x4x5"},
      {image, split_and({1, 2, 3}, 1, {"b", "c"}),
       "rearrange: {channels: 2, height: h, width: w}; rearrange: {name: rearrange_2, channels: 3, "
       "height: h, width: w, from: input}; concat: {from: [rearrange, rearrange_2]} -> 5x4x5"},
      {image, split_and({2, 2}, 2, {"a", "b"}),
       "rearrange: {channels: 6, height: 2, width: w}; rearrange: {name: rearrange_2, channels: 6, "
       "height: 2, width: w, from: input}; rearrange: {name: rearrange_3, channels: 6, height: 2 * "
       "h, width: w, from: [rearrange, rearrange_2]} -> 6x4x5"},
      {image, split_and({1, 4}, 3, {"b", "b"}),
       "rearrange: {channels: 6, height: h, width: 4}; rearrange: {name: rearrange_2, channels: 6, "
       "height: h, width: 2 * w, from: [rearrange, rearrange]} -> 6x4x8"},
      {image,
       [](GraphWriter& g) {
         g.model.nodes.push_back({"Split", {"x", g.vector({6})}, {"a"}, {{"axis", {1}}}});
         return g.node("Relu", {"a"});
       },
       "relu -> 6x4x5"},
  });
}

TEST_CASE("parts of channels that are free, cut at the same and at other places", "[onnx]") {
  const auto conv_slices = [](std::vector<std::pair<std::int64_t, std::int64_t>> ranges) {
    return [=](GraphWriter& g) {
      const std::string map = g.conv("x", 3, 24);
      std::string out;
      for (const auto& [begin, end] : ranges) {
        const std::string part =
            g.node("Slice", {map, g.vector({begin}), g.vector({end}), g.vector({1})});
        const std::string next = g.conv(part, end - begin, 7);
        out = out.empty() ? next : g.node("Add", {out, next});
      }
      return out;
    };
  };
  const std::vector<TestDimension> image = {1, 3, 4, 5};
  check_items({
      // Halves are a split.
      {image, conv_slices({{0, 12}, {12, 24}}),
       "w1 % 2; conv: {out: w1}; split: {take: 1}; conv: {name: conv_2, out: 7}; split: {name: "
       "split_2, take: 2, from: conv}; conv: {name: conv_3, out: 7}; add: {from: [conv_2, conv_3]} "
       "-> 7x4x5"},
      {image, conv_slices({{0, 16}, {16, 24}}),
       "conv: {out: 24}; rearrange: {channels: 16, height: h, width: w}; conv: {name: conv_2, "
       "out: 7}; split: {parts: 3, take: 3, from: conv}; conv: {name: conv_3, out: 7}; add: {from: "
       "[conv_2, conv_3]} -> 7x4x5"},
      {image, conv_slices({{0, 10}, {10, 24}, {4, 10}}),
       "conv: {out: w2 + w3 + w1}; rearrange: {channels: w2 + w3, height: h, width: w}; conv: "
       "{name: conv_2, out: 7}; rearrange: {name: rearrange_2, channels: w1, height: h, width: w, "
       "from: conv}; conv: {name: conv_3, out: 7}; add: {from: [conv_2, conv_3]}; rearrange: "
       "{name: rearrange_3, channels: w3, height: h, width: w, from: conv}; conv: {name: conv_4, "
       "out: 7}; add: {name: add_2, from: [add, conv_4]} -> 7x4x5"},
  });
}

TEST_CASE("slices of rows and columns follow the size where they go up to the end", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 7, 9};
  check_items({
      {image, sliced({0}, {7}, {2}),
       "net.onnx: error: the graph has no operators that work on its "
       "input"},
      {image, sliced({2}, {7}, {2}), "rearrange: {channels: 6, height: h - 2, width: w} -> 6x5x9"},
      {image, sliced({2}, {6}, {2}), "rearrange: {channels: 6, height: 4, width: w} -> 6x4x9"},
      {image, sliced({0}, {9}, {3}, {3}),
       "rearrange: {channels: 6, height: h, width: (w + 2) // 3} -> 6x7x3"},
      {image, sliced({2}, {9}, {3}, {3}),
       "rearrange: {channels: 6, height: h, width: w // 3} -> 6x7x3"},
      {image, sliced({4}, {9}, {3}, {3}),
       "rearrange: {channels: 6, height: h, width: (w - 2) // 3} -> 6x7x2"},
      {image, sliced({4}, {6}, {3}, {3}), "rearrange: {channels: 6, height: h} -> 6x7x1"},
      {image, sliced({1, 3}, {7, 9}, {2, 3}),
       "rearrange: {channels: 6, height: h - 1, width: w - 3} -> 6x6x6"},
      {image, sliced({6}, {-8}, {2}, {-2}),
       "rearrange: {channels: 6, height: 4, width: w} -> 6x4x9"},
      {image, sliced({2, 3}, {4, 9}, {1, 2}),
       "rearrange: {channels: 2, height: h - 3, width: w} -> 2x4x9"},
      {image, sliced({2}, {4}, {1}), "split: {parts: 3, take: 2} -> 2x7x9"},
      {image, sliced({1}, {3}, {1}), "rearrange: {channels: 2, height: h, width: w} -> 2x7x9"},
      {image, sliced({0}, {6}, {1}, {2}), "rearrange: {channels: 3, height: h, width: w} -> 3x7x9"},
      {image, sliced({3}, {3}, {1}),
       "net.onnx: error: the graph has no operators that work on its "
       "input"},
  });
}

TEST_CASE("positions that are looked up", "[onnx]") {
  const std::vector<TestDimension> tokens = {1, 4, 6}, image = {1, 6, 4, 5};
  check_items({
      {tokens, gathered({0}, 1, true), "take_token -> 6x1x1"},
      {tokens, gathered({1}, 1, true), "rearrange: {channels: 6} -> 6x1x1"},
      {tokens, gathered({0}, 1), "rearrange: {channels: 6} -> 6x1x1"},
      {tokens, gathered({0, 2}, 1), "rearrange: {channels: 6, height: 2} -> 6x2x1"},
      {tokens, gathered({0}, 2, true), "rearrange: {channels: 1, height: h} -> 1x4x1"},
      {image, gathered({0}, 2, true), "rearrange: {channels: 6, width: w} -> 6x1x5"},
      {image, gathered({3, 1}, 1), "rearrange: {channels: 2, height: h, width: w} -> 2x4x5"},
      {image, gathered({2}, -1, true), "rearrange: {channels: 6, height: h} -> 6x4x1"},
      {{1, 1, 6},
       [](GraphWriter& g) { return g.node("Relu", {gathered({0}, 1, true)(g)}); },
       "relu -> 6x1x1"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         g.model.scalars = {{"minus", -1}};
         return g.node("Gather", {"x", "minus"}, {{"axis", {1}}});
       },
       "rearrange: {channels: 6} -> 6x1x1"},
      {tokens,
       [](GraphWriter& g) {
         return g.node("GatherElements", {"x", g.node("Relu", {"x"})}, {{"axis", {1}}});
       },
       "relu; rearrange: {channels: 6, height: h, from: [input, relu]} -> 6x4x1"},
  });
}

TEST_CASE("padding of an image on each side", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  check_items({
      {image, padded({0, 0, 2, 2, 0, 0, 2, 2}), "pad: {pad: 2} -> 6x8x9"},
      {image, padded({0, 0, 1, 2, 0, 0, 1, 2}), "pad: {pad: [1, 2]} -> 6x6x9"},
      {image, padded({0, 0, 1, 2, 0, 0, 3, 4}), "pad: {pad: [1, 2, 3, 4]} -> 6x8x11"},
      {image, padded({0, 0, 1, 2, 0, 0, 1, 4}), "pad: {pad: [1, 2, 1, 4]} -> 6x6x11"},
      {image, padded({0, 0, 1, 2, 0, 0, 3, 2}), "pad: {pad: [1, 2, 3, 2]} -> 6x8x9"},
      {image, padded({0, 0, 1, 0, 0, 0, 0, 0}), "pad: {pad: [1, 0, 0, 0]} -> 6x5x5"},
      {image, padded({0, 0, 0, 0, 0, 0, 0, 1}), "pad: {pad: [0, 0, 0, 1]} -> 6x4x6"},
      {image, padded({0, 0, 1, 1, 0, 0, 1, 1}, "reflect"), "pad: {pad: 1, mode: reflect} -> 6x6x7"},
      {image, padded({0, 0, 1, 1, 0, 0, 1, 1}, "wrap"), "pad: {pad: 1, mode: reflect} -> 6x6x7"},
      {image, padded({0, 0, 1, 1, 0, 0, 1, 1}, "edge"), "pad: {pad: 1, mode: replicate} -> 6x6x7"},
      {image, padded({0, 0, 1, 1, 0, 0, 1, 1}, "constant"), "pad: {pad: 1} -> 6x6x7"},
      {image, padded({0, 1, 0, 0, 0, 2, 0, 0}),
       "rearrange: {channels: 9, height: h, width: w} -> 9x4x5"},
      {image, padded({0, 0, -1, 0, 0, 0, 0, 0}),
       "rearrange: {channels: 6, height: 3, width: w} -> 6x3x5"},
      {image, padded({0, 0, 0, 0, 0, 0, 0, -1}),
       "rearrange: {channels: 6, height: h, width: 4} -> 6x4x4"},
      {image,
       [](GraphWriter& g) {
         return g.node("Relu", {padded({0, 0, 0, 0, 0, 0, 0, 0})(g)});
       },
       "relu -> 6x4x5"},
      {image,
       [](GraphWriter& g) {
         return g.node("Pad", {"x"}, {{"pads", {0, 0, 1, 2, 0, 0, 1, 2}}});
       },
       "pad: {pad: [1, 2]} -> 6x6x9"},
  });
}

TEST_CASE("tensors that are repeated", "[onnx]") {
  const auto repeated = [](const std::string& type, Sizes numbers) {
    return [=](GraphWriter& g) { return g.node(type, {"x", g.vector(numbers)}); };
  };
  const std::vector<TestDimension> image = {1, 6, 1, 5};
  check_items({
      {image, repeated("Expand", {1, 6, 4, 5}),
       "rearrange: {channels: 6, height: 4, width: w} -> 6x4x5"},
      {image, repeated("Expand", {2, 1, 6, 1, 5}), "rearrange: {channels: 12, width: w} -> 12x1x5"},
      {image, repeated("Tile", {1, 2, 3, 4}),
       "rearrange: {channels: 12, height: 3, width: 4 * w} -> 12x3x20"},
      {image, repeated("Tile", {2, 1, 1, 1}), "rearrange: {channels: 12, width: w} -> 12x1x5"},
      {image,
       [](GraphWriter& g) {
         const std::string same = g.node("Expand", {"x", g.vector({6, 1, 5})});
         return g.node("Relu", {g.node("Tile", {same, g.vector({1, 1, 1, 1})})});
       },
       "relu -> 6x1x5"},
  });
}

TEST_CASE("resizes by whole factors and to other sizes", "[onnx]") {
  const auto resized = [](Sizes sizes, const std::string& mode = "") {
    return [=](GraphWriter& g) {
      const std::string out = g.node("Resize", {"x", "", "", g.vector(sizes)});
      if (!mode.empty()) g.model.nodes.back().texts = {{"mode", mode}};
      return out;
    };
  };
  const auto blocks = [](const std::string& type, std::int64_t block) {
    return operator_of(type, {{"blocksize", {block}}});
  };
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  check_items({
      {image, resized({1, 6, 8, 10}), "upsample: {factor: 2} -> 6x8x10"},
      {image, resized({1, 6, 8, 15}), "upsample: {factor: [2, 3]} -> 6x8x15"},
      {image, resized({1, 6, 8, 10}, "nearest"), "upsample: {factor: 2} -> 6x8x10"},
      {image, resized({1, 6, 8, 10}, "linear"), "upsample: {factor: 2, mode: bilinear} -> 6x8x10"},
      {image, resized({1, 6, 8, 10}, "cubic"), "upsample: {factor: 2, mode: bilinear} -> 6x8x10"},
      {image, resized({1, 6, 8, 11}), "upsample: {size: [8, 11]} -> 6x8x11"},
      {image, resized({1, 6, 7, 10}, "linear"),
       "upsample: {size: [7, 10], mode: bilinear} -> 6x7x10"},
      {image, resized({1, 6, 2, 10}), "upsample: {size: [2, 10]} -> 6x2x10"},
      {image, resized({1, 7, 8, 10}),
       "unsupported: {channels: 7, height: 2 * h, width: 2 * w} -> 7x8x10"},
      {image,
       [&](GraphWriter& g) {
         return g.node("Relu", {resized({1, 6, 4, 5})(g)});
       },
       "relu -> 6x4x5"},
      {{1, 18, 4, 5},
       blocks("DepthToSpace", 3),
       "reshape: {channels: 2, height: h * 3, width: w * 3} -> 2x12x15"},
      {{1, 2, 6, 9},
       blocks("SpaceToDepth", 3),
       "reshape: {channels: 18, height: h // 3, width: w // 3} -> 18x2x3"},
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.conv("x", 3, 12);
         return g.conv(g.node("DepthToSpace", {map}, {{"blocksize", {2}}}), 3, 7);
       },
       "w1 % 4; conv: {out: w1}; reshape: {channels: w1 / 4, height: h * 2, width: w * 2}; conv: "
       "{name: conv_2, out: 7} -> 7x8x10"},
  });
}
