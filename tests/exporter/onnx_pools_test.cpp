// SPDX-License-Identifier: Apache-2.0
// Nodes of pools in exported ONNX graphs.
#include "exporter/graph_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a pool has its window, its padding by side and the rule for its last window",
          "[export]") {
  CHECK(onnx_text(R"yaml(  - max_pool: {kernel: [3, 2], stride: [2, 3], pad: [1, 0]})yaml") ==
        R"text(input input [1, 8, 16, 12]
max_pool: MaxPool(input) kernel_shape=[3, 2] strides=[2, 3] dilations=[1, 1] pads=[1, 0, 1, 0] [1, 8, 8, 4]
output max_pool [1, 8, 8, 4]
)text");
  CHECK(
      onnx_text(
          R"yaml(  - max_pool: {kernel: [3, 5], stride: [2, 1], pad: [1, 2, 0, 1], dilation: [2, 1]})yaml",
          "8x17x12") ==
      R"text(input input [1, 8, 17, 12]
max_pool: MaxPool(input) kernel_shape=[3, 5] strides=[2, 1] dilations=[2, 1] pads=[1, 2, 0, 1] [1, 8, 7, 11]
output max_pool [1, 8, 7, 11]
)text");
  CHECK(onnx_text(R"yaml(  - max_pool: {kernel: 3, stride: 2, ceil_mode: true})yaml", "8x18x12") ==
        R"text(input input [1, 8, 18, 12]
max_pool: MaxPool(input) kernel_shape=[3, 3] strides=[2, 2] dilations=[1, 1] ceil_mode=1 pads=[0, 0, 0, 0] [1, 8, 9, 6]
output max_pool [1, 8, 9, 6]
)text");
  // ONNX doesn't leave out a window that begins in the padding: more padding in its place.
  CHECK(onnx_text(R"yaml(  - max_pool: {kernel: 2, stride: 3, ceil_mode: true, pad: 1})yaml",
                  "8x5x6") ==
        R"text(input input [1, 8, 5, 6]
max_pool/max_pool: MaxPool(input) kernel_shape=[2, 2] strides=[3, 3] dilations=[1, 1] pads=[1, 1, 1, 1] -> max_pool [1, 8, 2, 3]  # roles NCHW; inputs input; kernel [2, 2]; stride [3, 3]; dilation [1, 1]; pad [1, 1, 1, 1]; ceil_mode true
output max_pool [1, 8, 2, 3]
)text");
  CHECK(onnx_text(R"yaml(  - max_pool: {name: a, kernel: 3, stride: 2, pad: same_tf}
  - max_pool: {name: b, kernel: 2, stride: 1, dilation: [1, 2], pad: same_tf})yaml",
                  "8x6x6") ==
        R"text(input input [1, 8, 6, 6]
a: MaxPool(input) kernel_shape=[3, 3] strides=[2, 2] dilations=[1, 1] auto_pad=SAME_UPPER [1, 8, 3, 3]
b: MaxPool(a) kernel_shape=[2, 2] strides=[1, 1] dilations=[1, 2] pads=[0, 1, 1, 1] [1, 8, 3, 3]
output b [1, 8, 3, 3]
)text");
  CHECK(
      onnx_text(
          R"yaml(  - max_pool: {name: a, kernel: 3, stride: 2, pad: same_tf, ceil_mode: true})yaml",
          "8x7x6") ==
      R"text(input input [1, 8, 7, 6]
a/max_pool: MaxPool(input) kernel_shape=[3, 3] strides=[2, 2] dilations=[1, 1] ceil_mode=1 pads=[1, 0, 1, 1] -> a [1, 8, 4, 3]  # roles NCHW; inputs input; kernel [3, 3]; stride [2, 2]; dilation [1, 1]; pad same_tf; ceil_mode true
output a [1, 8, 4, 3]
)text");
  CHECK(
      onnx_text(
          R"yaml(  - max_pool: {name: a, kernel: 2, stride: 1, dilation: [2, 1], pad: same_tf})yaml",
          "8x6x6") ==
      R"text(input input [1, 8, 6, 6]
a: MaxPool(input) kernel_shape=[2, 2] strides=[1, 1] dilations=[2, 1] pads=[1, 0, 1, 1] [1, 8, 6, 6]
output a [1, 8, 6, 6]
)text");
  CHECK(
      onnx_text(
          R"yaml(  - max_pool: {name: a, kernel: [2, 3], stride: 3, ceil_mode: true, pad: 1})yaml",
          "8x5x6") ==
      R"text(input input [1, 8, 5, 6]
a/max_pool: MaxPool(input) kernel_shape=[2, 3] strides=[3, 3] dilations=[1, 1] pads=[1, 1, 1, 2] -> a [1, 8, 2, 3]  # roles NCHW; inputs input; kernel [2, 3]; stride [3, 3]; dilation [1, 1]; pad [1, 1, 1, 1]; ceil_mode true
output a [1, 8, 2, 3]
)text");
}

TEST_CASE("an average counts the padding if the layer says so, and never what is beyond it",
          "[export]") {
  CHECK(onnx_text(R"yaml(  - avg_pool: {name: a, kernel: [3, 2], stride: [2, 1]}
  - avg_pool: {name: b, kernel: 2, count_include_pad: false})yaml") ==
        R"text(input input [1, 8, 16, 12]
a: AveragePool(input) kernel_shape=[3, 2] strides=[2, 1] pads=[0, 0, 0, 0] [1, 8, 7, 11]
b/avg_pool: AveragePool(a) kernel_shape=[2, 2] strides=[2, 2] pads=[0, 0, 0, 0] -> b [1, 8, 3, 5]  # roles NCHW; inputs a; kernel [2, 2]; stride [2, 2]; pad valid; ceil_mode false; count_include_pad false
output b [1, 8, 3, 5]
)text");
  CHECK(onnx_text(R"yaml(  - avg_pool: {name: a, kernel: 3, stride: 1, pad: [0, 1]}
  - avg_pool: {name: b, kernel: 3, stride: 1, pad: [1, 0], count_include_pad: false})yaml") ==
        R"text(input input [1, 8, 16, 12]
a: AveragePool(input) kernel_shape=[3, 3] strides=[1, 1] count_include_pad=1 pads=[0, 1, 0, 1] [1, 8, 14, 12]
b: AveragePool(a) kernel_shape=[3, 3] strides=[1, 1] pads=[1, 0, 1, 0] [1, 8, 14, 10]
output b [1, 8, 14, 10]
)text");
  CHECK(onnx_text(R"yaml(  - avg_pool: {name: a, kernel: 3, stride: 2, ceil_mode: true})yaml",
                  "8x14x12") ==
        R"text(input input [1, 8, 14, 12]
a: AveragePool(input) kernel_shape=[3, 3] strides=[2, 2] ceil_mode=1 pads=[0, 0, 0, 0] [1, 8, 7, 6]
output a [1, 8, 7, 6]
)text");
  CHECK(
      onnx_text(
          R"yaml(  - avg_pool: {name: a, kernel: 2, stride: 2, ceil_mode: true, pad: [1, 0]})yaml",
          "8x8x9") ==
      R"text(input input [1, 8, 8, 9]
a/avg_pool/Pad: Pad(input, constant/0_0_1_0_0_0_1_0) [1, 8, 10, 9]
a/avg_pool: AveragePool(a/avg_pool/Pad) kernel_shape=[2, 2] strides=[2, 2] ceil_mode=1 pads=[0, 0, 0, 0] -> a [1, 8, 5, 5]  # roles NCHW; inputs input; kernel [2, 2]; stride [2, 2]; pad [1, 0, 1, 0]; ceil_mode true; count_include_pad true
output a [1, 8, 5, 5]
constant/0_0_1_0_0_0_1_0 [8]: 0 0 1 0 0 0 1 0
)text");
  CHECK(
      onnx_text(
          R"yaml(  - avg_pool: {name: a, kernel: [3, 4], stride: 3, ceil_mode: true, pad: [1, 2, 0, 1]})yaml",
          "8x7x8") ==
      R"text(input input [1, 8, 7, 8]
a/avg_pool/Pad: Pad(input, constant/0_0_1_2_0_0_0_1) [1, 8, 8, 11]
a/avg_pool: AveragePool(a/avg_pool/Pad) kernel_shape=[3, 4] strides=[3, 3] ceil_mode=1 pads=[0, 0, 0, 0] -> a [1, 8, 3, 4]  # roles NCHW; inputs input; kernel [3, 4]; stride [3, 3]; pad [1, 2, 0, 1]; ceil_mode true; count_include_pad true
output a [1, 8, 3, 4]
constant/0_0_1_2_0_0_0_1 [8]: 0 0 1 2 0 0 0 1
)text");
  CHECK(
      onnx_text(R"yaml(  - avg_pool: {name: a, kernel: 2, stride: 3, ceil_mode: true, pad: 1})yaml",
                "8x5x6") ==
      R"text(input input [1, 8, 5, 6]
a/avg_pool: AveragePool(input) kernel_shape=[2, 2] strides=[3, 3] count_include_pad=1 pads=[1, 1, 1, 1] -> a [1, 8, 2, 3]  # roles NCHW; inputs input; kernel [2, 2]; stride [3, 3]; pad [1, 1, 1, 1]; ceil_mode true; count_include_pad true
output a [1, 8, 2, 3]
)text");
  CHECK(
      onnx_text(
          R"yaml(  - avg_pool: {name: a, kernel: 2, stride: 3, ceil_mode: true, pad: 1, count_include_pad: false})yaml",
          "8x5x6") ==
      R"text(input input [1, 8, 5, 6]
a/avg_pool: AveragePool(input) kernel_shape=[2, 2] strides=[3, 3] pads=[1, 1, 1, 1] -> a [1, 8, 2, 3]  # roles NCHW; inputs input; kernel [2, 2]; stride [3, 3]; pad [1, 1, 1, 1]; ceil_mode true; count_include_pad false
output a [1, 8, 2, 3]
)text");
  CHECK(onnx_text(R"yaml(  - avg_pool: {name: a, kernel: 3, stride: 2, pad: same_tf})yaml",
                  "8x7x6") ==
        R"text(input input [1, 8, 7, 6]
a: AveragePool(input) kernel_shape=[3, 3] strides=[2, 2] count_include_pad=1 auto_pad=SAME_UPPER [1, 8, 4, 3]
output a [1, 8, 4, 3]
)text");
  CHECK(
      onnx_text(
          R"yaml(  - avg_pool: {name: a, kernel: 2, stride: 2, ceil_mode: true, pad: [0, 1]})yaml",
          "8x9x8") ==
      R"text(input input [1, 8, 9, 8]
a/avg_pool/Pad: Pad(input, constant/0_0_0_1_0_0_0_1) [1, 8, 9, 10]
a/avg_pool: AveragePool(a/avg_pool/Pad) kernel_shape=[2, 2] strides=[2, 2] ceil_mode=1 pads=[0, 0, 0, 0] -> a [1, 8, 5, 5]  # roles NCHW; inputs input; kernel [2, 2]; stride [2, 2]; pad [0, 1, 0, 1]; ceil_mode true; count_include_pad true
output a [1, 8, 5, 5]
constant/0_0_0_1_0_0_0_1 [8]: 0 0 0 1 0 0 0 1
)text");
  CHECK(onnx_text(R"yaml(  - avg_pool: {name: a, kernel: 3, stride: 1, pad: [1, 0, 0, 0]}
  - avg_pool: {name: b, kernel: 3, stride: 1, pad: [0, 1, 0, 0]}
  - avg_pool: {name: c, kernel: 3, stride: 1, pad: [0, 0, 1, 0]}
  - avg_pool: {name: d, kernel: 3, stride: 1, pad: [0, 0, 0, 1]})yaml") ==
        R"text(input input [1, 8, 16, 12]
a: AveragePool(input) kernel_shape=[3, 3] strides=[1, 1] count_include_pad=1 pads=[1, 0, 0, 0] [1, 8, 15, 10]
b: AveragePool(a) kernel_shape=[3, 3] strides=[1, 1] count_include_pad=1 pads=[0, 1, 0, 0] [1, 8, 13, 9]
c: AveragePool(b) kernel_shape=[3, 3] strides=[1, 1] count_include_pad=1 pads=[0, 0, 1, 0] [1, 8, 12, 7]
d: AveragePool(c) kernel_shape=[3, 3] strides=[1, 1] count_include_pad=1 pads=[0, 0, 0, 1] [1, 8, 10, 6]
output d [1, 8, 10, 6]
)text");
}

TEST_CASE("a pool of the whole image", "[export]") {
  CHECK(onnx_text(R"yaml(  - add: [[global_avg_pool], [global_max_pool]])yaml") ==
        R"text(input input [1, 8, 16, 12]
global_avg_pool: GlobalAveragePool(input) [1, 8, 1, 1]
global_max_pool: GlobalMaxPool(input) [1, 8, 1, 1]
add: Add(global_avg_pool, global_max_pool) [1, 8, 1, 1]
output add [1, 8, 1, 1]
)text");
}

TEST_CASE("an adaptive average of equal windows is a pool, else two products", "[export]") {
  CHECK(onnx_text(R"yaml(  - adaptive_avg_pool: {name: a, size: [3, 4]})yaml", "2x6x4") ==
        R"text(input input [1, 2, 6, 4]
a/adaptive_avg_pool: AveragePool(input) kernel_shape=[2, 1] strides=[2, 1] -> a [1, 2, 3, 4]  # roles NCHW; inputs input; size [3, 4]
output a [1, 2, 3, 4]
)text");
  CHECK(onnx_text(R"yaml(  - adaptive_avg_pool: {name: a, size: [6, 4]})yaml", "2x6x4") ==
        R"text(input input [1, 2, 6, 4]
a/adaptive_avg_pool: Identity(input) -> a [1, 2, 6, 4]  # roles NCHW; inputs input; size [6, 4]
output a [1, 2, 6, 4]
)text");
  CHECK(onnx_text(R"yaml(  - adaptive_avg_pool: {name: a, size: [3, 2]})yaml", "2x5x4") ==
        R"text(input input [1, 2, 5, 4]
a/adaptive_avg_pool/MatMul: MatMul(input, a/adaptive_avg_pool/constant_2) [1, 2, 5, 2]
a/adaptive_avg_pool: MatMul(a/adaptive_avg_pool/constant, a/adaptive_avg_pool/MatMul) -> a [1, 2, 3, 2]  # roles NCHW; inputs input; size [3, 2]
output a [1, 2, 3, 2]
a/adaptive_avg_pool/constant [3, 5]: 0.5f 0.5f 0f 0f 0f 0f 0.33333334f 0.33333334f 0.33333334f 0f 0f 0f 0f 0.5f 0.5f
a/adaptive_avg_pool/constant_2 [4, 2]: 0.5f 0f 0.5f 0f 0f 0.5f 0f 0.5f
)text");
  CHECK(onnx_text(R"yaml(  - adaptive_avg_pool: {name: a, size: [2, 3]})yaml", "2x4x5") ==
        R"text(input input [1, 2, 4, 5]
a/adaptive_avg_pool/MatMul: MatMul(input, a/adaptive_avg_pool/constant_2) [1, 2, 4, 3]
a/adaptive_avg_pool: MatMul(a/adaptive_avg_pool/constant, a/adaptive_avg_pool/MatMul) -> a [1, 2, 2, 3]  # roles NCHW; inputs input; size [2, 3]
output a [1, 2, 2, 3]
a/adaptive_avg_pool/constant [2, 4]: 0.5f 0.5f 0f 0f 0f 0f 0.5f 0.5f
a/adaptive_avg_pool/constant_2 [5, 3]: 0.5f 0f 0f 0.5f 0.33333334f 0f 0f 0.33333334f 0f 0f 0.33333334f 0.5f 0f 0f 0.5f
)text");
}

TEST_CASE("an adaptive maximum of windows that overlap gathers their rows first", "[export]") {
  CHECK(onnx_text(R"yaml(  - adaptive_max_pool: {name: a, size: [3, 2]})yaml", "2x6x4") ==
        R"text(input input [1, 2, 6, 4]
a/adaptive_max_pool: MaxPool(input) kernel_shape=[2, 2] strides=[2, 2] -> a [1, 2, 3, 2]  # roles NCHW; inputs input; size [3, 2]
output a [1, 2, 3, 2]
)text");
  CHECK(onnx_text(R"yaml(  - adaptive_max_pool: {name: a, size: [3, 2]})yaml", "2x5x6") ==
        R"text(input input [1, 2, 5, 6]
a/adaptive_max_pool/Gather: Gather(input, constant/0_1_1_1_2_3_3_4_4) axis=2 [1, 2, 9, 6]
a/adaptive_max_pool: MaxPool(a/adaptive_max_pool/Gather) kernel_shape=[3, 3] strides=[3, 3] -> a [1, 2, 3, 2]  # roles NCHW; inputs input; size [3, 2]
output a [1, 2, 3, 2]
constant/0_1_1_1_2_3_3_4_4 [9]: 0 1 1 1 2 3 3 4 4
)text");
  CHECK(onnx_text(R"yaml(  - adaptive_max_pool: {name: a, size: [2, 3]})yaml", "2x4x7") ==
        R"text(input input [1, 2, 4, 7]
a/adaptive_max_pool/Gather: Gather(input, constant/0_1_2_2_3_4_4_5_6) axis=3 [1, 2, 4, 9]
a/adaptive_max_pool: MaxPool(a/adaptive_max_pool/Gather) kernel_shape=[2, 3] strides=[2, 3] -> a [1, 2, 2, 3]  # roles NCHW; inputs input; size [2, 3]
output a [1, 2, 2, 3]
constant/0_1_2_2_3_4_4_5_6 [9]: 0 1 2 2 3 4 4 5 6
)text");
  CHECK(onnx_text(R"yaml(  - adaptive_max_pool: {name: a, size: [2, 5]})yaml", "2x5x7") ==
        R"text(input input [1, 2, 5, 7]
a/adaptive_max_pool/Gather: Gather(input, constant/0_1_2_2_3_4) axis=2 [1, 2, 6, 7]
a/adaptive_max_pool/Gather_2: Gather(a/adaptive_max_pool/Gather, constant/0_1_1_1_2_2_2_3_4_4_5_5_5_6_6) axis=3 [1, 2, 6, 15]
a/adaptive_max_pool: MaxPool(a/adaptive_max_pool/Gather_2) kernel_shape=[3, 3] strides=[3, 3] -> a [1, 2, 2, 5]  # roles NCHW; inputs input; size [2, 5]
output a [1, 2, 2, 5]
constant/0_1_2_2_3_4 [6]: 0 1 2 2 3 4
constant/0_1_1_1_2_2_2_3_4_4_5_5_5_6_6 [15]: 0 1 1 1 2 2 2 3 4 4 5 5 5 6 6
)text");
  CHECK(onnx_text(R"yaml(  - adaptive_max_pool: {name: a, size: [6, 4]})yaml", "2x6x4") ==
        R"text(input input [1, 2, 6, 4]
a/adaptive_max_pool: MaxPool(input) kernel_shape=[1, 1] strides=[1, 1] -> a [1, 2, 6, 4]  # roles NCHW; inputs input; size [6, 4]
output a [1, 2, 6, 4]
)text");
  CHECK(onnx_text(R"yaml(  - adaptive_max_pool: {name: a, size: [1, 2]})yaml", "2x5x7") ==
        R"text(input input [1, 2, 5, 7]
a/adaptive_max_pool/Gather: Gather(input, constant/0_1_2_3_3_4_5_6) axis=3 [1, 2, 5, 8]
a/adaptive_max_pool: MaxPool(a/adaptive_max_pool/Gather) kernel_shape=[5, 4] strides=[5, 4] -> a [1, 2, 1, 2]  # roles NCHW; inputs input; size [1, 2]
output a [1, 2, 1, 2]
constant/0_1_2_3_3_4_5_6 [8]: 0 1 2 3 3 4 5 6
)text");
}
