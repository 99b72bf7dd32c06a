// SPDX-License-Identifier: Apache-2.0
// How the rewrite bottleneck changes a spec, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE(
    "a bottleneck reduces, convolves and expands, with the layers around the convolution between "
    "them",
    "[rewrite]") {
  CHECK(text_after("+bottleneck", R"yaml(params: {m: 2}
layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 12, kernel: [3, 5], stride: 2, dilation: 2, bias: false}
  - batch_norm
  - relu
  - conv: {name: b, out: 8 * m, kernel: 3}
  - conv: {name: c, out: in, kernel: 3}
  - conv: {name: d, out: h, kernel: 3}
  - conv: {name: e, out: "max(m, 8)", kernel: 3, stride: 2}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 12, kernel: [3, 5], stride: 2, dilation: 2, bias: false,
           when: not (bottleneck and 2 in bottleneck_stages)}
  - group:
      name: a
      when: bottleneck and 2 in bottleneck_stages
      layers:
        - conv: {name: reduce, out: "max(1, round(12 * ratio))", bias: false}
        - batch_norm
        - relu
        - conv: {name: inner, out: in, kernel: [3, 5], stride: 2, dilation: 2, bias: false}
        - batch_norm
        - relu
        - conv: {name: expand, out: 12, bias: false}
  - batch_norm
  - relu
  - conv: {name: b, out: 8 * m, kernel: 3, when: not (bottleneck and 2 in bottleneck_stages)}
  - group:
      name: b
      when: bottleneck and 2 in bottleneck_stages
      layers:
        - conv: {name: reduce, out: "max(1, round((8 * m) * ratio))"}
        - batch_norm
        - relu
        - conv: {name: inner, out: in, kernel: 3}
        - batch_norm
        - relu
        - conv: {name: expand, out: 8 * m}
  - conv: {name: c, out: in, kernel: 3}
  - conv: {name: d, out: h, kernel: 3}
  - conv: {name: e, out: "max(m, 8)", kernel: 3, stride: 2, when: not (bottleneck and 3 in bottleneck_stages)}
  - group:
      name: e
      when: bottleneck and 3 in bottleneck_stages
      layers:
        - conv: {name: reduce, out: "max(1, round(max(m, 8) * ratio))"}
        - conv: {name: inner, out: in, kernel: 3, stride: 2}
        - conv: {name: expand, out: "max(m, 8)"}
)yaml");
  CHECK(text_after("+bottleneck:inverted=1,t=3", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 12, kernel: [3, 5], stride: 2, bias: false}
  - relu
  - conv: {name: c, out: in // 2, kernel: 3}
  - conv: {name: d, out: 8, kernel: 3, groups: 2}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 12, kernel: [3, 5], stride: 2, bias: false, when: not bottleneck}
  - group:
      name: a
      when: bottleneck
      layers:
        - conv: {name: expand, out: "max(1, round(in * t))", bias: false}
        - relu
        - conv: {name: depthwise, out: in, kernel: [3, 5], stride: 2, bias: false, groups: in}
        - relu
        - conv: {name: project, out: 12, bias: false}
  - relu
  - conv: {name: c, out: in // 2, kernel: 3}
  - conv: {name: d, out: 8, kernel: 3, groups: 2}
)yaml");
}
