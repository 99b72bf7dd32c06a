// SPDX-License-Identifier: Apache-2.0
// Products, convolutions and pools with learned tensors in any form: counted exactly.
#include "onnx/graph_rows.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("an Einstein sum by weights is a linear layer where it can be", "[onnx]") {
  check_rows({
      {{1, 4, 6},
       [](GraphWriter& g) {
         const std::string heads = g.einsum("btd,dhk->bthk", {"x", g.weight({6, 2, 5})});
         return g.einsum("b t h k, h k e -> b t e", {heads, g.weight({2, 5, 7})});
       },
       "linear 10x4x1 60/240, linear 7x4x1 70/280"},
      // The weights come first, and positions are summed.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("st,btd->bsd", {g.weight({3, 4}), "x"});
       },
       "rearrange 4x6x1 0/0, linear 3x6x1 12/72"},
      // Any dimensions before; an output that isn't written.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("...d,de",
                         {g.einsum("...d,de->...e", {"x", g.weight({6, 5})}), g.weight({5, 3})});
       },
       "linear 5x4x1 30/120, linear 3x4x1 15/60"},
      // Other weights for each position.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,tde->bte", {"x", g.weight({4, 6, 7})});
       },
       "custom 7x4x1 168/168"},
      {{5, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,tde->bte", {"x", g.weight({4, 6, 7})});
       },
       "custom 7x4x1 168/168"},
      // An index of one tensor alone that is summed, and an outer product.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,de->bt", {"x", g.weight({6, 7})});
       },
       "custom 4x1x1 42/168"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,e->btde", {"x", g.weight({7})});
       },
       "custom 4x6x7 7/168"},
      // Two activations.
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,bsd->bts", {"x", g.node("Relu", {"x"})});
       },
       "relu 6x4x1 0/0, rearrange 1x4x6 0/0, rearrange 1x4x6 0/0, matmul 1x4x4 0/96"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.einsum("btd,bse->bte", {"x", g.node("Relu", {"x"})});
       },
       "relu 6x4x1 0/0, custom 6x4x1 0/576"},
  });
}

TEST_CASE("products with weights of any form", "[onnx]") {
  check_rows({
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({6, 5})});
       },
       "linear 5x4x1 30/120"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({1, 6, 5})});
       },
       "custom 5x4x1 30/120"},
      {{1, 2, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({2, 6, 5})});
       },
       "custom 2x4x5 60/240"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {g.weight({3, 4}), "x"});
       },
       "custom 6x3x1 12/72"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({6})});
       },
       "custom 4x1x1 6/24"},
      // Weights that are computed: weight normalisation has a gain for each output.
      {{1, 6},
       [](GraphWriter& g) {
         const std::string weights = g.node("Mul", {g.weight({6, 5}), g.weight({1, 5})});
         return g.node("Gemm", {"x", weights, g.weight({5})});
       },
       "custom 5x1x1 40/30"},
      {{1, 6},
       [](GraphWriter& g) {
         const std::string kernel = g.weight({5, 6});
         const std::string mean = g.node("ReduceMean", {kernel}, {{"axes", {1}}});
         return g.node("Gemm", {"x", g.node("Sub", {kernel, mean})}, {{"transB", {1}}});
       },
       "linear 5x1x1 30/30"},
      {{4, 6},
       [](GraphWriter& g) {
         return g.node("Gemm", {"x", g.weight({4, 5})}, {{"transA", {1}}});
       },
       "custom 5x6x1 20/30"},
      // A bias for each element is no bias of a linear layer.
      {{1, 6},
       [](GraphWriter& g) {
         return g.node("Gemm", {"x", g.weight({6, 5}), g.weight({1})});
       },
       "custom 5x1x1 30/30"},
  });
}

TEST_CASE("convolutions with computed weights", "[onnx]") {
  const std::pair<std::string, Sizes> pads = {"pads", {1, 1, 1, 1}};
  check_rows({
      // Standardised: what is computed from the kernel alone has the kernel's numbers.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         const std::string kernel = g.weight({16, 3, 3, 3});
         const std::string mean = g.node("ReduceMean", {kernel}, {{"axes", {1, 2, 3}}});
         const std::string centred = g.node("Sub", {kernel, mean});
         return g.node("Conv", {"x", centred, g.weight({16})}, {pads});
       },
       "conv 16x8x8 448/27648"},
      // With a gain.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         const std::string kernel =
             g.node("Mul", {g.weight({16, 3, 3, 3}), g.weight({16, 1, 1, 1})});
         return g.node("Conv", {"x", kernel}, {pads, {"strides", {2, 2}}});
       },
       "custom 16x4x4 448/6912"},
      // One kernel for all channels.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         const std::string shape = g.vector({3, 1, 3, 3});
         const std::string kernel = g.node("Expand", {g.weight({1, 1, 3, 3}), shape});
         return g.node("Conv", {"x", kernel}, {pads, {"group", {3}}});
       },
       "custom 3x8x8 9/1728"},
      // Experts, mixed by what the image is.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         const std::string flat = g.node("Flatten", {g.node("GlobalAveragePool", {"x"})});
         const std::string shares = g.node("Gemm", {flat, g.weight({3, 4})});
         const std::string mixed = g.node("MatMul", {shares, g.weight({4, 216})});
         const std::string kernel = g.node("Reshape", {mixed, g.vector({8, 3, 3, 3})});
         return g.node("Conv", {"x", kernel}, {pads});
       },
       "global_avg_pool 3x1x1 0/0, linear 4x1x1 12/12, linear 216x1x1 864/864, "
       "custom 8x8x8 0/13824"},
      // A part of a kernel is a tensor of its own.
      {{1, 3, 8, 8},
       [&](GraphWriter& g) {
         g.model.nodes.push_back({"Split", {g.weight({16, 3, 1, 1})}, {"a", "b"}, {{"axis", {0}}}});
         return g.node("Add", {g.node("Conv", {"x", "a"}), g.node("Conv", {"x", "b"})});
       },
       "conv 8x8x8 24/1536, conv 8x8x8 24/1536, add 8x8x8 0/0"},
  });
}

TEST_CASE("windows over one dimension", "[onnx]") {
  check_rows({
      {{1, 6, 11},
       [](GraphWriter& g) {
         return g.node("Conv", {"x", g.weight({4, 3, 3}), g.weight({4})},
                       {{"group", {2}}, {"strides", {2}}, {"pads", {1, 0}}, {"dilations", {2}}});
       },
       "rearrange 6x11x1 0/0, conv 4x4x1 40/144"},
      {{1, 6, 11},
       [](GraphWriter& g) {
         return g.node("MaxPool", {"x"},
                       {{"kernel_shape", {3}}, {"strides", {2}}, {"pads", {0, 1}}});
       },
       "rearrange 6x11x1 0/0, max_pool 6x5x1 0/0"},
      {{1, 6, 11},
       [](GraphWriter& g) {
         return g.node("ConvTranspose", {"x", g.weight({6, 4, 3})},
                       {{"strides", {2}}, {"pads", {1, 1}}, {"output_padding", {1}}});
       },
       "rearrange 6x11x1 0/0, custom 4x22x1 72/792"},
  });
}

TEST_CASE("videos: convolutions and pools over three dimensions", "[onnx]") {
  GraphWriter g({1, 3, 8, 16, 20});
  const std::string first = g.node("Conv", {"x", g.weight({8, 3, 3, 5, 7})},
                                   {{"pads", {1, 2, 3, 1, 2, 3}}, {"strides", {1, 2, 2}}});
  const std::string norm = g.node(
      "BatchNormalization", {first, g.weight({8}), g.weight({8}), g.weight({8}), g.weight({8})});
  const std::string relu = g.node("Relu", {norm});
  const std::string each = g.node("Conv", {relu, g.weight({8, 1, 3, 1, 1}), g.weight({8})},
                                  {{"pads", {1, 0, 0, 1, 0, 0}}, {"group", {8}}});
  const std::string pooled =
      g.node("MaxPool", {each}, {{"kernel_shape", {2, 2, 2}}, {"strides", {2, 2, 2}}});
  const std::string wide =
      g.node("ConvTranspose", {pooled, g.weight({8, 6, 2, 2, 2})}, {{"strides", {2, 2, 2}}});
  const std::string grouped = g.node("Conv", {wide, g.weight({4, 3, 1, 1, 1})}, {{"group", {2}}});
  g.classify(grouped, 4);
  CHECK(rows_of(network_of_graph(g.model)) ==
        "custom 8x64x10 2520/1612800, batch_norm 8x64x10 16/0, relu 8x64x10 0/0, "
        "custom 8x64x10 32/15360, custom 8x16x5 0/0, custom 6x64x10 384/30720, "
        "custom 4x64x10 12/7680, global_avg_pool 4x1x1 0/0, linear 10x1x1 40/40");
  // Height and width follow rho, the frames don't; the widths follow alpha.
  CHECK(rows_of(network_of_graph(g.model, {"rho=2"})) ==
        "custom 8x128x20 2520/6451200, batch_norm 8x128x20 16/0, relu 8x128x20 0/0, "
        "custom 8x128x20 32/61440, custom 8x32x10 0/0, custom 6x128x20 384/122880, "
        "custom 4x128x20 12/30720, global_avg_pool 4x1x1 0/0, linear 10x1x1 40/40");
  CHECK(rows_of(network_of_graph(g.model, {"alpha=0.5"})) ==
        "custom 4x64x10 1260/806400, batch_norm 4x64x10 8/0, relu 4x64x10 0/0, "
        "custom 4x64x10 16/7680, custom 4x16x5 0/0, custom 4x64x10 128/10240, "
        "custom 2x64x10 4/2560, global_avg_pool 2x1x1 0/0, linear 10x1x1 20/20");
  const graph::Network network = network_of_graph(g.model);
  CHECK(network.layers[3].cost.bias_adds == Count(8 * 640));
  CHECK(network.layers[4].cost.pool_ops == Count(8 * 8 * 80));
}
