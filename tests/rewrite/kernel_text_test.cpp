// SPDX-License-Identifier: Apache-2.0
// How the rewrite kernel changes a spec, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a larger kernel of a depthwise convolution comes with padding", "[rewrite]") {
  CHECK(text_after("+kernel", R"yaml(layers:
  - conv: {name: a, out: 8, kernel: 3, groups: in}
  - conv: {name: b, out: 8, kernel: 3, groups: in, pad: 1}
  - conv: {name: c, out: 8, kernel: 3, groups: in, pad: same}
  - conv: {name: d, out: 8, kernel: 3, groups: in, pad: [1, 2]}
  - conv: {name: e, out: 8, kernel: [3, 5], groups: in, pad: [1, 2]}
  - conv: {name: f, out: 8, kernel: [3, 5], groups: in, pad: 0}
  - conv: {name: g, out: 8, kernel: 3, groups: in, pad: valid}
  - conv: {name: k, out: 8, kernel: 3, groups: in, pad: 2, dilation: 2}
  - conv: {name: l, out: 8, kernel: 3, groups: in, pad: 2, dilation: [2, 1]}
  - conv: {name: m, out: 8, kernel: [4, 3], groups: in, pad: 1}
  - conv: {name: n, out: 8, kernel: 2, groups: in, pad: [0, 0, 1, 1]}
  - conv: {name: o, out: 8, kernel: [3, 4], groups: in, pad: [1, 2], dilation: [1, 2]}
  - conv: {name: p, out: 8, kernel: [4, 4], groups: in, pad: [1, 2], dilation: [2, 3]}
  - conv: {name: q, out: 8, kernel: [3, 4], groups: in, pad: [1, 2, 3, 4]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8, kernel: kernel, groups: in}
  - conv: {name: b, out: 8, kernel: kernel, groups: in, pad: 1 + (kernel - 3) // 2}
  - conv: {name: c, out: 8, kernel: kernel, groups: in, pad: same}
  - conv: {name: d, out: 8, kernel: kernel, groups: in, pad: [1 + (kernel - 3) // 2, 2 + (kernel - 3) // 2]}
  - conv: {name: e, out: 8, kernel: kernel, groups: in, pad: [1 + (kernel - 3) // 2, 2 + (kernel - 5) // 2]}
  - conv: {name: f, out: 8, kernel: kernel, groups: in, pad: [(kernel - 3) // 2, (kernel - 5) // 2]}
  - conv: {name: g, out: 8, kernel: kernel, groups: in, pad: (kernel - 3) // 2}
  - conv: {name: k, out: 8, kernel: kernel, groups: in, pad: 2 + 2 * (kernel - 3) // 2, dilation: 2}
  - conv: {name: l, out: 8, kernel: kernel, groups: in,
           pad: [2 + 2 * (kernel - 3) // 2, 2 + (kernel - 3) // 2], dilation: [2, 1]}
  - conv: {name: m, out: 8, kernel: kernel, groups: in,
           pad: [1 + (kernel - 4) // 2, 1 + (kernel - 3) // 2, 1 + ((kernel - 4) + 1) // 2, 1 + (kernel - 3) // 2]}
  - conv: {name: n, out: 8, kernel: kernel, groups: in,
           pad: [(kernel - 2) // 2, (kernel - 2) // 2, 1 + ((kernel - 2) + 1) // 2, 1 + ((kernel - 2) + 1) // 2]}
  - conv: {name: o, out: 8, kernel: kernel, groups: in,
           pad: [1 + (kernel - 3) // 2, 2 + 2 * (kernel - 4) // 2], dilation: [1, 2]}
  - conv: {name: p, out: 8, kernel: kernel, groups: in,
           pad: [1 + 2 * (kernel - 4) // 2, 2 + 3 * (kernel - 4) // 2, 1 + 2 * (kernel - 4) // 2, 2 + (3 * (kernel - 4) + 1) // 2],
           dilation: [2, 3]}
  - conv: {name: q, out: 8, kernel: kernel, groups: in,
           pad: [1 + (kernel - 3) // 2, 2 + (kernel - 4) // 2, 3 + (kernel - 3) // 2, 4 + ((kernel - 4) + 1) // 2]}
)yaml");
  // Kernels, dilations and pads of parameters.
  CHECK(text_after("+kernel", R"yaml(params: {k: 3, p: 1, d: 2}
layers:
  - conv: {name: a, out: 8, kernel: k, groups: in, pad: p}
  - conv: {name: b, out: 8, kernel: k + 2, groups: in, pad: p + 1, dilation: d}
  - conv: {name: c, out: 8, kernel: "[k, 2 * k - 1]", groups: in, pad: "[p, k // 2]", dilation: "[d - 1, 1]"}
  - conv: {name: e, out: 8, kernel: "max(k, 3)", groups: in, pad: 1}
  - conv: {name: f, out: 8, kernel: k, groups: in}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8, kernel: "kernel if k > 1 else k", groups: in,
           pad: "p + (kernel - k) // 2 if k > 1 else p"}
  - conv: {name: b, out: 8, kernel: "kernel if k + 2 > 1 else k + 2", groups: in,
           pad: "(p + 1) + d * (kernel - (k + 2)) // 2 if k + 2 > 1 else p + 1", dilation: d}
  - conv: {name: c, out: 8, kernel: "kernel if max([k, 2 * k - 1]) > 1 else [k, 2 * k - 1]", groups: in,
           pad: ["p + (d - 1) * (kernel - k) // 2 if max([k, 2 * k - 1]) > 1 else p", "(k // 2) + (kernel - (2 * k - 1)) // 2 if max([k, 2 * k - 1]) > 1 else k // 2"],
           dilation: [d - 1, 1]}
  - conv: {name: e, out: 8, kernel: "kernel if max(k, 3) > 1 else max(k, 3)", groups: in,
           pad: "1 + (kernel - max(k, 3)) // 2 if max(k, 3) > 1 else 1"}
  - conv: {name: f, out: 8, kernel: "kernel if k > 1 else k", groups: in}
)yaml");
  // Groups that are a number, where they are as many as channels; others stay.
  CHECK(text_after("+kernel:kernel=7", R"yaml(params: {n: 8, k: 3}
layers:
  - conv: {name: a, out: 8, kernel: 3, groups: 8}
  - conv: {name: b, out: 8, kernel: 3, groups: 4}
  - conv: {name: c, out: 16, kernel: 3, groups: n}
  - conv: {name: d, out: 8, kernel: 3}
  - conv: {name: e, out: 8, kernel: 3, groups: 2, when: in == 2}
  - conv: {name: f, out: 8, kernel: 1, groups: in}
  - conv: {name: g, out: 8, kernel: k, groups: 8, pad: 1}
  - conv: {name: h2, out: 8, kernel: 3, groups: 2 * n - 8, pad: 1}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8, kernel: kernel if 8 == in else 3, groups: 8}
  - conv: {name: b, out: 8, kernel: 3, groups: 4}
  - conv: {name: c, out: 16, kernel: kernel if n == in else 3, groups: n}
  - conv: {name: d, out: 8, kernel: 3}
  - conv: {name: e, out: 8, kernel: 3, groups: 2, when: in == 2}
  - conv: {name: f, out: 8, kernel: 1, groups: in}
  - conv: {name: g, out: 8, kernel: "kernel if k > 1 and 8 == in else k", groups: 8,
           pad: "1 + (kernel - k) // 2 if k > 1 and 8 == in else 1"}
  - conv: {name: h2, out: 8, kernel: kernel if 2 * n - 8 == in else 3, groups: 2 * n - 8,
           pad: 1 + (kernel - 3) // 2 if 2 * n - 8 == in else 1}
)yaml");
  CHECK(text_after("+kernel", R"yaml(blocks:
  unit: {args: {k: 3, n: 1}, layers: [conv: {out: in, kernel: k, groups: n, pad: k // 2}]}
  deep: {args: {k: 3}, layers: [conv: {out: in, kernel: k, groups: in}]}
  large: {args: {k: 3}, layers: [conv: {out: in, kernel: k, groups: in}]}
layers:
  - unit
  - unit: {n: in}
  - unit: {k: 1, n: in}
  - deep
  - deep: {k: 1}
  - large
  - large: {k: 5}
)yaml") ==
        R"yaml(blocks:
  unit:
    args: {k: 3, n: 1}
    layers:
      - conv: {out: in, kernel: "kernel if k > 1 and n == in else k", groups: n,
               pad: "(k // 2) + (kernel - k) // 2 if k > 1 and n == in else k // 2"}
  deep:
    args: {k: 3}
    layers:
      - conv: {out: in, kernel: "kernel if k > 1 else k", groups: in}
  large:
    args: {k: 3}
    layers:
      - conv: {out: in, kernel: "kernel if k > 1 else k", groups: in}

layers:
  - unit
  - unit: {n: in}
  - unit: {k: 1, n: in}
  - deep
  - deep: {k: 1}
  - large
  - large: {k: 5}
)yaml");
}
