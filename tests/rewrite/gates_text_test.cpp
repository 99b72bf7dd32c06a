// SPDX-License-Identifier: Apache-2.0
// How the rewrite se changes sums and concatenations, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("of a sum's branches the one with more convolutions is gated", "[rewrite]") {
  CHECK(text_without_gate("+se", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - add: {name: a, one: [conv: {out: 8}], two: [conv: {name: p, out: 8}, conv: {name: q, out: 8, kernel: 3}, batch_norm, relu, conv: {out: 8, kernel: 3}]}
  - relu
  - add: {name: b, one: [conv: {out: 8, kernel: 3}], two: []}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - add:
      name: a
      one:
        - conv: {out: 8}
        - se_block: {name: se, when: se and se_position == identity}
      two:
        - se_block: {name: se, when: se and se_position == pre}
        - conv: {name: p, out: 8}
        - conv: {name: q, out: 8, kernel: 3}
        - batch_norm
        - relu
        - se_block: {name: se, when: se and se_position == k3x3}
        - conv: {out: 8, kernel: 3}
        - se_block: {name: se, when: se and se_position == standard}
  - relu
  - se_block: {name: se, when: se and se_position == post}
  - add:
      name: b
      one:
        - se_block: {name: se, when: se and se_position == pre}
        - conv: {out: 8, kernel: 3}
        - se_block: {name: se, when: se and se_position == k3x3}
        - se_block: {name: se, when: se and se_position == standard}
      two:
        - se_block: {name: se, when: se and se_position == identity}
  - se_block: {name: se, when: se and se_position == post}
)yaml");
  // Neither where they have equally many nor where there are three.
  CHECK(text_without_gate("+se", R"yaml(layers:
  - add: {name: a, one: [conv: {out: 8}], two: [conv: {out: 8}]}
  - add: {name: b, one: [conv: {out: 8}], two: [], three: [relu]}
  - add: {name: c, one: [conv: {out: 8}], two: [relu]}
)yaml") ==
        R"yaml(layers:
  - add:
      name: a
      one:
        - conv: {out: 8}
      two:
        - conv: {out: 8}
  - add:
      name: b
      one:
        - conv: {out: 8}
      two: []
      three:
        - relu
  - add:
      name: c
      one:
        - se_block: {name: se, when: se and se_position == pre}
        - conv: {out: 8}
        - se_block: {name: se, when: se and se_position == standard}
      two:
        - relu
        - se_block: {name: se, when: se and se_position == identity}
  - se_block: {name: se, when: se and se_position == post}
)yaml");
  // A concatenation: a branch of several convolutions beside one without.
  CHECK(text_without_gate("+se", R"yaml(layers:
  - concat: {name: a, one: [conv: {out: 8}, conv: {out: 8}], two: []}
  - concat: {name: b, one: [conv: {out: 8}, conv: {out: 8}], two: [conv: {out: 8}]}
  - concat: {name: c, one: [conv: {out: 8}], two: [relu]}
  - concat: {name: d, one: [relu], two: [conv: {out: 8}, conv: {out: 8, repeat: 2}]}
  - multiply: {name: e, one: [conv: {out: in}, conv: {out: in}], two: []}
)yaml") ==
        R"yaml(layers:
  - concat:
      name: a
      one:
        - se_block: {name: se, when: se and se_position == pre}
        - conv: {out: 8}
        - conv: {out: 8}
        - se_block: {name: se, when: se and se_position == standard}
      two:
        - se_block: {name: se, when: se and se_position == identity}
  - se_block: {name: se, when: se and se_position == post}
  - concat:
      name: b
      one:
        - conv: {out: 8}
        - conv: {out: 8}
      two:
        - conv: {out: 8}
  - concat:
      name: c
      one:
        - conv: {out: 8}
      two:
        - relu
  - concat:
      name: d
      one:
        - relu
        - se_block: {name: se, when: se and se_position == identity}
      two:
        - se_block: {name: se, when: se and se_position == pre}
        - conv: {out: 8}
        - conv: {repeat: 2, out: 8}
        - se_block: {name: se, when: se and se_position == standard}
  - se_block: {name: se, when: se and se_position == post}
  - multiply:
      name: e
      one:
        - conv: {out: in}
        - conv: {out: in}
      two: []
)yaml");
}

TEST_CASE("of the layers that a sum takes the one that more convolutions lead to is gated",
          "[rewrite]") {
  CHECK(text_without_gate("+se", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 8}
  - add: {name: s, from: [stem, a]}
  - relu: {name: r}
  - conv: {name: b, out: 8, from: s}
  - conv: {name: c, out: 8}
  - add: {name: t, from: [c, r]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 8}
  - group: {name: gated_1, from: a, layers: [se_block: {name: se, when: se and se_position == standard}]}
  - group: {name: gated_2, from: stem, layers: [se_block: {name: se, when: se and se_position == identity}]}
  - add: {name: s, from: [gated_2, gated_1]}
  - group: {name: gated_sum_1, layers: [se_block: {name: se, when: se and se_position == post}]}
  - relu: {name: r}
  - conv: {name: b, out: 8, from: gated_sum_1}
  - conv: {name: c, out: 8}
  - group: {name: gated_3, from: c, layers: [se_block: {name: se, when: se and se_position == standard}]}
  - group: {name: gated_4, from: r, layers: [se_block: {name: se, when: se and se_position == identity}]}
  - add: {name: t, from: [gated_3, gated_4]}
  - se_block: {name: se, when: se and se_position == post}
)yaml");
  // A layer has no gate where its sum has equally many convolutions on both sides.
  CHECK(text_without_gate("+se", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 8}
  - conv: {name: b, out: 8, from: stem}
  - add: {name: s, from: [a, b]}
  - conv: {name: c, out: 8}
  - add: {name: u, from: [c, s, a]}
  - add: {name: v, from: [input, u]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 8}
  - conv: {name: b, out: 8, from: stem}
  - add: {name: s, from: [a, b]}
  - conv: {name: c, out: 8}
  - add: {name: u, from: [c, s, a]}
  - group: {name: gated_1, from: u, layers: [se_block: {name: se, when: se and se_position == standard}]}
  - group: {name: gated_2, from: input, layers: [se_block: {name: se, when: se and se_position == identity}]}
  - add: {name: v, from: [gated_2, gated_1]}
  - se_block: {name: se, when: se and se_position == post}
)yaml");
  // Never built: it isn't known which one.
  CHECK(text_without_gate("+se", R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 8}
  - group: {when: in == 9, layers: [add: {name: s, from: [stem, a]}]}
  - add: {name: t, from: [a, stem]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8}
  - conv: {name: a, out: 8}
  - group: {when: in == 9, layers: [add: {name: s, from: [stem, a]}]}
  - group: {name: gated_1, from: a, layers: [se_block: {name: se, when: se and se_position == standard}]}
  - group: {name: gated_2, from: stem, layers: [se_block: {name: se, when: se and se_position == identity}]}
  - add: {name: t, from: [gated_1, gated_2]}
  - se_block: {name: se, when: se and se_position == post}
)yaml");
  // What leads to it through several sums counts too.
  CHECK(text_without_gate("+se", R"yaml(layers:
  - relu: {name: p}
  - conv: {name: q1, out: 8, from: input}
  - conv: {name: q2, out: 8}
  - conv: {name: q3, out: 8}
  - concat: {name: x, from: [p, q3]}
  - conv: {name: y, out: 16, from: input}
  - add: {name: z, from: [y, x]}
)yaml") ==
        R"yaml(layers:
  - relu: {name: p}
  - conv: {name: q1, out: 8, from: input}
  - conv: {name: q2, out: 8}
  - conv: {name: q3, out: 8}
  - concat: {name: x, from: [p, q3]}
  - conv: {name: y, out: 16, from: input}
  - group: {name: gated_1, from: x, layers: [se_block: {name: se, when: se and se_position == standard}]}
  - group: {name: gated_2, from: y, layers: [se_block: {name: se, when: se and se_position == identity}]}
  - add: {name: z, from: [gated_2, gated_1]}
  - se_block: {name: se, when: se and se_position == post}
)yaml");
}

TEST_CASE("gates are switched by stages", "[rewrite]") {
  CHECK(text_without_gate("+se", R"yaml(blocks:
  unit: {args: {c: required, s: 1}, layers: [add: {residual: [conv: {out: c, kernel: 3, stride: s}, batch_norm, relu, conv: {out: c, kernel: 3}], shortcut: [avg_pool: {kernel: 2, when: s == 2}]}, relu]}
layers:
  - conv: {name: stem, out: 8}
  - unit: {c: 8, s: 2}
  - unit: {c: 8, s: 1, repeat: 2}
  - unit: {c: 8, s: 2}
  - unit: {c: 8, s: 1, when: in == 7}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, s: 1, se: 0}
    layers:
      - add:
          residual:
            - se_block: {name: se, when: se and se_position == pre}
            - conv: {out: c, kernel: 3, stride: s}
            - batch_norm
            - relu
            - se_block: {name: se, when: se and se_position == k3x3}
            - conv: {out: c, kernel: 3}
            - se_block: {name: se, when: se and se_position == standard}
          shortcut:
            - avg_pool: {kernel: 2, when: s == 2}
            - se_block: {name: se, when: se and se_position == identity}
      - relu
      - se_block: {name: se, when: se and se_position == post}

layers:
  - conv: {name: stem, out: 8}
  - unit: {c: 8, s: 2, se: se and 2 in se_stages}
  - unit: {repeat: 2, c: 8, s: 1, se: se and 2 in se_stages}
  - unit: {c: 8, s: 2, se: se and 3 in se_stages}
  - unit: {c: 8, s: 1, se: se and 3 in se_stages, when: in == 7}
)yaml");
  // Behind the convolution that a block has.
  CHECK(text_without_gate("+se", R"yaml(blocks:
  part: {args: {c: required, k: 1}, layers: [conv: {out: c, kernel: k}, relu]}
  two: {layers: [conv: {out: 8, kernel: 3}, conv: {out: 8, kernel: 3}]}
layers:
  - conv: {name: stem, out: 8, stride: 2}
  - add: {residual: [part: {c: 8}, part: {c: 8, k: 3}, batch_norm, part: {c: 8, k: 3}], shortcut: []}
  - add: {residual: [two, max_pool: {kernel: 1}, conv: {out: 8, kernel: 3}, sigmoid], shortcut: []}
)yaml") ==
        R"yaml(blocks:
  part:
    args: {c: required, k: 1}
    layers:
      - conv: {out: c, kernel: k}
      - relu
  two:
    layers:
      - conv: {out: 8, kernel: 3}
      - conv: {out: 8, kernel: 3}

layers:
  - conv: {name: stem, out: 8, stride: 2}
  - add:
      residual:
        - se_block: {name: se, when: se and se_position == pre}
        - part: {c: 8}
        - part: {c: 8, k: 3}
        - batch_norm
        - se_block: {name: se, when: se and se_position == k3x3}
        - part: {c: 8, k: 3}
        - se_block: {name: se, when: se and se_position == standard}
      shortcut:
        - se_block: {name: se, when: se and se_position == identity}
  - se_block: {name: se, when: se and se_position == post}
  - add:
      residual:
        - se_block: {name: se, when: se and se_position == pre}
        - two
        - max_pool: {kernel: 1}
        - conv: {out: 8, kernel: 3}
        - sigmoid
        - se_block: {name: se, when: se and se_position == k3x3}
        - se_block: {name: se, when: se and se_position == standard}
      shortcut:
        - se_block: {name: se, when: se and se_position == identity}
  - se_block: {name: se, when: se and se_position == post}
)yaml");
}
