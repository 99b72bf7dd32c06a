// SPDX-License-Identifier: Apache-2.0
// Reshapes and transposes of ONNX files: the layers that they become, and those that they aren't.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using MakeGraph = std::function<std::string(GraphWriter&)>;

// Ends in a layer that has the roles of its input.
MakeGraph reshaped_relu(std::vector<Sizes> shapes) {
  return [=](GraphWriter& g) {
    std::string out = "x";
    for (const Sizes& shape : shapes) out = g.node("Reshape", {out, g.vector(shape)});
    return g.node("Relu", {out});
  };
}

}  // namespace

TEST_CASE("reshapes of an image: to rows, to channels, to more dimensions", "[onnx]") {
  const std::vector<TestDimension> image = {1, 6, 4, 5}, tokens = {1, 20, 6};
  check_items({
      {image, reshaped_relu({{1, 6, 20}}), "reshape: {channels: in, height: 20}; relu -> 6x20x1"},
      {image, reshaped_relu({{0, 0, -1}}),
       "reshape: {channels: in, height: h * w}; relu -> 6x20x1"},
      {image, reshaped_relu({{1, 120}}), "reshape: {channels: 120}; relu -> 120x1x1"},
      {image, reshaped_relu({{1, -1}}), "flatten; relu -> 120x1x1"},
      {image, reshaped_relu({{1, 24, 5}}), "rearrange: {channels: 24, width: 5}; relu -> 24x1x5"},
      {image, reshaped_relu({{1, 2, 3, 4, 5}}), "relu -> 6x4x5"},
      {image, reshaped_relu({{1, 2, 3, 4, 5}, {1, 6, 4, 5}}), "relu -> 6x4x5"},
      {image, reshaped_relu({{1, 6, 2, 2, 5}}), "relu -> 6x4x5"},
      {image, reshaped_relu({{1, 6, 5, 4}}),
       "reshape: {channels: in, height: 5, width: 4}; relu -> 6x5x4"},
      {image, reshaped_relu({{1, 6, 2, 10}}),
       "reshape: {channels: in, height: 2, width: 10}; relu -> 6x2x10"},
      {image, reshaped_relu({{1, 12, 2, 5}}),
       "rearrange: {channels: 12, height: 2, width: 5}; relu -> 12x2x5"},
      {image, reshaped_relu({{1, 3, 8, 5}}),
       "rearrange: {channels: 3, height: 8, width: 5}; relu -> 3x8x5"},
      {image, reshaped_relu({{2, 3, 4, 5}}), "relu -> 6x4x5"},
      {image, reshaped_relu({{1, 1, 6, 4, 5}}), "relu -> 6x4x5"},
      {image, reshaped_relu({{120}}), "reshape: {channels: 120}; relu -> 120x1x1"},
      {image, reshaped_relu({{6, 4, 5}}), "relu -> 6x4x5"},
      {image, reshaped_relu({{6, 20}}), "reshape: {channels: in, height: 20}; relu -> 6x20x1"},
      {image, reshaped_relu({{1, 6, 4, 5, 1}}), "relu -> 6x4x5"},
      {tokens, reshaped_relu({{1, 4, 5, 6}}),
       "reshape: {channels: in, height: 4, width: 5}; relu -> 6x4x5"},
      {tokens, reshaped_relu({{1, 20, 2, 3}}), "relu -> 6x20x1"},
      {tokens, reshaped_relu({{1, 120}}), "reshape: {channels: 120}; relu -> 120x1x1"},
      {tokens, reshaped_relu({{20, 6}}), "relu -> 6x20x1"},
      {tokens, reshaped_relu({{1, 10, 12}}),
       "rearrange: {channels: 12, height: 10}; relu -> 12x10x1"},
      {tokens, reshaped_relu({{1, 40, 3}}), "rearrange: {channels: 3, height: 40}; relu -> 3x40x1"},
      {{1, 6}, reshaped_relu({{1, 6, 1, 1}}), "relu -> 6x1x1"},
      {{1, 6}, reshaped_relu({{1, 2, 3, 1}}), "relu -> 6x1x1"},
      {{1, 1, 8, 9}, reshaped_relu({{8, 9}}), "relu -> 1x8x9"},
  });
}

TEST_CASE("flattening at other widths, with and without sizes in the file", "[onnx]") {
  const auto flat = [](const std::string& type, Sizes shape) {
    return [=](GraphWriter& g) {
      const std::string map = g.conv("x", 3, 8);
      const std::string out =
          shape.empty() ? g.node(type, {map}) : g.node(type, {map, g.vector(shape)});
      return g.node("Gemm", {out, g.weight({160, 7})});
    };
  };
  check_items({
      {{1, 3, 4, 5},
       flat("Flatten", {}),
       "conv: {out: w1}; flatten; linear: {out: 7, bias: false} -> 7x1x1"},
      {{1, 3, 4, 5},
       flat("Reshape", {1, -1}),
       "conv: {out: w1}; flatten; linear: {out: 7, bias: false} -> 7x1x1"},
      {{1, 3, 4, 5},
       flat("Reshape", {0, 160}),
       "conv: {out: w1}; flatten; linear: {out: 7, bias: false} -> 7x1x1"},
      {{1, 3, 4, 5},
       flat("Reshape", {1, 160}),
       "conv: {out: w1}; reshape: {channels: 20 * w1}; linear: {out: 7, bias: false} -> 7x1x1"},
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.conv("x", 3, 8);
         const std::string rows =
             g.node("Slice", {g.node("Shape", {map}), g.vector({0}), g.vector({1})});
         const std::string shape = g.node("Concat", {rows, g.vector({160})}, {{"axis", {0}}});
         return g.node("Gemm", {g.node("Reshape", {map, shape}), g.weight({160, 7})});
       },
       "conv: {out: w1}; flatten; linear: {out: 7, bias: false} -> 7x1x1"},
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.conv("x", 3, 8);
         const std::string tokens = g.node("Reshape", {map, g.vector({0, 8, -1})});
         return g.node("MatMul",
                       {g.node("Transpose", {tokens}, {{"perm", {0, 2, 1}}}), g.weight({8, 7})});
       },
       "conv: {out: w1}; reshape: {channels: in, height: h * w}; linear: {out: 7, bias: false, "
       "per_position: true} -> 7x20x1"},
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.conv("x", 3, 8);
         const std::string tokens = g.node("Reshape", {map, g.vector({1, 8, 20})});
         return g.node("MatMul",
                       {g.node("Transpose", {tokens}, {{"perm", {0, 2, 1}}}), g.weight({8, 7})});
       },
       "conv: {out: w1}; reshape: {channels: in, height: 20}; linear: {out: 7, bias: false, "
       "per_position: true} -> 7x20x1"},
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.conv("x", 3, 8);
         const std::string mixed = g.node("Reshape", {map, g.vector({1, 4, 8, 5})});
         return g.conv(mixed, 4, 7);
       },
       "conv: {out: 8}; rearrange: {channels: 4, height: 8, width: 5}; conv: {name: conv_2, out: "
       "7} -> 7x8x5"},
      {{1, 3, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.conv("x", 3, 8);
         const std::string mixed = g.node("Reshape", {map, g.vector({1, 8, 2, 10})});
         return g.conv(mixed, 8, 7);
       },
       "conv: {out: w1}; reshape: {channels: in, height: 2, width: 10}; conv: {name: conv_2, out: "
       "7} -> 7x2x10"},
  });
}

TEST_CASE("squeezed and turned tensors are the same", "[onnx]") {
  check_items({
      {{1, 6, 1, 5},
       [](GraphWriter& g) {
         const std::string row = g.node("Squeeze", {"x", g.vector({2})});
         return g.node("Relu", {g.node("Unsqueeze", {row, g.vector({3})})});
       },
       "relu -> 6x1x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string turned = g.node("Transpose", {"x"}, {{"perm", {0, 3, 1, 2}}});
         return g.node("Relu", {turned});
       },
       "relu -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string turned = g.node("Transpose", {"x"});
         return g.node("Softmax", {turned});
       },
       "softmax -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string turned = g.node("Transpose", {"x"}, {{"perm", {0, 3, 1, 2}}});
         return g.node("MaxPool", {turned}, {{"kernel_shape", {2, 2}}});
       },
       "rearrange: {channels: 5, height: 6, width: 4}; max_pool: {kernel: 2, stride: 1} -> 5x5x3"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string turned = g.node("Transpose", {"x"}, {{"perm", {0, 2, 3, 1}}});
         return g.node("MatMul",
                       {g.node("Reshape", {turned, g.vector({1, 20, 6})}), g.weight({6, 7})});
       },
       "reshape: {channels: in, height: 20}; linear: {out: 7, bias: false, per_position: true} -> "
       "7x20x1"},
  });
}
