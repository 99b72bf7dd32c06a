// SPDX-License-Identifier: Apache-2.0
// Nodes of norms in exported ONNX graphs.
#include "exporter/graph_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("norms have their factors and numbers", "[export]") {
  CHECK(onnx_text(R"yaml(  - batch_norm: {name: a}
  - batch_norm: {name: b, affine: false})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
a: BatchNormalization(input, a.weight, a.bias, a.running_mean, a.running_var) epsilon=1e-05f [1, 4, 3, 2]
b/batch_norm: BatchNormalization(a, b/batch_norm/constant, b/batch_norm/constant_2, b.running_mean, b.running_var) epsilon=1e-05f -> b [1, 4, 3, 2]  # roles NCHW; inputs a; affine false
output b [1, 4, 3, 2]
a.weight [4]: scale of layer 0 from 0
a.bias [4]: shift of layer 0 from 0
a.running_mean [4]: mean of layer 0 from 0
a.running_var [4]: variance of layer 0 from 0
b/batch_norm/constant [4]: 1f 1f 1f 1f
b/batch_norm/constant_2 [4]: 0f 0f 0f 0f
b.running_mean [4]: mean of layer 1 from 0
b.running_var [4]: variance of layer 1 from 0
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: l, out: 3}
  - batch_norm: {name: a})yaml",
                  "4x1x1") ==
        R"text(input input [1, 4, 1, 1]
input/to_vector: Flatten(input) axis=1 [1, 4]
l: Gemm(input/to_vector, l.weight, l.bias) transB=1 [1, 3]
a: BatchNormalization(l, a.weight, a.bias, a.running_mean, a.running_var) epsilon=1e-05f [1, 3]
output a [1, 3]
l.weight [3, 4]: kernel of layer 0 from 0
l.bias [3]: bias of layer 0 from 0
a.weight [3]: scale of layer 1 from 0
a.bias [3]: shift of layer 1 from 0
a.running_mean [3]: mean of layer 1 from 0
a.running_var [3]: variance of layer 1 from 0
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a}
  - layer_norm: {name: b, over: all})yaml",
                  "4x3x2") ==
        R"text(input input [1, 4, 3, 2]
input/channels_last: Transpose(input) perm=[0, 2, 3, 1] [1, 3, 2, 4]
a: LayerNormalization(input/channels_last, a.weight, a.bias) axis=-1 epsilon=1e-05f [1, 3, 2, 4]
a/channels_first: Transpose(a) perm=[0, 3, 1, 2] [1, 4, 3, 2]
b: LayerNormalization(a/channels_first, b.weight, b.bias) axis=1 epsilon=1e-05f [1, 4, 3, 2]
output b [1, 4, 3, 2]
a.weight [4]: scale of layer 0 from 0
a.bias [4]: shift of layer 0 from 0
b.weight [4, 3, 2]: scale of layer 1 from 0
b.bias [4, 3, 2]: shift of layer 1 from 0
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a})yaml", "4x3x2", 16) ==
        R"text(input input [1, 4, 3, 2]
input/channels_last: Transpose(input) perm=[0, 2, 3, 1] [1, 3, 2, 4]
a/ReduceMean: ReduceMean(input/channels_last) axes=[3] [1, 3, 2, 1]
a/Sub: Sub(input/channels_last, a/ReduceMean) [1, 3, 2, 4]
a/Mul: Mul(a/Sub, a/Sub) [1, 3, 2, 4]
a/ReduceMean_2: ReduceMean(a/Mul) axes=[3] [1, 3, 2, 1]
a/Add: Add(a/ReduceMean_2, constant/1e-05f) [1, 3, 2, 1]
a/Sqrt: Sqrt(a/Add) [1, 3, 2, 1]
a/Div: Div(a/Sub, a/Sqrt) [1, 3, 2, 4]
a/Mul_2: Mul(a/Div, a.weight) [1, 3, 2, 4]
a: Add(a/Mul_2, a.bias) [1, 3, 2, 4]
a/channels_first: Transpose(a) perm=[0, 3, 1, 2] [1, 4, 3, 2]
output a/channels_first [1, 4, 3, 2]
constant/1e-05f []: 1e-05f
a.weight [4]: scale of layer 0 from 0
a.bias [4]: shift of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a, over: all, affine: false})yaml", "4x3x2", 18) ==
        R"text(input input [1, 4, 3, 2]
a/ReduceMean: ReduceMean(input, constant/1_2_3) [1, 1, 1, 1]
a/Sub: Sub(input, a/ReduceMean) [1, 4, 3, 2]
a/Mul: Mul(a/Sub, a/Sub) [1, 4, 3, 2]
a/ReduceMean_2: ReduceMean(a/Mul, constant/1_2_3) [1, 1, 1, 1]
a/Add: Add(a/ReduceMean_2, constant/1e-05f) [1, 1, 1, 1]
a/Sqrt: Sqrt(a/Add) [1, 1, 1, 1]
a: Div(a/Sub, a/Sqrt) [1, 4, 3, 2]
output a [1, 4, 3, 2]
constant/1_2_3 [3]: 1 2 3
constant/1e-05f []: 1e-05f
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a, affine: false})yaml", "4x3x1") ==
        R"text(input input [1, 4, 3, 1]
input/without_width: Squeeze(input, constant/3) [1, 4, 3]
input/to_tokens: Transpose(input/without_width) perm=[0, 2, 1] [1, 3, 4]
a/ReduceMean: ReduceMean(input/to_tokens) axes=[2] [1, 3, 1]
a/Sub: Sub(input/to_tokens, a/ReduceMean) [1, 3, 4]
a/Mul: Mul(a/Sub, a/Sub) [1, 3, 4]
a/ReduceMean_2: ReduceMean(a/Mul) axes=[2] [1, 3, 1]
a/Add: Add(a/ReduceMean_2, constant/1e-05f) [1, 3, 1]
a/Sqrt: Sqrt(a/Add) [1, 3, 1]
a: Div(a/Sub, a/Sqrt) [1, 3, 4]
a/from_tokens: Transpose(a) perm=[0, 2, 1] [1, 4, 3]
a/with_width: Unsqueeze(a/from_tokens, constant/3) [1, 4, 3, 1]
output a/with_width [1, 4, 3, 1]
constant/3 [1]: 3
constant/1e-05f []: 1e-05f
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a, over: all})yaml", "4x1x1") ==
        R"text(input input [1, 4, 1, 1]
a/layer_norm: LayerNormalization(input, a.weight, a.bias) axis=1 epsilon=1e-05f -> a [1, 4, 1, 1]  # roles NCHW; inputs input; over all; affine true
output a [1, 4, 1, 1]
a.weight [4, 1, 1]: scale of layer 0 from 0
a.bias [4, 1, 1]: shift of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a})yaml", "1x2x1") ==
        R"text(input input [1, 1, 2, 1]
input/without_width: Squeeze(input, constant/3) [1, 1, 2]
input/to_tokens: Transpose(input/without_width) perm=[0, 2, 1] [1, 2, 1]
a/layer_norm: LayerNormalization(input/to_tokens, a.weight, a.bias) axis=-1 epsilon=1e-05f -> a [1, 2, 1]  # roles NHC; inputs input; over channels; affine true
a/from_tokens: Transpose(a) perm=[0, 2, 1] [1, 1, 2]
a/with_width: Unsqueeze(a/from_tokens, constant/3) [1, 1, 2, 1]
output a/with_width [1, 1, 2, 1]
constant/3 [1]: 3
a.weight [1]: scale of layer 0 from 0
a.bias [1]: shift of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - layer_norm: {name: a, over: all})yaml", "1x1x1") ==
        R"text(input input [1, 1, 1, 1]
a/layer_norm: LayerNormalization(input, a.weight, a.bias) axis=1 epsilon=1e-05f -> a [1, 1, 1, 1]  # roles NCHW; inputs input; over all; affine true
output a [1, 1, 1, 1]
a.weight [1, 1, 1]: scale of layer 0 from 0
a.bias [1, 1, 1]: shift of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - group_norm: {name: a, groups: 2}
  - group_norm: {name: b, groups: 3, affine: false})yaml",
                  "6x3x2", 17, 2) ==
        R"text(input input [2, 6, 3, 2]
a/Reshape: Reshape(input, constant/0_2_-1) [2, 2, 18]
a/InstanceNormalization: InstanceNormalization(a/Reshape, a/constant, a/constant_2) epsilon=1e-05f [2, 2, 18]
a/Reshape_2: Reshape(a/InstanceNormalization, constant/2_6_3_2) [2, 6, 3, 2]
a/Mul: Mul(a/Reshape_2, a.weight) [2, 6, 3, 2]
a: Add(a/Mul, a.bias) [2, 6, 3, 2]
b/Reshape: Reshape(a, constant/0_3_-1) [2, 3, 12]
b/InstanceNormalization: InstanceNormalization(b/Reshape, b/constant, b/constant_2) epsilon=1e-05f [2, 3, 12]
b: Reshape(b/InstanceNormalization, constant/2_6_3_2) [2, 6, 3, 2]
output b [2, 6, 3, 2]
constant/0_2_-1 [3]: 0 2 -1
a/constant [2]: 1f 1f
a/constant_2 [2]: 0f 0f
constant/2_6_3_2 [4]: 2 6 3 2
a.weight [6, 1, 1]: scale of layer 0 from 0
a.bias [6, 1, 1]: shift of layer 0 from 0
constant/0_3_-1 [3]: 0 3 -1
b/constant [3]: 1f 1f 1f
b/constant_2 [3]: 0f 0f 0f
)text");
  CHECK(onnx_text(R"yaml(  - group_norm: {name: a, groups: 1})yaml", "1x3x2") ==
        R"text(input input [1, 1, 3, 2]
a/group_norm/Reshape: Reshape(input, constant/0_1_-1) [1, 1, 6]
a/group_norm/InstanceNormalization: InstanceNormalization(a/group_norm/Reshape, constant/1fv, constant/0fv) epsilon=1e-05f [1, 1, 6]
a/group_norm/Reshape_2: Reshape(a/group_norm/InstanceNormalization, constant/1_1_3_2) [1, 1, 3, 2]
a/group_norm/Mul: Mul(a/group_norm/Reshape_2, a.weight) [1, 1, 3, 2]
a/group_norm: Add(a/group_norm/Mul, a.bias) -> a [1, 1, 3, 2]  # roles NCHW; inputs input; groups 1; affine true
output a [1, 1, 3, 2]
constant/0_1_-1 [3]: 0 1 -1
constant/1fv [1]: 1f
constant/0fv [1]: 0f
constant/1_1_3_2 [4]: 1 1 3 2
a.weight [1, 1, 1]: scale of layer 0 from 0
a.bias [1, 1, 1]: shift of layer 0 from 0
)text");
  CHECK(onnx_text(R"yaml(  - lrn: {name: a, size: 5})yaml", "6x3x2") ==
        R"text(input input [1, 6, 3, 2]
a: LRN(input) size=5 alpha=0.0001f beta=0.75f bias=1f [1, 6, 3, 2]
output a [1, 6, 3, 2]
)text");
  CHECK(onnx_text(R"yaml(  - lrn: {name: a, size: 6})yaml", "6x3x2", 17, 2) ==
        R"text(input input [2, 6, 3, 2]
a/lrn/Mul: Mul(input, input) [2, 6, 3, 2]
a/lrn/Reshape: Reshape(a/lrn/Mul, constant/2_1_6_6) [2, 1, 6, 6]
a/lrn/AveragePool: AveragePool(a/lrn/Reshape) kernel_shape=[6, 1] pads=[3, 0, 2, 0] count_include_pad=1 [2, 1, 6, 6]
a/lrn/Mul_2: Mul(a/lrn/AveragePool, constant/0.0001f) [2, 1, 6, 6]
a/lrn/Add: Add(a/lrn/Mul_2, constant/1f) [2, 1, 6, 6]
a/lrn/Pow: Pow(a/lrn/Add, constant/0.75f) [2, 1, 6, 6]
a/lrn/Reshape_2: Reshape(a/lrn/Pow, constant/2_6_3_2) [2, 6, 3, 2]
a/lrn: Div(input, a/lrn/Reshape_2) -> a [2, 6, 3, 2]  # roles NCHW; inputs input; size 6
output a [2, 6, 3, 2]
constant/2_1_6_6 [4]: 2 1 6 6
constant/0.0001f []: 0.0001f
constant/1f []: 1f
constant/0.75f []: 0.75f
constant/2_6_3_2 [4]: 2 6 3 2
)text");
}
