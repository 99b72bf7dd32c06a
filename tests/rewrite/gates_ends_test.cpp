// SPDX-License-Identifier: Apache-2.0
// How the rewrite se changes units and convolutions of networks without sums, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("without sums a unit of several convolutions is gated at its end", "[rewrite]") {
  CHECK(text_without_gate("+se", R"yaml(blocks:
  unit: {args: {c: required}, layers: [conv: {out: c}, relu, conv: {out: c, kernel: 3}, relu]}
  once: {layers: [conv: {out: 8}, relu, conv: {out: 8, kernel: 3}, relu]}
  again: {layers: [conv: {out: 8}, relu, conv: {out: 8, kernel: 3}, relu]}
  whole: {args: {c: required}, layers: [unit: {c: c}, conv: {out: c}]}
  rounds: {layers: [conv: {out: 8, repeat: 2}, conv: {out: 8}]}
  lone: {layers: [relu, conv: {out: 8}]}
  fire: {layers: [conv: {out: 4}, concat: {one: [conv: {out: 4}], two: [conv: {out: 4, kernel: 3}]}]}
layers:
  - unit: {c: 8}
  - unit: {c: 8}
  - once
  - again: {repeat: 2}
  - whole: {c: 8, repeat: 2}
  - rounds: {repeat: 2}
  - lone: {repeat: 2}
  - fire: {repeat: 2}
  - group: {name: p, layers: [conv: {out: 8}, conv: {out: 8}]}
  - group: {name: q, layers: [conv: {out: 8}, relu]}
  - add: {branches: [[conv: {out: 8}, conv: {out: 8}], [conv: {out: 8}, conv: {out: 8}]]}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, se: 0}
    layers:
      - conv: {out: c}
      - relu
      - conv: {out: c, kernel: 3}
      - relu
      - se_block: {name: se, when: se}
  once:
    layers:
      - conv: {out: 8}
      - relu
      - conv: {out: 8, kernel: 3}
      - relu
  again:
    args: {se: 0}
    layers:
      - conv: {out: 8}
      - relu
      - conv: {out: 8, kernel: 3}
      - relu
      - se_block: {name: se, when: se}
  whole:
    args: {c: required, se: 0}
    layers:
      - unit: {c: c, se: se}
      - conv: {out: c}
  rounds:
    layers:
      - conv: {repeat: 2, out: 8}
      - conv: {out: 8}
  lone:
    layers:
      - relu
      - conv: {out: 8}
  fire:
    args: {se: 0}
    layers:
      - conv: {out: 4}
      - concat:
          one:
            - conv: {out: 4}
          two:
            - conv: {out: 4, kernel: 3}
      - se_block: {name: se, when: se}

layers:
  - unit: {c: 8, se: se}
  - unit: {c: 8, se: se}
  - once
  - again: {repeat: 2, se: se}
  - whole: {repeat: 2, c: 8, se: se}
  - rounds: {repeat: 2}
  - lone: {repeat: 2}
  - fire: {repeat: 2, se: se}
  - group: {name: p, layers: [conv: {out: 8}, conv: {out: 8}, se_block: {name: se, when: se}]}
  - group: {name: q, layers: [conv: {out: 8}, relu]}
  - add:
      branches:
        -
          - conv: {out: 8}
          - conv: {out: 8}
        -
          - conv: {out: 8}
          - conv: {out: 8}
)yaml");
  CHECK(text_without_gate("+se", R"yaml(blocks:
  unit: {args: {c: required}, layers: [conv: {out: c}, relu: {repeat: 2}, conv: {out: c, kernel: 3}, relu]}
  part: {args: {c: required}, layers: [conv: {out: c}, relu]}
layers:
  - unit: {c: 8}
  - unit: {c: 8}
  - group: {name: all, layers: [concat: {one: [conv: {out: 4}], two: [conv: {out: 8}]}, sigmoid]}
  - group: {name: low, layers: [conv: {out: 8}, conv: {out: 8, stride: 2}, max_pool: {kernel: 2}]}
  - group: {name: parts, layers: [part: {c: 8}, part: {c: 8}, max_pool: {kernel: 2}]}
  - group: {name: taken, layers: [conv: {out: 8}, concat: {name: z, one: [conv: {out: 4}], two: [conv: {out: 4}]}]}
  - group: {name: last, layers: [conv: {out: 8}, conv: {out: 8}, relu: {name: r, when: in == 8, from: conv2}]}
  - group: {name: twice, layers: [conv: {out: 8}, conv: {out: 8}, relu: {name: r, repeat: 2}]}
  - concat: {from: [taken.z, last.r, twice, twice.r2]}
outputs: [concat, last.r]
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, se: 0}
    layers:
      - conv: {out: c}
      - relu: {repeat: 2}
      - conv: {out: c, kernel: 3}
      - relu
      - se_block: {name: se, when: se}
  part:
    args: {c: required}
    layers:
      - conv: {out: c}
      - relu

layers:
  - unit: {c: 8, se: se and 1 in se_stages}
  - unit: {c: 8, se: se and 1 in se_stages}
  - group:
      name: all
      layers:
        - concat:
            one:
              - conv: {out: 4}
            two:
              - conv: {out: 8}
        - sigmoid
        - se_block: {name: se, when: se and 1 in se_stages}
  - group:
      name: low
      layers:
        - conv: {out: 8}
        - conv: {out: 8, stride: 2}
        - max_pool: {kernel: 2}
        - se_block: {name: se, when: se and 2 in se_stages}
  - group:
      name: parts
      layers:
        - part: {c: 8}
        - part: {c: 8}
        - max_pool: {kernel: 2}
        - se_block: {name: se, when: se and 3 in se_stages}
  - group:
      name: taken
      layers:
        - conv: {out: 8}
        - concat:
            name: z
            one:
              - conv: {out: 4}
            two:
              - conv: {out: 4}
  - group:
      name: last
      layers:
        - conv: {out: 8}
        - conv: {out: 8}
        - relu: {name: r, when: in == 8 and not (se and 4 in se_stages), from: conv2}
        - group:
            name: r
            when: in == 8 and se and 4 in se_stages
            from: conv2
            layers:
              - relu
              - se_block: {name: se}
  - group:
      name: twice
      layers:
        - conv: {out: 8}
        - conv: {out: 8}
        - relu: {name: r, repeat: 2, when: not (se and 4 in se_stages)}
        - group: {name: r, repeat: 2, when: se and 4 in se_stages, layers: [relu, se_block: {name: se}]}
  - concat: {from: [taken.z, last.r, twice, twice.r2]}

outputs: [concat, last.r]
)yaml");
  // The part of the unit that is built tells the stage.
  CHECK(text_without_gate("+separable+se", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - group: {name: one, layers: [conv: {out: 8}, conv: {out: 8, kernel: 3, stride: 2}, relu]}
  - group: {name: two, layers: [conv: {out: 8}, conv: {out: 8, kernel: 3, stride: 2}, relu]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - group:
      name: one
      layers:
        - conv: {out: 8}
        - conv: {out: 8, kernel: 3, stride: 2, when: not (separable and 2 in separable_stages)}
        - group:
            name: conv
            when: separable and 2 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
              - relu
              - conv: {name: pointwise, out: 8}
        - relu
        - se_block: {name: se, when: se and 2 in se_stages}
  - group:
      name: two
      layers:
        - conv: {out: 8}
        - conv: {out: 8, kernel: 3, stride: 2, when: not (separable and 3 in separable_stages)}
        - group:
            name: conv
            when: separable and 3 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
              - relu
              - conv: {name: pointwise, out: 8}
        - relu
        - se_block: {name: se, when: se and 3 in se_stages}
)yaml");
  CHECK(text_without_gate("+separable:separable=0+se", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - group: {name: one, layers: [conv: {out: 8}, conv: {out: 8, kernel: 3, stride: 2}, relu]}
  - group: {name: two, layers: [conv: {out: 8}, conv: {out: 8, kernel: 3, stride: 2}, relu]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - group:
      name: one
      layers:
        - conv: {out: 8}
        - conv: {out: 8, kernel: 3, stride: 2, when: not (separable and 2 in separable_stages)}
        - group:
            name: conv
            when: separable and 2 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
              - relu
              - conv: {name: pointwise, out: 8}
        - relu
        - se_block: {name: se, when: se and 2 in se_stages}
  - group:
      name: two
      layers:
        - conv: {out: 8}
        - conv: {out: 8, kernel: 3, stride: 2, when: not (separable and 3 in separable_stages)}
        - group:
            name: conv
            when: separable and 3 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
              - relu
              - conv: {name: pointwise, out: 8}
        - relu
        - se_block: {name: se, when: se and 3 in se_stages}
)yaml");
}

TEST_CASE("without units a convolution is gated behind its activation", "[rewrite]") {
  CHECK(text_without_gate("+se", R"yaml(layers:
  - conv: {name: a, out: 8}
  - batch_norm
  - relu
  - conv: {name: b, out: 8}
  - conv: {name: c, out: 8, repeat: 2}
  - relu
  - conv: {name: d, out: 8, stride: 2}
  - batch_norm
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
  - batch_norm
  - relu
  - se_block: {name: se, when: se and 1 in se_stages}
  - conv: {name: b, out: 8}
  - conv: {name: c, repeat: 2, out: 8}
  - relu
  - se_block: {name: se, when: se and 1 in se_stages}
  - conv: {name: d, out: 8, stride: 2}
  - batch_norm
  - se_block: {name: se, when: se and 2 in se_stages}
)yaml");
  // The gate is behind the group that takes the convolution's place.
  CHECK(text_without_gate("+separable+se", R"yaml(layers:
  - conv: {name: a, out: 8}
  - conv: {name: b, out: 8, kernel: 3}
  - batch_norm
  - relu
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
  - conv: {name: b, out: 8, kernel: 3, when: not separable}
  - group:
      name: b
      when: separable
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - batch_norm
        - relu
        - conv: {name: pointwise, out: 8}
  - batch_norm
  - relu
  - se_block: {name: se, when: se}
)yaml");
  CHECK(text_without_gate("+separable:separable=0+se", R"yaml(layers:
  - conv: {name: a, out: 8}
  - conv: {name: b, out: 8, kernel: 3}
  - batch_norm
  - relu
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
  - conv: {name: b, out: 8, kernel: 3, when: not separable}
  - group:
      name: b
      when: separable
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - batch_norm
        - relu
        - conv: {name: pointwise, out: 8}
  - batch_norm
  - relu
  - se_block: {name: se, when: se}
)yaml");
  // What is taken by its name is replaced by a group of that name.
  CHECK(text_without_gate("+se", R"yaml(layers:
  - conv: {name: a, out: 8}
  - relu: {name: r}
  - conv: {name: b, out: 8, from: r}
  - relu: {name: s}
  - max_pool: {kernel: 3, stride: 1, pad: 1}
  - concat: {from: [r, s, max_pool]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
  - relu: {name: r, when: not se}
  - group: {name: r, when: se, layers: [relu, se_block: {name: se}]}
  - conv: {name: b, out: 8, from: r}
  - relu: {name: s, when: not se}
  - group: {name: s, when: se, layers: [relu, se_block: {name: se}]}
  - max_pool: {kernel: 3, stride: 1, pad: 1}
  - concat: {from: [r, s, max_pool]}
)yaml");
  CHECK(text_without_gate("+separable:first=1+se", R"yaml(layers:
  - conv: {name: a, out: 8, kernel: 3}
  - relu
  - conv: {name: b, out: 8, kernel: 3, stride: 2}
  - batch_norm
  - relu
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
  - group:
      name: a
      when: separable and 1 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - relu
        - conv: {name: pointwise, out: 8}
  - relu
  - se_block: {name: se, when: se and 1 in se_stages}
  - conv: {name: b, out: 8, kernel: 3, stride: 2, when: not (separable and 2 in separable_stages)}
  - group:
      name: b
      when: separable and 2 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
        - batch_norm
        - relu
        - conv: {name: pointwise, out: 8}
  - batch_norm
  - relu
  - se_block: {name: se, when: se and 2 in se_stages}
)yaml");
  CHECK(text_without_gate("+separable:first=1,separable=0+se", R"yaml(layers:
  - conv: {name: a, out: 8, kernel: 3}
  - relu
  - conv: {name: b, out: 8, kernel: 3, stride: 2}
  - batch_norm
  - relu
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
  - group:
      name: a
      when: separable and 1 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, groups: in}
        - relu
        - conv: {name: pointwise, out: 8}
  - relu
  - se_block: {name: se, when: se and 1 in se_stages}
  - conv: {name: b, out: 8, kernel: 3, stride: 2, when: not (separable and 2 in separable_stages)}
  - group:
      name: b
      when: separable and 2 in separable_stages
      layers:
        - conv: {name: depthwise, out: in, kernel: 3, stride: 2, groups: in}
        - batch_norm
        - relu
        - conv: {name: pointwise, out: 8}
  - batch_norm
  - relu
  - se_block: {name: se, when: se and 2 in se_stages}
)yaml");
}
