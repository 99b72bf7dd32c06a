// SPDX-License-Identifier: Apache-2.0
// How the rewrite separable tells stages, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("stages are numbered by the sizes of the outputs of convolutions", "[rewrite]") {
  CHECK(text_after("+separable", R"yaml(layers:
  - conv: {name: stem, out: 8, kernel: 3}
  - conv: {name: b, out: 8, kernel: 3}
  - conv: {name: c, out: 8, kernel: 3, stride: 2}
  - conv: {name: d, out: 8, kernel: 3, stride: [1, 2]}
  - conv: {name: e, out: 8, kernel: 3, when: in == 9}
  - conv: {name: f, out: 8, stride: 2}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8, kernel: 3}
  - conv: {name: b, out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
  - group:
      name: b
      when: separable and 1 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: c, out: 8, kernel: 3, stride: 2, when: not (separable and 2 in separable_stages)}
  - group:
      name: c
      when: separable and 2 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: d, out: 8, kernel: 3, stride: [1, 2], when: not (separable and 3 in separable_stages)}
  - group:
      name: d
      when: separable and 3 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: [1, 2], groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: e, out: 8, kernel: 3, when: in == 9 and not (separable and 3 in separable_stages)}
  - group:
      name: e
      when: in == 9 and separable and 3 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: f, out: 8, stride: 2}
)yaml");
  // Stage 2 has no target.
  CHECK(text_after("+separable", R"yaml(layers:
  - conv: {name: stem, out: 8, kernel: 3}
  - conv: {name: b, out: 8, kernel: 3}
  - conv: {name: c, out: 8, stride: 2}
  - conv: {name: e, out: 8, kernel: 3, when: in == 9}
  - conv: {name: d, out: 8, kernel: 3, stride: 2}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8, kernel: 3}
  - conv: {name: b, out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
  - group:
      name: b
      when: separable and 1 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: c, out: 8, stride: 2}
  - conv: {name: e, out: 8, kernel: 3, when: in == 9 and not (separable and 1 in separable_stages)}
  - group:
      name: e
      when: in == 9 and separable and 1 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: d, out: 8, kernel: 3, stride: 2, when: not (separable and 3 in separable_stages)}
  - group:
      name: d
      when: separable and 3 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
        - conv: {name: pointwise, out: 8}
)yaml");
  // A round of a repeat can be a stage of its own.
  CHECK(text_after("+separable", R"yaml(layers:
  - conv: {name: stem, out: 8, kernel: 3}
  - group: {name: u, repeat: 2, layers: [conv: {out: 8, kernel: 3, stride: 2}]}
  - group: {name: v, repeat: 2, layers: [conv: {out: 8, kernel: 3, stride: 2 if i == 2 else 1}]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8, kernel: 3}
  - group:
      name: u
      repeat: 2
      layers:
        - conv: {out: 8, kernel: 3, stride: 2, when: not (separable and i + 1 in separable_stages)}
        - group:
            name: conv
            when: separable and i + 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
              - conv: {name: pointwise, out: 8}
  - group:
      name: v
      repeat: 2
      layers:
        - conv: {out: 8, kernel: 3, stride: 2 if i == 2 else 1,
                 when: not (separable and i + 2 in separable_stages)}
        - group:
            name: conv
            when: separable and i + 2 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: 2 if i == 2 else 1, groups: in}
              - conv: {name: pointwise, out: 8}
)yaml");
  CHECK(text_after("+separable", R"yaml(input: {channels: 8, height: 64, width: 64}
blocks:
  unit: {args: {c: required, s: 1}, layers: [conv: {out: c, kernel: 3, stride: s}, relu]}
  stages: {args: {c: required}, layers: [unit: {c: c, s: 2}, unit: {c: c, repeat: 2}]}
layers:
  - conv: {name: stem, out: 8}
  - stages: {c: 8}
  - stages: {c: 12, repeat: 2}
  - stages: {c: 8}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, s: 1, separable: 0}
    layers:
      - conv: {out: c, kernel: 3, stride: s, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, stride: s, groups: in}
            - relu
            - conv: {name: pointwise, out: c}
      - relu
  stages:
    args: {c: required, separable: 0}
    layers:
      - unit: {c: c, s: 2, separable: separable}
      - unit: {repeat: 2, c: c, separable: separable}

layers:
  - conv: {name: stem, out: 8}
  - stages: {c: 8, separable: separable and 2 in separable_stages}
  - stages: {repeat: 2, c: 12, separable: separable and i + 2 in separable_stages}
  - stages: {c: 8, separable: separable and 5 in separable_stages}
)yaml");
  CHECK(text_after("+separable", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - group: {name: u, repeat: 3, layers: [conv: {out: 8, kernel: 3, stride: 2 if i > 1 else 1}]}
  - conv: {name: down, out: 8, kernel: 3, stride: 2}
  - conv: {name: late, out: 8, kernel: 3, when: in == 7}
  - group: {name: x, layers: [conv: {out: 8, kernel: 3, when: in == 7}, relu]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - group:
      name: u
      repeat: 3
      layers:
        - conv: {out: 8, kernel: 3, stride: "2 if i > 1 else 1",
                 when: not (separable and i in separable_stages)}
        - group:
            name: conv
            when: separable and i in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: "2 if i > 1 else 1", groups: in}
              - conv: {name: pointwise, out: 8}
  - conv: {name: down, out: 8, kernel: 3, stride: 2, when: not (separable and 4 in separable_stages)}
  - group:
      name: down
      when: separable and 4 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: late, out: 8, kernel: 3, when: in == 7 and not (separable and 4 in separable_stages)}
  - group:
      name: late
      when: in == 7 and separable and 4 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 8}
  - group:
      name: x
      layers:
        - conv: {out: 8, kernel: 3, when: in == 7 and not (separable and 4 in separable_stages)}
        - group:
            name: conv
            when: in == 7 and separable and 4 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - relu
              - conv: {name: pointwise, out: 8}
        - relu
)yaml");
  // A round of a repeat, and what is behind it in the round, in a block that is used once.
  CHECK(text_after("+separable", R"yaml(input: {channels: 8, height: 12, width: 48}
blocks:
  body: {args: {k: 3}, layers: [max_pool: {kernel: 2}, conv: {out: 8, kernel: k, pad: same}, conv: {out: 8, kernel: 3, when: in == 7}]}
layers:
  - conv: {name: stem, out: 8}
  - group: {repeat: 2, layers: [conv: {out: 8, kernel: 3, stride: [1, 2]}]}
  - conv: {name: mid, out: 8, kernel: 3}
  - body: {k: 3}
  - conv: {name: low, out: 8, kernel: 3, stride: [4, 2]}
  - conv: {name: last, out: 8}
)yaml") ==
        R"yaml(blocks:
  body:
    args: {k: 3}
    layers:
      - max_pool: {kernel: 2}
      - conv: {out: 8, kernel: k, pad: same, when: not (separable and 4 in separable_stages)}
      - group:
          name: conv
          when: separable and 4 in separable_stages
          layers:
            - conv: {name: depthwise, out: in, kernel: k, pad: same, groups: in}
            - conv: {name: pointwise, out: 8}
      - conv: {out: 8, kernel: 3, when: in == 7 and not (separable and 4 in separable_stages)}
      - group:
          name: conv
          when: in == 7 and separable and 4 in separable_stages
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - conv: {name: pointwise, out: 8}

layers:
  - conv: {name: stem, out: 8}
  - group:
      repeat: 2
      layers:
        - conv: {out: 8, kernel: 3, stride: [1, 2], when: not (separable and i + 1 in separable_stages)}
        - group:
            name: conv
            when: separable and i + 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: [1, 2], groups: in}
              - conv: {name: pointwise, out: 8}
  - conv: {name: mid, out: 8, kernel: 3, when: not (separable and 3 in separable_stages)}
  - group:
      name: mid
      when: separable and 3 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 8}
  - body: {k: 3}
  - conv: {name: low, out: 8, kernel: 3, stride: [4, 2], when: not (separable and 5 in separable_stages)}
  - group:
      name: low
      when: separable and 5 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: [4, 2], groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: last, out: 8}
)yaml");
  // Outputs of 16x3 and of 8x6 are equally large.
  CHECK(text_after("+separable", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 8, kernel: 3, stride: [1, 4]}
  - conv: {name: b, out: 8, kernel: 3, stride: [2, 2], from: stem}
  - conv: {name: c, out: 8, kernel: 3, stride: [3, 1], from: stem}
outputs: [a, b, c]
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 8, kernel: 3, stride: [1, 4], when: not (separable and 3 in separable_stages)}
  - group:
      name: a
      when: separable and 3 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: [1, 4], groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: b, out: 8, kernel: 3, stride: [2, 2], when: not (separable and 3 in separable_stages),
           from: stem}
  - group:
      name: b
      when: separable and 3 in separable_stages
      from: stem
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: [2, 2], groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: c, out: 8, kernel: 3, stride: [3, 1], when: not (separable and 2 in separable_stages),
           from: stem}
  - group:
      name: c
      when: separable and 2 in separable_stages
      from: stem
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: [3, 1], groups: in}
        - conv: {name: pointwise, out: 8}

outputs: [a, b, c]
)yaml");
  // What can't be a target has no stage; a round of a repeat has the stage that it is in.
  CHECK(text_after("+separable", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: high, out: 2 * h, kernel: 3}
  - group: {repeat: 2, layers: [conv: {out: 8, kernel: 3, stride: 2, when: i == 2}]}
  - group: {repeat: 3, layers: [conv: {out: 8, kernel: 3, stride: i - 1, when: i > 1}]}
  - conv: {name: wide, out: 2 * w, kernel: 3, stride: 2}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: high, out: 2 * h, kernel: 3}
  - group:
      repeat: 2
      layers:
        - conv: {out: 8, kernel: 3, stride: 2, when: i == 2 and not (separable and 2 in separable_stages)}
        - group:
            name: conv
            when: i == 2 and separable and 2 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
              - conv: {name: pointwise, out: 8}
  - group:
      repeat: 3
      layers:
        - conv: {out: 8, kernel: 3, stride: i - 1,
                 when: "i > 1 and not (separable and i in separable_stages)"}
        - group:
            name: conv
            when: "i > 1 and separable and i in separable_stages"
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: i - 1, groups: in}
              - conv: {name: pointwise, out: 8}
  - conv: {name: wide, out: 2 * w, kernel: 3, stride: 2}
)yaml");
  // Stages inside of a block that is used once; the stage of what is written before.
  CHECK(text_after("+separable", R"yaml(blocks:
  once: {args: {k: 3}, layers: [conv: {name: a, out: 8, kernel: k}, conv: {name: b, out: 8, kernel: 3, stride: 2}]}
layers:
  - conv: {name: low, out: 8, kernel: 3, stride: 3}
  - conv: {name: off, out: 8, kernel: 3, when: in == 7}
  - group: {from: input, name: high, layers: [conv: {out: 8}, once]}
outputs: [low, high]
)yaml") ==
        R"yaml(blocks:
  once:
    args: {k: 3}
    layers:
      - conv: {name: a, out: 8, kernel: k, when: not (separable and 1 in separable_stages)}
      - group:
          name: a
          when: separable and 1 in separable_stages
          layers:
            - conv: {name: depthwise, out: in, kernel: k, groups: in}
            - conv: {name: pointwise, out: 8}
      - conv: {name: b, out: 8, kernel: 3, stride: 2, when: not (separable and 2 in separable_stages)}
      - group:
          name: b
          when: separable and 2 in separable_stages
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
            - conv: {name: pointwise, out: 8}

layers:
  - conv: {name: low, out: 8, kernel: 3, stride: 3}
  - conv: {name: off, out: 8, kernel: 3, when: in == 7 and not (separable and 1 in separable_stages)}
  - group:
      name: off
      when: in == 7 and separable and 1 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - conv: {name: pointwise, out: 8}
  - group: {name: high, from: input, layers: [conv: {out: 8}, once]}

outputs: [low, high]
)yaml");
}
