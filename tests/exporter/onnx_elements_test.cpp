// SPDX-License-Identifier: Apache-2.0
// Nodes of what is computed element by element in exported ONNX graphs.
#include "exporter/graph_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("activations are operators, with their numbers", "[export]") {
  CHECK(onnx_text(R"yaml(  - relu: {name: a}
  - relu6: {name: b}
  - leaky_relu: {name: c, slope: 0.25}
  - leaky_relu: {name: d, slope: 0.1234567890123}
  - elu: {name: e, alpha: 0.5}
  - sigmoid: {name: f}
  - hard_sigmoid: {name: g}
  - tanh: {name: i}
  - swish: {name: j}
  - hard_swish: {name: k}
  - gelu: {name: l}
  - softmax: {name: m})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
a: Relu(input) [1, 4, 3, 2]
b: Clip(a, constant/0f, constant/6f) [1, 4, 3, 2]
c: LeakyRelu(b) alpha=0.25f [1, 4, 3, 2]
d/leaky_relu: LeakyRelu(c) alpha=0.12345679f -> d [1, 4, 3, 2]  # roles NCHW; inputs c; slope 0.1234567890123
e: Elu(d) alpha=0.5f [1, 4, 3, 2]
f: Sigmoid(e) [1, 4, 3, 2]
g: HardSigmoid(f) alpha=0.16666667f beta=0.5f [1, 4, 3, 2]
i: Tanh(g) [1, 4, 3, 2]
j/Sigmoid: Sigmoid(i) [1, 4, 3, 2]
j: Mul(i, j/Sigmoid) [1, 4, 3, 2]
k: HardSwish(j) [1, 4, 3, 2]
l/Div: Div(k, constant/1.4142135f) [1, 4, 3, 2]
l/Erf: Erf(l/Div) [1, 4, 3, 2]
l/Add: Add(l/Erf, constant/1f) [1, 4, 3, 2]
l/Mul: Mul(k, l/Add) [1, 4, 3, 2]
l: Mul(l/Mul, constant/0.5f) [1, 4, 3, 2]
m: Softmax(l) axis=1 [1, 4, 3, 2]
output m [1, 4, 3, 2]
constant/0f []: 0f
constant/6f []: 6f
constant/1.4142135f []: 1.4142135f
constant/1f []: 1f
constant/0.5f []: 0.5f
)text");
  CHECK(onnx_text(R"yaml(  - hard_swish: {name: k})yaml", "4x3x2", 13) ==
        R"text(input input [1, 4, 3, 2]
k/HardSigmoid: HardSigmoid(input) alpha=0.16666667f beta=0.5f [1, 4, 3, 2]
k: Mul(input, k/HardSigmoid) [1, 4, 3, 2]
output k [1, 4, 3, 2]
)text");
  CHECK(onnx_text(R"yaml(  - hard_swish: {name: k})yaml", "4x3x2", 14) ==
        R"text(input input [1, 4, 3, 2]
k: HardSwish(input) [1, 4, 3, 2]
output k [1, 4, 3, 2]
)text");
  CHECK(onnx_text(R"yaml(  - gelu: {name: k})yaml", "4x3x2", 19) ==
        R"text(input input [1, 4, 3, 2]
k/Div: Div(input, constant/1.4142135f) [1, 4, 3, 2]
k/Erf: Erf(k/Div) [1, 4, 3, 2]
k/Add: Add(k/Erf, constant/1f) [1, 4, 3, 2]
k/Mul: Mul(input, k/Add) [1, 4, 3, 2]
k: Mul(k/Mul, constant/0.5f) [1, 4, 3, 2]
output k [1, 4, 3, 2]
constant/1.4142135f []: 1.4142135f
constant/1f []: 1f
constant/0.5f []: 0.5f
)text");
  CHECK(onnx_text(R"yaml(  - gelu: {name: k})yaml", "4x3x2", 20) ==
        R"text(input input [1, 4, 3, 2]
k: Gelu(input) [1, 4, 3, 2]
output k [1, 4, 3, 2]
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 3}
  - relu6: {name: b}
  - softmax: {name: c})yaml",
                  "4x1x1") ==
        R"text(input input [1, 4, 1, 1]
input/to_vector: Flatten(input) axis=1 [1, 4]
a: Gemm(input/to_vector, a.weight, a.bias) transB=1 [1, 3]
b: Clip(a, constant/0f, constant/6f) [1, 3]
c: Softmax(b) axis=-1 [1, 3]
output c [1, 3]
a.weight [3, 4]: kernel of layer 0 from 0
a.bias [3]: bias of layer 0 from 0
constant/0f []: 0f
constant/6f []: 6f
)text");
}

TEST_CASE("learned factors are spread over the positions", "[export]") {
  CHECK(onnx_text(R"yaml(  - prelu: {name: a}
  - prelu: {name: b, per_channel: false}
  - scale: {name: c}
  - scale: {name: d, bias: true}
  - position_embedding: {name: e})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
a: PRelu(input, a.weight) [1, 4, 3, 2]
b: PRelu(a, b.weight) [1, 4, 3, 2]
c: Mul(b, c.weight) [1, 4, 3, 2]
d/Mul: Mul(c, d.weight) [1, 4, 3, 2]
d: Add(d/Mul, d.bias) [1, 4, 3, 2]
e: Add(d, e.weight) [1, 4, 3, 2]
output e [1, 4, 3, 2]
a.weight [4, 1, 1]: scale of layer 0 from 0
b.weight [1]: scale of layer 1 from 0
c.weight [4, 1, 1]: scale of layer 2 from 0
d.weight [4, 1, 1]: scale of layer 3 from 0
d.bias [4, 1, 1]: shift of layer 3 from 0
e.weight [1, 4, 3, 2]: kernel of layer 4 from 0
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 3}
  - prelu: {name: b}
  - scale: {name: c, bias: true}
  - position_embedding: {name: d})yaml",
                  "4x1x1") ==
        R"text(input input [1, 4, 1, 1]
input/to_vector: Flatten(input) axis=1 [1, 4]
a: Gemm(input/to_vector, a.weight, a.bias) transB=1 [1, 3]
b: PRelu(a, b.weight) [1, 3]
c/Mul: Mul(b, c.weight) [1, 3]
c: Add(c/Mul, c.bias) [1, 3]
d: Add(c, d.weight) [1, 3]
output d [1, 3]
a.weight [3, 4]: kernel of layer 0 from 0
a.bias [3]: bias of layer 0 from 0
b.weight [3]: scale of layer 1 from 0
c.weight [3]: scale of layer 2 from 0
c.bias [3]: shift of layer 2 from 0
d.weight [1, 3]: kernel of layer 3 from 0
)text");
  CHECK(onnx_text(R"yaml(  - prelu: {name: b}
  - scale: {name: c}
  - prelu: {name: d, per_channel: false}
  - position_embedding: {name: e})yaml",
                  "1x1x1") ==
        R"text(input input [1, 1, 1, 1]
b/prelu: PRelu(input, b.weight) -> b [1, 1, 1, 1]  # roles NCHW; inputs input; per_channel true
c/scale: Mul(b, c.weight) -> c [1, 1, 1, 1]  # roles NCHW; inputs b; bias false
d: PRelu(c, d.weight) [1, 1, 1, 1]
e/position_embedding: Add(d, e.weight) -> e [1, 1, 1, 1]  # roles NCHW; inputs d
output e [1, 1, 1, 1]
b.weight [1, 1, 1]: scale of layer 0 from 0
c.weight [1, 1, 1]: scale of layer 1 from 0
d.weight [1]: scale of layer 2 from 0
e.weight [1, 1, 1, 1]: kernel of layer 3 from 0
)text");
  CHECK(onnx_text(R"yaml(  - scale: {name: c}
  - position_embedding: {name: e})yaml",
                  "1x2x1") ==
        R"text(input input [1, 1, 2, 1]
c/scale: Mul(input, c.weight) -> c [1, 1, 2, 1]  # roles NCHW; inputs input; bias false
e: Add(c, e.weight) [1, 1, 2, 1]
output e [1, 1, 2, 1]
c.weight [1, 1, 1]: scale of layer 0 from 0
e.weight [1, 1, 2, 1]: kernel of layer 1 from 0
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 3, per_position: true}
  - scale: {name: c})yaml",
                  "4x1x3") ==
        R"text(input input [1, 4, 1, 3]
input/channels_last: Transpose(input) perm=[0, 2, 3, 1] [1, 1, 3, 4]
a/Transpose: Transpose(a.weight) perm=[1, 0] [4, 3]
a/MatMul: MatMul(input/channels_last, a/Transpose) [1, 1, 3, 3]
a: Add(a/MatMul, a.bias) [1, 1, 3, 3]
c: Mul(a, c.weight) [1, 1, 3, 3]
c/channels_first: Transpose(c) perm=[0, 3, 1, 2] [1, 3, 1, 3]
output c/channels_first [1, 3, 1, 3]
a.weight [3, 4]: kernel of layer 0 from 0
a.bias [3]: bias of layer 0 from 0
c.weight [3]: scale of layer 1 from 0
)text");
}

TEST_CASE("sums and products spread the inputs that are smaller", "[export]") {
  CHECK(onnx_text(R"yaml(  - add: {name: a, x: [relu], y: [conv: {out: 4}]}
  - multiply: {name: b, x: [], y: [global_avg_pool]}
  - add: {name: c, x: [], y: [relu], z: [tanh]})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
a.x.relu: Relu(input) [1, 4, 3, 2]
a.y.conv: Conv(input, a.y.conv.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 4, 3, 2]
a: Add(a.x.relu, a.y.conv) [1, 4, 3, 2]
b.y.global_avg_pool: GlobalAveragePool(a) [1, 4, 1, 1]
b: Mul(a, b.y.global_avg_pool) [1, 4, 3, 2]
c.y.relu: Relu(b) [1, 4, 3, 2]
c.z.tanh: Tanh(b) [1, 4, 3, 2]
c: Sum(b, c.y.relu, c.z.tanh) [1, 4, 3, 2]
output c [1, 4, 3, 2]
a.y.conv.weight [4, 4, 1, 1]: kernel of layer 1 from 0
)text");
  CHECK(
      onnx_text(
          R"yaml(  - multiply: {name: b, x: [adaptive_avg_pool: {size: [1, 2]}], y: [adaptive_avg_pool: {size: [3, 1]}], z: [conv: {out: 1}], w2: []})yaml",
          "4x3x2") ==
      R"text(input input [1, 4, 3, 2]
b.x.adaptive_avg_pool/adaptive_avg_pool: AveragePool(input) kernel_shape=[3, 1] strides=[3, 1] -> b.x.adaptive_avg_pool [1, 4, 1, 2]  # roles NCHW; inputs input; size [1, 2]
b.y.adaptive_avg_pool/adaptive_avg_pool: AveragePool(input) kernel_shape=[1, 2] strides=[1, 2] -> b.y.adaptive_avg_pool [1, 4, 3, 1]  # roles NCHW; inputs input; size [3, 1]
b.z.conv: Conv(input, b.z.conv.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 1, 3, 2]
b/multiply/Mul: Mul(b.x.adaptive_avg_pool, b.y.adaptive_avg_pool) [1, 4, 3, 2]
b/multiply/Mul_2: Mul(b/multiply/Mul, b.z.conv) [1, 4, 3, 2]
b/multiply: Mul(b/multiply/Mul_2, input) -> b [1, 4, 3, 2]  # roles NCHW; inputs b.x.adaptive_avg_pool b.y.adaptive_avg_pool b.z.conv input
output b [1, 4, 3, 2]
b.z.conv.weight [1, 4, 1, 1]: kernel of layer 2 from 0
)text");
  CHECK(onnx_text(R"yaml(  - multiply: {name: b, x: [relu], y: [], z: [tanh]})yaml", "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
b.x.relu: Relu(input) [1, 4, 3, 2]
b.z.tanh: Tanh(input) [1, 4, 3, 2]
b/multiply/Mul: Mul(b.x.relu, input) [1, 4, 3, 2]
b/multiply: Mul(b/multiply/Mul, b.z.tanh) -> b [1, 4, 3, 2]  # roles NCHW; inputs b.x.relu input b.z.tanh
output b [1, 4, 3, 2]
)text");
  CHECK(onnx_text(R"yaml(  - multiply: {name: b, x: [conv: {out: 1}], y: []})yaml", "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
b.x.conv: Conv(input, b.x.conv.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 1, 3, 2]
b/multiply: Mul(b.x.conv, input) -> b [1, 4, 3, 2]  # roles NCHW; inputs b.x.conv input
output b [1, 4, 3, 2]
b.x.conv.weight [1, 4, 1, 1]: kernel of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - add: {name: b, x: [conv: {out: 1}], y: []})yaml", "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
b.x.conv: Conv(input, b.x.conv.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 1, 3, 2]
b/add: Add(b.x.conv, input) -> b [1, 4, 3, 2]  # roles NCHW; inputs b.x.conv input
output b [1, 4, 3, 2]
b.x.conv.weight [1, 4, 1, 1]: kernel of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - add: {name: a, x: [linear: {out: 3}], y: [linear: {out: 3}]})yaml",
                  "4x1x1") ==
        R"text(input input [1, 4, 1, 1]
input/to_vector: Flatten(input) axis=1 [1, 4]
a.x.linear: Gemm(input/to_vector, a.x.linear.weight, a.x.linear.bias) transB=1 [1, 3]
a.y.linear: Gemm(input/to_vector, a.y.linear.weight, a.y.linear.bias) transB=1 [1, 3]
a: Add(a.x.linear, a.y.linear) [1, 3]
output a [1, 3]
a.x.linear.weight [3, 4]: kernel of layer 0 from 0
a.x.linear.bias [3]: bias of layer 0 from 0
a.y.linear.weight [3, 4]: kernel of layer 1 from 0
a.y.linear.bias [3]: bias of layer 1 from 0
)text");
  CHECK(onnx_text(R"yaml(  - add: {name: a, x: [linear: {out: 4}], y: []})yaml", "4x1x1") ==
        R"text(input input [1, 4, 1, 1]
input/to_vector: Flatten(input) axis=1 [1, 4]
a.x.linear: Gemm(input/to_vector, a.x.linear.weight, a.x.linear.bias) transB=1 [1, 4]
a: Add(a.x.linear, input/to_vector) [1, 4]
output a [1, 4]
a.x.linear.weight [4, 4]: kernel of layer 0 from 0
a.x.linear.bias [4]: bias of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - relu: {name: r}
  - pointwise: {name: a}
  - pointwise: {name: b, from: [a, r]})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
r: Relu(input) [1, 4, 3, 2]
a/pointwise: Identity(r) -> a [1, 4, 3, 2]  # roles NCHW; inputs r; elementwise 1; compares 0; transcendentals 0; params 0
b/pointwise: Sum(a, r) -> b [1, 4, 3, 2]  # roles NCHW; inputs a r; elementwise 1; compares 0; transcendentals 0; params 0
output b [1, 4, 3, 2]
)text");
}
