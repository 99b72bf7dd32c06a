// SPDX-License-Identifier: Apache-2.0
// How the rewrite separable changes a spec, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE(
    "a convolution taken apart keeps its window in the depthwise part and its channels in the "
    "pointwise one",
    "[rewrite]") {
  CHECK(text_after("+separable:first=1", R"yaml(layers:
  - conv: {name: a, out: 6, kernel: [3, 5], stride: 2, dilation: [2, 1], pad: [2, 2], bias: false, call: function}
  - batch_norm: {name: n}
  - relu
  - conv: {name: b, out: 2 * in, kernel: 3}
  - conv: {name: c, out: 10, kernel: 1}
  - conv: {name: d, out: 10, kernel: 3, groups: 2}
  - conv: {name: e, out: 10, kernel: 3, groups: in}
  - conv: {name: f, out: 10, kernel: [1, 3], groups: 1}
  - conv: {name: g, out: h, kernel: 3}
  - conv: {name: h, out: 2 * w, kernel: 3}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 6, kernel: [3, 5], stride: 2, dilation: [2, 1], pad: [2, 2], bias: false,
           call: function, when: not separable}
  - group:
      name: a
      when: separable
      layers:
        - conv: {name: depthwise, out: in, kernel: [3, 5], stride: 2, dilation: [2, 1], pad: [2, 2],
                 bias: false, groups: in, call: function}
        - batch_norm: {name: n}
        - relu
        - conv: {name: pointwise, out: 6, bias: false, call: function}
  - batch_norm: {name: n}
  - relu
  - conv: {name: b, out: 2 * in, kernel: 3, when: not separable}
  - group:
      name: b
      when: separable
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - batch_norm: {name: n}
        - relu
        - conv: {name: pointwise, out: 2 * in}
  - conv: {name: c, out: 10, kernel: 1}
  - conv: {name: d, out: 10, kernel: 3, groups: 2}
  - conv: {name: e, out: 10, kernel: 3, groups: in}
  - conv: {name: f, out: 10, kernel: [1, 3], groups: 1, when: not separable}
  - group:
      name: f
      when: separable
      layers:
        - conv: {name: depthwise, out: in, kernel: [1, 3], groups: in}
        - conv: {name: pointwise, out: 10}
  - conv: {name: g, out: h, kernel: 3}
  - conv: {name: h, out: 2 * w, kernel: 3}
)yaml");
}

TEST_CASE("the first convolution stays, unless it is the only one", "[rewrite]") {
  CHECK(text_after("+separable", R"yaml(layers:
  - max_pool: {kernel: 3, stride: 1}
  - conv: {out: 6, kernel: 3}
)yaml") ==
        R"yaml(layers:
  - max_pool: {kernel: 3, stride: 1}
  - conv: {out: 6, kernel: 3, when: not separable}
  - group:
      name: conv
      when: separable
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 6}
)yaml");
  CHECK(text_after("+separable", R"yaml(layers:
  - max_pool: {kernel: 3, stride: 1}
  - conv: {out: 6, kernel: 3}
  - conv: {out: 7, kernel: 3}
)yaml") ==
        R"yaml(layers:
  - max_pool: {kernel: 3, stride: 1}
  - conv: {out: 6, kernel: 3}
  - conv: {out: 7, kernel: 3, when: not separable}
  - group:
      name: conv
      when: separable
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 7}
)yaml");
  // It is another kind of convolution here.
  CHECK(text_after("+separable", R"yaml(layers:
  - conv: {out: 6}
  - conv: {out: 7, kernel: 3}
)yaml") ==
        R"yaml(layers:
  - conv: {out: 6}
  - conv: {out: 7, kernel: 3, when: not separable}
  - group:
      name: conv
      when: separable
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 7}
)yaml");
  // Of a repeat only the first round.
  CHECK(text_after("+separable", R"yaml(layers:
  - conv: {out: 8, kernel: 3, repeat: 3, when: i < 3}
  - conv: {out: 7}
)yaml") ==
        R"yaml(layers:
  - conv: {repeat: 3, out: 8, kernel: 3, when: i < 3 and not (separable and not (i == 1))}
  - group:
      name: conv
      repeat: 3
      when: i < 3 and separable and not (i == 1)
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {out: 7}
)yaml");
  CHECK(text_after("+separable", R"yaml(blocks:
  unit: {args: {c: required}, layers: [conv: {out: c, kernel: 3, repeat: 2}]}
layers:
  - unit: {c: 6}
  - unit: {c: 7}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, first: 0, separable: 0}
    layers:
      - conv: {repeat: 2, out: c, kernel: 3, when: not (separable and not (first and i == 1))}
      - group:
          name: conv
          repeat: 2
          when: separable and not (first and i == 1)
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - conv: {name: pointwise, out: c}

layers:
  - unit: {c: 6, first: 1, separable: separable}
  - unit: {c: 7, separable: separable}
)yaml");
  CHECK(text_after("+separable", R"yaml(blocks:
  unit: {args: {c: required}, layers: [conv: {out: c, kernel: 3}, relu]}
  two: {args: {c: required, d: 4}, layers: [unit: {c: c}, unit: {c: d}]}
layers:
  - unit: {c: 6}
  - unit: {c: 7}
  - two: {c: 5, d: 6}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, separable: 0}
    layers:
      - conv: {out: c, kernel: 3, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - relu
            - conv: {name: pointwise, out: c}
      - relu
  two:
    args: {c: required, d: 4}
    layers:
      - unit: {c: c, separable: separable}
      - unit: {c: d, separable: separable}

layers:
  - unit: {c: 6}
  - unit: {c: 7, separable: separable}
  - two: {c: 5, d: 6}
)yaml");
  CHECK(text_after("+separable", R"yaml(blocks:
  unit: {args: {c: required}, layers: [conv: {out: c, kernel: 3}, relu]}
  two: {args: {c: required, d: 4}, layers: [unit: {c: c}, unit: {c: d}]}
layers:
  - group: {repeat: 2, layers: [two: {c: 5, d: 6}]}
  - two: {c: 7, repeat: 2}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, separable: 0}
    layers:
      - conv: {out: c, kernel: 3, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - relu
            - conv: {name: pointwise, out: c}
      - relu
  two:
    args: {c: required, d: 4, first: 0, separable: 0}
    layers:
      - unit: {c: c, separable: separable and not first}
      - unit: {c: d, separable: separable}

layers:
  - group: {repeat: 2, layers: [two: {c: 5, d: 6, first: i == 1, separable: separable}]}
  - two: {repeat: 2, c: 7, separable: separable}
)yaml");
  CHECK(text_after("+separable", R"yaml(blocks:
  unit: {args: {c: required, k: 3}, layers: [conv: {out: c, kernel: k}, relu]}
  once: {args: {c: required}, layers: [unit: {c: c}, unit: {c: 8, k: 1}, conv: {out: c, kernel: 3}]}
layers:
  - once: {c: 6}
  - unit: {c: 7, k: 5}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, k: 3, separable: 0}
    layers:
      - conv: {out: c, kernel: k, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: k, groups: in}
            - relu
            - conv: {name: pointwise, out: c}
      - relu
  once:
    args: {c: required}
    layers:
      - unit: {c: c}
      - unit: {c: 8, k: 1}
      - conv: {out: c, kernel: 3, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - conv: {name: pointwise, out: c}

layers:
  - once: {c: 6}
  - unit: {c: 7, k: 5, separable: separable}
)yaml");
}
