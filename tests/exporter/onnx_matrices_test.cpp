// SPDX-License-Identifier: Apache-2.0
// Nodes of linear layers, matrix products and attention in exported ONNX graphs.
#include "exporter/graph_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a linear layer of a vector is a Gemm, of positions a product", "[export]") {
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 5}
  - linear: {name: b, out: 4, bias: false}
  - linear: {name: c, out: 3, per_position: true})yaml",
                  "6x1x1") ==
        R"text(input input [1, 6, 1, 1]
input/to_vector: Flatten(input) axis=1 [1, 6]
a: Gemm(input/to_vector, a.weight, a.bias) transB=1 [1, 5]
b: Gemm(a, b.weight) transB=1 [1, 4]
c/linear: Gemm(b, c.weight, c.bias) transB=1 -> c [1, 3]  # roles NC; inputs b; out 3; bias true; per_position true
output c [1, 3]
a.weight [5, 6]: kernel of layer 0 from 0
a.bias [5]: bias of layer 0 from 0
b.weight [4, 5]: kernel of layer 1 from 0
c.weight [3, 4]: kernel of layer 2 from 0
c.bias [3]: bias of layer 2 from 0
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 5, per_position: true}
  - linear: {name: b, out: 4, per_position: true, bias: false})yaml",
                  "6x4x3") ==
        R"text(input input [1, 6, 4, 3]
input/channels_last: Transpose(input) perm=[0, 2, 3, 1] [1, 4, 3, 6]
a/Transpose: Transpose(a.weight) perm=[1, 0] [6, 5]
a/MatMul: MatMul(input/channels_last, a/Transpose) [1, 4, 3, 5]
a: Add(a/MatMul, a.bias) [1, 4, 3, 5]
b/Transpose: Transpose(b.weight) perm=[1, 0] [5, 4]
b: MatMul(a, b/Transpose) [1, 4, 3, 4]
b/channels_first: Transpose(b) perm=[0, 3, 1, 2] [1, 4, 4, 3]
output b/channels_first [1, 4, 4, 3]
a.weight [5, 6]: kernel of layer 0 from 0
a.bias [5]: bias of layer 0 from 0
b.weight [4, 5]: kernel of layer 1 from 0
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 1, per_position: true})yaml", "6x4x1") ==
        R"text(input input [1, 6, 4, 1]
input/without_width: Squeeze(input, constant/3) [1, 6, 4]
input/to_tokens: Transpose(input/without_width) perm=[0, 2, 1] [1, 4, 6]
a/linear/Transpose: Transpose(a.weight) perm=[1, 0] [6, 1]
a/linear/MatMul: MatMul(input/to_tokens, a/linear/Transpose) [1, 4, 1]
a/linear: Add(a/linear/MatMul, a.bias) -> a [1, 4, 1]  # roles NHC; inputs input; out 1; bias true; per_position true
a/from_tokens: Transpose(a) perm=[0, 2, 1] [1, 1, 4]
a/with_width: Unsqueeze(a/from_tokens, constant/3) [1, 1, 4, 1]
output a/with_width [1, 1, 4, 1]
constant/3 [1]: 3
a.weight [1, 6]: kernel of layer 0 from 0
a.bias [1]: bias of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: a, out: 1, per_position: true, bias: false}
  - linear: {name: b, out: 1, per_position: true, bias: false})yaml",
                  "2x4x1") ==
        R"text(input input [1, 2, 4, 1]
input/without_width: Squeeze(input, constant/3) [1, 2, 4]
input/to_tokens: Transpose(input/without_width) perm=[0, 2, 1] [1, 4, 2]
a/Transpose: Transpose(a.weight) perm=[1, 0] [2, 1]
a: MatMul(input/to_tokens, a/Transpose) [1, 4, 1]
b/linear/Transpose: Transpose(b.weight) perm=[1, 0] [1, 1]
b/linear: MatMul(a, b/linear/Transpose) -> b [1, 4, 1]  # roles NHC; inputs a; out 1; bias false; per_position true
b/from_tokens: Transpose(b) perm=[0, 2, 1] [1, 1, 4]
b/with_width: Unsqueeze(b/from_tokens, constant/3) [1, 1, 4, 1]
output b/with_width [1, 1, 4, 1]
constant/3 [1]: 3
a.weight [1, 2]: kernel of layer 0 from 0
b.weight [1, 1]: kernel of layer 1 from 0
)text");
}

TEST_CASE("a product of activations takes both as images", "[export]") {
  CHECK(onnx_text(R"yaml(  - matmul: {name: a, transpose: true, x: [], y: [conv: {out: 4}]})yaml",
                  "4x3x5") ==
        R"text(input input [1, 4, 3, 5]
a.y.conv: Conv(input, a.y.conv.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 4, 3, 5]
a: Einsum(input, a.y.conv) equation=nchk,ncwk->nchw [1, 4, 3, 3]
output a [1, 4, 3, 3]
a.y.conv.weight [4, 4, 1, 1]: kernel of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - matmul: {name: a, x: [], y: [conv: {out: 4}]})yaml", "4x3x3") ==
        R"text(input input [1, 4, 3, 3]
a.y.conv: Conv(input, a.y.conv.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 4, 3, 3]
a: MatMul(input, a.y.conv) [1, 4, 3, 3]
output a [1, 4, 3, 3]
a.y.conv.weight [4, 4, 1, 1]: kernel of layer 0 from 0
)text");
}

TEST_CASE("attention of all positions is written out with the names of PyTorch's", "[export]") {
  CHECK(onnx_text(R"yaml(  - multi_head_attention: {name: a, heads: 3})yaml", "6x4x1", 17, 2) ==
        R"text(input input [2, 6, 4, 1]
input/without_width: Squeeze(input, constant/3) [2, 6, 4]
input/to_tokens: Transpose(input/without_width) perm=[0, 2, 1] [2, 4, 6]
a/multi_head_attention/Transpose: Transpose(a.in_proj_weight) perm=[1, 0] [6, 18]
a/multi_head_attention/MatMul: MatMul(input/to_tokens, a/multi_head_attention/Transpose) [2, 4, 18]
a/multi_head_attention/Add: Add(a/multi_head_attention/MatMul, a.in_proj_bias) [2, 4, 18]
a/multi_head_attention/Reshape: Reshape(a/multi_head_attention/Add, constant/2_4_3_3_2) [2, 4, 3, 3, 2]
a/multi_head_attention/Transpose_2: Transpose(a/multi_head_attention/Reshape) perm=[2, 0, 3, 1, 4] [3, 2, 3, 4, 2]
a/multi_head_attention/Slice: Slice(a/multi_head_attention/Transpose_2, constant/0, constant/1, constant/0) [1, 2, 3, 4, 2]
a/multi_head_attention/Squeeze: Squeeze(a/multi_head_attention/Slice, constant/0) [2, 3, 4, 2]
a/multi_head_attention/Slice_2: Slice(a/multi_head_attention/Transpose_2, constant/1, constant/2, constant/0) [1, 2, 3, 4, 2]
a/multi_head_attention/Squeeze_2: Squeeze(a/multi_head_attention/Slice_2, constant/0) [2, 3, 4, 2]
a/multi_head_attention/Slice_3: Slice(a/multi_head_attention/Transpose_2, constant/2, constant/3, constant/0) [1, 2, 3, 4, 2]
a/multi_head_attention/Squeeze_3: Squeeze(a/multi_head_attention/Slice_3, constant/0) [2, 3, 4, 2]
a/multi_head_attention/Mul: Mul(a/multi_head_attention/Squeeze, constant/0.70710677f) [2, 3, 4, 2]
a/multi_head_attention/Transpose_3: Transpose(a/multi_head_attention/Squeeze_2) perm=[0, 1, 3, 2] [2, 3, 2, 4]
a/multi_head_attention/MatMul_2: MatMul(a/multi_head_attention/Mul, a/multi_head_attention/Transpose_3) [2, 3, 4, 4]
a/multi_head_attention/Softmax: Softmax(a/multi_head_attention/MatMul_2) axis=-1 [2, 3, 4, 4]
a/multi_head_attention/MatMul_3: MatMul(a/multi_head_attention/Softmax, a/multi_head_attention/Squeeze_3) [2, 3, 4, 2]
a/multi_head_attention/Transpose_4: Transpose(a/multi_head_attention/MatMul_3) perm=[0, 2, 1, 3] [2, 4, 3, 2]
a/multi_head_attention/Reshape_2: Reshape(a/multi_head_attention/Transpose_4, constant/2_4_6) [2, 4, 6]
a/multi_head_attention/Transpose_5: Transpose(a.out_proj.weight) perm=[1, 0] [6, 6]
a/multi_head_attention/MatMul_4: MatMul(a/multi_head_attention/Reshape_2, a/multi_head_attention/Transpose_5) [2, 4, 6]
a/multi_head_attention/Add_2: Add(a/multi_head_attention/MatMul_4, a.out_proj.bias) [2, 4, 6]
a/multi_head_attention: Reshape(a/multi_head_attention/Add_2, constant/2_4_6) -> a [2, 4, 6]  # roles NHC; inputs input; heads 3; bias true
a/from_tokens: Transpose(a) perm=[0, 2, 1] [2, 6, 4]
a/with_width: Unsqueeze(a/from_tokens, constant/3) [2, 6, 4, 1]
output a/with_width [2, 6, 4, 1]
constant/3 [1]: 3
a.in_proj_weight [18, 6]: kernel of layer 0 from 0
a.in_proj_bias [18]: bias of layer 0 from 0
constant/2_4_3_3_2 [5]: 2 4 3 3 2
constant/0 [1]: 0
constant/1 [1]: 1
constant/2 [1]: 2
constant/0.70710677f []: 0.70710677f
constant/2_4_6 [3]: 2 4 6
a.out_proj.weight [6, 6]: kernel of layer 0 from 108
a.out_proj.bias [6]: bias of layer 0 from 18
)text");
  CHECK(
      onnx_text(R"yaml(  - multi_head_attention: {name: a, heads: 2, bias: false})yaml", "4x2x3") ==
      R"text(input input [1, 4, 2, 3]
input/channels_last: Transpose(input) perm=[0, 2, 3, 1] [1, 2, 3, 4]
a/multi_head_attention/Reshape: Reshape(input/channels_last, constant/1_6_4) [1, 6, 4]
a/multi_head_attention/Transpose: Transpose(a.in_proj_weight) perm=[1, 0] [4, 12]
a/multi_head_attention/MatMul: MatMul(a/multi_head_attention/Reshape, a/multi_head_attention/Transpose) [1, 6, 12]
a/multi_head_attention/Reshape_2: Reshape(a/multi_head_attention/MatMul, constant/1_6_3_2_2) [1, 6, 3, 2, 2]
a/multi_head_attention/Transpose_2: Transpose(a/multi_head_attention/Reshape_2) perm=[2, 0, 3, 1, 4] [3, 1, 2, 6, 2]
a/multi_head_attention/Slice: Slice(a/multi_head_attention/Transpose_2, constant/0, constant/1, constant/0) [1, 1, 2, 6, 2]
a/multi_head_attention/Squeeze: Squeeze(a/multi_head_attention/Slice, constant/0) [1, 2, 6, 2]
a/multi_head_attention/Slice_2: Slice(a/multi_head_attention/Transpose_2, constant/1, constant/2, constant/0) [1, 1, 2, 6, 2]
a/multi_head_attention/Squeeze_2: Squeeze(a/multi_head_attention/Slice_2, constant/0) [1, 2, 6, 2]
a/multi_head_attention/Slice_3: Slice(a/multi_head_attention/Transpose_2, constant/2, constant/3, constant/0) [1, 1, 2, 6, 2]
a/multi_head_attention/Squeeze_3: Squeeze(a/multi_head_attention/Slice_3, constant/0) [1, 2, 6, 2]
a/multi_head_attention/Mul: Mul(a/multi_head_attention/Squeeze, constant/0.70710677f) [1, 2, 6, 2]
a/multi_head_attention/Transpose_3: Transpose(a/multi_head_attention/Squeeze_2) perm=[0, 1, 3, 2] [1, 2, 2, 6]
a/multi_head_attention/MatMul_2: MatMul(a/multi_head_attention/Mul, a/multi_head_attention/Transpose_3) [1, 2, 6, 6]
a/multi_head_attention/Softmax: Softmax(a/multi_head_attention/MatMul_2) axis=-1 [1, 2, 6, 6]
a/multi_head_attention/MatMul_3: MatMul(a/multi_head_attention/Softmax, a/multi_head_attention/Squeeze_3) [1, 2, 6, 2]
a/multi_head_attention/Transpose_4: Transpose(a/multi_head_attention/MatMul_3) perm=[0, 2, 1, 3] [1, 6, 2, 2]
a/multi_head_attention/Reshape_3: Reshape(a/multi_head_attention/Transpose_4, constant/1_6_4) [1, 6, 4]
a/multi_head_attention/Transpose_5: Transpose(a.out_proj.weight) perm=[1, 0] [4, 4]
a/multi_head_attention/MatMul_4: MatMul(a/multi_head_attention/Reshape_3, a/multi_head_attention/Transpose_5) [1, 6, 4]
a/multi_head_attention: Reshape(a/multi_head_attention/MatMul_4, constant/1_2_3_4) -> a [1, 2, 3, 4]  # roles NHWC; inputs input; heads 2; bias false
a/channels_first: Transpose(a) perm=[0, 3, 1, 2] [1, 4, 2, 3]
output a/channels_first [1, 4, 2, 3]
constant/1_6_4 [3]: 1 6 4
a.in_proj_weight [12, 4]: kernel of layer 0 from 0
constant/1_6_3_2_2 [5]: 1 6 3 2 2
constant/0 [1]: 0
constant/1 [1]: 1
constant/2 [1]: 2
constant/3 [1]: 3
constant/0.70710677f []: 0.70710677f
a.out_proj.weight [4, 4]: kernel of layer 0 from 48
constant/1_2_3_4 [4]: 1 2 3 4
)text");
}

TEST_CASE("attention with fewer keys, windows or a context has projections of its own",
          "[export]") {
  CHECK(onnx_text(R"yaml(  - multi_head_attention: {name: a, heads: 4, kv_heads: 2})yaml", "12x6x1",
                  17, 2) ==
        R"text(input input [2, 12, 6, 1]
input/without_width: Squeeze(input, constant/3) [2, 12, 6]
input/to_tokens: Transpose(input/without_width) perm=[0, 2, 1] [2, 6, 12]
a/multi_head_attention/Transpose: Transpose(a.q_proj.weight) perm=[1, 0] [12, 12]
a/multi_head_attention/MatMul: MatMul(input/to_tokens, a/multi_head_attention/Transpose) [2, 6, 12]
a/multi_head_attention/Add: Add(a/multi_head_attention/MatMul, a.q_proj.bias) [2, 6, 12]
a/multi_head_attention/Transpose_2: Transpose(a.k_proj.weight) perm=[1, 0] [12, 6]
a/multi_head_attention/MatMul_2: MatMul(input/to_tokens, a/multi_head_attention/Transpose_2) [2, 6, 6]
a/multi_head_attention/Add_2: Add(a/multi_head_attention/MatMul_2, a.k_proj.bias) [2, 6, 6]
a/multi_head_attention/Transpose_3: Transpose(a.v_proj.weight) perm=[1, 0] [12, 6]
a/multi_head_attention/MatMul_3: MatMul(input/to_tokens, a/multi_head_attention/Transpose_3) [2, 6, 6]
a/multi_head_attention/Add_3: Add(a/multi_head_attention/MatMul_3, a.v_proj.bias) [2, 6, 6]
a/multi_head_attention/Reshape: Reshape(a/multi_head_attention/Add, constant/2_1_6_2_2_3) [2, 1, 6, 2, 2, 3]
a/multi_head_attention/Transpose_4: Transpose(a/multi_head_attention/Reshape) perm=[0, 1, 3, 4, 2, 5] [2, 1, 2, 2, 6, 3]
a/multi_head_attention/Reshape_2: Reshape(a/multi_head_attention/Add_2, constant/2_1_6_2_1_3) [2, 1, 6, 2, 1, 3]
a/multi_head_attention/Transpose_5: Transpose(a/multi_head_attention/Reshape_2) perm=[0, 1, 3, 4, 5, 2] [2, 1, 2, 1, 3, 6]
a/multi_head_attention/Reshape_3: Reshape(a/multi_head_attention/Add_3, constant/2_1_6_2_1_3) [2, 1, 6, 2, 1, 3]
a/multi_head_attention/Transpose_6: Transpose(a/multi_head_attention/Reshape_3) perm=[0, 1, 3, 4, 2, 5] [2, 1, 2, 1, 6, 3]
a/multi_head_attention/Mul: Mul(a/multi_head_attention/Transpose_4, constant/0.57735026f) [2, 1, 2, 2, 6, 3]
a/multi_head_attention/MatMul_4: MatMul(a/multi_head_attention/Mul, a/multi_head_attention/Transpose_5) [2, 1, 2, 2, 6, 6]
a/multi_head_attention/Softmax: Softmax(a/multi_head_attention/MatMul_4) axis=-1 [2, 1, 2, 2, 6, 6]
a/multi_head_attention/MatMul_5: MatMul(a/multi_head_attention/Softmax, a/multi_head_attention/Transpose_6) [2, 1, 2, 2, 6, 3]
a/multi_head_attention/Transpose_7: Transpose(a/multi_head_attention/MatMul_5) perm=[0, 1, 4, 2, 3, 5] [2, 1, 6, 2, 2, 3]
a/multi_head_attention/Reshape_4: Reshape(a/multi_head_attention/Transpose_7, constant/2_6_12) [2, 6, 12]
a/multi_head_attention/Transpose_8: Transpose(a.out_proj.weight) perm=[1, 0] [12, 12]
a/multi_head_attention/MatMul_6: MatMul(a/multi_head_attention/Reshape_4, a/multi_head_attention/Transpose_8) [2, 6, 12]
a/multi_head_attention/Add_4: Add(a/multi_head_attention/MatMul_6, a.out_proj.bias) [2, 6, 12]
a/multi_head_attention: Reshape(a/multi_head_attention/Add_4, constant/2_6_12) -> a [2, 6, 12]  # roles NHC; inputs input; heads 4; bias true; kv_heads 2
a/from_tokens: Transpose(a) perm=[0, 2, 1] [2, 12, 6]
a/with_width: Unsqueeze(a/from_tokens, constant/3) [2, 12, 6, 1]
output a/with_width [2, 12, 6, 1]
constant/3 [1]: 3
a.q_proj.weight [12, 12]: kernel of layer 0 from 0
a.q_proj.bias [12]: bias of layer 0 from 0
a.k_proj.weight [6, 12]: kernel of layer 0 from 144
a.k_proj.bias [6]: bias of layer 0 from 12
a.v_proj.weight [6, 12]: kernel of layer 0 from 216
a.v_proj.bias [6]: bias of layer 0 from 18
constant/2_1_6_2_2_3 [6]: 2 1 6 2 2 3
constant/2_1_6_2_1_3 [6]: 2 1 6 2 1 3
constant/0.57735026f []: 0.57735026f
constant/2_6_12 [3]: 2 6 12
a.out_proj.weight [12, 12]: kernel of layer 0 from 288
a.out_proj.bias [12]: bias of layer 0 from 24
)text");
  CHECK(
      onnx_text(
          R"yaml(  - multi_head_attention: {name: a, heads: 2, windows: 3, head_channels: 5, bias: false})yaml",
          "4x6x2") ==
      R"text(input input [1, 4, 6, 2]
input/channels_last: Transpose(input) perm=[0, 2, 3, 1] [1, 6, 2, 4]
a/multi_head_attention/Reshape: Reshape(input/channels_last, constant/1_12_4) [1, 12, 4]
a/multi_head_attention/Transpose: Transpose(a.q_proj.weight) perm=[1, 0] [4, 10]
a/multi_head_attention/MatMul: MatMul(a/multi_head_attention/Reshape, a/multi_head_attention/Transpose) [1, 12, 10]
a/multi_head_attention/Transpose_2: Transpose(a.k_proj.weight) perm=[1, 0] [4, 10]
a/multi_head_attention/MatMul_2: MatMul(a/multi_head_attention/Reshape, a/multi_head_attention/Transpose_2) [1, 12, 10]
a/multi_head_attention/Transpose_3: Transpose(a.v_proj.weight) perm=[1, 0] [4, 10]
a/multi_head_attention/MatMul_3: MatMul(a/multi_head_attention/Reshape, a/multi_head_attention/Transpose_3) [1, 12, 10]
a/multi_head_attention/Reshape_2: Reshape(a/multi_head_attention/MatMul, constant/1_3_4_2_1_5) [1, 3, 4, 2, 1, 5]
a/multi_head_attention/Transpose_4: Transpose(a/multi_head_attention/Reshape_2) perm=[0, 1, 3, 4, 2, 5] [1, 3, 2, 1, 4, 5]
a/multi_head_attention/Reshape_3: Reshape(a/multi_head_attention/MatMul_2, constant/1_3_4_2_1_5) [1, 3, 4, 2, 1, 5]
a/multi_head_attention/Transpose_5: Transpose(a/multi_head_attention/Reshape_3) perm=[0, 1, 3, 4, 5, 2] [1, 3, 2, 1, 5, 4]
a/multi_head_attention/Reshape_4: Reshape(a/multi_head_attention/MatMul_3, constant/1_3_4_2_1_5) [1, 3, 4, 2, 1, 5]
a/multi_head_attention/Transpose_6: Transpose(a/multi_head_attention/Reshape_4) perm=[0, 1, 3, 4, 2, 5] [1, 3, 2, 1, 4, 5]
a/multi_head_attention/Mul: Mul(a/multi_head_attention/Transpose_4, constant/0.4472136f) [1, 3, 2, 1, 4, 5]
a/multi_head_attention/MatMul_4: MatMul(a/multi_head_attention/Mul, a/multi_head_attention/Transpose_5) [1, 3, 2, 1, 4, 4]
a/multi_head_attention/Softmax: Softmax(a/multi_head_attention/MatMul_4) axis=-1 [1, 3, 2, 1, 4, 4]
a/multi_head_attention/MatMul_5: MatMul(a/multi_head_attention/Softmax, a/multi_head_attention/Transpose_6) [1, 3, 2, 1, 4, 5]
a/multi_head_attention/Transpose_7: Transpose(a/multi_head_attention/MatMul_5) perm=[0, 1, 4, 2, 3, 5] [1, 3, 4, 2, 1, 5]
a/multi_head_attention/Reshape_5: Reshape(a/multi_head_attention/Transpose_7, constant/1_12_10) [1, 12, 10]
a/multi_head_attention/Transpose_8: Transpose(a.out_proj.weight) perm=[1, 0] [10, 4]
a/multi_head_attention/MatMul_6: MatMul(a/multi_head_attention/Reshape_5, a/multi_head_attention/Transpose_8) [1, 12, 4]
a/multi_head_attention: Reshape(a/multi_head_attention/MatMul_6, constant/1_6_2_4) -> a [1, 6, 2, 4]  # roles NHWC; inputs input; heads 2; bias false; head_channels 5; windows 3
a/channels_first: Transpose(a) perm=[0, 3, 1, 2] [1, 4, 6, 2]
output a/channels_first [1, 4, 6, 2]
constant/1_12_4 [3]: 1 12 4
a.q_proj.weight [10, 4]: kernel of layer 0 from 0
a.k_proj.weight [10, 4]: kernel of layer 0 from 40
a.v_proj.weight [10, 4]: kernel of layer 0 from 80
constant/1_3_4_2_1_5 [6]: 1 3 4 2 1 5
constant/0.4472136f []: 0.4472136f
constant/1_12_10 [3]: 1 12 10
a.out_proj.weight [4, 10]: kernel of layer 0 from 120
constant/1_6_2_4 [4]: 1 6 2 4
)text");
  CHECK(onnx_text(R"yaml(  - conv: {name: x, out: 6}
  - conv: {name: y, out: 5, kernel: [2, 1], pad: valid, from: input}
  - multi_head_attention: {name: a, heads: 2, head_channels: 3, from: [x, y]})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
x: Conv(input, x.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 6, 3, 2]
y: Conv(input, y.weight) kernel_shape=[2, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 5, 2, 2]
x/channels_last: Transpose(x) perm=[0, 2, 3, 1] [1, 3, 2, 6]
a/multi_head_attention/Reshape: Reshape(x/channels_last, constant/1_6_6) [1, 6, 6]
y/channels_last: Transpose(y) perm=[0, 2, 3, 1] [1, 2, 2, 5]
a/multi_head_attention/Reshape_2: Reshape(y/channels_last, constant/1_4_5) [1, 4, 5]
a/multi_head_attention/Transpose: Transpose(a.q_proj.weight) perm=[1, 0] [6, 6]
a/multi_head_attention/MatMul: MatMul(a/multi_head_attention/Reshape, a/multi_head_attention/Transpose) [1, 6, 6]
a/multi_head_attention/Add: Add(a/multi_head_attention/MatMul, a.q_proj.bias) [1, 6, 6]
a/multi_head_attention/Transpose_2: Transpose(a.k_proj.weight) perm=[1, 0] [5, 6]
a/multi_head_attention/MatMul_2: MatMul(a/multi_head_attention/Reshape_2, a/multi_head_attention/Transpose_2) [1, 4, 6]
a/multi_head_attention/Add_2: Add(a/multi_head_attention/MatMul_2, a.k_proj.bias) [1, 4, 6]
a/multi_head_attention/Transpose_3: Transpose(a.v_proj.weight) perm=[1, 0] [5, 6]
a/multi_head_attention/MatMul_3: MatMul(a/multi_head_attention/Reshape_2, a/multi_head_attention/Transpose_3) [1, 4, 6]
a/multi_head_attention/Add_3: Add(a/multi_head_attention/MatMul_3, a.v_proj.bias) [1, 4, 6]
a/multi_head_attention/Reshape_3: Reshape(a/multi_head_attention/Add, constant/1_1_6_2_1_3) [1, 1, 6, 2, 1, 3]
a/multi_head_attention/Transpose_4: Transpose(a/multi_head_attention/Reshape_3) perm=[0, 1, 3, 4, 2, 5] [1, 1, 2, 1, 6, 3]
a/multi_head_attention/Reshape_4: Reshape(a/multi_head_attention/Add_2, constant/1_1_4_2_1_3) [1, 1, 4, 2, 1, 3]
a/multi_head_attention/Transpose_5: Transpose(a/multi_head_attention/Reshape_4) perm=[0, 1, 3, 4, 5, 2] [1, 1, 2, 1, 3, 4]
a/multi_head_attention/Reshape_5: Reshape(a/multi_head_attention/Add_3, constant/1_1_4_2_1_3) [1, 1, 4, 2, 1, 3]
a/multi_head_attention/Transpose_6: Transpose(a/multi_head_attention/Reshape_5) perm=[0, 1, 3, 4, 2, 5] [1, 1, 2, 1, 4, 3]
a/multi_head_attention/Mul: Mul(a/multi_head_attention/Transpose_4, constant/0.57735026f) [1, 1, 2, 1, 6, 3]
a/multi_head_attention/MatMul_4: MatMul(a/multi_head_attention/Mul, a/multi_head_attention/Transpose_5) [1, 1, 2, 1, 6, 4]
a/multi_head_attention/Softmax: Softmax(a/multi_head_attention/MatMul_4) axis=-1 [1, 1, 2, 1, 6, 4]
a/multi_head_attention/MatMul_5: MatMul(a/multi_head_attention/Softmax, a/multi_head_attention/Transpose_6) [1, 1, 2, 1, 6, 3]
a/multi_head_attention/Transpose_7: Transpose(a/multi_head_attention/MatMul_5) perm=[0, 1, 4, 2, 3, 5] [1, 1, 6, 2, 1, 3]
a/multi_head_attention/Reshape_6: Reshape(a/multi_head_attention/Transpose_7, constant/1_6_6) [1, 6, 6]
a/multi_head_attention/Transpose_8: Transpose(a.out_proj.weight) perm=[1, 0] [6, 6]
a/multi_head_attention/MatMul_6: MatMul(a/multi_head_attention/Reshape_6, a/multi_head_attention/Transpose_8) [1, 6, 6]
a/multi_head_attention/Add_4: Add(a/multi_head_attention/MatMul_6, a.out_proj.bias) [1, 6, 6]
a/multi_head_attention: Reshape(a/multi_head_attention/Add_4, constant/1_3_2_6) -> a [1, 3, 2, 6]  # roles NHWC; inputs x y; heads 2; bias true; head_channels 3
a/channels_first: Transpose(a) perm=[0, 3, 1, 2] [1, 6, 3, 2]
output a/channels_first [1, 6, 3, 2]
x.weight [6, 4, 1, 1]: kernel of layer 0 from 0
y.weight [5, 4, 2, 1]: kernel of layer 1 from 0
constant/1_6_6 [3]: 1 6 6
constant/1_4_5 [3]: 1 4 5
a.q_proj.weight [6, 6]: kernel of layer 2 from 0
a.q_proj.bias [6]: bias of layer 2 from 0
a.k_proj.weight [6, 5]: kernel of layer 2 from 36
a.k_proj.bias [6]: bias of layer 2 from 6
a.v_proj.weight [6, 5]: kernel of layer 2 from 66
a.v_proj.bias [6]: bias of layer 2 from 12
constant/1_1_6_2_1_3 [6]: 1 1 6 2 1 3
constant/1_1_4_2_1_3 [6]: 1 1 4 2 1 3
constant/0.57735026f []: 0.57735026f
a.out_proj.weight [6, 6]: kernel of layer 2 from 96
a.out_proj.bias [6]: bias of layer 2 from 18
constant/1_3_2_6 [4]: 1 3 2 6
)text");
}
