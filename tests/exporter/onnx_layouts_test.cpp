// SPDX-License-Identifier: Apache-2.0
// Layouts of tensors in exported ONNX graphs, and their names.
#include "exporter/graph_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a tensor is turned once into the layout that the next layers want", "[export]") {
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 5, per_position: true}
  - conv: {name: b, out: 6}
  - max_pool: {name: c, kernel: 1}
  - linear: {name: d, out: 7, per_position: true}
  - add: {from: [d, d]})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
input/channels_last: Transpose(input) perm=[0, 2, 3, 1] [1, 3, 2, 4]
a/Transpose: Transpose(a.weight) perm=[1, 0] [4, 5]
a/MatMul: MatMul(input/channels_last, a/Transpose) [1, 3, 2, 5]
a: Add(a/MatMul, a.bias) [1, 3, 2, 5]
a/channels_first: Transpose(a) perm=[0, 3, 1, 2] [1, 5, 3, 2]
b: Conv(a/channels_first, b.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 6, 3, 2]
c: MaxPool(b) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] pads=[0, 0, 0, 0] [1, 6, 3, 2]
c/channels_last: Transpose(c) perm=[0, 2, 3, 1] [1, 3, 2, 6]
d/Transpose: Transpose(d.weight) perm=[1, 0] [6, 7]
d/MatMul: MatMul(c/channels_last, d/Transpose) [1, 3, 2, 7]
d: Add(d/MatMul, d.bias) [1, 3, 2, 7]
add: Add(d, d) [1, 3, 2, 7]
add/channels_first: Transpose(add) perm=[0, 3, 1, 2] [1, 7, 3, 2]
output add/channels_first [1, 7, 3, 2]
a.weight [5, 4]: kernel of layer 0 from 0
a.bias [5]: bias of layer 0 from 0
b.weight [6, 5, 1, 1]: kernel of layer 1 from 0
d.weight [7, 6]: kernel of layer 3 from 0
d.bias [7]: bias of layer 3 from 0
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 5, per_position: true}
  - conv: {name: b, out: 6}
  - layer_norm: {name: c})yaml",
                  "4x3x1") ==
        R"text(input input [1, 4, 3, 1]
input/without_width: Squeeze(input, constant/3) [1, 4, 3]
input/to_tokens: Transpose(input/without_width) perm=[0, 2, 1] [1, 3, 4]
a/Transpose: Transpose(a.weight) perm=[1, 0] [4, 5]
a/MatMul: MatMul(input/to_tokens, a/Transpose) [1, 3, 5]
a: Add(a/MatMul, a.bias) [1, 3, 5]
a/from_tokens: Transpose(a) perm=[0, 2, 1] [1, 5, 3]
a/with_width: Unsqueeze(a/from_tokens, constant/3) [1, 5, 3, 1]
b: Conv(a/with_width, b.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 6, 3, 1]
b/without_width: Squeeze(b, constant/3) [1, 6, 3]
b/to_tokens: Transpose(b/without_width) perm=[0, 2, 1] [1, 3, 6]
c: LayerNormalization(b/to_tokens, c.weight, c.bias) axis=-1 epsilon=1e-05f [1, 3, 6]
c/from_tokens: Transpose(c) perm=[0, 2, 1] [1, 6, 3]
c/with_width: Unsqueeze(c/from_tokens, constant/3) [1, 6, 3, 1]
output c/with_width [1, 6, 3, 1]
constant/3 [1]: 3
a.weight [5, 4]: kernel of layer 0 from 0
a.bias [5]: bias of layer 0 from 0
b.weight [6, 5, 1, 1]: kernel of layer 1 from 0
c.weight [6]: scale of layer 2 from 0
c.bias [6]: shift of layer 2 from 0
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a}
  - layer_norm: {name: b, from: input}
  - add: {name: c, from: [a, b, input]})yaml",
                  "4x3x1") ==
        R"text(input input [1, 4, 3, 1]
input/without_width: Squeeze(input, constant/3) [1, 4, 3]
input/to_tokens: Transpose(input/without_width) perm=[0, 2, 1] [1, 3, 4]
a: LayerNormalization(input/to_tokens, a.weight, a.bias) axis=-1 epsilon=1e-05f [1, 3, 4]
b: LayerNormalization(input/to_tokens, b.weight, b.bias) axis=-1 epsilon=1e-05f [1, 3, 4]
c: Sum(a, b, input/to_tokens) [1, 3, 4]
c/from_tokens: Transpose(c) perm=[0, 2, 1] [1, 4, 3]
c/with_width: Unsqueeze(c/from_tokens, constant/3) [1, 4, 3, 1]
output c/with_width [1, 4, 3, 1]
constant/3 [1]: 3
a.weight [4]: scale of layer 0 from 0
a.bias [4]: shift of layer 0 from 0
b.weight [4]: scale of layer 1 from 0
b.bias [4]: shift of layer 1 from 0
)text");
  CHECK(onnx_text(R"yaml(  - conv: {name: a, out: 3}
  - linear: {name: b, out: 5}
  - conv: {name: c, out: 2}
  - relu: {name: d})yaml",
                  "4x1x1") ==
        R"text(input input [1, 4, 1, 1]
a: Conv(input, a.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 3, 1, 1]
a/to_vector: Flatten(a) axis=1 [1, 3]
b: Gemm(a/to_vector, b.weight, b.bias) transB=1 [1, 5]
b/to_image: Unsqueeze(b, constant/2_3) [1, 5, 1, 1]
c: Conv(b/to_image, c.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 2, 1, 1]
d: Relu(c) [1, 2, 1, 1]
output d [1, 2, 1, 1]
a.weight [3, 4, 1, 1]: kernel of layer 0 from 0
b.weight [5, 3]: kernel of layer 1 from 0
b.bias [5]: bias of layer 1 from 0
constant/2_3 [2]: 2 3
c.weight [2, 5, 1, 1]: kernel of layer 2 from 0
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a}
  - conv: {name: b, out: 2})yaml",
                  "4x1x3") ==
        R"text(input input [1, 4, 1, 3]
input/channels_last: Transpose(input) perm=[0, 2, 3, 1] [1, 1, 3, 4]
a: LayerNormalization(input/channels_last, a.weight, a.bias) axis=-1 epsilon=1e-05f [1, 1, 3, 4]
a/channels_first: Transpose(a) perm=[0, 3, 1, 2] [1, 4, 1, 3]
b: Conv(a/channels_first, b.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 2, 1, 3]
output b [1, 2, 1, 3]
a.weight [4]: scale of layer 0 from 0
a.bias [4]: shift of layer 0 from 0
b.weight [2, 4, 1, 1]: kernel of layer 1 from 0
)text");
}

TEST_CASE("helpers and initializers of layers with equal beginnings have names of their own",
          "[export]") {
  CHECK(onnx_text(R"yaml(  - swish: {name: a}
  - group: {name: b, layers: [conv: {name: weight, out: 4}, relu: {name: bias}]}
  - swish: {name: b}
  - conv: {name: input2, out: 3})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
a/Sigmoid: Sigmoid(input) [1, 4, 3, 2]
a: Mul(input, a/Sigmoid) [1, 4, 3, 2]
b1.weight: Conv(a, b1.weight.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 4, 3, 2]
b1.bias: Relu(b1.weight) [1, 4, 3, 2]
b2/Sigmoid: Sigmoid(b1.bias) [1, 4, 3, 2]
b2: Mul(b1.bias, b2/Sigmoid) [1, 4, 3, 2]
input2: Conv(b2, input2.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 3, 3, 2]
output input2 [1, 3, 3, 2]
b1.weight.weight [4, 4, 1, 1]: kernel of layer 1 from 0
input2.weight [3, 4, 1, 1]: kernel of layer 4 from 0
)text");
}
