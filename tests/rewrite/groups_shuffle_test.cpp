// SPDX-License-Identifier: Apache-2.0
// How the rewrite groups adds shuffles to a spec, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a shuffle follows the first grouped convolution of a unit, its norm and activation",
          "[rewrite]") {
  CHECK(text_after("+groups:g=2", R"yaml(layers:
  - group: {name: p, layers: [conv: {name: d, out: 16, when: in == 8}, relu, max_pool: {kernel: 2}, conv: {name: e, out: 8}]}
  - group: {name: s, layers: [relu, conv: {name: d, out: 16}]}
  - group: {name: m, layers: [conv: {name: d, out: 16}, max_pool: {kernel: 2}]}
  - group: {name: o, layers: [conv: {name: d, out: 16, kernel: 3}, relu, conv: {name: e, out: 8}, batch_norm, relu, conv: {name: f, out: 8}]}
  - group: {name: t, layers: [conv: {name: d, out: 8}, batch_norm, conv: {name: e, out: 8}, add: {name: s, from: [batch_norm, e]}, conv: {name: f, out: 8}, conv: {name: h, out: 8}, relu]}
  - group: {name: u, layers: [group: {name: one, layers: [conv: {out: 8}, relu]}, conv: {out: 8, kernel: 3}]}
  - group: {name: v, layers: [group: {name: one, layers: [conv: {out: 8}, conv: {out: 16}]}, conv: {out: 8, kernel: 3}]}
  - group: {name: x, layers: [group: {name: one, layers: [conv: {out: 8, kernel: 3}]}, conv: {out: 8}, hard_swish]}
  - group: {name: y, layers: [add: {branches: [[], [conv: {out: 8}]]}, conv: {out: 8}, hard_swish]}
  - add: {from: [y, x]}
)yaml") ==
        R"yaml(layers:
  - group:
      name: p
      layers:
        - conv: {name: d, out: 16, groups: "g if in % g == 0 and 16 % g == 0 else 1", when: in == 8}
        - relu
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - max_pool: {kernel: 2}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - group:
      name: s
      layers:
        - relu
        - conv: {name: d, out: 16, groups: "g if in % g == 0 and 16 % g == 0 else 1"}
  - group:
      name: m
      layers:
        - conv: {name: d, out: 16, groups: "g if in % g == 0 and 16 % g == 0 else 1"}
        - max_pool: {kernel: 2}
  - group:
      name: o
      layers:
        - conv: {name: d, out: 16, kernel: 3}
        - relu
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - batch_norm
        - relu
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - conv: {name: f, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - group:
      name: t
      layers:
        - conv: {name: d, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - batch_norm
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - add: {name: s, from: [batch_norm, e]}
        - conv: {name: f, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - conv: {name: h, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - relu
  - group:
      name: u
      layers:
        - group: {name: one, layers: [conv: {out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}, relu]}
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - conv: {out: 8, kernel: 3}
  - group:
      name: v
      layers:
        - group:
            name: one
            layers:
              - conv: {out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
              - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
              - conv: {out: 16, groups: "g if in % g == 0 and 16 % g == 0 else 1"}
        - conv: {out: 8, kernel: 3}
  - group:
      name: x
      layers:
        - group: {name: one, layers: [conv: {out: 8, kernel: 3}]}
        - conv: {out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - hard_swish
  - group:
      name: y
      layers:
        - add:
            branches:
              - []
              -
                - conv: {out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - conv: {out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - hard_swish
  - add: {from: [y, x]}
)yaml");
  // Not at the end of a list; a unit ends at a merge of layers by their names.
  CHECK(text_after("+groups:g=2", R"yaml(layers:
  - conv: {name: a, out: 8}
  - conv: {name: b, out: 8}
  - add: {name: s, from: [a, b]}
  - conv: {name: c, out: 8}
  - relu
  - conv: {name: d, out: 8}
  - concat: {name: t, from: [s, d]}
  - conv: {name: e, out: 8}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - conv: {name: b, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - add: {name: s, from: [a, b]}
  - conv: {name: c, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - relu
  - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
  - conv: {name: d, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - concat: {name: t, from: [s, d]}
  - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
)yaml");
}

TEST_CASE("a shuffle has the conditions of its convolution, as far as they hold behind it",
          "[rewrite]") {
  CHECK(text_after("+groups:g=2", R"yaml(params: {flag: 1, k: 1}
layers:
  - group: {name: q, layers: [conv: {name: d, out: 16, repeat: 2, when: i == 1 or flag}, conv: {name: e, out: 8}]}
  - group: {name: r, layers: [conv: {name: d, out: 8, repeat: 2, groups: i}, conv: {name: e, out: 8}]}
  - group: {name: n, layers: [conv: {name: d, out: 8, repeat: 2, kernel: 2 * i - 1}, conv: {name: e, out: 8}]}
  - group: {name: t, repeat: 2, layers: [conv: {name: d, out: 8, groups: i, when: i < 3}, conv: {name: e, out: 8}]}
  - group: {name: s, layers: [conv: {name: d, out: 8, repeat: 2, stride: i}, conv: {name: e, out: 8}]}
  - group: {name: m, layers: [conv: {name: d, out: 8, kernel: k, when: flag or k == 2}, conv: {name: e, out: 8}]}
  - group: {name: l, layers: [conv: {name: d, out: 8, when: in == 8}, conv: {name: e, out: 8}]}
)yaml") ==
        R"yaml(layers:
  - group:
      name: q
      layers:
        - conv: {name: d, repeat: 2, out: 16, groups: "g if in % g == 0 and 16 % g == 0 else 1",
                 when: i == 1 or flag}
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - group:
      name: r
      layers:
        - conv: {name: d, repeat: 2, out: 8, groups: "g if i == 1 and in % g == 0 and 8 % g == 0 else i"}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - group:
      name: n
      layers:
        - conv: {name: d, repeat: 2, out: 8, kernel: 2 * i - 1,
                 groups: "g if 2 * i - 1 == 1 and in % g == 0 and 8 % g == 0 else 1"}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - group:
      name: t
      repeat: 2
      layers:
        - conv: {name: d, out: 8, groups: "g if i == 1 and in % g == 0 and 8 % g == 0 else i", when: i < 3}
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0 and i == 1 and i < 3"}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - group:
      name: s
      layers:
        - conv: {name: d, repeat: 2, out: 8, stride: i, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - group:
      name: m
      layers:
        - conv: {name: d, out: 8, kernel: k, groups: "g if k == 1 and in % g == 0 and 8 % g == 0 else 1",
                 when: flag or k == 2}
        - channel_shuffle: {groups: g,
                            when: "shuffle and g > 1 and in % g == 0 and k == 1 and (flag or k == 2)"}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - group:
      name: l
      layers:
        - conv: {name: d, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1", when: in == 8}
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
)yaml");
}

TEST_CASE("what takes a convolution by its name takes it without a shuffle", "[rewrite]") {
  CHECK(text_after("+groups:g=2", R"yaml(layers:
  - group: {name: p, layers: [conv: {name: d, out: 8}, batch_norm, conv: {name: e, out: 8, from: batch_norm}]}
  - group: {name: q, layers: [conv: {name: d, out: 8}, batch_norm, conv: {name: e, out: 8}]}
  - conv: {name: last, out: 4}
)yaml") ==
        R"yaml(layers:
  - group:
      name: p
      layers:
        - conv: {name: d, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - batch_norm
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1", from: batch_norm}
  - group:
      name: q
      layers:
        - conv: {name: d, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - batch_norm
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - conv: {name: e, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - conv: {name: last, out: 4, groups: "g if in % g == 0 and 4 % g == 0 else 1"}
)yaml");
}

TEST_CASE("a shuffle stands behind the group that takes a convolution's place", "[rewrite]") {
  CHECK(text_after("+separable+groups:g=4,where=all", R"yaml(layers:
  - conv: {name: stem, out: 8, kernel: 3}
  - add:
      - []
      - - conv: {out: 8, kernel: 3}
        - batch_norm
        - relu
        - conv: {out: 8, kernel: 3}
        - batch_norm
        - max_pool: {kernel: 3, stride: 1, pad: 1}
  - group: {name: p, layers: [conv: {out: 8, kernel: 3}, max_pool: {kernel: 2}]}
  - group: {name: q, layers: [conv: {out: 8, kernel: 3}, conv: {out: 8}, relu, conv: {out: 8}]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: stem, out: 8, kernel: 3, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
  - add:
      branches:
        - []
        -
          - conv: {out: 8, kernel: 3, groups: "g if in % g == 0 and 8 % g == 0 else 1",
                   when: not (separable and 1 in separable_stages)}
          - group:
              name: conv
              when: separable and 1 in separable_stages
              layers:
                - conv: {name: depthwise, out: in, kernel: 3, groups: in}
                - batch_norm
                - relu
                - conv: {name: pointwise, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
          - batch_norm
          - relu
          - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
          - conv: {out: 8, kernel: 3, groups: "g if in % g == 0 and 8 % g == 0 else 1",
                   when: not (separable and 1 in separable_stages)}
          - group:
              name: conv
              when: separable and 1 in separable_stages
              layers:
                - conv: {name: depthwise, out: in, kernel: 3, groups: in}
                - batch_norm
                - conv: {name: pointwise, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
          - batch_norm
          - max_pool: {kernel: 3, stride: 1, pad: 1}
  - group:
      name: p
      layers:
        - conv: {out: 8, kernel: 3, groups: "g if in % g == 0 and 8 % g == 0 else 1",
                 when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - conv: {name: pointwise, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - max_pool: {kernel: 2}
  - group:
      name: q
      layers:
        - conv: {out: 8, kernel: 3, groups: "g if in % g == 0 and 8 % g == 0 else 1",
                 when: not (separable and 2 in separable_stages)}
        - group:
            name: conv
            when: separable and 2 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - conv: {name: pointwise, out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
        - conv: {out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
        - relu
        - conv: {out: 8, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
)yaml");
}
