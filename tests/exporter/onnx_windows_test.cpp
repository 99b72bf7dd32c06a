// SPDX-License-Identifier: Apache-2.0
// Nodes of convolutions in exported ONNX graphs.
#include "exporter/graph_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a convolution has its kernel, groups and padding by side", "[export]") {
  CHECK(
      onnx_text(
          R"yaml(  - conv: {name: a, out: 12, kernel: [3, 5], stride: [2, 1], dilation: [1, 2], groups: 4, pad: [1, 2, 0, 3]}
  - conv: {name: b, out: 6, bias: true})yaml") ==
      R"text(input input [1, 8, 16, 12]
a: Conv(input, a.weight) kernel_shape=[3, 5] strides=[2, 1] dilations=[1, 2] group=4 pads=[1, 2, 0, 3] [1, 12, 8, 9]
b: Conv(a, b.weight, b.bias) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 6, 8, 9]
output b [1, 6, 8, 9]
a.weight [12, 2, 3, 5]: kernel of layer 0 from 0
b.weight [6, 12, 1, 1]: kernel of layer 1 from 0
b.bias [6]: bias of layer 1 from 0
)text");
  CHECK(onnx_text(R"yaml(  - conv: {name: a, out: 4, kernel: 3, stride: 2, pad: same_tf}
  - conv: {name: b, out: 5, kernel: 3, dilation: [1, 2], pad: same_tf}
  - conv: {name: c, out: 6, kernel: 3, dilation: [2, 1], pad: same_tf})yaml") ==
        R"text(input input [1, 8, 16, 12]
a: Conv(input, a.weight) kernel_shape=[3, 3] strides=[2, 2] dilations=[1, 1] group=1 auto_pad=SAME_UPPER [1, 4, 8, 6]
b: Conv(a, b.weight) kernel_shape=[3, 3] strides=[1, 1] dilations=[1, 2] group=1 pads=[1, 2, 1, 2] [1, 5, 8, 6]
c: Conv(b, c.weight) kernel_shape=[3, 3] strides=[1, 1] dilations=[2, 1] group=1 pads=[2, 1, 2, 1] [1, 6, 8, 6]
output c [1, 6, 8, 6]
a.weight [4, 8, 3, 3]: kernel of layer 0 from 0
b.weight [5, 4, 3, 3]: kernel of layer 1 from 0
c.weight [6, 5, 3, 3]: kernel of layer 2 from 0
)text");
}

TEST_CASE("a transposed convolution has its kernel the other way around", "[export]") {
  CHECK(
      onnx_text(
          R"yaml(  - conv_transpose: {name: a, out: 6, kernel: [3, 2], stride: [2, 3], dilation: [1, 2], groups: 2, pad: [1, 0, 0, 1], output_pad: [1, 0]}
  - conv_transpose: {name: b, out: 5, kernel: 2, bias: true})yaml") ==
      R"text(input input [1, 8, 16, 12]
a: ConvTranspose(input, a.weight) kernel_shape=[3, 2] strides=[2, 3] dilations=[1, 2] group=2 pads=[1, 0, 0, 1] output_padding=[1, 0] [1, 6, 33, 35]
b: ConvTranspose(a, b.weight, b.bias) kernel_shape=[2, 2] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] output_padding=[0, 0] [1, 5, 34, 36]
output b [1, 5, 34, 36]
a.weight [8, 3, 3, 2]: kernel of layer 0 from 0
b.weight [6, 5, 2, 2]: kernel of layer 1 from 0
b.bias [5]: bias of layer 1 from 0
)text");
  CHECK(
      onnx_text(
          R"yaml(  - conv_transpose: {name: a, out: 6, kernel: 3, stride: 2, pad: same_tf})yaml") ==
      R"text(input input [1, 8, 16, 12]
a: ConvTranspose(input, a.weight) kernel_shape=[3, 3] strides=[2, 2] dilations=[1, 1] group=1 pads=[0, 0, 1, 1] output_padding=[0, 0] [1, 6, 32, 24]
output a [1, 6, 32, 24]
a.weight [8, 6, 3, 3]: kernel of layer 0 from 0
)text");
  CHECK(
      onnx_text(
          R"yaml(  - conv_transpose: {name: a, out: 6, kernel: [1, 2], stride: [4, 3], dilation: [1, 1], pad: same_tf})yaml") ==
      R"text(input input [1, 8, 16, 12]
a/conv_transpose: ConvTranspose(input, a.weight) kernel_shape=[1, 2] strides=[4, 3] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] output_padding=[3, 1] -> a [1, 6, 64, 36]  # roles NCHW; inputs input; out 6; kernel [1, 2]; stride [4, 3]; dilation [1, 1]; groups 1; pad same_tf; output_pad [0, 0]; bias false
output a [1, 6, 64, 36]
a.weight [8, 6, 1, 2]: kernel of layer 0 from 0
)text");
  CHECK(
      onnx_text(
          R"yaml(  - conv_transpose: {name: a, out: 6, kernel: [2, 2], stride: [3, 5], dilation: [2, 3], pad: same_tf})yaml") ==
      R"text(input input [1, 8, 16, 12]
a/conv_transpose: ConvTranspose(input, a.weight) kernel_shape=[2, 2] strides=[3, 5] dilations=[2, 3] group=1 pads=[0, 0, 0, 0] output_padding=[0, 1] -> a [1, 6, 48, 60]  # roles NCHW; inputs input; out 6; kernel [2, 2]; stride [3, 5]; dilation [2, 3]; groups 1; pad same_tf; output_pad [0, 0]; bias false
output a [1, 6, 48, 60]
a.weight [8, 6, 2, 2]: kernel of layer 0 from 0
)text");
}
