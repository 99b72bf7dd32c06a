// SPDX-License-Identifier: Apache-2.0
// How the rewrite separable follows arguments of blocks, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("what an argument decides is decided where the block is used", "[rewrite]") {
  CHECK(text_after("+separable:first=1", R"yaml(params: {kk: 3}
blocks:
  unit: {args: {c: required, k: 3, n: 1}, layers: [conv: {out: c, kernel: k, groups: n}]}
  odd: {args: {k: 3}, layers: [conv: {out: 8, kernel: 2 * k + 1}]}
  open: {args: {k: 1}, layers: [conv: {out: 8, kernel: k}]}
  never: {args: {k: 1}, layers: [conv: {out: 9, kernel: k}]}
  outer: {args: {k: required}, layers: [unit: {c: 8, k: k}, unit: {c: 8, k: k, n: in}]}
layers:
  - unit: {c: 6}
  - unit: {c: 6, n: 2}
  - unit: {c: 6, k: 1}
  - unit: {c: 6, k: "[1, 5]"}
  - unit: {c: 6, n: in}
  - odd: {k: 0}
  - odd: {k: 2}
  - open: {k: kk}
  - open: {k: 1}
  - never
  - never: {k: "[1, 1]"}
  - outer: {k: 3}
  - outer: {k: 1}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, k: 3, n: 1, separable: 0}
    layers:
      - conv: {out: c, kernel: k, groups: n, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: k, groups: in}
            - conv: {name: pointwise, out: c}
  odd:
    args: {k: 3, separable: 0}
    layers:
      - conv: {out: 8, kernel: 2 * k + 1, when: "not (separable and 2 * k + 1 > 1)"}
      - group:
          name: conv
          when: "separable and 2 * k + 1 > 1"
          layers:
            - conv: {name: depthwise, out: in, kernel: 2 * k + 1, groups: in}
            - conv: {name: pointwise, out: 8}
  open:
    args: {k: 1, separable: 0}
    layers:
      - conv: {out: 8, kernel: k, when: "not (separable and k > 1)"}
      - group:
          name: conv
          when: "separable and k > 1"
          layers:
            - conv: {name: depthwise, out: in, kernel: k, groups: in}
            - conv: {name: pointwise, out: 8}
  never:
    args: {k: 1}
    layers:
      - conv: {out: 9, kernel: k}
  outer:
    args: {k: required, separable: 0}
    layers:
      - unit: {c: 8, k: k, separable: separable}
      - unit: {c: 8, k: k, n: in}

layers:
  - unit: {c: 6, separable: separable}
  - unit: {c: 6, n: 2}
  - unit: {c: 6, k: 1}
  - unit: {c: 6, k: [1, 5], separable: separable}
  - unit: {c: 6, n: in}
  - odd: {k: 0, separable: separable}
  - odd: {k: 2, separable: separable}
  - open: {k: kk, separable: separable}
  - open: {k: 1}
  - never
  - never: {k: [1, 1]}
  - outer: {k: 3, separable: separable}
  - outer: {k: 1}
)yaml");
  // Always larger than 1x1, where all uses say it.
  CHECK(text_after("+separable:first=1", R"yaml(blocks:
  unit: {args: {c: required, k: required, n: 1}, layers: [conv: {out: c, kernel: k, groups: n}]}
  outer: {args: {k: required}, layers: [unit: {c: 8, k: k}]}
layers:
  - unit: {c: 6, k: 3}
  - unit: {c: 6, k: 1}
  - unit: {c: 6, k: "[1, 5]"}
  - outer: {k: 3}
  - outer: {k: 5}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required, k: required, n: 1, separable: 0}
    layers:
      - conv: {out: c, kernel: k, groups: n, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: k, groups: in}
            - conv: {name: pointwise, out: c}
  outer:
    args: {k: required, separable: 0}
    layers:
      - unit: {c: 8, k: k, separable: separable}

layers:
  - unit: {c: 6, k: 3, separable: separable}
  - unit: {c: 6, k: 1}
  - unit: {c: 6, k: [1, 5], separable: separable}
  - outer: {k: 3, separable: separable}
  - outer: {k: 5, separable: separable}
)yaml");
}

TEST_CASE("conditions name a value in parentheses where it needs them", "[rewrite]") {
  CHECK(text_after("+separable:first=1", R"yaml(params: {kk: 3, gg: 1, flag: 1}
layers:
  - conv: {name: a, out: 8, kernel: kk, groups: gg}
  - conv: {name: b, out: 8, kernel: 3 if flag else 1, groups: gg + 0}
  - conv: {name: c, out: 8, kernel: "[kk, 3]", groups: "max(gg, 1)"}
  - conv: {name: d, out: 8, kernel: kk, when: flag or in == 8, repeat: 2, from: a}
  - add: {from: [d2, c]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8, kernel: kk, groups: gg, when: "not (separable and kk > 1 and gg == 1)"}
  - group:
      name: a
      when: "separable and kk > 1 and gg == 1"
      layers:
        - conv: {name: depthwise, out: in, kernel: kk, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: b, out: 8, kernel: 3 if flag else 1, groups: gg + 0,
           when: "not (separable and (3 if flag else 1) > 1 and gg + 0 == 1)"}
  - group:
      name: b
      when: "separable and (3 if flag else 1) > 1 and gg + 0 == 1"
      layers:
        - conv: {name: depthwise, out: in, kernel: 3 if flag else 1, groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: c, out: 8, kernel: [kk, 3], groups: "max(gg, 1)",
           when: "not (separable and max([kk, 3]) > 1 and max(gg, 1) == 1)"}
  - group:
      name: c
      when: "separable and max([kk, 3]) > 1 and max(gg, 1) == 1"
      layers:
        - conv: {name: depthwise, out: in, kernel: [kk, 3], groups: in}
        - conv: {name: pointwise, out: 8}
  - conv: {name: d, repeat: 2, out: 8, kernel: kk, when: "(flag or in == 8) and not (separable and kk > 1)",
           from: a}
  - group:
      name: d
      repeat: 2
      when: "(flag or in == 8) and separable and kk > 1"
      from: a
      layers:
        - conv: {name: depthwise, out: in, kernel: kk, groups: in}
        - conv: {name: pointwise, out: 8}
  - add: {from: [d2, c]}
)yaml");
  // Some uses may give a list.
  CHECK(text_after("+separable:first=1", R"yaml(params: {kk: 3}
blocks:
  unit: {args: {k: required}, layers: [conv: {out: 8, kernel: k}]}
  outer: {args: {k: required}, layers: [inner: {k: k}]}
  inner: {args: {k: required}, layers: [conv: {out: 8, kernel: k}]}
  single: {args: {k: required}, layers: [conv: {out: 8, kernel: k}]}
layers:
  - unit: {k: "[1, kk]"}
  - unit: {k: 1}
  - unit: {k: kk}
  - outer: {k: kk}
  - outer: {k: "[kk, 1]"}
  - single: {k: kk}
  - conv: {name: plain, out: 8, kernel: kk}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {k: required, separable: 0}
    layers:
      - conv: {out: 8, kernel: k, when: "not (separable and max(k) > 1)"}
      - group:
          name: conv
          when: "separable and max(k) > 1"
          layers:
            - conv: {name: depthwise, out: in, kernel: k, groups: in}
            - conv: {name: pointwise, out: 8}
  outer:
    args: {k: required, separable: 0}
    layers:
      - inner: {k: k, separable: separable}
  inner:
    args: {k: required, separable: 0}
    layers:
      - conv: {out: 8, kernel: k, when: "not (separable and max(k) > 1)"}
      - group:
          name: conv
          when: "separable and max(k) > 1"
          layers:
            - conv: {name: depthwise, out: in, kernel: k, groups: in}
            - conv: {name: pointwise, out: 8}
  single:
    args: {k: required}
    layers:
      - conv: {out: 8, kernel: k, when: "not (separable and k > 1)"}
      - group:
          name: conv
          when: "separable and k > 1"
          layers:
            - conv: {name: depthwise, out: in, kernel: k, groups: in}
            - conv: {name: pointwise, out: 8}

layers:
  - unit: {k: [1, kk], separable: separable}
  - unit: {k: 1}
  - unit: {k: kk, separable: separable}
  - outer: {k: kk, separable: separable}
  - outer: {k: [kk, 1], separable: separable}
  - single: {k: kk}
  - conv: {name: plain, out: 8, kernel: kk, when: "not (separable and kk > 1)"}
  - group:
      name: plain
      when: "separable and kk > 1"
      layers:
        - conv: {name: depthwise, out: in, kernel: kk, groups: in}
        - conv: {name: pointwise, out: 8}
)yaml");
}
