// SPDX-License-Identifier: Apache-2.0
// Nodes of layers that move numbers in exported ONNX graphs.
#include "exporter/graph_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("concatenations, shuffles and parts work on channels", "[export]") {
  CHECK(onnx_text(R"yaml(  - concat: {name: a, x: [conv: {out: 4}], y: []}
  - channel_shuffle: {name: b, groups: 3}
  - split: {name: c, parts: 2, take: 2}
  - split: {name: d, parts: [1, 3, 2], take: 3}
  - split: {name: e, parts: 1, take: 1}
  - slice: {name: f, channels: 1, start: 1})yaml") ==
        R"text(input input [1, 8, 16, 12]
a.x.conv: Conv(input, a.x.conv.weight) kernel_shape=[1, 1] strides=[1, 1] dilations=[1, 1] group=1 pads=[0, 0, 0, 0] [1, 4, 16, 12]
a: Concat(a.x.conv, input) axis=1 [1, 12, 16, 12]
b/Reshape: Reshape(a, constant/0_3_4_16_12) [1, 3, 4, 16, 12]
b/Transpose: Transpose(b/Reshape) perm=[0, 2, 1, 3, 4] [1, 4, 3, 16, 12]
b: Reshape(b/Transpose, constant/0_12_16_12) [1, 12, 16, 12]
c: Slice(b, constant/6, constant/12, constant/1) [1, 6, 16, 12]
d/split: Slice(c, constant/4, constant/6, constant/1) -> d [1, 2, 16, 12]  # roles NCHW; inputs c; parts [1, 3, 2]; take 3
e/split: Slice(d, constant/0, constant/2, constant/1) -> e [1, 2, 16, 12]  # roles NCHW; inputs d; parts 1; take 1
f/slice: Slice(e, constant/1, constant/2, constant/1) -> f [1, 1, 16, 12]  # roles NCHW; inputs e; channels 1; start 1
output f [1, 1, 16, 12]
a.x.conv.weight [4, 8, 1, 1]: kernel of layer 0 from 0
constant/0_3_4_16_12 [5]: 0 3 4 16 12
constant/0_12_16_12 [4]: 0 12 16 12
constant/6 [1]: 6
constant/12 [1]: 12
constant/1 [1]: 1
constant/4 [1]: 4
constant/0 [1]: 0
constant/2 [1]: 2
)text");
  CHECK(onnx_text(R"yaml(  - linear: {name: l, out: 6}
  - split: {name: a, parts: 3, take: 2})yaml",
                  "6x1x1") ==
        R"text(input input [1, 6, 1, 1]
input/to_vector: Flatten(input) axis=1 [1, 6]
l: Gemm(input/to_vector, l.weight, l.bias) transB=1 [1, 6]
a: Slice(l, constant/2, constant/4, constant/1) [1, 2]
output a [1, 2]
l.weight [6, 6]: kernel of layer 0 from 0
l.bias [6]: bias of layer 0 from 0
constant/2 [1]: 2
constant/4 [1]: 4
constant/1 [1]: 1
)text");
}

TEST_CASE("a crop begins where its alignment says", "[export]") {
  CHECK(onnx_text(R"yaml(  - crop: {name: a, size: [4, 3]})yaml", "2x9x6") ==
        R"text(input input [1, 2, 9, 6]
a/crop: Slice(input, constant/2_1, constant/6_4, constant/2_3) -> a [1, 2, 4, 3]  # roles NCHW; inputs input; size [4, 3]; align center
output a [1, 2, 4, 3]
constant/2_1 [2]: 2 1
constant/6_4 [2]: 6 4
constant/2_3 [2]: 2 3
)text");
  CHECK(onnx_text(R"yaml(  - crop: {name: a, size: [4, 3], align: start})yaml", "2x9x6") ==
        R"text(input input [1, 2, 9, 6]
a/crop: Slice(input, constant/0_0, constant/4_3, constant/2_3) -> a [1, 2, 4, 3]  # roles NCHW; inputs input; size [4, 3]; align start
output a [1, 2, 4, 3]
constant/0_0 [2]: 0 0
constant/4_3 [2]: 4 3
constant/2_3 [2]: 2 3
)text");
  CHECK(onnx_text(R"yaml(  - crop: {name: a, size: [4, 3], align: end})yaml", "2x9x6") ==
        R"text(input input [1, 2, 9, 6]
a/crop: Slice(input, constant/5_3, constant/9_6, constant/2_3) -> a [1, 2, 4, 3]  # roles NCHW; inputs input; size [4, 3]; align end
output a [1, 2, 4, 3]
constant/5_3 [2]: 5 3
constant/9_6 [2]: 9 6
constant/2_3 [2]: 2 3
)text");
}

TEST_CASE("a reduction is a mean over its axes", "[export]") {
  CHECK(onnx_text(R"yaml(  - reduce: {name: a, channels: true, width: true})yaml", "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a/reduce: ReduceMean(input) axes=[1, 3] -> a [1, 1, 4, 1]  # roles NCHW; inputs input; channels true; height false; width true
output a [1, 1, 4, 1]
)text");
  CHECK(onnx_text(R"yaml(  - reduce: {name: a, height: true})yaml", "2x4x3", 18) ==
        R"text(input input [1, 2, 4, 3]
a/reduce: ReduceMean(input, constant/2) -> a [1, 2, 1, 3]  # roles NCHW; inputs input; channels false; height true; width false
output a [1, 2, 1, 3]
constant/2 [1]: 2
)text");
  CHECK(onnx_text(R"yaml(  - reduce: {name: a})yaml", "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a/reduce: Identity(input) -> a [1, 2, 4, 3]  # roles NCHW; inputs input; channels false; height false; width false
output a [1, 2, 4, 3]
)text");
}

TEST_CASE("what moves unknown numbers takes them in their order", "[export]") {
  CHECK(
      onnx_text(R"yaml(  - rearrange: {name: a, channels: 3, height: 2, width: 2})yaml", "2x3x2") ==
      R"text(input input [1, 2, 3, 2]
a/rearrange/Flatten: Flatten(input) axis=1 [1, 12]
a/rearrange: Reshape(a/rearrange/Flatten, constant/0_3_2_2) -> a [1, 3, 2, 2]  # roles NCHW; inputs input; channels 3; height 2; width 2
output a [1, 3, 2, 2]
constant/0_3_2_2 [4]: 0 3 2 2
)text");
  CHECK(
      onnx_text(R"yaml(  - rearrange: {name: a, channels: 3, height: 3, width: 3})yaml", "2x3x2") ==
      R"text(input input [1, 2, 3, 2]
a/rearrange/Flatten: Flatten(input) axis=1 [1, 12]
a/rearrange/Concat: Concat(a/rearrange/Flatten, a/rearrange/Flatten, a/rearrange/Flatten) axis=1 [1, 36]
a/rearrange/Slice: Slice(a/rearrange/Concat, constant/0, constant/27, constant/1) [1, 27]
a/rearrange: Reshape(a/rearrange/Slice, constant/0_3_3_3) -> a [1, 3, 3, 3]  # roles NCHW; inputs input; channels 3; height 3; width 3
output a [1, 3, 3, 3]
constant/0 [1]: 0
constant/27 [1]: 27
constant/1 [1]: 1
constant/0_3_3_3 [4]: 0 3 3 3
)text");
  CHECK(
      onnx_text(R"yaml(  - rearrange: {name: a, channels: 3, height: 3, width: 1})yaml", "2x3x2") ==
      R"text(input input [1, 2, 3, 2]
a/rearrange/Flatten: Flatten(input) axis=1 [1, 12]
a/rearrange/Slice: Slice(a/rearrange/Flatten, constant/0, constant/9, constant/1) [1, 9]
a/rearrange: Reshape(a/rearrange/Slice, constant/0_3_3_1) -> a [1, 3, 3, 1]  # roles NCHW; inputs input; channels 3; height 3; width 1
output a [1, 3, 3, 1]
constant/0 [1]: 0
constant/9 [1]: 9
constant/1 [1]: 1
constant/0_3_3_1 [4]: 0 3 3 1
)text");
  CHECK(onnx_text(R"yaml(  - relu: {name: r}
  - rearrange: {name: a, channels: 5, height: 5, width: 1, from: [r, input]})yaml",
                  "2x3x2", 17, 2) ==
        R"text(input input [2, 2, 3, 2]
r: Relu(input) [2, 2, 3, 2]
a/rearrange/Flatten: Flatten(r) axis=1 [2, 12]
a/rearrange/Flatten_2: Flatten(input) axis=1 [2, 12]
a/rearrange/Concat: Concat(a/rearrange/Flatten, a/rearrange/Flatten_2) axis=1 [2, 24]
a/rearrange/Concat_2: Concat(a/rearrange/Concat, a/rearrange/Concat) axis=1 [2, 48]
a/rearrange/Slice: Slice(a/rearrange/Concat_2, constant/0, constant/25, constant/1) [2, 25]
a/rearrange: Reshape(a/rearrange/Slice, constant/0_5_5_1) -> a [2, 5, 5, 1]  # roles NCHW; inputs r input; channels 5; height 5; width 1
output a [2, 5, 5, 1]
constant/0 [1]: 0
constant/25 [1]: 25
constant/1 [1]: 1
constant/0_5_5_1 [4]: 0 5 5 1
)text");
  CHECK(onnx_text(R"yaml(  - relu: {name: r}
  - rearrange: {name: a, channels: 8, height: 3, width: 1, from: [r, input]})yaml",
                  "2x3x2") ==
        R"text(input input [1, 2, 3, 2]
r: Relu(input) [1, 2, 3, 2]
a/rearrange/Flatten: Flatten(r) axis=1 [1, 12]
a/rearrange/Flatten_2: Flatten(input) axis=1 [1, 12]
a/rearrange/Concat: Concat(a/rearrange/Flatten, a/rearrange/Flatten_2) axis=1 [1, 24]
a/rearrange: Reshape(a/rearrange/Concat, constant/0_8_3_1) -> a [1, 8, 3, 1]  # roles NCHW; inputs r input; channels 8; height 3; width 1
output a [1, 8, 3, 1]
constant/0_8_3_1 [4]: 0 8 3 1
)text");
  CHECK(
      onnx_text(R"yaml(  - rearrange: {name: a, channels: 3, height: 1, width: 1})yaml", "1x1x1") ==
      R"text(input input [1, 1, 1, 1]
a/rearrange/Flatten: Flatten(input) axis=1 [1, 1]
a/rearrange/Concat: Concat(a/rearrange/Flatten, a/rearrange/Flatten, a/rearrange/Flatten) axis=1 [1, 3]
a/rearrange: Reshape(a/rearrange/Concat, constant/0_3_1_1) -> a [1, 3, 1, 1]  # roles NCHW; inputs input; channels 3; height 1; width 1
output a [1, 3, 1, 1]
constant/0_3_1_1 [4]: 0 3 1 1
)text");
}

TEST_CASE("shapes, dropout and further sizes", "[export]") {
  CHECK(onnx_text(R"yaml(  - flatten: {name: a}
  - reshape: {name: b, channels: 9, height: 2, width: 4}
  - dropout: {name: c, p: 0.25}
  - dropout: {name: d, p: 0.123456789012})yaml",
                  "6x4x3") ==
        R"text(input input [1, 6, 4, 3]
a: Flatten(input) axis=1 [1, 72]
b: Reshape(a, constant/0_9_2_4) [1, 9, 2, 4]
c: Dropout(b, constant/0.25f) [1, 9, 2, 4]
d/dropout: Dropout(c, constant/0.12345679f) -> d [1, 9, 2, 4]  # roles NCHW; inputs c; p 0.123456789012
output d [1, 9, 2, 4]
constant/0_9_2_4 [4]: 0 9 2 4
constant/0.25f []: 0.25f
constant/0.12345679f []: 0.12345679f
)text");
}

TEST_CASE("an upsampling has a factor, or the size that it leads to", "[export]") {
  CHECK(onnx_text(R"yaml(  - upsample: {name: a, factor: [2, 3]}
  - upsample: {name: b, factor: 2, mode: bilinear})yaml",
                  "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a: Resize(input, , a/constant) mode=nearest coordinate_transformation_mode=asymmetric nearest_mode=floor [1, 2, 8, 9]
b: Resize(a, , b/constant) mode=linear coordinate_transformation_mode=half_pixel [1, 2, 16, 18]
output b [1, 2, 16, 18]
a/constant [4]: 1f 1f 2f 3f
b/constant [4]: 1f 1f 2f 2f
)text");
  CHECK(onnx_text(R"yaml(  - upsample: {name: a, size: [7, 5]})yaml", "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a/upsample: Resize(input, , , constant/1_2_7_5) mode=nearest coordinate_transformation_mode=asymmetric nearest_mode=floor -> a [1, 2, 7, 5]  # roles NCHW; inputs input; factor [2, 2]; mode nearest; size [7, 5]
output a [1, 2, 7, 5]
constant/1_2_7_5 [4]: 1 2 7 5
)text");
  CHECK(onnx_text(R"yaml(  - upsample: {name: a, factor: 1})yaml", "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a/upsample: Resize(input, , a/upsample/constant) mode=nearest coordinate_transformation_mode=asymmetric nearest_mode=floor -> a [1, 2, 4, 3]  # roles NCHW; inputs input; factor [1, 1]; mode nearest
output a [1, 2, 4, 3]
a/upsample/constant [4]: 1f 1f 1f 1f
)text");
}

TEST_CASE("a pad has its sides and its mode, and reflects more than once", "[export]") {
  CHECK(onnx_text(R"yaml(  - pad: {name: a, pad: [1, 2, 3, 4]}
  - pad: {name: b, pad: [1, 2], mode: replicate}
  - pad: {name: c, pad: [1, 2, 0, 3], mode: reflect})yaml",
                  "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a: Pad(input, constant/0_0_1_2_0_0_3_4) mode=constant [1, 2, 8, 9]
b: Pad(a, constant/0_0_1_2_0_0_1_2) mode=edge [1, 2, 10, 13]
c: Pad(b, constant/0_0_1_2_0_0_0_3) mode=reflect [1, 2, 11, 18]
output c [1, 2, 11, 18]
constant/0_0_1_2_0_0_3_4 [8]: 0 0 1 2 0 0 3 4
constant/0_0_1_2_0_0_1_2 [8]: 0 0 1 2 0 0 1 2
constant/0_0_1_2_0_0_0_3 [8]: 0 0 1 2 0 0 0 3
)text");
  CHECK(onnx_text(R"yaml(  - pad: {name: a, pad: 0})yaml", "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a/pad: Pad(input, constant/0_0_0_0_0_0_0_0) mode=constant -> a [1, 2, 4, 3]  # roles NCHW; inputs input; pad [0, 0, 0, 0]; mode zeros
output a [1, 2, 4, 3]
constant/0_0_0_0_0_0_0_0 [8]: 0 0 0 0 0 0 0 0
)text");
  CHECK(onnx_text(R"yaml(  - pad: {name: a, pad: [4, 0, 0, 0], mode: reflect})yaml", "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a/pad/Gather: Gather(input, constant/2_3_2_1_0_1_2_3) axis=2 [1, 2, 8, 3]
a/pad: Gather(a/pad/Gather, constant/0_1_2) axis=3 -> a [1, 2, 8, 3]  # roles NCHW; inputs input; pad [4, 0, 0, 0]; mode reflect
output a [1, 2, 8, 3]
constant/2_3_2_1_0_1_2_3 [8]: 2 3 2 1 0 1 2 3
constant/0_1_2 [3]: 0 1 2
)text");
  CHECK(onnx_text(R"yaml(  - pad: {name: a, pad: [0, 1, 2, 9], mode: reflect})yaml", "2x3x4") ==
        R"text(input input [1, 2, 3, 4]
a/pad/Gather: Gather(input, constant/0_1_2_1_0) axis=2 [1, 2, 5, 4]
a/pad: Gather(a/pad/Gather, constant/1_0_1_2_3_2_1_0_1_2_3_2_1_0) axis=3 -> a [1, 2, 5, 14]  # roles NCHW; inputs input; pad [0, 1, 2, 9]; mode reflect
output a [1, 2, 5, 14]
constant/0_1_2_1_0 [5]: 0 1 2 1 0
constant/1_0_1_2_3_2_1_0_1_2_3_2_1_0 [14]: 1 0 1 2 3 2 1 0 1 2 3 2 1 0
)text");
  CHECK(onnx_text(R"yaml(  - pad: {name: a, pad: [2, 0, 1, 3], mode: reflect})yaml", "2x1x4") ==
        R"text(input input [1, 2, 1, 4]
a/pad/Gather: Gather(input, constant/0_0_0_0) axis=2 [1, 2, 4, 4]
a/pad: Gather(a/pad/Gather, constant/0_1_2_3_2_1_0) axis=3 -> a [1, 2, 4, 7]  # roles NCHW; inputs input; pad [2, 0, 1, 3]; mode reflect
output a [1, 2, 4, 7]
constant/0_0_0_0 [4]: 0 0 0 0
constant/0_1_2_3_2_1_0 [7]: 0 1 2 3 2 1 0
)text");
  CHECK(onnx_text(R"yaml(  - pad: {name: a, pad: [3, 2, 3, 2], mode: reflect})yaml", "2x4x3") ==
        R"text(input input [1, 2, 4, 3]
a: Pad(input, constant/0_0_3_2_0_0_3_2) mode=reflect [1, 2, 10, 7]
output a [1, 2, 10, 7]
constant/0_0_3_2_0_0_3_2 [8]: 0 0 3 2 0 0 3 2
)text");
}

TEST_CASE("tokens of a class stand before the others", "[export]") {
  CHECK(onnx_text(R"yaml(  - class_token: {name: a}
  - take_token: {name: b}
  - take_token: {name: c})yaml",
                  "4x6x1") ==
        R"text(input input [1, 4, 6, 1]
a: Concat(a.weight, input) axis=2 [1, 4, 7, 1]
a/without_width: Squeeze(a, constant/3) [1, 4, 7]
a/to_tokens: Transpose(a/without_width) perm=[0, 2, 1] [1, 7, 4]
b: Gather(a/to_tokens, constant/index_0) axis=1 [1, 4]
c/take_token: Identity(b) -> c [1, 4]  # roles NC; inputs b
output c [1, 4]
a.weight [1, 4, 1, 1]: kernel of layer 0 from 0
constant/3 [1]: 3
constant/index_0 []: 0
)text");
  CHECK(onnx_text(R"yaml(  - class_token: {name: a})yaml", "4x6x1", 17, 2) ==
        R"text(input input [2, 4, 6, 1]
a/Expand: Expand(a.weight, constant/2_4_1_1) [2, 4, 1, 1]
a: Concat(a/Expand, input) axis=2 [2, 4, 7, 1]
output a [2, 4, 7, 1]
a.weight [1, 4, 1, 1]: kernel of layer 0 from 0
constant/2_4_1_1 [4]: 2 4 1 1
)text");
}
