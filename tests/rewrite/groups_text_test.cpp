// SPDX-License-Identifier: Apache-2.0
// How the rewrite groups changes a spec, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a convolution is grouped where its kernel is 1x1 and it has one group", "[rewrite]") {
  CHECK(text_after("+groups:g=2", R"yaml(params: {k: 1, flag: 1}
layers:
  - conv: {name: a, out: 6}
  - conv: {name: b, out: 6, kernel: k, groups: k}
  - conv: {name: c, out: in, kernel: [1, k]}
  - conv: {name: d, out: 2 * in, kernel: [1, 1], groups: 1}
  - conv: {name: e, out: 12, kernel: 3}
  - conv: {name: f, out: 12, groups: 2}
  - conv: {name: h, out: 9 if flag else 8, groups: 3 if flag == 2 else 1}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 6, groups: "g if in % g == 0 and 6 % g == 0 else 1"}
  - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
  - conv: {name: b, out: 6, kernel: k, groups: "g if k == 1 and in % g == 0 and 6 % g == 0 else k"}
  - conv: {name: c, out: in, kernel: [1, k], groups: "g if max([1, k]) == 1 and in % g == 0 else 1"}
  - conv: {name: d, out: 2 * in, kernel: [1, 1], groups: "g if in % g == 0 and (2 * in) % g == 0 else 1"}
  - conv: {name: e, out: 12, kernel: 3}
  - conv: {name: f, out: 12, groups: 2}
  - conv: {name: h, out: 9 if flag else 8,
           groups: "g if (3 if flag == 2 else 1) == 1 and in % g == 0 and (9 if flag else 8) % g == 0 else 3 if flag == 2 else 1"}
)yaml");
  CHECK(text_after("+groups:g=2,where=all", R"yaml(layers:
  - conv: {name: a, out: 8, kernel: [3, 1]}
  - conv: {name: b, out: 8, groups: in}
  - conv: {name: c, out: 12}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8, kernel: [3, 1], groups: "g if in % g == 0 and 8 % g == 0 else 1"}
  - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
  - conv: {name: b, out: 8, groups: in}
  - conv: {name: c, out: 12, groups: "g if in % g == 0 and 12 % g == 0 else 1"}
)yaml");
  // Without 1x1 convolutions all are meant.
  CHECK(text_after("+groups:g=3", R"yaml(layers:
  - conv: {name: a, out: 6, kernel: 3}
  - conv: {name: b, out: 9, kernel: [1, 3]}
  - conv: {name: c, out: 8, kernel: 3, groups: 1}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 6, kernel: 3, groups: "g if in % g == 0 and 6 % g == 0 else 1"}
  - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
  - conv: {name: b, out: 9, kernel: [1, 3], groups: "g if in % g == 0 and 9 % g == 0 else 1"}
  - conv: {name: c, out: 8, kernel: 3, groups: "g if in % g == 0 and 8 % g == 0 else 1"}
)yaml");
}

TEST_CASE("a block is a part of a unit where it has one convolution that is grouped", "[rewrite]") {
  CHECK(text_after("+groups:g=2", R"yaml(blocks:
  unit:
    args: {c: required, k: 1}
    layers:
      - conv: {out: c, kernel: k}
      - batch_norm
      - relu
  pair:
    args: {c: required}
    layers:
      - conv: {name: a, out: c}
      - conv: {name: b, out: c}
  two:
    args: {c: required}
    layers:
      - unit: {c: c + 4}
      - conv: {out: c, kernel: 3}
      - relu
      - unit: {c: c}
  three:
    layers:
      - unit: {c: 8, k: 3}
      - unit: {c: 12, k: 1}
      - relu
      - unit: {c: 16, k: 1}
  four:
    layers:
      - pair: {c: 16}
      - relu
      - conv: {out: 8, kernel: 3}
layers:
  - unit: {c: 16}
  - unit: {c: 16, k: 3}
  - two: {c: 12}
  - three
  - two: {c: 20, repeat: 2}
  - four
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, k: 1}
    layers:
      - conv: {out: c, kernel: k, groups: "g if k == 1 and in % g == 0 and c % g == 0 else 1"}
      - batch_norm
      - relu
  pair:
    args: {c: required}
    layers:
      - conv: {name: a, out: c, groups: "g if in % g == 0 and c % g == 0 else 1"}
      - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
      - conv: {name: b, out: c, groups: "g if in % g == 0 and c % g == 0 else 1"}
  two:
    args: {c: required}
    layers:
      - unit: {c: c + 4}
      - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
      - conv: {out: c, kernel: 3}
      - relu
      - unit: {c: c}
  three:
    layers:
      - unit: {c: 8, k: 3}
      - unit: {c: 12, k: 1}
      - relu
      - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
      - unit: {c: 16, k: 1}
  four:
    layers:
      - pair: {c: 16}
      - relu
      - conv: {out: 8, kernel: 3}

layers:
  - unit: {c: 16}
  - unit: {c: 16, k: 3}
  - two: {c: 12}
  - three
  - two: {repeat: 2, c: 20}
  - four
)yaml");
  // A block whose uses all have a larger kernel, or groups, stays as it is.
  CHECK(text_after("+groups:g=2", R"yaml(params: {kk: 3}
blocks:
  large: {args: {k: 1, n: 1}, layers: [conv: {out: 8, kernel: k, groups: n}]}
  small: {args: {k: 1, n: 1}, layers: [conv: {out: 8, kernel: k, groups: n}]}
  open: {args: {k: 1}, layers: [conv: {out: 8, kernel: k}]}
  sum: {args: {k: 1}, layers: [conv: {out: 8, kernel: k + 2}]}
layers:
  - large: {k: 3}
  - large: {n: 2}
  - small: {k: 3}
  - small
  - open: {k: 3}
  - open: {k: kk}
  - sum
)yaml") ==
        R"yaml(blocks:
  large:
    args: {k: 1, n: 1}
    layers:
      - conv: {out: 8, kernel: k, groups: n}
  small:
    args: {k: 1, n: 1}
    layers:
      - conv: {out: 8, kernel: k, groups: "g if k == 1 and in % g == 0 and 8 % g == 0 else n"}
  open:
    args: {k: 1}
    layers:
      - conv: {out: 8, kernel: k, groups: "g if k == 1 and in % g == 0 and 8 % g == 0 else 1"}
  sum:
    args: {k: 1}
    layers:
      - conv: {out: 8, kernel: k + 2, groups: "g if k + 2 == 1 and in % g == 0 and 8 % g == 0 else 1"}

layers:
  - large: {k: 3}
  - large: {n: 2}
  - small: {k: 3}
  - small
  - open: {k: 3}
  - open: {k: kk}
  - sum
)yaml");
}

TEST_CASE("channels are rounded up to multiples of g where they are numbers or values",
          "[rewrite]") {
  CHECK(text_after("+groups:g=2,round=1", R"yaml(params: {fat: 7, k: 1}
layers:
  - conv: {name: a, out: fat, kernel: k}
  - conv: {name: b, out: fat + 2}
  - conv: {name: c, out: in}
  - conv: {name: d, out: 2 * in, kernel: 3}
  - conv: {name: e, out: "max(in // 2, 9)", kernel: 3}
  - conv: {name: f, out: 9}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: ceil(fat / g) * g, kernel: k, groups: "g if k == 1 and in % g == 0 else 1"}
  - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0 and k == 1"}
  - conv: {name: b, out: ceil((fat + 2) / g) * g, groups: "g if in % g == 0 else 1"}
  - conv: {name: c, out: in, groups: "g if in % g == 0 else 1"}
  - conv: {name: d, out: ceil((2 * in) / g) * g, kernel: 3}
  - conv: {name: e, out: "ceil(max(in // 2, 9) / g) * g", kernel: 3}
  - conv: {name: f, out: 9, groups: "g if in % g == 0 and 9 % g == 0 else 1"}
)yaml");
  // A block that is used once can give the classes.
  CHECK(text_after("+groups:g=2,round=1",
                   R"yaml(blocks: {head: {args: {c: required}, layers: [conv: {out: c}]}}
layers:
  - conv: {name: a, out: 7}
  - head: {c: 7}
)yaml") ==
        R"yaml(blocks:
  head:
    args: {c: required}
    layers:
      - conv: {out: c, groups: "g if in % g == 0 and c % g == 0 else 1"}

layers:
  - conv: {name: a, out: ceil(7 / g) * g, groups: "g if in % g == 0 else 1"}
  - channel_shuffle: {groups: g, when: "shuffle and g > 1 and in % g == 0"}
  - head: {c: 7}
)yaml");
}

TEST_CASE("names that the spec has already are left to it by groups", "[rewrite]") {
  CHECK(text_after("+groups:g=2", R"yaml(params: {g: 1, shuffle: 3}
layers:
  - conv: {out: 8, groups: g}
  - max_pool: {kernel: shuffle}
  - conv: {out: 12}
)yaml") ==
        R"yaml(layers:
  - conv: {out: 8, groups: "rewrite_g if g == 1 and in % rewrite_g == 0 and 8 % rewrite_g == 0 else g"}
  - channel_shuffle: {groups: rewrite_g,
                      when: "rewrite_shuffle and rewrite_g > 1 and in % rewrite_g == 0 and g == 1"}
  - max_pool: {kernel: shuffle}
  - conv: {out: 12, groups: "rewrite_g if in % rewrite_g == 0 and 12 % rewrite_g == 0 else 1"}
)yaml");
}
