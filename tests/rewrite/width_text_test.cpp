// SPDX-License-Identifier: Apache-2.0
// How the rewrites width and resolution change a spec, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a channel count is multiplied where it is a number or a parameter, and the classes stay",
          "[rewrite]") {
  CHECK(text_after("+width", R"yaml(params: {c: 7, d: 5, ws: "[4, 6]"}
layers:
  - conv: {name: a, out: 16}
  - conv: {name: b, out: 24, kernel: 3}
  - conv: {name: e, out: 16}
  - conv: {name: f, out: c}
  - conv: {name: g, out: c + 2 * d}
  - conv: {name: k, out: in}
  - conv: {name: m, out: 2 * in}
  - conv: {name: n, out: in // 2 + in}
  - conv: {name: o, out: "max(1, in)"}
  - conv: {name: p, out: ws(2)}
  - conv: {name: p2, out: 3 * len(ws)}
  - conv_transpose: {name: q, out: 9, kernel: 2}
  - global_avg_pool
  - linear: {name: r, out: 40}
  - relu
  - linear: {name: s, out: 10}
  - softmax
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: "divisible(widths(1) * alpha, divisor)"}
  - conv: {name: b, out: "divisible(widths(2) * alpha, divisor)", kernel: 3}
  - conv: {name: e, out: "divisible(widths(1) * alpha, divisor)"}
  - conv: {name: f, out: "divisible(c * alpha, divisor)"}
  - conv: {name: g, out: "divisible((c + 2 * d) * alpha, divisor)"}
  - conv: {name: k, out: in}
  - conv: {name: m, out: 2 * in}
  - conv: {name: n, out: in // 2 + in}
  - conv: {name: o, out: "max(1, in)"}
  - conv: {name: p, out: "divisible(ws(2) * alpha, divisor)"}
  - conv: {name: p2, out: "divisible((3 * len(ws)) * alpha, divisor)"}
  - conv_transpose: {name: q, out: "divisible(widths(3) * alpha, divisor)", kernel: 2}
  - global_avg_pool
  - linear: {name: r, out: "divisible(widths(4) * alpha, divisor)"}
  - relu
  - linear: {name: s, out: 10}
  - softmax
)yaml");
  // The network's classes come from several layers.
  CHECK(text_after("+width", R"yaml(layers:
  - conv: {name: a, out: 10}
  - conv: {name: b, out: 10, from: input}
  - relu: {name: c}
  - conv: {name: d, out: 12, from: input}
  - conv: {name: e, out: 11}
  - conv: {name: f, out: 9, from: d}
  - add: {name: g, from: [e, e]}
outputs: [a, c, g, f]
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 10}
  - conv: {name: b, out: 10, from: input}
  - relu: {name: c}
  - conv: {name: d, out: "divisible(widths(1) * alpha, divisor)", from: input}
  - conv: {name: e, out: 11}
  - conv: {name: f, out: 9, from: d}
  - add: {name: g, from: [e, e]}

outputs: [a, c, g, f]
)yaml");
}

TEST_CASE("what is computed from a value that grows follows it", "[rewrite]") {
  CHECK(
      text_after(
          "+width",
          R"yaml(let: {wide: 32, half: wide // 2, both: wide + half, twice: 2 * wide, ratio: 3, fixed: wide // wide}
layers:
  - conv: {name: a, out: wide}
  - conv: {name: b, out: half}
  - conv: {name: c, out: both}
  - conv: {name: d, out: twice - wide}
  - conv: {name: e, out: "-(-half)"}
  - conv: {name: f, out: "round(wide / ratio)"}
  - conv: {name: g, out: "wide if in == 3 else half"}
  - conv: {name: k, out: fixed * wide}
  - conv: {name: m, out: "divisible(in * 2, 8)"}
  - conv: {name: n, out: 4}
)yaml") ==
      R"yaml(let:
  wide: "divisible(widths(1) * alpha, divisor)"
  half: wide // 2
  both: wide + half
  twice: 2 * wide
  ratio: 3
  fixed: wide // wide

layers:
  - conv: {name: a, out: wide}
  - conv: {name: b, out: half}
  - conv: {name: c, out: both}
  - conv: {name: d, out: twice - wide}
  - conv: {name: e, out: -(-half)}
  - conv: {name: f, out: round(wide / ratio)}
  - conv: {name: g, out: wide if in == 3 else half}
  - conv: {name: k, out: fixed * wide}
  - conv: {name: m, out: "divisible(in * 2, 8)"}
  - conv: {name: n, out: 4}
)yaml");
}

TEST_CASE("an argument is multiplied where the block is used, and in its default", "[rewrite]") {
  CHECK(text_after("+width", R"yaml(params: {c: 6}
blocks:
  unit:
    args: {out: required, inner: 12, n: 1}
    let: {half: out // 2}
    layers:
      - conv: {name: a, out: inner, groups: n}
      - conv: {name: b, out: half}
      - conv: {name: d, out: out}
  outer: {args: {e: required}, layers: [unit: {out: e}, unit: {out: 2 * in, inner: e}]}
  head: {args: {k: required}, layers: [conv: {out: k}]}
layers:
  - unit: {out: 16}
  - unit: {out: c, inner: in}
  - unit: {out: 16, inner: 24}
  - outer: {e: 20}
  - head: {k: 10}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {out: required, inner: "divisible(widths(3) * alpha, divisor)", n: 1}
    let: {half: out // 2}
    layers:
      - conv: {name: a, out: inner, groups: n}
      - conv: {name: b, out: half}
      - conv: {name: d, out: out}
  outer:
    args: {e: required}
    layers:
      - unit: {out: e}
      - unit: {out: 2 * in, inner: e}
  head:
    args: {k: required}
    layers:
      - conv: {out: k}

layers:
  - unit: {out: "divisible(widths(4) * alpha, divisor)"}
  - unit: {out: "divisible(c * alpha, divisor)", inner: in}
  - unit: {out: "divisible(widths(4) * alpha, divisor)", inner: "divisible(widths(1) * alpha, divisor)"}
  - outer: {e: "divisible(widths(2) * alpha, divisor)"}
  - head: {k: 10}
)yaml");
  // A block that gives the classes in one use keeps them there.
  CHECK(
      text_after(
          "+width",
          R"yaml(blocks: {unit: {args: {c: required, d: 8}, layers: [conv: {name: a, out: d}, conv: {name: b, out: c}]}}
layers:
  - unit: {c: 16}
  - unit: {c: 10}
)yaml") ==
      R"yaml(blocks:
  unit:
    args: {c: required, d: "divisible(widths(1) * alpha, divisor)"}
    layers:
      - conv: {name: a, out: d}
      - conv: {name: b, out: c}

layers:
  - unit: {c: "divisible(widths(2) * alpha, divisor)"}
  - unit: {c: 10}
)yaml");
  // An argument that depends on itself through its block's uses.
  CHECK(text_after("+width", R"yaml(blocks:
  unit: {args: {c: required}, let: {d: c}, layers: [conv: {out: d}]}
layers:
  - unit: {c: 8}
  - unit: {c: 2 * in}
  - conv: {name: z, out: 5}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {c: required}
    let: {d: c}
    layers:
      - conv: {out: d}

layers:
  - unit: {c: "divisible(widths(1) * alpha, divisor)"}
  - unit: {c: 2 * in}
  - conv: {name: z, out: 5}
)yaml");
  // What grows already is followed; of a product one factor is multiplied.
  CHECK(text_after("+width", R"yaml(let: {wide: 8, area: wide * wide}
blocks:
  a: {args: {d: required, c: required}, layers: [conv: {out: d * c}, conv: {out: d * c // 2}]}
  b: {args: {d: 3, c: required}, layers: [conv: {out: d * c}]}
  c: {args: {d: required, c: required}, layers: [conv: {out: d * c}]}
  e: {args: {c: required}, let: {half: c // 2}, layers: [conv: {out: half}, conv: {out: c // 2}]}
layers:
  - conv: {out: wide}
  - conv: {out: area // wide}
  - conv: {out: "min(64, in)"}
  - a: {d: 2, c: in}
  - a: {d: 3, c: 2 * in}
  - b: {c: in}
  - c: {d: 4, c: 6}
  - e: {c: in}
  - e: {c: 4}
  - conv: {out: 5}
)yaml") ==
        R"yaml(let:
  wide: "divisible(widths(1) * alpha, divisor)"
  area: wide * wide

blocks:
  a:
    args: {d: required, c: required}
    layers:
      - conv: {out: d * c}
      - conv: {out: d * c // 2}
  b:
    args: {d: 3, c: required}
    layers:
      - conv: {out: d * c}
  c:
    args: {d: required, c: required}
    layers:
      - conv: {out: d * c}
  e:
    args: {c: required}
    let: {half: c // 2}
    layers:
      - conv: {out: half}
      - conv: {out: c // 2}

layers:
  - conv: {out: wide}
  - conv: {out: area // wide}
  - conv: {out: "min(64, in)"}
  - a: {d: 2, c: in}
  - a: {d: 3, c: 2 * in}
  - b: {c: in}
  - c: {d: "divisible(widths(2) * alpha, divisor)", c: 6}
  - e: {c: in}
  - e: {c: "divisible(widths(2) * alpha, divisor)"}
  - conv: {out: 5}
)yaml");
  // A file's value in a block, and a block's own of the same name.
  CHECK(text_after("+width", R"yaml(let: {base: 8}
blocks:
  a: {let: {half: base // 2}, layers: [conv: {out: half}, conv: {out: base}]}
  b: {args: {base: required}, layers: [conv: {out: base}]}
layers:
  - a
  - b: {base: 3}
  - conv: {out: 5}
)yaml") ==
        R"yaml(let:
  base: "divisible(widths(1) * alpha, divisor)"

blocks:
  a:
    let: {half: base // 2}
    layers:
      - conv: {out: half}
      - conv: {out: base}
  b:
    args: {base: required}
    layers:
      - conv: {out: base}

layers:
  - a
  - b: {base: "divisible(widths(2) * alpha, divisor)"}
  - conv: {out: 5}
)yaml");
}

TEST_CASE("names that the spec has already are left to it", "[rewrite]") {
  CHECK(text_after("+width:divisor=2", R"yaml(params: {divisor: 2, widths: 3}
layers:
  - conv: {name: a, out: divisor * widths}
  - conv: {name: b, out: 6}
  - conv: {name: c, out: 9}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: "divisible((divisor * widths) * alpha, rewrite_divisor)"}
  - conv: {name: b, out: "divisible(rewrite_widths(1) * alpha, rewrite_divisor)"}
  - conv: {name: c, out: 9}
)yaml");
}

TEST_CASE("a spec's own multiplier of width stays, with the value of the call", "[rewrite]") {
  CHECK(text_after("+width:alpha=0.5", R"yaml(params: {alpha: {default: 1, choices: [0.5, 1]}}
layers:
  - conv: {name: a, out: 8 * alpha}
  - conv: {name: b, out: 10}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8 * alpha}
  - conv: {name: b, out: 10}
)yaml");
  CHECK(text_after("+resolution", R"yaml(params: {s: 4}
input: {channels: 8, height: 3 * s, width: 16}
layers:
  - conv: {name: a, out: 8}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
)yaml");
  CHECK(text_after("+resolution:rho=0.5", R"yaml(params: {big: 8}
input: {channels: 8, height: big, width: big + 2}
layers:
  - conv: {name: a, out: 8}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
)yaml");
  CHECK(text_after("+resolution", R"yaml(input: {channels: 8, height: 1, width: 16}
layers:
  - conv: {name: a, out: 8}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
)yaml");
}
